"""Value zeroing: how far a token's vector moves when another token's value is taken away.

Mohebbi et al. 2023, "Quantifying Context Mixing in Transformers" (EACL): in one layer the value
of token j is set to zero in all heads; the cosine distance of what the layer then gives for token
i from what it gave before is how much i takes from j. Rows are made to sum to one and layers are
joined by rollout, a product of the layers' matrices.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.recorder import operands
from headwise.capture.registry import watching
from headwise.capture.run import accepted_inputs, implementations, without_head
from headwise.capture.tensors import to_numpy
from headwise.errors import UnsupportedAttention

if TYPE_CHECKING:
    from headwise.capture.protocols import Model
    from headwise.intervene.change import HeadsOff
    from headwise.intervene.encode import Encoded
    from headwise.record import Floats
    from headwise.trace import Trace


class _ZeroValue:
    """Zeroes the value of one token, on top of another change."""

    def __init__(self, modules: set[int], change: HeadsOff | None) -> None:
        self.token: int | None = None
        self._modules = modules
        self._change = change

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the module is one of the model's attentions."""
        return id(module) in self._modules

    def before(
        self,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Zero the value."""
        if self._change is not None:
            self._change.again(self.token is not None)
            arguments, keywords = self._change.before(implementation, module, arguments, keywords)
        if self.token is None:
            return arguments, keywords
        query, key, value, mask = operands(arguments, keywords)
        value = value.clone()
        value[:, :, self.token] = 0
        names = {"query", "key", "value", "attention_mask"}
        rest = {name: given for name, given in keywords.items() if name not in names}
        return (query, key, value, mask, *arguments[len(names) :]), rest

    def after(self, module: torch.nn.Module, output: torch.Tensor) -> torch.Tensor:
        """Change what the other change does."""
        return output if self._change is None else self._change.after(module, output)


def token_mixing(
    model: Model, encoded: Encoded, trace: Trace, change: HeadsOff | None = None
) -> Floats:
    """Return how much each token's last vector takes from each token, (N, N), rows sum to one.

    Every layer runs once more for each token, so it takes as long as N runs of the model.

    Raises
    ------
    UnsupportedAttention
        If the model has several stacks, or its layers are not the entries of a list of modules.
    """
    if len(trace.blocks) != 1:
        raise UnsupportedAttention(
            "value zeroing reads models of one stack; this one has the blocks "
            f"{', '.join(trace.blocks)}. Use saliency='gradient', or trace one part of the model"
        )
    runner = without_head(model)
    named = dict(runner.named_modules())
    attentions = {record.module for record in trace.block().records if record.module in named}
    layers = {_layer_of(name, named) for name in attentions}
    if not attentions or None in layers:
        raise UnsupportedAttention(
            f"the layers of this {type(model).__name__} are not the entries of a list of modules, "
            "so values cannot be zeroed layer by layer: use saliency='gradient'"
        )
    zero = _ZeroValue({id(named[name]) for name in attentions}, change)
    count = len(encoded.tokens)
    whole: list[Floats] = []
    thread = threading.get_ident()

    def measure(
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        output: Any,  # noqa: ANN401 - a tensor, or a tuple with it in front
    ) -> None:
        if threading.get_ident() != thread or zero.token is not None:
            return
        plain = _hidden(output)
        distances = torch.zeros(count, count)
        try:
            for token in range(count):
                zero.token = token
                moved = _hidden(module.forward(*arguments, **keywords))
                near = torch.nn.functional.cosine_similarity(plain.double(), moved.double(), dim=-1)
                distances[:, token] = (1 - near[0]).clamp(min=0).cpu()
        finally:
            zero.token = None
        whole.append(to_numpy(distances))

    if change is not None:
        change.start()
    with ExitStack() as stack:
        for layer in cast("set[torch.nn.Module]", layers):
            handle = layer.register_forward_hook(measure, with_kwargs=True)
            stack.callback(handle.remove)
        stack.enter_context(torch.no_grad())
        stack.enter_context(watching(implementations(model), None, zero))
        model(**accepted_inputs(model, encoded.prepared.inputs))
    return _joined(whole)


def _layer_of(name: str, named: dict[str, torch.nn.Module]) -> torch.nn.Module | None:
    """Return the innermost entry of a list of modules that holds the module."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        parent = named.get(".".join(parts[: length - 1]))
        if isinstance(parent, torch.nn.ModuleList):
            return named[".".join(parts[:length])]
    return None


def _hidden(output: Any) -> torch.Tensor:  # noqa: ANN401 - a tensor, or a tuple with it in front
    return cast("torch.Tensor", output[0] if isinstance(output, (tuple, list)) else output)


def _joined(layers: list[Floats]) -> Floats:
    joined: np.ndarray[Any, Any] | None = None
    for distances in layers:
        total = distances.sum(axis=-1, keepdims=True)
        # A token that takes nothing from any is its own.
        shares = np.where(total > 0, distances / np.where(total > 0, total, 1), np.eye(len(total)))
        joined = shares if joined is None else shares @ joined
    return cast("np.ndarray[Any, Any]", joined).astype(np.float32)
