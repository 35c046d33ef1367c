"""A tokenizer's strings, without the tokenizer, as tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from headwise.errors import InputError
from headwise.labels import guess_scheme, piece_labels, starts_word, words_from_labels
from headwise.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.labels import Scheme

_SPECIAL = re.compile(
    r"\[(?:CLS|SEP|PAD|BOS|EOS)\]|</?s>|<(?:pad|bos|eos|cls|sep)>|<\|[^|<>]*\|>|<\uff5c[^\uff5c<>]*\uff5c>"
)


def read_tokens(
    tokens: object,
    count: int,
    *,
    name: str = "tokens",
    prompt: int | None = None,
    sentence_b_start: object = None,
) -> Tokens:
    """Make tokens of what was given for one side of an attention.

    Parameters
    ----------
    tokens
        Tokens, or a tokenizer's strings; None for the numbers of the places.
    count
        How many there are in the weights.
    name
        The argument, for messages.
    prompt
        How many tokens a generation began with; the last generated token, which no row is of,
        may be there or not.
    sentence_b_start
        Place of the first token of sentence B.

    Raises
    ------
    InputError
        If it is something else, or `sentence_b_start` is not inside the text.
    """
    if tokens is None:
        shown = Tokens.from_labels(map(str, range(count)), words=range(count))
    elif isinstance(tokens, Tokens):
        shown = tokens
    else:
        shown = tokens_from_pieces(strings(tokens, name))
    if prompt is not None:
        if len(shown) == count + 1:
            shown = _first(shown, count)
        if len(shown) == count and not any(shown.generated):
            shown = replace(shown, generated=tuple(place >= prompt for place in range(count)))
    return shown if sentence_b_start is None else in_sentences(shown, sentence_b_start)


def strings(tokens: object, name: str) -> list[str]:
    """Check a list of token strings.

    Raises
    ------
    InputError
        If it is one string, no list, or a list of something else, such as token ids.
    """
    if isinstance(tokens, (str, bytes)) or not isinstance(tokens, Iterable):
        raise InputError(f"{name} must be a list of labels, not one {type(tokens).__name__}")
    found = list(cast("Iterable[object]", tokens))
    for place, token in enumerate(found):
        if not isinstance(token, str):
            raise InputError(
                f"{name} must be strings, but {name}[{place}] is {type(token).__name__}: "
                "tokenizer.convert_ids_to_tokens(ids) makes strings of token ids"
            )
    return [str(token) for token in found]


def tokens_from_pieces(pieces: Sequence[str], *, pretty: bool = True) -> Tokens:
    """Read labels, words and special tokens from a tokenizer's strings alone.

    Parameters
    ----------
    pieces
        As ``tokenizer.convert_ids_to_tokens`` returns them.
    pretty
        Show ``␣cat`` for ``Ġcat`` or ``▁cat``, and decode byte-level letters; the strings as they
        are otherwise.
    """
    special = [_SPECIAL.fullmatch(piece) is not None for piece in pieces]
    scheme = guess_scheme([piece for piece, mark in zip(pieces, special, strict=True) if not mark])
    labels = piece_labels(pieces, scheme, verbatim=special)
    if scheme == "plain":
        words = words_from_labels(labels, special)
    else:
        words = _words(pieces, special, scheme)
    return Tokens.from_labels(labels if pretty else pieces, words=words, special=special)


def in_sentences(tokens: Tokens, sentence_b_start: object) -> Tokens:
    """Say where sentence B starts.

    Raises
    ------
    InputError
        If that is not inside the text.
    """
    last = len(tokens) - 1
    start: Any = getattr(sentence_b_start, "item", lambda: sentence_b_start)()
    if not isinstance(start, int) or isinstance(start, bool) or not 0 < start <= last:
        raise InputError(
            f"sentence_b_start is {start!r}, but there are {len(tokens)} tokens: give the place of "
            f"the first token of sentence B, 1 to {last}"
        )
    return replace(tokens, segments=tuple(int(place >= start) for place in range(len(tokens))))


def _words(pieces: Sequence[str], special: Sequence[bool], scheme: Scheme) -> list[int]:
    words: list[int] = []
    for place, piece in enumerate(pieces):
        before = place - 1
        apart = place == 0 or special[place] or special[before]
        fresh = apart or starts_word(piece, pieces[before], scheme)
        words.append((words[-1] if words else -1) + fresh)
    return words


def _first(tokens: Tokens, count: int) -> Tokens:
    columns = ("labels", "ids", "words", "segments", "special", "generated")
    return Tokens(**{name: getattr(tokens, name)[:count] for name in columns})
