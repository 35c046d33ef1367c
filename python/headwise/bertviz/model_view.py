"""BertViz's ``model_view`` with headwise's view behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwise.bertviz._arguments import check_choice, numbers, read_trace, tell
from headwise.bertviz._page import show_or_return
from headwise.widgets import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from IPython.display import HTML


def model_view(  # noqa: PLR0913, PLR0917 - BertViz's parameters in their order
    attention: object = None,
    tokens: Iterable[str] | None = None,
    sentence_b_start: int | None = None,
    prettify_tokens: bool = True,
    display_mode: str = "dark",
    encoder_attention: object = None,
    decoder_attention: object = None,
    cross_attention: object = None,
    encoder_tokens: Iterable[str] | None = None,
    decoder_tokens: Iterable[str] | None = None,
    include_layers: Sequence[int] | None = None,
    include_heads: Sequence[int] | None = None,
    html_action: str = "view",
) -> HTML | None:
    """Show all layers and heads as thumbnails: BertViz 1.4.1's call, unmodified.

    ``headwise.model_view(headwise.from_attentions(attention, tokens))`` returns the widget, whose
    selection Python can read and set.

    Parameters
    ----------
    attention, tokens, sentence_b_start, prettify_tokens, encoder_attention, decoder_attention, \
cross_attention, encoder_tokens, decoder_tokens, include_layers, html_action
        As in `head_view`.
    display_mode
        ``"dark"`` or ``"light"``.
    include_heads
        Numbers of the heads to show, which stay the model's own; all if None or empty.

    Returns
    -------
    None or IPython.display.HTML
        The page in ``.data``.

    Raises
    ------
    EmptyAttentions, InputError, OutOfRange
        As `head_view`.

    Warns
    -----
    HeadwiseWarning
        As `headwise.from_attentions`.
    """
    arguments: dict[str, Any] = {**locals()}
    check_choice(display_mode, "display_mode", ("dark", "light"))
    trace, messages = read_trace(arguments)
    tell(messages)
    view = model.ModelView(
        trace,
        theme=display_mode,
        include_layers=numbers(include_layers, "include_layers") or None,
        include_heads=numbers(include_heads, "include_heads") or None,
    )
    return show_or_return(view, html_action)
