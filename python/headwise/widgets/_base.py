"""What every view has: a trace, a selection, the bundle, and an answer to every request."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import anywidget
from traitlets import Bytes, Dict, Enum, Int, TraitError, Unicode

from headwise.assets import read_asset
from headwise.batch import TraceBatch
from headwise.errors import HeadwiseError, InputError
from headwise.trace import Trace
from headwise.widgets._keywords import refuse_unknown
from headwise.widgets._traits import BlockName, SelectionValue, TraceBound
from headwise.widgets._typed import TypedWidget
from headwise.wire.protocol import PROTOCOL, TENSOR_BUDGET, read_marginals, read_tile
from headwise.wire.rpc import answer
from headwise.wire.tiles import marginal_tile, snapshot, tile

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from traitlets import Bunch

    from headwise.block import Block
    from headwise.export.html import Exported
    from headwise.selection import Head, Selection
    from headwise.tokens import Tokens

_logger = logging.getLogger(__name__)

_LEAST_HEIGHT = 100
_OWNED_BY_PYTHON = frozenset({"_esm", "_css", "_view", "_trace", "tensors"})
_NOT_EXPORTED = frozenset({"_esm", "_css", "_anywidget_id", "tensors"})


def _selection_to_json(selection: Selection, _view: BaseView) -> dict[str, object]:
    return selection.to_json()


@runtime_checkable
class _Validating(Protocol):
    def validate(self, obj: object, value: object) -> object: ...


class BaseView(TypedWidget):
    """A view of one trace. Subclasses add their traits and say which component draws them.

    Parameters
    ----------
    trace : Trace
        Kept until `close`.
    first_layer, block : int, str
        The layer and block whose weights travel first.
    **traits
        Values of the traits of the view, and ``layout`` and the like of any widget.

    Raises
    ------
    TypeError
        A keyword is not known; the message names those that look like it.
    HeadwiseError
        The front end is not built, or is of another version.
    """

    # Python alone writes these five, so the browser never waits for an echo of them. The others
    # are echoed: that is how two browser tabs on one kernel stay together.
    _esm = Unicode().tag(sync=True, echo_update=False)
    _css = Unicode().tag(sync=True, echo_update=False)
    _view = Unicode().tag(sync=True, echo_update=False)
    _trace: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)
    tensors = Bytes(help="The weights that travel without being asked for.").tag(
        sync=True, echo_update=False
    )
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

    _source: Trace | None = None

    def __init__(
        self,
        trace: Trace,
        *,
        first_layer: int,
        block: str,
        **traits: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        refuse_unknown(type(self).__name__, traits, type(self).class_trait_names())
        self._source = trace
        self._lock = threading.RLock()
        super().__init__(
            _esm=read_asset("widget.js"),
            _css=read_asset("widget.css"),
            _trace=describe(trace),
            tensors=snapshot(trace, block, first_layer, TENSOR_BUDGET),
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

    def to_html(self, path: str | os.PathLike[str]) -> Exported:
        """Write the view as one page that needs neither Python nor a network.

        Parameters
        ----------
        path : path-like
            An older file there is replaced.

        Returns
        -------
        Exported
            ``path`` and ``size`` in bytes.

        Raises
        ------
        HeadwiseError
            The file cannot be written, or the view was closed.
        """
        from headwise.export.html import to_html  # noqa: PLC0415 - it imports this module

        return to_html(self, path)

    def state_for_page(self) -> dict[str, Any]:
        """List the synced traits that a page without Python needs, as JSON values.

        Returns
        -------
        dict of str to JSON value
            All but ``tensors``, which are bytes.
        """
        names = self._own_synced() - _NOT_EXPORTED
        return self.get_state(sorted(names))

    def close(self) -> None:
        """Remove the view from every page and free the trace."""
        super().close()
        self._source = None
        self.tensors = b""

    def notify_change(self, change: Bunch) -> None:
        """Tell the observers; what they change goes to the browser in the same message.

        Parameters
        ----------
        change : Bunch
            ``name``, ``old`` and ``new`` of a trait.
        """
        with self.hold_sync():
            super().notify_change(change)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take values from the browser; one that is not valid is refused and corrected there.

        Parameters
        ----------
        sync_data : mapping of trait name to JSON value
        """
        accepted: dict[str, Any] = {}
        refused: list[str] = []
        block = self._incoming_block(sync_data)
        own = self._own_synced()
        # The block goes first: layer and selection are valid or not within it.
        for name in sorted(sync_data, key=lambda name: name != "block"):
            value = sync_data[name]
            if name in _OWNED_BY_PYTHON:
                _logger.warning("the browser cannot set %s: ignored", name)
                continue
            try:
                if name in own:
                    self._check(name, value, block)
            except (HeadwiseError, TraitError) as error:
                _logger.warning("refused %s from the browser: %s", name, error)
                refused.append(name)
            else:
                accepted[name] = value
        if accepted:
            with self.hold_sync():
                super().set_state(accepted)
        if refused:
            self.send_state(refused)

    def _incoming_block(self, sync_data: Mapping[str, Any]) -> str:
        block = sync_data.get("block")
        known = () if self._source is None else self._source.blocks
        return block if isinstance(block, str) and block in known else self.block

    def _check(self, name: str, value: object, block: str) -> None:
        trait = self.traits()[name]
        if isinstance(trait, TraceBound):
            trait.fit(self, value, block)
        elif isinstance(trait, _Validating):
            trait.validate(self, value)

    def _own_synced(self) -> set[str]:
        return set(self.traits(sync=True)) - set(anywidget.AnyWidget.class_trait_names(sync=True))

    def _on_message(self, _view: BaseView, content: object, _buffers: Sequence[memoryview]) -> None:
        handlers = {"tile": self._tile, "marginals": self._marginals}
        reply, buffers = answer(handlers, content)
        self.send(reply, buffers)

    # JupyterLab runs messages on a thread of their own, beside the cell that is running.
    def _tile(self, params: Mapping[str, object]) -> bytes:
        request = read_tile(params)
        with self._lock:
            return tile(self.trace, request)

    def _marginals(self, params: Mapping[str, object]) -> bytes:
        request = read_marginals(params)
        with self._lock:
            return marginal_tile(self.trace, request)


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


def describe(trace: Trace) -> dict[str, Any]:
    """Describe blocks and tokens of a trace as JSON; equal token lists are there once.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict
        ``version``, ``model``, ``blocks`` (with the keys of their tokens) and ``tokens``.
    """
    keys: dict[Tokens, str] = {}
    blocks = [
        {
            "name": block.name,
            "layers": block.layers,
            "heads": [block.heads(layer) for layer in range(block.layers)],
            "query_tokens": keys.setdefault(block.query_tokens, str(len(keys))),
            "key_tokens": keys.setdefault(block.key_tokens, str(len(keys))),
            "causal": block.causal,
        }
        | _captured(block)
        | ({"sinks": True} if any(record.sinks is not None for record in block.records) else {})
        for block in trace.blocks.values()
    ]
    return {
        "version": PROTOCOL,
        "model": trace.meta.get("model_type", ""),
        "blocks": blocks,
        "tokens": {
            key: tokens.to_json() | {"word_labels": list(tokens.word_labels())}
            for tokens, key in keys.items()
        },
    }


def _captured(block: Block) -> dict[str, list[list[int]]]:
    """Say which heads of each layer there are, where some were left out of the capture."""
    there = [list(record.captured) for record in block.records]
    whole = all(
        len(heads) == record.heads for heads, record in zip(there, block.records, strict=True)
    )
    return {} if whole else {"captured": there}
