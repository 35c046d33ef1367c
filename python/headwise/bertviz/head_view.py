"""BertViz's ``head_view`` with headwise's view behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwise.bertviz._arguments import read_trace, tell
from headwise.bertviz._page import show_or_return
from headwise.errors import OutOfRange
from headwise.widgets import head

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from IPython.display import HTML


def head_view(  # noqa: PLR0913, PLR0917 - BertViz's parameters in their order
    attention: object = None,
    tokens: Iterable[str] | None = None,
    sentence_b_start: int | None = None,
    prettify_tokens: bool = True,
    layer: int | None = None,
    heads: Sequence[int] | None = None,
    encoder_attention: object = None,
    decoder_attention: object = None,
    cross_attention: object = None,
    encoder_tokens: Iterable[str] | None = None,
    decoder_tokens: Iterable[str] | None = None,
    include_layers: Sequence[int] | None = None,
    html_action: str = "view",
) -> HTML | None:
    """Show attention as lines between tokens: BertViz 1.4.1's call, unmodified.

    ``headwise.head_view(headwise.from_attentions(attention, tokens))`` returns the widget, whose
    selection Python can read and set.

    Parameters
    ----------
    attention
        One (1, H, N, N) a layer, in any form that `headwise.from_attentions` takes.
    tokens
        N strings of the tokenizer.
    sentence_b_start
        Place of the first token of sentence B.
    prettify_tokens
        Show ``␣cat`` for ``Ġcat`` or ``▁cat`` and decode byte-level letters.
    layer
        Shown first, from 0; the first that is included unless given.
    heads
        On at first, from 0; all unless given.
    encoder_attention, decoder_attention, cross_attention
        For an encoder-decoder; each may have layers and heads of its own.
    encoder_tokens, decoder_tokens
        Strings of the two texts.
    include_layers
        Numbers of the layers to show, which stay the model's own; all if None or empty.
    html_action
        ``"view"`` shows the widget, ``"return"`` returns a page that needs neither Python nor a
        network.

    Returns
    -------
    None or IPython.display.HTML
        The page in ``.data``.

    Raises
    ------
    EmptyAttentions
        The attention is empty or None, as from a model under sdpa or from ``model(...)[-1]``; the
        message says what to write.
    InputError
        Arguments are missing, contradict each other or do not fit.
    OutOfRange
        A layer or head does not exist or is not included.

    Warns
    -----
    HeadwiseWarning
        As `headwise.from_attentions`.
    """
    arguments: dict[str, Any] = {**locals()}
    trace, messages = read_trace(arguments)
    tell(messages)
    block = trace.block()
    first = block.captured_layers[0] if layer is None else layer
    if first not in block.captured_layers:
        said = ", ".join(map(str, block.captured_layers))
        raise OutOfRange(
            f"layer {first!r} is not there to be shown: block {block.name!r} has {said}"
        )
    view = head.head_view(trace, layer=first, heads=heads)
    return show_or_return(view, html_action)
