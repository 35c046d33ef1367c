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
    from headwise.capture import record, trace, traces
    from headwise.metrics.distance import head_distances
    from headwise.metrics.find import find_heads
    from headwise.metrics.rank import rank_heads
    from headwise.metrics.rollout import flow, norms, rollout
    from headwise.metrics.table import head_metrics
    from headwise.widgets.compare import CompareView, compare
    from headwise.widgets.explore import ExploreView, explore
    from headwise.widgets.head import HeadView, head_view
    from headwise.widgets.link import Link, link
    from headwise.widgets.matrix import MatrixView, matrix_view
    from headwise.widgets.model import ModelView, model_view
    from headwise.widgets.neuron import NeuronView, neuron_view

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
    "CompareView",
    "EmptyAttentions",
    "ExploreView",
    "Head",
    "HeadView",
    "HeadwiseError",
    "HeadwiseWarning",
    "InputError",
    "Link",
    "MatrixView",
    "ModelView",
    "NeuronView",
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
    "compare",
    "explore",
    "find_heads",
    "flow",
    "from_attentions",
    "head_distances",
    "head_metrics",
    "head_view",
    "link",
    "load",
    "matrix_view",
    "model_view",
    "neuron_view",
    "norms",
    "rank_heads",
    "record",
    "rollout",
    "trace",
    "traces",
]

_LAZY = {
    "CompareView": "headwise.widgets.compare",
    "ExploreView": "headwise.widgets.explore",
    "HeadView": "headwise.widgets.head",
    "Link": "headwise.widgets.link",
    "MatrixView": "headwise.widgets.matrix",
    "ModelView": "headwise.widgets.model",
    "NeuronView": "headwise.widgets.neuron",
    "compare": "headwise.widgets.compare",
    "explore": "headwise.widgets.explore",
    "find_heads": "headwise.metrics.find",
    "flow": "headwise.metrics.rollout",
    "head_distances": "headwise.metrics.distance",
    "head_metrics": "headwise.metrics.table",
    "head_view": "headwise.widgets.head",
    "link": "headwise.widgets.link",
    "matrix_view": "headwise.widgets.matrix",
    "model_view": "headwise.widgets.model",
    "neuron_view": "headwise.widgets.neuron",
    "norms": "headwise.metrics.rollout",
    "rank_heads": "headwise.metrics.rank",
    "record": "headwise.capture",
    "rollout": "headwise.metrics.rollout",
    "trace": "headwise.capture",
    "traces": "headwise.capture",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'headwise' has no attribute {name!r}")
    value: object = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
