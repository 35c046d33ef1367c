"""What a person can ask of a live view: traits that are checked as a question is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from traitlets import Bool, Dict, Enum, HasTraits, TraitType, Unicode

from headwise.errors import InputError
from headwise.intervene import Question

if TYPE_CHECKING:
    from headwise.intervene.question import AblatedHead

Entry: TypeAlias = "str | tuple[str, str]"
"""A text, or a pair of texts."""

Replacements: TypeAlias = "dict[int, str | int]"

_MOST_TEXTS = 20
_PAIR = 2


def _as_json(value: object, _view: object) -> object:
    return value


def _pairs_to_json(value: Mapping[int, str | int], _view: object) -> list[list[str | int]]:
    return [[place, text] for place, text in sorted(value.items())]


class TokenNumbers(TraitType["list[int]", "Iterable[int]"]):
    """Numbers of tokens of the text as it was typed, in rising order, each once."""

    info_text = "a list of token numbers"

    def __init__(self, field: Literal["masked", "blocked"], help: str) -> None:  # noqa: A002 - traitlets'
        self._field = field
        super().__init__(help=help)

    def make_dynamic_default(self) -> list[int]:
        """Start with no tokens."""
        return []

    def validate(self, obj: Any, value: Any) -> list[int]:  # noqa: ANN401, ARG002 - traitlets' own
        return list(getattr(Question("", **{self._field: value}), self._field))


class HeadsOff(TraitType["list[tuple[Any, ...]]", "Iterable[tuple[Any, ...]]"]):
    """Heads as ``(layer, head)`` or ``(layer, head, block)``, each once."""

    info_text = "a list of (layer, head)"

    def make_dynamic_default(self) -> list[tuple[Any, ...]]:
        """Start with no heads."""
        return []

    def validate(self, obj: Any, value: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401, ARG002
        heads = Question("", ablated=value).ablated
        return [tuple(head) if head.block is not None else (head[0], head[1]) for head in heads]


class ReplacedTokens(TraitType[Replacements, "Mapping[int, str | int]"]):
    """Other tokens by the number of the old one; pairs of number and text are taken too."""

    info_text = "a dict of token number to text"

    def make_dynamic_default(self) -> Replacements:
        """Start with nothing replaced."""
        return {}

    def validate(self, obj: Any, value: Any) -> Replacements:  # noqa: ANN401, ARG002
        try:
            pairs: Any = value.items() if hasattr(value, "items") else value
            replaced: Any = tuple((place, text) for place, text in pairs)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"replaced must be a dict, as in {{4: 'dog'}}, not {value!r:.80}"
            ) from error
        return dict(Question("", replaced=replaced).replacements)


class EarlierTexts(TraitType["list[Entry]", "Iterable[Entry]"]):
    """Texts, and pairs of texts, each once, the newest first; at most 20."""

    info_text = "a list of texts"

    def make_dynamic_default(self) -> list[Entry]:
        """Start with no texts."""
        return []

    def validate(self, obj: Any, value: Any) -> list[Entry]:  # noqa: ANN401, ARG002
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            raise InputError(f"texts must be a list of texts, not {value!r:.80}")
        entries = [_entry(entry) for entry in cast("Iterable[object]", value)]
        return list(dict.fromkeys(entries))[:_MOST_TEXTS]


def _entry(value: object) -> Entry:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        texts = tuple(cast("Iterable[object]", value))
        if len(texts) == _PAIR and all(isinstance(text, str) for text in texts):
            return cast("tuple[str, str]", texts)
    raise InputError(f"a text is a string, or a pair of strings, not {value!r:.80}")


class LiveTraits(HasTraits):
    """What is asked, and what came of it."""

    text = Unicode(help="The text that the model reads.").tag(sync=True)
    text_pair: Unicode[str | None, str | bytes | None] = Unicode(
        None, allow_none=True, help="The second sentence of a pair."
    ).tag(sync=True)
    target: Unicode[str | None, str | bytes | None] = Unicode(
        None, allow_none=True, help="What the decoder has written so far."
    ).tag(sync=True)
    texts: EarlierTexts = EarlierTexts(help="Texts asked before, the newest first.").tag(sync=True)
    masked: TokenNumbers = TokenNumbers(
        "masked", help="Tokens that the mask token stands for."
    ).tag(sync=True)
    blocked: TokenNumbers = TokenNumbers(
        "blocked", help="Tokens that no other token attends to."
    ).tag(sync=True)
    ablated: HeadsOff = HeadsOff(help="Heads that are switched off in the model.").tag(
        sync=True, to_json=_as_json
    )
    ablation = Enum(
        ("zero", "mean"), "zero", help="What stands for the output of such a head."
    ).tag(sync=True)
    replaced: ReplacedTokens = ReplacedTokens(help="Other tokens by number.").tag(
        sync=True, to_json=_pairs_to_json
    )
    saliency = Enum(
        (None, "gradient", "values"), None, help="How it is said which tokens matter."
    ).tag(sync=True)
    # Written by Python alone.
    busy = Bool(default_value=False, help="Whether the model is asked.").tag(
        sync=True, echo_update=False
    )
    _said: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)
    _failure: Dict[str, str] = Dict().tag(sync=True, echo_update=False)
    _run: Dict[str, int] = Dict().tag(sync=True, echo_update=False)
    _trace_b: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)

    def question_now(self) -> Question:
        """Make the question of the values of the traits."""
        return Question(
            self.text,
            self.text_pair,
            self.target,
            replaced=tuple(self.replaced.items()),
            masked=tuple(self.masked),
            blocked=tuple(self.blocked),
            ablated=cast("tuple[AblatedHead, ...]", tuple(self.ablated)),
            ablation=cast("Any", self.ablation),
            saliency=cast("Any", self.saliency),
        )


def values_of(question: Question) -> dict[str, Any]:
    """Name the values of the traits that ask this question."""
    return {
        "text": question.text,
        "text_pair": question.text_pair,
        "target": question.target,
        "masked": list(question.masked),
        "blocked": list(question.blocked),
        "ablated": list(question.ablated),
        "ablation": question.ablation,
        "replaced": dict(question.replacements),
        "saliency": question.saliency,
    }
