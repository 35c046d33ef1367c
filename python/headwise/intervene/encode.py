"""From a question to the model's inputs: tokens replaced and masked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.capture.blocks import Side
from headwise.capture.inputs import check_ids, check_tokenizer, two_sided
from headwise.capture.plain import tokens_from_ids
from headwise.capture.sides import from_texts
from headwise.capture.tokenize import piece_scheme
from headwise.errors import InputError, NoMaskToken, OutOfRange
from headwise.labels import guess_scheme, starts_word
from headwise.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.capture.sides import Prepared
    from headwise.intervene.question import Question

_MARKS = {"bytes": "Ġ", "metaspace": "▁"}
_TRIES = 20


@dataclass(frozen=True)
class Encoded:
    """A question as inputs of a model.

    Parameters
    ----------
    prepared
        Inputs with the tokens of source and target.
    original
        Tokens of the source as it was typed.
    places
        For each of them, its tokens in the inputs.
    mask
        Vocabulary number of the mask token; None where the tokenizer has none.
    """

    prepared: Prepared
    original: Tokens
    places: tuple[tuple[int, ...], ...]
    mask: int | None = None

    @property
    def tokens(self) -> Tokens:
        """Tokens of the source in this run."""
        return cast("tuple[Side, ...]", self.prepared.source)[0].tokens

    @property
    def target(self) -> Tokens | None:
        """Tokens that the decoder of an encoder-decoder model reads."""
        return None if self.prepared.target is None else self.prepared.target[0].tokens

    @property
    def ids(self) -> list[int]:
        """Vocabulary numbers of the source as it was typed."""
        return list(self.original.ids)

    def now(self, numbers: Sequence[int]) -> list[int]:
        """Return the tokens of this run that tokens as typed became."""
        return [place for number in numbers for place in self.places[number]]


def encode(model: Model, tokenizer: Tokenizer, question: Question) -> Encoded:
    """Encode a question for a model.

    Raises
    ------
    InputError
        If a text is empty or longer than the model's positions, or a replacement is no token.
    OutOfRange
        If a token that is masked, blocked or replaced does not exist.
    NoMaskToken
        If a token is masked and the tokenizer has no mask token.
    """
    check_tokenizer(tokenizer)
    prepared = _prepare(model, tokenizer, question)
    side = cast("tuple[Side, ...]", prepared.source)[0]
    original = side.tokens
    _check_places(question, original, prepared)
    new: dict[int, list[int]] = {}
    for place, text in question.replacements:
        new[place] = _pieces(tokenizer, original, place, text)
    if question.masked:
        new.update({place: [mask_token(tokenizer)] for place in question.masked})
    mask = _mask_number(tokenizer)
    if not new:
        return Encoded(prepared, original, tuple((place,) for place in range(len(original))), mask)
    source, order, places = _spliced(tokenizer, original, new)
    inputs = _reordered(prepared.inputs, source, order, len(original))
    check_ids(model, tokenizer, inputs)
    return Encoded(
        replace(prepared, inputs=inputs, source=(Side.unpadded(source),)), original, places, mask
    )


def mask_token(tokenizer: Tokenizer) -> int:
    """Return the number of the mask token.

    Raises
    ------
    NoMaskToken
        If there is none.
    """
    number = _mask_number(tokenizer)
    if number is not None:
        return number
    raise NoMaskToken(
        f"the tokenizer ({type(tokenizer).__name__}) has no mask token: block attention to the "
        "token instead, with blocked=[...]"
    )


def _mask_number(tokenizer: Tokenizer) -> int | None:
    number = getattr(tokenizer, "mask_token_id", None)
    return number if isinstance(number, int) else None


def _prepare(model: Model, tokenizer: Tokenizer, question: Question) -> Prepared:
    target, only_start = question.target, False
    if two_sided(model) and not target:
        target, only_start = question.text, True  # a stand-in, of which the start token is kept
    prepared = _patiently(
        lambda: from_texts(
            model,
            tokenizer,
            [question.text],
            None if question.text_pair is None else [question.text_pair],
            None if target is None else [target],
        )
    )
    if not only_start or prepared.target is None:
        return prepared
    inputs = {
        name: value[:, :1] if name.startswith("decoder_") else value
        for name, value in prepared.inputs.items()
    }
    start = tokens_from_ids(tokenizer, prepared.target[0].tokens.ids[:1])
    return replace(prepared, inputs=inputs, target=(Side.unpadded(start),))


def _patiently(encode_now: Any) -> Prepared:  # noqa: ANN401 - a function without arguments
    """Encode again while another thread holds the tokenizer, which then says "borrowed"."""
    for _ in range(_TRIES):
        try:
            return cast("Prepared", encode_now())
        except RuntimeError as error:
            if "borrowed" not in str(error):
                raise
    return cast("Prepared", encode_now())


def _check_places(question: Question, tokens: Tokens, prepared: Prepared) -> None:
    replaced = [place for place, _ in question.replacements]
    target = () if prepared.target is None else prepared.target[0].tokens.labels
    for name, places, labels in (
        ("masked", question.masked, tokens.labels),
        ("replaced", replaced, tokens.labels),
        ("blocked", question.blocked, tokens.labels),
        ("blocked_target", question.blocked_target, target),
    ):
        for place in places:
            if place >= len(labels):
                there = f"tokens 0 to {len(labels) - 1}" if labels else "no target"
                raise OutOfRange(f"{name}: token {place} does not exist, the text has {there}")


def _pieces(tokenizer: Tokenizer, tokens: Tokens, place: int, text: str | int) -> list[int]:
    """Return the vocabulary numbers that stand for a token from now on."""
    if isinstance(text, int):
        entries = len(tokenizer)
        if not 0 <= text < entries:
            raise InputError(
                f"replaced: token id {text} does not exist, the vocabulary has 0 to {entries - 1}"
            )
        return [text]
    vocabulary: Any = cast("Any", tokenizer).get_vocab()
    before = [str(piece) for piece in tokenizer.convert_ids_to_tokens(list(tokens.ids))]
    old = before[place]
    scheme = piece_scheme(tokenizer) or guess_scheme(before)
    mark = _MARKS.get(scheme, "")
    word = starts_word(old, before[place - 1] if place else None, scheme)
    guesses = [text]
    if mark:
        spaced = old.startswith(mark)
        guesses = [mark + text.lstrip(" ")] if spaced or text.startswith(" ") else [text]
    elif scheme == "wordpiece" and not word:
        guesses = ["##" + text, text]
    for guess in guesses:
        if guess in vocabulary:
            return [int(vocabulary[guess])]
    leads = mark and guesses[0].startswith(mark)
    typed = " " + text.lstrip(" ") if leads and scheme == "bytes" else text
    ids = [int(number) for number in tokenizer(typed, add_special_tokens=False)["input_ids"]]
    if scheme == "metaspace" and not leads:
        ids = _inside_word(tokenizer, text, ids)
    if not ids:
        raise InputError(f"replaced: {text!r} leaves no token")
    return ids


def _inside_word(tokenizer: Tokenizer, text: str, ids: list[int]) -> list[int]:
    """Encode without the space that the tokenizer puts before every text."""
    model: Any = getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
    if model is None:
        return ids
    return [int(piece.id) for piece in model.tokenize(text.replace(" ", _MARKS["metaspace"]))]


def _spliced(
    tokenizer: Tokenizer, tokens: Tokens, new: Mapping[int, list[int]]
) -> tuple[Tokens, list[int], tuple[tuple[int, ...], ...]]:
    """Put new tokens in the place of old ones: also the old place of each, and the new ones."""
    ids: list[int] = []
    order: list[int] = []
    places: list[tuple[int, ...]] = []
    for place, number in enumerate(tokens.ids):
        taken = new.get(place, [number])
        places.append(tuple(range(len(ids), len(ids) + len(taken))))
        ids.extend(taken)
        order.extend([place] * len(taken))
    fresh = tokens_from_ids(tokenizer, ids)
    return (
        Tokens(
            labels=tuple(
                fresh.labels[at] if old in new else tokens.labels[old]
                for at, old in enumerate(order)
            ),
            ids=tuple(ids),
            words=tuple(tokens.words[old] for old in order),
            segments=tuple(tokens.segments[old] for old in order),
            special=tuple(
                fresh.special[at] if old in new else tokens.special[old]
                for at, old in enumerate(order)
            ),
        ),
        order,
        tuple(places),
    )


def _reordered(
    inputs: Mapping[str, torch.Tensor], tokens: Tokens, order: Sequence[int], count: int
) -> dict[str, torch.Tensor]:
    index = torch.tensor(order)
    made: dict[str, torch.Tensor] = {}
    for name, value in inputs.items():
        along = not name.startswith("decoder_") and tuple(value.shape) == (1, count)
        made[name] = value[:, index] if along else value
    made["input_ids"] = torch.tensor([tokens.ids])
    return made
