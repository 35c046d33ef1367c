"""Which block an attention call belongs to, from the model's own table and its names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import torch

Stack: TypeAlias = Literal["encoder", "decoder"]

_CROSS = re.compile(
    r"cross|encoder_attn|encdec|enc_dec|encoder_decoder|multihead_attn", re.IGNORECASE
)
_TOWERS = (
    ("vision", re.compile(r"vision|visual|image|pixel|^vit$", re.IGNORECASE)),
    ("audio", re.compile(r"audio|speech", re.IGNORECASE)),
    ("text", re.compile(r"text|language_model", re.IGNORECASE)),
)


class Kinds:
    """Tells cross from self-attention and names towers and stacks.

    Parameters
    ----------
    modules
        Names and modules of the model that runs; names count from it.
    """

    def __init__(self, modules: Iterable[tuple[str, torch.nn.Module]]) -> None:
        self._modules = dict(modules)
        self._tables = {
            name: table
            for name, module in self._modules.items()
            if (table := _cross_table(module)) is not None
        }

        self.has_decoder = any(name.rpartition(".")[2] == "decoder" for name in self._modules)

    def is_cross(self, name: str) -> bool:
        """Whether the module attends from one sequence to another."""
        for root, rows in self._tables.items():
            prefix = f"{root}." if root else ""
            if not name.startswith(prefix):
                continue
            inside = name[len(prefix) :]
            for kind, layer_name in rows:
                if layer_name is not None:
                    if layer_name.strip(".") in inside.split("."):
                        return True
                elif kind is not None and self._has_ancestor(prefix, inside, kind):
                    return True
        return _CROSS.search(name) is not None

    def tower(self, name: str) -> str | None:
        """Name the tower of a model with several kinds of input."""
        for part in name.split("."):
            for tower, pattern in _TOWERS:
                if pattern.search(part):
                    return tower
        return None

    def stack(self, name: str) -> Stack | None:
        """Name the half of an encoder-decoder model."""
        for part in name.split("."):
            if part in ("encoder", "decoder"):
                return part
        return None

    def _has_ancestor(self, prefix: str, inside: str, kind: type) -> bool:
        parts = inside.split(".")
        paths = (prefix + ".".join(parts[: count + 1]) for count in range(len(parts)))
        return any(isinstance(self._modules.get(path), kind) for path in paths)


def _cross_table(module: torch.nn.Module) -> list[tuple[type | None, str | None]] | None:
    """Read the row ``cross_attentions`` of transformers' private table of recorded outputs."""
    table: Any = getattr(type(module), "_can_record_outputs", None)
    if not isinstance(table, dict):
        return None
    rows: Any = cast("Mapping[str, Any]", table).get("cross_attentions")
    found: list[tuple[type | None, str | None]] = []
    for row in cast("list[Any]", rows if isinstance(rows, (list, tuple)) else [rows]):
        kind = row if isinstance(row, type) else getattr(row, "target_class", None)
        layer_name = getattr(row, "layer_name", None)
        if isinstance(kind, type) or isinstance(layer_name, str):
            found.append(
                (
                    kind if isinstance(kind, type) else None,
                    layer_name if isinstance(layer_name, str) else None,
                )
            )
    return found or None
