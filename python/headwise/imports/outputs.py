"""What a model's output object holds, read by the names of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from headwise.errors import EmptyAttentions, InputError
from headwise.imports.stacks import EMPTY

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENCODER_DECODER = ("encoder_attentions", "decoder_attentions")


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of ``from_attentions``, as they came."""

    attentions: object = None
    encoder: object = None
    decoder: object = None
    cross: object = None
    tokens: object = None
    encoder_tokens: object = None
    decoder_tokens: object = None
    sentence_b_start: object = None
    global_attentions: object = None
    global_positions: Sequence[int] | None = None


def is_output(value: object) -> bool:
    """Whether `value` is one of transformers' output objects."""
    return isinstance(value, Mapping) and hasattr(cast("Any", value), "to_tuple")


def unpack(given: Given) -> Given:
    """Put the fields of an output object in the places of the arguments.

    Raises
    ------
    EmptyAttentions
        If the fields of attentions hold nothing.
    InputError
        If it has no such fields, or arguments come with it that its fields replace.
    """
    outputs = cast("Any", given.attentions)
    kind = type(outputs).__name__
    if not all(value is None for value in (given.encoder, given.decoder, given.cross)):
        raise InputError(
            f"attentions is a {kind}, which brings its own encoder, decoder and cross attention: "
            "leave encoder_attention, decoder_attention and cross_attention out"
        )
    own = _field(outputs, "attentions")
    cross = _field(outputs, "cross_attentions")
    if own is not None:
        found = replace(given, attentions=own, cross=cross)
    elif any(hasattr(outputs, name) for name in _ENCODER_DECODER):
        parts = [_field(outputs, name) for name in _ENCODER_DECODER]
        if all(part is None for part in (*parts, cross)):
            raise EmptyAttentions(f"the attentions of this {kind} are empty: {EMPTY}")
        found = replace(given, attentions=None, encoder=parts[0], decoder=parts[1], cross=cross)
    elif hasattr(outputs, "attentions"):
        raise EmptyAttentions(f"the attentions of this {kind} are empty: {EMPTY}")
    else:
        raise InputError(_without_attentions(outputs, kind))
    for name in ("global_attentions", "encoder_global_attentions"):
        if hasattr(outputs, name) and given.global_attentions is None:
            return replace(found, global_attentions=getattr(outputs, name) or ())
    return found


def _field(outputs: object, name: str) -> object:
    """Return a field, None where it is not there or holds nothing at all."""
    value: object = getattr(outputs, name, None)
    if isinstance(value, (list, tuple)):
        entries = cast("Sequence[object]", value)
        if all(is_nothing(entry) for entry in entries):
            return None
        return entries
    return value


def is_nothing(entry: object) -> bool:
    """Whether `entry` is None, or a list with nothing else in it."""
    return entry is None or (
        isinstance(entry, (list, tuple))
        and all(one is None for one in cast("Sequence[object]", entry))
    )


def _without_attentions(outputs: Mapping[str, object], kind: str) -> str:
    inner = [
        name
        for name in outputs
        if is_output(outputs[name]) and hasattr(outputs[name], "attentions")
    ]
    if inner:
        return (
            f"this {kind} has no attentions of its own: pass outputs.{' or outputs.'.join(inner)}"
        )
    return (
        f"this {kind} has no attentions (it has {', '.join(outputs)}): its model has no attention, "
        "or does not return it; headwise.trace(model, tokenizer, text) says which"
    )
