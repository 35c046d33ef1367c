"""TransformerLens' cache of activations, known by the names of its entries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headwise.errors import EmptyAttentions, InputError
from headwise.imports.arrays import is_half, to_array
from headwise.record import AttentionRecord

if TYPE_CHECKING:
    from headwise.masks import Bools
    from headwise.record import Floats

_PATTERN = re.compile(r"(blocks|encoder|decoder)\.(\d+)\.(attn|cross_attn)\.hook_pattern")
_ROTATED, _PLAIN = ("hook_rot_q", "hook_rot_k"), ("hook_q", "hook_k")
_TOLERANCE = {True: 2e-2, False: 1e-3}
_BATCHED = 4


@dataclass(frozen=True, slots=True)
class LensStack:
    """One attention of a cache.

    Parameters
    ----------
    name
        ``"encoder"``, ``"decoder"`` or ``"cross"``; empty where it follows from the weights.
    records
        One a layer, with weights, and with queries and keys where these give the weights.
    half
        Whether the numbers came with 16 bits.
    left_out
        Layers whose queries and keys do not give the weights.
    """

    name: str
    records: tuple[AttentionRecord, ...]
    half: bool
    left_out: tuple[int, ...]


def is_cache(value: object) -> bool:
    """Whether `value` has keys like ``blocks.0.attn.hook_pattern``."""
    return bool(_patterns(value))


def looks_like_cache(value: object) -> bool:
    """Whether `value` is a cache of some activations, with patterns or without."""
    return any(".hook_" in name for name in _names(value))


def read_cache(cache: object) -> list[LensStack]:
    """Read every attention of a cache.

    Raises
    ------
    EmptyAttentions
        If there is no ``hook_pattern``.
    InputError
        If layers are missing between others, or there is more than one text.
    """
    stacks: dict[tuple[str, str], dict[int, str]] = {}
    for name in _patterns(cache):
        stack, layer, kind = cast("re.Match[str]", _PATTERN.fullmatch(name)).groups()
        stacks.setdefault((stack, kind), {})[int(layer)] = name
    if not stacks:
        raise EmptyAttentions(
            "this cache has no attention patterns: let names_filter of run_with_cache keep "
            "blocks.*.attn.hook_pattern, and hook_q and hook_k to see queries and keys"
        )
    ordered = sorted(stacks, key=lambda key: (key[1] == "cross_attn", key[0] == "decoder"))
    return [_stack(cache, key, stacks[key]) for key in ordered]


def _names(cache: object) -> list[str]:
    if not (hasattr(cache, "keys") and hasattr(cache, "__getitem__")):
        return []
    keys = cast("Any", cache).keys
    return [name for name in keys() if isinstance(name, str)]


def _patterns(cache: object) -> list[str]:
    return [name for name in _names(cache) if _PATTERN.fullmatch(name)]


def _stack(cache: object, key: tuple[str, str], names: dict[int, str]) -> LensStack:
    layers = sorted(names)
    if layers != list(range(len(layers))):
        raise InputError(
            f"the cache has patterns of layers {', '.join(map(str, layers))} of {key[0]!r} only: "
            "layers are counted from 0, so let names_filter keep hook_pattern of all of them"
        )
    held = cast("Any", cache)
    records: list[AttentionRecord] = []
    left_out: list[int] = []
    for layer in layers:
        module = names[layer].removesuffix(".hook_pattern")
        half = is_half(held[names[layer]])
        pattern = _one_text(to_array(held[names[layer]], names[layer]), names[layer], _BATCHED)
        record = _with_vectors(cache, module, pattern, layer, half=half)
        if record is None:
            left_out.append(layer)
            record = AttentionRecord(given=pattern, causal=is_causal(pattern), module=module)
        records.append(record)
    name = "cross" if key[1] == "cross_attn" else key[0].replace("blocks", "")
    return LensStack(name, tuple(records), is_half(held[names[0]]), tuple(left_out))


def is_causal(layer: Floats) -> bool:
    """Whether no query gives weight to a later key; missing weights say nothing."""
    return layer.shape[1] == layer.shape[2] and not (np.triu(layer, 1) > 0).any()


def _with_vectors(
    cache: object, module: str, pattern: Floats, layer: int, *, half: bool
) -> AttentionRecord | None:
    """Make a record with queries and keys, or None where they do not give the pattern."""
    vectors = _vectors(cache, module)
    if vectors is None:
        return AttentionRecord(given=pattern, causal=is_causal(pattern), module=module)
    queries, keys = vectors
    heads, rows, columns = pattern.shape
    fits = queries.shape[:2] == (heads, rows) and keys.shape[1] == columns
    if not fits or heads % keys.shape[0] or queries.shape[2] != keys.shape[2]:
        return None
    config = getattr(getattr(cache, "model", None), "cfg", None)
    scale, softcap = _scale(config, queries.shape[2], layer), _softcap(config)
    # A window or padding shows only as keys that get exactly nothing from every head.
    seen: Bools = np.any(pattern > 0, axis=0)
    for visible in (None, seen):
        plain = AttentionRecord(
            queries=queries,
            keys=keys,
            scale=scale,
            softcap=softcap,
            causal=is_causal(pattern),
            visible=visible,
        )
        error = float(np.abs(plain.weights() - pattern).max())
        if error <= _TOLERANCE[half]:
            return AttentionRecord(
                queries=plain.queries,
                keys=plain.keys,
                given=pattern,
                scale=scale,
                softcap=softcap,
                causal=plain.causal,
                visible=plain.mask,
                module=module,
                check=error,
            )
    return None


def _vectors(cache: object, module: str) -> tuple[Floats, Floats] | None:
    """Return queries (H, Nq, d) and keys (Hkv, Nk, d): after the rotation where there is one."""
    known = set(_names(cache))
    for pair in (_ROTATED, _PLAIN):
        names = [f"{module}.{name}" for name in pair]
        if known.issuperset(names):
            queries, keys = (
                _one_text(to_array(cast("Any", cache)[name], name), name, _BATCHED)
                for name in names
            )
            return queries.transpose(1, 0, 2), keys.transpose(1, 0, 2)
    return None


def _one_text(array: Floats, name: str, batched: int) -> Floats:
    if array.ndim == batched:
        if array.shape[0] != 1:
            raise InputError(
                f"{name} of the cache holds {array.shape[0]} texts, and a trace is of one: pick "
                "text i with {name: value[i] for name, value in cache.items()}"
            )
        array = array[0]
    if array.ndim != batched - 1 or 0 in array.shape:
        raise InputError(f"{name} of the cache must have 3 axes after the batch, not {array.shape}")
    return array


def _scale(config: Any, size: int, layer: int) -> float:  # noqa: ANN401 - any object
    divisor = getattr(config, "attn_scale", None) or sqrt(size)
    if not getattr(config, "use_attn_scale", True):
        divisor = 1.0
    if getattr(config, "scale_attn_by_inverse_layer_idx", False):
        divisor *= layer + 1
    return 1.0 / float(divisor)


def _softcap(config: Any) -> float | None:  # noqa: ANN401 - any object
    cap = getattr(config, "attn_scores_soft_cap", None)
    return float(cap) if cap and cap > 0 else None
