"""Names for the shape of a head's map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MOST = 0.5
_BOTH = 0.25
_OWN = 0.9
_EVEN = 0.9


def pattern_names(measures: Mapping[str, NDArray[np.float64]]) -> list[str | None]:
    """Name the shape of each head's map.

    The names are those of Kovaleva et al. 2019, figure 2; the rules are headwise's own and need no
    trained classifier. With ``vertical`` the larger of the weight to special tokens, to the first
    token and to the key that receives most, and ``diagonal`` the sum of the weights to the
    previous, the same and the next token:

    * ``"mixed"``: ``spread`` is at least 0.9, since in a short text even a head that attends to all
      tokens alike has much of its weight near the diagonal;
    * ``"vertical"`` or ``"diagonal"``: it is the larger of the two and at least 0.5;
    * ``"vertical + diagonal"``: neither, but both are at least 0.25;
    * ``"block"``: none of these, and 0.9 of the weight stays in the query's own sentence;
    * ``"mixed"``: none of these.

    Parameters
    ----------
    measures
        Means a head under the names ``special``, ``first``, ``column``, ``previous``, ``self``,
        ``next``, ``own_sentence`` and ``spread``, each float64 (H,).

    Returns
    -------
    list of str
        One a head, None where nothing was measured.
    """
    vertical = np.fmax(np.fmax(measures["special"], measures["first"]), measures["column"])
    near = [np.nan_to_num(measures[name]) for name in ("previous", "self", "next")]
    diagonal = near[0] + near[1] + near[2]
    own = np.nan_to_num(measures["own_sentence"])
    even = np.nan_to_num(measures["spread"]) >= _EVEN
    return [
        None if np.isnan(down) else "mixed" if flat else _name(down, along, inside)
        for down, along, inside, flat in zip(
            vertical.tolist(), diagonal.tolist(), own.tolist(), even.tolist(), strict=True
        )
    ]


def _name(vertical: float, diagonal: float, own: float) -> str:
    if max(vertical, diagonal) >= _MOST:
        return "vertical" if vertical >= diagonal else "diagonal"
    if min(vertical, diagonal) >= _BOTH:
        return "vertical + diagonal"
    return "block" if own >= _OWN else "mixed"
