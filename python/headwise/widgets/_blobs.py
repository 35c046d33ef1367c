"""Several pieces of a view in one blob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safetensors.numpy import load

from headwise.wire.codec import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def joined(makers: Sequence[Callable[[int], bytes]], budget: int) -> bytes:
    """Put blobs together; each may use its part of what those before it left.

    Parameters
    ----------
    makers : sequence of callables
        Each takes a budget in bytes and returns a blob that is not larger.
    budget : int
        Bytes of the whole.

    Returns
    -------
    bytes
        Every tensor once; of two that have the same name, the more exact one.
    """
    arrays: dict[str, NDArray[Any]] = {}
    left = budget
    for place, make in enumerate(makers):
        blob = make(left // (len(makers) - place))
        found = load(blob)
        for name, array in found.items():
            if name not in arrays or array.itemsize > arrays[name].itemsize:
                arrays[name] = array
        left = budget - len(encode(arrays))
    return encode(arrays)
