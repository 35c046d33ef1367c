"""A view as a notebook shows it: at once, or as an HTML object to keep."""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from headwise.export.html import render

if TYPE_CHECKING:
    from IPython.display import HTML

    from headwise.widgets._base import BaseView

_CONTROLS = 160


def show_or_return(view: BaseView, html_action: str) -> HTML | None:
    """Do what ``html_action`` says.

    Parameters
    ----------
    view
        Closed afterwards where it is returned as a page.
    html_action
        ``"view"`` shows the widget; ``"return"`` gives a page that needs neither Python nor a
        network, in a frame of its own.

    Returns
    -------
    IPython.display.HTML or None
    """
    notebook = cast("Any", import_module("IPython.display"))  # not before a view is shown
    if html_action == "view":
        notebook.display(view)
        return None
    try:
        text = render(view)
    finally:
        view.close()
    # A frame without the notebook's origin: scripts run, and reach nothing around them.
    page = notebook.HTML(
        '<div class="headwise-page"><iframe title="headwise" sandbox="allow-scripts" '
        f'style="width: 100%; height: {view.height + _CONTROLS}px; border: 0" '
        f'srcdoc="{escape(text)}"></iframe></div>'
    )
    return cast("HTML", page)
