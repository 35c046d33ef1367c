"""A trace's weights as an xarray.DataArray, for those who work with labelled arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from headwise.block import whole_number
from headwise.errors import BudgetError, HeadwiseError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import SupportsIndex

    import xarray as xr

    from headwise.block import Block
    from headwise.trace import Trace

MOST_BYTES: Final = 2_000_000_000
"""Bytes of weights that are made into one array, unless a limit is given."""


def to_xarray(
    trace: Trace,
    layers: Iterable[SupportsIndex] | None,
    heads: Iterable[SupportsIndex] | None,
    block: str | None,
    limit: int,
) -> xr.DataArray:
    """Compute weights as a labelled array; :meth:`headwise.Trace.to_xarray` says how.

    Raises
    ------
    HeadwiseError
        xarray is not installed.
    OutOfRange, InputError, BudgetError
        As the method says.
    """
    try:
        import xarray as xr  # noqa: PLC0415 - it may not be there
    except ImportError as error:
        raise HeadwiseError(
            "to_xarray needs xarray: run `pip install 'headwise[xarray]'`"
        ) from error
    found = trace.block(block)
    numbers = _layers(found, layers)
    columns = _heads(found, numbers, heads)
    queries, keys = len(found.query_tokens), len(found.key_tokens)
    nbytes = 4 * len(numbers) * len(columns) * queries * keys
    if nbytes > limit:
        raise BudgetError(
            f"{len(numbers)} layers of {len(columns)} heads over {queries} x {keys} tokens take "
            f"{nbytes} bytes, over the limit of {limit}: name fewer with layers= or heads=, or "
            "raise limit="
        )
    weights = np.full((len(numbers), len(columns), queries, keys), np.nan, np.float32)
    for place, layer in enumerate(numbers):
        there = set(found.record(layer).captured)
        for column, head in enumerate(columns):
            if head in there:
                weights[place, column] = trace.weights(layer, head, block=found.name)
    return xr.DataArray(
        weights,
        dims=("layer", "head", "query", "key"),
        coords={
            "layer": numbers,
            "head": columns,
            "query": np.arange(queries),
            "key": np.arange(keys),
            "query_token": ("query", _texts(found.query_tokens.labels)),
            "key_token": ("key", _texts(found.key_tokens.labels)),
        },
        name="weight",
        attrs={"block": found.name, "model": trace.meta.get("model_class", "")},
    )


def _layers(block: Block, given: Iterable[SupportsIndex] | None) -> list[int]:
    if given is None:
        return list(block.captured_layers)
    numbers = _numbers(given, "layer")
    for number in numbers:
        block.check_layer(number)
    return numbers


def _heads(block: Block, layers: list[int], given: Iterable[SupportsIndex] | None) -> list[int]:
    there = {head for layer in layers for head in block.record(layer).captured}
    if given is None:
        return sorted(there)
    numbers = _numbers(given, "head")
    for number in numbers:
        if number not in there:
            block.check_captured(layers[0], number)
    return numbers


def _numbers(given: Iterable[SupportsIndex], name: str) -> list[int]:
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise InputError(f"{name}s must be a list of {name} numbers, not {given!r:.80}")
    numbers = dict.fromkeys(whole_number(cast("int", number), name) for number in given)
    if not numbers:
        raise InputError(f"{name}s is empty: name at least one {name}, or leave it out for all")
    return list(numbers)


def _texts(labels: tuple[str, ...]) -> np.ndarray[Any, Any]:
    return np.array(labels, dtype=object)
