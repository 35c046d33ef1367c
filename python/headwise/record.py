"""One attention call as plain numpy, and the arithmetic that turns it into weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from headwise.errors import InputError, UnsupportedAttention
from headwise.masks import ALL, PackedMask
from headwise.softmax import softmax_in_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.masks import Bools, Pick

Floats: TypeAlias = NDArray[np.float32]

# The module name of a record that stands in for a layer without attention (hybrid models).
NO_ATTENTION = "no attention"
_MATRIX, _STACK = 2, 3


@dataclass(frozen=True, init=False, eq=False)
class AttentionRecord:
    """What one attention call used, for one text: H heads, Nq queries, Nk keys of size d.

    Parameters
    ----------
    queries
        float32 or float16, (H, Nq, d), or None where only weights are known.
    keys
        float32 or float16, (Hkv, Nk, d) with H a multiple of Hkv: head h reads key head
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
    value_norms
        float32, (H, Nk): length of each value after the output projection of its head
        (Kobayashi et al. 2020); None where values were not recorded.
    kept
        The model's numbers of the heads that `queries` or `given`, and a bias of several heads,
        hold, in rising order; None for all. `keys` then hold the key heads that these read.
    model_heads
        H and Hkv of the model, needed where `kept` is given.

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
    value_norms: Floats | None
    kept: tuple[int, ...] | None
    model_heads: tuple[int, int] | None

    def __init__(  # noqa: PLR0913 - one keyword for each thing that an attention call can have
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
        value_norms: Floats | None = None,
        kept: Sequence[int] | None = None,
        model_heads: tuple[int, int] | None = None,
    ) -> None:
        mask = visible
        if mask is not None and not isinstance(mask, PackedMask):
            mask = PackedMask.pack(np.asarray(mask, dtype=np.bool_))
        values: dict[str, object] = {
            "queries": _vectors(queries),
            "keys": _vectors(keys),
            "given": _float32(given),
            "scale": float(scale),
            "mask": mask,
            "causal": bool(causal),
            "bias": _float32(bias),
            "softcap": None if softcap is None else float(softcap),
            "sinks": _float32(sinks),
            "module": module,
            "check": None if check is None else float(check),
            "value_norms": _float32(value_norms),
            "kept": None if kept is None else tuple(int(head) for head in kept),
            "model_heads": (
                None if kept is None or model_heads is None else (model_heads[0], model_heads[1])
            ),
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
        """Number of heads H of the model, also where only some are kept."""
        return self._main.shape[0] if self.model_heads is None else self.model_heads[0]

    @property
    def key_heads(self) -> int:
        """Number of key heads Hkv; fewer than :attr:`heads` under grouped-query attention."""
        if self.model_heads is not None:
            return self.model_heads[1]
        return self.heads if self.keys is None else self.keys.shape[0]

    @property
    def captured(self) -> tuple[int, ...]:
        """The numbers of the heads that are kept; the others read as rows of zeros."""
        return tuple(range(self.heads)) if self.kept is None else self.kept

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
        vectors = (self.queries, self.keys, self.given)
        arrays = (*vectors, self.bias, self.sinks, self.value_norms)
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
        return self._scores(heads, queries, keys)

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
            return self._given(self.given, heads)[:, queries][:, :, keys].copy()
        return softmax_in_place(self._scores(heads, queries), self._sinks_of(heads))[:, :, keys]

    def band(
        self, heads: Sequence[int], start: int, stop: int, top: Floats | None = None
    ) -> Floats:
        """Return weights of the queries start to stop of some kept heads.

        Returns
        -------
        float32 array (heads, stop - start, W)
            To the first W keys: in a causal record ``min(stop, Nk)``, as the queries see no other,
            else all Nk. It is the caller's own. `top`, (heads, stop - start), takes in the largest
            score of each row; there is none where weights were given.
        """
        width = min(stop, self.key_count) if self.causal else self.key_count
        if self.given is not None:
            places = [self.captured.index(head) for head in heads]
            return self.given[places, start:stop, :width]
        scores = self._scores(heads, slice(start, stop), slice(width))
        if top is not None:
            scores.max(axis=-1, out=top)
        return softmax_in_place(scores, self._sinks_of(heads))

    def missing_mass(self, heads: Pick = ALL, queries: Pick = ALL) -> Floats:
        """Return what each row gives to no key: the weight of the sink (GPT-OSS).

        Returns
        -------
        float32 array (heads, queries)
            One minus the sum of the row; 0 without sinks, and for a row that sees no key.
        """
        weights = self.weights(heads, queries)
        if self.sinks is None:
            return np.zeros(weights.shape[:2], np.float32)
        return np.where(weights.any(axis=-1), 1 - weights.sum(axis=-1), 0).astype(np.float32)

    def query_vectors(self, head: int) -> Floats:
        """Return the query vectors of one kept head: float32, (Nq, d)."""
        return self._stored(self.queries)[self.captured.index(head)].astype(np.float32, copy=False)

    def key_vectors(self, head: int) -> Floats:
        """Return the key vectors that one kept head reads: float32, (Nk, d)."""
        return self._stored(self.keys)[self._key_place(head)].astype(np.float32, copy=False)

    def bias_of(self, head: int) -> Floats | None:
        """Return what is added to the scores of one kept head: float32, (Nq, Nk), or None."""
        if self.bias is None:
            return None
        return self.bias[0 if self.bias.shape[0] == 1 else self.captured.index(head)]

    @property
    def _main(self) -> Floats:
        main = self.given if self.given is not None else self.queries
        if main is None:
            raise InputError("an attention record needs queries and keys, or given weights")
        return main

    def _sinks_of(self, heads: Pick) -> Floats | None:
        return None if self.sinks is None else self.sinks[heads]

    def _stored(self, vectors: Floats | None) -> Floats:
        if vectors is None:
            raise UnsupportedAttention(
                "this record holds weights only, so there are no scores and no vectors: "
                "capture the model with headwise.trace to have them"
            )
        return vectors

    def _key_place(self, head: int) -> int:
        group = self.heads // self.key_heads
        read = sorted({kept // group for kept in self.captured})
        return read.index(head // group)

    def _given(self, given: Floats, heads: Pick) -> Floats:
        if self.kept is None:
            return given[heads]
        whole = np.zeros((self.heads, *given.shape[1:]), np.float32)
        whole[list(self.kept)] = given
        return whole[heads]

    def _scores(self, heads: Pick, queries: Pick, keys: Pick = ALL) -> Floats:
        stored = self._stored(self.queries)
        self._stored(self.keys)
        numbers = np.arange(self.heads)[heads].tolist()
        captured = set(self.captured)
        rows, columns = np.arange(self.query_count)[queries], np.arange(self.key_count)[keys]
        scores = np.empty((len(numbers), len(rows), len(columns)), np.float32)
        for place, head in enumerate(numbers):
            if head not in captured:
                scores[place] = -np.inf
                continue
            asked = stored[self.captured.index(head)][queries].astype(np.float32, copy=False)
            scaled = asked * np.float32(self.scale)
            read = self._stored(self.keys)[self._key_place(head)][keys]
            np.matmul(scaled, read.astype(np.float32, copy=False).T, out=scores[place])
        if self.softcap is not None:
            scores /= np.float32(self.softcap)
            np.tanh(scores, out=scores)
            scores *= np.float32(self.softcap)
        for place, head in enumerate(numbers if self.bias is not None else []):
            if head in captured and (bias := self.bias_of(head)) is not None:
                scores[place] += bias[queries][:, keys]
        if self.mask is not None:
            np.copyto(scores, -np.inf, where=~self.mask.rows(queries)[:, keys])
        if self.causal and scores.size:
            # Few of the keys are hidden as a rule: those before the first one are not looked at.
            first = int(np.argmax(columns > rows.min()))
            later = columns[first:] > rows[:, None]
            np.copyto(scores[:, :, first:], -np.inf, where=later)
        return scores

    def _check_shapes(self) -> None:
        main = self._main
        if main.ndim != _STACK:
            raise InputError(f"queries or weights must have 3 axes, not shape {main.shape}")
        self._check_heads(main)
        square = (self.query_count, self.key_count)
        if self.mask is not None and self.mask.shape != square:
            raise InputError(f"a mask of shape {self.mask.shape} does not fit {square}")
        bias = self.bias
        if bias is not None and (
            bias.ndim != _STACK
            or bias.shape[-_MATRIX:] != square
            or bias.shape[0] not in (1, main.shape[0])
        ):
            raise InputError(f"a bias of shape {bias.shape} does not fit {self.heads} x {square}")
        if self.sinks is not None and self.sinks.shape != (self.heads,):
            raise InputError(
                f"{self.heads} heads need {self.heads} sinks, not shape {self.sinks.shape}"
            )
        norms = self.value_norms
        if norms is not None and norms.shape != (self.heads, self.key_count):
            raise InputError(f"value norms of shape {norms.shape} do not fit {self!r}")

    def _check_heads(self, main: Floats) -> None:
        heads, key_heads, stored = self.heads, self.key_heads, main.shape[0]
        if self.kept is not None and (
            self.model_heads is None
            or len(self.kept) != stored
            or list(self.kept) != sorted({head for head in self.kept if 0 <= head < heads})
        ):
            raise InputError(f"{stored} kept heads cannot be heads {self.kept} of {heads}")
        if self.given is not None:
            return
        keys = self.keys
        if keys is None or keys.ndim != _STACK or keys.shape[2] != main.shape[2]:
            shape = None if keys is None else keys.shape
            raise InputError(f"keys {shape} do not fit queries {main.shape}")
        if key_heads == 0 or heads % key_heads:
            raise InputError(f"{heads} heads cannot share {key_heads} key heads evenly")
        read = {head // (heads // key_heads) for head in self.captured}
        if keys.shape[0] != len(read):
            raise InputError(f"{len(read)} key heads are read, but {keys.shape[0]} are kept")


def _float32(array: Floats | None) -> Floats | None:
    return None if array is None else np.ascontiguousarray(array, dtype=np.float32)


def _vectors(array: Floats | None) -> Floats | None:
    """Keep float16 as it is: it halves the memory and reads back as float32."""
    if array is not None and getattr(array, "dtype", None) == np.float16:
        return np.ascontiguousarray(array)
    return _float32(array)
