"""A trace from attention weights that somebody already has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headwise.errors import EmptyAttentions, InputError
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.version import __version__

if TYPE_CHECKING:
    from headwise.record import Floats

_EMPTY = (
    "the attentions are empty: transformers returns () for a model that runs under sdpa, and "
    "outputs[-1] is not the attentions for BERT, RoBERTa, ELECTRA and GPT-2. Load the model with "
    "attn_implementation='eager' and pass outputs.attentions of a call with "
    "output_attentions=True, or let headwise.trace(model, tokenizer, text) do all of it"
)
_NOT_WEIGHTS = (
    "this looks like hidden states, logits or a cache, as in outputs[-1] of BERT and GPT-2. Load "
    "the model with attn_implementation='eager' and pass outputs.attentions of a call with "
    "output_attentions=True, or let headwise.trace(model, tokenizer, text) do all of it"
)
_LAYER_AXES = 3
_ROUNDING = 2e-2


def from_attentions(attentions: object, tokens: Tokens | Iterable[str]) -> Trace:
    """Make a trace from weights: one self-attention stack, one text.

    Parameters
    ----------
    attentions
        One array a layer, (1, H, N, N) or (H, N, N), as ``outputs.attentions`` of transformers
        has them: numpy arrays, torch tensors on any device, or nested lists. They are copied.
    tokens
        N tokens, or N labels that are shown as they are.

    Returns
    -------
    Trace
        Block ``"decoder"`` if no query attends to a later key, else (and for one token)
        ``"encoder"``. It has weights only: ``scores``, ``queries`` and ``keys`` raise
        UnsupportedAttention.

    Raises
    ------
    EmptyAttentions
        If there is no layer or a layer is None; the message says how that happens.
    InputError
        If a layer has another shape, more than one text, or is no weights (each between 0
        and 1), or the tokens are not N.
    """
    if attentions is None:
        raise EmptyAttentions(_EMPTY)
    if isinstance(attentions, (str, bytes)) or not isinstance(attentions, Iterable):
        raise InputError(
            f"attentions must be one array a layer, not {type(attentions).__name__}: "
            "pass outputs.attentions"
        )
    layers = [_layer(number, array) for number, array in enumerate(cast("Any", attentions))]
    if not layers:
        raise EmptyAttentions(_EMPTY)
    if isinstance(tokens, str):
        raise InputError("tokens must be a list of labels, not one string")
    shown = tokens if isinstance(tokens, Tokens) else Tokens.from_labels(tokens)
    for number, layer in enumerate(layers):
        if layer.shape[1:] != (len(shown), len(shown)):
            raise InputError(
                f"layer {number} has weights of {layer.shape[1]} queries and {layer.shape[2]} "
                f"keys, but there are {len(shown)} tokens"
            )
    causal = len(shown) > 1 and not any(np.triu(layer, 1).any() for layer in layers)
    records = tuple(AttentionRecord(given=layer, causal=causal) for layer in layers)
    block = Block("decoder" if causal else "encoder", records, shown, shown, causal)
    return Trace([block], {"headwise": __version__})


def _layer(number: int, array: object) -> Floats:
    if array is None:
        raise EmptyAttentions(f"layer {number} is None; {_EMPTY}")
    if hasattr(array, "detach"):
        array = cast("Any", array).detach().float().cpu().numpy()
    try:
        layer = np.array(array, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"layer {number} of the attentions is no array: {error}") from error
    if layer.ndim == _LAYER_AXES + 1:
        if layer.shape[0] != 1:
            raise InputError(
                f"layer {number} holds {layer.shape[0]} texts: pick one, as in "
                "[layer[0] for layer in attentions]"
            )
        layer = layer[0]
    if layer.ndim != _LAYER_AXES or 0 in layer.shape or layer.shape[1] != layer.shape[2]:
        raise InputError(
            f"layer {number} must have shape (1, heads, N, N) or (heads, N, N), not {layer.shape}: "
            f"{_NOT_WEIGHTS}"
        )
    if not (np.isfinite(layer).all() and layer.min() >= 0 and layer.max() <= 1 + _ROUNDING):
        raise InputError(
            f"layer {number} holds values outside 0 to 1: pass weights after the softmax, "
            "not scores or hidden states"
        )
    return layer
