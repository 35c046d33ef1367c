"""Classifiers over features of heads, cross-validated, and which heads they stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from headwise.errors import InputError
from headwise.metrics.index import head_index
from headwise.probes.folds import check_folds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classified:
    """What a classifier over heads found on examples that it was not fitted to.

    Attributes
    ----------
    folds
        One row a fold: ``fitted`` and ``held``, numbers of examples; ``accuracy`` on those held
        out; ``balanced``, the mean over labels of the share of each that was named right;
        ``baseline``, the accuracy of naming the label that is most frequent where it was fitted;
        then the accuracy of the same classifier over features that are no attention of the model,
        such as ``control``.
    heads
        One row a head, index ``(layer, head)``: ``importance``, by how much the accuracy falls
        when all features of the head are dealt out anew among the examples held out; its standard
        error over folds ``importance_se``; and the same for each feature alone. Heads that say the
        same stand in for each other: the importance of both is small.
    labels
        One row a label: ``count``; ``recall``, the share of its examples that were named right;
        ``precision``, the share of the examples so named that are; ``layer`` and ``head`` of the
        largest importance for it, NaN where no head is missed, and that ``importance``.
    by_label
        One row a head, one column a label: by how much the recall of the label falls.
    """

    folds: pd.DataFrame
    heads: pd.DataFrame
    labels: pd.DataFrame
    by_label: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What there is to classify.

    Attributes
    ----------
    features
        float, (n, K heads, F); NaN where there is no value.
    names
        The F names.
    labels
        str, (n,).
    groups
        int, (n,): the text of each example, which is never parted; None where each is its own.
    layout
        Number of heads of each layer, K together.
    beside
        Other features, (n, anything), whose accuracy is shown beside.
    """

    features: Doubles
    names: tuple[str, ...]
    labels: NDArray[np.str_]
    groups: NDArray[np.int64] | None
    layout: tuple[int, ...]
    beside: dict[str, Doubles] = field(default_factory=dict[str, "Doubles"])


