"""Trait types of the heads view: values that must exist in its table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from traitlets import Enum, TraitError, TraitType

from headwise.errors import InputError, SelectionError
from headwise.selection import Selection
from headwise.widgets._head_table import UNNAMED
from headwise.widgets._traits import SelectionValue, read_selection

if TYPE_CHECKING:
    from headwise.widgets._traits import At, TraceView

Form = Literal["table", "map"]


class MetricName(TraitType[str, str]):
    """The name of a column of numbers."""

    default_value = ""
    info_text = "the name of a column of numbers"

    def validate(self, obj: Any, value: Any) -> str:  # noqa: ANN401 - traitlets' own signature
        """Return the name, or raise TraitError where the table has no such column of numbers."""
        known = obj.metrics
        if value not in known:
            raise TraitError(
                f"metric must be one of the columns of numbers, {', '.join(known)}, "
                f"not {value!r:.80}"
            )
        return value


class MapOrTable(Enum[Form]):
    """Table, or map where there are distances."""

    def validate(self, obj: Any, value: Any) -> Form:  # noqa: ANN401 - traitlets' own signature
        """Refuse a map where there are no distances."""
        form = super().validate(obj, value)
        if form == "map" and not obj.has_map:
            raise InputError(
                "a map needs the distances between heads: "
                "heads_view(table, distances=headwise.head_distances(traces))"
            )
        return form


class HeadsOfTable(SelectionValue):
    """A Selection whose heads are in the table; tokens are those of other views."""

    def fit(self, view: TraceView, value: object, at: At) -> Selection:
        """Return the selection, or raise SelectionError where a head is not in the table."""
        selection = read_selection(value)
        if selection.block is None:
            selection = replace(selection, block=at.block)
        elif tuple(view.trace.blocks) == (UNNAMED,):
            selection = replace(selection, block=UNNAMED)
        try:
            Selection(selection.block, selection.heads).check(view.trace)
        except SelectionError as error:
            raise SelectionError(f"{error} (of the table)") from error
        return selection
