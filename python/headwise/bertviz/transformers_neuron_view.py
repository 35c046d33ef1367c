"""The names of BertViz's copy of transformers of 2019, as classes of the transformers you have.

``BertModel``, ``BertTokenizer``, ``GPT2Model``, ``RobertaModel``, ``XLNetModel`` and the others
load any checkpoint of today with ``from_pretrained``. The tokenizers' ``encode_plus``, which
transformers 5 removed, says what to write.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_PARTS = {
    "Bert": (
        "Config Tokenizer PreTrainedModel Model ForPreTraining ForMaskedLM "
        "ForNextSentencePrediction ForSequenceClassification ForMultipleChoice "
        "ForTokenClassification ForQuestionAnswering"
    ),
    "GPT2": "Config Tokenizer PreTrainedModel Model LMHeadModel DoubleHeadsModel",
    "OpenAIGPT": "Config Tokenizer PreTrainedModel Model LMHeadModel DoubleHeadsModel",
    "Roberta": "Config Tokenizer Model ForMaskedLM ForSequenceClassification",
    "XLNet": (
        "Config Tokenizer PreTrainedModel Model LMHeadModel ForSequenceClassification "
        "ForQuestionAnswering"
    ),
    "XLM": (
        "Config Tokenizer PreTrainedModel Model WithLMHeadModel ForSequenceClassification "
        "ForQuestionAnswering"
    ),
}
_NAMES = frozenset(family + part for family, parts in _PARTS.items() for part in parts.split())
_RENAMED = {"PretrainedConfig": "PreTrainedConfig"}
_OTHERS = frozenset({"PreTrainedModel", "PreTrainedTokenizer", *_RENAMED})


def __getattr__(name: str) -> object:
    if name in _NAMES or name in _OTHERS:
        find = cast("Callable[[str], object]", import_module("headwise.capture.legacy").find_class)
        return find(_RENAMED.get(name, name))
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # ImportError, for `from … import` would put its own words in place of an AttributeError's.
    raise ImportError(
        f"{name} is not in transformers any more: headwise reads every model of transformers, so "
        "import its class from there"
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_OTHERS})
