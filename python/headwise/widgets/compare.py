"""Compare: two traces of one text side by side, and the difference where tokens match."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from traitlets import Dict, TraitError, TraitType, default

from headwise.errors import HeadwiseError, InputError, OutOfRange
from headwise.selection import Selection
from headwise.widgets._base import check_trace
from headwise.widgets._blobs import joined
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._moves import heads_in
from headwise.widgets._saved import blob_trait
from headwise.widgets._traits import read_selection
from headwise.widgets.head import HeadView
from headwise.wire.codec import encode
from headwise.wire.describe import describe
from headwise.wire.difference import difference_tile, matched_pairs
from headwise.wire.openings import head_opening
from headwise.wire.protocol import read_difference, read_side
from headwise.wire.tiles import archive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import SupportsIndex

    import numpy as np
    from numpy.typing import NDArray

    from headwise.block import Block
    from headwise.reduce import Aggregate, Sentences
    from headwise.selection import Head
    from headwise.trace import Trace
    from headwise.wire.protocol import DifferenceParams
    from headwise.wire.rpc import Handler

    Side = Literal["a", "b"]

_ORDER = ("first", "second")


class TwoNames(TraitType["list[str]", "Iterable[str]"]):
    """The titles of two sides."""

    info_text = "two names"

    def make_dynamic_default(self) -> list[str]:
        """Name the sides by their order."""
        return list(_ORDER)

    def validate(self, _obj: object, value: Any) -> list[str]:  # noqa: ANN401 - traitlets' own
        """Return the names as a list, or raise TraitError where they are no two names."""
        several = isinstance(value, Iterable) and not isinstance(value, str)
        names = list(cast("Iterable[object]", value)) if several else []
        if len(names) != len(_ORDER) or not all(isinstance(name, str) and name for name in names):
            raise TraitError(f"names must be the titles of the two sides, not {value!r:.80}")
        return cast("list[str]", names)


class CompareView(HeadView):
    """Two head views with one selection, and the difference; made by `compare`.

    Parameters
    ----------
    trace_a, trace_b : Trace
    **settings
        The keywords of `compare`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    traces : tuple of two Trace
    selection : Selection
        Heads that are on, locked query and key, as in `HeadView`: numbers are those of the first
        trace. Heads may be named that the second one lacks; layers may not. A token that only the
        second one has can be locked on screen; it has no number here.
    names : list of two str
        Titles of the two sides.
    block, layer, heads, aggregate, strongest, sentences, hide_special, merge_words, index_base, \
