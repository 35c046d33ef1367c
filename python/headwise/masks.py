"""Bool matrices of what a query may see, kept as bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Bools: TypeAlias = NDArray[np.bool_]
Pick: TypeAlias = "slice | Sequence[int] | NDArray[np.integer[Any]]"

ALL = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class PackedMask:
    """A bool matrix kept as bits; one object can serve every layer.

    Parameters
    ----------
    bits
        uint8, (rows, ceil(columns / 8)), as ``numpy.packbits`` writes them.
    columns
        How many columns the matrix has.
    """

    bits: NDArray[np.uint8]
    columns: int

    @classmethod
    def pack(cls, mask: Bools) -> PackedMask:
        """Pack a (rows, columns) bool matrix."""
        return cls(np.packbits(mask, axis=1), mask.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bits.shape[0], self.columns

    def rows(self, rows: Pick = ALL) -> Bools:
        """Unpack some rows: bool, (n, columns)."""
        bits = self.bits[rows]
        return np.unpackbits(bits, axis=1, count=self.columns).astype(np.bool_, copy=False)
