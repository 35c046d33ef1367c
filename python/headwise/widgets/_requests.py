"""What the browser may ask of a view: each request with the work that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from headwise.wire.protocol import (
    read_facts,
    read_marginals,
    read_rows,
    read_thumbnails,
    read_tile,
)
from headwise.wire.rows import rows_tile
from headwise.wire.thumbs import facts_tile, thumbnail_tile
from headwise.wire.tiles import marginal_tile, tile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headwise.trace import Trace
    from headwise.wire.steps import Steps

    TraceRequest = Callable[[Trace, Mapping[str, object], Steps], bytes]


def _tile(trace: Trace, params: Mapping[str, object], steps: Steps) -> bytes:
    return tile(trace, read_tile(params), steps)


def _marginals(trace: Trace, params: Mapping[str, object], steps: Steps) -> bytes:
    return marginal_tile(trace, read_marginals(params), steps)


def _thumbnails(trace: Trace, params: Mapping[str, object], steps: Steps) -> bytes:
    return thumbnail_tile(trace, read_thumbnails(params), steps)


def _facts(trace: Trace, params: Mapping[str, object], steps: Steps) -> bytes:
    return facts_tile(trace, read_facts(params), steps)


def _rows(trace: Trace, params: Mapping[str, object], _steps: Steps) -> bytes:
    return rows_tile(trace, read_rows(params))


WEIGHTS: Final[Mapping[str, TraceRequest]] = {"tile": _tile, "marginals": _marginals}
"""Of every view: weights, and the figures of each token."""

GRID: Final[Mapping[str, TraceRequest]] = {"thumbnails": _thumbnails, "facts": _facts}
"""Of a view with a grid of heads."""

VECTORS: Final[Mapping[str, TraceRequest]] = {"rows": _rows}
"""Of a view with query and key vectors."""
