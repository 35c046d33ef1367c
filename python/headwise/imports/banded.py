"""Longformer's attentions, which hold a window a token, as full matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headwise.record import Floats


def to_dense(
    bands: Sequence[Floats],
    rows: Sequence[Floats] | None,
    positions: Sequence[int] | None,
    name: str,
) -> tuple[Floats, ...]:
    """Spread Longformer's bands over all keys.

    Parameters
    ----------
    bands
        (H, N, x + w + 1) a layer: weights to the x global tokens, then those from w / 2 tokens
        before to w / 2 after (Beltagy et al. 2020, and transformers' LongformerModel).
    rows
        (H, N or more, x) a layer: ``[..., n]`` is the row of the n-th global token; None without
        any.
    positions
        The global tokens in rising order. Where not given, the rows that `bands` leave at zero.
    name
        The argument, for messages.

    Returns
    -------
    tuple of float32 arrays (H, N, N)

    Raises
    ------
    InputError
        If the parts do not fit each other, or the global tokens cannot be told.
    """
    if rows is not None and len(rows) != len(bands):
        raise InputError(f"{name} has {len(bands)} layers, and global_attentions {len(rows)}")
    count = 0 if rows is None else rows[0].shape[2]
    chosen = _positions(bands, count, positions)
    return tuple(
        _layer(band, None if rows is None else rows[number], chosen, f"layer {number} of {name}")
        for number, band in enumerate(bands)
    )


def _positions(bands: Sequence[Floats], count: int, given: Sequence[int] | None) -> list[int]:
    length = bands[0].shape[1]
    if given is not None:
        chosen = sorted({int(position) for position in given})
        if len(chosen) != count or any(not 0 <= position < length for position in chosen):
            raise InputError(
                f"global_positions are {list(given)}, but there are {count} global tokens of "
                f"{length}: give the places where global_attention_mask is 1"
            )
        return chosen
    empty = np.flatnonzero(~np.stack([band.any(axis=(0, 2)) for band in bands]).any(axis=0))
    if len(empty) != count:
        raise InputError(
            f"which {count} tokens are global cannot be told from the weights: give "
            "global_positions, the places where global_attention_mask is 1"
        )
    return [int(position) for position in empty]


def _layer(band: Floats, rows: Floats | None, positions: Sequence[int], place: str) -> Floats:
    heads, length, width = band.shape
    count = len(positions)
    window = width - count - 1
    if window < 0 or window % 2:
        raise InputError(
            f"{place} has {width} columns, which are not {count} global ones and an odd window: "
            "pass Longformer's outputs as they are"
        )
    # transformers cuts the padding to whole windows off the bands, and leaves it in these rows.
    if rows is not None and (
        rows.shape[::2] != (heads, count) or rows.shape[1] < length or rows[:, length:].any()
    ):
        raise InputError(
            f"{place} has global weights of shape {rows.shape}, not {(heads, length, count)}"
        )
    dense = np.zeros((heads, length, length), np.float32)
    queries = cast("NDArray[np.intp]", np.arange(length))
    for offset in range(window + 1):
        keys = queries - window // 2 + offset
        inside = (keys >= 0) & (keys < length)
        dense[:, queries[inside], keys[inside]] = band[:, inside, count + offset]
    for number, position in enumerate(positions):
        dense[:, :, position] = band[:, :, number]
    if rows is not None:
        for number, position in enumerate(positions):
            dense[:, position, :] = rows[:, :length, number]
    return dense
