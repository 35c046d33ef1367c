"""Changing the attention calls of one run: keys blocked, heads off, weights given."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from headwise.capture.recorder import operands, says_causal
from headwise.errors import UnsupportedAttention
from headwise.record import NO_ATTENTION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headwise.intervene.question import Ablation
    from headwise.trace import Trace

_READ = ("sdpa", "eager")
_OPERANDS = ("query", "key", "value", "attention_mask")
_MATRIX = 4


class Place(NamedTuple):
    """Where an attention call belongs: the block's name and the layer's number in it."""

    block: str
    layer: int


def places_of(trace: Trace) -> dict[tuple[str, int], Place]:
    """Say for each attention call of a model, by module and turn, which layer of a block it is."""
    turns: Counter[str] = Counter()
    places: dict[tuple[str, int], Place] = {}
    for block in trace.blocks.values():
        for layer, record in enumerate(block.records):
            if record.module != NO_ATTENTION:
                places[record.module, turns[record.module]] = Place(block.name, layer)
                turns[record.module] += 1
    return places


class Surgery:
    """Base of the changes: knows which layer of which block a call is.

    Parameters
    ----------
    names
        Names of the model's modules by id.
    places
        What :func:`places_of` returned for a plain run.
    """

    def __init__(self, names: Mapping[int, str], places: Mapping[tuple[str, int], Place]) -> None:
        self._names = names
        self._places = places
        self._turns: Counter[str] = Counter()
        self._now: Place | None = None
        self._repeated = False

    def start(self) -> None:
        """Begin a new run: turns count again."""
        self._turns.clear()

    def again(self, repeated: bool) -> None:
        """Say whether the next call repeats the last turn of its module."""
        self._repeated = repeated

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether the module belongs to the model."""
        return id(module) in self._names

    def before(
        self,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Note which layer this is and change what goes in."""
        name = self._names[id(module)]
        turn = self._turns[name] - self._repeated
        self._now = self._places.get((name, turn))
        self._turns[name] = turn + 1
        if self._now is None:
            return arguments, keywords
        return self.entering(self._now, implementation, module, arguments, keywords)

    def after(self, module: torch.nn.Module, output: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 - the protocol
        """Change what comes out."""
        return output if self._now is None else self.leaving(self._now, output)

    def entering(
        self,
        place: Place,  # noqa: ARG002 - for those that override it
        implementation: str,  # noqa: ARG002
        module: torch.nn.Module,  # noqa: ARG002
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what goes into the attention of a layer."""
        return arguments, keywords

    def leaving(self, place: Place, output: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 - as above
        """Return the output of the attention of a layer, (B, Nq, H, dv) or flattened."""
        return output


class HeadsOff(Surgery):
    """Replaces the output of heads before the output projection, and blocks keys.

    Parameters
    ----------
    names, places
        As for :class:`Surgery`.
    heads
        Number of heads of each layer.
    rows
        For each row of the batch, the heads that are off by layer; one for all rows if it is one.
    mode
        ``"zero"`` or ``"mean"``.
    causal
        Names of the blocks whose attention only looks back.
    means
        Mean output of the heads by layer, (H, dv); where not given, it is that of the row itself.
    blocked
        Keys that no other query sees, by block.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        places: Mapping[tuple[str, int], Place],
        *,
        heads: Mapping[Place, int],
        rows: Sequence[Mapping[Place, Sequence[int]]] = (),
        mode: Ablation = "zero",
        causal: frozenset[str] = frozenset(),
        means: Mapping[Place, torch.Tensor] | None = None,
        blocked: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        super().__init__(names, places)
        self._heads = heads
        self._rows = rows
        self._mode = mode
        self._causal = causal
        self._means = means
        self._blocked = {name: list(keys) for name, keys in (blocked or {}).items() if keys}

    def entering(
        self,
        place: Place,
        implementation: str,
        module: torch.nn.Module,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Take the blocked keys out of the mask."""
        keys = self._blocked.get(place.block)
        if keys is None:
            return arguments, keywords
        query, key, value, mask = operands(arguments, keywords)
        if implementation not in _READ or (mask is not None and mask.dim() != _MATRIX):
            raise UnsupportedAttention(
                f"attention implementation {implementation!r} has a mask of its own kind, into "
                "which no key can be blocked: call model.set_attn_implementation('sdpa') first"
            )
        rows, columns = query.shape[2], key.shape[2]
        seen = torch.ones(rows, columns, dtype=torch.bool, device=query.device)
        seen[:, keys] = False
        if rows == columns and place.block.partition(" ")[0] != "cross":
            seen.fill_diagonal_(True)
        if mask is None and implementation == "sdpa" and rows > 1 and says_causal(module, keywords):
            seen = seen.tril()
        rest = {name: given for name, given in keywords.items() if name not in _OPERANDS}
        new = _masked(mask, seen, implementation, query)
        return (query, key, value, new, *arguments[_MATRIX:]), rest

    def leaving(self, place: Place, output: torch.Tensor) -> torch.Tensor:
        """Replace the output of the heads that are off."""
        if not any(place in row for row in self._rows):
            return output
        by_head = output.reshape(*output.shape[:2], self._heads[place], -1).clone()
        for number in range(by_head.shape[0]):
            off = self._rows[number if len(self._rows) > 1 else 0].get(place)
            if off is not None:
                heads = list(off)
                by_head[number, :, heads] = self._stand_in(place, by_head[number], heads)
        return by_head.reshape(output.shape)

    def _stand_in(self, place: Place, output: torch.Tensor, heads: list[int]) -> torch.Tensor:
        """Return what stands for the heads' output, (N or 1, heads, dv)."""
        own = output[:, heads]
        if self._mode == "zero":
            return torch.zeros_like(own)
        if self._means is not None:
            return self._means[place][heads].to(own).expand_as(own)
        if place.block in self._causal:
            counts = torch.arange(1, len(own) + 1, device=own.device)
            return (own.float().cumsum(0) / counts[:, None, None]).to(own.dtype)
        return own.mean(0, keepdim=True).expand_as(own)


class MeanOutputs(Surgery):
    """Changes nothing and sums the output of each head over tokens and texts.

    Parameters
    ----------
    names, places
        As for :class:`Surgery`.
    heads
        Number of heads of each layer.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        places: Mapping[tuple[str, int], Place],
        heads: Mapping[Place, int],
    ) -> None:
        super().__init__(names, places)
        self._heads = heads
        self._sums: dict[Place, torch.Tensor] = {}
        self._counts: Counter[Place] = Counter()

    def leaving(self, place: Place, output: torch.Tensor) -> torch.Tensor:
        """Add one call."""
        by_head = output.detach().reshape(*output.shape[:2], self._heads[place], -1)
        total = by_head.double().sum((0, 1))
        self._sums[place] = self._sums[place] + total if place in self._sums else total
        self._counts[place] += by_head.shape[0] * by_head.shape[1]
        return output

    def means(self) -> dict[Place, torch.Tensor]:
        """Return the mean output of each head by layer, (H, dv)."""
        return {place: total / self._counts[place] for place, total in self._sums.items()}


class GivenWeights(Surgery):
    """Lets single heads attend by given weights, another head in each row of the batch.

    Parameters
    ----------
    names, places
        As for :class:`Surgery`.
    heads
        Number of heads of each layer.
    rows
        For each row of the batch: the layer, the head and its weights, (Nq, Nk).
    """

    def __init__(
        self,
        names: Mapping[int, str],
        places: Mapping[tuple[str, int], Place],
        heads: Mapping[Place, int],
        rows: Sequence[tuple[Place, int, torch.Tensor]],
    ) -> None:
        super().__init__(names, places)
        self._heads = heads
        self._rows = rows
        self._value: torch.Tensor | None = None

    def entering(
        self,
        place: Place,  # noqa: ARG002 - as in the base
        implementation: str,  # noqa: ARG002
        module: torch.nn.Module,  # noqa: ARG002
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Keep the values for the way out."""
        self._value = operands(arguments, keywords)[2]
        return arguments, keywords

    def leaving(self, place: Place, output: torch.Tensor) -> torch.Tensor:
        """Put weights times values in the place of the heads' output."""
        wanted = [
            (number, head, weights)
            for number, (where, head, weights) in enumerate(self._rows)
            if where == place
        ]
        value = self._value
        if not wanted or value is None:
            return output
        heads = self._heads[place]
        by_head = output.reshape(*output.shape[:2], heads, -1).clone()
        group = heads // value.shape[1]
        for number, head, weights in wanted:
            values = value[number, head // group]
            by_head[number, :, head] = weights.to(values) @ values
        return by_head.reshape(output.shape)


def _masked(
    mask: torch.Tensor | None, seen: torch.Tensor, implementation: str, query: torch.Tensor
) -> torch.Tensor:
    """Join a mask with the keys that are seen, in the form that the implementation takes."""
    rows, columns = seen.shape
    least = torch.finfo(query.dtype).min
    if mask is None:
        whole = seen[None, None].expand(query.shape[0], 1, rows, columns)
        if implementation == "sdpa":
            return whole
        return torch.zeros(whole.shape, dtype=query.dtype, device=query.device).masked_fill(
            ~whole, least
        )
    cut = mask[..., :columns].expand(*mask.shape[:2], rows, columns)
    if cut.dtype == torch.bool:
        return cut & seen
    return cut.masked_fill(~seen, torch.finfo(cut.dtype).min)
