"""How much a head's attention depends on the text rather than on places alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headwise.metrics.running import Doubles
    from headwise.record import AttentionRecord, Floats

MOST_TEXTS = 256
"""Texts that are kept; later ones are passed over, so that memory stays as it is."""


class Variability:
    """Variability of the heads of a layer (Vig and Belinkov 2019, section 4.2).

    ``V = sum_x sum_ij |a_ij(x) - mean_x a_ij| / (2 sum_x sum_ij a_ij(x))``, over texts x of at
    least that many tokens.

    Parameters
    ----------
    heads
        Number of heads H.
    tokens
        How many first tokens are compared.
    """

    def __init__(self, heads: int, tokens: int) -> None:
        self._heads = heads
        self._tokens = tokens
        self._kept: list[Floats] = []

    def add(self, record: AttentionRecord) -> None:
        """Take in one text; one that is shorter than `tokens` is passed over."""
        count = self._tokens
        if self._wants(record.query_count, record.key_count):
            kept = np.full((self._heads, count, count), np.nan, np.float32)
            heads = list(record.captured)
            kept[heads] = record.weights(heads, slice(count), slice(count))
            self._kept.append(kept)

    def add_weights(self, weights: Floats) -> None:
        """Take in weights of all heads of several texts: (T, H, Nq, Nk)."""
        count = self._tokens
        for each in weights:
            if self._wants(*each.shape[1:]):
                self._kept.append(each[:, :count, :count].copy())

    def _wants(self, queries: int, keys: int) -> bool:
        return len(self._kept) < MOST_TEXTS and min(queries, keys) >= self._tokens

    def result(self) -> Doubles:
        """Return V of each head: float64, (H,), NaN where fewer than two texts were long enough."""
        if len(self._kept) < 2:  # noqa: PLR2004 - one text has nothing to vary from
            return np.full(self._heads, np.nan)
        maps = np.stack(self._kept).astype(np.float64)
        apart = np.abs(maps - maps.mean(axis=0)).sum(axis=(0, 2, 3))
        mass = maps.sum(axis=(0, 2, 3))
        return apart / np.where(mass > 0, 2 * mass, np.nan)
