"""A tokenizer's encoding as tokens: labels, words, sentences and special tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.errors import InputError
from headwise.labels import guess_scheme, piece_labels, starts_word
from headwise.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.capture.protocols import Encoding, Inputs, Tokenizer
    from headwise.labels import Scheme, Span

# Names of the tokenizers library's own parts, and how pieces look under them.
_PART_SCHEMES: dict[str, Scheme] = {
    "ByteLevel": "bytes",
    "WordPiece": "wordpiece",
    "Metaspace": "metaspace",
    "ByteFallback": "metaspace",
    "BPEDecoder": "word-end",
}
_NOT_INPUTS = frozenset({"offset_mapping", "special_tokens_mask"})


def tokenize(
    tokenizer: Tokenizer, text: str, text_pair: str | None = None
) -> tuple[Inputs, Tokens]:
    """Encode one text or pair.

    Returns
    -------
    inputs
        What the model takes, as tensors of batch size one.
    tokens
        The same tokens as they are shown.

    Raises
    ------
    InputError
        If a sentence leaves no token.
    """
    encoding = _encoded(tokenizer, text, text_pair, return_tensors="pt")
    tokens = _tokens(tokenizer, encoding, text, text_pair)
    inputs = {
        name: value
        for name in encoding.keys()  # noqa: SIM118  (an encoding iterates over something else)
        if name not in _NOT_INPUTS and isinstance(value := encoding[name], torch.Tensor)
    }
    return inputs, tokens


def read_tokens(tokenizer: Tokenizer, text: str, text_pair: str | None = None) -> Tokens:
    """Encode one text or pair as :func:`tokenize` does, for its tokens alone."""
    return _tokens(tokenizer, _encoded(tokenizer, text, text_pair), text, text_pair)


def _encoded(tokenizer: Tokenizer, text: str, text_pair: str | None, **options: str) -> Encoding:
    fast = getattr(tokenizer, "is_fast", False)
    more = {"return_offsets_mapping": True} if fast else {}
    return cast(
        "Encoding", tokenizer(text, text_pair, return_special_tokens_mask=True, **more, **options)
    )


def _tokens(tokenizer: Tokenizer, encoding: Encoding, text: str, text_pair: str | None) -> Tokens:
    tokens = tokens_from_encoding(tokenizer, encoding, text, text_pair)
    for number, sentence in enumerate([text] if text_pair is None else [text, text_pair]):
        name = "text_pair" if number else "text"
        if not any(
            not special and segment == number
            for special, segment in zip(tokens.special, tokens.segments, strict=True)
        ):
            raise InputError(
                f"{name} leaves no token: {sentence[:40]!r} has nothing but space or marks that "
                "the tokenizer drops"
            )
    return tokens


def tokens_from_encoding(
    tokenizer: Tokenizer, encoding: Encoding, text: str, text_pair: str | None = None
) -> Tokens:
    """Read labels, words, sentences and special tokens from an encoding of one text or pair.

    Pieces of a byte-level or SentencePiece vocabulary are decoded; pieces that share a character
    carry a part mark. A tokenizer without offsets is read by the writing of its pieces.
    """
    ids = _numbers(encoding["input_ids"])
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(ids)]
    special = _special(tokenizer, encoding, ids)
    scheme = piece_scheme(tokenizer) or guess_scheme(pieces)
    if encoding.is_fast:
        sentences = list(encoding.sequence_ids(0))
        words = list(encoding.word_ids(0))
        labels = _labels_by_sentence(
            pieces,
            scheme,
            stand_for_themselves(tokenizer, ids, special),
            encoding,
            (text, text_pair or ""),
        )
    else:
        sentences = _sentences_without_offsets(tokenizer, encoding, special, text)
        words = [None] * len(ids)
        labels = list(
            piece_labels(pieces, scheme, verbatim=stand_for_themselves(tokenizer, ids, special))
        )
    segments = _segments(sentences, special)
    return Tokens(
        labels=tuple(labels),
        ids=tuple(ids),
        words=tuple(word_numbers(pieces, scheme, special, segments, words)),
        segments=tuple(segments),
        special=tuple(special),
    )


def _labels_by_sentence(
    pieces: Sequence[str],
    scheme: Scheme,
    verbatim: Sequence[bool],
    encoding: Encoding,
    texts: tuple[str, str],
) -> list[str]:
    """Label sentence by sentence: offsets count from the start of each."""
    offsets = encoding["offset_mapping"]
    if isinstance(offsets, torch.Tensor):
        offsets = cast("Any", offsets[0]).tolist()
    spans = [(int(start), int(stop)) for start, stop in offsets]
    sentences = list(encoding.sequence_ids(0))
    labels: list[str] = []
    start = 0
    while start < len(pieces):
        stop = start + 1
        while stop < len(pieces) and sentences[stop] == sentences[start]:
            stop += 1
        places: list[Span] = spans[start:stop]
        labels.extend(
            piece_labels(
                pieces[start:stop],
                scheme,
                verbatim=verbatim[start:stop],
                text=texts[sentences[start] or 0],
                spans=places,
            )
        )
        start = stop
    return labels


def _numbers(column: Any) -> list[int]:
    row = column[0] if isinstance(column, torch.Tensor) else column
    return [int(number) for number in row]


def _special(tokenizer: Tokenizer, encoding: Encoding, ids: Sequence[int]) -> list[bool]:
    kept = {getattr(tokenizer, name, None) for name in ("mask_token_id", "unk_token_id")}
    known = set(tokenizer.all_special_ids) - kept
    added = _numbers(encoding["special_tokens_mask"])
    return [bool(mark) or number in known for mark, number in zip(added, ids, strict=True)]


def stand_for_themselves(
    tokenizer: Tokenizer, ids: Sequence[int], special: Sequence[bool]
) -> list[bool]:
    """Mark tokens that stand for themselves: special, unknown and mask tokens, added words."""
    known = {*tokenizer.all_special_ids, *_added(tokenizer)}
    return [mark or number in known for mark, number in zip(special, ids, strict=True)]


def _added(tokenizer: Tokenizer) -> set[int]:
    words: Any = getattr(tokenizer, "added_tokens_decoder", {})
    return set(words)


def piece_scheme(tokenizer: Tokenizer) -> Scheme | None:
    """Read from the decoder, the pre-tokenizer or the model how pieces are written."""
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    for part in (getattr(backend, name, None) for name in ("decoder", "pre_tokenizer")):
        names = _part_names(part)
        for name, scheme in _PART_SCHEMES.items():
            if name in names:
                return scheme
    model = type(getattr(backend, "model", None)).__name__
    return "wordpiece" if model == "WordPiece" else None


def _part_names(part: Any) -> set[str]:
    if part is None:
        return set()
    found: set[str] = set()
    waiting: list[Any] = [json.loads(part.__getstate__())]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            entries = cast("dict[str, Any]", value)
            found.add(str(entries.get("type")))
            waiting.extend(entries.values())
        elif isinstance(value, list):
            waiting.extend(cast("list[Any]", value))
    return found


def _sentences_without_offsets(
    tokenizer: Tokenizer, encoding: Encoding, special: Sequence[bool], text: str
) -> list[int | None]:
    if "token_type_ids" in encoding and any(types := _numbers(encoding["token_type_ids"])):
        return [None if mark else kind for mark, kind in zip(special, types, strict=True)]
    first = len(_numbers(tokenizer(text, add_special_tokens=False)["input_ids"]))
    sentences: list[int | None] = []
    seen = 0
    for mark in special:
        sentences.append(None if mark else int(seen >= first))
        seen += not mark
    return sentences


def _segments(sentences: Sequence[int | None], special: Sequence[bool]) -> list[int]:
    segments: list[int] = []
    for sentence, mark in zip(sentences, special, strict=True):
        before = segments[-1] if segments else 0
        segments.append(before if sentence is None or mark else sentence)
    return segments


def word_numbers(
    pieces: Sequence[str],
    scheme: Scheme,
    special: Sequence[bool],
    segments: Sequence[int],
    words: Sequence[int | None],
) -> list[int]:
    """Give numbers to words over the whole text: tokenizers start again in the second sentence."""
    numbers: list[int] = []
    for place, piece in enumerate(pieces):
        before = place - 1
        fresh = (
            place == 0
            or special[place]
            or special[before]
            or segments[place] != segments[before]
            or words[place] != words[before]
        )
        if not fresh and (words[place] is None or scheme == "metaspace"):
            fresh = starts_word(piece, pieces[before], scheme)
        last = numbers[-1] if numbers else -1
        numbers.append(last + 1 if fresh else last)
    return numbers
