"""What the decoder of an encoder-decoder model reads for a target text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.capture.tensors import as_list
from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.capture.protocols import Encoding, Model, Tokenizer


def decoder_inputs(
    model: Model, tokenizer: Tokenizer, targets: Sequence[str]
) -> dict[str, torch.Tensor]:
    """Encode target texts and shift them right, as the model does with labels.

    Returns
    -------
    dict
        ``decoder_input_ids`` and ``decoder_attention_mask``, (B, Nt).
    """
    encoding = cast(
        "Encoding",
        cast("Any", tokenizer)(
            text_target=list(targets), return_tensors="pt", padding=len(targets) > 1
        ),
    )
    labels = cast("torch.Tensor", encoding["input_ids"])
    for target, row in zip(targets, labels, strict=True):
        if set(as_list(row)) <= set(tokenizer.all_special_ids):
            raise InputError(f"target leaves no token: {target[:40]!r}")
    mask = cast("torch.Tensor", encoding["attention_mask"])
    if not bool(mask[:, 0].all()):
        raise InputError(
            "the tokenizer pads on the left, but targets are padded on the right: set "
            "tokenizer.padding_side = 'right'"
        )
    # As many inputs as labels: shifted right, the last label of each target is not read.
    return {"decoder_input_ids": _shift(model, labels), "decoder_attention_mask": mask}


def _shift(model: Model, labels: torch.Tensor) -> torch.Tensor:
    """Shift labels right by the model's own rule."""
    own: Any = model
    if hasattr(own, "prepare_decoder_input_ids_from_labels"):
        return cast("torch.Tensor", own.prepare_decoder_input_ids_from_labels(labels=labels))
    if hasattr(own, "_shift_right"):
        return cast("torch.Tensor", own._shift_right(labels))  # noqa: SLF001 - T5's own rule
    config = model.config
    start, pad = config.decoder_start_token_id, config.pad_token_id
    rule: Any = getattr(sys.modules.get(type(model).__module__), "shift_tokens_right", None)
    if rule is not None:
        count = rule.__code__.co_argcount
        arguments = (labels, pad) if count == 2 else (labels, pad, start)  # noqa: PLR2004
        return cast("torch.Tensor", rule(*arguments))
    if start is None:
        raise InputError(
            f"this {type(model).__name__} does not say which token its decoder starts with: set "
            "model.config.decoder_start_token_id"
        )
    first = torch.full_like(labels[:, :1], start)
    return torch.cat([first, labels[:, :-1]], dim=1)
