"""What is odd about weights that came from outside: missing ones, rows that do not sum to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from headwise.record import Floats

_ROUNDING = 2e-2
_TOLERANCE = {True: 1e-2, False: 1e-3}


@dataclass(slots=True)
class Findings:
    """What was seen in all layers, told once at the end.

    Parameters
    ----------
    notes
        Further sentences to tell.
    """

    notes: list[str] = field(default_factory=list[str])
    missing: int = 0
    rows: int = 0
    odd: int = 0
    _missing_at: str = ""
    _worst: float = 1.0
    _worst_at: str = ""

    def look(self, layer: Floats, number: int, block: str, *, half: bool) -> None:
        """Look at one layer.

        Parameters
        ----------
        layer
            float32, (H, Nq, Nk).
        number, block
            Which layer of which block it is.
        half
            Whether the numbers came with 16 bits.

        Raises
        ------
        InputError
            If a value is not between 0 and 1: these are no weights.
        """
        place = f"layer {number} of block {block!r}"
        absent = np.isnan(layer)
        count = int(absent.sum())
        known = layer[~absent] if count else layer
        if known.size and not (known.min() >= 0 and known.max() <= 1 + _ROUNDING):
            raise InputError(
                f"{place} holds values outside 0 to 1 ({known.min():.4g} to {known.max():.4g}): "
                "pass weights after the softmax, not scores or hidden states"
            )
        if count and not self.missing:
            head, query, key = np.argwhere(absent)[0].tolist()
            self._missing_at = f"{place}, head {head}, query {query}, key {key}"
        self.missing += count
        sums = layer.sum(axis=-1, dtype=np.float64)
        told = ~np.isnan(sums) & (sums != 0)
        away = np.where(told, np.abs(sums - 1), 0)
        self.rows += int(told.sum())
        self.odd += int((away > _TOLERANCE[half]).sum())
        worst = np.unravel_index(int(away.argmax()), away.shape)
        if away[worst] > abs(self._worst - 1):
            self._worst = float(sums[worst])
            self._worst_at = f"{place}, head {worst[0]}, query {worst[1]}"

    def messages(self) -> list[str]:
        """Return one sentence for each thing that a person should know."""
        told = list(self.notes)
        if self.missing:
            told.append(
                f"{self.missing} weights are NaN (the first at {self._missing_at}): they are kept "
                "as missing, so the trace returns NaN there and a view shows no line for them"
            )
        if self.odd:
            told.append(
                f"{self.odd} of {self.rows} rows do not sum to 1 (the worst to {self._worst:.4f}, "
                f"at {self._worst_at}): weights were edited, the model dropped some in training "
                "mode, or it gives part of a row to no key (sinks, block-sparse attention)"
            )
        return told
