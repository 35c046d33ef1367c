"""One forward pass of a model over texts, captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, overload

import torch
import transformers

from headwise.batch import TraceBatch
from headwise.capture.blocks import check_wanted, make_blocks
from headwise.capture.inputs import check_model, check_tokenizer, model_type
from headwise.capture.kinds import Kinds
from headwise.capture.plan import make_plan
from headwise.capture.position import position_of
from headwise.capture.registry import EAGER
from headwise.capture.run import run, without_head
from headwise.capture.sides import as_texts, from_inputs, from_texts
from headwise.errors import InputError
from headwise.trace import Trace
from headwise.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headwise.capture.plan import StoredType
    from headwise.capture.protocols import Model, Tokenizer


@overload
def trace(
    model: Model,
    tokenizer: Tokenizer,
    text: str,
    text_pair: str | None = None,
    *,
    target: str | None = None,
    layers: Iterable[int] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    values: bool = False,
    dtype: StoredType = "float32",
    max_bytes: int | None = None,
    progress: bool = True,
) -> Trace: ...
@overload
def trace(
    model: Model,
    tokenizer: Tokenizer,
    text: list[str] | tuple[str, ...],
    text_pair: list[str] | tuple[str, ...] | None = None,
    *,
    target: list[str] | tuple[str, ...] | None = None,
    layers: Iterable[int] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    values: bool = False,
    dtype: StoredType = "float32",
    max_bytes: int | None = None,
    progress: bool = True,
) -> TraceBatch: ...
@overload
def trace(
    model: Model,
    tokenizer: Tokenizer | None = None,
    *,
    inputs: Mapping[str, Any],
    layers: Iterable[int] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    values: bool = False,
    dtype: StoredType = "float32",
    max_bytes: int | None = None,
    progress: bool = True,
) -> Trace | TraceBatch: ...
def trace(
    model: Model,
    tokenizer: Tokenizer | None = None,
    text: str | list[str] | tuple[str, ...] | None = None,
    text_pair: str | list[str] | tuple[str, ...] | None = None,
    *,
    target: str | list[str] | tuple[str, ...] | None = None,
    inputs: Mapping[str, Any] | None = None,
    layers: Iterable[int] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    values: bool = False,
    dtype: StoredType = "float32",
    max_bytes: int | None = None,
    progress: bool = True,
) -> Trace | TraceBatch:
    """Run a model over texts, or over what its processor made, and keep what its attention did.

    The model's own attention function is watched for the length of the call; the model, its
    implementation and its outputs stay as they are, also when the forward pass raises. The
    queries and keys are kept, and a few rows of every layer are compared with what the model
    itself computed. A model that computes attention in its own way (DeBERTa, XLNet, BLOOM, …)
    is read from its softmaxes, and one that does neither (Longformer) from the weights that it
    returns.

    Parameters
    ----------
    model
        A transformers model in evaluation mode, on any device, in any float type.
    tokenizer
        Its tokenizer; may be None where `inputs` are given, which then have no labels.
    text, text_pair
        The text, and the second sentence where there is one. Lists of texts run as one batch,
        with padding on the side that the tokenizer has it; the traces are without it.
    target
        What the decoder of an encoder-decoder model reads, shifted right as the model does it.
    inputs
        Tensors for the model in place of texts, as a processor returns them: pixels, audio
        features, ids with a mask of your own. The batch is in front.
    layers
        Numbers of the layers to keep, in each block; None for all. Numbers stay the model's own.
    heads
        Pairs (layer, head) to keep; None for all.
    values
        Keep how long each value is after the output projection, for
        ``trace.weights(..., kind="norm")``.
    dtype
        How queries and keys are kept. ``"float16"`` takes half the memory and moves weights
        by about 2e-5.
    max_bytes
        Most bytes of the trace; None for most of the memory that is free now.
    progress
        Show a bar when the capture takes more than three seconds.

    Returns
    -------
    Trace, or TraceBatch for lists of texts and for inputs of several texts
        Blocks ``"encoder"`` for attention that looks both ways, ``"decoder"`` for causal
        attention, ``"cross"`` from decoder to encoder, ``"vision"``, ``"audio"`` and ``"text"``
        where a model has several towers. Each has layers, heads and tokens of its own.

    Raises
    ------
    InputError
        If an argument is not what it should be, a text is empty, the tokenizer is of another
        vocabulary or the text is longer than the model's positions.
    TrainingModeError
        If the model is in training mode with dropout.
    NoAttentionFound
        If the model has no attention that headwise reads; the message names the model's type.
    UnsupportedAttention
        If the attention is there only in parts (BigBird's blocks), or the model is wrapped.
    CaptureMismatch
        If what was recorded does not reproduce the model's own attention output.
    CaptureTooLarge
        If the trace would hold more than `max_bytes`; the message says what to leave out.
    OutOfRange
        If a layer or head to keep does not exist.

    Examples
    --------
    >>> trace = hw.trace(model, tokenizer, "The cat is very sad.")  # doctest: +SKIP
    >>> trace.weights(3, 1).shape  # doctest: +SKIP
    (8, 8)
    """
    check_model(model)
    plan = make_plan(
        layers=layers,
        heads=heads,
        values=values,
        dtype=dtype,
        max_bytes=max_bytes,
        progress=progress,
    )
    if inputs is not None:
        if not (text is None and text_pair is None and target is None):
            raise InputError("give either inputs or a text, not both")
        if tokenizer is not None:
            check_tokenizer(tokenizer)
        prepared = from_inputs(tokenizer, inputs)
        one = prepared.texts == 1
    else:
        check_tokenizer(tokenizer)
        texts = as_texts(text, "text")
        pairs = None if text_pair is None else as_texts(text_pair, "text_pair")
        targets = None if target is None else as_texts(target, "target")
        for name, given, found in (("text_pair", text_pair, pairs), ("target", target, targets)):
            if found is not None and isinstance(given, str) is not isinstance(text, str):
                raise InputError(
                    f"{name} must be one string, not {type(given).__name__}, for one text, and a "
                    "list for a list"
                )
            if found is not None and len(found) != len(texts):
                raise InputError(f"{len(texts)} texts came with {len(found)} in {name}")
        prepared = from_texts(model, cast("Tokenizer", tokenizer), texts, pairs, targets)
        one = isinstance(text, str)
    calls = run(model, prepared.inputs, plan, prepared.texts)
    runner = without_head(model)
    kinds, kind = Kinds(runner.named_modules()), model_type(model)
    facts = trace_facts(model, calls.way)
    traces: list[Trace] = []
    for number in range(prepared.texts):
        sides = prepared.sides(number, runner, calls)
        blocks = make_blocks(calls.done, kinds, sides, number, kind)
        check_wanted(blocks, plan)
        traces.append(Trace(blocks, facts))
    return traces[0] if one else TraceBatch(traces)


def trace_facts(model: Model, way: str) -> dict[str, str]:
    """Name the model, how it was read and the libraries, for :attr:`headwise.Trace.meta`."""
    implementation = getattr(model.config, "_attn_implementation", None)
    return {
        "model_type": model_type(model),
        "model_class": type(model).__name__,
        "implementation": str(implementation or EAGER),
        "read_from": way,
        "position": position_of(model),
        "headwise": __version__,
        "torch": str(torch.__version__),
        "transformers": str(transformers.__version__),
    }
