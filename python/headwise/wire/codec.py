"""Arrays as one blob: the safetensors layout, whose header names type, shape and place of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_LEVELS = 255.0
_SENT = ("float32", "uint8")


def encode(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> bytes:
    """Write named arrays as one safetensors blob.

    Parameters
    ----------
    arrays : mapping of str to array
        ``float32`` or ``uint8``, any shape.
    metadata : mapping of str to str, optional
        Kept in the header under ``__metadata__``.

    Returns
    -------
    bytes
        Eight bytes with the length of the header, the header as JSON, the arrays one after another.

    Raises
    ------
    InputError
        An array has another dtype: the browser reads only these two.
    """
    ready: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.dtype.name not in _SENT:
            raise InputError(f"array {name!r} is {array.dtype}: send {' or '.join(_SENT)}")
        ready[name] = np.ascontiguousarray(array)
    return save(ready, None if metadata is None else dict(metadata))


def tensor_shapes(blob: bytes) -> dict[str, list[int]]:
    """Read the names and shapes of the tensors in a blob that `encode` wrote."""
    length = int.from_bytes(blob[:8], "little")
    header: dict[str, dict[str, list[int]]] = json.loads(blob[8 : 8 + length] or b"{}")
    return {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}


def quantize(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Put weights in 0..1 on 256 levels of a square-root scale, which keeps small ones apart.

    Parameters
    ----------
    weights : float32 array, any shape
        Attention weights, 0 to 1.

    Returns
    -------
    uint8 array of the same shape
        ``round(255 * sqrt(weight))``.
    """
    levels = np.sqrt(np.clip(weights, 0.0, 1.0), dtype=np.float32)
    levels *= np.float32(_LEVELS)
    return np.rint(levels, out=levels).astype(np.uint8)


def dequantize(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Undo `quantize`, to within 0.002 of each weight.

    Parameters
    ----------
    levels : uint8 array, any shape

    Returns
    -------
    float32 array of the same shape
    """
    return np.square(levels.astype(np.float32) / np.float32(_LEVELS))
