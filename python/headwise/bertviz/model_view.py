"""BertViz's ``model_view``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwise.bertviz._arguments import check_choice, read_trace
from headwise.errors import HeadwiseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
) -> None:
    """Check the arguments of BertViz 1.4.1's call; the view itself is not in this version yet.

    Parameters
    ----------
    attention, tokens, sentence_b_start, prettify_tokens, encoder_attention, decoder_attention, \
cross_attention, encoder_tokens, decoder_tokens, include_layers, html_action
        As in `head_view`.
    display_mode
        ``"dark"`` or ``"light"``.
    include_heads
        Numbers of the heads to show, which stay the model's own; all if None or empty.

    Raises
    ------
    EmptyAttentions, InputError, OutOfRange
        As `head_view`.
    HeadwiseError
        The arguments are right; the message names the view that there is.
    """
    arguments: dict[str, Any] = {**locals()}
    check_choice(display_mode, "display_mode", ("dark", "light"))
    read_trace(arguments)
    raise HeadwiseError(
        "the model view is not in this version of headwise yet: headwise.bertviz.head_view takes "
        "the same attention and tokens and shows one layer at a time"
    )
