"""Reading torch tensors of one attention call for one text of a batch."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.masks import PackedMask

if TYPE_CHECKING:
    from headwise.masks import Bools
    from headwise.record import Floats

MATRIX = 4
_APART = 1 << 20
"""Bytes from which a copy lies outside the heap."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a mask or bias tensor says: which keys are seen, and what is added to scores."""

    visible: PackedMask | None = None
    bias: Floats | None = None
    causal: bool = False

    @property
    def nothing(self) -> bool:
        """Whether every key is seen and nothing added."""
        return self.visible is None and self.bias is None and not self.causal


def to_numpy(tensor: torch.Tensor) -> Floats:
    """Copy to float32 on the CPU, so that no storage of the model is held.

    What a trace keeps is allocated between what the model allocates and frees again. In the heap
    it would leave holes there that the process does not give back: at 1,024 tokens of GPT-2 small
    twice as much as the trace itself. So larger copies have pages of their own.
    """
    shape = tuple(tensor.shape)
    size = 4 * tensor.numel()
    if size < _APART:
        room = np.empty(shape, np.float32)
    else:
        room = np.frombuffer(mmap.mmap(-1, size), np.float32).reshape(shape)
    torch.as_tensor(room).copy_(tensor.detach())
    return room


def as_list(tensor: torch.Tensor) -> list[int]:
    """Return whole numbers of a tensor with one axis."""
    return [int(number) for number in cast("Any", tensor).tolist()]


def side_by_side(tensor: torch.Tensor) -> torch.Tensor:
    """Put the windows of one text, (windows, H, N, d), one after the other: (H, all, d)."""
    if tensor.shape[0] == 1:
        return tensor[0]
    return tensor.transpose(0, 1).flatten(1, 2)


def triangle_or_mask(visible: Bools) -> tuple[PackedMask | None, bool]:
    """Pack a bool matrix: None where all is seen, and whether it is the causal triangle."""
    if visible.all():
        return None, False
    if visible.shape[0] == visible.shape[1] and np.array_equal(visible, np.tri(*visible.shape)):
        return None, True
    return PackedMask.pack(visible), False


class MaskReader:
    """Reads masks and biases, each tensor once: layers hand over the same object."""

    def __init__(self) -> None:
        # The tensor is kept as well, so that its id is not given to another one.
        self._read: dict[tuple[int, int, int, int], tuple[torch.Tensor, Seen]] = {}

    def read(self, mask: torch.Tensor | None, place: slice, queries: int, keys: int) -> Seen:
        """Read a mask (B or 1, H or 1, Nq or 1, Nk or more) for the windows `place` of one text.

        Several windows make one block-diagonal matrix.
        """
        windows = place.stop - place.start
        if mask is None:
            if windows == 1:
                return Seen()
            return Seen(PackedMask.pack(_diagonal(windows, queries, keys)))
        known = (id(mask), place.start, queries, keys)
        if known not in self._read:
            cut = mask[place if mask.shape[0] > 1 else slice(0, 1), :, :, :keys]
            cut = cut.expand(windows, cut.shape[1], queries, keys)
            self._read[known] = (mask, _read(cut))
        return self._read[known][1]


def together(one: Seen, other: Seen) -> Seen:
    """Join what two tensors say about the same scores."""
    if one.nothing:
        return other
    if other.nothing:
        return one
    visible, causal = one.visible or other.visible, one.causal or other.causal
    if one.visible is not None and other.visible is not None:
        visible = PackedMask(one.visible.bits & other.visible.bits, one.visible.columns)
    bias = one.bias if other.bias is None else other.bias
    if one.bias is not None and other.bias is not None:
        bias = one.bias + other.bias
    return Seen(visible, bias, causal)


def _read(mask: torch.Tensor) -> Seen:
    """Split a (windows, H or 1, Nq, Nk) mask into what is seen and what is added."""
    added: Floats | None = None
    if mask.dtype == torch.bool:
        seen = mask
    else:
        seen = mask > torch.finfo(mask.dtype).min / 2
        kept = to_numpy(torch.where(seen, mask, torch.zeros_like(mask)))
        added = kept if kept.any() else None
    by_head = seen.cpu().numpy()
    visible = cast("Bools", by_head.any(axis=1))
    if not (by_head == visible[:, None]).all():
        added = np.zeros(by_head.shape, np.float32) if added is None else added
        added = np.where(by_head, added, np.float32(-np.inf)).astype(np.float32)
    if len(visible) > 1:
        joined = _diagonal(*visible.shape)
        joined[joined] = visible.reshape(-1)
        added = None if added is None else _spread(added)
    else:
        joined, added = visible[0], None if added is None else added[0]
    packed, causal = triangle_or_mask(joined)
    return Seen(packed, added, causal)


def _diagonal(windows: int, queries: int, keys: int) -> Bools:
    return np.kron(np.eye(windows, dtype=np.bool_), np.ones((queries, keys), np.bool_))


def _spread(added: Floats) -> Floats:
    """Put (windows, H, Nq, Nk) on the diagonal of one (H, all, all)."""
    windows, heads, queries, keys = added.shape
    whole = np.zeros((heads, windows * queries, windows * keys), np.float32)
    for window in range(windows):
        rows = slice(window * queries, (window + 1) * queries)
        columns = slice(window * keys, (window + 1) * keys)
        whole[:, rows, columns] = added[window]
    return whole
