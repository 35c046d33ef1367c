"""What a capture keeps and how much of it."""

from __future__ import annotations

import operator
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np

from headwise.errors import CaptureMismatch, CaptureTooLarge, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

StoredType: TypeAlias = Literal["float32", "float16"]

_TYPES = ("float32", "float16")
_SHARE_OF_FREE_MEMORY = 0.8
_PAIR = 2


@dataclass(frozen=True)
class Plan:
    """Which layers and heads a capture keeps, in what type, and how many bytes at most.

    Parameters
    ----------
    layers
        Layer numbers of every block, None for all.
    heads
        Heads by layer, None for all.
    values
        Whether the lengths of the values after the output projection are kept.
    dtype
        How queries and keys are kept.
    max_bytes
        Most bytes of all records together, None for no limit.
    progress
        Whether a bar is shown when the capture takes long.
    """

    layers: frozenset[int] | None = None
    heads: Mapping[int, tuple[int, ...]] | None = None
    values: bool = False
    dtype: StoredType = "float32"
    max_bytes: int | None = None
    progress: bool = True

    def kept(self, layer: int, heads: int) -> tuple[int, ...] | None:
        """Return the heads of a layer that are kept, None for all of them."""
        if self.layers is not None and layer not in self.layers:
            return ()
        if self.heads is None:
            return None
        return tuple(head for head in self.heads.get(layer, ()) if head < heads)

    def store(self, vectors: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
        """Bring queries or keys into the type they are kept in.

        Raises
        ------
        CaptureMismatch
            If float16 cannot hold them.
        """
        if self.dtype == "float32":
            return vectors
        with np.errstate(over="ignore"):
            small = vectors.astype(np.float16)
        if not np.isfinite(small).all():
            raise CaptureMismatch(
                f"the vectors of {name} are too large for float16: keep them with dtype='float32'"
            )
        return small


def make_plan(
    *,
    layers: Iterable[int] | None,
    heads: Iterable[tuple[int, int]] | None,
    values: bool,
    dtype: str,
    max_bytes: int | None,
    progress: bool,
) -> Plan:
    """Check the keywords of a capture.

    Raises
    ------
    InputError
        If one of them cannot be used; the message names it.
    """
    if dtype not in _TYPES:
        raise InputError(f"dtype must be 'float32' or 'float16', not {dtype!r}")
    if max_bytes is not None and (isinstance(max_bytes, bool) or max_bytes <= 0):
        raise InputError(f"max_bytes must be a number of bytes over 0, not {max_bytes!r}")
    wanted: dict[int, tuple[int, ...]] | None = None
    if heads is not None:
        found: dict[int, set[int]] = {}
        for layer, head in _pairs(heads):
            found.setdefault(layer, set()).add(head)
        wanted = {layer: tuple(sorted(numbers)) for layer, numbers in found.items()}
        if not wanted:
            raise InputError("heads is empty: leave it out to keep all heads")
    numbers = None if layers is None else frozenset(_number(layer, "layers") for layer in layers)
    if numbers is not None and not numbers:
        raise InputError("layers is empty: leave it out to keep all layers")
    if numbers is not None and wanted is not None and not wanted.keys() <= numbers:
        raise InputError(
            f"heads names layers {sorted(wanted)}, but layers keeps {sorted(numbers)} only"
        )
    return Plan(
        layers=numbers,
        heads=wanted,
        values=bool(values),
        dtype=dtype,
        max_bytes=_free_memory() if max_bytes is None else int(max_bytes),
        progress=bool(progress),
    )


class Budget:
    """Counts the bytes of distinct arrays and refuses before there are too many.

    Parameters
    ----------
    limit
        Most bytes, None for no limit.
    """

    def __init__(self, limit: int | None) -> None:
        self.held = 0
        self._limit = limit
        self._seen: dict[int, object] = {}

    def ask(self, count: int, name: str) -> None:
        """Check that `count` more bytes may be made for module `name`.

        Raises
        ------
        CaptureTooLarge
            If they may not.
        """
        if self._limit is not None and self.held + count > self._limit:
            raise CaptureTooLarge(
                f"the capture would hold more than {_said(self._limit)}: {_said(self.held)} are "
                f"there and {name} needs {_said(count)} more. Keep less with layers=[...] or "
                "heads=[(layer, head), ...], store half with dtype='float16', shorten the text, "
                "or allow more with max_bytes="
            )

    def add(self, *arrays: np.ndarray[Any, Any] | None) -> None:
        """Count arrays that were made; one that several records share is counted once."""
        for array in arrays:
            if array is not None and id(array) not in self._seen:
                self._seen[id(array)] = array
                self.held += array.nbytes


def _pairs(heads: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for pair in heads:
        if isinstance(cast("object", pair), (str, int)) or len(pair) != _PAIR:
            raise InputError(f"heads must be pairs (layer, head), but one is {pair!r}")
        pairs.append((_number(pair[0], "heads"), _number(pair[1], "heads")))
    return pairs


def _number(value: object, name: str) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(cast("int", value))
    except TypeError:
        number = -1
    if number < 0:
        raise InputError(f"{name} must hold numbers from 0 on, but one is {value!r}")
    return number


def _free_memory() -> int | None:
    """Return how many bytes a capture may take where the system tells what is free."""
    table = Path("/proc/meminfo")
    if table.is_file():
        for line in table.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(int(line.split()[1]) * 1024 * _SHARE_OF_FREE_MEMORY)
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return int(pages * _SHARE_OF_FREE_MEMORY)


def _said(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count < 2**30 else f"{count / 2**30:.2f} GiB"
