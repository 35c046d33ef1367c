"""From logits to predictions, and the distance of two distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.tensors import to_numpy
from headwise.capture.tokenize import piece_scheme
from headwise.errors import NoPredictionHead
from headwise.intervene.answer import Difference, Predictions
from headwise.intervene.kinds import class_labels
from headwise.labels import guess_scheme, piece_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.answer import HeadKind
    from headwise.intervene.encode import Encoded
    from headwise.record import Floats

# Rows of a large vocabulary are read a few at a time.
_AT_ONCE = 2**24


def rows_of(kind: HeadKind, outputs: Any) -> torch.Tensor:  # noqa: ANN401 - the model's own type
    """Return the logits of one text, (rows, classes).

    Raises
    ------
    NoPredictionHead
        If the model returned none.
    """
    logits = getattr(outputs, "logits", None)
    if not isinstance(logits, torch.Tensor):
        raise NoPredictionHead("the model returned no logits, so there is nothing to show")
    return logits[:1].detach() if kind == "classes" else logits[0].detach()


def predictions(
    model: Model,
    tokenizer: Tokenizer,
    kind: HeadKind,
    logits: torch.Tensor,
    encoded: Encoded,
    top: int,
) -> Predictions:
    """Read the most probable entries of each row."""
    count = min(top, logits.shape[-1])
    own = _own(kind, encoded, len(logits))
    ids: list[np.ndarray[Any, Any]] = []
    best: list[Floats] = []
    actual: list[Floats] = []
    entropy: list[Floats] = []
    for start, rows in _pieces(logits):
        logs = rows.log_softmax(-1)
        values, places = logs.topk(count, dim=-1)
        ids.append(places.cpu().numpy())
        best.append(to_numpy(values.exp()))
        entropy.append(to_numpy(-(logs.exp() * logs.nan_to_num(neginf=0.0)).sum(-1)))
        wanted = own[start : start + len(rows)].to(logs.device)
        found = logs.gather(-1, wanted.clamp(min=0)[:, None])[:, 0].exp()
        actual.append(to_numpy(found.masked_fill(wanted < 0, float("nan"))))
    numbers = np.concatenate(ids).astype(np.int64)
    tokens = None if kind == "classes" else encoded.tokens
    return Predictions(
        kind=kind,
        tokens=encoded.target if kind == "target" else tokens,
        ids=numbers,
        labels=_labels(model, tokenizer, kind, numbers),
        probabilities=np.concatenate(best),
        own=np.concatenate(actual),
        entropy=np.concatenate(entropy),
    )


def difference(before: torch.Tensor, after: torch.Tensor, rows: Sequence[int]) -> Difference:
    """Compare the rows of two runs; `rows` names the row of `after` for each of `before`."""
    kl: list[np.ndarray[Any, Any]] = []
    first: list[np.ndarray[Any, Any]] = []
    index = torch.tensor(rows)
    for start, plain in _pieces(before):
        wanted = index[start : start + len(plain)]
        there = (wanted >= 0).to(plain.device)
        changed = after[wanted.clamp(min=0).to(after.device)].float().to(plain.device)
        one, other = plain.log_softmax(-1), changed.log_softmax(-1)
        missing = ~there
        kl.append(to_numpy(divergence(one, other).masked_fill(missing, float("nan"))))
        best = one.argmax(-1, keepdim=True)
        found = other.gather(-1, best)[:, 0].exp()
        first.append(to_numpy(found.masked_fill(missing, float("nan"))))
    return Difference(tuple(rows), np.concatenate(kl), np.concatenate(first))


def divergence(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the Kullback-Leibler divergence of `other` from `one`, both log-probabilities."""
    terms = one.exp() * (one - other)
    return terms.masked_fill(one.isneginf(), 0.0).sum(-1).clamp(min=0)


def vocabulary_labels(tokenizer: Tokenizer, numbers: Sequence[int]) -> list[str]:
    """Return labels of vocabulary entries, each for itself, as tokens carry them."""
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(list(numbers))]
    scheme = piece_scheme(tokenizer) or guess_scheme(pieces)
    special = set(tokenizer.all_special_ids)
    return [
        piece_labels([piece], scheme, verbatim=[number in special])[0]
        for number, piece in zip(numbers, pieces, strict=True)
    ]


def _pieces(logits: torch.Tensor) -> list[tuple[int, torch.Tensor]]:
    size = max(1, _AT_ONCE // max(1, logits.shape[-1]))
    return [(start, logits[start : start + size].float()) for start in range(0, len(logits), size)]


def _own(kind: HeadKind, encoded: Encoded, count: int) -> torch.Tensor:
    """Return the entry that stands in the text for each row; -1 where there is none."""
    own = [-1] * count
    if kind == "masked":
        for number, places in zip(encoded.ids, encoded.places, strict=True):
            if len(places) == 1:
                own[places[0]] = number
    elif kind in ("next", "target"):
        tokens = encoded.target if kind == "target" else encoded.tokens
        following = () if tokens is None else tokens.ids[1:]
        own[: len(following)] = following
    return torch.tensor(own)


def _labels(
    model: Model, tokenizer: Tokenizer, kind: HeadKind, ids: np.ndarray[Any, Any]
) -> tuple[tuple[str, ...], ...]:
    numbers = [int(number) for number in np.unique(ids)]
    if kind in ("classes", "tags"):
        known = class_labels(model)
        names = {number: known.get(number, f"class {number}") for number in numbers}
    else:
        # Embeddings are often longer than the vocabulary, padded to a round number.
        there = [number for number in numbers if number < len(tokenizer)]
        names = {number: f"id {number}" for number in numbers}
        names.update(zip(there, vocabulary_labels(tokenizer, there), strict=True))
    return tuple(tuple(names[int(number)] for number in row) for row in cast("Any", ids))
