"""Two traces of one text: which tokens match, and what one gives more than the other."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.errors import OutOfRange
from headwise.reduce import aggregate, sides_in_play
from headwise.thumbnails import pool_factor
from headwise.wire.codec import encode
from headwise.wire.steps import at_once

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from numpy.typing import NDArray

    from headwise.masks import Bools
    from headwise.record import Floats
    from headwise.tokens import Tokens
    from headwise.trace import Block, Trace
    from headwise.wire.protocol import DifferenceParams
    from headwise.wire.steps import Steps

    Matches = Mapping[str, Mapping[str, Sequence[Sequence[int]]]]

DIFFERENCE_SIDE = 128
"""Most cells of a side of the map of differences."""

_WORK_CELLS = 1_000_000


def match_tokens(a: Tokens, b: Tokens) -> tuple[list[int], list[int]]:
    """Match the tokens of two texts by their labels, in order.

    Parameters
    ----------
    a, b
        The tokens of one side of each trace.

    Returns
    -------
    tuple of two lists of int
        Token numbers of `a` and of `b`, of the same length, both rising: the tokens that both
        begin and end with, and between these what :class:`difflib.SequenceMatcher` finds (Ratcliff
        and Obershelp's method), without its rule for frequent elements.
    """
    first, second = a.labels, b.labels
    shorter = min(len(first), len(second))
    head = 0
    while head < shorter and first[head] == second[head]:
        head += 1
    tail = 0
    while tail < shorter - head and first[-1 - tail] == second[-1 - tail]:
        tail += 1
    numbers_a, numbers_b = list(range(head)), list(range(head))
    between = SequenceMatcher(
        None, first[head : len(first) - tail], second[head : len(second) - tail], autojunk=False
    )
    for start_a, start_b, size in between.get_matching_blocks():
        numbers_a += range(head + start_a, head + start_a + size)
        numbers_b += range(head + start_b, head + start_b + size)
    numbers_a += range(len(first) - tail, len(first))
    numbers_b += range(len(second) - tail, len(second))
    return numbers_a, numbers_b


def matched_pairs(trace_a: Trace, trace_b: Trace) -> dict[str, dict[str, list[list[int]]]]:
    """Match the tokens of all blocks that two traces have in common, by the blocks' names.

    Returns
    -------
    dict
        ``{block: {"query": [[a numbers], [b numbers]], "key": [[…], […]]}}``, as JSON.
    """
    known: dict[tuple[Tokens, Tokens], list[list[int]]] = {}
    pairs: dict[str, dict[str, list[list[int]]]] = {}
    for name, one in trace_a.blocks.items():
        if name not in trace_b.blocks:
            continue
        other = trace_b.blocks[name]
        sides = {
            "query": (one.query_tokens, other.query_tokens),
            "key": (one.key_tokens, other.key_tokens),
        }
        pairs[name] = {}
        for side, texts in sides.items():
            if texts not in known:
                known[texts] = list(match_tokens(*texts))
            pairs[name][side] = known[texts]
    return pairs


def difference_tile(
    trace_a: Trace,
    trace_b: Trace,
    params: DifferenceParams,
    pairs: Matches,
    steps: Steps | None = None,
) -> bytes:
    """Answer one request for the map of differences, B minus A.

    Parameters
    ----------
    trace_a, trace_b : Trace
    params : DifferenceParams
        Of the heads, those that both traces have are laid over each other.
    pairs
        What `matched_pairs` returned for these traces.
    steps : Steps, optional
        Of the view; without them all is done at once.

    Returns
    -------
    bytes
        One tensor ``difference/{block}/{layer}/{heads}/{aggregate}/{filters}`` float32 (n, m):
        matched queries by matched keys; over 128 of either, pooled by the value of largest
        magnitude, sign kept, with one factor for both sides. NaN where no pair of the cell is in
        sight: seen by the query in one of the traces, left by the filters in both, and not
        missing. No tensor while the work is not done: asked again, Python goes on.

    Raises
    ------
    OutOfRange
        The block or layer is not in both traces, or none of the heads is.
    """
    one, other = trace_a.block(params["block"]), trace_b.block(params["block"])
    layer = params["layer"]
    heads = _common_heads(one, other, layer, params["heads"])
    matched = pairs[one.name]

    def drawn() -> Generator[int, None, bytes]:
        cells = yield from _difference(one, other, params, heads, matched)
        return encode({difference_name(params): cells})

    return (steps or at_once()).advance(difference_name(params), drawn) or encode({})


def _difference(
    one: Block,
    other: Block,
    params: DifferenceParams,
    heads: Sequence[int],
    matched: Mapping[str, Sequence[Sequence[int]]],
) -> Generator[int, None, Floats]:
    layer = params["layer"]
    queries_a, queries_b = (np.array(side, np.intp) for side in matched["query"])
    keys_a, keys_b = (np.array(side, np.intp) for side in matched["key"])
    filters = (params["sentences"], params["hide_special"])
    rows, columns = sides_in_play(one.query_tokens, one.key_tokens, *filters)
    others = sides_in_play(other.query_tokens, other.key_tokens, *filters)
    rows, columns = rows[queries_a] & others[0][queries_b], columns[keys_a] & others[1][keys_b]
    factor = pool_factor(len(queries_a), len(keys_a), DIFFERENCE_SIDE)
    shape = (-(-len(queries_a) // factor), -(-len(keys_a) // factor))
    cells = np.full(shape, np.nan, np.float32)
    longest = max(one.records[layer].key_count, other.records[layer].key_count)
    most = max(1, _WORK_CELLS // (len(heads) * longest))
    for start, stop in _bands(len(queries_a), factor, most):
        rows_a, rows_b = queries_a[start:stop], queries_b[start:stop]
        first, seen_a = _side(one, layer, heads, params, rows_a, keys_a)
        second, seen_b = _side(other, layer, heads, params, rows_b, keys_b)
        shown = rows[start:stop, None] & columns & (seen_a | seen_b)
        change = np.where(shown, second - first, np.float32(np.nan))
        pooled = _pool(change, factor)
        there = cells[start // factor :][: len(pooled)]
        larger = np.isnan(there) | (np.abs(pooled) > np.abs(there))
        there[larger] = pooled[larger]
        yield 2 * len(heads) * len(rows_a) * longest
    return cells


def difference_name(params: DifferenceParams) -> str:
    """Name a map of differences with all that it depends on, the heads as they were asked for."""
    heads = "+".join(map(str, params["heads"]))
    filters = f"{params['sentences']},{int(params['hide_special'])}"
    return f"difference/{params['block']}/{params['layer']}/{heads}/{params['aggregate']}/{filters}"


def _common_heads(one: Block, other: Block, layer: int, heads: Sequence[int]) -> list[int]:
    captured = [set(block.check_layer(layer).captured) for block in (one, other)]
    common = captured[0] & captured[1]
    found = [head for head in dict.fromkeys(heads) if head in common]
    if not found:
        there = ", ".join(map(str, sorted(common))) or "none"
        raise OutOfRange(
            f"no head of {', '.join(map(str, heads)) or 'none'} is in both traces: layer {layer} "
            f"of block {one.name!r} has in both heads {there}"
        )
    return found


def _side(
    block: Block,
    layer: int,
    heads: Sequence[int],
    params: DifferenceParams,
    queries: NDArray[np.intp],
    keys: NDArray[np.intp],
) -> tuple[Floats, Bools]:
    record = block.records[layer]
    weights = record.weights(list(heads), queries, keys)
    allowed = record.allowed(queries)
    seen = np.ones((len(queries), len(keys)), np.bool_) if allowed is None else allowed[:, keys]
    return aggregate(weights, params["aggregate"]), seen


def _bands(count: int, factor: int, most: int) -> Generator[tuple[int, int]]:
    """Split queries in whole rows of cells, and these where one of them has over `most`."""
    step = max(factor, most // factor * factor)
    for first in range(0, count, step):
        last = min(first + step, count)
        for start in range(first, last, min(step, most)):
            yield start, min(start + most, last)


def _pool(change: Floats, factor: int) -> NDArray[Any]:
    """Take the value of largest magnitude of each cell; NaN where all of it is NaN."""
    if factor == 1:
        return change
    tall = min(factor, len(change))
    rows, columns = (
        -(-size // side) * side for size, side in zip(change.shape, (tall, factor), strict=True)
    )
    padded = np.full((rows, columns), np.nan, np.float32)
    padded[: change.shape[0], : change.shape[1]] = change
    cells = padded.reshape(rows // tall, tall, columns // factor, factor).swapaxes(1, 2)
    flat = cells.reshape(*cells.shape[:2], tall * factor)
    size = np.where(np.isnan(flat), np.float32(-1), np.abs(flat))
    return np.take_along_axis(flat, size.argmax(axis=-1, keepdims=True), axis=-1)[..., 0]
