"""The attentions of a generation, step by step, joined to those of one forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.record import Floats


def join_steps(steps: Sequence[Sequence[Floats]], name: str, *, cross: bool) -> tuple[Floats, ...]:
    """Join the rows of all steps, layer by layer.

    A cache of a sliding window gives the last keys only, and a static cache more keys than there
    are tokens, with nothing in those to come: both are put where they belong.

    Parameters
    ----------
    steps
        For every step, (H, n, keys) a layer: n new queries.
    name
        The argument, for messages.
    cross
        Whether keys are of the other text, and the same at every step.

    Returns
    -------
    tuple of float32 arrays (H, N, N), or (H, N, keys) for `cross`
        N is the number of queries of all steps: the last generated token was never one.

    Raises
    ------
    InputError
        If steps do not follow each other.
    """
    counts = {len(layers) for layers in steps}
    if len(counts) > 1:
        raise InputError(
            f"the steps of {name} have {sorted(counts)} layers: they must have as many"
        )
    joined: list[Floats] = []
    for number, rows in enumerate(zip(*steps, strict=True)):
        place = f"layer {number} of {name}"
        if len({row.shape[0] for row in rows}) > 1:
            raise InputError(f"{place} has other heads at some steps: they must be the same")
        joined.append(_cross(rows, place) if cross else _own(rows, place))
    return tuple(joined)


def _own(rows: Sequence[Floats], place: str) -> Floats:
    total = sum(row.shape[1] for row in rows)
    joined = np.zeros((rows[0].shape[0], total, total), np.float32)
    start = 0
    for step, row in enumerate(rows):
        stop, keys = start + row.shape[1], row.shape[2]
        if row[:, :, stop:].any():
            raise InputError(
                f"step {step} of {place} gives weight to {keys} keys after {stop} tokens: the "
                "generation went on from a cache, so pass the steps from the start of the text"
            )
        joined[:, start:stop, max(0, stop - keys) : stop] = row[:, :, :stop]
        start = stop
    return joined


def _cross(rows: Sequence[Floats], place: str) -> Floats:
    keys = {row.shape[2] for row in rows}
    if len(keys) > 1:
        raise InputError(f"{place} has {sorted(keys)} keys at its steps: they must be the same")
    return np.concatenate(rows, axis=1)
