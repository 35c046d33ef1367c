"""What the columns that headwise itself writes into tables of heads mean, and in what unit."""

from __future__ import annotations

from typing import Final

TALLIES: Final = frozenset({"texts", "queries", "offset", "uniform", "baseline"})
"""Columns that are about the sample and not about the head: a view does not open with them."""

ABOUT: Final[dict[str, tuple[str, str]]] = {
    "texts": ("texts", "how many texts the head was measured on"),
    "queries": ("queries", "on how many queries the score stands"),
    "entropy": ("nats", "entropy of a row, mean over queries"),
    "spread": ("", "entropy over the most it could be: 0 one key, 1 all alike"),
    "confidence": ("", "largest weight of a row on a key that is not special"),
    "distance": ("tokens", "mean distance from query to key"),
    "previous": ("", "weight to the previous token"),
    "next": ("", "weight to the next token"),
    "self": ("", "weight to the token itself"),
    "first": ("", "weight to the first token"),
    "special": ("", "weight to special tokens"),
    "punctuation": ("", "weight to punctuation"),
    "sink": ("", "share of texts in which the first token is a sink"),
    "column": ("", "largest mean weight of any key"),
    "own_sentence": ("", "weight that stays in the query's sentence"),
    "variability": ("", "0 where attention depends on place alone"),
    "score": ("", "weight where the pattern wants it"),
    "baseline": ("", "what the best fixed offset would score"),
    "offset": ("tokens", "the best fixed offset"),
    "weight": ("", "weight from query to key"),
    "reverse": ("", "weight from key to query"),
    "uniform": ("", "what attending to all keys alike would give"),
    "prefix_matching": ("", "weight to the token behind an earlier place of this one"),
    "induction": ("", "weight to the token behind an earlier place of this one"),
    "copying": ("", "whether what is attended to becomes more likely"),
}
"""Unit and meaning, by the name of the column."""
