"""A map of all heads as a picture: one cell a head, layers from the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from headwise.export.preview import GROUND, HIDDEN, LEVELS, indexed_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDTH: Final = 480
_LEAST, _MOST = 6, 32


class Heat(NamedTuple):
    """A picture and what it shows.

    Attributes
    ----------
    png : bytes
    width, height : int
        Pixels.
    words : str
        One sentence, with the range of the colours.
    """

    png: bytes
    width: int
    height: int
    words: str


def heat_map(
    heads: NDArray[np.intp],
    values: NDArray[np.float64],
    name: str,
    between: tuple[float, float] | None,
) -> Heat:
    """Draw a cell for each head, the darker the larger its value.

    Parameters
    ----------
    heads : int array (heads, 2)
        Layer and head; those that are not in it are grey.
    values : float64 array (heads,)
        NaN is grey.
    name : str
        What the values are.
    between : (float, float), optional
        Values of the lightest and the darkest colour; from the least to the largest unless given.

    Returns
    -------
    Heat
    """
    layers, columns = heads.T
    known = values[~np.isnan(values)]
    low, high = between or (float(known.min()), float(known.max()))
    share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
    levels = np.where(np.isnan(share), HIDDEN, np.rint(np.nan_to_num(share) * (LEVELS - 1)))
    grid = np.full((layers.max() + 1, columns.max() + 1), HIDDEN, np.uint8)
    grid[layers, columns] = levels.astype(np.uint8)
    side = max(_LEAST, min(_MOST, _WIDTH // grid.shape[1]))
    picture = grid.repeat(side, 0).repeat(side, 1)
    picture[::side] = GROUND
    picture[:, ::side] = GROUND
    words = (
        f"{name} of each head, from {low:.3g} (light) to {high:.3g} (dark): layers from the top, "
        "heads from the left, grey for none"
    )
    return Heat(indexed_png(picture), picture.shape[1], picture.shape[0], words)
