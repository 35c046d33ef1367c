"""Taking scores apart: scale times q·k, what is added, and what is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.capture.tensors import triangle_or_mask

if TYPE_CHECKING:
    from headwise.record import Floats

# Masks put scores at -inf, at the smallest float, at -1e30, -1e6 or -65500.
_MASKED = -9e3
# Float32 scores of size one carry this much rounding.
_ROUNDING = 3e-6


def read_logits(
    logits: Floats, queries: Floats, keys: Floats, factor: float | None
) -> dict[str, Any]:
    """Find what makes `logits` out of queries and keys.

    Parameters
    ----------
    logits
        float32, (H, Nq, Nk): what went into the softmax.
    queries, keys
        float32, (H, Nq, d) and (Hkv, Nk, d).
    factor
        The scale where the call itself named it.

    Returns
    -------
    dict
        ``scale``, ``visible``, ``causal`` and ``bias`` of an
        :class:`~headwise.record.AttentionRecord`.
    """
    with np.errstate(invalid="ignore"):
        top = logits.max(axis=-1, keepdims=True)
        seen = (logits > _MASKED) & (logits > top + _MASKED)
    visible = seen.any(axis=0)
    group = len(queries) // len(keys)
    product = np.stack([row @ keys[head // group].T for head, row in enumerate(queries)])
    scale = _slope(logits, product, seen, queries.shape[-1]) if factor is None else factor
    rest = np.where(seen, logits - np.float32(scale) * product, np.float32(0))
    size = float(np.abs(logits[seen]).max()) if seen.any() else 0.0
    allowance = _ROUNDING * max(1.0, size)
    bias: Floats | None = rest.astype(np.float32)
    if float(np.abs(rest).max(initial=0)) <= allowance:
        bias = None
    elif float(np.abs(rest - rest[:1]).max()) <= allowance:
        bias = rest[:1].astype(np.float32)
    by_head = seen != visible
    if by_head.any():
        whole = np.zeros(logits.shape, np.float32) if bias is None else bias
        bias = np.where(by_head, np.float32(-np.inf), whole).astype(np.float32)
    packed, causal = triangle_or_mask(visible)
    return {"scale": float(scale), "visible": packed, "causal": causal, "bias": bias}


def _slope(logits: Floats, product: Floats, seen: np.ndarray[Any, Any], size: int) -> float:
    """Find the factor on q·k: 1 or 1 over the root of the size, whichever the scores follow."""
    x, y = product[seen].astype(np.float64), logits[seen].astype(np.float64)
    usual = (1.0, size**-0.5)
    square = float(x @ x) if x.size else 0.0
    if not square:
        return usual[0]
    exact = float(x @ y) / square
    allowance = _ROUNDING * max(1.0, float(np.abs(y).max()))
    for factor in (*usual, exact):
        if float(np.abs(y - factor * x).max()) <= allowance:
            return factor
    centred = x - x.mean()
    spread = float(centred @ centred)
    if not spread:
        return usual[0]
    slope = max(float(centred @ y) / spread, 1e-9)
    return min(usual, key=lambda factor: abs(np.log(slope / factor)))
