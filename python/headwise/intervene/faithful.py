"""Whether a prediction depends on where a head looks: permuted and uniform attention.

Jain and Wallace 2019, "Attention is not Explanation" (NAACL), permute attention weights and see
how far the output moves; Wiegreffe and Pinter 2019, "Attention is not not Explanation" (EMNLP),
put uniform weights in their place. Both did it to the one attention layer of their models; here
it is done to one head at a time while all others stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from headwise.errors import InputError
from headwise.intervene.change import GivenWeights, Place
from headwise.intervene.engine import head_counts
from headwise.intervene.locks import model_lock
from headwise.intervene.rank import over_texts, ranked
from headwise.intervene.scored import scored_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.scored import ScoredText
    from headwise.record import AttentionRecord, Floats
    from headwise.selection import Head


def faithfulness(
    model: Model,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    targets: Sequence[str] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    block: str | None = None,
    permutations: int = 10,
    mask_share: float = 0.15,
    seed: int = 0,
    batch_size: int = 16,
    progress: bool = True,
) -> pd.DataFrame:
    """Say of each head how much the prediction depends on where the head looks.

    A head whose weights can be permuted or made uniform while the prediction stays is a poor
    explanation of that prediction, however clear its picture.

    Parameters
    ----------
    model, tokenizer, texts, targets, heads, block, mask_share, batch_size, progress
        As for :func:`headwise.ablation_scores`.
    permutations
        How often the weights of each head are permuted; each query's among the keys it sees.
    seed
        For permutations and masks.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``, the one that matters most first. Each measure is a total variation
        distance to the plain prediction (0 the same, 1 nothing in common), mean over the scored
        places of a text and then over texts, with its standard error over texts as ``NAME_se``.

        ``permutation``
            Median over the permutations.
        ``uniform``
            With every key that the query sees weighted alike.
        ``removed``
            With the head's output at zero: how much the head matters at all. Where this is small,
            the other two say nothing.
        ``texts``
            How many were scored.

    Raises
    ------
    NoPredictionHead, UnsupportedAttention, InputError, OutOfRange, TrainingModeError
        As for :func:`headwise.ablation_scores`.
    """
    for name, value in (("permutations", permutations), ("batch_size", batch_size)):
        if isinstance(value, bool) or value < 1:
            raise InputError(f"{name} must be 1 or more, not {value!r}")
    with model_lock(model):
        prepare = scored_texts(
            model,
            tokenizer,
            texts,
            targets=targets,
            labels=None,
            mask_share=mask_share,
            seed=seed,
        )
        wanted = None if heads is None else list(heads)
        random = np.random.default_rng(seed)

        def measure(text: ScoredText, found: Sequence[Head]) -> np.ndarray[Any, Any]:
            return np.stack(
                [_distances(text, head, block, permutations, batch_size, random) for head in found]
            )

        named, values = over_texts(
            prepare, len(texts), wanted, block, measure, "headwise: rewiring heads", progress
        )
    return ranked(named, ("permutation", "uniform", "removed"), values, "permutation")


def _distances(
    text: ScoredText,
    head: Head,
    block: str | None,
    permutations: int,
    batch_size: int,
    random: np.random.Generator,
) -> np.ndarray[Any, Any]:
    """Return the three measures of one head on one text."""
    found = text.trace.block(block)
    record = found.records[head.layer]
    weights = record.weights([head.head])[0]
    seen = _seen(record)
    variants = [_permuted(weights, seen, random) for _ in range(permutations)]
    variants += [_uniform(weights, seen), np.zeros_like(weights)]
    place = Place(found.name, head.layer)
    counts = head_counts(text.trace)
    moved: list[float] = []
    for part in text.batches(len(variants), batch_size):
        rows = [(place, head.head, torch.tensor(variants[at])) for at in part]
        logs = text.changed(GivenWeights(text.names, text.places, counts, rows), len(part))
        distance = 0.5 * (logs.exp() - text.plain.exp()).abs().sum(-1).mean(-1)
        moved.extend(float(value) for value in distance)
    return np.array([np.median(moved[:permutations]), moved[permutations], moved[-1]])


def _seen(record: AttentionRecord) -> np.ndarray[Any, np.dtype[np.bool_]]:
    allowed = record.allowed()
    shape = (record.query_count, record.key_count)
    return np.ones(shape, np.bool_) if allowed is None else allowed


def _permuted(
    weights: Floats, seen: np.ndarray[Any, np.dtype[np.bool_]], random: np.random.Generator
) -> Floats:
    made = np.zeros_like(weights)
    for row, (values, keys) in enumerate(zip(weights, seen, strict=True)):
        made[row, keys] = random.permutation(values[keys])
    return made


def _uniform(weights: Floats, seen: np.ndarray[Any, np.dtype[np.bool_]]) -> Floats:
    """Share out what a row has, which is less than one where there are sinks."""
    count = np.maximum(seen.sum(axis=-1, keepdims=True), 1)
    return (seen * weights.sum(axis=-1, keepdims=True) / count).astype(np.float32)
