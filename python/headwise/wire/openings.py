"""What a view opens with: it travels with its settings, and a saved notebook keeps it.

Everything that is stored exactly stays within the budget; what is not is coarse (its tensors are
named ``coarse-…``), and the browser asks for it again while there is a Python to ask.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from safetensors.numpy import load

from headwise.wire.codec import encode, quantize
from headwise.wire.limits import layer_cells
from headwise.wire.matrix import matrix_snapshot
from headwise.wire.protocol import TENSOR_BUDGET
from headwise.wire.rows import neuron_snapshot
from headwise.wire.saved import (
    STEPS,
    can_fit,
    coarser,
    deflated_size,
    first_that_fits,
    halved,
    share,
)
from headwise.wire.thumbs import model_snapshot
from headwise.wire.tiles import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from headwise.block import Block
    from headwise.trace import Trace
    from headwise.wire.matrix_maps import MatrixMaps
    from headwise.wire.protocol import Dtype, MapParams, ThumbnailSettings
    from headwise.wire.saved import Arrays

_THUMBNAILS = ((0, 1), (0, 8), (1, 1), (1, 4), (1, 16), (2, 4), (3, 4))
"""Ways to keep thumbnails, best first: times that they are halved, levels that are one."""

_GRID = 0.4
_LEAST_VECTORS = 8_000
# Float32 weights keep at least this share of their bytes; only half of a causal layer is not 0.
_FLOATS = 0.4


def head_opening(trace: Trace, block: str, layer: int, budget: int) -> bytes:
    """Collect what a head view opens with.

    Parameters
    ----------
    trace : Trace
    block, layer : str, int
        What the view shows.
    budget : int
        Bytes that the blob may take once it is deflated.

    Returns
    -------
    bytes
        All layers of all blocks as float32 where they fit, else as uint8; else the shown layer as
        uint8, at worst coarse (``coarse-w/…``); else what
        :func:`headwise.wire.tiles.snapshot` has of it: its first queries and its marginals. Room
        that is left goes to the shown layer as float32, or to its neighbours.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    shown = trace.block(block)
    shown.record(layer)
    everything = [(part, n) for part in trace.blocks.values() for n in part.captured_layers]
    cells = sum(layer_cells(part.records[n]) for part, n in everything)
    makers: list[Callable[[], Arrays | None]] = []
    if 4 * cells * _FLOATS <= budget:
        makers.append(partial(_layers, everything, "f32"))
    if can_fit(cells, budget):
        makers.append(partial(_layers, everything, "u8"))
    found = first_that_fits(makers, budget)
    if not found and can_fit(layer_cells(shown.records[layer]), budget):
        codes = _layer(shown, layer, "u8")
        found = first_that_fits((partial(_at, _w(shown, layer), codes, s) for s in STEPS), budget)
    if not found:
        found = first_that_fits(_first_queries(trace, shown, layer, budget), budget)
    return encode(_filled(found, shown, layer, budget))


