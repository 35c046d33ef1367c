"""Rules that turn a tokenizer's pieces into labels a person can read.

A tokenizer writes its pieces in one of a few alphabets, called *scheme* here:

``"wordpiece"``
    ``##`` marks a piece inside a word. Shown as it is.
``"bytes"``
    Byte-level BPE: every byte is one printable character (``Ġ`` is a space).
``"metaspace"``
    SentencePiece: ``▁`` is a space, and ``<0xF0>`` a byte that no piece covers.
``"word-end"``
    ``</w>`` ends a word.
``"joint"``
    ``@@`` at the end of a piece says that the word goes on.
``"plain"``
    None of these: the slice of the text that the piece covers, or else the piece.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Scheme = Literal["wordpiece", "bytes", "metaspace", "word-end", "joint", "plain"]
Span = tuple[int, int]

SPACE = "␣"
_GLYPHS = str.maketrans({" ": SPACE, "\u00a0": SPACE, "\n": "⏎", "\r": "␍", "\t": "⇥"})
_METASPACE = "▁"
_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_ENDINGS: dict[Scheme, str] = {"word-end": "</w>", "joint": "@@"}
_INVISIBLE = ("C", "Z")
_LINE_ENDS = {"\n": "⏎", "\r": "␍", "\t": "⇥", "\u0085": "⏎", "\u2028": "⏎", "\u2029": "⏎"}
_CONTROLS = str.maketrans(
    {chr(code): chr(0x2400 + code) for code in range(0x20)}
    | {"\x7f": "␡"}
    | {chr(code): f"U+{code:04X}" for code in range(0x80, 0xA0)}
    | {chr(code): f"U+{code:04X}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
    | _LINE_ENDS
)
"""Controls and what turns the direction of the text around it (Unicode's embeddings, overrides
and isolates); marks that a script needs, such as the joiners, stay."""


def piece_labels(
    pieces: Sequence[str],
    scheme: Scheme,
    *,
    verbatim: Sequence[bool] | None = None,
    text: str = "",
    spans: Sequence[Span] | None = None,
) -> tuple[str, ...]:
    """Make one label for each piece.

    Parameters
    ----------
    pieces
        The tokenizer's own strings.
    scheme
        How they are written.
    verbatim
        Pieces that are not decoded, such as special tokens; none where not given.
    text, spans
        The text, and the characters ``(start, stop)`` of it that each piece covers. Used where
        a piece alone says nothing.

    Returns
    -------
    tuple of str
        Pieces that together make one character carry the same text and a part mark:
        ``"😀 1/3"``, ``"😀 2/3"``, ``"😀 3/3"``.
    """
    kept = [False] * len(pieces) if verbatim is None else verbatim
    places = [(0, 0)] * len(pieces) if spans is None else spans
    if scheme in ("bytes", "metaspace"):
        return _from_bytes(pieces, scheme, kept, [text[start:stop] for start, stop in places])
    if scheme == "plain":
        return _from_spans(pieces, kept, text, places)
    ending = _ENDINGS.get(scheme, "")
    return tuple(
        visible(piece if keep else piece.removesuffix(ending) or piece)
        for piece, keep in zip(pieces, kept, strict=True)
    )


def guess_scheme(pieces: Sequence[str]) -> Scheme:
    """Tell from the pieces alone how they are written."""
    if any(piece.startswith("##") and len(piece) > len("##") for piece in pieces):
        return "wordpiece"
    if any(_METASPACE in piece or _BYTE_TOKEN.fullmatch(piece) for piece in pieces):
        return "metaspace"
    if any("Ġ" in piece or "Ċ" in piece for piece in pieces):
        return "bytes"
    for scheme, ending in _ENDINGS.items():
        if any(piece.endswith(ending) and piece != ending for piece in pieces):
            return scheme
    return "plain"


def visible(text: str) -> str:
    """Replace what cannot be seen: spaces, newlines and tabs by glyphs, other marks by name."""
    shown = text.translate(_GLYPHS)
    if shown and all(unicodedata.category(letter)[0] in _INVISIBLE for letter in shown):
        return "".join(f"U+{ord(letter):04X}" for letter in shown)
    return shown or SPACE


def on_one_line(label: str) -> str:
    """Write a label for the screen: controls as signs, line ends as ``⏎`` and tabs as ``⇥``."""
    return label.translate(_CONTROLS)


def starts_word(piece: str, previous: str | None, scheme: Scheme) -> bool:
    """Whether `piece` begins a new word after `previous`, judged by its writing alone."""
    if previous is None:
        return True
    if scheme == "wordpiece":
        return not (piece.startswith("##") and len(piece) > len("##"))
    if scheme == "metaspace":
        return piece.startswith(_METASPACE) and previous != _METASPACE
    if scheme == "bytes":
        return piece[:1] in ("Ġ", "Ċ", "ĉ") or previous[-1:] in ("Ċ", "ĉ")
    if scheme == "word-end":
        return previous.endswith("</w>")
    return scheme != "joint" or not previous.endswith("@@")


def words_from_labels(labels: Sequence[str], special: Sequence[bool]) -> tuple[int, ...]:
    """Give word numbers to labels that are already in their shown form.

    Labels that start with ``##`` join the word before them. If any label starts with ``␣``,
    a word starts at each of those and runs up to the next.
    """
    spaced = any(label.startswith(SPACE) for label in labels)
    words: list[int] = []
    inside = False
    for label, alone in zip(labels, special, strict=False):
        joins = inside and not alone
        if spaced:
            joins = joins and not label.startswith(SPACE)
        else:
            joins = joins and label.startswith("##") and len(label) > len("##")
        number = words[-1] if words else -1
        words.append(number if joins else number + 1)
        inside = not alone
    return tuple(words)


def _byte_alphabet() -> dict[str, int]:
    """Return the printable character that byte-level BPE writes for each byte, reversed.

    The table of GPT-2 (Radford et al. 2019): printable Latin-1 stays, the rest moves to 256+.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in set(printable)]
    table = {chr(byte): byte for byte in printable}
    table.update({chr(256 + number): byte for number, byte in enumerate(moved)})
    return table


