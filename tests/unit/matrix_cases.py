"""Traces for the tests of maps, requests, and what the answers must be."""

from unittest import mock

import numpy as np
from safetensors.numpy import load

from headwise.record import AttentionRecord
from headwise.reduce import aggregate
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire import matrix, matrix_maps
from headwise.wire.matrix import matrix_tile
from headwise.wire.matrix_maps import MatrixMaps


def tokens(count):
    return Tokens.from_labels(
        [f"t{number}" for number in range(count)],
        special=[number in (0, count - 1) for number in range(count)],
    )


def record(queries, keys, seed=0, *, heads=4, size=4, **more):
    draw = np.random.default_rng(seed)
    key_heads = more.pop("key_heads", heads)
    return AttentionRecord(
        queries=draw.normal(size=(heads, queries, size)).astype(np.float32),
        keys=draw.normal(size=(key_heads, keys, size)).astype(np.float32),
        scale=1.5,
        **more,
    )


def traced(*records, causal=False):
    first = records[0]
    block = Block(
        "main", records, tokens(first.query_count), tokens(first.key_count), causal=causal
    )
    return Trace([block])


def params(*heads, how="mean", hide=False, **piece):
    which = {"block": "main", "heads": heads, "aggregate": how, "hide_special": hide}
    return {**which, **piece}


def asked(*heads, pool=1, row=0, column=0, dtype="u8", **more):
    return params(*heads, pool=pool, row=row, column=column, dtype=dtype, **more)


def one(blob):
    ((name, array),) = load(blob).items()
    return name, array


def overlaid(trace, heads, how, *, hide=False):
    """Weights laid over each other and the pairs in play, worked out whole."""
    block = trace.block()
    pairs = sorted(set(heads))
    weights = aggregate(np.stack([trace.weights(*pair) for pair in pairs]), how)
    shape = weights.shape
    seen = np.zeros(shape, np.bool_)
    for layer, _ in pairs:
        allowed = block.records[layer].allowed()
        seen |= np.ones(shape, np.bool_) if allowed is None else allowed
    if hide:
        seen &= ~np.array(block.query_tokens.special)[:, None]
        seen &= ~np.array(block.key_tokens.special)
    return weights, seen


def pooled(weights, seen, pool, full=1):
    """Codes of dots, dot by dot."""
    rows, columns = (-(-count // pool) for count in weights.shape)
    codes = np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        for column in range(columns):
            cell = np.s_[row * pool : (row + 1) * pool, column * pool : (column + 1) * pool]
            known = weights[cell][seen[cell]]
            known = known[~np.isnan(known)]
            if known.size:
                share = min(max(float(known.max()) / full, 0.0), 1.0)
                codes[row, column] = 1 + round(254 * share**0.5)
    return codes


def whole(trace, *heads, pool=1, dtype="u8", maps=None, **more):
    """Every piece of a level, put together."""
    maps = MatrixMaps() if maps is None else maps
    block = trace.block()
    side = matrix.CELLS if dtype == "f32" else matrix.DOTS * pool
    rows, columns = -(-len(block.query_tokens) // side), -(-len(block.key_tokens) // side)

    def piece(row, column):
        where = asked(*heads, pool=pool, row=row, column=column, dtype=dtype, **more)
        return one(matrix_tile(trace, maps, where, np.inf))[1]

    return np.block([[piece(row, column) for column in range(columns)] for row in range(rows)])


def small(unit=64, least=2, dots=8, cells=4):
    """Pieces, bands and steps so small that short texts have many."""
    return mock.patch.multiple(matrix_maps, _UNIT=unit, _LEAST_QUERIES=least), mock.patch.multiple(
        matrix, DOTS=dots, CELLS=cells
    )


def close(found, expected):
    assert found.shape == expected.shape
    assert np.array_equal(found == 0, expected == 0)
    assert np.abs(found.astype(int) - expected.astype(int)).max(initial=0) <= 1
