"""The functions that a person calls without a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from headwise.intervene.engine import Engine
from headwise.intervene.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.answer import Answer
    from headwise.intervene.question import AblatedHead, Ablation, SaliencyMethod


def ask(  # noqa: PLR0913 - one keyword for each thing that can be changed
    model: Model,
    tokenizer: Tokenizer,
    text: str | Question,
    text_pair: str | None = None,
    *,
    target: str | None = None,
    replaced: Mapping[int, str | int] | None = None,
    masked: Iterable[int] = (),
    blocked: Iterable[int] = (),
    blocked_target: Iterable[int] = (),
    ablated: Iterable[tuple[Any, ...]] = (),
    ablation: Ablation = "zero",
    saliency: SaliencyMethod | None = None,
    about: int | None = None,
    top: int = 5,
) -> Answer:
    """Put one question to a model: mask, replace or block tokens, switch heads off.

    The model runs once as it is and once with the changes, and is afterwards as it was, to the
    bit, also when it raises.

    Parameters
    ----------
    model, tokenizer
        As for :func:`headwise.trace`, with a head where predictions are wanted.
    text
        The text, or a :class:`~headwise.Question` that holds everything.
    text_pair, target, replaced, masked, blocked, blocked_target, ablated, ablation, saliency, about
        As for :class:`~headwise.Question`.
    top
        How many predictions a token has.

    Returns
    -------
    Answer
        Attention, predictions, and their difference to the plain run.

    Raises
    ------
    HeadwiseError
        As :meth:`headwise.intervene.engine.Engine.answer`.

    Examples
    --------
    >>> answer = hw.ask(model, tokenizer, "The capital of France is")  # doctest: +SKIP
    >>> answer.predictions.top(4)[0]  # doctest: +SKIP
    ('␣Paris', 0.71)
    >>> hw.ask(model, tokenizer, answer.question.but(blocked=[3])).changes()  # doctest: +SKIP
    """
    question = (
        text
        if isinstance(text, Question)
        else Question(
            text,
            text_pair,
            target,
            replaced=tuple((replaced or {}).items()),
            masked=tuple(masked),
            blocked=tuple(blocked),
            blocked_target=tuple(blocked_target),
            ablated=cast("tuple[AblatedHead, ...]", tuple(ablated)),
            ablation=ablation,
            saliency=saliency,
            about=about,
        )
    )
    return Engine(model, tokenizer, top=top).answer(question)


def saliency(
    model: Model,
    tokenizer: Tokenizer,
    text: str,
    text_pair: str | None = None,
    *,
    target: str | None = None,
    masked: Iterable[int] = (),
    about: int | None = None,
    method: SaliencyMethod = "gradient",
) -> pd.DataFrame:
    """Say how much each token matters for one prediction.

    Parameters
    ----------
    model, tokenizer, text, text_pair, target, masked
        As for :func:`headwise.ask`.
    about
        The token whose prediction is explained; None for the last one of a causal model or a
        decoder, the first one of `masked`, the first mask token that the text has, the surest tag,
        or the class of the text.
    method
        ``"gradient"``: gradient of the log-probability of the first prediction times the token's
        embedding, signed, nats. ``"values"``: how much of the token's last vector comes from each
        token, by value zeroing (Mohebbi et al. 2023) and rollout; shares that sum to one.

    Returns
    -------
    pandas.DataFrame
        Index ``token``; ``label``, ``saliency``. ``attrs`` hold ``about``, ``prediction`` and
        ``method``.

    Raises
    ------
    NoPredictionHead
        For gradients of a model without a head.
    UnsupportedAttention
        For value zeroing of a model with several stacks.
    InputError, OutOfRange
        As :func:`headwise.ask`.
    """
    import pandas as pd  # noqa: PLC0415 - only where a table is made

    answer = ask(
        model,
        tokenizer,
        text,
        text_pair,
        target=target,
        masked=masked,
        saliency=method,
        about=about,
        top=1,
    )
    found = answer.saliency
    if found is None:
        raise AssertionError("a question with a saliency has an answer with one")
    table = pd.DataFrame({"label": answer.tokens.labels, "saliency": found.shares})
    table.index.name = "token"
    table.attrs = {"about": found.about, "prediction": found.prediction, "method": found.method}
    return table
