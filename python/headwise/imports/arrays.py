"""Arrays of any library and nested lists, as float32 numpy arrays of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.record import Floats

_NO_LAYERS: tuple[type, ...] = (str, bytes, Mapping)


def is_array(value: object) -> bool:
    """Whether `value` is an array of numpy, torch, jax or another library that numpy can read."""
    if isinstance(value, np.generic) or not hasattr(value, "shape"):
        return False
    return any(hasattr(value, name) for name in ("__array__", "__dlpack__"))


def listed(value: object, name: str) -> Any:  # noqa: ANN401 - an array of any library, or a list
    """Return an array as it is, and any other iterable as a list.

    Raises
    ------
    InputError
        If `value` is neither.
    """
    if is_array(value):
        array = cast("Any", value)
        return array.tolist() if str(getattr(array, "dtype", "")) == "object" else array
    if isinstance(value, _NO_LAYERS) or not isinstance(value, Iterable):
        raise InputError(
            f"{name} must be one array a layer, not {type(value).__name__}: pass outputs.attentions"
        )
    return list(cast("Iterable[object]", value))


def axes(value: object) -> int:
    """Count the axes of an array, or of the first entries of nested lists."""
    if is_array(value):
        return len(cast("Any", value).shape)
    if isinstance(value, (list, tuple)):
        entries = cast("Sequence[object]", value)
        return 1 + axes(next((entry for entry in entries if entry is not None), None))
    return 0


def is_half(value: object) -> bool:
    """Whether the numbers have 16 bits, so that rows sum to one roughly only."""
    first = value
    while isinstance(first, (list, tuple)) and first:
        first = cast("Sequence[object]", first)[0]
    return "float16" in str(getattr(cast("object", first), "dtype", ""))


def to_array(value: object, place: str) -> Floats:
    """Copy an array or nested lists to float32; ``None`` between numbers becomes NaN.

    Parameters
    ----------
    value
        A torch tensor on any device and of any float type, what numpy reads through
        ``__array__`` or DLPack, or nested lists of these or of numbers.
    place
        What `value` is, for the message.

    Raises
    ------
    InputError
        If it cannot be read, or lists are ragged; the message says where.
    """
    try:
        return np.array(_readable(value), dtype=np.float32)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        ragged = _ragged(value, place)
        if ragged:
            raise InputError(f"{place} is no array: {ragged}") from error
        raise InputError(
            f"{place} is no array that numpy can read ({error}): pass numbers, a tensor, or an "
            "array that is in the memory of the CPU"
        ) from error


def _readable(value: object) -> Any:  # noqa: ANN401 - what numpy.array takes
    if is_array(value):
        return _as_numpy(value)
    if isinstance(value, (list, tuple)):
        entries = cast("Sequence[object]", value)
        if any(is_array(entry) or isinstance(entry, (list, tuple)) for entry in entries[:1]):
            return [_readable(entry) for entry in entries]
        if any(isinstance(entry, (str, bytes)) for entry in entries):
            raise TypeError("it has text where numbers belong")
        return entries
    if isinstance(value, (str, bytes)):
        raise TypeError("it is text")
    return value


def _as_numpy(value: object) -> Any:  # noqa: ANN401 - what numpy.array takes
    array: Any = value
    if hasattr(array, "detach"):  # torch: numpy has no bfloat16, and refuses what needs a gradient
        return array.detach().float().cpu().numpy()
    if hasattr(array, "__array__"):
        return np.asarray(array)
    return np.from_dlpack(array)


def _ragged(value: object, place: str) -> str:
    """Say where lists that lie side by side differ in length, or return nothing."""
    if not isinstance(value, (list, tuple)):
        return ""
    entries = cast("Sequence[object]", value)
    sizes = [_size(entry) for entry in entries]
    for number, size in enumerate(sizes):
        if size != sizes[0]:
            return f"[{number}] of it has {size}, and [0] has {sizes[0]}"
    for number, entry in enumerate(entries):
        if inner := _ragged(entry, place):
            return f"in [{number}], {inner}"
    return ""


def _size(value: object) -> str:
    if is_array(value):
        return f"shape {tuple(cast('Any', value).shape)}"
    if isinstance(value, (list, tuple)):
        return f"{len(cast('Sequence[object]', value))} entries"
    return "one number"
