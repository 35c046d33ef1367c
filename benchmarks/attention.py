"""The attention that every tool in a run is given: the same numbers from the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headwise.trace import Trace

LAYERS = 12
HEADS = 12
HEAD_SIZE = 64
SEED = 7
SCORE_SCALE = 2 / np.sqrt(HEAD_SIZE)
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


def random_vectors(count: int) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Draw the queries and keys of each layer.

    Parameters
    ----------
    count
        How many tokens.

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
        for _ in range(LAYERS)
    ]


def random_trace(count: int) -> Trace:
    """Make a trace of 12 x 12 heads, softmax(2 * randn) in distribution.

    Parameters
    ----------
    count
        How many tokens.

    Returns
    -------
    Trace
        One block, "encoder", not causal.
    """
    from headwise.record import AttentionRecord  # noqa: PLC0415
    from headwise.tokens import Tokens  # noqa: PLC0415
    from headwise.trace import Block, Trace  # noqa: PLC0415

    raise NotImplementedError(AttentionRecord, Tokens, Block, Trace)


def layer_weights(count: int) -> list[NDArray[np.float32]]:
    """Compute the weights of each layer with numpy alone.

    Parameters
    ----------
    count
        How many tokens.

    Returns
    -------
    list of ndarray
        One a layer, float32 of shape (heads, count, count); rows sum to 1.
    """
    layers: list[NDArray[np.float32]] = []
    for queries, keys in random_vectors(count):
        scores = np.float32(SCORE_SCALE) * (queries @ keys.transpose(0, 2, 1))
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        layers.append(powers / powers.sum(axis=-1, keepdims=True))
    return layers
