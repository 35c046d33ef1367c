"""What a live model answers: attention, predictions, and the difference to the plain run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from headwise.errors import InputError, NoPredictionHead

if TYPE_CHECKING:
    import pandas as pd

    from headwise.intervene.question import Question
    from headwise.record import Floats
    from headwise.tokens import Tokens
    from headwise.trace import Trace

HeadKind: TypeAlias = Literal["masked", "next", "target", "tags", "classes"]

_WORDS: dict[HeadKind, str] = {
    "masked": "would put here",
    "next": "would put next",
    "target": "would write next",
    "tags": "tags",
    "classes": "classes",
}


@dataclass(frozen=True, eq=False)
class Predictions:
    """The most probable entries at each token, or the classes of the whole text.

    Parameters
    ----------
    kind
        ``"masked"``: what a masked language model would put at this token; ``"next"``: what a
        causal one would put after it; ``"target"``: what a decoder would write after this token of
        the target; ``"tags"``: the class of the token; ``"classes"``: the class of the text.
    tokens
        The tokens that the rows stand for; None for ``"classes"``, which has one row.
    ids
        Vocabulary or class numbers, (N, k), the most probable first.
    labels
        The same as they are shown, N rows of k.
    probabilities
        float32, (N, k).
    own
        float32, (N,): the probability of the token that stands there in the text as it was
        typed, for ``"masked"``; of the one that follows, for ``"next"`` and ``"target"``; NaN
        where there is none, and for classes.
    entropy
        float32, (N,): of the whole distribution, nats.
    """

    kind: HeadKind
    tokens: Tokens | None
    ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    labels: tuple[tuple[str, ...], ...]
    probabilities: Floats
    own: Floats
    entropy: Floats

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def words(self) -> str:
        """What the rows say, in words, such as ``"would put here"``."""
        return _WORDS[self.kind]

    def top(self, token: int = 0) -> list[tuple[str, float]]:
        """Return labels with their probabilities at one token, the most probable first."""
        return list(zip(self.labels[token], map(float, self.probabilities[token]), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Return a table: one row for each token and rank.

        Returns
        -------
        pandas.DataFrame
            Columns ``token`` (number), ``label`` (of the token), ``rank`` (from 0),
            ``prediction``, ``id`` and ``probability``; without the first two for classes.
        """
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        count, top = len(self), len(self.labels[0]) if self.labels else 0
        rows: dict[str, object] = {}
        if self.tokens is not None:
            rows["token"] = np.repeat(np.arange(count), top)
            rows["label"] = [label for label in self.tokens.labels for _ in range(top)]
        rows["rank"] = np.tile(np.arange(top), count)
        rows["prediction"] = [label for row in self.labels for label in row]
        rows["id"] = self.ids.reshape(-1)
        rows["probability"] = self.probabilities.reshape(-1)
        return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class Difference:
    """How far the predictions are from those of the plain run, by row of the plain run.

    Parameters
    ----------
    rows
        Row of the changed run for each row of the plain one; -1 where there is none, because a
        token was replaced by several.
    kl
        float32, (N,): Kullback-Leibler divergence of the changed from the plain distribution,
        nats; NaN where there is no row.
    first
        float32, (N,): the probability that the changed run gives to what came first in the plain
        run.
    """

    rows: tuple[int, ...]
    kl: Floats
    first: Floats


@dataclass(frozen=True)
class Abilities:
    """What a live view can do with a model, and why not where it cannot; an empty reason is yes.

    Parameters
    ----------
    predicts
        Kind of the predictions, None without a head.
    no_predictions, no_masking, no_blocking
        The reasons, in words. Blocking and switching heads off go together.
    """

    predicts: HeadKind | None
    no_predictions: str = ""
    no_masking: str = ""
    no_blocking: str = ""


