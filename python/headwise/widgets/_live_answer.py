"""An answer in words and numbers that the page reads, and where its tokens are in another run."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from headwise.errors import HeadwiseError
from headwise.labels import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headwise.intervene.answer import Answer, Predictions
    from headwise.record import AttentionRecord
    from headwise.selection import Selection
    from headwise.tokens import Tokens
    from headwise.trace import Trace

_MOVED: Final = 8
"""Heads that are named because their attention changed the most."""

_MOST_WEIGHTS: Final = 30_000_000
"""Weights of a run above which its change of attention is not worked out unasked."""


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """Describe an answer as JSON values; weights travel by themselves."""
    question, found = answer.question, answer.predictions
    keys = _token_keys(answer.trace)
    typed = answer if answer.plain is None else answer.plain
    return {
        "text": question.text,
        "text_pair": question.text_pair,
        "target": question.target,
        "masked": list(question.masked),
        "blocked": list(question.blocked),
        "ablated": [list(head if head.block else head[:2]) for head in question.ablated],
        "ablation": question.ablation,
        "replaced": [[place, text] for place, text in question.replacements],
        "source": keys.get(answer.tokens, ""),
        "typed": [on_one_line(label) for label in typed.tokens.labels],
        "places": [list(places) for places in answer.places],
        "abilities": {
            "predicts": answer.abilities.predicts,
            "no_predictions": answer.abilities.no_predictions,
            "no_masking": answer.abilities.no_masking,
            "no_blocking": answer.abilities.no_blocking,
        },
        "predictions": None if found is None else _predicted(found, keys),
        "before": _before(answer),
        "moved": _moved(answer),
        "saliency": _saliency(answer),
        "notes": [on_one_line(note) for note in answer.notes],
        "seconds": _number(answer.seconds),
    }


def selection_in(selection: Selection, old: Answer, new: Answer) -> Selection:
    """Take a selection from one run to the next.

    A token of the same text stays where it went; one of another text stays where the same label
    stands at the same place.
    """
    block = new.trace.block(selection.block)
    before = old.trace.block(selection.block)
    places: dict[str, int | None] = {}
    for side, number, ours, theirs in (
        ("query", selection.query, before.query_tokens, block.query_tokens),
        ("key", selection.key, before.key_tokens, block.key_tokens),
    ):
        places[side] = None if number is None else _place(number, ours, theirs, old, new)
    heads = tuple(
        head
        for head in selection.heads
        if head.layer < block.layers and head.head in block.record(head.layer).captured
    )
    same = block.query_tokens == before.query_tokens and block.key_tokens == before.key_tokens
    return replace(
        selection,
        heads=heads,
        query=places["query"],
        key=places["key"],
        query_range=selection.query_range if same else None,
        key_range=selection.key_range if same else None,
    )


def _place(number: int, ours: Tokens, theirs: Tokens, old: Answer, new: Answer) -> int | None:
    one, other = old.question, new.question
    same_text = (one.text, one.text_pair) == (other.text, other.text_pair)
    if same_text and ours == old.tokens and theirs == new.tokens:
        typed = next((at for at, now in enumerate(old.places) if number in now), None)
        return None if typed is None else new.places[typed][0]
    found = theirs.labels[number] if number < len(theirs) else None
    return number if found == ours.labels[number] else None


def _token_keys(trace: Trace) -> dict[Tokens, str]:
    """Name token lists as :func:`headwise.wire.describe.describe` does."""
    keys: dict[Tokens, str] = {}
    for block in trace.blocks.values():
        for tokens in (block.query_tokens, block.key_tokens):
            keys.setdefault(tokens, str(len(keys)))
    return keys


def _predicted(found: Predictions, keys: dict[Tokens, str]) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "words": found.words,
        "tokens": None if found.tokens is None else keys.get(found.tokens, ""),
        "rows": [
            [[on_one_line(label), _number(p)] for label, p in zip(labels, row, strict=True)]
            for labels, row in zip(found.labels, found.probabilities, strict=True)
        ],
        "own": [_number(p) for p in found.own],
    }


def _before(answer: Answer) -> list[list[Any] | None] | None:
    """Say, for each row of this run, what came first in the plain one and what became of it."""
    plain, difference, now = answer.plain, answer.difference, answer.predictions
    if plain is None or plain.predictions is None or difference is None or now is None:
        return None
    found: list[list[Any] | None] = [None] * len(now)
    for row, at in enumerate(difference.rows):
        if at < 0:
            continue
        found[at] = [
            on_one_line(plain.predictions.labels[row][0]),
            _number(plain.predictions.probabilities[row, 0]),
            _number(difference.first[row]),
            _number(difference.kl[row]),
        ]
    return found


def _moved(answer: Answer) -> list[list[Any]] | None:
    """Name the heads whose attention changed the most, with how far; None where it is not known."""
    if answer.plain is None:
        return []
    blocks = answer.trace.blocks.values()
    if sum(_weights(block.records) for block in blocks) > _MOST_WEIGHTS:
        return None
    rows: list[list[Any]] = []
    for block in blocks:
        try:
            moved = answer.attention_change(block.name)
        except HeadwiseError:
            return None
        layers, heads = np.nonzero(moved > 0)
        rows += [
            [block.name, int(layer), int(head), _number(moved[layer, head])]
            for layer, head in zip(layers, heads, strict=True)
        ]
    return sorted(rows, key=lambda row: -row[3])[:_MOVED]


def _weights(records: Sequence[AttentionRecord]) -> int:
    return sum(record.heads * record.query_count * record.key_count for record in records)


def _saliency(answer: Answer) -> dict[str, Any] | None:
    found = answer.saliency
    if found is None:
        return None
    return {
        "shares": _numbers(found.shares),
        "method": found.method,
        "about": found.about,
        "prediction": on_one_line(found.prediction),
    }


def _numbers(values: Iterable[Any]) -> list[float | None]:
    return [_number(value) for value in values]


def _number(value: Any) -> float | None:  # noqa: ANN401 - any number
    number = float(value)
    return float(f"{number:.7g}") if math.isfinite(number) else None
