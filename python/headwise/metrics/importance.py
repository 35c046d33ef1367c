"""How much the loss depends on each head, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import head_index
from headwise.metrics.running import RunningMean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from headwise.metrics.running import Doubles


class Importance:
    """Derivatives of the loss with respect to a mask over the heads, text by text."""

    def __init__(self) -> None:
        self._heads: list[int] = []
        self._sizes: list[RunningMean] = []
        self._signed: list[RunningMean] = []

    def add(self, slopes: Sequence[Doubles]) -> None:
        """Take in a batch: (texts, H) a layer.

        Raises
        ------
        InputError
            If another batch had other layers or heads, or a derivative is no number.
        """
        heads = [each.shape[1] for each in slopes]
        if not self._heads:
            self._heads = heads
            self._sizes = [RunningMean((count,)) for count in heads]
            self._signed = [RunningMean((count,)) for count in heads]
        if heads != self._heads:
            raise InputError(f"a batch ran through layers of {heads} heads, another {self._heads}")
        for layer, each in enumerate(slopes):
            if not np.isfinite(each).all():
                raise InputError(
                    f"the loss has no finite derivative at layer {layer}: look at the labels, and "
                    "at the outputs of the model for NaN"
                )
            self._sizes[layer].add_all(np.abs(each))
            self._signed[layer].add_all(each)

    def table(self) -> pd.DataFrame:
        """Return one row a head; see :func:`headwise.head_importance`."""
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        sizes = [each.mean for each in self._sizes]
        return pd.DataFrame(
            {
                "importance": np.concatenate(sizes),
                "importance_se": np.concatenate([each.standard_error for each in self._sizes]),
                "normalised": np.concatenate([_unit(each) for each in sizes]),
                "slope": np.concatenate([each.mean for each in self._signed]),
                "slope_se": np.concatenate([each.standard_error for each in self._signed]),
                "texts": np.concatenate([each.count for each in self._sizes]).astype(np.int64),
            },
            index=head_index(self._heads),
        )


def _unit(layer: Doubles) -> Doubles:
    length = float(np.linalg.norm(layer))
    return layer / length if length else np.full_like(layer, np.nan)
