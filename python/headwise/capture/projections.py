"""Finding the output projection of an attention call, for norm-based attention.

Kobayashi et al. 2020 ("Attention is Not Only a Weight", EMNLP) weigh each key by the length of
its value after the output projection. Which linear layer that is differs from model to model:
it is the first one whose input equals the output of the attention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from transformers.pytorch_utils import Conv1D

from headwise.capture.tensors import to_numpy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headwise.record import Floats


class OutputProjections:
    """Watches the linear layers of a model and hands their weights to the waiting call.

    Parameters
    ----------
    modules
        The modules of the captured model.
    """

    def __init__(self, modules: Iterable[torch.nn.Module]) -> None:
        self._waiting: tuple[torch.Tensor, Callable[[Floats], None]] | None = None
        self._handles = [
            module.register_forward_pre_hook(self._look)
            for module in modules
            if isinstance(module, (torch.nn.Linear, Conv1D))
        ]

    def expect(self, output: torch.Tensor, then: Callable[[Floats], None]) -> None:
        """Call `then` with the weight, (inputs, outputs), of the layer that takes `output`."""
        self._waiting = (output, then)

    def close(self) -> None:
        """Take the hooks off the model."""
        self._waiting = None
        for handle in self._handles:
            handle.remove()

    def _look(self, module: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        if self._waiting is None or not arguments:
            return
        output, then = self._waiting
        given = arguments[0]
        if (
            not isinstance(given, torch.Tensor)
            or given.numel() != output.numel()
            or not torch.equal(given.reshape(-1), output.reshape(-1))
        ):
            return
        self._waiting = None
        weight = cast("object", module.weight)
        if not isinstance(weight, torch.Tensor) or not weight.is_floating_point():
            return
        if weight.device.type != "meta":
            turned = weight if isinstance(module, Conv1D) else weight.T
            then(to_numpy(turned))


def value_norms(values: Floats, weight: Floats, heads: int) -> Floats:
    """Return the length of each value after its head's part of the output projection.

    Parameters
    ----------
    values
        float32, (Hkv, Nk, dv).
    weight
        float32, (H * dv, D).
    heads
        H.

    Returns
    -------
    float32 array (H, Nk)
    """
    size = values.shape[-1]
    group = heads // values.shape[0]
    parts = weight.reshape(heads, size, -1)
    lengths = [
        np.linalg.norm(values[head // group] @ parts[head], axis=-1) for head in range(heads)
    ]
    return np.stack(lengths).astype(np.float32)
