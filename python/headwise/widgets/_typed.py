"""What headwise calls of ipywidgets, with the types that ipywidgets does not publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from traitlets import Bunch

    class TypedWidget(anywidget.AnyWidget):
        """`anywidget.AnyWidget`, typed."""

        def get_state(
            self, key: str | Iterable[str] | None = None, drop_defaults: bool = False
        ) -> dict[str, Any]: ...
        def set_state(self, sync_data: Mapping[str, Any]) -> None: ...
        def notify_change(self, change: Bunch) -> None: ...
        def send_state(self, key: str | Iterable[str] | None = None) -> None: ...
        def send(
            self, content: Mapping[str, Any], buffers: Sequence[bytes] | None = None
        ) -> None: ...
        def on_msg(
            self,
            callback: Callable[[Any, object, Sequence[memoryview]], None],
            remove: bool = False,
        ) -> None: ...
        def close(self) -> None: ...
        def _repr_mimebundle_(
            self, **kwargs: object
        ) -> tuple[dict[str, Any], dict[str, Any]] | None: ...
else:
    TypedWidget = anywidget.AnyWidget
