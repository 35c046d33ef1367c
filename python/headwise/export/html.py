"""A view as one page that needs neither Python nor a network."""

from __future__ import annotations

import base64
import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headwise.assets import read_asset
from headwise.errors import HeadwiseError
from headwise.threads import one_blas_thread

if TYPE_CHECKING:
    import os

    from headwise.widgets._base import BaseView

EXPORT_BUDGET = 8_000_000
"""Bytes of weights in a page, before base64 makes a third more of them."""

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src 'none'"
)
_SCHEMES = {"light": "light", "dark": "dark"}
_END_OF_SCRIPT = re.compile(r"<(?=/|!--)")
_END_OF_STYLE = re.compile(r"<(?=/style)", re.IGNORECASE)


class Exported(NamedTuple):
    """A file that was written.

    Attributes
    ----------
    path : Path
    size : int
        Bytes.
    """

    path: Path
    size: int


def to_html(
    view: BaseView, path: str | os.PathLike[str], *, budget: int = EXPORT_BUDGET
) -> Exported:
    """Write a view as one self-contained page.

    Parameters
    ----------
    view : BaseView
        As it stands now: settings, selection, layer.
    path : path-like
        An older file there is replaced.
    budget : int
        Bytes of weights and vectors, as the view's ``archive`` chooses them. Of a head view all
        layers go in as float32 if they fit, else as uint8, else as many as fit, the shown one
        first.

    Returns
    -------
    Exported

    Raises
    ------
    HeadwiseError
        The file cannot be written (the message names it), the view was closed, or the front end
        is not built.
    """
    target = Path(path)
    page = render(view, budget).encode()
    try:
        target.write_bytes(page)
    except OSError as error:
        raise HeadwiseError(
            f"cannot write the page to {target}: {error.strerror or error}; "
            "give a path in a folder that exists and can be written"
        ) from error
    return Exported(target, len(page))


def render(view: BaseView, budget: int = EXPORT_BUDGET) -> str:
    """Make the text of the page that `to_html` writes.

    Parameters
    ----------
    view, budget
        As for `to_html`.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    HeadwiseError
        The view was closed, or the front end is not built.
    """
    traits = view.state_for_page()
    with one_blas_thread():
        blobs = view.archives(budget)
    state = {
        "traits": traits,
        **{name: base64.b64encode(blob).decode("ascii") for name, blob in blobs.items()},
    }
    title = f"headwise: {traits['_view']} view of {traits['_trace']['model'] or 'attention'}"
    styles = _END_OF_STYLE.sub(r"\\3c ", read_asset("headwise.css"))
    program = _END_OF_SCRIPT.sub(r"\\x3c", read_asset(f"{traits['_view']}-page.js"))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{_SCHEMES.get(traits["theme"], "light dark")}">
<title>{escape(title)}</title>
<style>
{styles}
</style>
</head>
<body>
<div id="headwise"><noscript>This page draws with JavaScript, which is off.</noscript></div>
<script type="application/json" id="headwise-state">{_json(state)}</script>
<script>
{program}
</script>
</body>
</html>
"""


def _json(state: dict[str, Any]) -> str:
    return json.dumps(state, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
