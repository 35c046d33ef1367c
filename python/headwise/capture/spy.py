"""The fallback for models that compute attention in their own way.

A :class:`torch.overrides.TorchFunctionMode` sees every softmax, the product of queries and keys
before it and the product with the values after it. What the model adds between product and
softmax is kept as a bias of its own: position terms (ALiBi, XLNet, Funnel) and the terms of
disentangled attention (DeBERTa).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import torch
from torch.overrides import TorchFunctionMode

from headwise.capture.calls import Call, Facts
from headwise.capture.logits import read_logits
from headwise.capture.products import MATRIX_PRODUCTS, Product, canonical, read_product
from headwise.capture.projections import value_norms
from headwise.capture.recorder import Recorder, looks_back_only, mismatch
from headwise.capture.registry import inside_watched
from headwise.capture.selfcheck import row_error, threshold
from headwise.capture.tensors import to_numpy
from headwise.errors import UnsupportedAttention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headwise.capture.calls import Calls
    from headwise.capture.projections import OutputProjections
    from headwise.record import AttentionRecord, Floats


@dataclass
class _Frame:
    """What was seen inside one running module since its last softmax."""

    module: torch.nn.Module | None
    products: list[Product] = field(default_factory=list[Product])
    weights: torch.Tensor | None = None
    records: list[AttentionRecord] = field(default_factory=list["AttentionRecord"])


class SoftmaxSpy(TorchFunctionMode):
    """Records the attention of a model from the softmaxes that it runs.

    Parameters
    ----------
    calls
        Where the records go.
    model_type
        The model's type, for messages.
    modules
        The modules of the captured model.
    """

    def __init__(self, calls: Calls, model_type: str, modules: Iterable[torch.nn.Module]) -> None:
        super().__init__()
        self.calls = calls
        self.projections: OutputProjections | None = None
        self._model_type = model_type
        self._direct = Recorder(calls, model_type)
        self._frames = [_Frame(None)]
        self._handles: list[Any] = []
        for module in modules:
            if _is_an_operation(module):
                continue
            self._handles.append(module.register_forward_pre_hook(self._enter))
            self._handles.append(module.register_forward_hook(self._leave))

    def close(self) -> None:
        """Take the hooks off the model."""
        for handle in self._handles:
            handle.remove()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        keywords = kwargs or {}
        result = func(*args, **keywords)
        if inside_watched():
            return result
        name = getattr(func, "__name__", "")
        if name in MATRIX_PRODUCTS:
            product = read_product(name, args, keywords, result)
            if product is not None:
                self._saw_product(product)
        elif name == "softmax":
            self._saw_softmax(args, keywords, result)
        elif name == "scaled_dot_product_attention":
            self._saw_attention(args, keywords, result)
        return result

    def _enter(self, module: torch.nn.Module, _: Any) -> None:
        self._frames.append(_Frame(module))

    def _leave(self, *_: Any) -> None:
        self._frames.pop()

    def _saw_product(self, product: Product) -> None:
        frame = self._frames[-1]
        weights = frame.weights
        if weights is not None and _is_weights(product.left, weights):
            frame.weights = None
            if self.projections is not None:
                self._expect_norms(self.projections, frame.records, product)
            return
        frame.products.append(product)

    def _saw_softmax(
        self, args: tuple[Any, ...], keywords: dict[str, Any], weights: torch.Tensor
    ) -> None:
        frame = self._frames[-1]
        logits = cast("torch.Tensor", args[0])
        dim = args[1] if len(args) > 1 else keywords.get("dim")
        products, frame.products = frame.products, []
        if frame.module is None or dim not in (-1, logits.dim() - 1):
            return
        scores = canonical(logits, self.calls.texts)
        if scores is None:
            return
        self._check_whole(frame)
        # Position terms come after the product of queries and keys, so the first one counts.
        for product in products:
            pair = product.pair(scores.shape)
            if pair is not None:
                frame.weights = weights
                frame.records = self._record(frame.module, pair, product.factor, scores, weights)
                return

    def _check_whole(self, frame: _Frame) -> None:
        if frame.records:
            raise UnsupportedAttention(
                f"{type(frame.module).__name__} of this {self._model_type} model computes its "
                "attention in several pieces, of which no whole rows can be made"
            )
        if "BlockSparse" in type(frame.module).__name__:
            raise UnsupportedAttention(
                f"this {self._model_type} model computes attention in sparse blocks, which make no "
                "whole rows: load it with attention_type='original_full'"
            )

    def _record(
        self,
        module: torch.nn.Module,
        pair: tuple[torch.Tensor, torch.Tensor],
        factor: float | None,
        scores: torch.Tensor,
        weights: torch.Tensor,
    ) -> list[AttentionRecord]:
        query, key = pair
        name = self.calls.names[id(module)]
        layer = self.calls.next_layer(name)
        texts, heads = scores.shape[:2]
        kept = self.calls.plan.kept(layer, heads)
        self.calls.budget.ask((scores.numel() + query.numel() + key.numel()) * 4, name)
        own = weights.reshape(scores.shape)
        call = Call(name, [], causal=True)
        for text in range(texts):
            queries, keys = to_numpy(query[text]), to_numpy(key[text])
            found = read_logits(to_numpy(scores[text]), queries, keys, factor)
            facts = Facts(name, queries, keys, None, {**found, "softcap": None, "sinks": None})
            whole = facts.record()
            error = row_error(whole, to_numpy(own[text]))
            limit = threshold(scores if scores.dtype != torch.float32 else query)
            if error > limit:
                raise mismatch(layer, name, self._model_type, error, limit)
            call.causal = call.causal and looks_back_only(whole, said=False)
            call.records.append(self.calls.thin(facts, kept, error))
        self.calls.add(call)
        return call.records

    def _saw_attention(
        self, args: tuple[Any, ...], keywords: dict[str, Any], output: torch.Tensor
    ) -> None:
        frame = self._frames[-1]
        names = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
        given = {**dict(zip(names, args, strict=False)), **keywords}
        query = cast("torch.Tensor", given["query"])
        if frame.module is None or query.dim() != 4:  # noqa: PLR2004 - (batch, heads, N, d)
            return
        scale = given.get("scale")
        self._direct.projections = self.projections
        self._direct.take(
            "scaled_dot_product_attention",
            frame.module,
            (query, given["key"], given["value"], given.get("attn_mask")),
            {
                "scaling": query.shape[-1] ** -0.5 if scale is None else scale,
                "is_causal": bool(given.get("is_causal", False)),
            },
            output.transpose(1, 2),
        )

    def _expect_norms(
        self, projections: OutputProjections, records: list[AttentionRecord], product: Product
    ) -> None:
        if not records[0].captured:
            return
        shape = (len(records), records[0].heads, records[0].query_count, records[0].key_count)
        values = product.values(shape)
        if values is None:
            return
        kept, output = values
        arrays = [to_numpy(value) for value in kept]

        def settle(weight: Floats) -> None:
            for record, array in zip(records, arrays, strict=True):
                if weight.shape[0] == record.heads * array.shape[-1]:
                    self.calls.settle(record, value_norms(array, weight, record.heads))

        projections.expect(output, settle)


def _is_an_operation(module: torch.nn.Module) -> bool:
    """Whether a module only wraps a function, such as a softmax: it works for its parent."""
    holds = next(module.parameters(), None) is not None or next(module.children(), None) is not None
    return not holds


def _is_weights(operand: torch.Tensor, weights: torch.Tensor) -> bool:
    if operand.numel() != weights.numel():
        return False
    flat = operand.reshape(-1)
    return bool(torch.equal(flat, weights.reshape(-1).to(flat.dtype)))
