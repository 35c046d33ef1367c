"""The other tools: which there are, and how the page of each is made.

The packages of the others are imported where a page is made, in a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.attention import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwise.trace import Trace

    Maker = Callable[[], str]

CDN = "https://cdnjs.cloudflare.com/ajax/libs/"
LOCAL_SCRIPTS = {
    CDN + "require.js/2.3.6/require.min.js": "/scripts/require.js",
    CDN + "d3/5.7.0/d3.min": "/scripts/d3.min",
    CDN + "jquery/2.0.0/jquery.min": "/scripts/jquery.min",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to use one of the other tools.

    Attributes
    ----------
    name
        What the tables call it.
    tool
        Who points and clicks: a name in `tools.mjs`.
    maker
        Takes the view, the trace and its tokens, makes the input ready and returns what makes the
        page.
    longest
        Most tokens it is tried with; None for no such limit.
    room
        How many times the limit of memory it gets, where targets ask for its figures.
    """

    name: str
    tool: str
    maker: Callable[[str, Trace, list[str]], Maker]
    longest: int | None = None
    room: float = 1.0


def local(html: str, root: str = "") -> str:
    """Point a page of BertViz to the scripts of this machine.

    Parameters
    ----------
    html
        A page of any tool.
    root
        Where the folder of scripts is served, with no slash at the end.

    Returns
    -------
    str
        The page, with no address of the CDN that BertViz asks.
    """
    for address, here in LOCAL_SCRIPTS.items():
        html = html.replace(address, root + here)
    return html


def tensors(trace: Trace) -> list[Any]:
    """Return the weights of all layers as BertViz takes them.

    Parameters
    ----------
    trace
        Of one block.

    Returns
    -------
    list of torch.Tensor
        One a layer, each (1, heads, N, N).
    """
    import torch  # noqa: PLC0415 - only the process that makes the page needs it

    return [torch.from_numpy(trace.weights(layer))[None] for layer in range(LAYERS)]


def _bertviz(view: str, trace: Trace, tokens: list[str]) -> Maker:
    import bertviz  # noqa: PLC0415 - as above

    attention = tensors(trace)
    return lambda: getattr(bertviz, view)(attention, tokens, html_action="return").data


def _inspectus(_view: str, trace: Trace, tokens: list[str]) -> Maker:
    attention = np.stack([trace.weights(layer) for layer in range(LAYERS)])
    return _inspectus_page(attention, tokens)


def _inspectus_layer(_view: str, trace: Trace, tokens: list[str]) -> Maker:
    return _inspectus_page(trace.weights(0)[None], tokens)


def _inspectus_page(attention: np.ndarray, tokens: list[str]) -> Maker:
    import inspectus.attention_viz  # noqa: PLC0415 - as above
    import IPython.display  # noqa: PLC0415 - as above
    import torch  # noqa: F401, PLC0415 - it does so when called

    parts: list[str] = []
    IPython.display.display = lambda output: parts.append(output.data)

    def page() -> str:
        inspectus.attention(attention, tokens)
        return "".join(parts)

    return page


def _circuitsvis(heads: Callable[[Trace], np.ndarray], trace: Trace, tokens: list[str]) -> Maker:
    from circuitsvis.attention import attention_heads  # noqa: PLC0415 - as above

    attention = heads(trace)
    return lambda: attention_heads(attention, tokens, mask_upper_tri=False).local_src


def _circuitsvis_layer(_view: str, trace: Trace, tokens: list[str]) -> Maker:
    return _circuitsvis(lambda trace: trace.weights(0), trace, tokens)


def _circuitsvis_all(_view: str, trace: Trace, tokens: list[str]) -> Maker:
    return _circuitsvis(
        lambda trace: np.concatenate([trace.weights(layer) for layer in range(LAYERS)]),
        trace,
        tokens,
    )


def _attnview(_view: str, trace: Trace, tokens: list[str]) -> Maker:
    import attnview  # noqa: PLC0415 - as above

    # The form of TransformerLens' cache is its one way to several layers.
    cache = {("pattern", layer): trace.weights(layer) for layer in range(LAYERS)}
    return lambda: attnview.render_html(attnview.from_cache(cache, tokens=tokens))


PEERS = {
    # At 512 tokens its page is 1.7 GB long, more than a string of V8 may be.
    "bertviz": Peer("BertViz", "bertviz", _bertviz, longest=256, room=2.5),
    "inspectus": Peer("Inspectus", "inspectus", _inspectus),
    "inspectus-layer": Peer("Inspectus, 1 layer", "inspectusLayer", _inspectus_layer),
    "circuitsvis": Peer("CircuitsVis, 1 layer", "circuitsvis", _circuitsvis_layer),
    "circuitsvis-all": Peer(
        "CircuitsVis, 12 layers", "circuitsvisAll", _circuitsvis_all, longest=16
    ),
    "attnview": Peer("attnview", "attnview", _attnview),
}