def cross_validated(
    examples: Examples,
    *,
    classifier: Any,  # noqa: ANN401 - any classifier of scikit-learn
    folds: int,
    repeats: int,
    seed: int,
) -> Classified:
    """Fit a classifier on all folds but one, score it on that one, in turn.

    Parameters
    ----------
    examples
        Of at least two labels.
    classifier
        A scikit-learn classifier, cloned for each fold; None for a logistic regression over
        standardised features, in which missing values are the mean of the others.
    folds
        Number of parts, 2 or more; labels are spread over them evenly.
    repeats
        How often features are dealt out anew.
    seed
        Of the folds and of that.

    Raises
    ------
    InputError
        If there is one label only, or fewer examples or texts of a label than folds.
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    sklearn = _sklearn()
    labels = examples.labels
    names = _labels(examples, folds)
    made = _logistic(sklearn) if classifier is None else classifier
    flat = examples.features.reshape(len(labels), -1)
    random = np.random.default_rng(seed)
    rows: list[dict[str, float]] = []
    falls: list[Doubles] = []
    answers = np.empty(len(labels), labels.dtype)
    # One thread: the products are small, and waiting for other threads costs more.
    with threadpool_limits(1):
        for fitted, held in _split(sklearn, examples, folds, seed):
            if len(set(labels[fitted])) == 1:
                raise InputError(
                    f"fold {len(rows)} would be fitted to the label {labels[fitted][0]} only: "
                    "give more texts that hold other labels, or fewer folds"
                )
            model = sklearn["base"].clone(made).fit(flat[fitted], labels[fitted])
            answers[held] = model.predict(flat[held])
            right = answers[held] == labels[held]
            found, counts = np.unique(labels[fitted], return_counts=True)
            row: dict[str, float] = {
                "fitted": len(fitted),
                "held": len(held),
                "accuracy": float(right.mean()),
                "balanced": float(np.nanmean(_recalls(answers[held], labels[held], names))),
                "baseline": float((labels[held] == found[counts.argmax()]).mean()),
            }
            for name, other in examples.beside.items():
                rival = sklearn["base"].clone(made).fit(other[fitted], labels[fitted])
                row[name] = float((rival.predict(other[held]) == labels[held]).mean())
            rows.append(row)
            falls.append(_falls(model, examples, held, answers[held], names, repeats, random))
    return _result(examples, names, rows, falls, answers)


def _labels(examples: Examples, folds: int) -> list[str]:
    labels = examples.labels
    names, counts = np.unique(labels, return_counts=True)
    if len(names) < 2:  # noqa: PLR2004 - one label is no question
        said = f"only the label {str(names[0])!r}" if len(names) else "no label"
        raise InputError(f"there is {said}: a classifier needs examples of at least two")
    groups = np.arange(len(labels)) if examples.groups is None else examples.groups
    for name in names:
        texts = len(np.unique(groups[labels == name]))
        check_folds(texts, folds, f"texts with the label {str(name)!r}")
    return [str(name) for name in names[np.argsort(-counts, kind="stable")]]


def _split(
    sklearn: dict[str, Any], examples: Examples, folds: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    kinds = sklearn["model_selection"]
    kind = kinds.StratifiedKFold if examples.groups is None else kinds.StratifiedGroupKFold
    dealt = kind(n_splits=folds, shuffle=True, random_state=seed)
    yield from dealt.split(examples.labels, examples.labels, examples.groups)


def _falls(
    model: Any,  # noqa: ANN401 - a fitted classifier of scikit-learn
    examples: Examples,
    held: NDArray[np.int64],
    answers: NDArray[np.str_],
    names: Sequence[str],
    repeats: int,
    random: np.random.Generator,
) -> Doubles:
    """Return (K, 1 + F + labels): what accuracy, and then recalls, lose without each head."""
    features = examples.features[held]
    labels = examples.labels[held]
    _, heads, width = features.shape
    whole = float((answers == labels).mean())
    recalls = _recalls(answers, labels, names)
    found = np.zeros((heads, 1 + width + len(names)))
    for _ in range(repeats):
        order = random.permutation(len(held))
        for head in range(heads):
            for place in range(1 + width):
                taken = slice(None) if place == 0 else slice(place - 1, place)
                kept = features[:, head, taken].copy()
                features[:, head, taken] = kept[order]
                said = model.predict(features.reshape(len(held), -1))
                features[:, head, taken] = kept
                found[head, place] += whole - float((said == labels).mean())
                if place == 0:
                    found[head, 1 + width :] += recalls - _recalls(said, labels, names)
    return found / repeats


def _recalls(answers: NDArray[Any], labels: NDArray[np.str_], names: Sequence[str]) -> Doubles:
    """Return the share of each label that was named right; NaN for one that is not there."""
    return np.array(
        [
            (answers[labels == name] == name).mean() if (labels == name).any() else np.nan
            for name in names
        ]
    )


def _result(
    examples: Examples,
    names: Sequence[str],
    rows: list[dict[str, float]],
    falls: list[Doubles],
    answers: NDArray[np.str_],
) -> Classified:
    import pandas as pd  # noqa: PLC0415 - only where a table is made

    index = head_index(examples.layout)
    stacked = np.stack(falls)
    mean = np.nanmean(stacked, axis=0)
    width = len(examples.names)
    error = stacked[:, :, 0].std(axis=0, ddof=1) / np.sqrt(len(falls))
    heads = pd.DataFrame({"importance": mean[:, 0], "importance_se": error}, index=index)
    for place, name in enumerate(examples.names):
        heads[name] = mean[:, 1 + place]
    by_label = pd.DataFrame(mean[:, 1 + width :], index=index, columns=list(names))
    pairs = index.to_list()
    said: list[dict[str, float]] = []
    for place, name in enumerate(names):
        of_label, so_named = examples.labels == name, answers == name
        both = int((of_label & so_named).sum())
        best = int(mean[:, 1 + width + place].argmax())
        missed = mean[best, 1 + width + place]
        said.append(
            {
                "count": int(of_label.sum()),
                "recall": both / int(of_label.sum()),
                "precision": both / int(so_named.sum()) if so_named.any() else np.nan,
                "layer": pairs[best][0] if missed > 0 else np.nan,
                "head": pairs[best][1] if missed > 0 else np.nan,
                "importance": float(missed),
            }
        )
    return Classified(
        folds=pd.DataFrame(rows, index=pd.RangeIndex(len(rows), name="fold")),
        heads=heads,
        labels=pd.DataFrame(said, index=pd.Index(list(names), name="label")),
        by_label=by_label,
    )


def _logistic(sklearn: dict[str, Any]) -> Any:  # noqa: ANN401
    return sklearn["pipeline"].make_pipeline(
        sklearn["impute"].SimpleImputer(keep_empty_features=True),
        sklearn["preprocessing"].StandardScaler(),
        sklearn["linear_model"].LogisticRegression(C=0.1, max_iter=2000),
    )


def _sklearn() -> dict[str, Any]:
    parts = ("base", "impute", "linear_model", "model_selection", "pipeline", "preprocessing")
    try:
        return {part: import_module(f"sklearn.{part}") for part in parts}
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "classifiers over heads need scikit-learn: pip install 'headwise[probes]'",
            name=error.name,
        ) from error
