"""Recording what a model does inside a ``with`` block: a generation, or a call of one's own."""

from __future__ import annotations

import inspect
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self, cast

import torch

from headwise.capture.blocks import Side, Sides, check_wanted, make_blocks
from headwise.capture.calls import Call, Calls
from headwise.capture.forward import trace_facts
from headwise.capture.inputs import check_model, check_tokenizer, model_type, two_sided
from headwise.capture.kinds import Kinds
from headwise.capture.plain import frame_tokens, tokens_from_ids
from headwise.capture.plan import make_plan
from headwise.capture.registry import watching
from headwise.capture.run import implementations
from headwise.capture.streams import StreamRecorder
from headwise.capture.tensors import as_list
from headwise.errors import NoAttentionFound, UnsupportedAttention
from headwise.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from headwise.capture.plan import Plan, StoredType
    from headwise.capture.protocols import Model, Tokenizer


def record(
    model: Model,
    tokenizer: Tokenizer | None = None,
    *,
    layers: Iterable[int] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    dtype: StoredType = "float32",
    max_bytes: int | None = None,
) -> Recording:
    """Record the attention of a generation.

    Parameters
    ----------
    model
        A transformers model in evaluation mode whose attention goes through transformers'
        attention interface.
    tokenizer
        Its tokenizer, for labels; None shows the numbers of the tokens.
    layers, heads, dtype, max_bytes
        As :func:`headwise.trace` has them.

    Returns
    -------
    Recording
        To be used in a ``with`` statement, inside which gradients are off;
        :meth:`Recording.trace` gives the trace. Of several runs inside one block the last counts.

    Raises
    ------
    InputError, TrainingModeError, UnsupportedAttention
        If the model cannot be recorded.

    Examples
    --------
    >>> with hw.record(model, tokenizer) as rec:  # doctest: +SKIP
    ...     model.generate(**tokenizer("The cat", return_tensors="pt"))
    >>> rec.trace()  # doctest: +SKIP
    """
    check_model(model)
    if tokenizer is not None:
        check_tokenizer(tokenizer)
    plan = make_plan(
        layers=layers, heads=heads, values=False, dtype=dtype, max_bytes=max_bytes, progress=False
    )
    return Recording(model, tokenizer, plan)


class Recording:
    """What :func:`headwise.record` returns: watches the model inside a ``with`` block."""

    def __init__(self, model: Model, tokenizer: Tokenizer | None, plan: Plan) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._plan = plan
        self._kinds = Kinds(model.named_modules())
        self._calls = Calls(model.named_modules(), plan)
        self._sink = StreamRecorder(self._calls, self._kinds, model_type(model))
        self._stack = ExitStack()
        self._ids: list[int] = []
        self._prompt = 0
        self._source: list[int] = []
        self._two_sided = two_sided(model)

    def __enter__(self) -> Self:
        """Start to watch the model."""
        self._stack.enter_context(watching(implementations(self._model), self._sink))
        self._stack.enter_context(torch.no_grad())
        module = cast("torch.nn.Module", self._model)
        handle = module.register_forward_pre_hook(self._before, with_kwargs=True)
        self._stack.callback(handle.remove)
        if self._two_sided:
            encoder = cast("torch.nn.Module", cast("Any", self._model).get_encoder())
            handle = encoder.register_forward_pre_hook(self._before_encoder, with_kwargs=True)
            self._stack.callback(handle.remove)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the model as it was."""
        self._stack.close()

    def trace(self) -> Trace:
        """Return the trace of the last run inside the block.

        Returns
        -------
        Trace
            The rows of all steps, as one forward pass over prompt and answer would have them.
            The token generated last was never read, so it has no row. ``tokens.generated``
            tells prompt and answer apart.

        Raises
        ------
        NoAttentionFound
            If no attention was seen.
        """
        if not self._sink.streams:
            raise NoAttentionFound(
                f"no attention of this {model_type(self._model)} model was recorded: call "
                "model.generate(...) inside the with block. A model that does not use "
                "transformers' attention interface (GPT-J, BLOOM, …) is read by headwise.trace on "
                "the finished text"
            )
        calls: list[Call] = []
        for stream in self._sink.streams.values():
            stitched = stream.record()
            causal = self._sink.looks_back(stream, stitched)
            calls.append(Call(stream.module, [stitched], causal, layer=stream.layer))
        written = tokens_from_ids(self._tokenizer, self._ids, generated_from=self._prompt)
        named = {"decoder" if self._two_sided else "": Side.unpadded(written)}
        if self._two_sided:
            source = tokens_from_ids(self._tokenizer, self._source)
            if not self._source:
                source = frame_tokens(calls[0].records[0].query_count)
            named["encoder"] = Side.unpadded(source)
        blocks = make_blocks(calls, self._kinds, Sides(named), 0, model_type(self._model))
        check_wanted(blocks, self._plan)
        return Trace(blocks, trace_facts(self._model, self._calls.way))

    def _before_encoder(
        self, module: torch.nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        ids = _bound(module, arguments, keywords).get("input_ids")
        self._source = _numbers(ids)
        self._sink.forward += 1
        self._sink.start(encoder=True)

    def _before(
        self, module: torch.nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        given = _bound(module, arguments, keywords)
        ids = given.get("decoder_input_ids" if self._two_sided else "input_ids")
        cached = _cached(given.get("past_key_values"))
        numbers = _numbers(ids)
        self._sink.forward += 1
        if cached == 0:
            if not self._ids or numbers[: len(self._ids)] != self._ids:
                self._prompt = len(numbers)
            self._ids = numbers
            self._sink.start(encoder=False)
            return
        if cached != len(self._ids):
            raise UnsupportedAttention(
                f"the model's cache holds {cached} tokens where the recording has seen "
                f"{len(self._ids)}: start the generation inside the with block, and without "
                "assisted decoding"
            )
        self._ids = [*self._ids, *numbers]


def _numbers(ids: object) -> list[int]:
    """Return the vocabulary numbers of the first text; none where there are no ids."""
    return as_list(ids[0]) if isinstance(ids, torch.Tensor) else []


def _bound(
    module: torch.nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> dict[str, Any]:
    """Name the arguments of a forward call."""
    names = list(inspect.signature(module.forward).parameters)
    return {**dict(zip(names, arguments, strict=False)), **keywords}


def _cached(cache: Any) -> int:
    """Return how many tokens a cache holds."""
    return 0 if cache is None else int(cache.get_seq_length())
