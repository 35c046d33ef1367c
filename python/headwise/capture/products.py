"""Reading the two operands of matrix products, however they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

MATRIX_PRODUCTS = frozenset({"matmul", "__matmul__", "bmm", "baddbmm", "einsum"})

_FLAT, _FULL = 3, 4
_ARGUMENTS = 3


@dataclass(frozen=True)
class Product:
    """A product of two stacks of matrices.

    Parameters
    ----------
    left, right
        The operands. For ``einsum`` already in the order (B, H, rows, inner) and
        (B, H, inner, columns).
    out
        The product, in the same order.
    factor
        What the product was multiplied by, None where the call itself has no factor.
    """

    left: torch.Tensor
    right: torch.Tensor
    out: torch.Tensor
    factor: float | None = None

    def pair(self, shape: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return queries (B, H, Nq, d) and keys (B, Hkv, Nk, d) if this made such scores.

        Parameters
        ----------
        shape
            (B, H, Nq, Nk) of the scores.
        """
        if self.out.numel() != torch.Size(shape).numel() or self.out.shape[-1] != shape[3]:
            return None
        left = _with_heads(self.left, shape[0])
        right = _with_heads(self.right, shape[0])
        if left is None or right is None:
            return None
        key = right.transpose(-1, -2)
        if left.shape[1] != shape[1]:
            # Multi-query attention multiplies all heads' rows with the one key head.
            if left.shape[1] != 1 or left.shape[2] != shape[1] * shape[2]:
                return None
            left = left.reshape(shape[0], shape[1], shape[2], -1)
        fits = left.shape[2] == shape[2] and key.shape[2] == shape[3]
        return (left, key) if fits and shape[1] % key.shape[1] == 0 else None

    def values(self, shape: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return values (B, Hkv, Nk, dv) and the output (B, Nq, H, dv) of weights times values."""
        right = _with_heads(self.right, shape[0])
        if right is None or right.shape[2] != shape[3] or shape[1] % right.shape[1]:
            return None
        out = self.out.reshape(shape[0], shape[1], shape[2], -1)
        return right, out.transpose(1, 2)


def canonical(logits: torch.Tensor, texts: int) -> torch.Tensor | None:
    """Bring scores into the shape (B, H, Nq, Nk), None if they are not such."""
    if logits.dim() == _FULL and logits.shape[0] == texts:
        return logits
    if logits.dim() == _FLAT and logits.shape[0] % texts == 0:
        return logits.reshape(texts, -1, *logits.shape[1:])
    return None


def read_product(
    name: str, args: tuple[Any, ...], keywords: dict[str, Any], out: torch.Tensor
) -> Product | None:
    """Read a call of a product function; None if it is none of two stacks of matrices."""
    if name == "einsum":
        return _read_einsum(args, out)
    factor = None
    if name == "baddbmm":
        if len(args) != _ARGUMENTS:
            names = ("batch1", "batch2")
            args = (args[0], *(keywords[key] for key in names if key in keywords))
        if len(args) != _ARGUMENTS:
            return None
        factor = float(keywords.get("alpha", 1))
        args = args[1:]
    if len(args) != 2:  # noqa: PLR2004 - the two operands
        return None
    left, right = args
    if min(left.dim(), right.dim()) < _FLAT:
        return None
    return Product(left, right, out, factor)


def _read_einsum(args: tuple[Any, ...], out: torch.Tensor) -> Product | None:
    """Read ``"ibnd,jbnd->bnij"`` (scores) and ``"bnij,jbnd->ibnd"`` (output)."""
    packed = isinstance(args[1], (list, tuple))
    operands = cast("Sequence[torch.Tensor]", args[1] if packed else args[1:])
    if not isinstance(args[0], str) or len(operands) != 2:  # noqa: PLR2004 - two operands
        return None
    sides, _, result = args[0].replace(" ", "").partition("->")
    first, _, second = sides.partition(",")
    if not len(first) == len(second) == len(result) == _FULL or len(set(first + second)) != 5:  # noqa: PLR2004
        return None
    shared = [letter for letter in first if letter in second and letter in result]
    inner = [letter for letter in first if letter in second and letter not in result]
    row = [letter for letter in first if letter not in second]
    column = [letter for letter in second if letter not in first]
    if (len(shared), len(inner), len(row), len(column)) != (2, 1, 1, 1):
        return None
    # The scores and weights are written (batch, head, row, column) by all models that are read.
    whole = result if result[2:] == row[0] + column[0] else first
    batch = sorted(shared, key=whole.index)
    left = operands[0].permute([first.index(letter) for letter in [*batch, *row, *inner]])
    right = operands[1].permute([second.index(letter) for letter in [*batch, *inner, *column]])
    turned = out.permute([result.index(letter) for letter in [*batch, *row, *column]])
    return Product(left, right, turned)


def _with_heads(tensor: torch.Tensor, texts: int) -> torch.Tensor | None:
    if tensor.dim() == _FULL:
        return tensor if tensor.shape[0] == texts else None
    if tensor.dim() == _FLAT and tensor.shape[0] % texts == 0:
        return tensor.reshape(texts, -1, *tensor.shape[1:])
    return None
