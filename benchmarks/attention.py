"""The attention that every tool in a run is given: the same numbers from the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

LAYERS = 12
HEADS = 12
HEAD_SIZE = 64
SEED = 7
SCORE_SCALE = 2 / HEAD_SIZE**0.5
"""Scores of standard normal vectors then have a standard deviation of 2."""

WORDS = ("the", "cat", "is", "very", "sad", "because", "it", "could", "not", "find", "food", "to")


def token_labels(count: int) -> list[str]:
    """Return `count` short words.

    Parameters
    ----------
    count
        How many tokens.

    Returns
    -------
    list of str
        The words of one sentence, over and over.
    """
    return [WORDS[index % len(WORDS)] for index in range(count)]


def random_vectors(
    count: int, layers: int = LAYERS
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Draw the queries and keys of each layer.

    Parameters
    ----------
    count
        How many tokens.
    layers
        How many layers.

    Returns
    -------
    list of (queries, keys)
        One pair a layer, each float32 of shape (heads, count, head size).
    """
    random = np.random.default_rng(SEED)
    shape = (HEADS, count, HEAD_SIZE)
    return [
        (
            random.standard_normal(shape, dtype=np.float32),
            random.standard_normal(shape, dtype=np.float32),
        )
        for _ in range(layers)
    ]


def random_trace(
    count: int, *, layers: int = LAYERS, causal: bool = False, dtype: DTypeLike = np.float32
) -> Trace:
    """Make a trace of 12 heads a layer, softmax(2 * randn) in distribution.

    Parameters
    ----------
    count
        How many tokens.
    layers
        How many layers.
    causal
        Whether queries see no later keys.
    dtype
        Of queries and keys, float32 or float16.

    Returns
    -------
    Trace
        One block, "encoder", or "decoder" if causal.
    """
    tokens = Tokens.from_labels(token_labels(count))
    records = tuple(
        AttentionRecord(
            queries=queries.astype(dtype, copy=False),
            keys=keys.astype(dtype, copy=False),
            scale=SCORE_SCALE,
            causal=causal,
            module=f"layer.{layer}",
        )
        for layer, (queries, keys) in enumerate(random_vectors(count, layers))
    )
    block = Block("decoder" if causal else "encoder", records, tokens, tokens, causal=causal)
    return Trace([block], meta={"model_type": "random"})
