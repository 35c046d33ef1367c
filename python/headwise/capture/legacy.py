"""Classes of transformers by name, with words for what version 5 removed."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import transformers

_REMOVED = {
    "encode_plus": "tokenizer(text, text_pair, return_tensors='pt')",
    "batch_encode_plus": "tokenizer(texts, padding=True, return_tensors='pt')",
}


@cache
def find_class(name: str) -> object:
    """Return a class of transformers; a tokenizer's calls that are gone say what to write.

    Raises
    ------
    ImportError
        If this transformers has no such class.
    """
    try:
        found = getattr(transformers, name)
    except AttributeError as error:
        raise ImportError(
            f"transformers {transformers.__version__} has no {name}: load the model with "
            "transformers.AutoModel and its tokenizer with AutoTokenizer"
        ) from error
    if not name.endswith("Tokenizer"):
        return found
    gone = {old: _gone(old, new) for old, new in _REMOVED.items() if not hasattr(found, old)}
    return type(name, (cast("type", found),), {**gone, "__module__": found.__module__})


def _gone(old: str, new: str) -> Any:
    def refuse(*_args: object, **_options: object) -> None:
        raise AttributeError(f"transformers 5 removed {old}: write {new}")

    return refuse
