"""Labelled sentences: dependency trees, and pairs of words such as pronoun and antecedent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from headwise.errors import InputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

ROOT = -1
_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Tree:
    """A sentence with its dependency tree.

    Parameters
    ----------
    words
        The words, W of them.
    heads
        Number of the word that each depends on; -1 for the root.
    relations
        What each word is to its head: ``"det"``, ``"nsubj"``, …
    punctuation
        Which words are punctuation; these are left out of scores.
    name
        Where the sentence is from, for messages.

    Raises
    ------
    InputError
        If the columns differ in length, a head does not exist, there is not exactly one root, or
        the words go round in a circle.
    """

    words: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]
    punctuation: tuple[bool, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        count = len(self.words)
        if not self.punctuation:
            object.__setattr__(self, "punctuation", (False,) * count)
        columns = (self.heads, self.relations, self.punctuation)
        if not count or any(len(column) != count for column in columns):
            raise InputError(f"{self._said}: give a head and a relation for each of {count} words")
        outside = [head for head in self.heads if not ROOT <= head < count]
        if outside:
            raise InputError(f"{self._said}: head {outside[0]} is none of words 0 to {count - 1}")
        roots = [place for place, head in enumerate(self.heads) if head == ROOT]
        if len(roots) != 1:
            raise InputError(f"{self._said}: a tree has one root, this has {len(roots)}: {roots}")
        for start in range(count):
            seen: set[int] = set()
            place = start
            while place != ROOT:
                if place in seen:
                    raise InputError(
                        f"{self._said}: word {start} ({self.words[start]!r}) depends on itself in "
                        "a circle"
                    )
                seen.add(place)
                place = self.heads[place]

    @property
    def _said(self) -> str:
        return self.name or f"the sentence {' '.join(self.words[:8])!r}"


@dataclass(frozen=True, slots=True)
class PairSentence:
    """A text with pairs of words: a mention, such as a pronoun, and a word that it stands for.

    Parameters
    ----------
    words
        The words, W of them.
    pairs
        ``(mention, antecedent)`` as word numbers. A mention with several antecedents has several
        pairs; any of them is right.
    candidates
        Words among which the antecedent is sought, such as heads of noun phrases; empty for all
        words before the mention.
    name
        Where the text is from, for messages.

    Raises
    ------
    InputError
        If a number is outside the words, a word is its own antecedent, or an antecedent is none
        of the candidates.
    """

    words: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    candidates: tuple[int, ...] = field(default=())
    name: str = ""

    def __post_init__(self) -> None:
        said = self.name or f"the text {' '.join(self.words[:8])!r}"
        numbers = [number for pair in self.pairs for number in pair] + list(self.candidates)
        outside = [number for number in numbers if not 0 <= number < len(self.words)]
        if outside:
            raise InputError(
                f"{said}: label {outside[0]} is outside its words 0 to {len(self.words) - 1}"
            )
        for mention, antecedent in self.pairs:
            if mention == antecedent:
                raise InputError(f"{said}: word {mention} cannot be its own antecedent")
            if self.candidates and antecedent not in self.candidates:
                raise InputError(f"{said}: antecedent {antecedent} is none of its candidates")


def read_conllu(path: str | os.PathLike[str], *, skip_broken: bool = False) -> list[Tree]:
    """Read the trees of a CoNLL-U file.

    Parameters
    ----------
    path
        The file, UTF-8. Multi-word tokens (``3-4``) and empty nodes (``8.1``) are passed over:
        the words of a tree are its syntactic words.
    skip_broken
        Leave out sentences whose tree is broken instead of raising.

    Returns
    -------
    list of Tree
        Relations without their subtype: ``nsubj`` for ``nsubj:pass``.

    Raises
    ------
    InputError
        If the file cannot be read, or a tree is broken; the message names the sentence.
    """
    from conllu import parse  # noqa: PLC0415 - only where such a file is read
    from conllu.exceptions import ParseException  # noqa: PLC0415

    text = _read(path)
    try:
        sentences = parse(text)
    except ParseException as error:
        raise InputError(f"{path} is no CoNLL-U file: {error}") from error
    trees: list[Tree] = []
    for number, sentence in enumerate(sentences):
        try:
            trees.append(_tree(cast("Any", sentence), f"sentence {number} of {Path(path).name}"))
        except InputError:
            if not skip_broken:
                raise
    return trees


def read_pairs(path: str | os.PathLike[str]) -> list[PairSentence]:
    r"""Read texts with pairs of words from a JSON Lines or a tab-separated file.

    Parameters
    ----------
    path
        ``.jsonl``: one object a line, ``{"words": ["The", "cat", …], "pairs": [[5, 1]],
        "candidates": [1]}``, the last optional. Any other ending: tab-separated lines ``words in
        their order, separated by spaces <tab> mention <tab> antecedent``, numbers from 0; lines
        with the same words join. Lines that are empty or start with ``#`` are passed over.

    Returns
    -------
    list of PairSentence

    Raises
    ------
    InputError
        If the file cannot be read or a line is not of this form; the message names the line.
    """
    lines = [
        (number, line)
        for number, line in enumerate(_read(path).splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    read = _from_json if Path(path).suffix == ".jsonl" else _from_tsv
    return list(read(lines, Path(path).name))


def _read(path: str | os.PathLike[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error


def _tree(sentence: Sequence[Any], name: str) -> Tree:
    words = [token for token in sentence if isinstance(token["id"], int)]
    place = {token["id"]: number for number, token in enumerate(words)}
    heads: list[int] = []
    for token in words:
        head = token["head"]
        if head != 0 and head not in place:
            raise InputError(f"{name}: the head {head!r} of {token['form']!r} is no word of it")
        heads.append(ROOT if head == 0 else place[head])
    return Tree(
        words=tuple(str(token["form"]) for token in words),
        heads=tuple(heads),
        relations=tuple(str(token["deprel"]).partition(":")[0] for token in words),
        punctuation=tuple(token["upos"] == "PUNCT" for token in words),
        name=name,
    )


def _from_json(lines: Sequence[tuple[int, str]], file: str) -> Iterator[PairSentence]:
    for number, line in lines:
        name = f"line {number} of {file}"
        try:
            entry = json.loads(line)
            words = tuple(str(word) for word in entry["words"])
            pairs = tuple((int(first), int(second)) for first, second in entry["pairs"])
            candidates = tuple(int(word) for word in entry.get("candidates", ()))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f'{name}: expected {{"words": [...], "pairs": [[mention, antecedent]]}}: {error!r}'
            ) from error
        yield PairSentence(words, pairs, candidates, name)


def _from_tsv(lines: Sequence[tuple[int, str]], file: str) -> Iterator[PairSentence]:
    found: dict[str, list[tuple[int, int]]] = {}
    names: dict[str, str] = {}
    for number, line in lines:
        name = f"line {number} of {file}"
        columns = line.split("\t")
        try:
            words, mention, antecedent = columns
            pair = int(mention), int(antecedent)
        except ValueError as error:
            raise InputError(
                f"{name}: expected words, mention and antecedent, separated by tabs: {error}"
            ) from error
        found.setdefault(words, []).append(pair)
        names.setdefault(words, name)
    for words, pairs in found.items():
        yield PairSentence(tuple(words.split()), tuple(pairs), (), names[words])
