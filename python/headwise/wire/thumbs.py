"""Thumbnails and figures of heads on their way to the browser, within budgets of bytes and work."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load

from headwise.bands import bands, work
from headwise.metrics.heads import FACTS, HeadFacts
from headwise.reduce import sides_in_play
from headwise.thumbnails import Thumbnails, above_cut, pool_factor
from headwise.wire.codec import encode
from headwise.wire.limits import HEADER_ENTRY, HEADER_START, SNAPSHOT_WORK, layer_cells
from headwise.wire.steps import at_once
from headwise.wire.tiles import archive

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from headwise.bands import Band
    from headwise.record import AttentionRecord
    from headwise.trace import Block, Trace
    from headwise.wire.protocol import FactsParams, ThumbnailParams, ThumbnailSettings
    from headwise.wire.steps import Steps

    Arrays = dict[str, NDArray[Any]]

# Sorting a row to find its cut takes about as long as computing it twice.
_CUT_WORK = 3
_FACTS_WORK = 2


def thumbnail_tile(trace: Trace, params: ThumbnailParams, steps: Steps | None = None) -> bytes:
    """Answer one request for the thumbnails of a layer.

    Parameters
    ----------
    trace : Trace
    params : ThumbnailParams
    steps : Steps, optional
        Of the view; without them all is done at once.

    Returns
    -------
    bytes
        One tensor ``thumb/…`` uint8 (H, n, m), as :func:`headwise.thumbnails.thumbnail` has it,
        over the pairs that the filters leave and that survive the cut. Heads that were not
        captured are 0. No tensor while the work is not done: asked again, Python goes on.

    Raises
    ------
    OutOfRange
        The block or layer does not exist.
    """
    block, layer = trace.block(params["block"]), params["layer"]
    record = block.record(layer)
    name = thumbnail_name(block, layer, params)

    def drawn() -> Generator[int, None, bytes]:
        drawing = _Drawing(block, record, params)
        for band in bands(record, drawing.factor):
            drawing.add(band)
            yield drawing.effort(band)
        return encode({name: drawing.codes})

    return (steps or at_once()).advance((id(trace), name), drawn) or encode({})


def facts_tile(trace: Trace, params: FactsParams, steps: Steps | None = None) -> bytes:
    """Answer one request for the figures of the heads of a layer.

    Parameters
    ----------
    trace, steps
        As for `thumbnail_tile`.
    params : FactsParams

    Returns
    -------
    bytes
        One tensor ``facts/…`` float32 (H, 9), as :func:`headwise.metrics.heads.head_facts` has
        it; NaN for heads that were not captured. The filters of a view are no part of it. No
        tensor while the work is not done.

    Raises
    ------
    OutOfRange
        The block or layer does not exist.
    """
    block, layer = trace.block(params["block"]), params["layer"]
    record = block.record(layer)
    name = facts_name(block, layer)

    def found() -> Generator[int, None, bytes]:
        facts = _head_facts(block, record)
        for band in bands(record):
            facts.add(*band)
            yield _FACTS_WORK * band.weights.size
        return encode({name: facts.result()})

    return (steps or at_once()).advance((id(trace), name), found) or encode({})


def model_snapshot(
    trace: Trace,
    block: str,
    settings: ThumbnailSettings,
    layers: Sequence[int] | None,
    budget: int,
) -> bytes:
    """Collect what a model view can show before it asks for anything.

    Parameters
    ----------
    trace : Trace
    block : str
        The block that is shown.
    settings : ThumbnailSettings
        Pooling, cut and filters of the thumbnails.
    layers : sequence of int, optional
        The layers that are shown, in this order; None for all.
    budget : int
        Bytes; the blob, with its header, is never larger.

    Returns
    -------
    bytes
        Thumbnails and figures of the layers in this order, while they fit the budget and no more
        than `SNAPSHOT_WORK` weights have to be computed for them; under a cut each counts for
        three. Then, if all layers of the block fit into the rest, their weights as float32.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    shown = trace.block(block)
    order = list(range(shown.layers)) if layers is None else list(layers)
    arrays, left = _pictures([(shown, layer) for layer in order], settings, budget, SNAPSHOT_WORK)
    whole = [(layer, shown.records[layer]) for layer in shown.captured_layers]
    if sum(layer_cells(record) * 4 + HEADER_ENTRY for _, record in whole) <= left:
        arrays |= {f"w/{shown.name}/{layer}": record.weights() for layer, record in whole}
    return encode(arrays)


