"""Turning calls of transformers' attention interface into records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from headwise.capture.calls import Call, Facts
from headwise.capture.projections import value_norms
from headwise.capture.selfcheck import relative_error, threshold
from headwise.capture.tensors import MATRIX, MaskReader, side_by_side, to_numpy, together
from headwise.errors import CaptureMismatch, NoAttentionFound, UnsupportedAttention

if TYPE_CHECKING:
    from headwise.capture.calls import Calls
    from headwise.capture.projections import OutputProjections
    from headwise.record import AttentionRecord, Floats

_READ = frozenset({"scaling", "is_causal", "position_bias", "softcap", "s_aux", "sinks"})
_BOTH = 2


class Recorder:
    """A sink that keeps q and k of each call and checks them against the model's output.

    Parameters
    ----------
    calls
        Where the records go.
    model_type
        The model's type, for messages.
    """

    def __init__(self, calls: Calls, model_type: str) -> None:
        self.calls = calls
        self._model_type = model_type
        self._masks = MaskReader()
        self.projections: OutputProjections | None = None

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the module belongs to the captured model."""
        return id(module) in self.calls.names

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
        CaptureTooLarge
            If there is no room for it.
        NoAttentionFound, UnsupportedAttention
            If the call is of a kind that is not read.
        """
        query, key, value, mask = operands(arguments, keywords)
        name = self.calls.names[id(module)]
        self._check_layout(name, query, mask)
        said = says_causal(module, keywords)
        implicit = implementation != "eager" and mask is None and query.shape[2] > 1 and said
        windows = query.shape[0] // self.calls.texts
        layer = self.calls.next_layer(name)
        kept = self.calls.plan.kept(layer, query.shape[1])
        if kept != ():
            self._ask_for_room(name, query, key, kept)
        call = Call(name, [], causal=True, windows=windows)
        waiting: list[tuple[AttentionRecord, Floats]] = []
        queries, keys = to_numpy(query), to_numpy(key)
        for text in range(self.calls.texts):
            place = slice(text * windows, (text + 1) * windows)
            facts = self._facts(name, module, queries, keys, mask, keywords, place)
            facts.more["causal"] = facts.more["causal"] or implicit
            whole = facts.record()
            check = None
            if kept != () and text in (0, self.calls.texts - 1):
                values = to_numpy(side_by_side(value[place]))
                own = to_numpy(output[place]).reshape(whole.query_count, whole.heads, -1)
                check = self._check(whole, values, own, layer, threshold(query), keywords)
            call.causal = call.causal and looks_back_only(whole, said)
            record = self.calls.thin(facts, kept, check)
            call.records.append(record)
            if kept != () and self.projections is not None:
                waiting.append((record, to_numpy(side_by_side(value[place]))))
        self.calls.add(call)
        if waiting and self.projections is not None:
            self._expect_norms(self.projections, output, waiting)

    def _facts(
        self,
        name: str,
        module: torch.nn.Module,
        queries: Floats,
        keys: Floats,
        mask: torch.Tensor | None,
        keywords: dict[str, Any],
        place: slice,
    ) -> Facts:
        rows, columns = queries.shape[2], keys.shape[2]
        seen = self._masks.read(mask, place, rows, columns)
        bias = keywords.get("position_bias")
        if bias is not None:
            seen = together(seen, self._masks.read(bias, place, rows, columns))
        return Facts(
            module=name,
            queries=_own(queries, place),
            keys=_own(keys, place),
            more={
                "scale": scale_of(module, keywords, queries),
                "visible": seen.visible,
                "causal": seen.causal,
                "bias": seen.bias,
                "softcap": keywords.get("softcap"),
                "sinks": sinks_of(module, keywords),
            },
        )

    def _expect_norms(
        self,
        projections: OutputProjections,
        output: torch.Tensor,
        waiting: list[tuple[AttentionRecord, Floats]],
    ) -> None:
        def settle(weight: Floats) -> None:
            for record, values in waiting:
                if weight.shape[0] == record.heads * values.shape[-1]:
                    self.calls.settle(record, value_norms(values, weight, record.heads))

        projections.expect(output, settle)

    def _ask_for_room(
        self, name: str, query: torch.Tensor, key: torch.Tensor, kept: tuple[int, ...] | None
    ) -> None:
        share = 1.0 if kept is None else len(kept) / query.shape[1]
        size = _BOTH if self.calls.plan.dtype == "float16" else 2 * _BOTH
        self.calls.budget.ask(int((query.numel() + key.numel()) * size * share), name)

    def _check(
        self,
        record: AttentionRecord,
        values: Floats,
        output: Floats,
        layer: int,
        limit: float,
        keywords: dict[str, Any],
    ) -> float:
        error = relative_error(record, values, output)
        if error <= limit:
            return error
        unread = sorted(
            name
            for name, argument in keywords.items()
            if isinstance(argument, torch.Tensor) and name not in _READ
        )
        hint = f" It takes {', '.join(unread)}, which headwise does not read." if unread else ""
        raise mismatch(layer, record.module, self._model_type, error, limit, hint)

    def _check_layout(self, name: str, query: torch.Tensor, mask: torch.Tensor | None) -> None:
        # Flex attention hands over an object of its own, flash attention a (batch, keys) mask.
        if mask is not None and (type(mask).__name__ == "BlockMask" or mask.dim() != MATRIX):
            raise UnsupportedAttention(
                f"{name} of this {self._model_type} model uses an attention implementation with "
                "its own kind of mask: call model.set_attn_implementation('sdpa') before the trace"
            )
        if query.dim() != MATRIX or query.shape[0] % self.calls.texts:
            raise NoAttentionFound(
                f"{name} of this {self._model_type} model has queries of shape "
                f"{tuple(query.shape)} for {self.calls.texts} texts, which headwise does not read"
            )


def _own(vectors: Floats, place: slice) -> Floats:
    """Return the vectors of one text, (H, N, d), its windows one after the other.

    Of several texts they are copied, so that one trace does not hold the vectors of all.
    """
    count, heads, _, size = vectors.shape
    if place.stop - place.start > 1:
        return vectors[place].transpose(1, 0, 2, 3).reshape(heads, -1, size)
    return vectors[place.start] if count == 1 else vectors[place.start].copy()


def mismatch(
    layer: int, module: str, model_type: str, error: float, limit: float, hint: str = ""
) -> CaptureMismatch:
    """Make the error of a record that is not what the model computed."""
    return CaptureMismatch(
        f"layer {layer} ({module}) of this {model_type} model: the recorded attention differs "
        f"from the model's own by {error:.2g} of its largest value, and {limit:.0e} is "
        f"allowed.{hint} No picture is made of it; please report the model."
    )


def operands(
    arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Return query, key, value and mask of an attention call."""
    names = ("query", "key", "value", "attention_mask")
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    return given["query"], given["key"], given["value"], given.get("attention_mask")


