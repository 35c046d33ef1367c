"""The messages between browser and Python, and the limits that both keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypedDict, TypeVar, cast, get_args

from headwise.errors import InputError
from headwise.reduce import Aggregate, Sentences
from headwise.thumbnails import Pooling

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
Side = Literal["a", "b"]
RowKind = Literal["query", "key", "bias", "mask"]
Metric = Literal["entropy", "previous", "next", "first", "special"]
Order = Literal["layer"] | Metric
Frame = Literal["none"] | Metric
Glyph = Literal["map", "lines"]

AXES: Final[tuple[Axis, ...]] = get_args(Axis)
DTYPES: Final[tuple[Dtype, ...]] = get_args(Dtype)
SENTENCES: Final[tuple[Sentences, ...]] = get_args(Sentences)
AGGREGATES: Final[tuple[Literal["each"] | Aggregate, ...]] = ("each", *get_args(Aggregate))
DIFFERENCES: Final[tuple[Aggregate, ...]] = get_args(Aggregate)
SIDES: Final[tuple[Side, ...]] = get_args(Side)
ROW_KINDS: Final[tuple[RowKind, ...]] = get_args(RowKind)
POOLINGS: Final[tuple[Pooling, ...]] = get_args(Pooling)
GLYPHS: Final[tuple[Glyph, ...]] = get_args(Glyph)
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
ORDERS: Final[tuple[Order, ...]] = ("layer", *METRICS)
FRAMES: Final[tuple[Frame, ...]] = ("none", *METRICS)


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


class LayerParams(TypedDict):
    """Which layer a request is about."""

    block: str
    layer: int


class FilterParams(TypedDict):
    """The filters in force."""

    sentences: Sentences
    hide_special: bool


class TileParams(LayerParams):
    """A request for weights of one layer: all of it, some queries or some keys."""

    axis: Axis
    start: int
    stop: int
    dtype: Dtype


class MarginalParams(LayerParams, FilterParams):
    """A request for the per-token figures of one layer under the filters in force."""


class ThumbnailSettings(FilterParams):
    """What every thumbnail of a view has in common."""

    pooling: Pooling
    strongest: float


class ThumbnailParams(LayerParams, ThumbnailSettings):
    """A request for the thumbnails of one layer."""


class FactsParams(LayerParams):
    """A request for the figures of the heads of one layer."""


class RowParams(LayerParams):
    """A request for consecutive query or key vectors, or rows of bias or mask, of one head."""

    kind: RowKind
    head: int
    start: int
    stop: int


class DifferenceParams(LayerParams, FilterParams):
    """A request for what one trace gives more than the other, over some heads of a layer."""

    heads: tuple[int, ...]
    aggregate: Aggregate


class MapParams(TypedDict):
    """Which map: some heads of a block laid over each other."""

    block: str
    heads: tuple[tuple[int, int], ...]
    aggregate: Aggregate
    hide_special: bool


class MatrixParams(MapParams):
    """A request for a piece of a map, pooled by `pool` x `pool` weights."""

    pool: int
    row: int
    column: int
    dtype: Dtype


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
        **_layer(params),
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
    return {**_layer(params), **_filters(params)}


def read_thumbnails(params: Mapping[str, object]) -> ThumbnailParams:
    """Check the parameters of a ``thumbnails`` request.

    Raises
    ------
    InputError
        A field is missing, of another type or out of its range; the message names it.
    """
    return {
        **_layer(params),
        "pooling": _choice(params, "pooling", POOLINGS),
        "strongest": _share(params, "strongest"),
        **_filters(params),
    }


def read_facts(params: Mapping[str, object]) -> FactsParams:
    """Check the parameters of a ``facts`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return _layer(params)


def read_rows(params: Mapping[str, object]) -> RowParams:
    """Check the parameters of a ``rows`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return {
        **_layer(params),
        "kind": _choice(params, "kind", ROW_KINDS),
        "head": _plain(params, "head", int),
        "start": _plain(params, "start", int),
        "stop": _plain(params, "stop", int),
    }


def read_difference(params: Mapping[str, object]) -> DifferenceParams:
    """Check the parameters of a ``difference`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return {
        **_layer(params),
        "heads": _numbers(params, "heads"),
        "aggregate": _choice(params, "aggregate", DIFFERENCES),
        **_filters(params),
    }


def read_map(params: Mapping[str, object]) -> MapParams:
    """Check the parameters of a ``matrix_marginals`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return {
        "block": _plain(params, "block", str),
        "heads": _pairs(params, "heads"),
        "aggregate": _choice(params, "aggregate", DIFFERENCES),
        "hide_special": _plain(params, "hide_special", bool),
    }


def read_matrix(params: Mapping[str, object]) -> MatrixParams:
    """Check the parameters of a ``matrix`` request.

    Raises
    ------
    InputError
        A field is missing or of another type; the message names it.
    """
    return {
        **read_map(params),
        "pool": _plain(params, "pool", int),
        "row": _plain(params, "row", int),
        "column": _plain(params, "column", int),
        "dtype": _choice(params, "dtype", DTYPES),
    }


def read_side(params: Mapping[str, object]) -> Side:
    """Read which of two compared traces a request is about: ``"a"`` where it does not say.

    Raises
    ------
    InputError
        The field ``trace`` is there and neither ``"a"`` nor ``"b"``.
    """
    return _choice(params, "trace", SIDES) if "trace" in params else "a"


def _layer(params: Mapping[str, object]) -> LayerParams:
    return {"block": _plain(params, "block", str), "layer": _plain(params, "layer", int)}


def _filters(params: Mapping[str, object]) -> FilterParams:
    return {
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


def _share(params: Mapping[str, object], name: str) -> float:
    value = _present(params, name)
    if type(value) not in (int, float):
        raise InputError(f"parameter {name!r} must be a number, not {type(value).__name__}")
    share = float(cast("float", value))
    if not 0.0 <= share <= 1.0:
        raise InputError(f"parameter {name!r} must be between 0 and 1, not {share!r}")
    return share


def _numbers(params: Mapping[str, object], name: str) -> tuple[int, ...]:
    numbers = _list(params, name)
    for number in numbers:
        if type(number) is not int:
            raise InputError(f"parameter {name!r} must hold int only, not {number!r:.80}")
    return tuple(cast("list[int]", numbers))


def _pairs(params: Mapping[str, object], name: str) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for entry in _list(params, name):
        numbers = cast("list[object]", entry) if isinstance(entry, (list, tuple)) else []
        if [type(number) for number in numbers] != [int, int]:
            raise InputError(f"parameter {name!r} must hold pairs of int only, not {entry!r:.80}")
        pairs.append(cast("tuple[int, int]", tuple(numbers)))
    return tuple(pairs)


def _list(params: Mapping[str, object], name: str) -> list[object]:
    value = _present(params, name)
    if not isinstance(value, (list, tuple)):
        raise InputError(f"parameter {name!r} must be a list, not {type(value).__name__}")
    return list(cast("list[object] | tuple[object, ...]", value))


def _present(params: Mapping[str, object], name: str) -> object:
    if name not in params:
        raise InputError(f"parameter {name!r} is missing")
    return params[name]
