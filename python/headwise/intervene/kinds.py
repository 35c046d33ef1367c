"""Which head a model has, by transformers' own tables of classes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from transformers.models.auto import modeling_auto

from headwise.errors import NoPredictionHead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headwise.capture.protocols import Model
    from headwise.intervene.answer import HeadKind

# The order decides for classes that are in several tables, such as Bart's.
_TABLES: tuple[tuple[HeadKind, str], ...] = (
    ("target", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"),
    ("masked", "MODEL_FOR_MASKED_LM_MAPPING_NAMES"),
    ("next", "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES"),
    ("classes", "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES"),
    ("tags", "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES"),
)


def head_kind(model: Model) -> HeadKind:
    """Say what the head of a model predicts.

    Raises
    ------
    NoPredictionHead
        If it has none, or one that is not read; the message names the class.
    """
    for parent in type(model).__mro__:
        for kind, table in _TABLES:
            if parent.__name__ in _names(table):
                _check_classes(model, kind)
                return kind
    raise NoPredictionHead(
        f"{type(model).__name__} has no head that predicts tokens or classes, so there is its "
        "attention only: load the checkpoint with AutoModelForMaskedLM, AutoModelForCausalLM, "
        "AutoModelForSeq2SeqLM, AutoModelForSequenceClassification or "
        "AutoModelForTokenClassification, if it was trained with such a head"
    )


def class_labels(model: Model) -> dict[int, str]:
    """Return the names of the classes of a classifier by number."""
    known = cast("Mapping[Any, Any]", getattr(model.config, "id2label", None) or {})
    return {int(number): str(name) for number, name in known.items()}


@cache
def _names(table: str) -> frozenset[str]:
    entries = cast("Mapping[str, Any]", getattr(modeling_auto, table, {}))
    found: set[str] = set()
    for entry in entries.values():
        found.update([entry] if isinstance(entry, str) else entry)
    return frozenset(found)


def _check_classes(model: Model, kind: HeadKind) -> None:
    if kind != "classes":
        return
    problem = getattr(model.config, "problem_type", None)
    if problem == "regression" or getattr(model.config, "num_labels", 2) == 1:
        raise NoPredictionHead(
            f"this {type(model).__name__} gives a number, not classes with probabilities"
        )
    if problem == "multi_label_classification":
        raise NoPredictionHead(
            f"this {type(model).__name__} gives several labels at once, which have no one "
            "distribution"
        )
