"""Attention of a generation: the rows of each step stitched into one record a layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.capture.calls import layer_number, pattern_of
from headwise.capture.recorder import (
    looks_back_only,
    mismatch,
    operands,
    says_causal,
    scale_of,
    sinks_of,
)
from headwise.capture.selfcheck import relative_error, threshold
from headwise.capture.tensors import MATRIX, MaskReader, to_numpy, together, triangle_or_mask
from headwise.errors import BeamSearchUnsupported, UnsupportedAttention
from headwise.record import AttentionRecord

if TYPE_CHECKING:
    import torch

    from headwise.capture.calls import Calls
    from headwise.capture.kinds import Kinds
    from headwise.capture.tensors import Seen
    from headwise.record import Floats

# The first steps are all checked, then one in this many: a check costs as much as the step.
_CHECKED_FIRST, _CHECKED_THEN = 4, 8


@dataclass
class Step:
    """Rows of one step: where their keys start, which of them are seen, what is added."""

    start: int
    keys: int
    allowed: np.ndarray[Any, np.dtype[np.bool_]] | None
    bias: Floats | None


@dataclass
class Stream:
    """All steps of one attention module."""

    module: str
    cross: bool
    layer: int
    kept: tuple[int, ...] | None
    heads: tuple[int, int]
    facts: dict[str, Any]
    check: float = 0.0
    forward: int = -1
    queries: list[Floats] = field(default_factory=list["Floats"])
    keys: list[Floats] = field(default_factory=list["Floats"])
    steps: list[Step] = field(default_factory=list[Step])
    rows: int = 0
    columns: int = 0

    def record(self) -> AttentionRecord:
        """Stitch the steps together."""
        allowed = np.zeros((self.rows, self.columns), np.bool_)
        biases = [step.bias for step in self.steps if step.bias is not None]
        bias: Floats | None = None
        if biases and any(one.any() for one in biases):
            bias = np.zeros((len(biases[0]), self.rows, self.columns), np.float32)
        row = 0
        for step, queries in zip(self.steps, self.queries, strict=True):
            place = slice(row, row + queries.shape[1])
            columns = slice(step.start, step.start + step.keys)
            allowed[place, columns] = True if step.allowed is None else step.allowed
            if bias is not None and step.bias is not None:
                bias[:, place, columns] = step.bias
            row = place.stop
        mask, causal = triangle_or_mask(allowed)
        if bias is not None and len(bias) > 1 and self.kept is not None:
            bias = bias[list(self.kept)]
        return AttentionRecord(
            queries=np.concatenate(self.queries, axis=1),
            keys=np.concatenate(self.keys, axis=1),
            visible=mask,
            causal=causal,
            bias=bias,
            module=self.module,
            check=self.check if self.kept != () else None,
            kept=self.kept,
            model_heads=self.heads,
            **self.facts,
        )


class StreamRecorder:
    """A sink that adds each attention call to the stream of its module.

    Parameters
    ----------
    calls
        Names of the modules, plan and budget.
    kinds
        Tells cross from self-attention.
    model_type
        The model's type, for messages.
    """

    def __init__(self, calls: Calls, kinds: Kinds, model_type: str) -> None:
        self.streams: dict[str, Stream] = {}
        self.forward = 0
        self._calls = calls
        self._kinds = kinds
        self._model_type = model_type
        self._masks = MaskReader()

    def start(self, *, encoder: bool) -> None:
        """Forget the streams of the encoder, or all others: a new run begins."""
        self.streams = {
            name: stream for name, stream in self.streams.items() if self._encodes(name) != encoder
        }

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the module belongs to the recorded model."""
        return id(module) in self._calls.names

    def take(
        self,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        output: torch.Tensor,
    ) -> None:
        """Add one call.

        Raises
        ------
        BeamSearchUnsupported
            If several sequences run at once.
        UnsupportedAttention
            If a module runs twice in one step, or its masks are of another kind.
        CaptureMismatch, CaptureTooLarge
            As :func:`headwise.trace`.
        """
        query, key, value, mask = operands(arguments, keywords)
        name = self._calls.names[id(module)]
        self._check_call(name, query, mask)
        stream = self._stream(name, module, keywords, query, key)
        if stream.forward == self.forward:
            raise UnsupportedAttention(
                f"{name} of this {self._model_type} model runs several times in one step, which "
                "a recording cannot tell apart: use headwise.trace on the finished text"
            )
        stream.forward = self.forward
        rows, known = query.shape[2], stream.columns
        said = says_causal(module, keywords)
        if stream.cross:
            start, used, fresh = 0, key.shape[2], slice(0, key.shape[2] if not known else 0)
        elif key.shape[2] >= known + rows:  # a growing cache, or a static one that is not full
            start, used, fresh = 0, known + rows, slice(known, known + rows)
        else:  # a sliding cache that has dropped its first keys
            used = key.shape[2]
            start, fresh = known + rows - used, slice(used - rows, used)
        seen = self._masks_of(mask, keywords.get("position_bias"), rows, used)
        implicit = implementation != "eager" and mask is None and rows > 1 and said
        whole = AttentionRecord(
            queries=to_numpy(query[0]),
            keys=to_numpy(key[0, :, :used]),
            visible=seen.visible,
            causal=seen.causal or implicit,
            bias=seen.bias,
            module=name,
            **stream.facts,
        )
        number = len(stream.steps)
        if stream.kept != () and (number < _CHECKED_FIRST or number % _CHECKED_THEN == 0):
            own = to_numpy(output[0]).reshape(rows, whole.heads, -1)
            error = relative_error(whole, to_numpy(value[0, :, :used]), own)
            limit = threshold(query)
            if not error <= limit:
                raise mismatch(stream.layer, name, self._model_type, error, limit)
            stream.check = max(stream.check, error)
        self._store(stream, whole, fresh)
        stream.steps.append(Step(start, used, whole.allowed(), seen.bias))
        stream.rows += rows
        stream.columns = used if stream.cross else known + rows

    def looks_back(self, stream: Stream, record: AttentionRecord) -> bool:
        """Whether no query of a stitched record sees a later key."""
        return not stream.cross and looks_back_only(record, said=not self._encodes(stream.module))

    def _store(self, stream: Stream, whole: AttentionRecord, fresh: slice) -> None:
        queries, keys = whole.queries, whole.keys
        if queries is None or keys is None:
            return
        if stream.kept is not None:
            group = whole.heads // whole.key_heads
            queries = queries[list(stream.kept)]
            keys = keys[sorted({head // group for head in stream.kept})]
        queries = self._calls.plan.store(queries, stream.module)
        # A copy: a slice would hold the whole cache of every step.
        keys = self._calls.plan.store(keys[:, fresh].copy(), stream.module)
        self._calls.budget.ask(queries.nbytes + keys.nbytes, stream.module)
        self._calls.budget.add(queries, keys)
        stream.queries.append(queries)
        stream.keys.append(keys)

    def _stream(
        self,
        name: str,
        module: torch.nn.Module,
        keywords: dict[str, Any],
        query: torch.Tensor,
        key: torch.Tensor,
    ) -> Stream:
        if name not in self.streams:
            stack = [known for known in self.streams if pattern_of(known) == pattern_of(name)]
            layer = layer_number(name, len(stack))
            heads = query.shape[1], key.shape[1]
            self.streams[name] = Stream(
                module=name,
                cross=self._kinds.is_cross(name),
                layer=layer,
                kept=self._calls.plan.kept(layer, heads[0]),
                heads=heads,
                facts={
                    "scale": scale_of(module, keywords, query),
                    "softcap": keywords.get("softcap"),
                    "sinks": sinks_of(module, keywords),
                },
            )
        return self.streams[name]

    def _masks_of(
        self, mask: torch.Tensor | None, bias: torch.Tensor | None, rows: int, columns: int
    ) -> Seen:
        self._masks = MaskReader()  # tensors of a step are not met again in the next
        one = slice(0, 1)
        seen = self._masks.read(mask, one, rows, columns)
        return together(seen, self._masks.read(bias, one, rows, columns))

    def _check_call(self, name: str, query: torch.Tensor, mask: torch.Tensor | None) -> None:
        if mask is not None and (type(mask).__name__ == "BlockMask" or mask.dim() != MATRIX):
            raise UnsupportedAttention(
                f"{name} uses an attention implementation with its own kind of mask: "
                "call model.set_attn_implementation('sdpa') before the recording"
            )
        if query.shape[0] != 1:
            raise BeamSearchUnsupported(
                f"the model runs {query.shape[0]} sequences at once: a recording follows one. "
                "Beam search (num_beams over 1), num_return_sequences and batches of prompts are "
                "not read; generate one text, greedily or by sampling"
            )

    def _encodes(self, name: str) -> bool:
        return self._kinds.stack(name) == "encoder" and self._kinds.has_decoder
