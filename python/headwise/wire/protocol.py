"""The messages between browser and Python, and the limits that both keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypedDict, TypeVar, cast, get_args

from headwise.errors import InputError
from headwise.reduce import Aggregate, Sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

PROTOCOL: Final = 1
"""Version of the messages; both sides send it as ``v``."""

TENSOR_BUDGET: Final = 1_000_000
"""Bytes of the ``tensors`` trait: what a view can show without asking."""

TILE_BUDGET: Final = 1_000_000
"""Bytes of one answer; a single row or column may be larger."""

Axis = Literal["all", "query", "key"]
Dtype = Literal["f32", "u8"]

AXES: Final[tuple[Axis, ...]] = get_args(Axis)
DTYPES: Final[tuple[Dtype, ...]] = get_args(Dtype)
SENTENCES: Final[tuple[Sentences, ...]] = get_args(Sentences)
AGGREGATES: Final[tuple[Literal["each"] | Aggregate, ...]] = ("each", *get_args(Aggregate))


class ErrorBody(TypedDict):
    """What went wrong: the exception's class and its message."""

    type: str
    message: str


class Reply(TypedDict):
    """The answer to a request that succeeded; its one buffer is a safetensors blob."""

    v: int
    id: str | int | None
    ok: Literal[True]


class ErrorReply(TypedDict):
    """The answer to a request that failed."""

    v: int
    id: str | int | None
    ok: Literal[False]
    error: ErrorBody


class TileParams(TypedDict):
    """A request for weights of one layer: all of it, some queries or some keys."""

    block: str
    layer: int
    axis: Axis
    start: int
    stop: int
    dtype: Dtype


class MarginalParams(TypedDict):
    """A request for the per-token figures of one layer under the filters in force."""

    block: str
    layer: int
    sentences: Sentences
    hide_special: bool


Choice = TypeVar("Choice", bound=str)
Plain = TypeVar("Plain", str, int, bool)


def read_tile(params: Mapping[str, object]) -> TileParams:
    """Check the parameters of a ``tile`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return {
        "block": _plain(params, "block", str),
        "layer": _plain(params, "layer", int),
        "axis": _choice(params, "axis", AXES),
        "start": _plain(params, "start", int),
        "stop": _plain(params, "stop", int),
        "dtype": _choice(params, "dtype", DTYPES),
    }


def read_marginals(params: Mapping[str, object]) -> MarginalParams:
    """Check the parameters of a ``marginals`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return {
        "block": _plain(params, "block", str),
        "layer": _plain(params, "layer", int),
        "sentences": _choice(params, "sentences", SENTENCES),
        "hide_special": _plain(params, "hide_special", bool),
    }


def _plain(params: Mapping[str, object], name: str, kind: type[Plain]) -> Plain:
    value = _present(params, name)
    if type(value) is not kind:
        raise InputError(f"parameter {name!r} must be {kind.__name__}, not {type(value).__name__}")
    return cast("Plain", value)


def _choice(params: Mapping[str, object], name: str, choices: tuple[Choice, ...]) -> Choice:
    value = _present(params, name)
    for choice in choices:
        if value == choice:
            return choice
    raise InputError(f"parameter {name!r} must be one of {', '.join(choices)}; got {value!r:.80}")


def _present(params: Mapping[str, object], name: str) -> object:
    if name not in params:
        raise InputError(f"parameter {name!r} is missing")
    return params[name]
