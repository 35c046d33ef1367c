"""One attention argument, in any of its forms, as one array a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from headwise.errors import EmptyAttentions, InputError
from headwise.imports.arrays import axes, is_array, is_half, listed, to_array
from headwise.imports.steps import join_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.record import Floats

EMPTY = (
    "transformers returns () or None for a model that runs under sdpa, and outputs[-1] is not the "
    "attentions for BERT, RoBERTa, ELECTRA and GPT-2. Load the model with "
    "attn_implementation='eager' and pass outputs.attentions of a call with "
    "output_attentions=True, or let headwise.trace(model, tokenizer, text) do all of it"
)
_MATRIX, _HEADS, _LAYERS, _BATCHES, _STEPS = 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Stack:
    """The layers of one attention.

    Parameters
    ----------
    layers
        float32, (H, Nq, Nk) each; H may differ.
    half
        Whether the numbers came with 16 bits.
    prompt
        How many queries the first step of a generation had; None for one forward pass.
    """

    layers: tuple[Floats, ...]
    half: bool
    prompt: int | None = None


def read_stack(attentions: object, name: str, *, cross: bool = False) -> Stack:
    """Read one attention argument.

    Parameters
    ----------
    attentions
        One array a layer, (1, H, Nq, Nk) or (H, Nq, Nk); one array [layers, H, Nq, Nk], with or
        without a batch axis of one after the first; (H, Nq, Nk) or (Nq, Nk) of a single layer;
        or the steps of ``generate``, each with one (1, H, n, keys) a layer.
    name
        The argument, for messages.
    cross
        Whether keys are of the other text, and the same at every step.

    Raises
    ------
    EmptyAttentions
        If there is no layer, or one is None.
    InputError
        If the form is none of these, or there is more than one text.
    """
    if attentions is None:
        raise EmptyAttentions(f"{name} is None: {EMPTY}")
    entries = listed(attentions, name)
    _check_entries(entries, name)
    half, depth = is_half(entries), axes(entries)
    if is_array(entries):
        entries = to_array(entries, name)
    if depth == _STEPS:
        steps = [
            [
                _layer(layer, f"layer {number} of step {step} of {name}", name)
                for number, layer in enumerate(_step(layers, step, name))
            ]
            for step, layers in enumerate(entries)
        ]
        return Stack(join_steps(steps, name, cross=cross), half, steps[0][0].shape[1])
    if depth in (_LAYERS, _BATCHES):
        layers = tuple(
            _layer(layer, f"layer {number} of {name}", name) for number, layer in enumerate(entries)
        )
        return Stack(layers, half)
    if depth in (_MATRIX, _HEADS):
        single = to_array(entries, f"layer 0 of {name}")
        return Stack((_checked(single[None] if depth == _MATRIX else single, name, name),), half)
    raise InputError(
        f"{name} has {depth} axes: it must be one array a layer of shape (1, heads, queries, "
        "keys), one array [layers, heads, queries, keys], or the weights of one layer or one head"
    )


def _check_entries(entries: Any, name: str) -> None:  # noqa: ANN401 - an array or a list
    if is_array(entries):
        return
    empty = [number for number, entry in enumerate(entries) if _is_empty(entry)]
    if not entries or len(empty) == len(entries):
        raise EmptyAttentions(f"the attentions are empty ({name} holds no layer): {EMPTY}")
    if empty:
        said = ", ".join(map(str, empty))
        raise EmptyAttentions(
            f"layer {said} of {name} is None or empty, and others are not. A model that mixes "
            "attention with other layers gives None for those: pass only the layers with "
            f"attention. Where every layer has attention, {EMPTY}"
        )


def _is_empty(entry: object) -> bool:
    if entry is None:
        return True
    if not isinstance(entry, (list, tuple)):
        return False
    return all(one is None for one in cast("Sequence[object]", entry))


def _step(layers: object, step: int, name: str) -> Sequence[object]:
    found = listed(layers, f"step {step} of {name}")
    _check_entries(found, f"step {step} of {name}")
    return cast("Sequence[object]", found)


def _layer(value: object, place: str, name: str) -> Floats:
    layer = to_array(value, place)
    if layer.ndim == _LAYERS:
        if layer.shape[0] != 1:
            raise InputError(
                f"{place} holds {layer.shape[0]} texts, and a trace is of one: pick text i with "
                f"[layer[i] for layer in {name}]; for generate(), run one text with num_beams=1"
            )
        layer = layer[0]
    return _checked(layer, place, name)


def _checked(layer: Floats, place: str, name: str) -> Floats:
    if layer.ndim != _HEADS or 0 in layer.shape:
        raise InputError(
            f"{place} must have shape (1, heads, queries, keys) or (heads, queries, keys), not "
            f"{layer.shape}: pass outputs.attentions as {name}, not hidden states"
        )
    return layer
