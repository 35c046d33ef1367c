"""A trace in words and numbers that the browser reads before any weight: blocks and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.labels import on_one_line
from headwise.wire.protocol import PROTOCOL

if TYPE_CHECKING:
    from headwise.masks import PackedMask
    from headwise.record import AttentionRecord
    from headwise.tokens import Tokens
    from headwise.trace import Block, Trace

_ROWS_AT_ONCE = 512


def describe(trace: Trace) -> dict[str, Any]:
    """Describe blocks and tokens of a trace as JSON; equal token lists are there once.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict
        ``version``, ``model``, ``position`` (how the model knows places, ``""`` where that is
        not said), ``blocks`` (with the keys of their tokens) and ``tokens``. Each block says in
        ``vectors``, for each layer, what leads from queries and keys to its weights, or null
        where only weights are known: ``size``, ``scale``, ``key_heads``, ``causal``, and
        ``softcap``, ``bias``, ``mask``, ``sinks`` where there are such.
    """
    keys: dict[Tokens, str] = {}
    masks: dict[tuple[int, bool], bool] = {}
    blocks = [
        {
            "name": block.name,
            "layers": block.layers,
            "heads": [block.heads(layer) for layer in range(block.layers)],
            "query_tokens": keys.setdefault(block.query_tokens, str(len(keys))),
            "key_tokens": keys.setdefault(block.key_tokens, str(len(keys))),
            "causal": block.causal,
            "vectors": [_vectors(record, masks) for record in block.records],
        }
        | _captured(block)
        | ({"sinks": True} if any(record.sinks is not None for record in block.records) else {})
        for block in trace.blocks.values()
    ]
    return {
        "version": PROTOCOL,
        "model": trace.meta.get("model_type", ""),
        "position": trace.meta.get("position", ""),
        "blocks": blocks,
        "tokens": {
            key: tokens.to_json()
            | {
                "labels": [on_one_line(label) for label in tokens.labels],
                "word_labels": [on_one_line(label) for label in tokens.word_labels()],
            }
            for tokens, key in keys.items()
        },
    }


def has_vectors(record: AttentionRecord) -> bool:
    """Tell whether a record's weights come from queries and keys that it holds."""
    return record.queries is not None and record.given is None and bool(record.captured)


def hides_pairs(record: AttentionRecord) -> bool:
    """Tell whether a record's mask hides a pair that its causal triangle leaves in sight."""
    return record.mask is not None and _hides(record.mask, causal=record.causal)


def _vectors(
    record: AttentionRecord, masks: dict[tuple[int, bool], bool]
) -> dict[str, object] | None:
    queries = record.queries
    if queries is None or not has_vectors(record):
        return None
    found: dict[str, object] = {
        "size": queries.shape[2],
        "scale": record.scale,
        "key_heads": record.key_heads,
        "causal": record.causal,
    }
    if record.softcap is not None:
        found["softcap"] = record.softcap
    if record.bias is not None:
        found["bias"] = True
    if record.mask is not None:
        known = (id(record.mask.bits), record.causal)
        if known not in masks:
            masks[known] = hides_pairs(record)
        if masks[known]:
            found["mask"] = True
    if record.sinks is not None:
        found["sinks"] = [float(sink) for sink in record.sinks]
    return found


def _hides(mask: PackedMask, *, causal: bool) -> bool:
    queries, keys = mask.shape
    columns = np.arange(keys)
    for first in range(0, queries, _ROWS_AT_ONCE):
        rows = np.arange(first, min(first + _ROWS_AT_ONCE, queries))
        seen = mask.rows(slice(first, first + _ROWS_AT_ONCE))
        hidden = ~seen & (columns <= rows[:, None]) if causal else ~seen
        if hidden.any():
            return True
    return False


def _captured(block: Block) -> dict[str, list[list[int]]]:
    """Say which heads of each layer there are, where some were left out of the capture."""
    there = [list(record.captured) for record in block.records]
    whole = all(
        len(heads) == record.heads for heads, record in zip(there, block.records, strict=True)
    )
    return {} if whole else {"captured": there}
