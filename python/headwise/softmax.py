"""The softmax of attention, in the memory of its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# exp(40) times any number of keys is far from the largest float32, and what exp(-40 - x) loses
# against exp(-40) is under one part in 10^20: such rows need no pass that subtracts their maximum.
_SAFE_TOP = 40.0


def softmax_in_place(
    scores: NDArray[np.float32], sinks: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Turn scores into weights where they lie.

    Parameters
    ----------
    scores
        float32, (H, Nq, Nk); -inf where a query does not see a key.
    sinks
        float32, (H,): a score a head that takes part in each row's softmax and has no key.

    Returns
    -------
    float32 array (H, Nq, Nk)
        `scores` itself. A row of -inf alone becomes 0.
    """
    if scores.size == 0:
        return scores
    top = scores.max(axis=-1, keepdims=True)
    extra = None if sinks is None else sinks[:, None, None]
    if extra is not None:
        top = np.maximum(top, extra)
    top[np.isneginf(top)] = 0.0
    if not np.abs(top).max() <= _SAFE_TOP:  # NaN is not safe either
        np.subtract(scores, top, out=scores)
    else:
        top = np.zeros_like(top)
    np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    if extra is not None:
        total += np.exp(extra - top)
    total[total == 0.0] = 1.0
    return np.divide(scores, total, out=scores)
