"""Settings that several views have: filters, those of a grid of heads, those of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from traitlets import Bool, Enum, HasTraits, observe

from headwise.widgets._base import BaseView
from headwise.widgets._traits import SentenceFilter, has_sentences
from headwise.wire.protocol import FRAMES, GLYPHS, ORDERS, POOLINGS

if TYPE_CHECKING:
    from traitlets import Bunch

    from headwise.wire.protocol import ThumbnailSettings

_OF_THUMBNAILS: Final = ("pooling", "strongest", "sentences", "hide_special")


class FilteredView(BaseView):
    """A view that can leave out pairs of tokens."""

    sentences: SentenceFilter = SentenceFilter(
        help="Which sentence looks at which: all, aa, ab, ba or bb."
    ).tag(sync=True)
    hide_special = Bool(default_value=False, help="Leave special tokens out.").tag(sync=True)

    @observe("block")
    def _leave_sentences_that_are_not_there(self, _change: Bunch) -> None:
        blocks = self.shown_blocks(self.block)
        if not all(has_sentences(block, self.sentences) for block in blocks):
            self.sentences = "all"


class GridTraits(HasTraits):
    """The settings of a grid of heads."""

    glyph = Enum(GLYPHS, "map", help="What a thumbnail is: a heat map, or lines.").tag(sync=True)
    pooling = Enum(POOLINGS, "max", help="What a cell of a long text is: a maximum or mean.").tag(
        sync=True
    )
    order = Enum(ORDERS, "layer", help="Rows by layer, or heads by a metric.").tag(sync=True)
    frame = Enum(FRAMES, "none", help="The metric that colours the frames.").tag(sync=True)


class VectorTraits(HasTraits):
    """The settings of what shows query and key vectors."""

    form = Enum(("columns", "lines"), "columns", help="Every step to the weight, or lines.").tag(
        sync=True
    )
    neurons = Enum(
        ("share", "index"), "share", help="Neurons by their share in the score, or by number."
    ).tag(sync=True)


def thumbnail_settings(view: FilteredView) -> ThumbnailSettings:
    """Collect what the thumbnails of a view with a grid depend on."""
    return cast("ThumbnailSettings", view.get_state(_OF_THUMBNAILS))
