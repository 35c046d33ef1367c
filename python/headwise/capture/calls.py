"""The attention calls of one run: what was recorded, of which module, for every text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headwise.capture.plan import Budget
from headwise.record import AttentionRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import torch
    from numpy.typing import NDArray

    from headwise.capture.plan import Plan
    from headwise.record import Floats

_COMPILED = re.compile(r"(^|\.)_orig_mod(?=\.|$)")
_NUMBER = re.compile(r"(?<![^.])\d+(?![^.])")


@dataclass
class Call:
    """One attention call: a record for each text of the batch.

    Parameters
    ----------
    module
        Name of the module.
    records
        One for each text.
    causal
        Whether no query saw a later key.
    windows
        How many windows each text was cut into; 1 where it was not.
    layer
        The layer's number in its stack, the model's own.
    """

    module: str
    records: list[AttentionRecord]
    causal: bool
    windows: int = 1
    layer: int = 0

    @property
    def pattern(self) -> str:
        """The module's name without its numbers: the same for all layers of a stack."""
        return pattern_of(self.module)


def pattern_of(module: str) -> str:
    """Return a module's name without its numbers: the same for all layers of a stack."""
    return _NUMBER.sub("#", module)


def layer_number(module: str, before: int) -> int:
    """Return a layer's number: that in its name, where some layers before have no attention.

    Parameters
    ----------
    module
        Name of the module.
    before
        How many layers of the stack ran before.
    """
    number = _NUMBER.search(module)
    return before if number is None else max(before, int(number[0]))


@dataclass
class Facts:
    """What makes a record, before it is known which heads of it are kept."""

    module: str
    queries: Floats | None = None
    keys: Floats | None = None
    given: Floats | None = None
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    _whole: AttentionRecord | None = None

    def record(self) -> AttentionRecord:
        """Return the whole record, of all heads, made once: nothing is changed afterwards."""
        if self._whole is None:
            self._whole = AttentionRecord(
                queries=self.queries,
                keys=self.keys,
                given=self.given,
                module=self.module,
                **self.more,
            )
        return self._whole


class Calls:
    """Collects calls by a plan and within its byte budget.

    Parameters
    ----------
    modules
        Names and modules of the captured model.
    plan
        What is kept.
    texts
        How many texts run at once.
    """

    def __init__(
        self, modules: Iterable[tuple[str, torch.nn.Module]], plan: Plan, texts: int = 1
    ) -> None:
        self.plan = plan
        self.texts = texts
        self.done: list[Call] = []
        self.way = "interface"
        self.names = {id(module): _COMPILED.sub("", name).lstrip(".") for name, module in modules}
        self.budget = Budget(plan.max_bytes)
        self.on_call: Callable[[], object] = lambda: None
        self._counts: dict[str, int] = {}

    def next_layer(self, module: str) -> int:
        """Return the number of the layer that the next call of this module is."""
        return layer_number(module, self._counts.get(pattern_of(module), 0))

    def forget(self) -> None:
        """Drop all calls: the model runs again."""
        self.done.clear()
        self._counts.clear()
        self.budget = Budget(self.plan.max_bytes)

    def add(self, call: Call) -> None:
        """Keep a call that is recorded in full."""
        call.layer = self.next_layer(call.module)
        self._counts[call.pattern] = self._counts.get(call.pattern, 0) + 1
        for record in call.records:
            self.budget.add(
                record.queries,
                record.keys,
                record.given,
                record.bias,
                record.value_norms,
                None if record.mask is None else record.mask.bits,
            )
        self.done.append(call)
        self.on_call()

    def thin(
        self, facts: Facts, kept: tuple[int, ...] | None, check: float | None
    ) -> AttentionRecord:
        """Make the record that is kept: only some heads, in the plan's type."""
        whole = facts.record()
        if kept is None and self.plan.dtype == "float32":
            object.__setattr__(whole, "check", None if check is None else float(check))
            return whole
        more: dict[str, Any] = {**facts.more, "check": check if kept != () else None}
        if kept is not None:
            more["kept"], more["model_heads"] = kept, (whole.heads, whole.key_heads)
            if whole.bias is not None and whole.bias.shape[0] > 1:
                more["bias"] = whole.bias[list(kept)]
            if not kept:
                more["bias"] = more["visible"] = more["value_norms"] = None
        return AttentionRecord(
            queries=self._vectors(facts.queries, whole, kept, keys=False),
            keys=self._vectors(facts.keys, whole, kept, keys=True),
            given=facts.given if facts.given is None or kept is None else facts.given[list(kept)],
            module=facts.module,
            **more,
        )

    def settle(self, record: AttentionRecord, norms: Floats) -> None:
        """Add the lengths of the values to a record that nobody else holds yet."""
        object.__setattr__(record, "value_norms", norms)
        self.budget.add(norms)

    def _vectors(
        self,
        vectors: Floats | None,
        whole: AttentionRecord,
        kept: tuple[int, ...] | None,
        *,
        keys: bool,
    ) -> NDArray[np.float32] | None:
        if vectors is None:
            return None
        if kept is not None:
            group = whole.heads // whole.key_heads if keys else 1
            vectors = vectors[sorted({head // group for head in kept})]
        return self.plan.store(vectors, whole.module)
