"""The neuron view: from a query and the keys to the weights of one head, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from traitlets import observe

from headwise.errors import InputError, OutOfRange
from headwise.selection import Head, Selection
from headwise.widgets._base import check_trace
from headwise.widgets._head_traits import CapturedLayer, HeadNumber
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._moves import nearest_head, nearest_layer, to_block
from headwise.widgets._requests import VECTORS, WEIGHTS
from headwise.widgets._settings import FilteredView, VectorTraits
from headwise.widgets._traits import Share, block_shown, layer_number, read_selection
from headwise.wire.rows import neuron_archive, neuron_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import SupportsIndex

    from traitlets import Bunch

    from headwise.reduce import Sentences
    from headwise.trace import Block, Trace
    from headwise.widgets._requests import TraceRequest

_SHARE_OF_LINES = 0.95


class NeuronView(VectorTraits, FilteredView):
    """One head: query, keys, their product and what leads to the weights; made by `neuron_view`.

    Parameters
    ----------
    trace : Trace
    **settings
        The keywords of `neuron_view`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    selection : Selection
        The head that is shown is the last of its heads; locked query and key, which may be locked
        together. Setting heads shows the last; without heads the view stays where it is.
    layer, head : int
        The head that is shown; setting one makes that head the only one of the selection.
    block, form, neurons, strongest, sentences, hide_special, index_base, theme, height
        What `neuron_view` describes; each can be set, and read after a person moved its control.
    tensors : bytes
        The vectors and weights that travel without being asked for.
    """

    layer: CapturedLayer = CapturedLayer(help="The layer that is shown, from 0.").tag(sync=True)
    head: HeadNumber = HeadNumber(help="The head that is shown, from 0.").tag(sync=True)
    strongest = Share(
        _SHARE_OF_LINES, help="Share of each row that is drawn as lines, strongest weights first."
    ).tag(sync=True)

    _requests: ClassVar[Mapping[str, TraceRequest]] = {**WEIGHTS, **VECTORS}

    def __init__(
        self,
        trace: Trace,
        *,
        layer: SupportsIndex | None = None,
        head: SupportsIndex | None = None,
        query: SupportsIndex | None = None,
        key: SupportsIndex | None = None,
        block: str | None = None,
        selection: Selection | Mapping[str, object] | str | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        check_trace(trace)
        given = read_selection(Selection() if selection is None else selection)
        if selection is not None and not (query is None and key is None):
            raise InputError("give query and key or selection, not both: they are part of it")
        shown = _check_block(block_shown(trace, block, given))
        given.check(trace, shown.name)
        found = _shown_head(shown, layer, head, given)
        first = replace(given, block=shown.name, heads=given.heads or (found,))
        if selection is None:
            first = replace(first, query=query, key=key)
        super().__init__(
            trace,
            _view="neuron",
            block=shown.name,
            layer=found.layer,
            head=found.head,
            selection=first,
            **settings,
        )

    def __repr__(self) -> str:
        return f"<NeuronView of block {self.block!r}, layer {self.layer}, head {self.head}>"

    @property
    def block_names(self) -> tuple[str, ...]:
        """Names of the blocks of which a head was captured."""
        return tuple(name for name, block in self.trace.blocks.items() if block.captured_layers)

    def shown_blocks(self, name: str) -> tuple[Block, ...]:  # noqa: D102 - as every view
        return (_check_block(self.trace.block(name)),)

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        return neuron_archive(traces[0], shown["block"], shown["layer"], shown["head"], budget)

    def _first_tensors(self, budget: int) -> bytes:
        return neuron_snapshot(self.trace, self.block, self.layer, self.head, budget)

    @observe("block")
    def _follow_block(self, change: Bunch) -> None:
        new = self.trace.block(self.block)
        with self.hold_trait_notifications():
            self.layer = nearest_layer(new, self.layer)
            self.head = nearest_head(new, self.layer, self.head)
            if self.selection.block != new.name:
                moved = to_block(self.selection, self.trace.block(change.old), new)
                self.selection = replace(moved, heads=(Head(self.layer, self.head),))

    @observe("layer", "head")
    def _follow_head(self, _change: Bunch) -> None:
        with self.hold_trait_notifications():
            self.head = nearest_head(self.trace.block(self.block), self.layer, self.head)
            shown = Head(self.layer, self.head)
            if self.selection.heads[-1:] != (shown,):
                self.selection = replace(self.selection, heads=(shown,))

    @observe("selection")
    def _follow_selection(self, _change: Bunch) -> None:
        selection = self.selection
        with self.hold_trait_notifications():
            if selection.block is not None:
                self.block = selection.block
            if selection.heads:
                self.layer, self.head = selection.heads[-1]


@names_unknown_keywords
def neuron_view(  # noqa: PLR0913 - one keyword for each control
    trace: Trace,
    *,
    layer: SupportsIndex | None = None,
    head: SupportsIndex | None = None,
    query: SupportsIndex | None = None,
    key: SupportsIndex | None = None,
    block: str | None = None,
    form: Literal["columns", "lines"] = "columns",
    neurons: Literal["share", "index"] = "share",
    strongest: float = _SHARE_OF_LINES,
    sentences: Sentences = "all",
    hide_special: bool = False,
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = 480,
    selection: Selection | Mapping[str, object] | str | None = None,
) -> NeuronView:
    """Show how the query and the keys of one head make its weights.

    Parameters
    ----------
    trace : Trace
        From `headwise.trace` or `headwise.load`. Of a trace that holds weights only
        (`headwise.from_attentions`) the lines are shown, and in place of the columns a note that
        says what is missing.
    layer, head : int, optional
        From 0; the first that there is, or the last head of the selection, unless given.
    query, key : int, optional
        Token numbers that are locked; none unless given.
    block : str, optional
        Name of the block; the trace's default one unless given.
    form : {"columns", "lines"}
        Every step from query and key to the weight, or the weights as lines.
    neurons : {"share", "index"}
        Order of the neurons: by their share in the score of the locked key, or by number.
    strongest : float
        Draw as lines, of each row, the strongest weights that together reach this share, 0 to 1.
    sentences : {"all", "aa", "ab", "ba", "bb"}
        Only attention from the first-named sentence to the second.
    hide_special : bool
        Leave tokens such as ``[CLS]`` out of play: their rows stay, in grey.
    index_base : {0, 1}
        What is *shown* for the first layer and head. Python counts from 0 whatever it is.
    theme : {"auto", "light", "dark", "contrast"}
        Colours; ``"auto"`` follows the notebook.
    height : int
        Height of the drawing in pixels, at least 100.
    selection : Selection, dict or str, optional
        Locked query and key, in place of `query` and `key`, and the heads; the last is shown.

    Returns
    -------
    NeuronView
        A widget: the last line of a cell shows it. The vectors themselves are
        ``trace.queries(layer, head)`` and ``trace.keys(layer, head)``.

    Raises
    ------
    TypeError
        A keyword is not known.
    OutOfRange
        The block, layer or head does not exist or was not captured; the message names what there
        is.
    SelectionError
        The selection is none, or does not fit the trace; `query` or `key` is no token.
    InputError
        `trace` is no trace; `selection` contradicts another keyword; `sentences` names a second
        sentence that the text does not have.
    traitlets.TraitError
        Another keyword has a value of the wrong kind.
    HeadwiseError
        The front end is not built.

    Examples
    --------
    >>> view = headwise.neuron_view(trace, layer=3, head=1, query=9)
    >>> view.selection
    Selection(block='encoder', heads=(Head(layer=3, head=1),), query=9, key=None)
    """
    return NeuronView(
        trace,
        layer=layer,
        head=head,
        query=query,
        key=key,
        block=block,
        form=form,
        neurons=neurons,
        strongest=strongest,
        sentences=sentences,
        hide_special=hide_special,
        index_base=index_base,
        theme=theme,
        height=height,
        selection=selection,
    )


def _check_block(block: Block) -> Block:
    if not block.captured_layers:
        raise OutOfRange(f"nothing of block {block.name!r} was captured: there is no head to show")
    return block


def _shown_head(
    block: Block, layer: SupportsIndex | None, head: SupportsIndex | None, selection: Selection
) -> Head:
    """Return the head that is shown first: what is named, else the last that is selected."""
    last = selection.heads[-1] if selection.heads else None
    if layer is None:
        number = block.captured_layers[0] if last is None else last.layer
    else:
        number = layer_number(block, layer)
        block.check_layer(number)
    if head is not None:
        found = Head(number, block.check_captured(number, cast("int", head))[1])
    elif last is not None and last.layer == number:
        found = last
    else:
        found = Head(number, nearest_head(block, number, None))
    if last is not None and found != last:
        raise InputError(
            f"layer and head are {tuple(found)}, but the last head of the selection is "
            f"{tuple(last)}: leave one of them out"
        )
    return found
