"""A part of a trace: some of its layers and heads, and a view's values that fit the part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from headwise.block import whole_number
from headwise.errors import InputError, OutOfRange
from headwise.record import AttentionRecord
from headwise.selection import Head, Selection
from headwise.trace import Trace
from headwise.wire.describe import describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    from headwise.block import Block

_TRACES: Final = ("_trace", "_trace_b")


def part_of(
    trace: Trace,
    layers: Iterable[SupportsIndex] | None = None,
    heads: Iterable[SupportsIndex] | None = None,
) -> Trace:
    """Make a trace of some layers and heads; the others read as not captured.

    Parameters
    ----------
    trace : Trace
    layers, heads : iterable of int, optional
        Numbers from 0, in every block that has them; all unless given.

    Returns
    -------
    Trace
        Numbers of layers and heads are those of `trace`. It shares the arrays it can share.

    Raises
    ------
    OutOfRange
        No block has such a layer or head.
    InputError
        `layers` or `heads` is no list of numbers, or an empty one.
    """
    if layers is None and heads is None:
        return trace
    blocks = trace.blocks.values()
    most = (
        max(block.layers for block in blocks),
        max(record.heads for block in blocks for record in block.records),
    )
    wanted_layers = _numbers(layers, "layer", most[0])
    wanted_heads = _numbers(heads, "head", most[1])
    return Trace(
        [
            replace(
                block,
                records=tuple(
                    record_of(
                        record,
                        [head for head in record.captured if head in wanted_heads]
                        if layer in wanted_layers
                        else [],
                    )
                    for layer, record in enumerate(block.records)
                ),
            )
            for block in blocks
        ],
        trace.meta,
    )


def fitted(
    traits: dict[str, Any],
    traces: Sequence[Trace],
    layers: Iterable[SupportsIndex] | None,
    heads: Iterable[SupportsIndex] | None,
) -> dict[str, Any]:
    """Make the values of a view such that nothing is shown that parts of its traces lack.

    Parameters
    ----------
    traits : dict
        Synced values of a view, as JSON.
    traces : sequence of Trace
        The parts, as `part_of` made them.
    layers, heads : iterable of int, optional
        What they were made of.

    Returns
    -------
    dict
        Among it `_trace`, whose blocks are `limited`, and a note of what there is.

    Raises
    ------
    OutOfRange
        Nothing is left of the block that is shown.
    """
    if layers is None and heads is None:
        return traits
    block = traces[0].block(traits["block"])
    there = block.captured_layers
    if not there:
        asked = _in_words(layers, heads)
        raise OutOfRange(f"{asked} leave nothing of block {block.name!r}, which the view shows")
    fits = dict(traits)
    if "layer" in traits and traits["layer"] not in there:
        fits["layer"] = min(there, key=lambda number: (abs(number - traits["layer"]), number))
    selection = Selection.from_json(traits["selection"])
    kept = tuple(head for head in selection.heads if _has(block, *head))
    if selection.heads and not any(head.layer == fits.get("layer", head.layer) for head in kept):
        shown = int(fits.get("layer", there[0]))
        captured = block.records[shown].captured
        along = [h for layer, h in selection.heads if layer == traits.get("layer")]
        moved = [Head(shown, h) for h in along if h in captured]
        kept = (*kept, *(moved or [Head(shown, captured[0])]))
    fits["selection"] = replace(selection, heads=kept).to_json()
    if traits.get("opened") is not None and not _has(block, *traits["opened"]):
        fits["opened"] = None
    if "head" in traits and not _has(block, fits["layer"], traits["head"]):
        fits["head"] = block.records[fits["layer"]].captured[0]
    if "layers" in traits and kept:
        fits["layers"] = sorted({head.layer for head in kept})
        fits["heads"] = sorted({head.head for head in kept})
    for name, trace in zip(_TRACES, traces, strict=False):
        described = describe(trace)
        limited = [block | {"limited": True} for block in described["blocks"]]
        fits[name] = described | {"blocks": limited}
    said = _in_words(layers, heads, traits["index_base"])
    fits["_link_notes"] = [
        {
            "fact": f"This page holds {said}",
            "sentence": "The rest was left out when it was written: open the notebook for it.",
        }
    ]
    return fits


def as_list(given: object, name: str) -> list[SupportsIndex]:
    """Read numbers of layers or heads once: they may come from a generator.

    Raises
    ------
    InputError
        They are no list.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InputError(f"{name} must be a list of numbers, not {given!r:.80}")
    return list(cast("Iterable[SupportsIndex]", given))


def record_of(record: AttentionRecord, heads: Sequence[int]) -> AttentionRecord:
    """Make a record of some of its captured heads; the others read as not captured."""
    places = [record.captured.index(head) for head in heads]
    if len(places) == len(record.captured):
        return record
    group = record.heads // record.key_heads if record.key_heads else 1
    read = sorted({head // group for head in record.captured})
    keys = [read.index(number) for number in sorted({head // group for head in heads})]
    bias = record.bias
    return AttentionRecord(
        queries=None if record.queries is None else record.queries[places],
        keys=None if record.keys is None else record.keys[keys],
        given=None if record.given is None else record.given[places],
        scale=record.scale,
        visible=record.mask,
        causal=record.causal,
        bias=bias if bias is None or bias.shape[0] == 1 else bias[places],
        softcap=record.softcap,
        sinks=record.sinks,
        module=record.module,
        check=record.check,
        kept=heads,
        model_heads=(record.heads, record.key_heads),
    )


def _has(block: Block, layer: int, head: int) -> bool:
    return head in block.records[layer].captured


def _numbers(given: Iterable[SupportsIndex] | None, name: str, count: int) -> set[int]:
    if given is None:
        return set(range(count))
    numbers = {whole_number(cast("int", entry), name) for entry in given}
    if not numbers:
        raise InputError(f"{name}s is empty: the page would show nothing; leave it out for all")
    for number in sorted(numbers):
        if not 0 <= number < count:
            raise OutOfRange(
                f"{name} {number} does not exist: this trace has {name}s 0 to {count - 1}"
            )
    return numbers


def _in_words(
    layers: Iterable[SupportsIndex] | None, heads: Iterable[SupportsIndex] | None, base: int = 0
) -> str:
    parts: list[str] = []
    for name, given in (("layer", layers), ("head", heads)):
        if given is not None:
            numbers = sorted({whole_number(cast("int", number), name) + base for number in given})
            parts.append(f"{name}{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}")
    return " and ".join(parts)
