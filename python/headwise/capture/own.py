"""The last way: the weights that a model returns itself, where nothing else can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.calls import Call, Facts
from headwise.capture.tensors import as_list, to_numpy
from headwise.errors import UnsupportedAttention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwise.capture.calls import Calls
    from headwise.capture.protocols import Model
    from headwise.record import Floats

_WEIGHTS_AXES = 4
_ROWS_SUM_TO_ONE = 1e-3


def own_attentions(runner: Model, calls: Calls, accepted: Mapping[str, Any]) -> None:
    """Run the model with ``output_attentions=True`` and keep what it returns, if anything.

    Longformer returns a band around each position and columns of the global positions; it is
    laid out as whole rows.

    Raises
    ------
    UnsupportedAttention
        If the rows do not sum to one, so that they are only parts of the attention.
    CaptureTooLarge
        If there is no room for the weights.
    """
    try:
        outputs: Any = runner(**accepted, output_attentions=True)
    except (TypeError, ValueError):
        return
    attentions = getattr(outputs, "attentions", None)
    if not isinstance(attentions, (tuple, list)) or not attentions:
        return
    layers = cast("Sequence[Any]", attentions)
    if not all(isinstance(one, torch.Tensor) and one.dim() == _WEIGHTS_AXES for one in layers):
        return
    beyond = getattr(outputs, "global_attentions", None)
    for layer, banded in enumerate(cast("Sequence[torch.Tensor]", layers)):
        texts, heads, count, _ = banded.shape
        if texts != calls.texts:
            return
        module = f"layer.{layer}"
        calls.budget.ask(heads * count * count * 4 * texts, module)
        call = Call(module, [], causal=True)
        kept = calls.plan.kept(layer, heads)
        for text in range(texts):
            weights = to_numpy(banded[text])
            if banded.shape[3] != count:
                far = None if beyond is None else to_numpy(beyond[layer][text])
                weights = dense_longformer(weights, far, _global_positions(accepted, text))
            error = _row_sums(weights, _real(accepted, text, count), runner, layer)
            call.causal = call.causal and not np.triu(weights, 1).any()
            facts = Facts(module, given=weights, more={"scale": 1.0, "causal": False})
            call.records.append(calls.thin(facts, kept, error))
        calls.add(call)


def dense_longformer(
    banded: Floats, from_global: Floats | None, global_positions: Sequence[int]
) -> Floats:
    """Lay out Longformer's weights (Beltagy et al. 2020) as whole rows.

    Parameters
    ----------
    banded
        float32, (H, N, x + w + 1): the weights to x global positions, then to the window of
        w + 1 positions around each query.
    from_global
        float32, (H, N, x): the weights of the rows of the global positions; None without any.
    global_positions
        The global positions of this text; at most x.

    Returns
    -------
    float32 array (H, N, N)
    """
    heads, count, width = banded.shape
    columns = 0 if from_global is None else from_global.shape[2]
    window = width - columns
    whole = np.zeros((heads, count, count + window), np.float32)
    rows = np.arange(count, dtype=np.intp)
    for place in range(window):
        # Shifted by half the window, so that places before the first position stay in range.
        whole[:, rows, rows + place] = banded[:, :, columns + place]
    whole = whole[:, :, window // 2 : window // 2 + count]
    for number, position in enumerate(global_positions):
        whole[:, :, position] = banded[:, :, number]
    for number, position in enumerate(global_positions if from_global is not None else ()):
        # The model pads to whole windows here and does not take the padding off.
        whole[:, position] = cast("Floats", from_global)[:, :count, number]
    return np.ascontiguousarray(whole)


def _global_positions(accepted: Mapping[str, Any], text: int) -> list[int]:
    mask = accepted.get("global_attention_mask")
    if not isinstance(mask, torch.Tensor):
        return []
    return as_list(torch.nonzero(mask[text]).reshape(-1))


def _real(accepted: Mapping[str, Any], text: int, count: int) -> np.ndarray[Any, Any]:
    mask = accepted.get("attention_mask")
    if not isinstance(mask, torch.Tensor) or tuple(mask.shape[1:]) != (count,):
        return np.ones(count, np.bool_)
    return mask[text].cpu().numpy().astype(np.bool_)


def _row_sums(weights: Floats, real: np.ndarray[Any, Any], runner: Model, layer: int) -> float:
    error = float(np.abs(weights[:, real].sum(axis=-1) - 1).max(initial=0))
    if error > _ROWS_SUM_TO_ONE:
        raise UnsupportedAttention(
            f"the attentions that {type(runner).__name__} returns are not whole: rows of layer "
            f"{layer} sum to one only within {error:.2g}, so a picture of them would be wrong"
        )
    return error
