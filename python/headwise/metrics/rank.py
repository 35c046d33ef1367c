"""Which heads tie two tokens of one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headwise.errors import InputError, OutOfRange
from headwise.metrics.index import of_block, ranked_heads

if TYPE_CHECKING:
    import pandas as pd

    from headwise.metrics.running import Doubles
    from headwise.record import AttentionRecord
    from headwise.tokens import Tokens
    from headwise.trace import Trace

_COLUMNS = ("weight", "reverse", "uniform")
_MARKS = "␣"


def rank_heads(
    trace: Trace, *, query: int | str, key: int | str, block: str | None = None
) -> pd.DataFrame:
    """Rank heads by the weight from one token, or word, to another.

    Parameters
    ----------
    trace
        One text. A large weight in one text is an example; :func:`headwise.find_heads` asks
        whether a head does it as a rule.
    query, key
        A token's number; its label, with or without the marks ``##`` and ``␣``; or a word of
        several pieces. Weights *to* a word's pieces are summed, weights *from* them averaged
        (Clark et al. 2019, section 4.1).
    block
        Name of the block; None for the default one.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``, the largest ``weight`` first, heads that were not captured left
        out.

        ``weight``
            From query to key.
        ``reverse``
            From key to query; NaN where a token does not see the other, and in cross-attention.
        ``uniform``
            What a head that attends to all keys alike gives the key.

    Raises
    ------
    OutOfRange
        If there is no such block or token.
    InputError
        If a name stands for several places of the text: the message names their numbers.
    """
    shown = trace.block(block)
    rows = _places(query, shown.query_tokens, "query")
    columns = _places(key, shown.key_tokens, "key")
    square = shown.name != "cross" and shown.query_tokens == shown.key_tokens
    found: list[Doubles] = []
    for record in shown.records:
        back = _between(record, columns, rows) if square else np.full(record.heads, np.nan)
        uniform = np.full(record.heads, _uniform(record, rows, columns))
        found.append(np.stack([_between(record, rows, columns), back, uniform], axis=1))
    values = np.concatenate(found)
    heads = [record.heads for record in shown.records]
    captured = [head in record.captured for record in shown.records for head in range(record.heads)]
    columns = {name: values[:, place] for place, name in enumerate(_COLUMNS)}
    table = ranked_heads(columns, heads, "weight", np.array(captured))
    return of_block(table, shown.name)


def _between(record: AttentionRecord, rows: list[int], columns: list[int]) -> Doubles:
    """Return the mean over rows of the weight to all columns: (H,), NaN where none is seen."""
    allowed = record.allowed(rows)
    if allowed is not None and not allowed[:, columns].any():
        return np.full(record.heads, np.nan)
    weights = record.weights(queries=rows, keys=columns).astype(np.float64)
    return weights.sum(axis=2).mean(axis=1)


def _uniform(record: AttentionRecord, rows: list[int], columns: list[int]) -> float:
    allowed = record.allowed(rows)
    if allowed is None:
        return len(columns) / record.key_count
    seen = np.maximum(allowed.sum(axis=1), 1)
    return float((allowed[:, columns].sum(axis=1) / seen).mean())


def _places(wanted: int | str, tokens: Tokens, side: str) -> list[int]:
    if isinstance(wanted, str):
        return _named(wanted, tokens, side)
    if not 0 <= wanted < len(tokens):
        raise OutOfRange(f"{side} {wanted} does not exist: there are tokens 0 to {len(tokens) - 1}")
    return [wanted]


def _named(name: str, tokens: Tokens, side: str) -> list[int]:
    single = [[place] for place, label in enumerate(tokens.labels) if label == name]
    words: dict[int, list[int]] = {}
    for place, word in enumerate(tokens.words):
        words.setdefault(word, []).append(place)
    labels = tokens.word_labels()
    whole = [places for label, places in zip(labels, words.values(), strict=True) if label == name]
    bare = [[place] for place, label in enumerate(tokens.labels) if _bare(label) == name]
    for found in (single, whole, bare):
        if len(found) == 1:
            return found[0]
        if found:
            places = ", ".join(str(each[0]) for each in found)
            raise InputError(
                f"{side} {name!r} stands at {len(found)} places of this text: give one of the "
                f"numbers {places}"
            )
    shown = ", ".join(repr(label) for label in tokens.labels[:20])
    raise OutOfRange(f"{side} {name!r} is no token or word of this text: it begins {shown}")


def _bare(label: str) -> str:
    return label.removeprefix("##") if label.startswith("##") else label.strip(_MARKS)
