"""Random records and plain tokens, from which tests make traces, and the views of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import headwise as hw
from headwise.record import AttentionRecord
from headwise.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 4
VIEWS = {
    "head": hw.head_view,
    "model": hw.model_view,
    "neuron": hw.neuron_view,
    "matrix": hw.matrix_view,
    "explore": hw.explore,
    "compare": lambda trace, **settings: hw.compare(trace, trace, **settings),
}
"""Every kind of view, made from one trace."""


def random_record(heads: int, queries: int, keys: int | None = None, seed: int = 0) -> Any:
    draw = np.random.default_rng(seed)
    columns = queries if keys is None else keys
    return AttentionRecord(
        queries=draw.normal(size=(heads, queries, SIZE)).astype(np.float32),
        keys=draw.normal(size=(heads, columns, SIZE)).astype(np.float32),
        scale=1.0,
    )


def plain_tokens(count: int, *, pair: bool = False, labels: Sequence[str] | None = None) -> Tokens:
    names = [f"t{number}" for number in range(count)] if labels is None else list(labels)
    return Tokens.from_labels(
        names,
        segments=[int(pair and 2 * number >= count) for number in range(count)],
        special=[number == 0 for number in range(count)],
    )
