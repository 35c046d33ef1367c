"""Pure array work on weights: strongest, received, kept share, sums and means, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headwise.masks import Bools
    from headwise.record import Floats
    from headwise.tokens import Tokens

Aggregate = Literal["sum", "mean", "max"]
Sentences = Literal["all", "aa", "ab", "ba", "bb"]

_SENTENCE = {"a": 0, "b": 1}


def marginals(weights: Floats, allowed: Bools | None = None) -> tuple[Floats, Floats]:
    """Summarise each token's row and column.

    Parameters
    ----------
    weights
        float32, (H, Nq, Nk).
    allowed
        bool, (Nq, Nk): the pairs that count; None for all.

    Returns
    -------
    strongest
        float32, (H, Nq): the largest weight that a query gives to a key that counts.
    received
        float32, (H, Nk): the mean weight a key receives, over the queries that it counts for.
        A token that counts for nothing has 0.

    Weights that are missing (NaN) count for neither; where nothing else is left, both are NaN.
    """
    heads, queries, keys = weights.shape
    if not queries or not keys:
        return np.zeros((heads, queries), np.float32), np.zeros((heads, keys), np.float32)
    missing = np.isnan(weights)
    if missing.any():
        return _known_marginals(weights, missing, allowed)
    if allowed is None:
        return weights.max(axis=2), weights.mean(axis=1, dtype=np.float32)
    counted = np.where(allowed, weights, np.float32(0))
    counts = np.maximum(allowed.sum(axis=0), 1).astype(np.float32)
    return counted.max(axis=2), counted.sum(axis=1, dtype=np.float32) / counts


def top_share(weights: Floats, share: float) -> Bools:
    """Mark the strongest weights of each row that together reach a share of the row.

    The cumulative rule of exBERT (Hoover et al. 2020): sort a row in descending order and keep
    weights until their running sum reaches `share` of the row's sum. The weight that crosses is
    kept; of equal weights the one with the lower key goes first. Missing weights (NaN) are never
    kept and are no part of the sum.

    Parameters
    ----------
    weights
        float32, (..., Nk).
    share
        0 (nothing is kept) to 1 (every weight above 0 is kept).

    Returns
    -------
    bool array of the shape of `weights`

    Raises
    ------
    InputError
        If `share` is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise InputError(f"share must be between 0 and 1, not {share!r}")
    if share == 0.0:
        return np.zeros(weights.shape, np.bool_)
    if share == 1.0:
        return weights > 0
    weights = np.where(np.isnan(weights), np.float32(0), weights)
    order = np.argsort(-weights, axis=-1, kind="stable")
    ordered = np.take_along_axis(weights, order, axis=-1).astype(np.float64)
    before = np.cumsum(ordered, axis=-1) - ordered
    kept = (before < share * ordered.sum(axis=-1, keepdims=True)) & (ordered > 0)
    mask = np.zeros(weights.shape, np.bool_)
    np.put_along_axis(mask, order, kept, axis=-1)
    return mask


def aggregate(weights: Floats, how: Aggregate) -> Floats:
    """Lay heads over each other: float32 (H, Nq, Nk) to (Nq, Nk), NaN where any head is NaN.

    Raises
    ------
    InputError
        If `how` is none of ``"sum"``, ``"mean"``, ``"max"``, or there is no head for
        ``"mean"`` or ``"max"``.
    """
    if how not in ("sum", "mean", "max"):
        raise InputError(f"heads are shown as 'sum', 'mean' or 'max', not {how!r}")
    if how == "sum":
        return weights.sum(axis=0, dtype=np.float32)
    if not weights.shape[0]:
        raise InputError(f"the {how} over heads needs at least one head")
    return weights.mean(axis=0, dtype=np.float32) if how == "mean" else weights.max(axis=0)


