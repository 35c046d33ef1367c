"""A real widget with a recorder where a notebook's kernel would be.

Every message that the widget sends to the front end, and nothing else, goes to the page.
"""

from __future__ import annotations

import json
import struct
import time
from typing import TYPE_CHECKING, Any

import comm
from comm.base_comm import BaseComm

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipywidgets import Widget

    from headwise.trace import Trace


class LiveView:
    """One widget and the messages between it and a page.

    Parameters
    ----------
    make
        `headwise.head_view`, `headwise.model_view` or another function that makes a view.
    trace
        What the view shows.
    **settings
        Keywords of `make`.
    """

    def __init__(
        self,
        make: Callable[..., Widget],
        trace: Trace,
        **settings: Any,  # noqa: ANN401 - those of any view
    ) -> None:
        self.building_cpu_seconds = 0.0
        self.answering_cpu_seconds = 0.0
        self._outbox: list[tuple[dict[str, Any], list[bytes]]] = []
        comm.create_comm = self._create_comm
        start = time.process_time()
        self._widget = make(trace, **settings)
        self.building_cpu_seconds = time.process_time() - start

    def _create_comm(self, **arguments: Any) -> BaseComm:  # noqa: ANN401
        return _RecordingComm(self._outbox, **arguments)

    def opening(self) -> bytes:
        """Return the messages that opened the view, as one frame; the view's own is the last.

        Returns
        -------
        bytes
            The frame.
        """
        return self._frame()

    def receive(self, data: dict[str, Any]) -> bytes:
        """Hand a message of the page to the widget and return all it answers.

        Parameters
        ----------
        data
            An `update` or a `custom` message of the Jupyter widget protocol.

        Returns
        -------
        bytes
            The frame of answers, possibly of none.
        """
        start = time.process_time()
        message = {"content": {"data": data}, "buffers": []}
        self._widget.comm.handle_msg(message)
        frame = self._frame()
        self.answering_cpu_seconds += time.process_time() - start
        return frame

    def _frame(self) -> bytes:
        messages = self._outbox[:]
        self._outbox.clear()
        head = json.dumps(
            [
                {"data": data, "bufferLengths": [len(buffer) for buffer in buffers]}
                for data, buffers in messages
            ],
        ).encode()
        buffers = [buffer for _, some in messages for buffer in some]
        return b"".join([struct.pack("<I", len(head)), head, *buffers])


class _RecordingComm(BaseComm):
    def __init__(self, outbox: list[tuple[dict[str, Any], list[bytes]]], **arguments: Any) -> None:  # noqa: ANN401
        self._outbox = outbox
        super().__init__(**arguments)

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
        **keys: Any,  # noqa: ANN401
    ) -> None:
        """Keep the message for the page."""
        del msg_type, metadata, keys
        self._outbox.append((data or {}, [bytes(buffer) for buffer in buffers or []]))
