"""The model view: every head of a block as a thumbnail, one of them large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from traitlets import observe

from headwise.errors import InputError
from headwise.selection import Selection
from headwise.widgets._base import check_trace
from headwise.widgets._head_traits import (
    IncludedNumbers,
    OpenedHead,
    included_layers,
    is_included,
)
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._moves import to_block
from headwise.widgets._rank import RankedHeads, rank_to_json
from headwise.widgets._requests import GRID, WEIGHTS
from headwise.widgets._settings import FilteredView, GridTraits, thumbnail_settings
from headwise.widgets._traits import Share, block_shown, read_selection
from headwise.wire.openings import model_opening
from headwise.wire.thumbs import model_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import SupportsIndex

    import pandas as pd
    from traitlets import Bunch

    from headwise.reduce import Sentences
    from headwise.selection import Head
    from headwise.thumbnails import Pooling
    from headwise.trace import Block, Trace
    from headwise.widgets._requests import TraceRequest
    from headwise.wire.protocol import Frame, Glyph, Order

_HEIGHT = 720


class ModelView(GridTraits, FilteredView):
    """All heads of a block at once; made by `model_view`.

    Parameters
    ----------
    trace : Trace
    **settings
        The keywords of `model_view`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    selection : Selection
        Heads that were clicked, in the order of the clicks; locked query and key of the opened
        head. A head that is hidden can be selected from Python.
    opened : Head or None
        The head that is shown large.
    block, glyph, pooling, order, frame, strongest, sentences, hide_special, include_layers, \
