"""The head view: tokens left and right, a line for each weight, a colour for each head."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast, overload

from traitlets import Bool, Enum, observe

from headwise.errors import InputError
from headwise.selection import Selection
from headwise.widgets._ask import question_of
from headwise.widgets._base import check_trace
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._moves import heads_in, to_block, to_layer, with_heads, within
from headwise.widgets._settings import FilteredView
from headwise.widgets._traits import (
    HeadNumbers,
    LayerNumber,
    Share,
    block_shown,
    head_numbers,
    layer_number,
    read_selection,
)
from headwise.wire.protocol import AGGREGATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import SupportsIndex

    from traitlets import Bunch

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.live import Live
    from headwise.intervene.question import Ablation, SaliencyMethod
    from headwise.reduce import Aggregate, Sentences
    from headwise.trace import Block, Trace
    from headwise.widgets.live import LiveHeadView

_SHARE_OF_ALL_HEADS = 0.5
_SHARE_OF_CHOSEN_HEADS = 0.8


class HeadView(FilteredView):
    """The weights of one layer as lines between the tokens; made by `head_view`.

    Parameters
    ----------
    trace : Trace
    **settings
        The keywords of `head_view`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    selection : Selection
        Heads that are on, locked query and key. A selection whose heads lie all in another layer
        takes the view there.
    block, layer, heads, aggregate, strongest, sentences, hide_special, merge_words, index_base, \
