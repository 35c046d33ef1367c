"""The trait of a model view's strip: heads in an order of their own, each with a value."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from traitlets import TraitType

from headwise.errors import InputError
from headwise.selection import Selection

if TYPE_CHECKING:
    import pandas as pd

    from headwise.trace import Block
    from headwise.widgets._traits import TraceView

_NAMED: Final = ("weight", "score")
_MOST: Final = 200
_LEVELS: Final = 2


class RankedHeads(TraitType["pd.DataFrame | None", "pd.DataFrame | pd.Series | None"]):
    """Heads with their values, the best first, as `headwise.rank_heads` gives them; or None."""

    default_value = None
    info_text = "a table of ranked heads or None"

    def validate(self, obj: Any, value: Any) -> pd.DataFrame | None:  # noqa: ANN401 - traitlets' own
        """Return the table of one column, or raise InputError or OutOfRange where it is none."""
        return None if value is None else _one_column(value, _block_of(obj, value))


def rank_to_json(value: pd.DataFrame | None, view: TraceView) -> dict[str, Any] | None:
    """Describe ranked heads as the browser reads them: the first 200."""
    if value is None:
        return None
    frame: Any = value
    name = str(frame.columns[0])
    values = frame.iloc[:_MOST, 0].to_numpy(np.float64)
    heads = list(frame.index[:_MOST])
    return {
        "name": name,
        "block": _block_of(view, value).name,
        "rows": [
            [int(layer), int(head), float(number)]
            for (layer, head), number in zip(heads, values, strict=True)
        ],
        "of": len(frame),
    }


def _block_of(view: Any, table: Any) -> Block:  # noqa: ANN401 - any view, any table
    named = getattr(table, "attrs", {}).get("block")
    return view.trace.block(named if named in view.block_names else view.trace.default_block)


def _one_column(table: Any, block: Block) -> pd.DataFrame:  # noqa: ANN401 - any table
    pd: Any = import_module("pandas")  # takes its time, and has no whole types
    frame = (
        table.to_frame("value" if table.name is None else table.name)
        if isinstance(table, pd.Series)
        else table
    )
    if not isinstance(frame, pd.DataFrame) or frame.index.nlevels != _LEVELS:
        raise InputError(
            "rank must be a table with the index (layer, head), the best head first, such as "
            f"headwise.rank_heads(trace, query=..., key=...), not {type(table).__name__}"
        )
    numbers = frame.select_dtypes("number")
    named = [name for name in _NAMED if name in numbers.columns]
    if not len(numbers.columns):
        raise InputError("rank has no column of numbers")
    found = numbers[[*named, *numbers.columns][:1]].dropna()
    found = found[np.isfinite(found.to_numpy(np.float64)[:, 0])]
    for layer, head in Selection(heads=found.index).heads:
        block.check_captured(layer, head)
    found.attrs["block"] = block.name
    return found
