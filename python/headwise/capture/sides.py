"""What goes into a model, and the tokens that stand for it on both sides of an attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.blocks import Side, Sides
from headwise.capture.inputs import check_ids, check_text, model_type, two_sided
from headwise.capture.plain import frame_tokens, patch_tokens, tokens_from_ids
from headwise.capture.targets import decoder_inputs
from headwise.capture.tensors import as_list
from headwise.capture.tokenize import read_tokens, tokenize
from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwise.capture.calls import Calls
    from headwise.capture.protocols import Inputs, Model, Tokenizer
    from headwise.masks import Bools

_PICTURE_AXES = 4


@dataclass(frozen=True)
class Prepared:
    """Inputs of a run with the tokens of each text.

    Parameters
    ----------
    inputs
        Tensors for the model, the batch in front.
    source, target
        Tokens of each text and of what its decoder reads; None where there are none.
    strict
        Whether every stack must run over these tokens.
    """

    inputs: Inputs
    source: tuple[Side, ...] | None
    target: tuple[Side, ...] | None
    strict: bool

    @property
    def texts(self) -> int:
        """How many texts run at once."""
        return len(next(iter(self.inputs.values())))

    def sides(self, text: int, model: Model, calls: Calls) -> Sides:
        """Return the sides of one text; patches and frames are counted in the calls."""
        named: dict[str, Side] = {}
        if self.target is not None:
            named["decoder"] = self.target[text]
        if self.source is not None:
            named["encoder" if two_sided(model) else ""] = self.source[text]
        seen = {
            name: value for name, value in self.inputs.items() if value.dim() >= _PICTURE_AXES - 1
        }
        for name, value in seen.items():
            counts = [call.records[text].query_count for call in calls.done]
            if name == "pixel_values" and value.dim() == _PICTURE_AXES:
                height, width = (int(size) for size in value.shape[-2:])
                count = next((one for one in counts if not _is_token_count(named, one)), 0)
                if calls.done and count and calls.done[0].windows == 1:
                    side = Side.unpadded(patch_tokens(count, model.config, height, width))
                    named["vision"] = side
                    named.setdefault("", side)
                    named.setdefault("encoder", side)
            elif name in ("input_features", "input_values"):
                named.setdefault("encoder", Side.unpadded(frame_tokens(counts[0])))
        return Sides(named, strict=self.strict)


def from_texts(
    model: Model,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    pairs: Sequence[str] | None,
    targets: Sequence[str] | None,
) -> Prepared:
    """Encode texts, or pairs of texts, and what the decoder reads.

    Raises
    ------
    InputError
        If a text is empty, or the model needs a target and there is none, or the other way round.
    """
    encoder_decoder = two_sided(model)
    kind = model_type(model)
    if encoder_decoder and targets is None:
        raise InputError(
            f"model type {kind!r} has an encoder and a decoder: give what the decoder reads as "
            "target='...', or trace its encoder alone, model.get_encoder()"
        )
    if targets is not None and not encoder_decoder:
        raise InputError(f"model type {kind!r} has no encoder and decoder: leave target out")
    inputs: dict[str, torch.Tensor]
    if len(texts) == 1:
        encoded, alone = tokenize(tokenizer, texts[0], None if pairs is None else pairs[0])
        inputs, tokens = dict(encoded), [alone]
    else:
        tokens = [
            read_tokens(tokenizer, text, None if pairs is None else pairs[number])
            for number, text in enumerate(texts)
        ]
        inputs = _padded(tokenizer, texts, pairs)
    check_ids(model, tokenizer, inputs)
    target: tuple[Side, ...] | None = None
    if targets is not None:
        added = decoder_inputs(model, tokenizer, targets)
        target = tuple(
            Side(tokens_from_ids(tokenizer, as_list(ids[_tensor(real)])), real)
            for ids, real in zip(
                added["decoder_input_ids"],
                _rows(added["decoder_attention_mask"]),
                strict=True,
            )
        )
        inputs.update(added)
    real = _rows(inputs["attention_mask"]) if "attention_mask" in inputs else None
    source: list[Side] = []
    for number, found in enumerate(tokens):
        side = Side.unpadded(found) if real is None else Side(found, real[number])
        if int(side.real.sum()) != len(found):
            raise InputError(
                f"text {number} has {len(found)} tokens alone and {int(side.real.sum())} in the "
                "batch: the tokenizer cuts it; trace the texts one by one"
            )
        source.append(side)
    return Prepared(inputs, tuple(source), target, strict=True)


def from_inputs(tokenizer: Tokenizer | None, inputs: Mapping[str, Any]) -> Prepared:
    """Take what a processor or tokenizer returned.

    Raises
    ------
    InputError
        If there is no tensor among it, or the tensors are of different batches.
    """
    kept = {name: value for name, value in inputs.items() if isinstance(value, torch.Tensor)}
    sizes = {int(value.shape[0]) for value in kept.values() if value.dim() > 0}
    if len(sizes) != 1 or sizes == {0}:
        raise InputError(
            "inputs must hold tensors with the same batch in front, as a processor returns with "
            f"return_tensors='pt', but it has {_said(inputs)}"
        )
    source = _tokens(tokenizer, kept, "input_ids", "attention_mask")
    target = _tokens(tokenizer, kept, "decoder_input_ids", "decoder_attention_mask")
    return Prepared(kept, source, target, strict=False)


def as_texts(text: object, name: str) -> tuple[str, ...]:
    """Return one text or a list of texts as a tuple.

    Raises
    ------
    InputError
        If it is neither.
    """
    if not isinstance(text, (list, tuple)):
        check_text(text, name)
        return (cast("str", text),)
    texts = cast("Sequence[object]", text)
    if not texts:
        raise InputError(f"{name} is an empty list: give at least one text")
    for one in texts:
        check_text(one, name)
    return cast("tuple[str, ...]", tuple(texts))


def _padded(
    tokenizer: Tokenizer, texts: Sequence[str], pairs: Sequence[str] | None
) -> dict[str, torch.Tensor]:
    if getattr(tokenizer, "pad_token", None) is None:
        raise InputError(
            "the tokenizer has no padding token, so texts cannot run together: set "
            "tokenizer.pad_token = tokenizer.eos_token, or trace them one by one"
        )
    encode = cast("Any", tokenizer)
    encoding: Any = encode(
        list(texts), None if pairs is None else list(pairs), return_tensors="pt", padding=True
    )
    return {name: encoding[name] for name in encoding.keys()}  # noqa: SIM118 - an encoding


def _tokens(
    tokenizer: Tokenizer | None, inputs: Inputs, ids_name: str, mask_name: str
) -> tuple[Side, ...] | None:
    ids = inputs.get(ids_name)
    if ids is None:
        return None
    mask = inputs.get(mask_name)
    real = _rows(mask if mask is not None and mask.shape == ids.shape else torch.ones_like(ids))
    return tuple(
        Side(tokens_from_ids(tokenizer, as_list(row[_tensor(seen)])), seen)
        for row, seen in zip(ids.cpu(), real, strict=True)
    )


def _rows(mask: torch.Tensor) -> list[Bools]:
    return [row.astype(np.bool_) for row in mask.cpu().numpy()]


def _tensor(mask: Bools) -> torch.Tensor:
    return torch.tensor(mask, dtype=torch.bool)


def _is_token_count(named: Mapping[str, Side], count: int) -> bool:
    return any(len(side.real) == count for side in named.values())


def _said(inputs: Mapping[str, Any]) -> str:
    shapes = [f"{name} {tuple(getattr(value, 'shape', ()))}" for name, value in inputs.items()]
    return ", ".join(shapes) or "nothing"
