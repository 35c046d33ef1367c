"""Comparing a record with what the model itself computed, a few rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from headwise.masks import ALL

if TYPE_CHECKING:
    from headwise.record import AttentionRecord, Floats

ROWS = 8

# Largest relative error that a right record showed is 50 times below these.
_THRESHOLDS = {torch.bfloat16: 2e-2, torch.float16: 5e-3}
_FLOAT32_THRESHOLD = 1e-4
_TENSOR_FLOAT_THRESHOLD = 5e-3


def threshold(query: torch.Tensor) -> float:
    """Return the largest error that is accepted for a query of this type and device."""
    if query.dtype in _THRESHOLDS:
        return _THRESHOLDS[query.dtype]
    if query.device.type == "cuda" and torch.get_float32_matmul_precision() != "highest":
        return _TENSOR_FLOAT_THRESHOLD
    return _FLOAT32_THRESHOLD


def relative_error(record: AttentionRecord, values: Floats, output: Floats) -> float:
    """Recompute a few rows of weights times values and compare them with the model's own.

    Parameters
    ----------
    record
        The record to check.
    values
        float32, (Hkv, Nk, dv).
    output
        float32, (Nq, H, dv): what the model's attention function returned.

    Returns
    -------
    float
        Largest absolute difference over at most 8 queries that see a key, divided by the
        largest absolute output; 0 where no query sees a key.
    """
    rows = _rows(record)
    if not rows.size:
        return 0.0
    weights = record.weights(ALL, rows)
    group = record.heads // values.shape[0]
    by_head = values if group == 1 else np.repeat(values, group, axis=0)
    expected = np.matmul(weights, by_head).swapaxes(0, 1)
    largest = float(np.abs(output).max()) or 1.0
    return float(np.abs(expected - output[rows]).max()) / largest


def row_error(record: AttentionRecord, weights: Floats) -> float:
    """Recompute a few rows and compare them with the model's own weights, (H, Nq, Nk).

    Returns
    -------
    float
        Largest absolute difference over at most 8 queries that see a key.
    """
    rows = _rows(record)
    if not rows.size:
        return 0.0
    return float(np.abs(record.weights(ALL, rows) - weights[:, rows]).max())


def _rows(record: AttentionRecord) -> np.ndarray[Any, np.dtype[np.intp]]:
    rows = np.unique(np.linspace(0, record.query_count - 1, ROWS).astype(np.intp))
    allowed = record.allowed(rows)
    return rows if allowed is None else rows[allowed.any(axis=1)]