theme, height
        What `head_view` describes; each can be set, and read after a person moved its control.
    tensors : bytes
        The weights that travel without being asked for.
    """

    layer: LayerNumber = LayerNumber(help="The layer that is shown, from 0.").tag(sync=True)
    heads: HeadNumbers = HeadNumbers(help="The heads of that layer that are on, from 0.")
    aggregate = Enum(AGGREGATES, "each", help="Heads apart, or their sum, mean or max.").tag(
        sync=True
    )
    strongest = Share(
        _SHARE_OF_ALL_HEADS, help="Share of each row that is shown, strongest weights first."
    ).tag(sync=True)
    merge_words = Bool(default_value=False, help="Merge pieces to words.").tag(sync=True)

    _component: ClassVar[str] = "head"

    def __init__(
        self,
        trace: Trace,
        *,
        block: str | None = None,
        layer: SupportsIndex | None = None,
        heads: Iterable[SupportsIndex] | None = None,
        selection: Selection | Mapping[str, object] | str | None = None,
        strongest: float | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        check_trace(trace)
        if heads is not None and selection is not None:
            raise InputError("give heads or selection, not both: heads are part of the selection")
        if selection is None:
            number, first = _from_heads(trace.block(block), layer, heads)
        else:
            number, first = _from_selection(trace, block, layer, read_selection(selection))
        if strongest is None:
            chosen = heads is not None or selection is not None
            strongest = _SHARE_OF_CHOSEN_HEADS if chosen else _SHARE_OF_ALL_HEADS
        super().__init__(
            trace,
            _view=self._component,
            block=trace.block(first.block).name,
            layer=number,
            selection=first,
            heads=heads_in(first, number),
            strongest=strongest,
            **settings,
        )

    @property
    def live(self) -> Live | None:
        """The line to a model; None for the view of a trace."""
        return None

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} of block {self.block!r}, layer {self.layer}, heads {self.heads}>"

    @observe("block")
    def _follow_block(self, change: Bunch) -> None:
        new = self.trace.block(self.block)
        with self.hold_trait_notifications():
            layer = self.layer
            if layer >= self._layers():
                self.layer = self._layers() - 1
            if self.selection.block != new.name:
                old = self.trace.block(change.old)
                moved = to_layer(self.selection, new, layer, self.layer)
                self.selection = within(to_block(moved, old, new), self._layers())

    @observe("layer")
    def _follow_layer(self, change: Bunch) -> None:
        block = self.trace.block(self.block)
        self.selection = to_layer(self.selection, block, change.old, self.layer)
        self.heads = heads_in(self.selection, self.layer)

    @observe("selection")
    def _follow_selection(self, change: Bunch) -> None:
        selection = self.selection
        # Switching off the last head of the shown layer adds none, and leaves the view where it is.
        before: Selection | None = change.old
        added = before is None or not set(selection.heads) <= set(before.heads)
        with self.hold_trait_notifications():
            if selection.block is not None and selection.block != self.block:
                self.block = selection.block
                self.layer = min(self.layer, self._layers() - 1)
            if added and selection.heads and not heads_in(selection, self.layer):
                self.layer = selection.heads[0].layer
            self.heads = heads_in(selection, self.layer)

    @observe("heads")
    def _follow_heads(self, _change: Bunch) -> None:
        if self.heads != heads_in(self.selection, self.layer):
            self.selection = with_heads(self.selection, self.layer, self.heads)

    def _layers(self) -> int:
        return min(block.layers for block in self.shown_blocks(self.block))


@overload
def head_view(
    trace: Trace,
    *,
    layer: SupportsIndex | None = None,
    heads: Iterable[SupportsIndex] | None = None,
    selection: Selection | Mapping[str, object] | str | None = None,
    **settings: Any,  # noqa: ANN401 - the other keywords, checked below
) -> HeadView: ...
@overload
def head_view(
    trace: Model,
    tokenizer: Tokenizer,
    text: str,
    text_pair: str | None = None,
    *,
    target: str | None = None,
    masked: Iterable[int] = (),
    blocked: Iterable[int] = (),
    ablated: Iterable[tuple[Any, ...]] = (),
    ablation: Ablation = "zero",
    replaced: Mapping[int, str | int] | Iterable[tuple[int, str | int]] = (),
    saliency: SaliencyMethod | None = None,
    **settings: Any,  # noqa: ANN401 - the other keywords, checked below
) -> LiveHeadView: ...
@names_unknown_keywords
def head_view(  # noqa: PLR0913 - one keyword for each control
    trace: Trace | Model,
    tokenizer: Tokenizer | None = None,
    text: str | None = None,
    text_pair: str | None = None,
    *,
    target: str | None = None,
    masked: Iterable[int] = (),
    blocked: Iterable[int] = (),
    ablated: Iterable[tuple[Any, ...]] = (),
    ablation: Ablation = "zero",
    replaced: Mapping[int, str | int] | Iterable[tuple[int, str | int]] = (),
    saliency: SaliencyMethod | None = None,
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
) -> HeadView | LiveHeadView:
    """Show the heads of a layer as lines between the tokens, of a trace or of a live model.

    Parameters
    ----------
    trace : Trace or model
        From `headwise.trace` or `headwise.load`; or a transformers model, with what follows. Then
        the text, its tokens and the heads can be changed in the view, and predictions are shown.
    tokenizer, text, text_pair, target, masked, blocked, ablated, ablation, replaced, saliency
        Only with a model, as for `headwise.ask`; in the view they can be read and set.
    layer : int, optional
        From 0; the first layer, or that of the selection, unless given.
    heads : iterable of int, optional
        Heads of that layer that are on, from 0; all unless given.
    block : str, optional
        Name of the block; the trace's default one unless given.
    aggregate : {"each", "sum", "mean", "max"}
        Draw the heads that are on apart, or as one sum, mean or maximum.
    strongest : float, optional
        Show of each row the strongest weights that together reach this share of it, 0 to 1;
        exBERT's rule (Hoover et al., 2020). 0.8 where heads are chosen, else 0.5.
    sentences : {"all", "aa", "ab", "ba", "bb"}
        Only attention from the first-named sentence to the second.
    hide_special : bool
        Leave tokens such as ``[CLS]`` out.
    merge_words : bool
        Merge pieces to words: attention to a word is summed, from a word averaged.
    index_base : {0, 1}
        What is *shown* for the first layer and head. Python counts from 0 whatever it is.
    theme : {"auto", "light", "dark", "contrast"}
        Colours; ``"auto"`` follows the notebook.
    height : int
        Height of the drawing in pixels, at least 100.
    selection : Selection, dict or str, optional
        Heads that are on, locked query and key, in place of `heads`.

    Returns
    -------
    HeadView
        A widget: the last line of a cell shows it. Its `live` is the line to the model, or None.

    Raises
    ------
    TypeError
        A keyword is not known.
    OutOfRange
        The block, layer or a head does not exist, or a head was not captured; the message names
        what there is.
    SelectionError
        The selection is none, or does not fit the trace.
    InputError
        `trace` is no trace; `heads` and `selection` are both given; `sentences` names a second
        sentence that the text does not have; a trace is given together with what only a model
        can be asked. With a model also as `headwise.ask`.
    traitlets.TraitError
        Another keyword has a value of the wrong kind.
    HeadwiseError
        The front end is not built.

    Examples
    --------
    >>> view = headwise.head_view(trace, layer=3, heads=[1])
    >>> view.selected_heads
    [(3, 1)]
    """
    question = question_of(
        trace,
        tokenizer,
        text,
        text_pair,
        target=target,
        masked=masked,
        blocked=blocked,
        ablated=ablated,
        ablation=ablation,
        replaced=replaced,
        saliency=saliency,
    )
    settings: dict[str, Any] = {
        "layer": layer,
        "heads": heads,
        "block": block,
        "aggregate": aggregate,
        "strongest": strongest,
        "sentences": sentences,
        "hide_special": hide_special,
        "merge_words": merge_words,
        "index_base": index_base,
        "theme": theme,
        "height": height,
        "selection": selection,
    }
    if question is None:
        return HeadView(cast("Trace", trace), **settings)
    from headwise.widgets.live import LiveHeadView  # noqa: PLC0415 - torch takes its time

    return LiveHeadView(cast("Model", trace), cast("Tokenizer", tokenizer), question, **settings)


def _from_heads(
    block: Block, layer: SupportsIndex | None, heads: Iterable[SupportsIndex] | None
) -> tuple[int, Selection]:
    number = layer_number(block, next(iter(block.captured_layers), 0) if layer is None else layer)
    found = block.record(number).captured
    numbers = found if heads is None else head_numbers(block, number, heads)
    return number, with_heads(Selection(block=block.name), number, numbers)


def _from_selection(
    trace: Trace, block: str | None, layer: SupportsIndex | None, selection: Selection
) -> tuple[int, Selection]:
    shown = block_shown(trace, block, selection)
    selection.check(trace, shown.name)
    first = selection.heads[0].layer if selection.heads else 0
    number = layer_number(shown, first if layer is None else layer)
    if selection.heads and not heads_in(selection, number):
        raise InputError(
            f"layer is {number}, but the heads of the selection are in layer {first}: "
            "leave one of them out"
        )
    return number, replace(selection, block=shown.name)
