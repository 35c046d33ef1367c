"""The traffic of values between a view and the browser."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import anywidget
from traitlets import TraitError

from headwise.errors import HeadwiseError
from headwise.locks import OwnedLock
from headwise.widgets._traits import TraceBound
from headwise.widgets._typed import TypedWidget

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from traitlets import Bunch

    from headwise.widgets._traits import At

_logger = logging.getLogger(__name__)

# A value is valid or not within those of the traits before it.
_ORDER = ("block", "layer", "include_layers", "include_heads")


# JupyterLab runs messages on a thread of their own, beside the cell that is running, and a change
# of one view changes those that are linked to it. So there is one lock for all views.
CHANGES: Final = OwnedLock()
"""Held while the value of a view changes and those who follow it are told."""


@runtime_checkable
class _Validating(Protocol):
    def validate(self, obj: object, value: object) -> object: ...


class SyncedWidget(TypedWidget):
    """A widget that sends what belongs together at once, and takes nothing that is not valid."""

    def __setattr__(self, name: str, value: object) -> None:
        with CHANGES:
            super().__setattr__(name, value)

    @contextmanager
    def hold_trait_notifications(self) -> Generator[None]:
        """Bundle changes: the observers are told of them at the end."""
        with CHANGES, super().hold_trait_notifications():
            yield

    @contextmanager
    def hold_sync(self) -> Generator[None]:
        """Bundle changes: they go to the browser at the end, in one message."""
        with CHANGES, super().hold_sync():
            yield

    def notify_change(self, change: Bunch) -> None:
        """Tell the observers; what they change goes to the browser in the same message.

        Parameters
        ----------
        change : Bunch
            ``name``, ``old`` and ``new`` of a trait.
        """
        with self.hold_sync():
            super().notify_change(change)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take values from the browser; one that is not valid is refused and corrected there.

        Parameters
        ----------
        sync_data : mapping of trait name to JSON value
        """
        accepted: dict[str, Any] = {}
        refused: list[str] = []
        at = self._incoming(sync_data)._replace(taken=accepted)
        own = self.own_synced()
        owned_by_python = self.traits(echo_update=False)
        for name in sorted(sync_data, key=_rank):
            value = sync_data[name]
            if name in owned_by_python:
                _logger.warning("the browser cannot set %s: ignored", name)
                continue
            try:
                if name in own:
                    self._check(name, value, at)
            except (HeadwiseError, TraitError) as error:
                _logger.warning("refused %s from the browser: %s", name, error)
                refused.append(name)
                left = {other: sync_data[other] for other in sync_data if other not in refused}
                at = self._incoming(left)._replace(taken=accepted)
            else:
                accepted[name] = value
        if accepted:
            with self.hold_sync():
                super().set_state(accepted)
        if refused:
            self.send_state(refused)

    def own_synced(self) -> set[str]:
        """Name the synced traits that are no trait of every widget."""
        return set(self.traits(sync=True)) - set(anywidget.AnyWidget.class_trait_names(sync=True))

    def _incoming(self, sync_data: Mapping[str, Any]) -> At:
        """Find the block and layer that will be shown once the values are taken."""
        raise NotImplementedError

    def _check(self, name: str, value: object, at: At) -> None:
        trait = self.traits()[name]
        if isinstance(trait, TraceBound):
            trait.fit(self, value, at)
        elif isinstance(trait, _Validating):
            trait.validate(self, value)


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
