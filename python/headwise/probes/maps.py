"""What a probe of trees reads of a sentence: word maps, right heads, and what is scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError
from headwise.probes.data import ROOT, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from headwise.probes.words import WordTrace


@dataclass(frozen=True, slots=True, eq=False)
class WordMaps:
    """A sentence of W words as K heads see it.

    Attributes
    ----------
    tree
        Words and heads.
    maps
        float32, (K, W, W), as :meth:`WordTrace.weights` gives them.
    special
        float32, (K, W): what each word gives to tokens that are of no word.
    gold
        int, (W,): the head of each word, W for the root.
    known
        bool, (W,): words that have a token, and so can be a head.
    scored
        bool, (W,): words that count: known, no punctuation, with a head that is known.
    """

    tree: Tree
    maps: NDArray[np.float32]
    special: NDArray[np.float32]
    gold: NDArray[np.int64]
    known: NDArray[np.bool_]
    scored: NDArray[np.bool_]


def tree_of(each: WordTrace) -> Tree:
    """Return the tree of a sentence that was read, or raise InputError where it has none."""
    if not isinstance(each.sentence, Tree):
        raise InputError("relations need sentences with trees: read them with read_conllu")
    return each.sentence


def word_maps(
    traces: Iterable[WordTrace], block: str | None
) -> tuple[list[WordMaps], tuple[int, ...]]:
    """Read sentences with at least two words of which one is scored, and the heads by layer.

    Raises
    ------
    InputError
        If a sentence has no tree, weights are missing, or numbers of heads differ.
    """
    found: list[WordMaps] = []
    layout: tuple[int, ...] = ()
    for each in traces:
        tree = tree_of(each)
        heads = tuple(record.heads for record in each.trace.block(block).records)
        if layout and heads != layout:
            raise InputError(
                f"{tree.name or 'a sentence'} has {sum(heads)} heads, the first has {sum(layout)}: "
                "give traces of one model"
            )
        layout = heads
        sentence = _maps(each, tree, block)
        if len(tree.words) > 1 and sentence.scored.any():
            found.append(sentence)
    return found, layout


def _maps(each: WordTrace, tree: Tree, block: str | None) -> WordMaps:
    maps = each.weights(block)
    known = each.known
    heads = np.array(tree.heads, np.int64)
    words = len(heads)
    gold = np.where(heads == ROOT, words, heads)
    scored = known & ~np.array(tree.punctuation, np.bool_) & np.append(known, True)[gold]
    special = (1 - maps.sum(axis=2)) * known
    return WordMaps(tree, maps, special, gold, known, scored)
