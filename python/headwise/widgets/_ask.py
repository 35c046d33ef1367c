"""Whether a view is of a trace or of a model: a trace is shown, a model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from headwise.errors import InputError
from headwise.trace import Trace

if TYPE_CHECKING:
    from headwise.intervene.question import Question


def question_of(
    source: object,
    tokenizer: object,
    text: str | None,
    text_pair: str | None,
    **changes: Any,  # noqa: ANN401 - fields of a question, checked when it is made
) -> Question | None:
    """Make the question that opens a live view; None where a trace is shown.

    Raises
    ------
    InputError
        A trace is given with what only a model can be asked, or a model without its tokenizer or
        text; and as :class:`headwise.Question`.
    """
    changes = {name: _read_once(value) for name, value in changes.items()}
    fields = {"tokenizer": tokenizer, "text": text, "text_pair": text_pair, **changes}
    given = [name for name, value in fields.items() if not _untouched(name, value)]
    if not given:
        return None
    if isinstance(source, Trace):
        raise InputError(
            f"{given[0]} is for a view with a model behind it, and a trace is a record that cannot "
            "be asked: give the model, its tokenizer and the text in place of the trace"
        )
    if tokenizer is None or text is None:
        raise InputError(
            "a view with a model behind it takes the model, its tokenizer and a text, as in "
            "head_view(model, tokenizer, 'The cat is very sad.')"
        )
    from headwise.intervene import Question  # noqa: PLC0415 - only where a model is asked

    return Question(text, text_pair, **changes)


def _read_once(value: object) -> object:
    """Return the items of an iterable, which may give them only once; a mapping as it is."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        return cast("object", value)
    return tuple(cast("Iterable[object]", value))


def _untouched(name: str, value: object) -> bool:
    """Whether a keyword asks for nothing: None, no items, or heads set to zero."""
    if name == "ablation":
        return isinstance(value, str) and value == "zero"
    return value is None or (isinstance(value, (tuple, Mapping)) and not value)
