"""See what every attention head of a Transformer does, inside the notebook where it lives."""

from importlib import import_module
from typing import TYPE_CHECKING

from headwise.batch import TraceBatch
from headwise.errors import (
    BeamSearchUnsupported,
    BudgetError,
    CaptureMismatch,
    CaptureTooLarge,
    EmptyAttentions,
    HeadwiseError,
    HeadwiseWarning,
    InputError,
    NoAttentionFound,
    OutOfRange,
    SelectionError,
    TraceFileError,
    TrainingModeError,
    UnsupportedAttention,
)
from headwise.imports import from_attentions
from headwise.selection import Head, Selection
from headwise.tokens import Tokens
from headwise.trace import Block, Trace, load
from headwise.version import __version__

if TYPE_CHECKING:
    from headwise.capture import record, trace
    from headwise.widgets.head import HeadView, head_view

# The submodules of these names were just bound here; the public names are the functions, found
# when asked for.
globals().pop("trace", None)
globals().pop("record", None)

__all__ = [
    "BeamSearchUnsupported",
    "Block",
    "BudgetError",
    "CaptureMismatch",
    "CaptureTooLarge",
    "EmptyAttentions",
    "Head",
    "HeadView",
    "HeadwiseError",
    "HeadwiseWarning",
    "InputError",
    "NoAttentionFound",
    "OutOfRange",
    "Selection",
    "SelectionError",
    "Tokens",
    "Trace",
    "TraceBatch",
    "TraceFileError",
    "TrainingModeError",
    "UnsupportedAttention",
    "__version__",
    "from_attentions",
    "head_view",
    "load",
    "record",
    "trace",
]

_LAZY = {
    "HeadView": "headwise.widgets.head",
    "head_view": "headwise.widgets.head",
    "record": "headwise.capture",
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
