"""Links: one selection over several views, in any cells, of any traces."""

from __future__ import annotations

import uuid
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from headwise.errors import HeadwiseError, InputError
from headwise.widgets._base import BaseView
from headwise.widgets._link_words import Wording, sentences
from headwise.widgets._mapping import mapped, share_a_head
from headwise.widgets._synced import CHANGES
from headwise.widgets.head import HeadView

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from traitlets import Bunch

    from headwise.widgets._link_words import LinkNote
    from headwise.widgets._mapping import Mapped

_FEWEST = 2


# The views that the change on its way has reached; whoever holds CHANGES may look and write.
_REACHED: Final[list[BaseView]] = []


class Link:
    """One selection (heads, query, key) over several views; made by `link`.

    Parameters
    ----------
    *views : BaseView
        Two or more; those of `link`.

    Raises
    ------
    InputError, HeadwiseError
        As `link`.

    Attributes
    ----------
    views : tuple of BaseView
        The views that are linked now.
    unmapped : list of str
        What of the last selection is not in another view, a sentence each.
    """

    def __init__(self, *views: BaseView) -> None:
        _check(views)
        self._identity = uuid.uuid4().hex
        # The views hold the link, as their observer; the link must not hold the views.
        self._views = [weakref.ref(view) for view in views]
        self._spreading = False
        self.unmapped: list[str] = []
        with CHANGES:
            for view in views:
                view.tell_link(self._identity, [])
                view.observe(self._on_selection, names="selection")
                view.observe(self._on_close, names="comm")
            giving = next((view for view in views if view.selection.heads), None)
            if giving is not None:
                self._spread(giving)

    def __repr__(self) -> str:
        return f"<Link of {len(self.views)} views>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unlink()

    @property
    def views(self) -> tuple[BaseView, ...]:
        """The views that are linked now: those that were closed are not among them."""
        return tuple(view for one in self._views if (view := one()) is not None)

    def unlink(self) -> None:
        """Let each view have a selection of its own again; what is selected stays."""
        with CHANGES:
            views, self._views, self.unmapped = self.views, [], []
            for view in views:
                self._let_go(view)

    def _let_go(self, view: BaseView) -> None:
        view.unobserve(self._on_selection, names="selection")
        view.unobserve(self._on_close, names="comm")
        view.tell_link(self._identity, None)

    def _on_close(self, change: Bunch) -> None:
        if change.new is not None:
            return
        with CHANGES:
            closed: BaseView = change.owner
            self._views = [one for one in self._views if one() not in (None, closed)]
            self._let_go(closed)
            if len(self._views) < _FEWEST:
                self.unlink()

    def _on_selection(self, change: Bunch) -> None:
        with CHANGES:
            self._spread(change.owner)

    def _spread(self, source: BaseView) -> None:
        """Carry the selection of one view to the others that the change has not reached yet."""
        if self._spreading or source not in self.views:
            return
        first = not _REACHED
        if source not in _REACHED:
            _REACHED.append(source)
        targets = [view for view in self.views if view not in _REACHED]
        _REACHED.extend(targets)
        self._spreading = True
        try:
            self._say(source, {view: _carry(source, view) for view in targets})
        finally:
            self._spreading = False
            if first:
                _REACHED.clear()

    def _say(self, source: BaseView, found: dict[BaseView, Mapped]) -> None:
        here: list[LinkNote] = []
        plain: list[LinkNote] = []
        for target, one in found.items():
            here += Wording(source, target, at_source=True, base=source.index_base).notes(one)
            plain += Wording(source, target, at_source=True, base=0).notes(one)
            there = Wording(source, target, at_source=False, base=target.index_base)
            target.tell_link(self._identity, there.notes(one))
        source.tell_link(self._identity, here)
        self.unmapped = sentences(plain)


def link(*views: BaseView) -> Link:
    """Let views share one selection: heads, query and key.

    The first view that has heads selected gives its selection to the others; where none has, each
    keeps what it has. From there on a change in one is a change in all. A head is the same head in
    another view if layer and number are the same, and a token the same token if number and label
    are. Of blocks the one of the same name is meant, else the only one of the same kind
    (self-attention or cross-attention). What is not in another view is said in both views and in
    `Link.unmapped`.

    Parameters
    ----------
    *views : BaseView
        Two or more views of any kind, of one trace or of several.

    Returns
    -------
    Link
        Until `Link.unlink`, or as a context manager until the end of the block. A view that is
        closed leaves the link.

    Raises
    ------
    InputError
        There are fewer than two views, one is no view, is closed, or is named twice.
    HeadwiseError
        A view has no head in common with any of the others.

    Examples
    --------
    >>> link = headwise.link(headwise.model_view(trace), headwise.head_view(trace))
    >>> link.unmapped
    []
    """
    return Link(*views)


def _check(views: tuple[object, ...]) -> None:
    known: list[BaseView] = []
    for view in views:
        if not isinstance(view, BaseView):
            raise InputError(
                f"link() takes views such as headwise.head_view(trace), not {type(view).__name__}"
            )
        if view.closed:
            raise InputError("a view that is closed cannot be linked: make a new view")
        if any(view is other for other in known):
            raise InputError("the same view is named twice: link() takes different views")
        known.append(view)
    if len(known) < _FEWEST:
        raise InputError(f"link() takes two views or more, not {len(known)}")
    for view in known:
        if not any(share_a_head(view, other) for other in known if other is not view):
            raise HeadwiseError(
                f"{view!r} has no head in common with the other views, so there is nothing to "
                "link: link views of traces that have the same layers and heads"
            )


def _carry(source: BaseView, target: BaseView) -> Mapped:
    found = mapped(source, target)
    if not isinstance(target, HeadView):
        found = replace(found, layer=None)  # the layer of the others is that of their head
    if found.selection is not None:
        with target.hold_sync():
            target.selection = found.selection
            if found.layer is not None:
                target.set_trait("layer", found.layer)
    return found
