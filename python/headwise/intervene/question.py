"""What is asked of a live model: a text, and what is changed in it and in the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from headwise.block import whole_number
from headwise.errors import InputError, OutOfRange

Ablation: TypeAlias = Literal["zero", "mean"]
SaliencyMethod: TypeAlias = Literal["gradient", "values"]

_ABLATIONS = ("zero", "mean")
_METHODS = ("gradient", "values")
_PLACES = ("masked", "blocked", "blocked_target")
_PAIR = 2
_WITH_BLOCK = 3


class AblatedHead(NamedTuple):
    """A head that is switched off.

    Attributes
    ----------
    layer, head
        Zero-based numbers.
    block
        Name of the block; None for the default one of the model.
    """

    layer: int
    head: int
    block: str | None = None


@dataclass(frozen=True)
class Question:
    """A text for a model, with what is changed in it and in the model; nothing runs yet.

    Token numbers are those of the text as it was typed, before anything is replaced.

    Parameters
    ----------
    text, text_pair
        The text, and the second sentence where there is one.
    target
        What the decoder of an encoder-decoder model has written so far; None for nothing yet.
    replaced
        Other tokens by number: a text, which may make several tokens, or a vocabulary number.
    masked
        Tokens that the mask token stands for; of a model that looks both ways.
    blocked
        Tokens that no other token attends to, in every layer (attention knockout, Geva et al.
        2023, "Dissecting Recall of Factual Associations", EMNLP). A token still sees itself.
        In an encoder-decoder model they are tokens of the source, for encoder and decoder.
    blocked_target
        The same for tokens of the target.
    ablated
        Heads that are switched off: ``(layer, head)`` or ``(layer, head, block)``.
    ablation
        What stands for the output of such a head, before the output projection: ``"zero"``, or
        ``"mean"`` for its mean over the tokens of the text; over those so far where the
        attention is causal.
    saliency
        Also say which tokens the prediction rests on: ``"gradient"`` for gradient times input,
        ``"values"`` for value zeroing; None for not.
    about
        The token whose prediction is explained; None for the one a person would mean.

    Raises
    ------
    InputError
        If a value is not of this form.
    OutOfRange
        If a token, layer or head is no number from 0 on.
    """

    text: str
    text_pair: str | None = None
    target: str | None = None
    replaced: Mapping[int, str | int] | tuple[tuple[int, str | int], ...] = ()
    masked: tuple[int, ...] = ()
    blocked: tuple[int, ...] = ()
    blocked_target: tuple[int, ...] = ()
    ablated: tuple[AblatedHead, ...] = ()
    ablation: Ablation = "zero"
    saliency: SaliencyMethod | None = None
    about: int | None = None

    def __post_init__(self) -> None:
        for name, optional in (("text", False), ("text_pair", True), ("target", True)):
            value = getattr(self, name)
            if not (isinstance(value, str) or (optional and value is None)):
                raise InputError(f"{name} must be one string, not {type(value).__name__}")
        for name in _PLACES:
            object.__setattr__(self, name, _places(getattr(self, name), name))
        object.__setattr__(self, "replaced", _replaced(self.replaced))
        object.__setattr__(self, "ablated", _ablated(self.ablated))
        check_ablation(self.ablation)
        if self.saliency is not None and self.saliency not in _METHODS:
            raise InputError(
                f"saliency must be 'gradient', 'values' or None, not {self.saliency!r}"
            )
        if self.about is not None:
            object.__setattr__(self, "about", _whole(self.about, "token in about"))

    @property
    def replacements(self) -> tuple[tuple[int, str | int], ...]:
        """The replaced tokens as pairs, by number."""
        return cast("tuple[tuple[int, str | int], ...]", self.replaced)

    @property
    def plain(self) -> Question:
        """The same text with nothing changed and nothing explained."""
        return Question(self.text, self.text_pair, self.target)

    @property
    def changes(self) -> bool:
        """Whether anything is changed, in the text or in the model."""
        return bool(self.replaced or self.masked or self.operates)

    @property
    def operates(self) -> bool:
        """Whether anything is changed in the model's attention."""
        return bool(self.blocked or self.blocked_target or self.ablated)

    def but(self, **changes: Any) -> Question:  # noqa: ANN401 - the fields, checked when made
        """Return the question with other fields, as :func:`dataclasses.replace` does."""
        return replace(self, **changes)


def check_ablation(value: object) -> None:
    """Raise InputError for what is no way to switch a head off."""
    if value not in _ABLATIONS:
        raise InputError(f"ablation must be 'zero' or 'mean', not {value!r}")


def _whole(value: object, name: str) -> int:
    number = whole_number(value, name)
    if number < 0:
        raise OutOfRange(f"a {name} is a number from 0 on, not {number}")
    return number


def _places(value: object, name: str) -> tuple[int, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise InputError(f"{name} must be token numbers, as in [4], not {value!r}")
    numbers = cast("Iterable[object]", value)
    return tuple(sorted({_whole(number, f"number in {name}") for number in numbers}))


def _replaced(value: object) -> tuple[tuple[int, str | int], ...]:
    pairs = cast("Mapping[object, object]", value).items() if isinstance(value, Mapping) else value
    found: dict[int, str | int] = {}
    for pair in cast("Iterable[Any]", pairs):
        place, text = pair
        if isinstance(text, bool) or not isinstance(text, (str, int)) or text == "":
            raise InputError(
                "replaced must give each token a text or a vocabulary number, as in "
                f"{{4: 'dog'}}, not {text!r}"
            )
        found[_whole(place, "number in replaced")] = text
    return tuple(sorted(found.items()))


def _ablated(value: object) -> tuple[AblatedHead, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise InputError(f"ablated must be pairs (layer, head), not {value!r}")
    found: dict[AblatedHead, None] = {}
    for entry in cast("Iterable[Any]", value):
        parts = () if isinstance(entry, (str, int)) else tuple(entry)
        block = parts[_PAIR] if len(parts) == _WITH_BLOCK else None
        if len(parts) not in (_PAIR, _WITH_BLOCK) or not (block is None or isinstance(block, str)):
            raise InputError(
                f"ablated must be pairs (layer, head), or (layer, head, block), not {entry!r}"
            )
        layer, head = (_whole(part, "layer or head in ablated") for part in parts[:_PAIR])
        found[AblatedHead(layer, head, block)] = None
    return tuple(found)
