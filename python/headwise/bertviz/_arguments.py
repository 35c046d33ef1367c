"""What BertViz's calls share: arguments to a trace, or an error that says what to write."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headwise.errors import HeadwiseWarning, InputError, OutOfRange
from headwise.imports.blocks import build
from headwise.imports.outputs import Given
from headwise.imports.pieces import strings, tokens_from_pieces
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDS = {
    "encoder_attention": ("encoder_tokens",),
    "decoder_attention": ("decoder_tokens",),
    "cross_attention": ("encoder_tokens", "decoder_tokens"),
}
_HTML_ACTIONS = ("view", "return")


def read_trace(arguments: dict[str, Any]) -> tuple[Trace, list[str]]:
    """Make a trace of the arguments that ``head_view`` and ``model_view`` share.

    Returns
    -------
    trace : Trace
        With the layers and heads of ``include_layers`` and ``include_heads``, under the model's
        own numbers.
    messages : list of str
        What to warn of.

    Raises
    ------
    InputError
        If arguments are missing, contradict each other, or do not fit.
    EmptyAttentions
        If there is no attention, or it is empty.
    OutOfRange
        If a layer or head does not exist.
    """
    check_html_action(arguments["html_action"])
    attention, prettify = arguments["attention"], bool(arguments["prettify_tokens"])
    parts = [name for name in _NEEDS if arguments[name] is not None]
    messages: list[str] = []
    if getattr(attention, "encoder_attentions", None) is not None:
        raise InputError(
            f"this {type(attention).__name__} is of an encoder-decoder: pass its "
            "encoder_attentions, decoder_attentions and cross_attentions as encoder_attention, "
            "decoder_attention and cross_attention, with encoder_tokens and decoder_tokens"
        )
    if attention is not None and arguments["tokens"] is None:
        raise InputError("'tokens' is required: pass tokenizer.convert_ids_to_tokens(input_ids[0])")
    if attention is not None:
        both = [
            name
            for name in (*_NEEDS, "encoder_tokens", "decoder_tokens")
            if arguments[name] is not None
        ]
        if both:
            raise InputError(
                f"'attention' is for a model with one stack of self-attention, and {both[0]!r} for "
                "an encoder-decoder: give the one or the other"
            )
    for name in parts:
        for needed in _NEEDS[name]:
            if arguments[needed] is None:
                raise InputError(
                    f"{needed!r} is required with {name!r}: pass the strings that "
                    "tokenizer.convert_ids_to_tokens makes of the ids"
                )
    single = not parts
    if not single and arguments["sentence_b_start"] is not None:
        messages.append("sentence_b_start is left out: an encoder-decoder has no sentence pair")
    trace, told = build(
        Given(
            attentions=attention,
            encoder=arguments["encoder_attention"],
            decoder=arguments["decoder_attention"],
            cross=arguments["cross_attention"],
            tokens=_tokens(arguments["tokens"], "tokens", pretty=prettify) if single else None,
            encoder_tokens=_tokens(arguments["encoder_tokens"], "encoder_tokens", pretty=prettify),
            decoder_tokens=_tokens(arguments["decoder_tokens"], "decoder_tokens", pretty=prettify),
            sentence_b_start=arguments["sentence_b_start"] if single else None,
        )
    )
    layers = numbers(arguments["include_layers"], "include_layers")
    heads = numbers(arguments.get("include_heads"), "include_heads")
    return _included(trace, layers, heads), [*messages, *told]


def tell(messages: Sequence[str]) -> None:
    """Warn at the line that called a function of this package."""
    for message in messages:
        warnings.warn(message, HeadwiseWarning, stacklevel=3)


def check_html_action(action: object) -> None:
    """Check ``html_action``.

    Raises
    ------
    InputError
        If it is neither ``"view"`` nor ``"return"``.
    """
    check_choice(action, "html_action", _HTML_ACTIONS)


def check_choice(value: object, name: str, choices: Sequence[str]) -> None:
    """Check that `value` is one of a few words.

    Raises
    ------
    InputError
        If it is not; the message names them.
    """
    if value not in choices:
        raise InputError(f"{name} must be {' or '.join(map(repr, choices))}, not {value!r:.80}")


def numbers(values: object, name: str) -> list[int]:
    """Read a list of layer or head numbers; an empty list means all, as in BertViz.

    Raises
    ------
    InputError
        If it is no list of whole numbers.
    """
    if values is None:
        return []
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InputError(f"{name} must be a list of numbers, not {values!r:.80}")
    try:
        found = [operator.index(cast("Any", value)) for value in cast("Iterable[object]", values)]
    except TypeError as error:
        raise InputError(f"{name} must be whole numbers: {error}") from error
    return list(dict.fromkeys(found))


def _tokens(tokens: object, name: str, *, pretty: bool) -> object:
    if tokens is None or isinstance(tokens, Tokens):
        return tokens
    return tokens_from_pieces(strings(tokens, name), pretty=pretty)


def _included(trace: Trace, layers: Sequence[int], heads: Sequence[int]) -> Trace:
    if not layers and not heads:
        return trace
    most = max(block.layers for block in trace.blocks.values())
    for layer in layers:
        if not 0 <= layer < most:
            raise OutOfRange(
                f"include_layers names layer {layer}: there are layers 0 to {most - 1}"
            )
    blocks = [_part(block, layers, heads) for block in trace.blocks.values()]
    return Trace(blocks, trace.meta)


def _part(block: Block, layers: Sequence[int], heads: Sequence[int]) -> Block:
    if layers and min(layers) >= block.layers:
        raise OutOfRange(
            f"include_layers is {list(layers)}, which leaves nothing of block {block.name!r}: it "
            f"has layers 0 to {block.layers - 1}"
        )
    records: list[AttentionRecord] = []
    for layer, record in enumerate(block.records):
        shown = sorted(heads) or list(range(record.heads))
        if shown[0] < 0 or shown[-1] >= record.heads:
            raise OutOfRange(
                f"include_heads is {list(heads)}, but layer {layer} of block {block.name!r} has "
                f"heads 0 to {record.heads - 1}"
            )
        kept = shown if not layers or layer in layers else []
        records.append(
            AttentionRecord(
                given=record.weights(np.array(kept, np.intp)),
                causal=record.causal,
                module=record.module,
                kept=kept,
                model_heads=(record.heads, record.heads),
            )
        )
    return Block(block.name, tuple(records), block.query_tokens, block.key_tokens, block.causal)
