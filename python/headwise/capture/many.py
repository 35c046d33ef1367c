"""Traces of many texts, one after the other, in memory that does not grow."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from headwise.capture.forward import trace
from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from headwise.capture.plan import StoredType
    from headwise.capture.protocols import Model, Tokenizer
    from headwise.trace import Trace

# Texts are sorted by length over this many batches, so that batches need little padding.
_BATCHES_AHEAD = 16


def traces(
    model: Model,
    tokenizer: Tokenizer,
    texts: Iterable[str],
    *,
    batch_size: int = 16,
    layers: Iterable[int] | None = None,
    values: bool = False,
    dtype: StoredType = "float32",
) -> Iterator[Trace]:
    """Trace many texts, one after the other.

    Parameters
    ----------
    model, tokenizer
        As for :func:`headwise.trace`.
    texts
        Any iterable of texts; it is read a few batches ahead.
    batch_size
        Texts that run through the model together.
    layers, values, dtype
        As for :func:`headwise.trace`.

    Yields
    ------
    Trace
        One a text, in the order of the texts.

    Raises
    ------
    InputError
        If `batch_size` is below 1, or as :func:`headwise.trace`.

    Examples
    --------
    >>> table = headwise.head_metrics(headwise.traces(model, tokenizer, texts))
    """
    if batch_size < 1:
        raise InputError(f"batch_size must be 1 or more, not {batch_size}")
    if isinstance(texts, str):
        raise InputError("texts must be several texts: for a single one call headwise.trace")
    kept = None if layers is None else list(layers)

    def run(batch: list[str]) -> Iterable[Trace]:
        return trace(
            model, tokenizer, batch, layers=kept, values=values, dtype=dtype, progress=False
        )

    return _in_order(run, iter(texts), batch_size)


def _in_order(
    run: Callable[[list[str]], Iterable[Trace]], texts: Iterator[str], batch_size: int
) -> Iterator[Trace]:
    while ahead := list(islice(texts, batch_size * _BATCHES_AHEAD)):
        by_length = sorted(range(len(ahead)), key=lambda place: len(ahead[place]))
        found: dict[int, Trace] = {}
        for start in range(0, len(ahead), batch_size):
            places = by_length[start : start + batch_size]
            found.update(zip(places, run([ahead[place] for place in places]), strict=True))
        for place in range(len(ahead)):
            yield found.pop(place)
