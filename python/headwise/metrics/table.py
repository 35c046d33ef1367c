"""The table of heads: one row a head, averages over texts with their standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import head_index
from headwise.metrics.measures import MEASURES, text_measures
from headwise.metrics.patterns import pattern_names
from headwise.metrics.running import RunningMean
from headwise.metrics.several import blocks_of
from headwise.metrics.variability import Variability

if TYPE_CHECKING:
    import pandas as pd

    from headwise.metrics.several import Traces
    from headwise.trace import Block

SINK_EPSILON = 0.3
SINK_TOKENS = 64


def head_metrics(
    traces: Traces,
    *,
    block: str | None = None,
    special_queries: bool = False,
    epsilon: float = SINK_EPSILON,
    sink_tokens: int = SINK_TOKENS,
    variability_tokens: int = 10,
    progress: bool = True,
) -> pd.DataFrame:
    """Say in numbers what each head does, averaged over texts.

    Parameters
    ----------
    traces
        A trace, a batch, or any iterable of them; a generator such as `headwise.traces` is read
        once and never kept.
    block
        Name of the block; None for the default one of the first trace.
    special_queries
        Whether the rows of special tokens count. They are always keys.
    epsilon, sink_tokens
        The parameters of ``sink``; quote both with a rate.
    variability_tokens
        How many first tokens ``variability`` compares.
    progress
        Show a bar over several texts when they take more than three seconds.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``, which :class:`headwise.Selection` takes as heads. A mean is first
        one over the queries of a text, then one over texts; with more than one text, each measure
        has its standard error over texts beside it as ``NAME_se``. NaN where nothing can be said:
        ``next`` of causal attention, places in cross-attention, heads that were not captured.

        ``texts``
            How many texts the head was measured on.
        ``entropy``
            Mean over queries of ``-sum_j a_ij ln a_ij``, nats (Clark et al. 2019, section 3.3).
        ``spread``
            ``entropy`` divided by the mean of ln(keys that the query sees): 0 for one key, 1 for
            all alike, to compare texts of different length.
        ``confidence``
            Mean over queries of the largest weight on a key that is not special (Voita et al.
            2019 leave out the end token).
        ``distance``
            ``sum a_ij |i - j| / sum a_ij``, tokens (Vig and Belinkov 2019, without the sign).
        ``previous``, ``next``, ``self``
            Mean weight to key i - 1, i + 1 and i, over the queries that see it.
        ``first``, ``special``, ``punctuation``
            Mean weight to key 0, to all special tokens, to all tokens of punctuation only.
        ``sink``
            Share of texts in which the mean weight to key 0, over the rows of the first
            `sink_tokens` tokens, is over `epsilon` (Gu et al. 2025).
        ``column``
            The largest mean weight of any key that at least half of the queries see.
        ``own_sentence``
            Share of the weight that stays in the query's own sentence; of pairs only.
        ``variability``
            ``sum |a_ij - mean a_ij| / (2 sum a_ij)`` over texts, on the first
            `variability_tokens` tokens, of at most 256 texts: 0 where attention depends on place
            alone (Vig and Belinkov 2019). NaN for one text.
        ``pattern``
            ``"vertical"``, ``"diagonal"``, ``"vertical + diagonal"``, ``"block"`` or ``"mixed"``,
            by the rules of :func:`headwise.metrics.patterns.pattern_names`.

    Raises
    ------
    InputError
        If there is no trace, the traces are of different models, or a number is out of range.
    OutOfRange
        If a trace has no such block.
    """
    if not 0 <= epsilon <= 1 or sink_tokens < 1 or variability_tokens < 1:
        raise InputError(
            "epsilon must be between 0 and 1, sink_tokens and variability_tokens 1 or more, not "
            f"{epsilon}, {sink_tokens} and {variability_tokens}"
        )
    first, shown = blocks_of(traces, block, progress=progress)
    found = _Found(first, variability_tokens)
    for each in shown:
        for layer in each.captured_layers:
            found.means[layer].add(
                text_measures(
                    each,
                    layer,
                    special_queries=special_queries,
                    epsilon=epsilon,
                    sink_tokens=sink_tokens,
                )
            )
            found.variability[layer].add(each.records[layer])
        found.texts += 1
    return found.table()


class _Found:
    """What came so far, layer by layer."""

    def __init__(self, block: Block, variability_tokens: int) -> None:
        heads = [record.heads for record in block.records]
        self.texts = 0
        self.means = [RunningMean((count, len(MEASURES))) for count in heads]
        self.variability = [Variability(count, variability_tokens) for count in heads]

    def table(self) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        means = np.concatenate([mean.mean for mean in self.means])
        errors = np.concatenate([mean.standard_error for mean in self.means])
        counts = np.concatenate([mean.count[:, 0] for mean in self.means])
        columns: dict[str, object] = {"texts": counts.astype(np.int64)}
        for place, name in enumerate(MEASURES):
            columns[name] = means[:, place]
            if self.texts > 1:
                columns[f"{name}_se"] = errors[:, place]
        columns["variability"] = np.concatenate([each.result() for each in self.variability])
        columns["pattern"] = pattern_names(dict(zip(MEASURES, means.T, strict=True)))
        return pd.DataFrame(columns, index=head_index([len(mean.count) for mean in self.means]))
