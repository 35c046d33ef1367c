"""Loading a model and its tokenizer, for the command line and the examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from transformers import AutoModel, AutoTokenizer

if TYPE_CHECKING:
    import os

    from headwise.capture.protocols import Model, Tokenizer


def load_pretrained(name: str | os.PathLike[str]) -> tuple[Model, Tokenizer]:
    """Load a model in evaluation mode and its tokenizer with transformers' Auto classes.

    Parameters
    ----------
    name
        A folder, or a name that transformers knows.

    Raises
    ------
    OSError
        If there is no such model; the message is transformers' own.
    """
    # AutoModel's and AutoTokenizer's own annotations are partly unknown.
    model = cast("Any", AutoModel).from_pretrained(name)
    tokenizer = cast("Any", AutoTokenizer).from_pretrained(name)
    return cast("Model", model.eval()), cast("Tokenizer", tokenizer)
