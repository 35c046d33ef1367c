"""The picture that stands for a view where no view can be shown: maps of the heads, in no time.

A figure (headwise.export.figure) of a long text takes a second or more and hundreds of kilobytes.
This one goes with every display of a view, so it is made of pooled weights and stays small.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from headwise.bands import bands, work
from headwise.errors import InputError
from headwise.export.parts import record_of
from headwise.selection import Head, Selection
from headwise.thumbnails import Thumbnails, pool_factor
from headwise.wire.saved import halved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from headwise.block import Block
    from headwise.trace import Trace

    Codes = NDArray[np.uint8]

MOST_BYTES: Final = 45_000
"""Bytes of a picture; it is made smaller until it keeps within them."""

MOST_WORK: Final = 8_000_000
"""Weights that are computed for one; of a longer text fewer heads are shown."""

# The stops of the weight ramp on a light ground (js/src/ramps.ts).
STOPS: Final = "#f7fbfb #c4e4ed #93cce3 #68b0da #4893cf #3775c0 #3255ab #313590 #2c1472"
LEVELS = 32
GROUND, HIDDEN = LEVELS, LEVELS + 1
_COLOURS = {GROUND: "#ffffff", HIDDEN: "#e9eaec"}
_GAP = 3
_ACROSS = 6
_WIDTH = 640
_LARGEST, _SMALLEST = 256, 4
# A picture of more pooled cells than this is over MOST_BYTES in any case.
_MOST_CELLS = 150_000


class Preview(NamedTuple):
    """A picture and what it shows.

    Attributes
    ----------
    png : bytes
    width, height : int
        Pixels.
    words : str
        One sentence.
    """

    png: bytes
    width: int
    height: int
    words: str


class _Plan(NamedTuple):
    rows: list[list[Head | None]]
    words: str


def preview(traces: Sequence[Trace], shown: Mapping[str, Any]) -> Preview:
    """Draw the heads of a view as small maps.

    Parameters
    ----------
    traces : sequence of Trace
        One, or the two of a comparison.
    shown : mapping
        The view's values, as JSON.

    Returns
    -------
    Preview
        At most `MOST_BYTES` of PNG: queries from the top, keys from the left, each dot the
        largest weight that it stands for, on a square-root scale.

    Raises
    ------
    InputError
        No head is picked, or the text is too long for one that fits.
    """
    base = int(shown["index_base"])
    blocks = [trace.block(shown["block"]) for trace in traces]
    plan = _planned(blocks[0], shown, base)
    plans = [plan.rows] + [_there(block, plan.rows) for block in blocks[1:]]
    count = sum(1 for rows in plans for row in rows for head in row if head)
    side = _LARGEST
    while side > _SMALLEST and count * side * side > _MOST_CELLS:
        side //= 2
    maps = [_maps(block, rows, side) for block, rows in zip(blocks, plans, strict=True)]
    while side >= _SMALLEST:
        parts = zip(plans, maps, strict=True)
        picture = np.concatenate([_drawn(rows, found) for rows, found in parts])
        png = indexed_png(picture)
        if len(png) <= MOST_BYTES:
            return Preview(png, picture.shape[1], picture.shape[0], plan.words)
        side //= 2
        maps = [
            {head: halved(codes[None], largest=True)[0] for head, codes in found.items()}
            for found in maps
        ]
    raise InputError("the heads do not fit a small picture")


def _planned(block: Block, shown: Mapping[str, Any], base: int) -> _Plan:
    kind = shown["_view"]
    if kind in ("model", "explore"):
        return _grid(block, shown, base)
    selection = Selection.from_json(shown["selection"])
    heads = [head for head in selection.heads if head.head in block.records[head.layer].captured]
    if kind == "neuron":
        heads = [Head(shown["layer"], shown["head"])]
    elif kind != "matrix":
        heads = [head for head in heads if head.layer == shown["layer"]]
    heads = _affordable(block, heads)
    if not heads:
        raise InputError("no head is picked")
    rows: list[list[Head | None]] = [
        [*heads[at : at + _ACROSS]] for at in range(0, len(heads), _ACROSS)
    ]
    named = ", ".join(f"{layer + base}.{head + base}" for layer, head in heads)
    several = "heads" if len(heads) > 1 else "head"
    return _Plan(rows, f"the attention of {several} {named}")


def _grid(block: Block, shown: Mapping[str, Any], base: int) -> _Plan:
    included = shown.get("include_layers"), shown.get("include_heads")
    layers = [n for n in block.captured_layers if included[0] is None or n in included[0]]
    there = [Head(n, h) for n in layers for h in block.records[n].captured]
    wanted = {head for head in there if included[1] is None or head.head in included[1]}
    kept = set(_affordable(block, sorted(wanted)))
    columns = sorted({head.head for head in kept})
    rows = [
        [Head(n, h) if Head(n, h) in kept else None for h in columns]
        for n in sorted({head.layer for head in kept})
    ]
    if not rows:
        raise InputError("no head is shown")
    named = sorted({head.layer + base for head in kept})
    words = (
        f"the attention of {len(kept)} heads: layers {named[0]} to {named[-1]} from the top, "
        f"heads {columns[0] + base} to {columns[-1] + base} from the left"
    )
    return _Plan(rows, words)


def _affordable(block: Block, heads: Iterable[Head]) -> list[Head]:
    """Keep the first heads, as many as can be computed in a moment."""
    left = MOST_WORK
    kept: list[Head] = []
    for head in heads:
        record = block.records[head.layer]
        left -= work(record) // max(1, len(record.captured))
        if left < 0:
            break
        kept.append(head)
    return kept


def _there(block: Block, rows: list[list[Head | None]]) -> list[list[Head | None]]:
    def known(head: Head | None) -> Head | None:
        return head if head and head.head in block.record(head.layer).captured else None

    return [[known(head) for head in row] for row in rows]


def _maps(block: Block, rows: list[list[Head | None]], side: int) -> dict[Head, Codes]:
    """Pool the weights of each head until no side of its map is over `side` dots."""
    factor = pool_factor(len(block.query_tokens), len(block.key_tokens), side)
    found: dict[Head, Codes] = {}
    wanted = sorted({head for row in rows for head in row if head})
    for layer in sorted({head.layer for head in wanted}):
        numbers = [head.head for head in wanted if head.layer == layer]
        record = record_of(block.records[layer], numbers)
        drawn = Thumbnails(
            record.heads, record.query_count, record.key_count, pooling="max", factor=factor
        )
        for band in bands(record, factor):
            drawn.add(band.heads, band.start, band.weights, band.visible)
        found |= {Head(layer, number): drawn.codes[number] for number in numbers}
    return found


def _drawn(rows: list[list[Head | None]], maps: dict[Head, Codes]) -> Codes:
    """Put maps side by side, in rows of the same length."""
    height, width = next(iter(maps.values())).shape if maps else (1, 1)
    columns = max(len(row) for row in rows)
    times = max(1, min(_LARGEST // max(height, width), _WIDTH // (columns * width)))
    high, wide = height * times + _GAP, width * times + _GAP
    shape = (len(rows) * high + _GAP, columns * wide + _GAP)
    picture = np.full(shape, GROUND, np.uint8)
    for y, row in enumerate(rows):
        for x, head in enumerate(row):
            if head is None:
                continue
            tile = _levels(maps[head]).repeat(times, 0).repeat(times, 1)
            top, left = _GAP + y * high, _GAP + x * wide
            picture[top : top + height * times, left : left + width * times] = tile
    return picture


def _levels(codes: Codes) -> Codes:
    levels = ((codes.astype(np.uint16) - 1) * (LEVELS - 1) + 127) // 254
    return np.where(codes == 0, HIDDEN, levels).astype(np.uint8)


def palette() -> bytes:
    """List the colours of a picture: red, green and blue of each."""
    stops = np.array([_rgb(stop) for stop in STOPS.split()], np.float64)
    at = np.linspace(0, len(stops) - 1, LEVELS)
    ramp = np.empty((LEVELS, 3))
    for part in range(3):
        ramp[:, part] = np.interp(at, np.arange(len(stops)), stops[:, part])
    return np.rint(ramp).astype(np.uint8).tobytes() + b"".join(
        bytes(_rgb(_COLOURS[number])) for number in (GROUND, HIDDEN)
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def indexed_png(picture: Codes) -> bytes:
    """Write a picture of numbers of `palette`, (height, width), as PNG."""
    height, width = picture.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = picture
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette()),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