include_heads, index_base, theme, height
        What `model_view` describes; each can be set, and read after a person moved its control.
    rank : pandas.DataFrame or None
        Heads of the strip above the grid, with the value they are ranked by.
    tensors : bytes
        The thumbnails and weights that travel without being asked for.
    """

    opened: OpenedHead = OpenedHead(help="The head that is shown large, or None.").tag(sync=True)
    strongest = Share(1.0, help="Share of each row that is shown, strongest weights first.").tag(
        sync=True
    )
    include_layers: IncludedNumbers = IncludedNumbers(
        "layer", help="Numbers of the layers that are shown; None for all."
    ).tag(sync=True)
    include_heads: IncludedNumbers = IncludedNumbers(
        "head", help="Numbers of the heads that are shown; None for all."
    ).tag(sync=True)
    rank: RankedHeads = RankedHeads(help="Ranked heads, shown as a strip, or None.").tag(
        sync=True, echo_update=False, to_json=rank_to_json
    )

    _requests: ClassVar[Mapping[str, TraceRequest]] = {**WEIGHTS, **GRID}

    def __init__(
        self,
        trace: Trace,
        *,
        block: str | None = None,
        heads: Iterable[Iterable[SupportsIndex]] | None = None,
        selection: Selection | Mapping[str, object] | str | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        check_trace(trace)
        if heads is not None and selection is not None:
            raise InputError("give heads or selection, not both: heads are part of the selection")
        first = read_selection(Selection() if selection is None else selection)
        shown = block_shown(trace, block, first)
        if heads is not None:
            first = Selection(heads=_existing(shown, heads))
        first.check(trace, shown.name)
        settings.setdefault("height", _HEIGHT)
        # What can be opened depends on what is included.
        opened = {"opened": settings.pop("opened")} if "opened" in settings else {}
        super().__init__(
            trace,
            _view="model",
            block=shown.name,
            selection=replace(first, block=shown.name),
            **settings,
            **opened,
        )

    def __repr__(self) -> str:
        return (
            f"<ModelView of block {self.block!r}, {len(self.selection.heads)} heads selected, "
            f"opened {None if self.opened is None else tuple(self.opened)}>"
        )

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        settings = thumbnail_settings(self)
        return model_archive(traces[0], shown["block"], settings, self._shown_layers(), budget)

    def _first_tensors(self, budget: int) -> bytes:
        return model_opening(
            self.trace, self.block, thumbnail_settings(self), self._shown_layers(), budget
        )

    def _shown_layers(self) -> list[int]:
        return included_layers(
            self.trace.block(self.block), self.include_layers, self.include_heads
        )

    @observe("block")
    def _follow_block(self, change: Bunch) -> None:
        new = self.trace.block(self.block)
        with self.hold_trait_notifications():
            if not self._shown_layers():
                self.include_layers = self.include_heads = None
            if self.selection.block != new.name:
                self.selection = to_block(self.selection, self.trace.block(change.old), new)
            if self.opened is not None and not _has(new, self.opened):
                self.opened = None

    @observe("include_layers", "include_heads")
    def _close_what_is_hidden(self, _change: Bunch) -> None:
        opened = self.opened
        if opened is not None and not is_included(opened, self.include_layers, self.include_heads):
            self.opened = None

    @observe("selection")
    def _follow_selection(self, _change: Bunch) -> None:
        if self.selection.block is not None:
            self.block = self.selection.block


@names_unknown_keywords
def model_view(  # noqa: PLR0913 - one keyword for each control
    trace: Trace,
    *,
    block: str | None = None,
    heads: Iterable[Iterable[SupportsIndex]] | None = None,
    opened: Iterable[SupportsIndex] | None = None,
    rank: pd.DataFrame | pd.Series | None = None,
    glyph: Glyph = "map",
    pooling: Pooling = "max",
    order: Order = "layer",
    frame: Frame = "none",
    strongest: float = 1.0,
    sentences: Sentences = "all",
    hide_special: bool = False,
    include_layers: Iterable[SupportsIndex] | None = None,
    include_heads: Iterable[SupportsIndex] | None = None,
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = _HEIGHT,
    selection: Selection | Mapping[str, object] | str | None = None,
) -> ModelView:
    """Show every head of a block as a thumbnail: layers are rows, heads are columns.

    Parameters
    ----------
    trace : Trace
        From `headwise.trace` or `headwise.load`.
    block : str, optional
        Name of the block; the trace's default one unless given.
    heads : iterable of (layer, head), optional
        Heads that are selected, from 0; none unless given.
    opened : (layer, head), optional
        The head that is shown large under its row; none unless given.
    rank : pandas.DataFrame, optional
        Heads, the best first, from `rank_heads` or `find_heads`: shown with their values as a
        strip above the grid, where a click selects. Of several columns of numbers ``weight`` or
        ``score`` is taken, else the first.
    glyph : {"map", "lines"}
        Thumbnails as heat maps, or as lines between the tokens.
    pooling : {"max", "mean"}
        What a cell of a thumbnail shows where the text is longer than 64 tokens: the largest
        weight of its pairs, or their mean.
    order : {"layer", "entropy", "previous", "next", "first", "special"}
        Rows by layer, or all heads of the block in one ranking by a metric: entropy from sharp to
        flat, the others from large to small.
    frame : {"none", "entropy", "previous", "next", "first", "special"}
        Colour the frames of the thumbnails by a metric.
    strongest : float
        Show of each row the strongest weights that together reach this share of it, 0 to 1;
        exBERT's rule (Hoover et al., 2020).
    sentences : {"all", "aa", "ab", "ba", "bb"}
        Only attention from the first-named sentence to the second.
    hide_special : bool
        Leave tokens such as ``[CLS]`` out.
    include_layers, include_heads : iterable of int, optional
        Numbers of the layers and heads that are shown; all unless given. They keep their numbers.
    index_base : {0, 1}
        What is *shown* for the first layer and head. Python counts from 0 whatever it is.
    theme : {"auto", "light", "dark", "contrast"}
        Colours; ``"auto"`` follows the notebook.
    height : int
        Height of the drawing in pixels, at least 100.
    selection : Selection, dict or str, optional
        Selected heads, locked query and key, in place of `heads`.

    Returns
    -------
    ModelView
        A widget: the last line of a cell shows it.

    Raises
    ------
    TypeError
        A keyword is not known.
    OutOfRange
        The block, a layer or a head does not exist, `opened` is not shown, or `include_layers` and
        `include_heads` leave nothing; the message names what there is.
    SelectionError
        The selection is none, or does not fit the trace; an entry of `heads` is no pair, or was
        not captured.
    InputError
        `trace` is no trace; `heads` and `selection` are both given; `opened` is no pair; `rank`
        is no table of heads; `sentences` names a second sentence that the text does not have; a
        list is empty.
    traitlets.TraitError
        Another keyword has a value of the wrong kind.
    HeadwiseError
        The front end is not built.

    Examples
    --------
    >>> view = headwise.model_view(trace, heads=[(3, 1), (0, 5)], opened=(3, 1))
    >>> view.selected_heads
    [(3, 1), (0, 5)]
    """
    return ModelView(
        trace,
        block=block,
        heads=heads,
        opened=opened,
        rank=rank,
        glyph=glyph,
        pooling=pooling,
        order=order,
        frame=frame,
        strongest=strongest,
        sentences=sentences,
        hide_special=hide_special,
        include_layers=include_layers,
        include_heads=include_heads,
        index_base=index_base,
        theme=theme,
        height=height,
        selection=selection,
    )


def _existing(block: Block, heads: object) -> tuple[Head, ...]:
    pairs = Selection(heads=cast("tuple[Head, ...]", heads)).heads
    for head in pairs:
        block.check_head(*head)
    return pairs


def _has(block: Block, head: Head) -> bool:
    return head.layer < block.layers and head.head in block.record(head.layer).captured