@dataclass(frozen=True, eq=False)
class Saliency:
    """How much each token of the source matters for one prediction.

    Parameters
    ----------
    shares
        float32, (N,). For ``"gradient"`` signed, in units of log-probability; for ``"values"``
        shares that sum to one.
    method
        ``"gradient"`` or ``"values"``.
    about
        The token whose prediction is explained; None for the class of the text.
    prediction
        Label of what is explained; empty for value zeroing, which explains a token's vector.
    """

    shares: Floats
    method: str
    about: int | None
    prediction: str = ""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model said to a :class:`Question`. Plain values; the model is not held.

    Parameters
    ----------
    question
        The question.
    trace
        The attention of this run, with what was changed: masked and replaced tokens stand in its
        tokens, blocked cells are not visible. A head that is off has the weights it would have
        used.
    predictions
        None where the model has no head.
    abilities
        What the model can be asked.
    places
        For each token of the text as it was typed, its tokens in this run: one, or several where
        it was replaced by a text of several pieces.
    plain
        The answer to the same text with nothing changed; None where nothing was.
    difference
        Of the predictions to the plain ones; None where nothing was changed or nothing predicted.
    saliency
        None where it was not asked.
    notes
        What was done, in words, for a line under the picture.
    seconds
        How long the model was busy with it.
    """

    question: Question
    trace: Trace
    predictions: Predictions | None
    abilities: Abilities
    places: tuple[tuple[int, ...], ...]
    plain: Answer | None = None
    difference: Difference | None = None
    saliency: Saliency | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    _changes: dict[str, Floats] = field(default_factory=dict[str, "Floats"], repr=False)

    @property
    def tokens(self) -> Tokens:
        """Tokens of the source in this run."""
        return self.trace.tokens

    @cached_property
    def table(self) -> pd.DataFrame:
        """Predictions as a table; see :meth:`Predictions.to_frame`.

        Raises
        ------
        NoPredictionHead
            If the model has no head.
        """
        return self._predicted().to_frame()

    def changes(self) -> pd.DataFrame:
        """Return what the change did to the predictions, one row for each row of the plain run.

        Returns
        -------
        pandas.DataFrame
            ``token`` and ``label``; ``before`` and ``before_p``, the first prediction of the
            plain run and its probability; ``before_now``, the probability that it has now;
            ``after`` and ``after_p``, the first prediction now; ``kl`` in nats. Empty where
            nothing was changed. NaN for a token that several stand for now.

        Raises
        ------
        NoPredictionHead
            If the model has no head.
        """
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        now = self._predicted()
        columns = ["token", "label", "before", "before_p", "before_now", "after", "after_p", "kl"]
        if self.plain is None or self.difference is None or self.plain.predictions is None:
            return pd.DataFrame(columns=columns)
        before, rows = self.plain.predictions, self.difference.rows
        labels = ("",) if before.tokens is None else before.tokens.labels
        table = {
            "token": np.arange(len(before)),
            "label": labels,
            "before": [row[0] for row in before.labels],
            "before_p": before.probabilities[:, 0],
            "before_now": self.difference.first,
            "after": [now.labels[row][0] if row >= 0 else "" for row in rows],
            "after_p": [now.probabilities[row, 0] if row >= 0 else np.nan for row in rows],
            "kl": self.difference.kl,
        }
        return pd.DataFrame(table)

    def attention_change(self, block: str | None = None) -> Floats:
        """Return how far the weights of each head moved from the plain run.

        Parameters
        ----------
        block
            Name of the block; None for the default one.

        Returns
        -------
        float32 array (layers, heads)
            Mean over queries of half the sum of absolute differences (total variation): 0 for the
            same weights, 1 for weights that share no key. 0 everywhere where nothing was changed;
            NaN where a layer has fewer heads than the widest.

        Raises
        ------
        InputError
            If a token was replaced by several, so that rows and columns do not match.
        OutOfRange
            If there is no such block.
        """
        now = self.trace.block(block)
        if now.name not in self._changes:
            self._changes[now.name] = self._moved(now.name)
        return self._changes[now.name].copy()

    def _moved(self, name: str) -> Floats:
        now = self.trace.block(name)
        widest = max(now.heads(layer) for layer in now.captured_layers)
        moved = np.full((now.layers, widest), np.nan, np.float32)
        before = now if self.plain is None else self.plain.trace.block(name)
        for layer in now.captured_layers:
            one, other = before.records[layer].weights(), now.records[layer].weights()
            if one.shape != other.shape:
                raise InputError(
                    "a token was replaced by several, so the attention of the two runs has no "
                    "common rows: compare single tokens, or look at both traces side by side"
                )
            distance = 0.5 * np.abs(one - other).sum(axis=-1).mean(axis=-1)
            moved[layer, : len(distance)] = distance
        return moved

    def _predicted(self) -> Predictions:
        if self.predictions is None:
            raise NoPredictionHead(self.abilities.no_predictions)
        return self.predictions
