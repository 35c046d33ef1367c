"""Turning the attention calls of one forward pass into records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.selfcheck import relative_error, threshold
from headwise.errors import CaptureMismatch, NoAttentionFound, UnsupportedAttention
from headwise.record import AttentionRecord, PackedMask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headwise.record import Bools, Floats

_MATRIX = 4
_READ = frozenset({"scaling", "is_causal", "position_bias", "softcap", "s_aux", "sinks"})
_COMPILED = re.compile(r"(^|\.)_orig_mod(?=\.|$)")


@dataclass(frozen=True)
class _Mask:
    visible: PackedMask | None
    bias: Floats | None
    causal: bool


class Recorder:
    """A sink that keeps q and k of each call and checks them against the model's output.

    Parameters
    ----------
    modules
        Names and modules of the captured model.
    model_type
        The model's type, for messages.
    """

    def __init__(self, modules: Iterable[tuple[str, torch.nn.Module]], model_type: str) -> None:
        self.records: list[AttentionRecord] = []
        self.causal_flags: list[bool] = []
        self._names = {id(module): _COMPILED.sub("", name) for name, module in modules}
        self._model_type = model_type
        # Layers hand over the same mask and bias object; the tensor is kept so that its id stays.
        self._masks: dict[int, tuple[torch.Tensor, _Mask]] = {}
        self._biases: dict[int, tuple[torch.Tensor, Floats]] = {}

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the module belongs to the captured model."""
        return id(module) in self._names

    def take(
        self,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        output: torch.Tensor,
    ) -> None:
        """Record one call.

        Raises
        ------
        CaptureMismatch
            If the recorded weights do not reproduce the model's output.
        NoAttentionFound, UnsupportedAttention
            If the call is of a kind that is not read.
        """
        query, key, value, mask = _operands(arguments, keywords)
        name = self._names[id(module)].lstrip(".")
        self._check_layout(name, query, key, mask)
        record_mask = self._mask(mask, query, key)
        bias = self._bias(keywords.get("position_bias"), query, key)
        if record_mask.bias is not None:
            bias = record_mask.bias if bias is None else bias + record_mask.bias
        implicit = (
            implementation != "eager"
            and mask is None
            and query.shape[2] > 1
            and _is_causal(module, keywords)
        )
        facts: dict[str, Any] = {
            "queries": _to_numpy(query[0]),
            "keys": _to_numpy(key[0]),
            "scale": _scale(module, keywords, query),
            "visible": record_mask.visible,
            "causal": implicit or record_mask.causal,
            "bias": bias,
            "softcap": keywords.get("softcap"),
            "sinks": _sinks(module, keywords),
            "module": name,
        }
        record = AttentionRecord(**facts)
        error = self._check(record, query, value, output, keywords)
        self.records.append(AttentionRecord(**facts, check=error))
        self.causal_flags.append(_looks_back_only(record, _is_causal(module, keywords)))

    def _check(
        self,
        record: AttentionRecord,
        query: torch.Tensor,
        value: torch.Tensor,
        output: torch.Tensor,
        keywords: dict[str, Any],
    ) -> float:
        own = _to_numpy(output[0]).reshape(record.query_count, record.heads, -1)
        error = relative_error(record, _to_numpy(value[0]), own)
        limit = threshold(query)
        if error <= limit:
            return error
        unread = sorted(
            name
            for name, argument in keywords.items()
            if isinstance(argument, torch.Tensor) and name not in _READ
        )
        hint = f" It takes {', '.join(unread)}, which headwise does not read." if unread else ""
        raise CaptureMismatch(
            f"layer {len(self.records)} ({record.module}) of this {self._model_type} model: the "
            f"recorded attention differs from the model's own by {error:.2g} of its largest "
            f"value, and {limit:.0e} is allowed.{hint} No picture is made of it; "
            "please report the model."
        )

    def _check_layout(
        self, name: str, query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor | None
    ) -> None:
        # Flex attention hands over an object of its own, flash attention a (batch, keys) mask.
        if mask is not None and (type(mask).__name__ == "BlockMask" or mask.dim() != _MATRIX):
            raise UnsupportedAttention(
                f"{name} of this {self._model_type} model uses an attention implementation with "
                "its own kind of mask: call model.set_attn_implementation('sdpa') before the trace"
            )
        if mask is not None and mask.shape[1] != 1:
            raise NoAttentionFound(
                f"{name} of this {self._model_type} model has a mask for each head, "
                "which headwise does not read yet"
            )
        if query.dim() != _MATRIX or query.shape[0] != 1 or key.shape[0] != 1:
            raise NoAttentionFound(
                f"{name} of this {self._model_type} model splits the text into windows or "
                f"batches (queries of shape {tuple(query.shape)}), which headwise does not read yet"
            )

    def _mask(self, mask: torch.Tensor | None, query: torch.Tensor, key: torch.Tensor) -> _Mask:
        if mask is None:
            return _Mask(None, None, causal=False)
        if id(mask) not in self._masks:
            queries, keys = query.shape[2], key.shape[2]
            cut = mask[:1, 0, :, :keys].expand(1, queries, keys)
            self._masks[id(mask)] = (mask, _read_mask(cut[0]))
        return self._masks[id(mask)][1]

    def _bias(
        self, bias: torch.Tensor | None, query: torch.Tensor, key: torch.Tensor
    ) -> Floats | None:
        if bias is None:
            return None
        if id(bias) not in self._biases:
            shape = (bias.shape[1], query.shape[2], key.shape[2])
            self._biases[id(bias)] = (bias, _to_numpy(bias[0].expand(shape)))
        return self._biases[id(bias)][1]