_BYTES = _byte_alphabet()


def _piece_bytes(piece: str, scheme: Scheme) -> bytes:
    if scheme == "metaspace":
        token = _BYTE_TOKEN.fullmatch(piece)
        if token is not None:
            return bytes([int(token[1], 16)])
        return piece.replace(_METASPACE, " ").encode("utf-8", "surrogatepass")
    text = piece.removesuffix("</w>") or piece  # CLIP marks the end of a word as well
    if all(letter in _BYTES for letter in text):
        return bytes(_BYTES[letter] for letter in text)
    return piece.encode("utf-8", "surrogatepass")


def _from_bytes(
    pieces: Sequence[str],
    scheme: Scheme,
    verbatim: Sequence[bool],
    covered: Sequence[str],
) -> tuple[str, ...]:
    labels: list[str] = []
    position = 0
    while position < len(pieces):
        if verbatim[position]:
            labels.append(visible(pieces[position]))
            position += 1
            continue
        group = _whole_characters(pieces, scheme, verbatim, position)
        if group is None:
            labels.append(visible(covered[position] or "\N{REPLACEMENT CHARACTER}"))
            position += 1
            continue
        count, text = group
        labels.extend(_parts(text, count))
        position += count
    return tuple(labels)


def _whole_characters(
    pieces: Sequence[str], scheme: Scheme, verbatim: Sequence[bool], start: int
) -> tuple[int, str] | None:
    """Find how many pieces from `start` on make whole characters, and the text they make."""
    collected = b""
    for position in range(start, len(pieces)):
        if verbatim[position]:
            return None
        collected += _piece_bytes(pieces[position], scheme)
        try:
            return position - start + 1, collected.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                return None
    return None


def _parts(text: str, count: int) -> list[str]:
    label = visible(text)
    if count == 1:
        return [label]
    later = label.lstrip(SPACE) or label
    marked = [label, *[later] * (count - 1)]
    return [f"{name} {number}/{count}" for number, name in enumerate(marked, start=1)]


def _from_spans(
    pieces: Sequence[str], verbatim: Sequence[bool], text: str, spans: Sequence[Span]
) -> tuple[str, ...]:
    labels: list[str] = []
    position = 0
    while position < len(pieces):
        start, stop = spans[position]
        if verbatim[position] or start >= stop:
            piece = pieces[position]
            labels.append(visible(piece))
            position += 1
            continue
        end = position + 1
        while end < len(pieces) and spans[end] == spans[position] and not verbatim[end]:
            end += 1
        labels.extend(_parts(text[start:stop], end - position))
        position = end
    return tuple(labels)
