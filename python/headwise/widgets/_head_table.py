"""Tables of one row a head, read for a view: their heads, their numbers and their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np

from headwise.block import Block
from headwise.errors import InputError
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Trace
from headwise.widgets._head_columns import ABOUT, TALLIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

UNNAMED: Final = "heads"
"""The block of a table that does not say of which one it is."""

_LEVELS = ("layer", "head")
_ERROR = "_se"
_MOST_HEADS = 100_000
_MOST_LAYERS = 1000


class Column(NamedTuple):
    """Numbers of a table.

    Attributes
    ----------
    name : str
    by_block : dict of str to float32 array
        By block, in the order of its heads.
    error : str or None
        The column of the standard errors.
    """

    name: str
    by_block: dict[str, NDArray[np.float32]]
    error: str | None


@dataclass(frozen=True, slots=True, eq=False)
class HeadTable:
    """A table of heads.

    Parameters
    ----------
    frame
        The rows as they were given, in rising order of block, layer and head: index
        ``(block, layer, head)``.
    heads
        Of each block the heads that have a row, in that order.
    numbers
        By name; without the standard errors.
    errors
        Standard errors, by the names of their columns.
    words
        Columns of anything else, as text: by name and block.
    """

    frame: Any
    heads: dict[str, list[tuple[int, int]]]
    numbers: dict[str, Column]
    errors: dict[str, Column]
    words: dict[str, dict[str, list[str]]]

    def first_metric(self) -> str:
        """Name the column that a view opens with."""
        return next(
            (name for name in self.numbers if name not in TALLIES), next(iter(self.numbers))
        )

    def trace(self) -> Trace:
        """Make a trace of these layers and heads, without tokens and so without weights."""
        nothing = Tokens.from_labels(())
        return Trace(
            [
                Block(name, _records(heads), nothing, nothing, causal=False)
                for name, heads in self.heads.items()
            ]
        )

    def describe(self) -> dict[str, Any]:
        """Describe the columns as JSON: all but the numbers, which travel as tensors."""
        return {
            "columns": [
                {
                    "name": name,
                    "unit": ABOUT.get(name, ("", ""))[0],
                    "about": ABOUT.get(name, ("", ""))[1],
                    "error": column.error,
                }
                for name, column in self.numbers.items()
            ],
            "words": self.words,
            "heads": self.heads,
        }


def read_table(table: object, block: str | None) -> HeadTable:
    """Read what `headwise.heads_view` takes.

    Parameters
    ----------
    table : DataFrame, Series, or mapping of block name to them
        Index ``(layer, head)`` or ``(block, layer, head)``.
    block : str, optional
        Name of the block, where index and mapping do not say it.

    Raises
    ------
    InputError
        It is none of these, has no row or no column of numbers, or names a head twice.
    """
    frame = _indexed(_one_frame(table), block)
    if frame.empty:
        raise InputError("the table has no row, or no column: a view shows one row a head")
    if not frame.columns.is_unique:
        raise InputError("two columns of the table have the same name")
    frame.columns = [str(name) for name in frame.columns]
    heads: dict[str, list[tuple[int, int]]] = {}
    for name, layer, head in frame.index:
        heads.setdefault(name, []).append((layer, head))
    numbers, errors, words = _columns(frame, heads)
    return HeadTable(frame, heads, numbers, errors, words)


def _one_frame(table: Any) -> Any:  # noqa: ANN401 - pandas has no whole types
    pd: Any = import_module("pandas")  # takes its time, and has no whole types

    if isinstance(table, pd.Series):
        return table.to_frame("value" if table.name is None else table.name)
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, Mapping) and table:
        given = cast("Mapping[object, object]", table)
        parts = {str(name): _one_frame(part) for name, part in given.items()}
        if all(part.index.nlevels == len(_LEVELS) for part in parts.values()):
            return pd.concat(parts, names=["block"])
    kind = type(cast("object", table)).__name__
    raise InputError(
        "heads_view() takes a pandas table of one row a head, such as "
        f"headwise.head_metrics(trace), or one for each block by its name, not {kind}"
    )


def _indexed(frame: Any, block: str | None) -> Any:  # noqa: ANN401 - pandas has no whole types
    """Return the rows in order, with the index ``(block, layer, head)``."""
    pd: Any = import_module("pandas")  # takes its time, and has no whole types

    index = frame.index
    if index.nlevels not in (len(_LEVELS), len(_LEVELS) + 1):
        raise InputError(
            "the index of the table must be (layer, head), or (block, layer, head): "
            f"it has {index.nlevels} level{'s' * (index.nlevels != 1)}. "
            "table.set_index(['layer', 'head']) makes it of columns"
        )
    several = index.nlevels > len(_LEVELS)
    wanted = ("block", *_LEVELS) if several else _LEVELS
    named = set(wanted) <= set(index.names)
    levels = [index.get_level_values(name if named else place) for place, name in enumerate(wanted)]
    if several and block is not None:
        raise InputError("the table names the block of each head: leave block out")
    given = frame.attrs.get("block")
    one = block if block is not None else given if isinstance(given, str) else UNNAMED
    names = [str(name) for name in levels[0]] if several else [one] * len(frame)
    numbers = [_whole(level, name) for level, name in zip(levels[-2:], _LEVELS, strict=True)]
    rows = list(zip(names, *numbers, strict=True))
    if len(set(rows)) < len(rows):
        twice = next(row for place, row in enumerate(rows) if row in rows[:place])
        raise InputError(f"the table has two rows for head {twice[2]} of layer {twice[1]}")
    if len(rows) > _MOST_HEADS:
        raise InputError(f"the table has {len(rows)} rows: a view shows {_MOST_HEADS} heads")
    blocks = list(dict.fromkeys(names))
    order = sorted(range(len(rows)), key=lambda at: (blocks.index(rows[at][0]), *rows[at][1:]))
    found = frame.iloc[order].copy()
    found.index = pd.MultiIndex.from_tuples([rows[at] for at in order], names=["block", *_LEVELS])
    return found


def _whole(level: Any, name: str) -> list[int]:  # noqa: ANN401 - a level of any index
    values = level.to_numpy()
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        numbers = np.full(len(values), np.nan)
    most = _MOST_LAYERS if name == "layer" else _MOST_HEADS
    wrong = ~((numbers >= 0) & (numbers < most) & (numbers == np.floor(numbers)))
    if values.dtype == np.bool_ or wrong.any():
        found = level.to_list()[int(wrong.argmax())] if len(values) else None
        raise InputError(f"the index names {name} {found!r:.80}: a {name} is a number from 0 on")
    return [int(number) for number in numbers]


def _columns(
    frame: Any,  # noqa: ANN401 - pandas has no whole types
    heads: Mapping[str, Sequence[tuple[int, int]]],
) -> tuple[dict[str, Column], dict[str, Column], dict[str, dict[str, list[str]]]]:
    pd: Any = import_module("pandas")  # takes its time, and has no whole types

    kinds = pd.api.types
    all_numbers: dict[str, dict[str, NDArray[np.float32]]] = {}
    words: dict[str, dict[str, list[str]]] = {}
    for name in frame.columns:
        column = frame[name]
        if kinds.is_numeric_dtype(column) and not kinds.is_complex_dtype(column):
            values = column.to_numpy(np.float32, na_value=np.nan)
            all_numbers[name] = _by_block(np.where(np.isfinite(values), values, np.nan), heads)
        else:
            texts = [
                "" if missing else str(value)
                for value, missing in zip(column, column.isna(), strict=True)
            ]
            words[name] = _by_block(texts, heads)
    own = {name for name in all_numbers if not _is_error(name, all_numbers)}
    if not own:
        raise InputError(
            "the table has no column of numbers, which a view could colour its cells by"
        )
    numbers = {
        name: Column(name, values, name + _ERROR if name + _ERROR in all_numbers else None)
        for name, values in all_numbers.items()
        if name in own
    }
    errors = {
        name: Column(name, values, None) for name, values in all_numbers.items() if name not in own
    }
    return numbers, errors, words


def _is_error(name: str, known: Mapping[str, object]) -> bool:
    return name.endswith(_ERROR) and name.removesuffix(_ERROR) in known


def _by_block(
    values: Any,  # noqa: ANN401 - an array or a list
    heads: Mapping[str, Sequence[object]],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    start = 0
    for name, there in heads.items():
        found[name] = values[start : start + len(there)]
        start += len(there)
    return found


def _records(heads: Sequence[tuple[int, int]]) -> tuple[AttentionRecord, ...]:
    most = 1 + max(head for _, head in heads)
    layers: list[list[int]] = [[] for _ in range(1 + max(layer for layer, _ in heads))]
    for layer, head in heads:
        layers[layer].append(head)
    return tuple(
        AttentionRecord(
            given=np.zeros((len(there), 0, 0), np.float32), kept=there, model_heads=(most, most)
        )
        for there in layers
    )
