"""A trace from attention weights that somebody already has."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from headwise.errors import HeadwiseWarning
from headwise.imports.blocks import build
from headwise.imports.outputs import Given

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headwise.tokens import Tokens
    from headwise.trace import Trace


def from_attentions(
    attentions: object = None,
    tokens: Tokens | Iterable[str] | None = None,
    *,
    sentence_b_start: int | None = None,
    encoder_attention: object = None,
    decoder_attention: object = None,
    cross_attention: object = None,
    encoder_tokens: Tokens | Iterable[str] | None = None,
    decoder_tokens: Tokens | Iterable[str] | None = None,
    global_attentions: object = None,
    global_positions: Sequence[int] | None = None,
) -> Trace:
    """Make a trace from weights.

    Numbers are taken from numpy, torch (any device and float type), jax, anything that numpy
    reads through ``__array__`` or DLPack, and nested lists. They are copied.

    Parameters
    ----------
    attentions
        Self-attention over N tokens, one of

        - ``outputs.attentions``: one (1, H, N, N) or (H, N, N) a layer; H may differ;
        - one array [layers, H, N, N], or (H, N, N) or (N, N) of one layer or head;
        - the tuple of tuples of ``generate(output_attentions=True,
          return_dict_in_generate=True)``: the steps are joined;
        - an output object of transformers, which brings encoder, decoder and cross attention;
        - a cache of TransformerLens, with queries and keys where it holds them.
    tokens
        N tokens, or the tokenizer's N strings: ``Ġcat`` and ``▁cat`` are shown as ``␣cat``.
        ``Tokens.from_labels`` shows strings as they are. The numbers of the places unless given.
        For a generation, the last generated token, which is no query, may be there.
    sentence_b_start
        Place of the first token of sentence B.
    encoder_attention, decoder_attention, cross_attention
        The three of an encoder-decoder model, each in the forms of `attentions`; each with
        layers and heads of its own. The cross attention is (H, decoder tokens, encoder tokens).
    encoder_tokens, decoder_tokens
        As `tokens`, for these.
    global_attentions
        Longformer's, (1, H, N, x) a layer: `attentions` (LED: `encoder_attention`) are then bands
        (1, H, N, x + w + 1), which are made dense. ``()`` for bands without global tokens.
    global_positions
        The x global tokens; needed only where weights do not tell them.

    Returns
    -------
    Trace
        Block ``"decoder"`` if no query attends to a later key, else ``"encoder"``; for an
        encoder-decoder ``"encoder"``, ``"decoder"`` and ``"cross"``, as given. It has weights
        only: ``scores``, ``queries`` and ``keys`` raise UnsupportedAttention, except from a cache.

    Raises
    ------
    EmptyAttentions
        If there is no layer or one is None; the message says how that happens.
    InputError
        If the form is none of these, there is more than one text, lists are ragged, values are
        no weights, tokens do not fit, or arguments contradict each other.

    Warns
    -----
    HeadwiseWarning
        Weights are NaN: they stay NaN, as missing. Rows do not sum to one. Queries and keys of a
        cache do not give its weights and are left out. Each is told once, with the number.

    Examples
    --------
    >>> trace = hw.from_attentions(outputs.attentions, tokens)  # doctest: +SKIP
    >>> hw.from_attentions([[0.9, 0.1], [0.4, 0.6]], ["a", "b"]).weights(0, 0).shape
    (2, 2)
    """
    trace, messages = build(
        Given(
            attentions=attentions,
            encoder=encoder_attention,
            decoder=decoder_attention,
            cross=cross_attention,
            tokens=tokens,
            encoder_tokens=encoder_tokens,
            decoder_tokens=decoder_tokens,
            sentence_b_start=sentence_b_start,
            global_attentions=global_attentions,
            global_positions=global_positions,
        )
    )
    for message in messages:
        warnings.warn(message, HeadwiseWarning, stacklevel=2)
    return trace
