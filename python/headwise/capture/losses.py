"""Losses of single texts of a batch, for what a model was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import torch
from torch.nn import functional

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headwise.capture.protocols import Model, Tokenizer

    # (what the model returned, what went in) -> one loss a text
    Loss: TypeAlias = Callable[[Any, Mapping[str, torch.Tensor]], torch.Tensor]

_MASKED = 0.15


def class_loss(model: Model, labels: Sequence[object]) -> Callable[[slice], Loss]:
    """Return the loss of a classifier of whole texts, for the texts of a slice.

    Raises
    ------
    InputError
        If the labels are not those of the model.
    """
    count = int(getattr(model.config, "num_labels", 0) or 0)
    if count == 1:
        targets = _numbers(labels)

        def regression(place: slice) -> Loss:
            return lambda outputs, _: (
                (_logits(outputs, 2)[:, 0] - targets[place].to(outputs.logits.device)) ** 2
            )

        return regression
    numbers = [_class_number(label, place, count) for place, label in enumerate(labels)]

    def classes(place: slice) -> Loss:
        return lambda outputs, _: functional.cross_entropy(
            _logits(outputs, 2),
            torch.tensor(numbers[place], device=outputs.logits.device),
            reduction="none",
        )

    return classes


def next_token_loss(outputs: Any, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return the mean negative log-likelihood of each token after those before it."""
    logits = _logits(outputs, 3)
    ids = inputs["input_ids"].to(logits.device)
    real = inputs.get("attention_mask")
    kept = torch.ones_like(ids) if real is None else real.to(logits.device)
    counts = (kept[:, 1:] * kept[:, :-1]).float()
    if bool((counts.sum(dim=1) == 0).any()):
        raise InputError("a text of one token has no next token to predict: leave it out")
    found = functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    return (found * counts).sum(dim=1) / counts.sum(dim=1)


def masked_loss(
    tokenizer: Tokenizer, inputs: dict[str, torch.Tensor], seed: int
) -> tuple[dict[str, torch.Tensor], Loss]:
    """Mask some ordinary tokens of each text, as in BERT's training, and ask for them.

    Returns
    -------
    inputs
        With 15 % of the ordinary tokens, at least one, replaced by the mask.
    loss
        Mean negative log-likelihood of the tokens that were there.
    """
    mask = getattr(tokenizer, "mask_token_id", None)
    if not isinstance(mask, int):
        raise InputError(
            "this model fills in masked tokens, but its tokenizer has no mask token: give the loss "
            "as a function, loss=..."
        )
    ids = inputs["input_ids"]
    special = torch.tensor(sorted(set(tokenizer.all_special_ids)))
    ordinary = ~torch.isin(ids, special)
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(ids.shape, generator=generator).masked_fill(~ordinary, 2.0)
    count = torch.clamp((ordinary.sum(dim=1) * _MASKED).round().long(), min=1)
    place = order.argsort(dim=1).argsort(dim=1)
    chosen = ordinary & (place < count[:, None])
    if bool((~chosen.any(dim=1)).any()):
        raise InputError("a text has special tokens only: there is none to mask")

    def loss(outputs: Any, _: Mapping[str, torch.Tensor]) -> torch.Tensor:
        logits = _logits(outputs, 3)
        asked = chosen.to(logits.device).float()
        found = functional.cross_entropy(
            logits.transpose(1, 2), ids.to(logits.device), reduction="none"
        )
        return (found * asked).sum(dim=1) / asked.sum(dim=1)

    return {**inputs, "input_ids": ids.masked_fill(chosen, mask)}, loss


def _logits(outputs: Any, axes: int) -> torch.Tensor:
    found = getattr(outputs, "logits", None)
    if not isinstance(found, torch.Tensor) or found.dim() != axes:
        shape = tuple(found.shape) if isinstance(found, torch.Tensor) else "none"
        raise InputError(
            f"this loss needs logits with {axes} axes, and the model returned {shape}: give the "
            "loss as a function, loss=..."
        )
    return found.float() if found.dtype in (torch.float16, torch.bfloat16) else found


def _numbers(labels: Sequence[object]) -> torch.Tensor:
    if any(isinstance(label, str) or not hasattr(label, "__float__") for label in labels):
        raise InputError("this model has one output: labels must be numbers")
    return torch.tensor([float(cast("float", label)) for label in labels])


def _class_number(label: object, place: int, count: int) -> int:
    try:
        number = -1 if isinstance(label, (bool, str, float)) else int(cast("int", label))
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number < count:
        raise InputError(
            f"label {label!r:.40} of text {place} is no class of this model: they are 0 to "
            f"{count - 1}"
        )
    return number
