"""A block: one kind of attention in a model, layer by layer."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from headwise.errors import InputError, OutOfRange
from headwise.record import NO_ATTENTION

if TYPE_CHECKING:
    from headwise.record import AttentionRecord
    from headwise.tokens import Tokens


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One kind of attention in a model, layer by layer.

    Parameters
    ----------
    name
        ``"encoder"``, ``"decoder"``, ``"cross"``, …
    records
        One record a layer.
    query_tokens, key_tokens
        The tokens of the rows and of the columns.
    causal
        Whether no query sees a later key.

    Raises
    ------
    InputError
        If there is no record, or tokens and records differ in length.
    """

    name: str
    records: tuple[AttentionRecord, ...]
    query_tokens: Tokens
    key_tokens: Tokens
    causal: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "records", tuple(self.records))
        if not self.records:
            raise InputError(f"block {self.name!r} has no layer")
        tokens = (len(self.query_tokens), len(self.key_tokens))
        for layer, record in enumerate(self.records):
            if (record.query_count, record.key_count) != tokens:
                raise InputError(
                    f"layer {layer} of block {self.name!r} has {record.query_count} queries and "
                    f"{record.key_count} keys, but the tokens are {tokens[0]} and {tokens[1]}"
                )

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.records)

    def heads(self, layer: int = 0) -> int:
        """Return the number of heads of a layer.

        Raises
        ------
        OutOfRange
            If the layer does not exist.
        """
        return self.record(layer).heads

    def record(self, layer: int) -> AttentionRecord:
        """Return the record of a layer.

        Raises
        ------
        OutOfRange
            If the layer does not exist.
        """
        number = whole_number(layer, "layer")
        if not 0 <= number < self.layers:
            raise OutOfRange(
                f"layer {number} does not exist: this trace has layers 0 to {self.layers - 1} "
                f"in block {self.name!r}"
            )
        return self.records[number]

    @property
    def captured_layers(self) -> tuple[int, ...]:
        """Numbers of the layers of which at least one head was captured."""
        return tuple(layer for layer, record in enumerate(self.records) if record.captured)

    def check_layer(self, layer: int) -> AttentionRecord:
        """Return the record of a layer, after a look that some of it was captured.

        Raises
        ------
        OutOfRange
            If the layer does not exist, was left out with ``layers=``, or has no attention, as
            some layers of hybrid models.
        """
        record = self.record(layer)
        if not record.captured:
            why = "has no attention" if record.module == NO_ATTENTION else "was not captured"
            there = ", ".join(map(str, self.captured_layers))
            raise OutOfRange(
                f"layer {layer} of block {self.name!r} {why}: this trace has layers {there} of 0 "
                f"to {self.layers - 1}"
            )
        return record

    def check_head(self, layer: int, head: int) -> tuple[AttentionRecord, int]:
        """Return the record of a layer and the head's number, after a look that both exist.

        Raises
        ------
        OutOfRange
            If the layer or the head does not exist.
        """
        record = self.record(layer)
        number = whole_number(head, "head")
        if not 0 <= number < record.heads:
            raise OutOfRange(
                f"head {number} does not exist: layer {layer} of block {self.name!r} "
                f"has heads 0 to {record.heads - 1}"
            )
        return record, number

    def check_captured(self, layer: int, head: int) -> tuple[AttentionRecord, int]:
        """Return what :meth:`check_head` returns, after a look that the head was captured.

        Raises
        ------
        OutOfRange
            If the layer or the head does not exist, or was left out with ``heads=``.
        """
        record, number = self.check_head(layer, head)
        self.check_layer(layer)
        if number not in record.captured:
            raise OutOfRange(
                f"head {number} of layer {layer} was not captured: block {self.name!r} of this "
                f"trace has heads {', '.join(map(str, record.captured))} of that layer"
            )
        return record, number


def whole_number(value: object, name: str) -> int:
    """Read a layer, head or token number; OutOfRange for what is no whole number."""
    if isinstance(value, (bool, np.bool_)):
        raise OutOfRange(f"a {name} is a number from 0 on, not {value!r}")
    try:
        return operator.index(cast("int", value))
    except TypeError as error:
        raise OutOfRange(f"a {name} is a number from 0 on, not {value!r}") from error
