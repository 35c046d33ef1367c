"""What a head's output adds to the logits by itself, in models where that is one product.

A head writes into the residual stream, and the logits read the stream through a last norm: the
part of a head is its output times its rows of the output projection, times the norm's gain, times
the unembedding. Every step is compared with what the model computes; where one does not hold (norms
behind each layer, factors on the stream), there is no such part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from transformers.pytorch_utils import Conv1D

from headwise.capture.registry import watching
from headwise.capture.run import implementations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.capture.protocols import Model

_CLOSE = 1e-3


class Direct(NamedTuple):
    """The parts of one run of one text.

    Attributes
    ----------
    outputs
        (N, H, d) a layer: weights times values of each head.
    projections
        (H, d, D) a layer.
    gain
        (D,): of the last norm.
    centred
        Whether the norm takes the mean off.
    unembedding, middle
        (V, D), and the mean of its rows.
    """

    outputs: list[torch.Tensor]
    projections: list[torch.Tensor]
    gain: torch.Tensor
    centred: bool
    unembedding: torch.Tensor
    middle: torch.Tensor

    def rises(self, layer: int, tokens: torch.Tensor) -> torch.Tensor:
        """Return how far each head raises some tokens' logits over the mean: (H, N, tokens)."""
        read = self.unembedding[tokens] - self.middle
        read = read * self.gain
        if self.centred:
            read = read - read.mean(dim=1, keepdim=True)
        by_head = self.projections[layer] @ read.T
        return torch.einsum("nhd,hdt->hnt", self.outputs[layer], by_head)


def direct_parts(model: Model, inputs: Mapping[str, torch.Tensor]) -> Direct | str:
    """Run a model on one text and read the parts; or say why there are none."""
    head = cast("Any", model).get_output_embeddings() if _has_embeddings(model) else None
    if not isinstance(head, torch.nn.Linear):
        return "it has no linear layer from the last states to the logits"
    watch = _Watch(cast("torch.nn.Module", model), head)
    try:
        with torch.no_grad(), watching(implementations(model), watch):
            model(**inputs)
    finally:
        watch.close()
    with torch.no_grad():
        return watch.read()


def _has_embeddings(model: Model) -> bool:
    return callable(getattr(model, "get_output_embeddings", None))


class _Layer(NamedTuple):
    output: torch.Tensor
    projection: torch.Tensor
    written: torch.Tensor


class _Watch:
    """Keeps what goes through the layers that matter in one run."""

    def __init__(self, model: torch.nn.Module, head: torch.nn.Linear) -> None:
        self._ids = {id(module) for module in model.modules()}
        self._head = head
        self._read: torch.Tensor | None = None
        self._waiting: torch.Tensor | None = None
        self._layers: list[_Layer] = []
        self._calls = 0
        self._flows: list[tuple[torch.nn.Module, torch.Tensor, torch.Tensor]] = []
        self._handles = [
            module.register_forward_hook(self._look, with_kwargs=True) for module in model.modules()
        ]

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()

    def wants(self, module: torch.nn.Module) -> bool:
        return id(module) in self._ids

    def take(
        self,
        implementation: str,  # noqa: ARG002 - a sink takes it
        module: torch.nn.Module,  # noqa: ARG002 - the same
        arguments: tuple[Any, ...],  # noqa: ARG002 - the same
        keywords: dict[str, Any],  # noqa: ARG002 - the same
        output: torch.Tensor,
    ) -> None:
        self._waiting = output
        self._calls += 1

    def _look(
        self,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        output: Any,
    ) -> None:
        given = arguments[0] if arguments else keywords.get("hidden_states")
        came = cast("Any", output)[0] if isinstance(output, (tuple, list)) else output
        if not isinstance(given, torch.Tensor) or not isinstance(came, torch.Tensor):
            return
        if module is self._head:
            self._read = given
            return
        waiting = self._waiting
        if (
            waiting is not None
            and isinstance(module, (torch.nn.Linear, Conv1D))
            and given.numel() == waiting.numel()
            and torch.equal(given.reshape(-1), waiting.reshape(-1))
        ):
            self._waiting = None
            weight = module.weight if isinstance(module, Conv1D) else module.weight.T
            heads = waiting.shape[2]
            parts = weight.detach().float().reshape(heads, -1, weight.shape[1])
            self._layers.append(_Layer(waiting[0].float(), parts, came))
        elif given.is_floating_point() and given.shape == came.shape:
            self._flows.append((module, given, came))

    def read(self) -> Direct | str:
        if self._read is None or not self._layers or len(self._layers) != self._calls:
            return "the output projection of its attention is no plain linear layer"
        stream = self._last_norm()
        if stream is None:
            return "no norm with a known gain stands between the last layer and the logits"
        gain, centred, last = stream
        if not self._adds_up(last):
            return "its layers do not add what a head writes to the stream as it is"
        unembedding = self._head.weight.detach().float()
        return Direct(
            [layer.output for layer in self._layers],
            [layer.projection for layer in self._layers],
            gain,
            centred,
            unembedding,
            unembedding.mean(dim=0),
        )

    def _last_norm(self) -> tuple[torch.Tensor, bool, torch.Tensor] | None:
        """Find the module whose output the head reads: its gain, and what went in."""
        for module, given, came in reversed(self._flows):
            if self._read is None or came.shape != self._read.shape:
                continue
            weight = getattr(module, "weight", None)
            if not torch.equal(came, self._read) or not isinstance(weight, torch.Tensor):
                continue
            if weight.dim() != 1:
                continue
            bias = getattr(module, "bias", None)
            added = came - (bias if isinstance(bias, torch.Tensor) else 0)
            for centred in (False, True):
                flat = given - given.mean(dim=-1, keepdim=True) if centred else given
                for gain in (weight, 1 + weight):
                    if _parallel(flat * gain, added):
                        return gain.detach().float(), centred, given
        return None

    def _adds_up(self, last: torch.Tensor) -> bool:
        """Whether each layer's result is what went in, what its heads wrote and one more part."""
        after = last
        for layer in reversed(self._layers):
            before = self._before(layer, after)
            if before is None:
                return False
            after = before
        return True

    def _before(self, layer: _Layer, after: torch.Tensor) -> torch.Tensor | None:
        results = [flow for flow in self._flows if flow[2].shape == after.shape]
        for _, given, came in results:
            if came is after or torch.equal(came, after):
                left = after - given - layer.written
                if _close(left, torch.zeros_like(left), after) or any(
                    _close(left, part, after) for _, _, part in results
                ):
                    return given
        return None


def _close(one: torch.Tensor, other: torch.Tensor, scale: torch.Tensor) -> bool:
    return float((one - other).abs().max()) <= _CLOSE * float(scale.abs().max())


def _parallel(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether each vector of `one` is the same direction as that of `other`."""
    along = (one * other).sum(-1, keepdim=True) / other.square().sum(-1, keepdim=True)
    return bool((along > 0).all()) and _close(one, along * other, one)
