"""Attention through several layers: rollout and flow, and weights by the length of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.errors import BudgetError, InputError
from headwise.record import AttentionRecord
from headwise.trace import Block, Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]

_MOST_TOKENS = 64
# scipy's maximum flow takes whole capacities.
_UNITS = 1 << 22


def rollout(trace: Trace, *, block: str | None = None, residual: float = 0.5) -> Trace:
    """Multiply attention through the layers (Abnar and Zuidema 2020, "attention rollout").

    ``A = (1 - r) * mean over heads + r * I`` in each layer, rows made to sum to 1, and
    ``R_l = A_l R_(l-1)``: how much of each input token reaches a place of layer l if attention
    and the residual stream alone moved it. It knows nothing of values, norms and MLPs.

    Parameters
    ----------
    trace
        One text, with every layer captured.
    block
        Name of the block, not ``"cross"``; None for the default one.
    residual
        r, what passes by each attention.

    Returns
    -------
    Trace
        One head a layer, the rollout up to it, with rows that sum to 1: any view shows it.

    Raises
    ------
    InputError
        If `residual` is not between 0 and 1, or queries and keys are not the same tokens.
    OutOfRange
        If there is no such block, or a layer was not captured.
    """
    shown, mixed = _mixed(trace, block, residual)
    reached = np.eye(len(shown.query_tokens))
    found: list[Doubles] = []
    for layer in mixed:
        reached = layer @ reached
        found.append(reached)
    return _as_trace(trace, shown, found, "rollout")


def flow(trace: Trace, *, block: str | None = None, residual: float = 0.5) -> Trace:
    """Find the maximum flow of attention through the layers (Abnar and Zuidema 2020).

    The layers are a graph with the weights ``A`` of :func:`rollout` as capacities; the flow from a
    place of layer l to an input token is the most that fits through all paths between them.

    Parameters
    ----------
    trace, block, residual
        As for :func:`rollout`; at most 64 tokens, since the work grows with their fourth power.

    Returns
    -------
    Trace
        One head a layer. Rows are flows divided by their sum, so that views can show them.

    Raises
    ------
    BudgetError
        If the text has more than 64 tokens.
    InputError, OutOfRange
        As for :func:`rollout`.
    """
    shown, mixed = _mixed(trace, block, residual)
    count = len(shown.query_tokens)
    if count > _MOST_TOKENS:
        raise BudgetError(
            f"flow through {count} tokens takes too long (the work grows with their fourth power): "
            f"give a text of at most {_MOST_TOKENS}, or use rollout"
        )
    found = [raw_flow(mixed[: layer + 1]) for layer in range(len(mixed))]
    return _as_trace(
        trace, shown, [each / each.sum(axis=1, keepdims=True) for each in found], "flow"
    )


def raw_flow(layers: list[Doubles]) -> Doubles:
    """Return the maximum flow from each place after the last layer to each input token.

    Parameters
    ----------
    layers
        One (N, N) array of capacities a layer, the first layer first; rows are queries.

    Returns
    -------
    float64 array (N, N)
    """
    from scipy.sparse import coo_array, csgraph  # noqa: PLC0415 - scipy takes long to import

    maximum_flow: Callable[..., Any] = vars(csgraph)["maximum_flow"]
    depth, count = len(layers), len(layers[0])
    # Node of place i above layer l: (depth - l) * N + i; capacities run from above to below.
    capacities = np.concatenate([np.rint(layer * _UNITS).ravel() for layer in reversed(layers)])
    queries, keys = (each.ravel() for each in np.indices((count, count)))
    starts = np.concatenate([queries + level * count for level in range(depth)])
    ends = np.concatenate([keys + (level + 1) * count for level in range(depth)])
    nodes = (depth + 1) * count
    graph = coo_array((capacities.astype(np.int32), (starts, ends)), shape=(nodes, nodes)).tocsr()
    found = np.zeros((count, count))
    for query in range(count):
        for key in range(count):
            result = maximum_flow(graph, query, depth * count + key)
            found[query, key] = result.flow_value / _UNITS
    return found


def norms(trace: Trace, *, block: str | None = None) -> Trace:
    """Weigh attention by how long the values are that it moves (Kobayashi et al. 2020).

    Parameters
    ----------
    trace
        Made with ``values=True``.
    block
        Name of the block; None for the default one.

    Returns
    -------
    Trace
        ``a_ij * ||v_j W_O||`` of each head, rows divided by their sum so that views can show
        them; a row without any length is 0. ``trace.weights(..., kind="norm")`` has the lengths
        themselves.

    Raises
    ------
    UnsupportedAttention
        If the trace was made without ``values=True``.
    OutOfRange
        If there is no such block, or a layer was not captured.
    """
    shown = trace.block(block)
    found: list[NDArray[np.float64]] = []
    for layer in range(shown.layers):
        shown.check_layer(layer)
        lengths = trace.weights(layer, block=shown.name, kind="norm").astype(np.float64)
        total = lengths.sum(axis=-1, keepdims=True)
        found.append(lengths / np.where(total > 0, total, 1))
    return _as_trace(trace, shown, found, "norms")


def _mixed(trace: Trace, name: str | None, residual: float) -> tuple[Block, list[Doubles]]:
    """Return each layer's mean over heads mixed with the residual stream, rows summing to 1."""
    if not 0 <= residual <= 1:
        raise InputError(f"residual must be between 0 and 1, not {residual!r}")
    shown = trace.block(name)
    if shown.name == "cross" or shown.query_tokens != shown.key_tokens:
        raise InputError(
            f"block {shown.name!r} leads from one list of tokens to another, so its layers cannot "
            "be multiplied: name a block of self-attention"
        )
    mixed: list[Doubles] = []
    for layer in range(shown.layers):
        record = shown.check_layer(layer)
        heads = list(record.captured)
        weights = record.weights(heads).astype(np.float64).mean(axis=0)
        whole = (1 - residual) * np.nan_to_num(weights) + residual * np.eye(len(weights))
        total = whole.sum(axis=1, keepdims=True)
        # A query that sees nothing keeps what it has.
        mixed.append(np.where(total > 0, whole / np.where(total > 0, total, 1), np.eye(len(whole))))
    return shown, mixed


def _as_trace(trace: Trace, shown: Block, layers: list[Doubles], method: str) -> Trace:
    records = tuple(
        AttentionRecord(given=layer.reshape(-1, *layer.shape[-2:]).astype(np.float32))
        for layer in layers
    )
    block = Block(shown.name, records, shown.query_tokens, shown.key_tokens, shown.causal)
    model = trace.meta.get("model_class", "attention")
    return Trace([block], {**trace.meta, "model_class": f"{model}, {method}"})