def merge_words(weights: Floats, query_words: Sequence[int], key_words: Sequence[int]) -> Floats:
    """Merge pieces to words: attention to a word is summed, from a word averaged.

    Parameters
    ----------
    weights
        float32, (..., Nq, Nk).
    query_words, key_words
        Word number of each query and key; words come out in the order they first appear.

    Returns
    -------
    float32 array (..., words of the queries, words of the keys)
        A row that summed to 1 still does. A cell that a missing weight (NaN) is part of is NaN.
        Source: Clark et al. 2019, section 4.1.

    Raises
    ------
    InputError
        If there is not one word number for each token.
    """
    if weights.shape[-2:] != (len(query_words), len(key_words)):
        raise InputError(
            f"{len(query_words)} query words and {len(key_words)} key words "
            f"do not fit weights of shape {weights.shape}"
        )
    queries, keys = _members(query_words), _members(key_words)
    averaged = queries / np.maximum(queries.sum(axis=1, keepdims=True), 1)
    rows, columns = averaged.astype(np.float32), keys.T.astype(np.float32)
    missing = np.isnan(weights)
    if not missing.any():
        return rows @ weights @ columns
    merged = rows @ np.where(missing, np.float32(0), weights) @ columns
    merged[queries.astype(np.float32) @ missing.astype(np.float32) @ columns > 0] = np.nan
    return merged


def allowed_pairs(
    query_tokens: Tokens,
    key_tokens: Tokens,
    sentences: Sentences = "all",
    hide_special: bool = False,
) -> Bools:
    """Tell which pairs a filter leaves in sight.

    Parameters
    ----------
    query_tokens, key_tokens
        The two sides.
    sentences
        ``"ab"`` leaves queries of sentence A and keys of sentence B, and so on.
    hide_special
        Whether special tokens are left out on both sides.

    Returns
    -------
    bool array (Nq, Nk)

    Raises
    ------
    InputError
        If `sentences` is not one of these names.
    """
    queries, keys = sides_in_play(query_tokens, key_tokens, sentences, hide_special)
    return queries[:, None] & keys


def sides_in_play(
    query_tokens: Tokens, key_tokens: Tokens, sentences: Sentences, hide_special: bool
) -> tuple[Bools, Bools]:
    """Tell which queries, bool (Nq,), and which keys, bool (Nk,), `allowed_pairs` leaves.

    Raises
    ------
    InputError
        If `sentences` is not one of its names.
    """
    if sentences not in ("all", "aa", "ab", "ba", "bb"):
        raise InputError(f"sentences must be 'all', 'aa', 'ab', 'ba' or 'bb', not {sentences!r}")
    sides: list[NDArray[np.bool_]] = []
    for place, tokens in enumerate((query_tokens, key_tokens)):
        side = np.ones(len(tokens), np.bool_)
        if sentences != "all":
            side &= np.array(tokens.segments, dtype=np.int64) == _SENTENCE[sentences[place]]
        if hide_special:
            side &= ~np.array(tokens.special, dtype=np.bool_)
        sides.append(side)
    return sides[0], sides[1]


def _known_marginals(
    weights: Floats, missing: Bools, allowed: Bools | None
) -> tuple[Floats, Floats]:
    """Leave missing weights out of `marginals`."""
    counts_at_all = np.ones(weights.shape[1:], np.bool_) if allowed is None else allowed
    known, unknown = counts_at_all & ~missing, counts_at_all & missing
    counted = np.where(known, weights, np.float32(0))
    strongest = counted.max(axis=2)
    counts = np.maximum(known.sum(axis=1), 1).astype(np.float32)
    received = counted.sum(axis=1, dtype=np.float32) / counts
    strongest[unknown.any(axis=2) & ~known.any(axis=2)] = np.nan
    received[unknown.any(axis=1) & ~known.any(axis=1)] = np.nan
    return strongest, received


def _members(words: Sequence[int]) -> NDArray[np.float64]:
    """Return (words, tokens) with 1 where the token belongs to the word."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    members = np.zeros((len(numbers), len(words)))
    for token, word in enumerate(words):
        members[numbers[word], token] = 1.0
    return members
