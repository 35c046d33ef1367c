"""The picture that stands for a table of heads where no view can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from headwise.errors import InputError
from headwise.export.preview import GROUND, HIDDEN, LEVELS, Preview, indexed_png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SIDE: Final = 24
_LEAST: Final = 6
_WIDTH: Final = 640
_GAP: Final = 1


def heat_preview(
    heads: Sequence[tuple[int, int]], values: NDArray[np.float32], name: str
) -> Preview:
    """Draw a cell for each head, the darker the larger its value.

    Parameters
    ----------
    heads : sequence of (layer, head)
    values : float32 array (heads,)
        NaN for none.
    name : str
        What the values are.

    Returns
    -------
    Preview

    Raises
    ------
    InputError
        No head has a value.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        raise InputError(f"no head has a value of {name!r}")
    low, high = float(known.min()), float(known.max())
    places = np.array(heads)
    layers, columns = (places.max(axis=0) + 1).tolist()
    grid = np.full((layers, columns), GROUND, np.uint8)
    levels = np.round((values - low) / ((high - low) or 1) * (LEVELS - 1))
    grid[places[:, 0], places[:, 1]] = np.where(np.isnan(values), HIDDEN, levels).astype(np.uint8)
    side = max(_LEAST, min(_SIDE, _WIDTH // columns))
    picture = grid.repeat(side, 0).repeat(side, 1)
    for edge in range(_GAP):
        picture[edge::side] = GROUND
        picture[:, edge::side] = GROUND
    words = (
        f"{name!r} of {len(heads)} heads, from {low:.3g} (light) to {high:.3g} (dark): layers from "
        "the top, heads from the left"
    )
    return Preview(indexed_png(picture), picture.shape[1], picture.shape[0], words)
