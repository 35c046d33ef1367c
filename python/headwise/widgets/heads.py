"""The heads view: a table of heads as colours, layers down and heads across, or as a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from traitlets import Dict, Enum, observe

from headwise.errors import HeadwiseError, InputError
from headwise.export.heat import heat_preview
from headwise.selection import Selection
from headwise.widgets._base import BaseView
from headwise.widgets._head_map import CLUSTERS, map_of
from headwise.widgets._head_table import UNNAMED, read_table
from headwise.widgets._heads_traits import HeadsOfTable, MapOrTable, MetricName
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._moves import to_block
from headwise.widgets._traits import block_shown, read_selection
from headwise.wire.codec import encode, tensor_shapes
from headwise.wire.saved import deflate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from traitlets import Bunch

    from headwise.export.preview import Preview
    from headwise.selection import Head
    from headwise.trace import Trace
    from headwise.widgets._head_map import HeadMap
    from headwise.widgets._head_table import HeadTable
    from headwise.widgets._heads_traits import Form
    from headwise.widgets._traits import SelectionValue
    from headwise.wire.rpc import Handler

Color = Literal["metric", "layer", "cluster"]


def _selection_to_json(selection: Selection, _view: object) -> dict[str, object]:
    return selection.to_json()


class HeadsView(BaseView):
    """A table of one row a head, as colours; made by `heads_view`.

    Parameters
    ----------
    table, distances
        As for `heads_view`.
    **settings
        The keywords of `heads_view`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    table : pandas.DataFrame
        The rows, in rising order of block, layer and head.
    metrics : tuple of str
        Columns of numbers, without standard errors.
    selection : Selection
        Heads that were clicked, in the order of the clicks. Query and key are kept for the views
        it is linked with; nothing here shows them.
    trace : Trace
        Which blocks, layers and heads the table has; it has no tokens and no weights.
    block, metric, form, color, ranking, index_base, theme, height
        What `heads_view` describes; each can be set, and read after a person moved its control.
    tensors : bytes
        The numbers that travel without being asked for.
    """

    selection: SelectionValue = HeadsOfTable(
        help="Heads that are on: a Selection, its dict or its JSON."
    ).tag(sync=True, to_json=_selection_to_json)
    metric: MetricName = MetricName(help="The column that colours the cells.").tag(sync=True)
    form = MapOrTable(("table", "map"), "table", help="A table of colours, or a map.").tag(
        sync=True
    )
    color = Enum(
        ("metric", "layer", "cluster"), "metric", help="What colours the points of a map."
    ).tag(sync=True)
    ranking = Enum(
        ("largest", "smallest"), "largest", help="Which heads the list begins with."
    ).tag(sync=True)
    _table: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)

    def __init__(
        self,
        table: object,
        *,
        distances: object = None,
        metric: str | None = None,
        form: Form | None = None,
        block: str | None = None,
        clusters: int = CLUSTERS,
        selection: Selection | Mapping[str, object] | str | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        self._read = read_table(table, block)
        self._maps = _maps(self._read, distances, clusters)
        trace = self._read.trace()
        first = read_selection(Selection() if selection is None else selection)
        if tuple(trace.blocks) == (UNNAMED,):
            first = replace(first, block=UNNAMED)
        shown = block_shown(trace, None, first).name
        if form is None:
            form = "table"
        super().__init__(
            trace,
            _view="heads",
            _table=self._read.describe() | {"maps": _described(self._maps)},
            block=shown,
            metric=self._read.first_metric() if metric is None else metric,
            form=form,
            selection=replace(first, block=shown),
            **settings,
        )

    def __repr__(self) -> str:
        count = sum(len(heads) for heads in self._read.heads.values())
        return (
            f"<HeadsView of {count} heads by {self.metric!r}, "
            f"{len(self.selection.heads)} heads selected>"
        )

    @property
    def table(self) -> pd.DataFrame:
        """The rows, with the index of `heads_view`'s table, in rising order."""
        several = len(self._read.heads) > 1
        return self._read.frame.copy() if several else self._read.frame.droplevel("block")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Columns of numbers that can colour the cells."""
        return tuple(self._read.numbers)

    @property
    def has_map(self) -> bool:
        """Whether there are distances, and so a map."""
        return bool(self._maps)

    def selected_weights(self) -> dict[Head, NDArray[np.float32]]:
        """Raise HeadwiseError: a table has no weights."""
        raise HeadwiseError(
            "a table of heads has no weights: link it with a view of a trace, as in "
            "headwise.link(view, headwise.head_view(trace)), and ask that view"
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return the rows of the heads that are picked, in the order they were picked.

        Returns
        -------
        pandas.DataFrame
            Rows of `table`; none where no head is picked.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        _ = self.trace
        picked = [(self.selection.block, *head) for head in self.selection.heads]
        rows: Any = self._read.frame.loc[picked]
        return rows if len(self._read.heads) > 1 else rows.droplevel("block")

    def small_picture(self, shown: Mapping[str, Any]) -> Preview:  # noqa: D102 - as every view
        there = self._read.heads[shown["block"]]
        values = self._read.numbers[shown["metric"]].by_block[shown["block"]]
        return heat_preview(there, values, shown["metric"])

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        del traces  # what a page leaves out is not shown, but a few numbers more than it needs
        return self._numbers(shown["metric"], budget, packed=False)

    def _first_tensors(self, budget: int) -> bytes:
        return self._numbers(self.metric, budget)

    def _handlers(self) -> dict[str, Handler]:
        return {"table": lambda _params: self._numbers(self.metric, None), "keep": self.keep}

    def _numbers(self, metric: str, budget: int | None, *, packed: bool = True) -> bytes:
        """Collect the numbers: those that are shown first, then as many as the budget holds."""
        arrays: dict[str, NDArray[np.float32]] = {}
        size = 0
        for name, values in self._in_order(metric):
            one = encode({name: values})
            size += len(deflate(one)) if packed else len(one)
            # A page says so where the first does not fit; a view shows it in any case.
            if budget is not None and size > budget and (arrays or not packed):
                break
            arrays[name] = values
        return encode(arrays)

    def _in_order(self, metric: str) -> list[tuple[str, NDArray[np.float32]]]:
        table = self._read
        columns = {**table.numbers, **table.errors}
        shown = [name for name in (metric, table.numbers[metric].error) if name is not None]
        names = [*shown, *(name for name in columns if name not in shown)]
        numbers = [
            (f"table/{block}/{name}", columns[name].by_block[block])
            for name in names
            for block in table.heads
        ]
        maps = [(f"map/{block}", found.places) for block, found in self._maps.items()]
        place = len(shown) * len(table.heads)
        return [*numbers[:place], *maps, *numbers[place:]]

    @observe("metric")
    def _bring_its_column(self, _change: Bunch) -> None:
        wanted = f"table/{self.block}/{self.metric}"
        if not self.closed and wanted not in tensor_shapes(self.tensors):
            self.tensors = self._first_tensors(self.tensor_budget())

    @observe("block")
    def _follow_block(self, change: Bunch) -> None:
        new = self.trace.block(self.block)
        if self.selection.block != new.name:
            self.selection = to_block(self.selection, self.trace.block(change.old), new)

    @observe("selection")
    def _follow_selection(self, _change: Bunch) -> None:
        if self.selection.block is not None:
            self.block = self.selection.block


@names_unknown_keywords
def heads_view(
    table: pd.DataFrame | pd.Series | Mapping[str, pd.DataFrame],
    *,
    metric: str | None = None,
    distances: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    form: Form = "table",
    block: str | None = None,
    color: Color = "metric",
    clusters: int = CLUSTERS,
    ranking: Literal["largest", "smallest"] = "largest",
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = 480,
    selection: Selection | Mapping[str, object] | str | None = None,
) -> HeadsView:
    """Show a table of one row a head as colours: layers down, heads across.

    Parameters
    ----------
    table : pandas.DataFrame
        Index ``(layer, head)``, as `head_metrics`, `find_heads` and `rank_heads` give it. Columns
        of numbers can colour the cells; ``NAME_se`` is taken for the standard error of ``NAME``;
        what is no number is shown with the head. NaN and infinite values are hatched. Several
        blocks: index ``(block, layer, head)``, or a mapping from the name of the block to its
        table.
    metric : str, optional
        The column that colours the cells; the first one about the heads unless given.
    distances : pandas.DataFrame, optional
        From `head_distances`, or a mapping from the name of a block to it: adds a map of the
        heads (metric multidimensional scaling, after Clark et al. 2019, section 6). Its extra is
        ``headwise[metrics]``.
    form : {"table", "map"}
        What is shown first; a map needs `distances`.
    block : str, optional
        Name of the block that the table is about, such as ``"decoder"``, so that links find it.
        Tables that headwise makes say it themselves (``table.attrs["block"]``).
    color : {"metric", "layer", "cluster"}
        What colours the points of the map.
    clusters : int
        Into how many clusters the heads are cut at most, by average linkage of their distances.
    ranking : {"largest", "smallest"}
        With which heads the list beside the table begins.
    index_base : {0, 1}
        What is *shown* for the first layer and head. Python counts from 0 whatever it is.
    theme : {"auto", "light", "dark", "contrast"}
        Colours; ``"auto"`` follows the notebook.
    height : int
        Height of the drawing in pixels, at least 100.
    selection : Selection, dict or str, optional
        Heads that are selected; none unless given.

    Returns
    -------
    HeadsView
        A widget: the last line of a cell shows it.

    Raises
    ------
    TypeError
        A keyword is not known.
    InputError
        `table` or `distances` are no such tables, or `form` is ``"map"`` without distances; the
        message says what is wrong.
    SelectionError
        The selection is none, or names a head that is not in the table.
    traitlets.TraitError
        Another keyword has a value of the wrong kind, or there is no such metric.
    ModuleNotFoundError
        There are distances, and scikit-learn or scipy is not installed.
    HeadwiseError
        The front end is not built.

    Examples
    --------
    >>> table = headwise.head_metrics(traces)
    >>> view = headwise.heads_view(table, metric="previous")
    >>> view.selection = headwise.Selection(heads=table.nlargest(3, "previous").index)
    >>> link = headwise.link(view, headwise.head_view(trace))
    """
    return HeadsView(
        table,
        metric=metric,
        distances=distances,
        form=form,
        block=block,
        color=color,
        clusters=clusters,
        ranking=ranking,
        index_base=index_base,
        theme=theme,
        height=height,
        selection=selection,
    )


def _maps(table: HeadTable, distances: object, clusters: int) -> dict[str, HeadMap]:
    import pandas as pd  # noqa: PLC0415 - only where a table is read

    if distances is None:
        return {}
    first = next(iter(table.heads))
    named = getattr(distances, "attrs", {}).get("block")
    given = (
        {named if named in table.heads else first: distances}
        if isinstance(distances, pd.DataFrame)
        else distances
    )
    if not isinstance(given, Mapping):
        raise InputError(
            "distances must be a table from headwise.head_distances(traces), or one for each "
            f"block by its name, not {type(distances).__name__}"
        )
    found: dict[str, HeadMap] = {}
    for name, square in cast("Mapping[object, object]", given).items():
        if not isinstance(name, str) or name not in table.heads:
            raise InputError(
                f"distances are given for block {name!r:.80}, and the table has "
                f"{', '.join(map(repr, table.heads))}"
            )
        if not isinstance(square, pd.DataFrame):
            raise InputError(f"the distances of block {name!r} are no table: {square!r:.80}")
        found[name] = map_of(square, table.heads[name], clusters)
    return found


def _described(maps: Mapping[str, HeadMap]) -> dict[str, dict[str, float]]:
    return {
        name: {"stress": found.stress, "clusters": found.clusters, "left_out": found.left_out}
        for name, found in maps.items()
    }
