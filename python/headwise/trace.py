"""The trace: what one forward pass left, with weights computed when asked."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np

from headwise.errors import InputError, OutOfRange, UnsupportedAttention
from headwise.record import ALL

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from headwise.record import AttentionRecord, Floats, Pick
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
        number = _whole(layer, "layer")
        if not 0 <= number < self.layers:
            raise OutOfRange(
                f"layer {number} does not exist: this trace has layers 0 to {self.layers - 1} "
                f"in block {self.name!r}"
            )
        return self.records[number]

    def check_head(self, layer: int, head: int) -> tuple[AttentionRecord, int]:
        """Return the record of a layer and the head's number, after a look that both exist.

        Raises
        ------
        OutOfRange
            If the layer or the head does not exist.
        """
        record = self.record(layer)
        number = _whole(head, "head")
        if not 0 <= number < record.heads:
            raise OutOfRange(
                f"head {number} does not exist: layer {layer} of block {self.name!r} "
                f"has heads 0 to {record.heads - 1}"
            )
        return record, number


class Trace:
    """Tokens and one attention record for each attention call of a forward pass.

    Parameters
    ----------
    blocks
        The blocks in the order they are shown; their names must differ.
    meta
        Facts about the model and the libraries, all text: ``model_type``, ``model_class``,
        ``implementation``, ``headwise``, ``torch``, ``transformers``.

    Raises
    ------
    InputError
        If there is no block, or two have the same name.
    """

    def __init__(self, blocks: Sequence[Block], meta: Mapping[str, str] | None = None) -> None:
        named = {block.name: block for block in blocks}
        if not named or len(named) != len(blocks):
            names = ", ".join(repr(block.name) for block in blocks) or "none"
            raise InputError(f"a trace needs blocks with different names, not {names}")
        self.blocks: Mapping[str, Block] = MappingProxyType(named)
        self.meta: Mapping[str, str] = MappingProxyType(dict(meta or {}))

    def __repr__(self) -> str:
        model = self.meta.get("model_class", "attention")
        parts = [
            f"{block.name}: {block.layers} layers x {block.heads(0)} heads, "
            f"{len(block.query_tokens)} tokens"
            for block in self.blocks.values()
        ]
        return f"<Trace of {model}, {'; '.join(parts)}>"

    @property
    def default_block(self) -> str:
        """Name of the block that is meant where none is named: the first."""
        return next(iter(self.blocks))

    @property
    def tokens(self) -> Tokens:
        """Tokens of the default block's queries."""
        return self.block().query_tokens

    @property
    def layers(self) -> int:
        """Number of layers of the default block."""
        return self.block().layers

    @property
    def causal(self) -> bool:
        """Whether the default block is causal."""
        return self.block().causal

    def heads(self, layer: int = 0) -> int:
        """Return the number of heads of a layer of the default block.

        Raises
        ------
        OutOfRange
            If the layer does not exist.
        """
        return self.block().heads(layer)

    def block(self, name: str | None = None) -> Block:
        """Return a block, the default one for None.

        Raises
        ------
        OutOfRange
            If there is no such block; the message names those there are.
        """
        wanted = self.default_block if name is None else name
        if wanted not in self.blocks:
            known = ", ".join(repr(known) for known in self.blocks)
            raise OutOfRange(f"block {wanted!r} does not exist: this trace has {known}")
        return self.blocks[wanted]

    def weights(
        self,
        layer: int,
        head: int | None = None,
        *,
        block: str | None = None,
        queries: Pick | None = None,
        keys: Pick | None = None,
    ) -> Floats:
        """Return attention weights, computed now.

        Parameters
        ----------
        layer
            Zero-based layer.
        head
            Zero-based head; None for all heads of the layer.
        block
            Name of the block; None for the default one.
        queries, keys
            Rows and columns to return, as a slice or a list of token numbers; None for all.
            The softmax always runs over all keys.

        Returns
        -------
        float32 array
            (Nq, Nk) for one head, (H, Nq, Nk) for all. Rows sum to 1; a row whose query sees no
            key is 0, and with sinks (GPT-OSS) rows sum to less. Writing to the array does not
            change the trace.

        Raises
        ------
        OutOfRange
            If the block, layer, head, a query or a key does not exist.
        InputError
            If `queries` or `keys` is neither a slice nor a list of numbers.
        """
        record, heads = self._pick(layer, head, block)
        rows, columns = self._sides(record, queries, keys)
        found = record.weights(heads, rows, columns)
        return found if head is None else found[0]

    def scores(
        self,
        layer: int,
        head: int | None = None,
        *,
        block: str | None = None,
        queries: Pick | None = None,
        keys: Pick | None = None,
    ) -> Floats:
        """Return scores before the softmax; arguments and shape as in :meth:`weights`.

        Returns
        -------
        float32 array
            -inf where a query does not see a key.

        Raises
        ------
        OutOfRange
            If the block, layer, head, a query or a key does not exist.
        InputError
            If `queries` or `keys` is neither a slice nor a list of numbers.
        UnsupportedAttention
            If the trace holds weights only.
        """
        record, heads = self._pick(layer, head, block)
        rows, columns = self._sides(record, queries, keys)
        found = record.scores(heads, rows, columns)
        return found if head is None else found[0]

    def queries(self, layer: int, head: int, *, block: str | None = None) -> Floats:
        """Return the query vectors of a head: float32, (Nq, d).

        Position (rotary) and normalisation are inside, the scale is not.

        Raises
        ------
        OutOfRange
            If the block, layer or head does not exist.
        UnsupportedAttention
            If the trace holds weights only.
        """
        record, number = self.block(block).check_head(layer, head)
        return _vectors(record.queries, "query")[number].copy()

    def keys(self, layer: int, head: int, *, block: str | None = None) -> Floats:
        """Return the key vectors that a head reads: float32, (Nk, d).

        Heads that share a key head return the same vectors.

        Raises
        ------
        OutOfRange
            If the block, layer or head does not exist.
        UnsupportedAttention
            If the trace holds weights only.
        """
        record, number = self.block(block).check_head(layer, head)
        return _vectors(record.keys, "key")[number // (record.heads // record.key_heads)].copy()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to a safetensors file; an older file there is replaced whole.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        from headwise.storage import save_trace  # noqa: PLC0415  (storage imports this module)

        save_trace(self, path)

    def _pick(
        self, layer: int, head: int | None, block: str | None
    ) -> tuple[AttentionRecord, Pick]:
        found = self.block(block)
        if head is None:
            return found.record(layer), ALL
        record, number = found.check_head(layer, head)
        return record, slice(number, number + 1)

    def _sides(
        self, record: AttentionRecord, queries: Pick | None, keys: Pick | None
    ) -> tuple[Pick, Pick]:
        return (
            _side(queries, record.query_count, "query"),
            _side(keys, record.key_count, "key"),
        )


def load(path: str | os.PathLike[str]) -> Trace:
    """Read a trace that :meth:`Trace.save` wrote.

    Raises
    ------
    TraceFileError
        If the file is cut, not one of ours, or of a newer version.
    FileNotFoundError
        If there is no such file.
    """
    from headwise.storage import load_trace  # noqa: PLC0415  (storage imports this module)

    return load_trace(path)


def _vectors(vectors: Floats | None, name: str) -> Floats:
    if vectors is None:
        raise UnsupportedAttention(
            f"this trace holds weights only, no {name} vectors: "
            "capture the model with headwise.trace to have them"
        )
    return vectors


def _side(wanted: Pick | None, count: int, name: str) -> Pick:
    if wanted is None:
        return ALL
    if isinstance(wanted, slice):
        return wanted
    numbers = [_whole(number, name) for number in _listed(wanted, name)]
    for number in numbers:
        if not 0 <= number < count:
            raise OutOfRange(f"{name} {number} does not exist: the tokens are 0 to {count - 1}")
    return np.array(numbers, dtype=np.intp)


def _listed(wanted: object, name: str) -> Iterable[object]:
    no_list = isinstance(wanted, (str, bytes)) or getattr(wanted, "ndim", 1) != 1
    if isinstance(wanted, Iterable) and not no_list:
        return cast("Iterable[object]", wanted)
    sides = "queries" if name == "query" else "keys"
    said = f"{sides} must be a slice or a list of token numbers, not {wanted!r:.80}"
    try:
        number = operator.index(cast("int", wanted))
    except TypeError:
        raise InputError(said) from None
    raise InputError(
        f"{said}: for one {name} write {sides}=slice({number}, {number + 1}) or {sides}=[{number}]"
    )


def _whole(value: object, name: str) -> int:
    if isinstance(value, (bool, np.bool_)):
        raise OutOfRange(f"a {name} is a number from 0 on, not {value!r}")
    try:
        return operator.index(cast("int", value))
    except TypeError as error:
        raise OutOfRange(f"a {name} is a number from 0 on, not {value!r}") from error
