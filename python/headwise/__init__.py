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
    ModelChanged,
    ModelGone,
    NoAttentionFound,
    NoMaskToken,
    NoPredictionHead,
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
    from headwise import tracking
    from headwise.capture import head_importance, induction_scores, record, trace, traces
    from headwise.intervene.answer import Answer
    from headwise.intervene.asking import ask, saliency
    from headwise.intervene.faithful import faithfulness
    from headwise.intervene.locks import model_lock
    from headwise.intervene.question import Question
    from headwise.intervene.rank import ablation_scores
    from headwise.metrics.distance import head_distances
    from headwise.metrics.find import find_heads
    from headwise.metrics.rank import rank_heads
    from headwise.metrics.rollout import flow, norms, rollout
    from headwise.metrics.table import head_metrics
    from headwise.widgets.compare import CompareView, compare
    from headwise.widgets.explore import ExploreView, explore
    from headwise.widgets.head import HeadView, head_view
    from headwise.widgets.heads import HeadsView, heads_view
    from headwise.widgets.link import Link, link
    from headwise.widgets.matrix import MatrixView, matrix_view
    from headwise.widgets.model import ModelView, model_view
    from headwise.widgets.neuron import NeuronView, neuron_view
    from headwise.widgets.runs import RunsView, runs_view

# The submodules of these names were just bound here; the public names are the functions, found
# when asked for.
globals().pop("trace", None)
globals().pop("record", None)

__all__ = [
    "Answer",
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
    "HeadsView",
    "HeadwiseError",
    "HeadwiseWarning",
    "InputError",
    "Link",
    "MatrixView",
    "ModelChanged",
    "ModelGone",
    "ModelView",
    "NeuronView",
    "NoAttentionFound",
    "NoMaskToken",
    "NoPredictionHead",
    "OutOfRange",
    "Question",
    "RunsView",
    "Selection",
    "SelectionError",
    "Tokens",
    "Trace",
    "TraceBatch",
    "TraceFileError",
    "TrainingModeError",
    "UnsupportedAttention",
    "__version__",
    "ablation_scores",
    "ask",
    "compare",
    "explore",
    "faithfulness",
    "find_heads",
    "flow",
    "from_attentions",
    "head_distances",
    "head_importance",
    "head_metrics",
    "head_view",
    "heads_view",
    "induction_scores",
    "link",
    "load",
    "matrix_view",
    "model_lock",
    "model_view",
    "neuron_view",
    "norms",
    "rank_heads",
    "record",
    "rollout",
    "runs_view",
    "saliency",
    "trace",
    "traces",
    "tracking",
]

_LAZY = {
    "Answer": "headwise.intervene",
    "CompareView": "headwise.widgets.compare",
    "ExploreView": "headwise.widgets.explore",
    "HeadView": "headwise.widgets.head",
    "HeadsView": "headwise.widgets.heads",
    "Link": "headwise.widgets.link",
    "MatrixView": "headwise.widgets.matrix",
    "ModelView": "headwise.widgets.model",
    "NeuronView": "headwise.widgets.neuron",
    "Question": "headwise.intervene",
    "RunsView": "headwise.widgets.runs",
    "ablation_scores": "headwise.intervene",
    "ask": "headwise.intervene",
    "compare": "headwise.widgets.compare",
    "explore": "headwise.widgets.explore",
    "faithfulness": "headwise.intervene",
    "find_heads": "headwise.metrics.find",
    "flow": "headwise.metrics.rollout",
    "head_distances": "headwise.metrics.distance",
    "head_importance": "headwise.capture",
    "head_metrics": "headwise.metrics.table",
    "head_view": "headwise.widgets.head",
    "heads_view": "headwise.widgets.heads",
    "induction_scores": "headwise.capture",
    "link": "headwise.widgets.link",
    "matrix_view": "headwise.widgets.matrix",
    "model_lock": "headwise.intervene",
    "model_view": "headwise.widgets.model",
    "neuron_view": "headwise.widgets.neuron",
    "norms": "headwise.metrics.rollout",
    "rank_heads": "headwise.metrics.rank",
    "record": "headwise.capture",
    "rollout": "headwise.metrics.rollout",
    "runs_view": "headwise.widgets.runs",
    "saliency": "headwise.intervene",
    "trace": "headwise.capture",
    "traces": "headwise.capture",
}


def __getattr__(name: str) -> object:
    if name == "tracking":
        return import_module("headwise.tracking")
    if name not in _LAZY:
        raise AttributeError(f"module 'headwise' has no attribute {name!r}")
    value: object = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, "tracking"})
