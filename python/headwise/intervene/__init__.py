"""Questions to a live model: masked tokens, heads switched off, and what that changes.

Questions and answers are plain values; torch is imported when something runs a model.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwise.intervene.answer import (
        Abilities,
        Answer,
        Difference,
        Predictions,
        Saliency,
    )
    from headwise.intervene.asking import ask, saliency
    from headwise.intervene.engine import Engine
    from headwise.intervene.faithful import faithfulness
    from headwise.intervene.live import Failure, Live
    from headwise.intervene.locks import ModelLock, model_lock
    from headwise.intervene.question import AblatedHead, Question
    from headwise.intervene.rank import ablation_scores

__all__ = [
    "Abilities",
    "AblatedHead",
    "Answer",
    "Difference",
    "Engine",
    "Failure",
    "Live",
    "ModelLock",
    "Predictions",
    "Question",
    "Saliency",
    "ablation_scores",
    "ask",
    "faithfulness",
    "model_lock",
    "saliency",
]

_HOMES = {
    "Abilities": "answer",
    "AblatedHead": "question",
    "Answer": "answer",
    "Difference": "answer",
    "Engine": "engine",
    "Failure": "live",
    "Live": "live",
    "ModelLock": "locks",
    "Predictions": "answer",
    "Question": "question",
    "Saliency": "answer",
    "ablation_scores": "rank",
    "ask": "asking",
    "faithfulness": "faithful",
    "model_lock": "locks",
    "saliency": "asking",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'headwise.intervene' has no attribute {name!r}")
    try:
        module = import_module(f"headwise.intervene.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"torch", "transformers"}:
            raise
        raise ModuleNotFoundError(
            f"running a model needs torch and transformers, and {error.name} is not installed: "
            "run `pip install 'headwise[hf]'`",
            name=error.name,
        ) from error
    return getattr(module, name)
