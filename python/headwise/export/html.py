"""A view as one page that needs neither Python nor a network."""

from __future__ import annotations

import base64
import json
import math
import operator
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from headwise.assets import read_asset
from headwise.errors import BudgetError, HeadwiseError, InputError
from headwise.export.least import least_of, zeros_share
from headwise.export.parts import as_list, fitted, part_of
from headwise.threads import one_blas_thread
from headwise.wire.codec import tensor_shapes
from headwise.wire.saved import deflate

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import SupportsIndex

    from headwise.trace import Trace

EXPORT_BUDGET = 8_000_000
"""Bytes of weights in a page, before they are deflated and base64 makes a third more of them."""

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src 'none'"
)
_NOT_STARTED = (
    "This view is drawn by a script inside this page. You read this because the script did not "
    "run: scripts are off, or the place that shows the page forbids them. Save the file and open "
    "it in a browser."
)
_SCHEMES = {"light": "light", "dark": "dark"}
_END_OF_SCRIPT = re.compile(r"<(?=/|!--)")
_END_OF_STYLE = re.compile(r"<(?=/style)", re.IGNORECASE)


class Exported(NamedTuple):
    """A file that was written; it shows as ``map.html, 2.1 MB``.

    Attributes
    ----------
    path : Path
    size : int
        Bytes.
    """

    path: Path
    size: int

    def __repr__(self) -> str:
        return f"{self.path}, {_size(self.size)}"


class View(Protocol):
    """What a page needs of a view."""

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The traces; raises where the view was closed."""
        ...

    def state_for_page(self) -> dict[str, Any]:
        """List the synced traits."""
        ...

    def archives_of(
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> dict[str, bytes]:
        """Collect all blobs of a page."""
        ...


def to_html(
    view: View,
    path: str | os.PathLike[str],
    *,
    layers: Iterable[SupportsIndex] | None = None,
    heads: Iterable[SupportsIndex] | None = None,
    budget: int | None = None,
) -> Exported:
    """Write a view as one self-contained page.

    Parameters
    ----------
    view : View
        As it stands now: settings, selection, layer.
    path : path-like
        An older file there is replaced.
    layers, heads : iterable of int, optional
        Numbers of what goes in; all unless given.
    budget : int, optional
        Bytes of weights and vectors, as the view's ``archive_of`` chooses them, before they are
        deflated; `EXPORT_BUDGET` unless given.

    Returns
    -------
    Exported

    Raises
    ------
    BudgetError
        The budget that is given does not hold what is shown.
    OutOfRange, InputError
        As :func:`headwise.export.parts.part_of`.
    HeadwiseError
        The file cannot be written (the message names it), the view was closed, or the front end
        is not built.
    """
    target = Path(path)
    page = render(view, budget, layers=layers, heads=heads).encode()
    try:
        target.write_bytes(page)
    except OSError as error:
        raise HeadwiseError(
            f"cannot write the page to {target}: {error.strerror or error}; "
            "give a path in a folder that exists and can be written"
        ) from error
    return Exported(target, len(page))


def render(
    view: View,
    budget: int | None = None,
    *,
    layers: Iterable[SupportsIndex] | None = None,
    heads: Iterable[SupportsIndex] | None = None,
) -> str:
    """Make the text of the page that `to_html` writes.

    Parameters
    ----------
    view, budget, layers, heads
        As for `to_html`.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    BudgetError, OutOfRange, InputError, HeadwiseError
        As for `to_html`.
    """
    layers = None if layers is None else as_list(layers, "layers")
    heads = None if heads is None else as_list(heads, "heads")
    traces = [part_of(trace, layers, heads) for trace in view.traces]
    traits = fitted(view.state_for_page(), traces, layers, heads)
    blobs = _blobs(view, traces, traits, budget)
    state = {
        "traits": traits,
        **{name: base64.b64encode(deflate(blob)).decode("ascii") for name, blob in blobs.items()},
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
<div id="headwise"><p class="hw-start">{_NOT_STARTED}</p></div>
<script type="application/json" id="headwise-state">{_json(state)}</script>
<script>
{program}
</script>
</body>
</html>
"""


def _blobs(
    view: View, traces: Sequence[Trace], traits: Mapping[str, Any], budget: int | None
) -> dict[str, bytes]:
    zeros = zeros_share(traces, traits)
    room = EXPORT_BUDGET if budget is None else _checked(budget)
    with one_blas_thread():
        blobs = view.archives_of(traces, traits, int(room * zeros))
    least = least_of(traces, traits)
    if budget is not None and not least.is_in(tensor_shapes(blobs["tensors"])):
        needed = math.ceil(least.nbytes / zeros)
        raise BudgetError(
            f"a budget of {budget} bytes does not hold {least.words}: give at least {needed}, or "
            "leave budget out"
        )
    return blobs


def _checked(budget: object) -> int:
    try:
        number = operator.index(cast("int", budget))
    except TypeError:
        number = -1
    if isinstance(budget, bool) or number < 0:
        raise InputError(f"budget must be a number of bytes, not {budget!r:.80}")
    return number


def _size(nbytes: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if nbytes >= factor:
            return f"{nbytes / factor:.1f} {unit}"
    return f"{nbytes} bytes"


def _json(state: dict[str, Any]) -> str:
    return json.dumps(state, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
