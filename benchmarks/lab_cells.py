"""What the kernel of a notebook in the JupyterLab benchmark gets ready before the measured cell."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import headwise
from benchmarks.attention import random_trace, token_labels
from benchmarks.install import HERE, PYTHON_PACKAGES
from benchmarks.peer import OURS
from benchmarks.peers import local, tensors

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = "from IPython.display import HTML\nHTML('<b class=\"benchmark-small\">small</b>')"
SCRIPTS = "/files"
"""Where JupyterLab serves the files of its root folder."""


def sources(tool: str, view: str, tokens: int) -> list[str]:
    """Write the cells of a notebook.

    Parameters
    ----------
    tool
        ``"headwise"`` or ``"bertviz"``.
    view
        ``"head_view"`` or ``"model_view"``.
    tokens
        N.

    Returns
    -------
    list of str
        What makes the input ready, a cell that shows next to nothing, and the view.
    """
    prepare = (
        f"import sys\nsys.path[:0] = [{str(HERE.parent)!r}, {str(PYTHON_PACKAGES)!r}]\n"
        f"from benchmarks.lab_cells import showing\nshow = showing({tool!r}, {view!r}, {tokens})"
    )
    return [prepare, SMALL, "show()"]


def showing(tool: str, view: str, tokens: int) -> Callable[[], Any]:
    """Make the input ready, in the kernel.

    Parameters
    ----------
    tool, view, tokens
        As for `sources`.

    Returns
    -------
    callable
        Shows the view: returns a widget, or displays what the tool displays.
    """
    trace = random_trace(tokens)
    if tool == OURS:
        return partial(getattr(headwise, view), trace)
    import bertviz  # noqa: PLC0415 - the others' packages are in the path of this kernel only
    from IPython.display import HTML, display  # noqa: PLC0415 - there is none outside a kernel

    def shown(output: Any) -> None:  # noqa: ANN401 - HTML or Javascript
        display(type(output)(local(output.data, SCRIPTS)))

    # Its scripts come from this machine, and require.js is there before it is needed.
    sys.modules[f"bertviz.{view}"].__dict__["display"] = shown
    display(HTML(f'<script src="{SCRIPTS}/scripts/require.js"></script>'))
    return partial(getattr(bertviz, view), tensors(trace), token_labels(tokens))
