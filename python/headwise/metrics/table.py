"""The table of heads: one row a head, averages over texts with their standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.metrics.groups import groups
from headwise.metrics.index import head_index, of_block
from headwise.metrics.measures import MEASURES, GroupMeasures, Question
from headwise.metrics.patterns import pattern_names
from headwise.metrics.running import RunningMean
from headwise.metrics.several import blocks_of
from headwise.metrics.variability import Variability

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from headwise.metrics.groups import Band
    from headwise.metrics.several import Traces
    from headwise.trace import Block

SINK_EPSILON = 0.3
SINK_TOKENS = 64
VARIABILITY = "variability"
PATTERN = "pattern"


def head_metrics(
    traces: Traces,
    *,
    measures: Collection[str] | None = None,
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
    measures
        Names of the columns wanted, as below without ``texts``; None for all of them.
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
        If there is no trace, the traces are of different models, a number is out of range, or a
        measure is not known.
    OutOfRange
        If a trace has no such block.
    """
    if not 0 <= epsilon <= 1 or sink_tokens < 1 or variability_tokens < 1:
        raise InputError(
            "epsilon must be between 0 and 1, sink_tokens and variability_tokens 1 or more, not "
            f"{epsilon}, {sink_tokens} and {variability_tokens}"
        )
    wanted = _wanted(measures)
    names = tuple(name for name in MEASURES if name in wanted or PATTERN in wanted)
    question = Question(names, special_queries, epsilon, sink_tokens)
    first, shown = blocks_of(traces, block, progress=progress)
    found = _Found(first, variability_tokens if VARIABILITY in wanted else None, names)
    for group in groups(shown):
        found.add(group, question)
    return of_block(found.table(wanted), first.name)


def _wanted(measures: Collection[str] | None) -> tuple[str, ...]:
    known = (*MEASURES, VARIABILITY, PATTERN)
    if measures is None:
        return known
    given = [measures] if isinstance(measures, str) else list(measures)
    for name in given:
        if name not in known:
            there = ", ".join(repr(each) for each in known)
            raise InputError(f"no measure is called {name!r}: there are {there}")
    if not given:
        raise InputError("measures is empty: leave it out to have all of them")
    return tuple(name for name in known if name in given)


class _Found:
    """What came so far, layer by layer."""

    def __init__(self, block: Block, variability_tokens: int | None, names: Sequence[str]) -> None:
        self._heads = [record.heads for record in block.records]
        self._names = names
        self._texts = 0
        self._counts = [np.zeros(count, np.int64) for count in self._heads]
        self._means = [RunningMean((count, len(names))) for count in self._heads]
        self._variability = (
            None
            if variability_tokens is None
            else [Variability(count, variability_tokens) for count in self._heads]
        )

    def add(self, group: Sequence[Block], question: Question) -> None:
        """Take in texts of one shape."""
        measures = GroupMeasures(group, question)
        for layer in group[0].captured_layers:
            found = measures.layer(layer, lambda band, layer=layer: self._look(group, layer, band))
            self._counts[layer] += (found[:, :, 0] > 0).sum(axis=0)
            self._means[layer].add_all(found[:, :, 1:])
        self._texts += len(group)

    def _look(self, group: Sequence[Block], layer: int, band: Band) -> None:
        """Keep the first weights of a text, from the band where it has them all as they were."""
        if self._variability is None or band.start or band.rows.start:
            return
        kept = self._variability[layer]
        if len(group) > 1 and (band.seen is None or band.seen.ndim == band.weights.ndim - 1):
            kept.add_weights(band.weights.reshape(len(group), -1, *band.weights.shape[1:]))
        else:
            for block in group:
                kept.add(block.records[layer])

    def table(self, wanted: Sequence[str]) -> pd.DataFrame:
        """Return the table with these columns."""
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        means = np.concatenate([mean.mean for mean in self._means])
        errors = np.concatenate([mean.standard_error for mean in self._means])
        columns: dict[str, object] = {"texts": np.concatenate(self._counts)}
        for place, name in enumerate(self._names):
            if name in wanted:
                columns[name] = means[:, place]
                if self._texts > 1:
                    columns[f"{name}_se"] = errors[:, place]
        if self._variability is not None:
            columns[VARIABILITY] = np.concatenate([each.result() for each in self._variability])
        if PATTERN in wanted:
            columns[PATTERN] = pattern_names(dict(zip(self._names, means.T, strict=True)))
        return pd.DataFrame(columns, index=head_index(self._heads))