def model_opening(
    trace: Trace,
    block: str,
    settings: ThumbnailSettings,
    layers: Sequence[int] | None,
    budget: int,
) -> bytes:
    """Collect what a model view opens with.

    Parameters
    ----------
    trace, block, settings, layers
        As for :func:`headwise.wire.thumbs.model_snapshot`.
    budget : int
        Bytes that the blob may take once it is deflated.

    Returns
    -------
    bytes
        What the snapshot has where it fits, else its thumbnails and figures; else thumbnails with
        fewer levels or cells, as ``coarse-thumb/…``, and where even these do not fit, of the
        first layers.

    Raises
    ------
    OutOfRange
        There is no such block or layer.
    """
    whole = load(model_snapshot(trace, block, settings, layers, TENSOR_BUDGET))
    order = list(range(trace.block(block).layers)) if layers is None else list(layers)
    drawn = [name for name in whole if not name.startswith("w/")]
    # Thumbnails before figures: what is read from a blob has no order of its own.
    drawn.sort(key=lambda name: (order.index(int(name.split("/")[2])), name.startswith("facts/")))
    pictures = {name: whole[name] for name in drawn}
    largest = settings["pooling"] == "max"

    def coarse(arrays: Arrays) -> Iterator[Any]:
        for times, step in _THUMBNAILS:
            yield partial(_thumbnails, arrays, times, step, largest=largest)

    found = first_that_fits([lambda: whole, *coarse(pictures)], budget)
    while not found and len(pictures) > 1:
        for name in list(pictures)[len(pictures) // 2 :]:
            del pictures[name]
        found = first_that_fits(coarse(pictures), budget)
    return encode(found)


def explore_opening(
    trace: Trace, block: str, layer: int, head: int, settings: ThumbnailSettings, budget: int
) -> bytes:
    """Collect what the three parts of explore open with.

    Parameters
    ----------
    trace : Trace
    block, layer, head : str, int, int
        What the view shows.
    settings : ThumbnailSettings
        Of the grid.
    budget : int
        Bytes that the blob may take once it is deflated.

    Returns
    -------
    bytes
        Thumbnails in two fifths of the budget; then the lines; then vectors, if there is room.

    Raises
    ------
    OutOfRange
        There is no such block, layer or head.
    """
    grid = load(model_opening(trace, block, settings, None, share(budget, _GRID)))
    left = budget - deflated_size(grid)
    lines = load(head_opening(trace, block, layer, left))
    found = grid | {name: array for name, array in lines.items() if name not in grid}
    left = budget - deflated_size(found)
    if left > _LEAST_VECTORS:
        vectors = load(neuron_snapshot(trace, block, layer, head, left))
        both = found | {name: array for name, array in vectors.items() if name not in found}
        if deflated_size(both) <= budget:
            found = both
    return encode(found)


def matrix_opening(trace: Trace, maps: MatrixMaps, params: MapParams, budget: int) -> bytes:
    """Collect what a matrix view opens with.

    Parameters
    ----------
    trace, maps, params
        As for :func:`headwise.wire.matrix.matrix_snapshot`.
    budget : int
        Bytes that the blob may take once it is deflated.

    Returns
    -------
    bytes
        What the snapshot has; where it does not fit, without its finest level, and so on.

    Raises
    ------
    OutOfRange, InputError
        As for `matrix_snapshot`.
    """
    arrays = load(matrix_snapshot(trace, maps, params, TENSOR_BUDGET))
    while arrays and deflated_size(arrays) > budget:
        levels = {name.split("/")[3] for name in arrays if name.startswith("matrix/")}
        finest = min(levels, key=lambda level: 0 if level == "exact" else int(level), default=None)
        arrays = {
            name: array
            for name, array in arrays.items()
            if finest is not None and name.split("/")[3:4] != [finest]
        }
    return encode(arrays)


def _at(name: str, codes: NDArray[Any], step: int) -> Arrays | None:
    """Name weights by how coarse they are; those that are no bytes cannot be coarser."""
    if step == 1:
        return {name: codes}
    return {f"coarse-{name}": coarser(codes, step)} if codes.dtype == np.uint8 else None


def _first_queries(trace: Trace, shown: Block, layer: int, budget: int) -> Iterator[Any]:
    for raw in (2 * budget, budget):
        yield lambda: load(snapshot(trace, shown.name, layer, raw))  # noqa: B023 - called at once


def _filled(found: Arrays, shown: Block, layer: int, budget: int) -> Arrays:
    """Use what room is left: floats for the shown layer, or bytes for those beside it."""
    codes = found.get(_w(shown, layer))
    if codes is None or codes.dtype != np.uint8:
        return found
    used = deflated_size(found)
    if used + 4 * codes.size * _FLOATS <= budget:
        better = found | {_w(shown, layer): _layer(shown, layer, "f32")}
        if deflated_size(better) <= budget:
            return better
    alone = deflated_size({"w": codes})
    beside = sorted(shown.captured_layers, key=lambda number: (abs(number - layer), -number))
    for number in beside:
        if used + alone > budget:
            break
        if _w(shown, number) in found:
            continue
        more = {_w(shown, number): _layer(shown, number, "u8")}
        size = deflated_size(more)
        if used + size <= budget:
            found |= more
            used += size
    return found


def _thumbnails(arrays: Arrays, times: int, step: int, *, largest: bool) -> Arrays:
    if (times, step) == (0, 1):
        return arrays
    found: Arrays = {}
    for name, array in arrays.items():
        codes = cast("NDArray[np.uint8]", array)
        if name.startswith("thumb/"):
            for _ in range(times):
                codes = halved(codes, largest=largest)
            found[f"coarse-{name}"] = coarser(codes, step, zero=1)
        else:
            found[name] = array
    return found


def _w(block: Block, layer: int) -> str:
    return f"w/{block.name}/{layer}"


def _layer(block: Block, layer: int, dtype: Dtype) -> NDArray[Any]:
    weights = block.records[layer].weights()
    # Bytes cannot say that a weight is missing.
    return weights if dtype == "f32" or np.isnan(weights).any() else quantize(weights)


def _layers(places: Iterable[tuple[Block, int]], dtype: Dtype) -> Arrays:
    return {_w(block, layer): _layer(block, layer, dtype) for block, layer in places}
