"""What a text is, from what each head does in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.batch import TraceBatch
from headwise.errors import InputError
from headwise.metrics.several import bar
from headwise.metrics.table import head_metrics
from headwise.probes.classify import Examples, cross_validated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from headwise.probes.classify import Classified
    from headwise.trace import Trace

FEATURES = ("entropy", "confidence", "distance", "previous", "next", "first", "special")

_NO_NUMBERS = ("variability", "pattern")


def classify_texts(
    traces: Iterable[Trace | TraceBatch],
    labels: Sequence[str],
    *,
    features: Sequence[str] = FEATURES,
    classifier: Any = None,  # noqa: ANN401 - any classifier of scikit-learn
    block: str | None = None,
    folds: int = 5,
    repeats: int = 3,
    seed: int = 0,
    progress: bool = True,
) -> Classified:
    """Say which heads, and which of their features, tell labels of texts from each other.

    Parameters
    ----------
    traces
        One trace a text, such as `headwise.traces` gives; read once, one by one.
    labels
        The label of each text.
    features
        Columns of :func:`headwise.head_metrics`.
    classifier
        A scikit-learn classifier, cloned for each fold; None for a logistic regression over
        standardised features.
    block
        Name of the block; None for the default one of the first trace.
    folds
        Number of parts, 2 or more, of which each is held out once.
    repeats
        How often the features of a head are dealt out anew to measure its importance.
    seed
        Of the folds and the importance.
    progress
        Show a bar when it takes more than three seconds.

    Returns
    -------
    Classified
        Its ``folds`` have, beside the baseline, ``length``: the accuracy of the same classifier
        over the number of tokens, which moves most features of heads.

    Raises
    ------
    InputError
        If labels and texts differ in number, a feature is not known, there is one label only, or a
        label has fewer texts than there are folds.
    ModuleNotFoundError
        If scikit-learn is not installed.

    Notes
    -----
    A text of one token has no neighbours, so some of its features are NaN: the default classifier
    puts the mean over the other texts in their place, and 0 for a feature that no text has. A
    classifier of your own has to take NaN.
    """
    given = [str(label) for label in labels]
    if unfit := [name for name in features if name in _NO_NUMBERS]:
        raise InputError(f"{unfit[0]!r} says nothing of a single text: leave it out of features")
    rows: list[NDArray[np.float64]] = []
    lengths: list[int] = []
    layout: tuple[int, ...] = ()
    for each in bar(_one_by_one(traces), progress):
        shown = each.block(block)
        heads = tuple(record.heads for record in shown.records)
        if layout and heads != layout:
            raise InputError(
                f"text {len(rows)} has {sum(heads)} heads, the first has {sum(layout)}: give "
                "traces of one model"
            )
        layout = heads
        table = head_metrics(each, block=shown.name, measures=features, progress=False)
        rows.append(np.stack([np.asarray(table[name], np.float64) for name in features], axis=1))
        lengths.append(len(shown.key_tokens))
    if len(rows) != len(given):
        raise InputError(f"there are {len(rows)} texts and {len(given)} labels: give one for each")
    examples = Examples(
        features=np.stack(rows) if rows else np.empty((0, 0, len(features))),
        names=tuple(features),
        labels=np.array(given),
        groups=None,
        layout=layout,
        beside={"length": np.array(lengths, np.float64)[:, None]},
    )
    return cross_validated(examples, classifier=classifier, folds=folds, repeats=repeats, seed=seed)


def _one_by_one(traces: Iterable[Trace | TraceBatch]) -> Iterator[Trace]:
    for each in traces:
        if isinstance(each, TraceBatch):
            yield from each
        else:
            yield each
