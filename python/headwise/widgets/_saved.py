"""What a notebook saves of a view: its bytes travel deflated and stay within a budget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from traitlets import Bytes

from headwise.threads import one_blas_thread
from headwise.widgets._typed import TypedWidget
from headwise.wire.codec import encode
from headwise.wire.saved import deflate, tensor_budget

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOBS: Final = ("tensors", "tensors_b")
_OTHERS: Final = ("_esm", "_css", "_trace", "_trace_b", "_pairs")


def _deflated(value: bytes, _view: object) -> bytes:
    return deflate(value)


def blob_trait(help: str) -> Bytes:  # noqa: A002 - traitlets' own name
    """Make a trait of bytes that Python alone writes and that travels deflated."""
    return Bytes(help=help).tag(sync=True, echo_update=False, to_json=_deflated)


class SavedView(TypedWidget):
    """A view that is saved with its notebook."""

    def tensor_budget(self) -> int:
        """Return the bytes that all blobs of the view together may take once they are deflated."""
        names = [name for name in _OTHERS if self.has_trait(name)]
        return tensor_budget(sum(_length(getattr(self, name)) for name in names))

    def first_blobs(self) -> dict[str, bytes]:
        """Make what the view shows without asking, by the names of its traits."""
        raise NotImplementedError

    def keep(self, _params: Mapping[str, object]) -> bytes:
        """Answer the page's wish that a saved notebook shows what is on screen now.

        Returns
        -------
        bytes
            A blob of nothing: what was asked for comes as the traits.
        """
        # Another thread may show another trace: blobs are of the one that is shown with them.
        with self.hold_sync():
            with one_blas_thread():
                blobs = self.first_blobs()
            for name, blob in blobs.items():
                setattr(self, name, blob)
        return encode({})


def _length(value: Any) -> int:  # noqa: ANN401 - the value of any trait
    return len(value) if isinstance(value, str) else len(json.dumps(value))
