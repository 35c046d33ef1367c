"""Patterns of attention as the cells that a head of that name would fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from headwise.errors import InputError
from headwise.metrics.measures import is_punctuation

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from headwise.masks import Bools
    from headwise.tokens import Tokens

    Marker: TypeAlias = Callable[[Tokens], Bools]


def previous_token(tokens: Tokens) -> Bools:
    """Key i - 1 of query i."""
    return np.eye(len(tokens), k=-1, dtype=np.bool_)


def next_token(tokens: Tokens) -> Bools:
    """Key i + 1 of query i."""
    return np.eye(len(tokens), k=1, dtype=np.bool_)


def same_place(tokens: Tokens) -> Bools:
    """Key i of query i."""
    return np.eye(len(tokens), dtype=np.bool_)


def first_token(tokens: Tokens) -> Bools:
    """Key 0, of every query but the first."""
    cells = np.zeros((len(tokens), len(tokens)), np.bool_)
    cells[1:, :1] = True
    return cells


def special(tokens: Tokens) -> Bools:
    """Keys that the tokenizer added."""
    return _every_query(np.array(tokens.special, np.bool_))


def punctuation(tokens: Tokens) -> Bools:
    """Keys of punctuation only."""
    return _every_query(is_punctuation(tokens))


def same_token(tokens: Tokens) -> Bools:
    """Other places of the token of the query, before and behind it; special tokens left out."""
    cells = _equal(tokens)
    np.fill_diagonal(cells, val=False)
    return cells


def induction(tokens: Tokens) -> Bools:
    """Mark the key behind an earlier place of the query's token.

    Olsson et al. 2022, "prefix matching", with the erratum of 2022-09-20: the token that follows
    the earlier one, not the one before it.
    """
    cells = np.zeros((len(tokens), len(tokens)), np.bool_)
    # From two places back on: behind the place just before the query is the query itself.
    cells[:, 1:] = np.tril(_equal(tokens), -2)[:, :-1]
    return cells


PATTERNS: Final[dict[str, Marker]] = {
    "previous_token": previous_token,
    "next_token": next_token,
    "self": same_place,
    "first_token": first_token,
    "special": special,
    "punctuation": punctuation,
    "same_token": same_token,
    "induction": induction,
}
"""The patterns of :func:`headwise.find_heads` that are cells; ``"broad"`` is none."""


def cells_of(marker: Marker, tokens: Tokens) -> Bools:
    """Ask a marker for its cells and check them.

    Raises
    ------
    InputError
        If it does not return one bool for each query and key.
    """
    count = len(tokens)
    cells: object = marker(tokens)
    found = np.asarray(cells)
    if found.shape != (count, count) or found.dtype != np.bool_:
        raise InputError(
            f"the pattern {getattr(marker, '__name__', marker)!r} must return bools of shape "
            f"({count}, {count}) for {count} tokens, not {found.dtype} of shape {found.shape}"
        )
    return found


def _equal(tokens: Tokens) -> Bools:
    """Pairs of the same ordinary token: by number where numbers are known, else by label."""
    known = all(number >= 0 for number in tokens.ids)
    names = np.array(tokens.ids) if known else np.array(tokens.labels)
    ordinary = ~np.array(tokens.special, np.bool_)
    equal = names[:, None] == names
    return equal & ordinary[:, None] & ordinary


def _every_query(keys: Bools) -> Bools:
    return np.broadcast_to(keys, (len(keys), len(keys))).copy()
