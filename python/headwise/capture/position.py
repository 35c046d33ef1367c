"""How a model tells its attention where tokens stand, as far as its heads show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headwise.capture.inputs import model_type

if TYPE_CHECKING:
    from headwise.capture.protocols import Model

_DISENTANGLED = ("deberta", "deberta-v2", "sew-d")
_RECURRENT = ("xlnet", "funnel")
_ALIBI = ("bloom", "mpt")
_TABLES = ("relative_attention_bias", "relative_position_bias_table")
_ROTARY = re.compile(r"Rotary|RoPE|Rope(?![a-z])")


def position_of(model: Model) -> str:
    """Name the way in which position comes into the scores.

    Returns
    -------
    str
        ``"disentangled"`` for position terms of their own (DeBERTa, XLNet), ``"alibi"`` for a
        slope over the distance, ``"relative"`` for a learned bias by distance (T5, Swin),
        ``"rotary"`` where queries and keys are turned by their place, and ``""`` for all else:
        position is in the token vectors, or nowhere. Of a model of several towers it is the
        first of these that any tower has.
    """
    kind, config = model_type(model), model.config
    if kind in _RECURRENT or (
        kind in _DISENTANGLED and bool(getattr(config, "relative_attention", False))
    ):
        return "disentangled"
    if _has_alibi(kind, config):
        return "alibi"
    modules = [module for _, module in model.named_modules()]
    if any(getattr(module, table, None) is not None for module in modules for table in _TABLES):
        return "relative"
    turned = getattr(config, "rotary_dim", None) or kind == "roformer"
    if turned or any(_ROTARY.search(type(module).__name__) for module in modules):
        return "rotary"
    return ""


def _has_alibi(kind: str, config: Any) -> bool:
    """Tell whether a model adds ALiBi's slopes; MPT and Falcon can do without."""
    inner = getattr(config, "attn_config", None)
    return bool(getattr(config, "alibi", getattr(inner, "alibi", kind in _ALIBI)))
