"""Interactive pages of a trace, without a browser or a notebook."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from headwise.errors import InputError
from headwise.export.html import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.trace import Trace

VIEWS: Final = {
    "head": ("headwise.widgets.head", "head_view"),
    "model": ("headwise.widgets.model", "model_view"),
    "neuron": ("headwise.widgets.neuron", "neuron_view"),
    "matrix": ("headwise.widgets.matrix", "matrix_view"),
    "explore": ("headwise.widgets.explore", "explore"),
}
"""The views of which a page can be logged: module and function of each."""


def check_views(views: object) -> tuple[str, ...]:
    """Return names of views, each once.

    Raises
    ------
    InputError
        One of them is not known.
    """
    given = (views,) if isinstance(views, str) else views
    if not isinstance(given, (tuple, list)):
        raise InputError(f"views must be names of views, not {views!r:.80}")
    names = cast("Sequence[object]", given)
    for name in names:
        if name not in VIEWS:
            there = ", ".join(repr(each) for each in VIEWS)
            raise InputError(f"no view is called {name!r:.80}: there are {there}")
    return tuple(dict.fromkeys(str(name) for name in names))


def page(trace: Trace, view: str) -> str:
    """Make the page of a view of a trace.

    Parameters
    ----------
    trace : Trace
    view : str
        One of `VIEWS`.

    Returns
    -------
    str
        HTML that asks for nothing.

    Raises
    ------
    HeadwiseError
        The front end is not built.
    """
    module, function = VIEWS[view]
    shown = getattr(import_module(module), function)(trace)
    try:
        return render(shown)
    finally:
        shown.close()
