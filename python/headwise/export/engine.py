"""Draws a view's figure with the front end's own code, in an embedded JavaScript engine."""

from __future__ import annotations

import base64
import json
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from headwise.assets import read_asset
from headwise.errors import HeadwiseError, InputError
from headwise.export.fonts import face
from headwise.export.raster import png_of_pixels
from headwise.wire.protocol import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Threads other than the main one have as little as 512 kB of stack.
_STACK = 400_000


class Answering(Protocol):
    """What a figure asks of a view."""

    def answer(self, message: object) -> tuple[Mapping[str, Any], Sequence[bytes]]:
        """Answer a request as for a browser."""
        ...


def draw(view: Answering, order: Mapping[str, Any]) -> str:
    """Draw a view as SVG.

    Parameters
    ----------
    view : Answering
        It answers what the figure asks for, as it answers a browser.
    order : mapping
        ``traits``, ``width`` in px, ``theme``, ``background`` and ``allRows``, as
        ``js/src/figures/entry.ts`` takes them.

    Returns
    -------
    str
        SVG.

    Raises
    ------
    InputError
        Views of this kind have no figure.
    HeadwiseError
        The figure cannot be drawn (the message names the view and says why), or the front end is
        not built.
    """
    # Not at the top: it starts a thread when it is imported. It has no types.
    quickjs: Any = import_module("quickjs")
    kind = order["traits"]["_view"]
    program = read_asset("figures.js")
    # A context must stay in the thread that made it, and one that is kept would outlive a fork.
    context = quickjs.Context()
    context.set_max_stack_size(_STACK)
    context.add_callable("pythonAsk", partial(_ask, view))
    context.add_callable("pythonWidth", _measure)
    context.add_callable("pythonPng", png_of_pixels)
    try:
        context.eval(program)
        known = context.eval("figures.names()").split()
        if kind not in known:
            raise InputError(
                f"a {kind} view has no figure yet: views of {', '.join(known)} have one; "
                "to_html writes every view"
            )
        opened = context.eval("figures.open")(json.dumps(order))
        while context.execute_pending_job():
            pass
        svg: str = context.eval("figures.draw")(opened)
    except quickjs.JSException as error:
        reason = str(error).partition("\n")[0].removeprefix("Error: ")
        raise HeadwiseError(f"the figure of this {kind} view cannot be drawn: {reason}") from error
    return svg


def _measure(text: str, bold: bool) -> float:
    return face(bold=bold).measure(text)


def _ask(view: Answering, method: str, params: str) -> str:
    request = {"v": PROTOCOL, "id": 0, "method": method, "params": json.loads(params)}
    reply, buffers = view.answer(request)
    sent = [base64.b64encode(buffer).decode("ascii") for buffer in buffers]
    return json.dumps({"buffers": sent, "error": reply.get("error")})
