"""One forward pass of a model over a text, captured."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, cast

import torch
import transformers
from transformers import PreTrainedModel

from headwise.capture.inputs import (
    check_ids,
    check_model,
    check_text,
    check_tokenizer,
    model_type,
)
from headwise.capture.recorder import Recorder
from headwise.capture.registry import EAGER, watching
from headwise.capture.tokenize import tokenize
from headwise.errors import HeadwiseError, NoAttentionFound
from headwise.trace import Block, Trace
from headwise.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.capture.protocols import Inputs, Model, Tokenizer
    from headwise.tokens import Tokens

_OTHER_INPUTS = frozenset({"pixel_values", "input_features", "input_values"})
_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")


def trace(model: Model, tokenizer: Tokenizer, text: str, text_pair: str | None = None) -> Trace:
    """Run a model over a text, or a pair of texts, and keep what its attention did.

    The model's own attention function is watched for the length of the call; the model, its
    implementation and its outputs stay as they are, also when the forward pass raises. The
    queries and keys are kept, and a few rows of every layer are compared with what the model
    itself computed.

    Parameters
    ----------
    model
        A transformers model in evaluation mode, on any device, in any float type.
    tokenizer
        Its tokenizer.
    text, text_pair
        The text, and the second sentence where there is one. N tokens in all, with special ones.

    Returns
    -------
    Trace
        One block, ``"encoder"`` for attention that looks both ways and ``"decoder"`` for causal
        attention, with weights of shape (N, N) for every head.

    Raises
    ------
    InputError
        If an argument is not what it should be, a text is empty, the tokenizer is of another
        vocabulary or the text is longer than the model's positions.
    TrainingModeError
        If the model is in training mode with dropout.
    NoAttentionFound
        If the model has no attention that headwise reads; the message names the model's type.
    CaptureMismatch
        If what was recorded does not reproduce the model's own attention output.

    Examples
    --------
    >>> trace = hw.trace(model, tokenizer, "The cat is very sad.")  # doctest: +SKIP
    >>> trace.weights(3, 1).shape  # doctest: +SKIP
    (8, 8)
    """
    check_model(model)
    check_tokenizer(tokenizer)
    check_text(text, "text")
    if text_pair is not None:
        check_text(text_pair, "text_pair")
    inputs, tokens = tokenize(tokenizer, text, text_pair)
    check_ids(model, tokenizer, inputs)
    recorder = _run(model, inputs)
    _check_stack(recorder, model, tokens)
    causal = all(recorder.causal_flags)
    block = Block(
        name="decoder" if causal else "encoder",
        records=tuple(recorder.records),
        query_tokens=tokens,
        key_tokens=tokens,
        causal=causal,
    )
    return Trace([block], _meta(model))


def _run(model: Model, inputs: Inputs) -> Recorder:
    """Run the model without its head; attention is the same and the logits are not needed."""
    runner = model.base_model if isinstance(model, PreTrainedModel) else model
    runner = cast("Model", runner)
    recorder = Recorder(runner.named_modules(), model_type(model))
    accepted = _accepted(runner, inputs)
    try:
        with torch.no_grad(), watching(_implementations(runner), recorder):
            runner(**accepted)
    except HeadwiseError:
        raise
    except (AttributeError, TypeError, ValueError) as error:
        if others := sorted(_OTHER_INPUTS & _parameters(runner).keys()):
            raise NoAttentionFound(
                f"model type {model_type(model)!r} did not run on text alone ({error}): it takes "
                f"{', '.join(others)} as well, which headwise does not give yet: trace its text "
                "part"
            ) from error
        raise
    return recorder


def _implementations(model: Model) -> list[str]:
    """Name the attention implementations that the model's parts use, and eager."""
    configs = [getattr(module, "config", None) for module in model.modules()]
    names = [getattr(config, "_attn_implementation", None) for config in configs]
    return [*dict.fromkeys(name for name in names if isinstance(name, str)), EAGER]


def _accepted(model: Model, inputs: Inputs) -> dict[str, Any]:
    """Move the inputs to the model and leave out what its forward does not take."""
    parameters = _parameters(model)
    anything = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    device = _device(model)
    accepted: dict[str, Any] = {
        name: value.to(device) for name, value in inputs.items() if anything or name in parameters
    }
    if "use_cache" in parameters:
        accepted["use_cache"] = False
    return accepted


def _parameters(model: Model) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(cast("Any", model).forward).parameters


def _device(model: Model) -> torch.device:
    """Find where the model takes its input; offloaded weights rest on no device at all."""
    parameters = cast("torch.nn.Module", model).parameters()
    device = next((one.device for one in parameters), torch.device("cpu"))
    return torch.device("cpu") if device.type == "meta" else device


def _check_stack(recorder: Recorder, model: Model, tokens: Tokens) -> None:
    """Check that the records are one stack of self-attention over the tokens."""
    kind = model_type(model)
    records = recorder.records
    if not records:
        raise NoAttentionFound(
            f"model type {kind!r} ran without a call of transformers' attention interface: it "
            "has no attention (such as Mamba) or computes it in its own way, which headwise does "
            "not read yet. If another implementation is there, call "
            "model.set_attn_implementation('sdpa') and try again"
        )
    names = list(dict.fromkeys(record.module for record in records))
    if len({_NUMBER.sub("#", name) for name in names}) > 1:
        raise NoAttentionFound(
            f"model type {kind!r} has several attention stacks ({names[0]}, …, {names[-1]}), "
            "which headwise does not read yet: trace one of its parts"
        )
    numbers = [[int(number) for number in _NUMBER.findall(name)] for name in names]
    for column in map(set, zip(*numbers, strict=True)):
        if (len(column) > 1 or len(names) == 1) and column != set(range(len(column))):
            raise NoAttentionFound(
                f"model type {kind!r} has layers without attention between those with it "
                f"({names[0]}, …, {names[-1]}), which headwise does not read yet"
            )
    for record in records:
        if (record.query_count, record.key_count) != (len(tokens), len(tokens)):
            raise NoAttentionFound(
                f"{record.module} of this {kind} model has {record.query_count} queries and "
                f"{record.key_count} keys for {len(tokens)} tokens, which headwise does not "
                "read yet: adapters that add positions and pooled layers are such"
            )


def _meta(model: Model) -> dict[str, str]:
    implementation = getattr(model.config, "_attn_implementation", None)
    return {
        "model_type": model_type(model),
        "model_class": type(model).__name__,
        "implementation": str(implementation or EAGER),
        "headwise": __version__,
        "torch": str(torch.__version__),
        "transformers": str(transformers.__version__),
    }