def _operands(
    arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
    names = ("query", "key", "value", "attention_mask")
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    return given["query"], given["key"], given["value"], given.get("attention_mask")


def _to_numpy(tensor: torch.Tensor) -> Floats:
    """Copy to float32 on the CPU, so that no storage of the model is held."""
    copied = tensor.detach().to(device="cpu", dtype=torch.float32, copy=True)
    return cast("Floats", copied.contiguous().numpy())


def _read_mask(mask: torch.Tensor) -> _Mask:
    """Split a (Nq, Nk) mask into what is seen and what is added to the scores."""
    bias: Floats | None = None
    if mask.dtype == torch.bool:
        visible = cast("Bools", mask.cpu().numpy())
    else:
        seen = mask > torch.finfo(mask.dtype).min / 2
        visible = cast("Bools", seen.cpu().numpy())
        added = _to_numpy(torch.where(seen, mask, torch.zeros_like(mask)))
        bias = added[None] if added.any() else None
    if visible.all():
        return _Mask(None, bias, causal=False)
    if visible.shape[0] == visible.shape[1] and np.array_equal(visible, np.tri(*visible.shape)):
        return _Mask(None, bias, causal=True)
    return _Mask(PackedMask.pack(visible), bias, causal=False)


def _is_causal(module: torch.nn.Module, keywords: dict[str, Any]) -> bool:
    flag = keywords.get("is_causal")
    if flag is None:
        flag = getattr(module, "is_causal", True)
    return bool(flag)


def _looks_back_only(record: AttentionRecord, said: bool) -> bool:
    if record.query_count == 1:
        return said
    if record.causal:
        return True
    allowed = record.allowed()
    return allowed is not None and not np.triu(allowed, 1).any()


def _scale(module: torch.nn.Module, keywords: dict[str, Any], query: torch.Tensor) -> float:
    scale = keywords.get("scaling")
    if scale is None:
        scale = getattr(module, "scaling", None)
    return float(query.shape[-1] ** -0.5 if scale is None else scale)


def _sinks(module: torch.nn.Module, keywords: dict[str, Any]) -> Floats | None:
    for sinks in (keywords.get("s_aux"), keywords.get("sinks"), getattr(module, "sinks", None)):
        if isinstance(sinks, torch.Tensor):
            return _to_numpy(sinks.reshape(-1))
    return None
