"""The trace: what one forward pass left, with weights computed when asked."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import numpy as np

from headwise.block import Block, whole_number
from headwise.errors import InputError, OutOfRange, UnsupportedAttention
from headwise.masks import ALL

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from typing import SupportsIndex

    import xarray as xr

    from headwise.masks import Pick
    from headwise.record import AttentionRecord, Floats
    from headwise.tokens import Tokens

__all__ = ["Block", "Trace", "load"]

WeightKind: TypeAlias = Literal["weight", "norm"]


class Trace:
    """Tokens and one attention record for each attention call of a forward pass.

    Parameters
    ----------
    blocks
        The blocks in the order they are shown; their names must differ.
    meta
        Facts about the model and the libraries, all text: ``model_type``, ``model_class``,
        ``implementation``, ``read_from`` (the way of the capture, as docs/models.md names it),
        ``position`` (how places come into the scores: ``"rotary"``, ``"alibi"``,
        ``"relative"``, ``"disentangled"`` or ``""``), ``headwise``, ``torch``, ``transformers``.

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
            raise OutOfRange(f"block {wanted!r:.80} does not exist: this trace has {known}")
        return self.blocks[wanted]

    def weights(
        self,
        layer: int,
        head: int | None = None,
        *,
        block: str | None = None,
        queries: Pick | None = None,
        keys: Pick | None = None,
        kind: WeightKind = "weight",
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
        kind
            ``"weight"``, or ``"norm"`` for the weight times the length of the key's value after
            the head's output projection, ``a_ij * ||v_j W_O||`` (Kobayashi et al. 2020,
            "Attention is Not Only a Weight", EMNLP): how much of a token arrives, not only how
            much it is looked at. It is in units of the layer's output.

        Returns
        -------
        float32 array
            (Nq, Nk) for one head, (H, Nq, Nk) for all; a head that was left out of the capture
            is 0 there. Rows of weights sum to 1; a row whose query sees no key is 0, and with
            sinks (GPT-OSS) rows sum to less, see :meth:`missing_mass`. Writing to the array does
            not change the trace.

        Raises
        ------
        OutOfRange
            If the block, layer, head, a query or a key does not exist or was not captured.
        UnsupportedAttention
            If `kind` is ``"norm"`` and the trace was made without ``values=True``.
        InputError
            If `queries` or `keys` is neither a slice nor a list of numbers.
        """
        record, heads = self._pick(layer, head, block)
        rows, columns = self._sides(record, queries, keys)
        found = record.weights(heads, rows, columns)
        if kind == "norm":
            found = found * _value_norms(record)[heads, None][:, :, columns]
        elif kind != "weight":
            raise InputError(f"kind must be 'weight' or 'norm', not {kind!r}")
        return found if head is None else found[0]

    def missing_mass(
        self, layer: int, head: int | None = None, *, block: str | None = None
    ) -> Floats:
        """Return what each row gives to the sink of its head and to no key (GPT-OSS).

        Returns
        -------
        float32 array
            (Nq,) for one head, (H, Nq) for all; 0 where the model has no sinks.

        Raises
        ------
        OutOfRange
            If the block, layer or head does not exist or was not captured.
        """
        record, heads = self._pick(layer, head, block)
        found = record.missing_mass(heads)
        return found if head is None else found[0]

    def bias(self, layer: int, head: int, *, block: str | None = None) -> Floats:
        """Return what the model adds to scale times q·k before the softmax: float32, (Nq, Nk).

        Position biases (T5, ALiBi) and the position terms of disentangled attention (DeBERTa,
        XLNet) are here; 0 where there is none.

        Raises
        ------
        OutOfRange
            If the block, layer or head does not exist or was not captured.
        """
        record, number = self.block(block).check_captured(layer, head)
        bias = record.bias_of(number)
        if bias is None:
            return np.zeros((record.query_count, record.key_count), np.float32)
        return bias

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
        record, number = self.block(block).check_captured(layer, head)
        return record.query_vectors(number).copy()

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
        record, number = self.block(block).check_captured(layer, head)
        return record.key_vectors(number).copy()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the trace to a safetensors file; an older file there is replaced whole.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        from headwise.storage import save_trace  # noqa: PLC0415  (storage imports this module)

        save_trace(self, path)

    def to_xarray(
        self,
        layers: Iterable[SupportsIndex] | None = None,
        heads: Iterable[SupportsIndex] | None = None,
        *,
        block: str | None = None,
        limit: int = 2_000_000_000,
    ) -> xr.DataArray:
        """Compute the weights as one labelled array; needs xarray (``headwise[xarray]``).

        Parameters
        ----------
        layers, heads
            Numbers from 0; all that were captured unless given.
        block
            Name of the block; None for the default one.
        limit
            Bytes that the array may take: 2 GB unless given. It is checked before anything is
            computed.

        Returns
        -------
        xarray.DataArray
            Named ``weight``: float32 with the dimensions ``layer``, ``head``, ``query`` and
            ``key``, whose coordinates are numbers from 0. Texts of the tokens, which may repeat,
            are the coordinates ``query_token`` and ``key_token``. A head that a layer lacks, or
            that was not captured, is NaN. `attrs` has ``block`` and ``model``.

        Raises
        ------
        OutOfRange
            If a layer or head does not exist or was not captured.
        InputError
            If `layers` or `heads` is no list of numbers, or an empty one.
        BudgetError
            If the array would be larger than `limit`; the message says what it would take.
        HeadwiseError
            If xarray is not installed.

        Examples
        --------
        >>> weights = trace.to_xarray(layers=[3])
        >>> weights.sel(layer=3, head=1).max("key")
        """
        from headwise.xarrays import to_xarray  # noqa: PLC0415  (xarray is an extra)

        return to_xarray(self, layers, heads, block, limit)

    def _pick(
        self, layer: int, head: int | None, block: str | None
    ) -> tuple[AttentionRecord, Pick]:
        found = self.block(block)
        if head is None:
            return found.check_layer(layer), ALL
        record, number = found.check_captured(layer, head)
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


def _value_norms(record: AttentionRecord) -> Floats:
    if record.value_norms is None:
        raise UnsupportedAttention(
            f"this trace has no values for {record.module or 'this layer'}: make it with "
            "headwise.trace(..., values=True). Models whose output projection is no plain linear "
            "layer (XLNet, quantised and offloaded ones) have none"
        )
    return record.value_norms


def _side(wanted: Pick | None, count: int, name: str) -> Pick:
    if wanted is None:
        return ALL
    if isinstance(wanted, slice):
        return wanted
    numbers = [whole_number(cast("int", number), name) for number in _listed(wanted, name)]
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
