"""The matrix view: the map of all weights of a head, or of heads laid over each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from traitlets import Bool, Enum, observe

from headwise.block import whole_number
from headwise.errors import InputError, OutOfRange
from headwise.selection import Selection
from headwise.widgets._base import BaseView, check_trace
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._map_traits import MapNumbers, Region, product, sides
from headwise.widgets._moves import nearest_head, to_block
from headwise.widgets._traits import block_shown, layer_number, read_selection
from headwise.wire.matrix import (
    marginals_tile,
    matrix_archive,
    matrix_tile,
)
from headwise.wire.matrix_maps import MatrixMaps
from headwise.wire.openings import matrix_opening
from headwise.wire.protocol import DIFFERENCES, read_map, read_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import SupportsIndex

    from traitlets import Bunch

    from headwise.reduce import Aggregate
    from headwise.selection import Head
    from headwise.trace import Block, Trace
    from headwise.widgets._requests import TraceRequest
    from headwise.wire.protocol import MapParams
    from headwise.wire.rpc import Handler

_HEIGHT = 640


class MatrixView(BaseView):
    """The weights of every query and key as one map; made by `matrix_view`.

    Parameters
    ----------
    trace : Trace
    **settings
        The keywords of `matrix_view`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    selection : Selection
        The heads that the map is made of; the locked cell (query and key); the brushed rectangle
        (`query_range` and `key_range`, the last token left out). Without heads the map stays.
    layers, heads : list of int
        The layers and heads of the selection. Setting one makes the selection all heads of
        layers x heads that exist and were captured.
    region : list of int
        The part in sight, ``[q0, q1, k0, k1]`` in tokens, `q1` and `k1` left out; set None for
        the whole. Cells are square, so the picture may show somewhat more.
    tool : {"pan", "brush"}
        What dragging does.
    block, aggregate, hide_special, index_base, theme, height
        What `matrix_view` describes; each can be set, and read after a person moved its control.
    tensors : bytes
        The pieces of the map that travel without being asked for.
    """

    layers: MapNumbers = MapNumbers("layer", help="The layers the map is made of, from 0.").tag(
        sync=True
    )
    heads: MapNumbers = MapNumbers("head", help="The heads the map is made of, from 0.").tag(
        sync=True
    )
    aggregate = Enum(DIFFERENCES, "mean", help="Sum, mean or max over the heads.").tag(sync=True)
    region: Region = Region(help="The part in sight, [q0, q1, k0, k1] in tokens.").tag(sync=True)
    tool = Enum(("pan", "brush"), "pan", help="What dragging does.").tag(sync=True)
    hide_special = Bool(default_value=False, help="Leave special tokens out.").tag(sync=True)

    _requests: ClassVar[Mapping[str, TraceRequest]] = {}

    def __init__(
        self,
        trace: Trace,
        *,
        layer: SupportsIndex | None = None,
        head: SupportsIndex | None = None,
        layers: Iterable[SupportsIndex] | None = None,
        heads: Iterable[SupportsIndex] | None = None,
        block: str | None = None,
        selection: Selection | Mapping[str, object] | str | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        self._maps = MatrixMaps()
        check_trace(trace)
        for one, several, name in ((layer, layers, "layer"), (head, heads, "head")):
            if one is not None and several is not None:
                raise InputError(f"give {name} or {name}s, not both")
        given = read_selection(Selection() if selection is None else selection)
        named = [layer, head, layers, heads]
        if given.heads and any(entry is not None for entry in named):
            raise InputError(
                "name heads once: by layer and head, by layers and heads, or in the selection"
            )
        shown = block_shown(trace, block, given)
        given.check(trace, shown.name)
        if layers is not None and head is None and heads is None:
            heads = range(max(record.heads for record in shown.records))
        chosen = given.heads or _chosen(
            shown,
            layers if layer is None else (layer,),
            heads if head is None else (head,),
        )
        settings.setdefault("height", _HEIGHT)
        settings.setdefault("region", None)
        numbers = sides(chosen)
        super().__init__(
            trace,
            _view="matrix",
            block=shown.name,
            layers=numbers[0],
            heads=numbers[1],
            selection=replace(given, block=shown.name, heads=chosen),
            **settings,
        )

    def __repr__(self) -> str:
        return (
            f"<MatrixView of block {self.block!r}, layers {self.layers}, heads {self.heads}, "
            f"region {self.region}>"
        )

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        chosen = Selection.from_json(shown["selection"]).heads
        with self._lock:
            params = {**self._shown_map(), **({"heads": chosen} if chosen else {})}
            return matrix_archive(traces[0], self._maps, cast("MapParams", params), budget)

    def close(self) -> None:
        """Remove the view from every page and free the trace and all that was computed."""
        super().close()
        self._maps.clear()

    def _first_tensors(self, budget: int) -> bytes:
        return matrix_opening(self.trace, self._maps, self._shown_map(), budget)

    def _shown_layer(self) -> int:
        return self.layers[0]

    def _handlers(self) -> dict[str, Handler]:
        return {
            **super()._handlers(),
            "matrix": self._piece,
            "matrix_marginals": self._marginals,
        }

    def _piece(self, params: Mapping[str, object]) -> bytes:
        request = read_matrix(params)
        with self._lock:
            return matrix_tile(self.trace, self._maps, request)

    def _marginals(self, params: Mapping[str, object]) -> bytes:
        request = read_map(params)
        with self._lock:
            return marginals_tile(self.trace, self._maps, request)

    def _shown_map(self) -> MapParams:
        block = self.trace.block(self.block)
        there = [
            head for head in self.selection.heads if head.head in block.record(head.layer).captured
        ]
        return {
            "block": block.name,
            "heads": tuple(there or product(block, self.layers, self.heads)),
            "aggregate": cast("Aggregate", self.aggregate),
            "hide_special": self.hide_special,
        }

    @observe("block")
    def _follow_block(self, change: Bunch) -> None:
        new = self.trace.block(self.block)
        if change.old not in self.trace.blocks:
            return
        with self.hold_trait_notifications():
            if self.selection.block != new.name:
                moved = to_block(self.selection, self.trace.block(change.old), new)
                self.selection = replace(moved, heads=_nearest(new, self.layers, self.heads))
            self.layers, self.heads = sides(self.selection.heads)
            self.region = None

    @observe("layers", "heads")
    def _follow_numbers(self, _change: Bunch) -> None:
        block = self.trace.block(self.block)
        if sides(self.selection.heads) != (self.layers, self.heads):
            self.selection = replace(self.selection, heads=_nearest(block, self.layers, self.heads))

    @observe("selection")
    def _follow_selection(self, _change: Bunch) -> None:
        selection = self.selection
        with self.hold_trait_notifications():
            if selection.block is not None:
                self.block = selection.block
            if selection.heads:
                self.layers, self.heads = sides(selection.heads)


@names_unknown_keywords
def matrix_view(  # noqa: PLR0913 - one keyword for each control
    trace: Trace,
    *,
    layer: SupportsIndex | None = None,
    head: SupportsIndex | None = None,
    layers: Iterable[SupportsIndex] | None = None,
    heads: Iterable[SupportsIndex] | None = None,
    aggregate: Aggregate = "mean",
    block: str | None = None,
    region: Iterable[SupportsIndex] | None = None,
    tool: Literal["pan", "brush"] = "pan",
    hide_special: bool = False,
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = _HEIGHT,
    selection: Selection | Mapping[str, object] | str | None = None,
) -> MatrixView:
    """Show the weights of every query and key as one map that can be zoomed.

    Parameters
    ----------
    trace : Trace
        From `headwise.trace` or `headwise.load`, of any length: weights are computed for what is
        in sight, and pooled by max where a dot of the picture covers several.
    layer, head : int, optional
        The one head that is shown, from 0; the first that there is unless given.
    layers, heads : iterable of int, optional
        Heads that are laid over each other: those of layers x heads that exist and were captured.
        `layers` alone means all their heads, `heads` alone those of the first layer.
    aggregate : {"mean", "sum", "max"}
        How several heads are laid over each other. A sum is drawn against the number of heads.
    block : str, optional
        Name of the block; the trace's default one unless given.
    region : (q0, q1, k0, k1), optional
        The part in sight, in tokens, `q1` and `k1` left out; at least 4 tokens a side. The whole
        unless given.
    tool : {"pan", "brush"}
        What dragging does.
    hide_special : bool
        Leave tokens such as ``[CLS]`` out.
    index_base : {0, 1}
        What is *shown* for the first layer and head. Python counts from 0 whatever it is.
    theme : {"auto", "light", "dark", "contrast"}
        Colours; ``"auto"`` follows the notebook.
    height : int
        Most pixels that the drawing is high, at least 100.
    selection : Selection, dict or str, optional
        Heads, in place of the keywords above, the locked cell and a brushed rectangle.

    Returns
    -------
    MatrixView
        A widget: the last line of a cell shows it. What is brushed is
        ``view.selection.query_range`` and ``view.selection.key_range``.

    Raises
    ------
    TypeError
        A keyword is not known.
    OutOfRange
        The block, a layer, a head or the region does not exist; the message names what there is.
    SelectionError
        The selection is none, or does not fit the trace.
    InputError
        `trace` is no trace; heads are named twice; `selection` is of another block; a list is
        empty or none.
    traitlets.TraitError
        Another keyword has a value of the wrong kind.
    HeadwiseError
        The front end is not built.

    Examples
    --------
    >>> view = headwise.matrix_view(trace, layer=3, head=1)
    >>> start, stop = view.selection.query_range
    >>> trace.weights(3, 1, queries=slice(start, stop), keys=slice(*view.selection.key_range))
    """
    return MatrixView(
        trace,
        layer=layer,
        head=head,
        layers=layers,
        heads=heads,
        aggregate=aggregate,
        block=block,
        region=region,
        tool=tool,
        hide_special=hide_special,
        index_base=index_base,
        theme=theme,
        height=height,
        selection=selection,
    )


def _chosen(
    block: Block,
    layers: Iterable[SupportsIndex] | None,
    heads: Iterable[SupportsIndex] | None,
) -> tuple[Head, ...]:
    """Find the heads that keywords name: one head unless several are named."""
    if layers is None:
        numbers = list(block.captured_layers[:1]) or [0]
    else:
        numbers = [layer_number(block, number) for number in layers]
    if heads is None:
        wanted = [nearest_head(block, numbers[0], None)] if numbers else []
    else:
        wanted = [whole_number(number, "head") for number in heads]
    if not numbers or not wanted:
        raise InputError("a map needs at least one layer and one head")
    for head in wanted:
        if not any(head < block.heads(layer) for layer in numbers):
            block.check_head(numbers[0], head)
    found = product(block, sorted(numbers), sorted(wanted))
    if not found:
        if len(numbers) == 1 and len(wanted) == 1:
            block.check_captured(numbers[0], wanted[0])
        raise OutOfRange(
            f"none of heads {wanted} in layers {numbers} of block {block.name!r} was captured"
        )
    return found


def _nearest(block: Block, layers: list[int], heads: list[int]) -> tuple[Head, ...]:
    """Find heads of a block: layers x heads, else a head of what there is."""
    found = product(block, layers, heads)
    if found:
        return found
    there = [layer for layer in layers if layer in block.captured_layers]
    first = (there or [*block.captured_layers, 0])[:1]
    return product(block, first, [nearest_head(block, first[0], None)])
