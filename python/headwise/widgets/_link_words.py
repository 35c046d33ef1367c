"""What a link says in words where something is not in the other view."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from headwise.widgets._mapping import NoBlock, NoHeads, NoToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headwise.selection import Head
    from headwise.widgets._base import BaseView
    from headwise.widgets._mapping import Mapped

LinkNote: TypeAlias = "dict[str, str]"
"""One note in a view: ``fact``, and a ``sentence`` that says more."""

_NAMED = 3
_ROW = 3


class Wording:
    """How one side calls the other, and from which number it counts.

    Parameters
    ----------
    source, target : BaseView
        The view whose selection was carried over, and the one that lacks some of it.
    at_source : bool
        Whether the words are for a reader of the source.
    base : int
        What is shown for the first layer and head.
    """

    def __init__(self, source: BaseView, target: BaseView, *, at_source: bool, base: int) -> None:
        names = [view.trace.meta.get("model_type", "") for view in (source, target)]
        known = all(names) and names[0] != names[1]
        self._at_source = at_source
        self._other = names[1 if at_source else 0] if known else "the other view"
        self._base = base

    def notes(self, found: Mapped) -> list[LinkNote]:
        """Say each gap, and what stays linked in spite of it."""
        return [self._note(gap, found) for gap in found.gaps]

    def _note(self, gap: NoBlock | NoHeads | NoToken, found: Mapped) -> LinkNote:
        if isinstance(gap, NoBlock):
            said = f"Block {gap.block!r}"
            more = f"{self._it_has} {_listed([repr(name) for name in gap.there])}."
            return {"fact": self._missing(said, 1), "sentence": f"{more} Nothing is linked there."}
        if isinstance(gap, NoHeads):
            return self._heads(gap, found)
        said = f"{gap.side.capitalize()} {gap.number} {gap.label!r}"
        more = (
            f"{self._it_has} {gap.length} tokens"
            if gap.found is None
            else f"Token {gap.number} is {gap.found!r} {'there' if self._at_source else 'here'}"
        )
        return {"fact": self._missing(said, 1), "sentence": f"{more}, so no {gap.side} is locked."}

    def _heads(self, gap: NoHeads, found: Mapped) -> LinkNote:
        layers = sorted({head.layer for head in gap.heads})
        one = layers[0]
        if len(layers) > 1:
            said, count = _pairs(gap.heads, self._base), len(gap.heads)
            more = _all_heads(gap, self._base)
        elif one >= len(gap.counts):
            said, count = f"Layer {one + self._base}", 1
            more = _layers(gap, self._base)
        else:
            numbers = [str(head.head + self._base) for head in gap.heads]
            said, count = f"Head{'s' * (len(numbers) > 1)} {_listed(numbers)}", len(numbers)
            more = _heads_of(gap, one, self._base)
        fact = self._missing(said, count, "not captured in" if gap.exist else "not in")
        kept = ["layer"] if found.layer is not None else []
        if found.selection is not None and found.selection.heads:
            kept.append("the other heads")
        kept += [] if any(isinstance(gap, NoToken) for gap in found.gaps) else ["tokens"]
        stays = f" {_listed(kept).capitalize()} stay{'s' * (kept == ['layer'])} linked."
        return {"fact": fact, "sentence": f"{self._it_has} {more}.{stays if kept else ''}"}

    @property
    def _it_has(self) -> str:
        return "It has" if self._at_source else "This view has"

    def _missing(self, said: str, count: int, how: str = "not in") -> str:
        verb = "is" if count == 1 else "are"
        if self._at_source:
            return f"{said} {verb} {how} {self._other}"
        return f"{said} of {self._other} {verb} {how} this view"


def sentences(notes: Iterable[LinkNote]) -> list[str]:
    """Write notes as lines of text, each once."""
    return list(dict.fromkeys(f"{note['fact']}. {note['sentence']}" for note in notes))


def _pairs(heads: Sequence[Head], base: int) -> str:
    named = [f"({head.layer + base}, {head.head + base})" for head in heads[:_NAMED]]
    more = len(heads) - len(named)
    return f"Heads {_listed([*named, f'{more} more'] if more else named)}"


def _all_heads(gap: NoHeads, base: int) -> str:
    there = [len(heads) for heads in gap.captured]
    if there == list(gap.counts):
        return f"{len(there)} layers of {_range(there)} heads"
    return f"{_counted(sum(there), 'head')}, of {_layers(gap, base)}"


def _layers(gap: NoHeads, base: int) -> str:
    return _numbered("layer", [layer for layer, heads in enumerate(gap.captured) if heads], base)


def _heads_of(gap: NoHeads, layer: int, base: int) -> str:
    there, count = gap.captured[layer], gap.counts[layer]
    if not there:
        return _layers(gap, base)
    if len(there) < count:
        return f"{_numbered('head', there, base)} of layer {layer + base}"
    alike = len(set(gap.counts)) == 1
    return f"{_counted(count, 'head')}{'' if alike else f' in layer {layer + base}'}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _numbered(what: str, numbers: Sequence[int], base: int) -> str:
    """Name rising numbers, three or more in a row by their ends: "heads 0 to 3, 7 and 8"."""
    if not numbers:
        return f"no {what}s"
    words: list[str] = []
    for _, run in groupby(enumerate(numbers), key=lambda entry: entry[1] - entry[0]):
        row = [number + base for _, number in run]
        words += [f"{row[0]} to {row[-1]}"] if len(row) >= _ROW else map(str, row)
    return f"{what}{'s' * (len(numbers) > 1)} {_listed(words)}"


def _listed(words: Sequence[str]) -> str:
    *first, last = words or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def _range(counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    return str(most) if least == most else f"{least} to {most}"
