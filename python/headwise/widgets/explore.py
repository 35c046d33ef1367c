"""Explore: the model view, the head view and the neuron view of one trace in one widget."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast, overload

from traitlets import default, observe

from headwise.errors import InputError
from headwise.selection import Head
from headwise.widgets._ask import question_of
from headwise.widgets._blobs import joined
from headwise.widgets._head_traits import HeadNumber
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._moves import heads_in, nearest_head
from headwise.widgets._requests import GRID, VECTORS, WEIGHTS
from headwise.widgets._settings import GridTraits, VectorTraits, thumbnail_settings
from headwise.widgets.head import HeadView
from headwise.wire.openings import explore_opening
from headwise.wire.rows import neuron_archive
from headwise.wire.thumbs import model_archive
from headwise.wire.tiles import archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import SupportsIndex

    from traitlets import Bunch

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.question import Ablation, SaliencyMethod
    from headwise.reduce import Aggregate, Sentences
    from headwise.selection import Selection
    from headwise.thumbnails import Pooling
    from headwise.trace import Trace
    from headwise.widgets._requests import TraceRequest
    from headwise.widgets.live import LiveExploreView
    from headwise.wire.protocol import Frame, Glyph, Order, ThumbnailSettings


class ExploreView(GridTraits, VectorTraits, HeadView):
    """A grid of all heads beside one layer and one head, with one selection; made by `explore`.

    Parameters
    ----------
    trace : Trace
    **settings
        The keywords of `explore`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    selection : Selection
        Heads that are on, locked query and key, as in `HeadView`. A click in the grid makes that
        head the only one.
    head : int
        The head of which the neurons are shown: the last one of the shown layer that is on, else
        the first that was captured. Setting it makes that head the only one that is on.
    block, layer, heads, aggregate, strongest, sentences, hide_special, merge_words, glyph, \
pooling, order, frame, form, neurons, index_base, theme, height
        What `explore` describes; each can be set, and read after a person moved its control.
    tensors : bytes
        The thumbnails, vectors and weights that travel without being asked for.
    """

    head: HeadNumber = HeadNumber(help="The head of which the neurons are shown, from 0.").tag(
        sync=True
    )

    _component = "explore"
    _followed: int | None = None
    _requests: ClassVar[Mapping[str, TraceRequest]] = {**WEIGHTS, **GRID, **VECTORS}

    def __init__(
        self,
        trace: Trace,
        *,
        head: SupportsIndex | None = None,
        heads: Iterable[SupportsIndex] | None = None,
        selection: Selection | Mapping[str, object] | str | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        if head is not None:
            if selection is not None:
                raise InputError("give head or selection, not both: the head is part of it")
            # Named last, it is the one that is shown.
            others = () if heads is None else [number for number in heads if number != head]
            heads = (*others, head)
        super().__init__(trace, heads=heads, selection=selection, **settings)

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        (trace,), block, layer = traces, shown["block"], shown["layer"]
        settings = self._grid_settings()
        return joined(
            [
                partial(neuron_archive, trace, block, layer, shown["head"]),
                partial(model_archive, trace, block, settings, None),
                partial(archive, trace, block, layer),
            ],
            budget,
        )

    def _first_tensors(self, budget: int) -> bytes:
        head = self._neuron_head()
        settings = self._grid_settings()
        return explore_opening(self.trace, self.block, self.layer, head, settings, budget)

    def _grid_settings(self) -> ThumbnailSettings:
        # The cut is for lines: the thumbnails show all weights.
        return {**thumbnail_settings(self), "strongest": 1.0}

    @default("head")
    def _neuron_head(self) -> int:
        on = heads_in(self.selection, self.layer)
        return on[-1] if on else nearest_head(self.trace.block(self.block), self.layer, None)

    def _follow_neurons(self) -> None:
        # A head that was set together with the layer is heard of after it: it is not overridden.
        if self._followed in (None, self.head):
            self._followed = self._neuron_head()
            self.head = self._followed

    @observe("layer")
    def _follow_layer(self, change: Bunch) -> None:
        super()._follow_layer(change)
        self._follow_neurons()

    @observe("selection")
    def _follow_selection(self, change: Bunch) -> None:
        super()._follow_selection(change)
        self._follow_neurons()

    @observe("head")
    def _select_head(self, _change: Bunch) -> None:
        self._followed = self.head
        if self.head != self._neuron_head():
            self.selection = replace(self.selection, heads=(Head(self.layer, self.head),))


@overload
def explore(
    trace: Trace,
    *,
    layer: SupportsIndex | None = None,
    heads: Iterable[SupportsIndex] | None = None,
    head: SupportsIndex | None = None,
    selection: Selection | Mapping[str, object] | str | None = None,
    **settings: Any,  # noqa: ANN401 - the other keywords, checked below
) -> ExploreView: ...
@overload
def explore(
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
) -> LiveExploreView: ...
@names_unknown_keywords
def explore(  # noqa: PLR0913 - one keyword for each control
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
    head: SupportsIndex | None = None,
    block: str | None = None,
    glyph: Glyph = "map",
    pooling: Pooling = "max",
    order: Order = "layer",
    frame: Frame = "none",
    form: Literal["columns", "lines"] = "columns",
    neurons: Literal["share", "index"] = "share",
    aggregate: Literal["each"] | Aggregate = "each",
    strongest: float | None = None,
    sentences: Sentences = "all",
    hide_special: bool = False,
    merge_words: bool = False,
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = 480,
    selection: Selection | Mapping[str, object] | str | None = None,
) -> ExploreView | LiveExploreView:
    """Show the grid of all heads beside the lines of a layer and the neurons of a head.

    Parameters
    ----------
    trace : Trace or model
        As in `head_view`: a record, or a model that is asked.
    tokenizer, text, text_pair, target, masked, blocked, ablated, ablation, replaced, saliency
        Only with a model, as in `head_view`.
    layer, heads : int, iterable of int, optional
        As in `head_view`.
    head : int, optional
        The head of which the neurons are shown, from 0; the last of `heads` unless given. Alone,
        it is also the one head that is on.
    glyph, pooling, order, frame
        As in `model_view`.
    form, neurons
        As in `neuron_view`.
    block, aggregate, strongest, sentences, hide_special, merge_words, index_base, theme, height, \
selection
        As in `head_view`; they hold for all three parts, but `strongest` for the lines alone: the
        thumbnails show all weights.

    Returns
    -------
    ExploreView
        A widget: the last line of a cell shows it.

    Raises
    ------
    TypeError, OutOfRange, SelectionError, InputError, traitlets.TraitError, HeadwiseError
        As `head_view`; InputError also where `head` and `selection` are both given.

    Examples
    --------
    >>> view = headwise.explore(trace, layer=3, heads=[1])
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
        "head": head,
        "block": block,
        "glyph": glyph,
        "pooling": pooling,
        "order": order,
        "frame": frame,
        "form": form,
        "neurons": neurons,
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
        return ExploreView(cast("Trace", trace), **settings)
    from headwise.widgets.live import LiveExploreView  # noqa: PLC0415 - torch takes its time

    return LiveExploreView(cast("Model", trace), cast("Tokenizer", tokenizer), question, **settings)
