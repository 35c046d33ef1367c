"""Tokens as they are shown: labels, words, sentences and which of them are special."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from headwise.errors import InputError
from headwise.labels import SPACE, words_from_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIRST_PART = re.compile(r" 1/([2-9]\d*|1\d+)\Z")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one side of an attention, all columns of the same length N.

    Parameters
    ----------
    labels
        What is shown: ``"cat"``, ``"##lls"``, ``"␣cat"`` for a piece with a leading space,
        ``"😀 1/3"`` for a part of one character, ``"⏎"`` for a newline, ``"⇥"`` for a tab.
    ids
        Vocabulary numbers, -1 where unknown.
    words
        Running word number over the whole text; every special token is a word of its own.
    segments
        0 for sentence A, 1 for sentence B. A special token belongs to the sentence it follows.
    special
        Which tokens the tokenizer added, such as ``[CLS]``.
    generated
        Which tokens the model wrote itself; empty where it wrote none.

    Raises
    ------
    InputError
        If the columns differ in length or hold something else than named here.
    """

    labels: tuple[str, ...]
    ids: tuple[int, ...]
    words: tuple[int, ...]
    segments: tuple[int, ...]
    special: tuple[bool, ...]
    generated: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if not any(self.generated):
            object.__setattr__(self, "generated", ())
        named = {**_COLUMNS, "generated": bool} if self.generated else _COLUMNS
        for name, kind in named.items():
            column = tuple(_column(getattr(self, name), name, kind))
            if len(column) != len(self.labels):
                raise InputError(
                    f"{len(self.labels)} token labels came with {len(column)} {name}: "
                    "give one for each token"
                )
            object.__setattr__(self, name, column)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def segment_count(self) -> int:
        """How many sentences there are: 1 or 2 for a text or a pair."""
        return max(self.segments, default=0) + 1

    def word_labels(self) -> tuple[str, ...]:
        """Join the pieces of every word, without ``##``, ``␣`` and the marks of parts.

        Returns
        -------
        tuple of str
            One text for each word, in the order in which the words first appear.
        """
        pieces: dict[int, list[str]] = {}
        for label, word in zip(self.labels, self.words, strict=True):
            pieces.setdefault(word, []).append(label)
        return tuple(_join(labels) for labels in pieces.values())

    def to_json(self) -> dict[str, list[object]]:
        """Return the columns that a browser needs as plain lists.

        The entry ``generated`` is there only if the model wrote some of the tokens.
        """
        columns: dict[str, list[object]] = {
            "labels": list(self.labels),
            "words": list(self.words),
            "segments": list(self.segments),
            "special": list(self.special),
        }
        return {**columns, "generated": list(self.generated)} if self.generated else columns

    @classmethod
    def from_json(cls, value: Mapping[str, Sequence[object]]) -> Tokens:
        """Read tokens from :meth:`to_json`; an entry ``ids`` is taken where there is one.

        Raises
        ------
        InputError
            If a column is missing or does not fit the others.
        """
        if missing := sorted(_COLUMNS.keys() - value.keys() - {"ids"}):
            raise InputError(f"tokens lack the entries {', '.join(missing)}")
        return cls(
            labels=cast("tuple[str, ...]", tuple(value["labels"])),
            ids=cast("tuple[int, ...]", value.get("ids", (-1,) * len(value["labels"]))),
            words=cast("tuple[int, ...]", value["words"]),
            segments=cast("tuple[int, ...]", value["segments"]),
            special=cast("tuple[bool, ...]", value["special"]),
            generated=cast("tuple[bool, ...]", tuple(value.get("generated", ()))),
        )

    @classmethod
    def from_labels(
        cls,
        labels: Iterable[str],
        *,
        ids: Iterable[int] | None = None,
        words: Iterable[int] | None = None,
        segments: Iterable[int] | None = None,
        special: Iterable[bool] | None = None,
    ) -> Tokens:
        """Make tokens from labels that are shown as they are.

        Parameters
        ----------
        labels
            One label a token.
        ids, segments, special
            The other columns; unknown, all sentence A and none special where not given.
        words
            Word numbers. Where not given, pieces that start with ``##`` join the word before
            them; where a label starts with ``␣``, words start at those labels.

        Raises
        ------
        InputError
            If the columns differ in length.
        """
        shown = cast("tuple[str, ...]", tuple(_column(labels, "labels", str)))
        marks = (False,) * len(shown) if special is None else tuple(special)
        return cls(
            labels=shown,
            ids=(-1,) * len(shown) if ids is None else tuple(ids),
            words=words_from_labels(shown, marks) if words is None else tuple(words),
            segments=(0,) * len(shown) if segments is None else tuple(segments),
            special=marks,
        )


_COLUMNS: dict[str, type] = {
    "labels": str,
    "ids": int,
    "words": int,
    "segments": int,
    "special": bool,
}


def _column(values: object, name: str, kind: type) -> Iterable[object]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InputError(f"token {name} must be a list, not {values!r}")
    for value in cast("Iterable[object]", values):
        if type(value) is not kind:
            raise InputError(f"token {name} must be {kind.__name__}, but one is {value!r}")
        yield value


def _join(labels: Sequence[str]) -> str:
    word = ""
    place = 0
    while place < len(labels):
        label = labels[place]
        count = _parts_from(labels, place)
        if count:
            word += label.rpartition(" ")[0]
        else:
            inside = place > 0 and label.startswith("##") and len(label) > len("##")
            word += label.removeprefix("##") if inside else label
        place += count or 1
    return word.strip(SPACE) or word


def _parts_from(labels: Sequence[str], start: int) -> int:
    """Count the parts of one character that begin at `start`, 0 where none do."""
    first = _FIRST_PART.search(labels[start])
    if first is None:
        return 0
    count = int(first[1])
    parts = labels[start : start + count]
    marked = all(part.endswith(f" {number}/{count}") for number, part in enumerate(parts, 1))
    return count if marked and len(parts) == count else 0
