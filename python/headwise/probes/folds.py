"""Dealing sentences into parts, of which each is held out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST = 2


def check_folds(count: int, folds: int, what: str) -> None:
    """Raise InputError if `count` of `what` cannot be dealt into `folds` parts."""
    if folds < _LEAST:
        raise InputError(f"folds must be {_LEAST} or more, not {folds}: one part is held out")
    if count < folds:
        raise InputError(f"there are {count} {what} for {folds} folds: give more, or fewer folds")


def deal(count: int, folds: int, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the numbers of the sentences to fit on and of those held out, fold by fold.

    Raises
    ------
    InputError
        If there are fewer sentences than folds.
    """
    check_folds(count, folds, "sentences of two words or more")
    parts = np.array_split(np.random.default_rng(seed).permutation(count), folds)
    for held in range(folds):
        rest = [part for place, part in enumerate(parts) if place != held]
        yield sorted(np.concatenate(rest).tolist()), sorted(parts[held].tolist())