def model_archive(
    trace: Trace,
    block: str,
    settings: ThumbnailSettings,
    layers: Sequence[int] | None,
    budget: int,
) -> bytes:
    """Collect what a model view without Python can show.

    Parameters
    ----------
    trace, block, settings, layers, budget
        As for `model_snapshot`; `layers` only says which go first.

    Returns
    -------
    bytes
        Thumbnails and figures of all layers of all blocks while they fit, those of the shown
        block first, and in what is left whole layers as :func:`headwise.wire.tiles.archive`
        chooses them.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    shown = trace.block(block)
    first = list(range(shown.layers)) if layers is None else list(layers)
    order = [(shown, layer) for layer in dict.fromkeys([*first, *range(shown.layers)])]
    for other in trace.blocks.values():
        order += [(other, layer) for layer in range(other.layers) if other is not shown]
    arrays, left = _pictures(order, settings, budget, math.inf)
    layer = next((layer for _, layer in order if layer in shown.captured_layers), 0)
    if left > 0:
        arrays |= load(archive(trace, block, layer, left))
    return encode(arrays)


def thumbnail_name(block: Block, layer: int, settings: ThumbnailSettings) -> str:
    """Name the thumbnails of a layer, with all that they depend on."""
    strongest = math.floor(10_000 * settings["strongest"] + 0.5)
    hidden = int(settings["hide_special"])
    variant = f"{settings['pooling']},{strongest},{settings['sentences']},{hidden}"
    return f"thumb/{block.name}/{layer}/{variant}"


def facts_name(block: Block, layer: int) -> str:
    """Name the figures of a layer."""
    return f"facts/{block.name}/{layer}"


class _Drawing:
    """Thumbnails of one layer under the cut and the filters of a view."""

    def __init__(self, block: Block, record: AttentionRecord, settings: ThumbnailSettings) -> None:
        queries, keys = record.query_count, record.key_count
        self.factor = pool_factor(queries, keys)
        self._given = record.given is not None
        self._share = settings["strongest"]
        sentences, hide_special = settings["sentences"], settings["hide_special"]
        rows, columns = sides_in_play(block.query_tokens, block.key_tokens, sentences, hide_special)
        self._filter = None if rows.all() and columns.all() else (rows, columns)
        self._thumbnails = Thumbnails(
            record.heads, queries, keys, pooling=settings["pooling"], factor=self.factor
        )

    @property
    def codes(self) -> NDArray[np.uint8]:
        return self._thumbnails.codes

    def effort(self, band: Band) -> int:
        return band.weights.size * (_CUT_WORK if self._share < 1.0 else 1)

    def add(self, band: Band) -> None:
        heads, start, weights, in_play = band
        queries, keys = weights.shape[1:]
        if self._filter is not None:
            rows, columns = self._filter
            left = rows[start : start + queries, None] & columns[:keys]
            in_play = left if in_play is None else in_play & left
        # Computed weights are 0 where a query does not see the key; given ones need not be.
        if in_play is not None and (self._given or self._filter is not None):
            weights = np.where(in_play, weights, np.float32(0))
        if self._share < 1.0:
            weights = np.nan_to_num(weights, copy=False)
            in_play = above_cut(weights, self._share)
            weights = np.where(in_play, weights, np.float32(0))
        self._thumbnails.add(heads, start, weights, in_play)


def _pictures(
    order: Sequence[tuple[Block, int]], settings: ThumbnailSettings, budget: int, limit: float
) -> tuple[Arrays, int]:
    """Draw and summarise layers while bytes and work last; also return the bytes left."""
    arrays: Arrays = {}
    left = budget - HEADER_START
    for block, layer in order:
        record = block.record(layer)
        drawing, facts = _Drawing(block, record, settings), _head_facts(block, record)
        cost = drawing.codes.nbytes + HEADER_ENTRY
        effort = work(record) * (_CUT_WORK if settings["strongest"] < 1.0 else 1)
        if cost > left or effort > limit:
            continue
        with_facts = cost + _facts_cost(record) <= left
        for band in bands(record, drawing.factor):
            if with_facts:
                facts.add(*band)
            drawing.add(band)
        arrays[thumbnail_name(block, layer, settings)] = drawing.codes
        if with_facts:
            arrays[facts_name(block, layer)] = facts.result()
            cost += _facts_cost(record)
        left -= cost
        limit -= effort
    return arrays, left


def _head_facts(block: Block, record: AttentionRecord) -> HeadFacts:
    return HeadFacts(
        record.heads,
        np.array(block.query_tokens.special, np.bool_),
        np.array(block.key_tokens.special, np.bool_),
        square=block.name != "cross" and block.query_tokens == block.key_tokens,
    )


def _facts_cost(record: AttentionRecord) -> int:
    return record.heads * len(FACTS) * 4 + HEADER_ENTRY
