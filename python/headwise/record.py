"""One attention call as plain numpy, and the arithmetic that turns it into weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from headwise.errors import InputError, UnsupportedAttention

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]
Pick: TypeAlias = "slice | Sequence[int] | NDArray[np.integer[Any]]"

ALL = slice(None)
_MATRIX, _STACK = 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class PackedMask:
    """A bool matrix kept as bits; one object can serve every layer.

    Parameters
    ----------
    bits
        uint8, (rows, ceil(columns / 8)), as ``numpy.packbits`` writes them.
    columns
        How many columns the matrix has.
    """

    bits: NDArray[np.uint8]
    columns: int

    @classmethod
    def pack(cls, mask: Bools) -> PackedMask:
        """Pack a (rows, columns) bool matrix."""
        return cls(np.packbits(mask, axis=1), mask.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bits.shape[0], self.columns

    def rows(self, rows: Pick = ALL) -> Bools:
        """Unpack some rows: bool, (n, columns)."""
        bits = self.bits[rows]
        return np.unpackbits(bits, axis=1, count=self.columns).astype(np.bool_, copy=False)


@dataclass(frozen=True, init=False, eq=False)
class AttentionRecord:
    """What one attention call used, for one text: H heads, Nq queries, Nk keys of size d.

    Parameters
    ----------
    queries
        float32, (H, Nq, d), or None where only weights are known.
    keys
        float32, (Hkv, Nk, d) with H a multiple of Hkv: head h reads key head
        ``h // (H // Hkv)``. None where only weights are known.
    given
        float32, (H, Nq, Nk): weights that came from outside, used instead of q and k.
    scale
        Factor on q·k.
    visible
        bool, (Nq, Nk): which keys a query may see; a :class:`PackedMask` is taken as well.
        None means all.
    causal
        Whether query i sees keys 0 to i only, on top of `visible`.
    bias
        float32, (1, Nq, Nk) or (H, Nq, Nk), added to the scores.
    softcap
        Scores become ``softcap * tanh(score / softcap)`` before bias and mask (Gemma 2).
    sinks
        float32, (H,): a score a head that takes part in the softmax and has no key
        (GPT-OSS), so that rows sum to less than one.
    module
        Name of the module that made the call.
    check
        Relative error of the capture's self-check, None where there was none.

    Raises
    ------
    InputError
        If the arrays do not fit each other.
    """

    queries: Floats | None
    keys: Floats | None
    given: Floats | None
    scale: float
    mask: PackedMask | None = field(repr=False)
    causal: bool
    bias: Floats | None
    softcap: float | None
    sinks: Floats | None
    module: str
    check: float | None

    def __init__(
        self,
        *,
        queries: Floats | None = None,
        keys: Floats | None = None,
        given: Floats | None = None,
        scale: float = 1.0,
        visible: Bools | PackedMask | None = None,
        causal: bool = False,
        bias: Floats | None = None,
        softcap: float | None = None,
        sinks: Floats | None = None,
        module: str = "",
        check: float | None = None,
    ) -> None:
        mask = visible
        if mask is not None and not isinstance(mask, PackedMask):
            mask = PackedMask.pack(np.asarray(mask, dtype=np.bool_))
        values: dict[str, object] = {
            "queries": _float32(queries),
            "keys": _float32(keys),
            "given": _float32(given),
            "scale": float(scale),
            "mask": mask,
            "causal": bool(causal),
            "bias": _float32(bias),
            "softcap": None if softcap is None else float(softcap),
            "sinks": _float32(sinks),
            "module": module,
            "check": None if check is None else float(check),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check_shapes()

    def __repr__(self) -> str:
        kind = "q, k" if self.given is None else "weights"
        return (
            f"AttentionRecord({self.module!r}, {self.heads} heads, "
            f"{self.query_count} queries, {self.key_count} keys, {kind})"
        )

    @property
    def heads(self) -> int:
        """Number of heads H."""
        return self._main.shape[0]

    @property
    def key_heads(self) -> int:
        """Number of key heads Hkv; fewer than :attr:`heads` under grouped-query attention."""
        return self.heads if self.keys is None else self.keys.shape[0]

    @property
    def query_count(self) -> int:
        """Number of queries Nq."""
        return self._main.shape[1]

    @property
    def key_count(self) -> int:
        """Number of keys Nk."""
        return self._main.shape[2] if self.keys is None else self.keys.shape[1]

    @property
    def visible(self) -> Bools | None:
        """Bool, (Nq, Nk), unpacked on every call; None where no mask was given."""
        return None if self.mask is None else self.mask.rows()

    @property
    def nbytes(self) -> int:
        """Bytes the arrays hold; a mask or bias that layers share is counted for each."""
        arrays = (self.queries, self.keys, self.given, self.bias, self.sinks)
        held = sum(array.nbytes for array in arrays if array is not None)
        return held + (0 if self.mask is None else self.mask.bits.nbytes)

    def allowed(self, queries: Pick = ALL) -> Bools | None:
        """Tell which keys the given queries may see.

        Returns
        -------
        bool array (n, Nk), or None
            The mask and the causal triangle together; None where every key is seen.
        """
        allowed = None if self.mask is None else self.mask.rows(queries)
        if self.causal:
            rows = np.arange(self.query_count)[queries]
            triangle = np.arange(self.key_count) <= rows[:, None]
            allowed = triangle if allowed is None else allowed & triangle
        return allowed

    def scores(self, heads: Pick = ALL, queries: Pick = ALL, keys: Pick = ALL) -> Floats:
        """Return scores before the softmax; a key that is not seen has -inf.

        Parameters
        ----------
        heads, queries, keys
            Slices or index arrays.

        Returns
        -------
        float32 array (heads, queries, keys)

        Raises
        ------
        UnsupportedAttention
            If the record holds weights only.
        """
        return self._scores(heads, queries)[:, :, keys]

    def weights(self, heads: Pick = ALL, queries: Pick = ALL, keys: Pick = ALL) -> Floats:
        """Return weights: the softmax of each row over *all* keys, then the keys asked for.

        Parameters
        ----------
        heads, queries, keys
            Slices or index arrays.

        Returns
        -------
        float32 array (heads, queries, keys)
            A row whose query sees no key is 0. With sinks, rows sum to less than one. The array is
            the caller's own: no view of what the record holds.
        """
        if self.given is not None:
            return self.given[heads][:, queries][:, :, keys].copy()
        scores = self._scores(heads, queries)
        if scores.size == 0:
            return scores[:, :, keys]
        top = scores.max(axis=-1, keepdims=True)
        sinks = None if self.sinks is None else self.sinks[heads][:, None, None]
        if sinks is not None:
            top = np.maximum(top, sinks)
        top[np.isneginf(top)] = 0.0
        np.subtract(scores, top, out=scores)
        np.exp(scores, out=scores)
        total = scores.sum(axis=-1, keepdims=True)
        if sinks is not None:
            total += np.exp(sinks - top)
        total[total == 0.0] = 1.0
        np.divide(scores, total, out=scores)
        return scores[:, :, keys]

    @property
    def _main(self) -> Floats:
        main = self.given if self.given is not None else self.queries
        if main is None:
            raise InputError("an attention record needs queries and keys, or given weights")
        return main

    def _scores(self, heads: Pick, queries: Pick) -> Floats:
        if self.queries is None or self.keys is None:
            raise UnsupportedAttention(
                "this record holds weights only, so there are no scores: "
                "capture the model with headwise.trace to have them"
            )
        numbers = np.arange(self.heads)[heads]
        group = self.heads // self.key_heads
        rows = len(range(self.query_count)[queries]) if isinstance(queries, slice) else len(queries)
        scores = np.empty((len(numbers), rows, self.key_count), np.float32)
        for place, head in enumerate(numbers.tolist()):
            np.matmul(self.queries[head][queries], self.keys[head // group].T, out=scores[place])
        scores *= np.float32(self.scale)
        if self.softcap is not None:
            scores /= np.float32(self.softcap)
            np.tanh(scores, out=scores)
            scores *= np.float32(self.softcap)
        if self.bias is not None:
            bias = self.bias if self.bias.shape[0] == 1 else self.bias[heads]
            scores += bias[:, queries]
        allowed = self.allowed(queries)
        if allowed is not None:
            np.copyto(scores, -np.inf, where=~allowed)
        return scores

    def _check_shapes(self) -> None:
        main = self._main
        if main.ndim != _STACK:
            raise InputError(f"queries or weights must have 3 axes, not shape {main.shape}")
        if self.given is None:
            keys = self.keys
            if keys is None or keys.ndim != _STACK or keys.shape[2] != main.shape[2]:
                shape = None if keys is None else keys.shape
                raise InputError(f"keys {shape} do not fit queries {main.shape}")
            if keys.shape[0] == 0 or main.shape[0] % keys.shape[0]:
                raise InputError(
                    f"{main.shape[0]} heads cannot share {keys.shape[0]} key heads evenly"
                )
        square = (self.query_count, self.key_count)
        if self.mask is not None and self.mask.shape != square:
            raise InputError(f"a mask of shape {self.mask.shape} does not fit {square}")
        bias = self.bias
        if bias is not None and (
            bias.ndim != _STACK
            or bias.shape[-_MATRIX:] != square
            or bias.shape[0] not in (1, self.heads)
        ):
            raise InputError(f"a bias of shape {bias.shape} does not fit {self.heads} x {square}")
        if self.sinks is not None and self.sinks.shape != (self.heads,):
            raise InputError(
                f"{self.heads} heads need {self.heads} sinks, not shape {self.sinks.shape}"
            )


def _float32(array: Floats | None) -> Floats | None:
    return None if array is None else np.ascontiguousarray(array, dtype=np.float32)
