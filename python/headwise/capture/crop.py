"""Dropping padding from records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.capture.tensors import triangle_or_mask
from headwise.masks import PackedMask
from headwise.record import AttentionRecord

if TYPE_CHECKING:
    from headwise.masks import Bools


class Cropper:
    """Keeps some rows and columns of records; a mask or bias that layers share stays shared.

    Parameters
    ----------
    rows, columns
        Bool, (Nq,) and (Nk,): which queries and keys stay.
    """

    def __init__(self, rows: Bools, columns: Bools) -> None:
        self._rows, self._columns = rows, columns
        self._masks: dict[tuple[int, bool], tuple[object, PackedMask | None, bool]] = {}
        self._biases: dict[int, tuple[object, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]]
        self._biases = {}

    def crop(self, record: AttentionRecord) -> AttentionRecord:
        """Return the record of the rows and columns that stay."""
        if self._rows.all() and self._columns.all():
            return record
        mask, causal = self._mask(record)
        bias = record.bias
        if bias is not None:
            if id(bias) not in self._biases:
                cut = np.ascontiguousarray(bias[:, self._rows][:, :, self._columns])
                self._biases[id(bias)] = (bias, cut)
            bias = self._biases[id(bias)][1]
        given, norms = record.given, record.value_norms
        return AttentionRecord(
            queries=None if record.queries is None else record.queries[:, self._rows],
            keys=None if record.keys is None else record.keys[:, self._columns],
            given=None if given is None else given[:, self._rows][:, :, self._columns],
            scale=record.scale,
            visible=mask,
            causal=causal,
            bias=bias,
            softcap=record.softcap,
            sinks=record.sinks,
            module=record.module,
            check=record.check,
            value_norms=None if norms is None else norms[:, self._columns],
            kept=record.kept,
            model_heads=record.model_heads,
        )

    def _mask(self, record: AttentionRecord) -> tuple[PackedMask | None, bool]:
        known = (id(record.mask), record.causal)
        if known not in self._masks:
            allowed = record.allowed()
            mask, causal = None, False
            if allowed is not None:
                cut = allowed[self._rows][:, self._columns]
                mask, causal = triangle_or_mask(cut) if cut.size else (PackedMask.pack(cut), False)
            self._masks[known] = (record.mask, mask, causal)
        return self._masks[known][1:]
