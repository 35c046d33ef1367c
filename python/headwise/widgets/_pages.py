"""What every view can write: a page that needs neither Python nor a network, and a table."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any, Final

from headwise.errors import HeadwiseError
from headwise.export.html import to_html
from headwise.export.preview import preview
from headwise.threads import one_blas_thread
from headwise.widgets._synced import SyncedWidget
from headwise.wire.tiles import archive

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import SupportsIndex

    import pandas as pd

    from headwise.export.html import Exported
    from headwise.export.preview import Preview
    from headwise.trace import Trace

_logger = logging.getLogger(__name__)
_OWN_TO_WIDGETS: Final = frozenset({"_esm", "_css", "_anywidget_id", "tensors", "tensors_b"})


class Written(SyncedWidget):
    """Adds `to_html` and `to_dataframe` to a view."""

    if TYPE_CHECKING:

        @property
        def trace(self) -> Trace: ...

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Show the view, and where no view can be shown a small picture of its heads."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        try:
            with one_blas_thread():
                picture = self.small_picture(self.state_for_page())
        except HeadwiseError:
            return data, metadata
        except Exception:
            # A view that can be shown is not lost with the picture that stands in for it.
            _logger.exception("the static picture of %r cannot be drawn", self)
            return data, metadata
        words = f"{self!r}: the picture shows {picture.words}. Run the cell for the view."
        sized = {"width": picture.width, "height": picture.height}
        data = data | {
            "image/png": base64.b64encode(picture.png).decode("ascii"),
            "text/plain": words,
        }
        return data, metadata | {"image/png": sized}

    def small_picture(self, shown: Mapping[str, Any]) -> Preview:
        """Draw what stands for the view where no view can be shown."""
        return preview(self.traces, shown)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The traces that are shown.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        return (self.trace,)

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        layers: Iterable[SupportsIndex] | None = None,
        heads: Iterable[SupportsIndex] | None = None,
        budget: int | None = None,
    ) -> Exported:
        """Write the view as one page that needs neither Python nor a network.

        Parameters
        ----------
        path : path-like
            An older file there is replaced.
        layers, heads : iterable of int, optional
            Numbers, from 0, of the layers and heads that go in; all unless given. The page says
            what was left out, and opens with what is there.
        budget : int, optional
            Bytes of weights and vectors, before the page deflates them. What is shown goes in
            first; of a head view all layers as float32 if they fit, else as uint8, else as many as
            fit. 8 MB unless given; then a text that is too long for it keeps its first queries.

        Returns
        -------
        Exported
            ``path`` and ``size`` in bytes; it shows as ``map.html, 2.1 MB``.

        Raises
        ------
        BudgetError
            The budget that is given does not hold what is shown; the message says the least that
            does.
        OutOfRange
            There is no such layer or head, or nothing is left of what is shown.
        InputError
            `layers` or `heads` is no list of numbers, or an empty one.
        HeadwiseError
            The file cannot be written, or the view was closed.
        """
        return to_html(self, path, layers=layers, heads=heads, budget=budget)

    def to_dataframe(self) -> pd.DataFrame:
        """List the weights that are picked: a row for each head, query and key.

        Returns
        -------
        pandas.DataFrame
            Of the heads of the selection, in its order; only the locked query and key, or those
            within the brushed ranges, where there are some. Columns, all counted from 0 whatever
            `index_base` is:

            ``block``
                Name of the block.
            ``layer``, ``head``, ``query``, ``key``
                int64.
            ``query_token``, ``key_token``
                Texts of the tokens, as the view shows them.
            ``weight``
                float32: what the model computed, whatever the view filters or merges.

            In a comparison it is of the first trace.

        Raises
        ------
        HeadwiseError
            The view was closed.
        BudgetError
            There would be over 20 million rows; the message says what to pick less of.
        """
        from headwise.export.tables import to_dataframe  # noqa: PLC0415 - pandas takes its time

        return to_dataframe(self.trace, self.get_state(["selection"])["selection"])

    def archive(self, budget: int) -> bytes:
        """Collect what a page without Python shows.

        Parameters
        ----------
        budget : int
            Bytes; the blob is never larger.

        Returns
        -------
        bytes
            Tensors of the view as it stands now, as a safetensors blob.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        return self.archive_of(self.traces, self.state_for_page(), budget)

    def archives(self, budget: int) -> dict[str, bytes]:
        """Name the blobs of a page without Python by their traits.

        Parameters
        ----------
        budget : int
            Bytes of all blobs together.

        Returns
        -------
        dict of str to bytes
            ``tensors``, and in a comparison ``tensors_b``.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        return self.archives_of(self.traces, self.state_for_page(), budget)

    def archive_of(self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int) -> bytes:
        """Collect what a page shows of these traces with these values of the traits."""
        return archive(traces[0], shown["block"], shown["layer"], budget)

    def archives_of(
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> dict[str, bytes]:
        """Collect, by the names of their traits, all blobs of a page."""
        return {"tensors": self.archive_of(traces, shown, budget)}

    def state_for_page(self) -> dict[str, Any]:
        """List the synced traits that a page without Python needs, as JSON values.

        Returns
        -------
        dict of str to JSON value
            All but those that are bytes; a page is in no link.
        """
        names = self.own_synced() - _OWN_TO_WIDGETS
        return self.get_state(sorted(names)) | {"_links": [], "_link_notes": []}