def says_causal(module: torch.nn.Module, keywords: dict[str, Any]) -> bool:
    """Whether the call asks for the causal triangle where no mask is given."""
    flag = keywords.get("is_causal")
    if flag is None:
        flag = getattr(module, "is_causal", True)
    return bool(flag)


def looks_back_only(record: AttentionRecord, said: bool) -> bool:
    """Whether no query of the record sees a later key."""
    if record.query_count == 1:
        return said
    if record.causal:
        return True
    allowed = record.allowed()
    return allowed is not None and not np.triu(allowed, 1).any()


def scale_of(
    module: torch.nn.Module, keywords: dict[str, Any], query: torch.Tensor | Floats
) -> float:
    """Return the factor on q·k of a call."""
    scale = keywords.get("scaling")
    if scale is None:
        scale = getattr(module, "scaling", None)
    return float(query.shape[-1] ** -0.5 if scale is None else scale)


def sinks_of(module: torch.nn.Module, keywords: dict[str, Any]) -> Floats | None:
    """Return the scores of the sinks, (H,), where a model has them."""
    for sinks in (keywords.get("s_aux"), keywords.get("sinks"), getattr(module, "sinks", None)):
        if isinstance(sinks, torch.Tensor):
            return to_numpy(sinks.reshape(-1))
    return None
