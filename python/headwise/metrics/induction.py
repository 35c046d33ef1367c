"""Induction heads on random sequences: where they look, and whether they copy what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.metrics.cells import induction, same_token
from headwise.metrics.index import head_index
from headwise.metrics.scores import CellScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from headwise.metrics.running import Doubles, RunningMean
    from headwise.record import Floats
    from headwise.trace import Block


class InductionScores:
    """Scores of heads, sequence by sequence.

    Parameters
    ----------
    heads
        Number of heads of each layer.
    """

    def __init__(self, heads: Sequence[int]) -> None:
        self._heads = heads
        self._found = {
            name: CellScores(marker, heads, special_queries=False)
            for name, marker in (("prefix_matching", induction), ("duplicate", same_token))
        }

    def add(self, block: Block) -> None:
        """Take in a repeated sequence."""
        for scores in self._found.values():
            scores.add(block)

    def table(self, copying: Sequence[RunningMean]) -> pd.DataFrame:
        """Return the table, with what :func:`copying_ratios` said layer by layer."""
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        prefix = self._found["prefix_matching"]
        columns: dict[str, NDArray[np.generic]] = {}
        for name, scores in (
            ("prefix_matching", prefix.scores),
            ("copying", copying),
            ("duplicate", self._found["duplicate"].scores),
        ):
            columns[name] = np.concatenate([each.mean for each in scores])
            columns[f"{name}_se"] = np.concatenate([each.standard_error for each in scores])
        count = np.concatenate([each.count for each in prefix.scores])
        columns["baseline"] = np.full(count.shape, float(prefix.even.mean))
        columns["examples"] = count.astype(np.int64)
        return pd.DataFrame(columns, index=head_index(self._heads))


def random_blocks(
    vocabulary: NDArray[np.int64], *, length: int, examples: int, seed: int
) -> NDArray[np.int64]:
    """Draw tokens that differ within each example: (examples, length).

    Parameters
    ----------
    vocabulary
        Numbers of tokens in the order of the vocabulary.
    length, examples, seed
        As :func:`headwise.induction_scores`.
    """
    edge = min(len(vocabulary) // 10, (len(vocabulary) - length) // 2)
    common = vocabulary[edge : len(vocabulary) - edge]
    random = np.random.default_rng(seed)
    return np.stack([random.choice(common, length, replace=False) for _ in range(examples)])


def copying_ratios(rises: Floats, weights: Floats) -> Doubles:
    """Score how far heads raise the token that they look at, among all tokens of a sequence.

    Olsson et al. 2022, appendix: "copying".

    Parameters
    ----------
    rises
        float32, (H, N, N): by how much the head's output at each query raises the logit of the
        token at each place, over the mean of the vocabulary.
    weights
        float32, (H, N, N), of the same queries and places.

    Returns
    -------
    float64 array (H,)
        ``2 r - 1``, where r is the share of all rises above 0 that the token of the largest
        weight has, over all queries; NaN for a head that raises no token.
    """
    above = np.maximum(rises.astype(np.float64), 0)
    attended = weights.argmax(axis=2)
    raised = np.take_along_axis(above, attended[:, :, None], axis=2).sum(axis=(1, 2))
    total = above.sum(axis=(1, 2))
    return 2 * raised / np.where(total > 0, total, np.nan) - 1