theme, height
        As in `HeadView`, for both sides.
    tensors, tensors_b : bytes
        The weights of each trace that travel without being asked for.
    """

    _trace_b: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)
    _pairs: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)
    tensors_b = blob_trait(help="The weights of the second trace that travel unasked.")
    names: TwoNames = TwoNames(help="Titles of the two sides.").tag(sync=True, echo_update=False)

    _component = "compare"
    _second: Trace | None = None

    def __init__(
        self,
        trace_a: Trace,
        trace_b: Trace,
        *,
        names: Iterable[str] | None = None,
        block: str | None = None,
        selection: Selection | Mapping[str, object] | str | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        for trace in (trace_a, trace_b):
            check_trace(trace)
        first = _first_block(trace_a, trace_b)
        self._second = trace_b
        if block is None and (selection is None or read_selection(selection).block is None):
            block = first
        self._matches = matched_pairs(trace_a, trace_b)
        super().__init__(
            trace_a,
            block=block,
            selection=selection,
            names=_titles(trace_a, trace_b) if names is None else names,
            _trace_b=describe(trace_b),
            _pairs=self._matches,
            **settings,
        )

    @property
    def traces(self) -> tuple[Trace, Trace]:
        """The two traces that are compared.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        first = self.trace
        if self._second is None:
            raise HeadwiseError("this view is closed and its traces are freed: make a new view")
        return first, self._second

    @property
    def block_names(self) -> tuple[str, ...]:
        """Names of the blocks that both traces have."""
        return _common_blocks(*self.traces)

    def shown_blocks(self, name: str) -> tuple[Block, ...]:  # noqa: D102 - as every view
        return tuple(trace.block(name) for trace in self.traces)

    def selected_weights(self, side: Side = "a") -> dict[Head, NDArray[np.float32]]:
        """Compute the weights of the heads that are on.

        Parameters
        ----------
        side : {"a", "b"}
            Of the first trace, or of the second: there without the heads that it lacks.

        Returns
        -------
        dict of Head to float32 array (Nq, Nk)
            All weights of each head, whatever the view filters or merges.

        Raises
        ------
        InputError
            There is no such side.
        HeadwiseError
            The view was closed.
        """
        if side == "a":
            return super().selected_weights()
        if side != "b":
            raise InputError(f"side must be 'a' or 'b', not {side!r}")
        selection, (_, trace) = self.selection, self.traces
        records = trace.block(selection.block).records
        with self._lock:
            return {
                head: trace.weights(*head, block=selection.block)
                for head in selection.heads
                if head.head in records[head.layer].captured
            }

    def close(self) -> None:
        """Remove the view from every page and free the traces."""
        super().close()
        self._second = None
        self.tensors_b = b""

    def archives_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> dict[str, bytes]:
        second = archive(traces[1], shown["block"], shown["layer"], budget // 2)
        first = self.archive_of(traces, shown, budget - len(second))
        return {"tensors": first, "tensors_b": second}

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        difference = partial(self._shown_difference, shown)
        weights = partial(super().archive_of, traces, shown)
        return joined([difference, weights], budget)

    def _first_tensors(self, budget: int) -> bytes:
        return head_opening(self.trace, self.block, self.layer, budget // 2)

    @default("tensors_b")
    def _first_tensors_b(self) -> bytes:
        budget = self.tensor_budget() // 2
        return head_opening(self.traces[1], self.block, self.layer, budget)

    def first_blobs(self) -> dict[str, bytes]:  # noqa: D102 - as every saved view
        with self._lock:
            return super().first_blobs() | {"tensors_b": self._first_tensors_b()}

    def _asked_trace(self, params: Mapping[str, object]) -> Trace:
        return self.traces[0 if read_side(params) == "a" else 1]

    def _handlers(self) -> dict[str, Handler]:
        return {**super()._handlers(), "difference": self._difference}

    def _difference(self, params: Mapping[str, object]) -> bytes:
        request = read_difference(params)
        with self._lock:
            return difference_tile(*self.traces, request, self._matches, self._steps)

    def _shown_difference(self, shown: Mapping[str, Any], budget: int) -> bytes:
        """Make the map that a page opens with, where there is one."""
        request: DifferenceParams = {
            "block": shown["block"],
            "layer": shown["layer"],
            "heads": tuple(heads_in(Selection.from_json(shown["selection"]), shown["layer"])),
            "aggregate": cast("Aggregate", "mean" if self.aggregate == "each" else self.aggregate),
            "sentences": self.sentences,
            "hide_special": self.hide_special,
        }
        try:
            found = difference_tile(*self.traces, request, self._matches)
        except OutOfRange:
            found = b""
        return found if 0 < len(found) <= budget else encode({})


@names_unknown_keywords
def compare(  # noqa: PLR0913 - one keyword for each control
    trace_a: Trace,
    trace_b: Trace,
    *,
    names: Iterable[str] | None = None,
    layer: SupportsIndex | None = None,
    heads: Iterable[SupportsIndex] | None = None,
    block: str | None = None,
    aggregate: Literal["each"] | Aggregate = "each",
    strongest: float | None = None,
    sentences: Sentences = "all",
    hide_special: bool = False,
    merge_words: bool = False,
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = 480,
    selection: Selection | Mapping[str, object] | str | None = None,
) -> CompareView:
    """Show two traces side by side, and where the second gives more or less than the first.

    Parameters
    ----------
    trace_a, trace_b : Trace
        Of the same text by two models, or before and after training. Where the texts differ,
        tokens are matched by their labels (`difflib.SequenceMatcher`).
    names : two str, optional
        Titles of the two sides; the types of the models where these differ.
    layer, heads : int, iterable of int, optional
        As in `head_view`. Layers are those that both traces have. A head that only the first one
        has is shown on its side.
    block, aggregate, strongest, sentences, hide_special, merge_words, index_base, theme, height, \
selection
        As in `head_view`, for both sides; numbers of tokens are those of the first trace.

    Returns
    -------
    CompareView
        A widget: the last line of a cell shows it.

    Raises
    ------
    InputError
        An argument is no trace, or the traces have no block in common; and as `head_view`.
    TypeError, OutOfRange, SelectionError, traitlets.TraitError, HeadwiseError
        As `head_view`.

    Examples
    --------
    >>> view = headwise.compare(before, after, names=["before", "after"], layer=3)
    >>> change = view.selected_weights("b")[3, 1] - view.selected_weights("a")[3, 1]
    """
    return CompareView(
        trace_a,
        trace_b,
        names=names,
        layer=layer,
        heads=heads,
        block=block,
        aggregate=aggregate,
        strongest=strongest,
        sentences=sentences,
        hide_special=hide_special,
        merge_words=merge_words,
        index_base=index_base,
        theme=theme,
        height=height,
        selection=selection,
    )


def _common_blocks(trace_a: Trace, trace_b: Trace) -> tuple[str, ...]:
    return tuple(name for name in trace_a.blocks if name in trace_b.blocks)


def _first_block(trace_a: Trace, trace_b: Trace) -> str:
    common = _common_blocks(trace_a, trace_b)
    if not common:
        raise InputError(
            f"the traces have no block in common: the one has {', '.join(trace_a.blocks)}, the "
            f"other {', '.join(trace_b.blocks)}; headwise.link(view_a, view_b) links views of both"
        )
    return common[0]


def _titles(trace_a: Trace, trace_b: Trace) -> Sequence[str]:
    for fact in ("model_type", "model_class"):
        found = [trace.meta.get(fact, "") for trace in (trace_a, trace_b)]
        if all(found) and found[0] != found[1]:
            return found
    return _ORDER
