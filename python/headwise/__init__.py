"""See what every attention head of a Transformer does, inside the notebook where it lives."""

from importlib import import_module
from typing import TYPE_CHECKING

from headwise.attentions import from_attentions
from headwise.errors import (
    BudgetError,
    CaptureMismatch,
    EmptyAttentions,
    HeadwiseError,
    InputError,
    NoAttentionFound,
    OutOfRange,
    SelectionError,
    TraceFileError,
    TrainingModeError,
    UnsupportedAttention,
)
from headwise.selection import Head, Selection
from headwise.tokens import Tokens
from headwise.trace import Block, Trace, load
from headwise.version import __version__

if TYPE_CHECKING:
    from headwise.capture import trace
    from headwise.widgets.head import HeadView, head_view

# The submodule `trace` was just bound here; the public name is the function, found when asked for.
globals().pop("trace", None)

__all__ = [
    "Block",
    "BudgetError",
    "CaptureMismatch",
    "EmptyAttentions",
    "Head",
    "HeadView",
    "HeadwiseError",
    "InputError",
    "NoAttentionFound",
    "OutOfRange",
    "Selection",
    "SelectionError",
    "Tokens",
    "Trace",
    "TraceFileError",
    "TrainingModeError",
    "UnsupportedAttention",
    "__version__",
    "from_attentions",
    "head_view",
    "load",
    "trace",
]

_LAZY = {
    "HeadView": "headwise.widgets.head",
    "head_view": "headwise.widgets.head",
    "trace": "headwise.capture",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'headwise' has no attribute {name!r}")
    value: object = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
