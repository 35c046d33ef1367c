"""What every view has: a trace, a selection, the bundle, and an answer to every request."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import Dict, Enum, Int, List, Unicode, default

from headwise.assets import packed_program, read_asset
from headwise.batch import TraceBatch
from headwise.errors import HeadwiseError, InputError
from headwise.threads import one_blas_thread
from headwise.trace import Trace
from headwise.widgets._figures import Pictured
from headwise.widgets._keywords import refuse_unknown
from headwise.widgets._pages import Written
from headwise.widgets._requests import WEIGHTS
from headwise.widgets._saved import SavedView, blob_trait
from headwise.widgets._traits import At, BlockName, SelectionValue
from headwise.wire.describe import describe
from headwise.wire.openings import head_opening
from headwise.wire.rpc import answer
from headwise.wire.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from headwise.block import Block
    from headwise.selection import Head, Selection
    from headwise.widgets._requests import TraceRequest
    from headwise.wire.protocol import ErrorReply, Reply
    from headwise.wire.rpc import Handler

_LEAST_HEIGHT = 100


def _selection_to_json(selection: Selection, _view: BaseView) -> dict[str, object]:
    return selection.to_json()


class BaseView(Pictured, Written, SavedView):
    """A view of one trace. Subclasses add their traits and say what travels first.

    Parameters
    ----------
    trace : Trace
        Kept until `close`.
    block : str
        The block that is shown.
    **traits
        Values of the traits of the view, and ``layout`` and the like of any widget.

    Raises
    ------
    TypeError
        A keyword is not known; the message names those that look like it.
    HeadwiseError
        The front end is not built, or is of another version.
    """

    # Python alone writes what has echo_update=False, so the browser never waits for an echo of it.
    # The others are echoed: that is how two browser tabs on one kernel stay together.
    _esm = Unicode().tag(sync=True, echo_update=False)
    _css = Unicode().tag(sync=True, echo_update=False)
    _view = Unicode().tag(sync=True, echo_update=False)
    _trace: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)
    _links: List[str] = List(Unicode()).tag(sync=True, echo_update=False)
    _link_notes: List[dict[str, str]] = List(Dict()).tag(sync=True, echo_update=False)
    tensors = blob_trait(help="The weights that travel without being asked for.")
    block: BlockName = BlockName(help="Name of the block that is shown.").tag(sync=True)
    selection: SelectionValue = SelectionValue(
        help="Heads that are on, locked query and key: a Selection, its dict or its JSON."
    ).tag(sync=True, to_json=_selection_to_json)
    index_base = Enum((0, 1), 0, help="What is shown for the first layer and head: 0 or 1.").tag(
        sync=True
    )
    theme = Enum(
        ("auto", "light", "dark", "contrast"), "auto", help="Colours; auto follows the notebook."
    ).tag(sync=True)
    height = Int(480, min=_LEAST_HEIGHT, help="Height of the drawing in pixels.").tag(sync=True)

    _requests: ClassVar[Mapping[str, TraceRequest]] = WEIGHTS
    _source: Trace | None = None

    def __init__(
        self,
        trace: Trace,
        *,
        block: str,
        **traits: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        refuse_unknown(type(self).__name__, traits, type(self).class_trait_names())
        self._source = trace
        self._lock = threading.RLock()
        self._steps = Steps()
        self._told: dict[str, Sequence[Mapping[str, str]]] = {}
        super().__init__(
            _esm=packed_program(traits["_view"]),
            _css=read_asset("headwise.css"),
            _trace=describe(trace),
            block=block,
            **traits,
        )
        self.on_msg(self._on_message)

    @property
    def trace(self) -> Trace:
        """The trace that is shown.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        if self._source is None:
            raise HeadwiseError("this view is closed and its trace is freed: make a new view")
        return self._source

    @property
    def closed(self) -> bool:
        """Whether the view was closed and its trace is freed."""
        return self._source is None

    @property
    def block_names(self) -> tuple[str, ...]:
        """Names of the blocks that the view can show.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        return tuple(self.trace.blocks)

    def shown_blocks(self, name: str) -> tuple[Block, ...]:
        """Return the blocks that are on screen together while `name` is shown.

        Parameters
        ----------
        name : str

        Returns
        -------
        tuple of Block
            The block of `trace`, and in a comparison that of the second trace.

        Raises
        ------
        OutOfRange
            There is no such block.
        HeadwiseError
            The view was closed.
        """
        return (self.trace.block(name),)

    @property
    def selected_heads(self) -> list[tuple[int, int]]:
        """The heads that are on, as (layer, head), both from 0."""
        return [(head.layer, head.head) for head in self.selection.heads]

    def selected_weights(self) -> dict[Head, NDArray[np.float32]]:
        """Compute the weights of the heads that are on.

        Returns
        -------
        dict of Head to float32 array (Nq, Nk)
            All weights of each head, whatever the view filters or merges.

        Raises
        ------
        HeadwiseError
            The view was closed.
        """
        selection = self.selection
        trace = self.trace
        with self._lock:
            return {
                head: trace.weights(head.layer, head.head, block=selection.block)
                for head in selection.heads
            }

    @default("tensors")
    def _default_tensors(self) -> bytes:
        with one_blas_thread():
            return self._first_tensors(self.tensor_budget())

    def first_blobs(self) -> dict[str, bytes]:
        with self._lock:
            return {"tensors": self._first_tensors(self.tensor_budget())}

    def _first_tensors(self, budget: int) -> bytes:
        """Collect what the view shows without asking; every other trait is set by then.

        `budget` is in bytes of the blob once it is deflated.
        """
        return head_opening(self.trace, self.block, self._shown_layer(), budget)

    def tell_link(self, identity: str, notes: Sequence[Mapping[str, str]] | None) -> None:
        """Write what a link has to say in the view; links call this.

        Parameters
        ----------
        identity : str
            Of the link.
        notes : sequence of mapping, optional
            ``fact`` and ``sentence`` of each; None where the view leaves the link.
        """
        if notes is None:
            self._told.pop(identity, None)
        else:
            self._told[identity] = notes
        said = [dict(note) for told in self._told.values() for note in told]
        with self.hold_sync():
            self._links = list(self._told)
            self._link_notes = [note for place, note in enumerate(said) if note not in said[:place]]

    def answer(self, message: object) -> tuple[Reply | ErrorReply, list[bytes]]:
        """Answer one request of a page or of a figure.

        Parameters
        ----------
        message : object
            As `headwise.wire.rpc.answer` takes it.

        Returns
        -------
        reply : dict
        buffers : list of bytes
        """
        return answer(self._handlers(), message)

    def close(self) -> None:
        """Remove the view from every page and free the trace."""
        super().close()
        if self._source is not None:
            self._steps.clear()
        self._source = None
        self.tensors = b""

    def _shown_layer(self) -> int:
        layer: int = getattr(self, "layer", 0)
        return layer

    def _incoming(self, sync_data: Mapping[str, Any]) -> At:
        block, layer = sync_data.get("block"), sync_data.get("layer")
        known = () if self._source is None else self.block_names
        if not (isinstance(block, str) and block in known):
            block = self.block
        return At(block, layer if isinstance(layer, int) else self._shown_layer())

    def _on_message(self, _view: BaseView, content: object, _buffers: Sequence[memoryview]) -> None:
        reply, buffers = self.answer(content)
        self.send(reply, buffers)

    def _handlers(self) -> dict[str, Handler]:
        answers: dict[str, Handler] = {
            name: partial(self._answer, work) for name, work in self._requests.items()
        }
        return {**answers, "keep": self.keep}

    # JupyterLab runs messages on a thread of their own, beside the cell that is running.
    def _answer(self, work: TraceRequest, params: Mapping[str, object]) -> bytes:
        with self._lock, one_blas_thread():
            return work(self._asked_trace(params), params, self._steps)

    def _asked_trace(self, _params: Mapping[str, object]) -> Trace:
        return self.trace


def check_trace(trace: object) -> None:
    """Refuse what is not a trace, such as a model.

    Raises
    ------
    InputError
    """
    if isinstance(trace, TraceBatch):
        raise InputError(
            f"a view shows one Trace, and this is a batch of {len(trace)}: pick one, as in batch[0]"
        )
    if not isinstance(trace, Trace):
        raise InputError(
            f"a view shows a Trace, not {type(trace).__name__}: "
            "make one with headwise.trace(model, tokenizer, text)"
        )
