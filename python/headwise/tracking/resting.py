"""A model at rest in the middle of a training: read, and left as it was."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture import trace
from headwise.errors import InputError, UnsupportedAttention

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from headwise.trace import Trace


@contextmanager
def at_rest(model: torch.nn.Module) -> Generator[None]:
    """Hold a model in evaluation mode without gradients.

    Afterwards each part of the model is in the mode it was in, and the random generators of
    Python, NumPy and torch (on all devices) stand where they stood.

    Parameters
    ----------
    model : torch.nn.Module

    Raises
    ------
    UnsupportedAttention
        The weights of the model are shared out over processes (FSDP, ZeRO-3).
    """
    if any(hasattr(each, "ds_id") or hasattr(each, "device_mesh") for each in model.parameters()):
        raise UnsupportedAttention(
            "the weights of this model are shared out over processes (FSDP or ZeRO-3), so one "
            "process alone cannot run it: trace a saved checkpoint instead"
        )
    modes = [(module, module.training) for module in model.modules()]
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the one that users seed
    try:
        with cast("Any", torch.random).fork_rng(devices=_devices()), torch.no_grad():
            model.eval()
            yield
    finally:
        for module, mode in modes:
            module.training = mode
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002 - the same


def captured(
    model: Any,  # noqa: ANN401 - transformers types it in part
    tokenizer: Any,  # noqa: ANN401 - the same
    texts: Sequence[str],
    heads: Sequence[tuple[int, int]] | None,
) -> list[Trace]:
    """Trace texts, together where they can be.

    Parameters
    ----------
    model, tokenizer
        As for :func:`headwise.trace`.
    texts : sequence of str
    heads : sequence of (int, int), optional

    Returns
    -------
    list of Trace
        Queries and keys as float16, as they are kept.

    Raises
    ------
    InputError
        A text cannot be used; the message has its number and what was wrong.
    HeadwiseError
        As :func:`headwise.trace`.
    """
    given = list(texts)
    try:
        return list(trace(model, tokenizer, given, heads=heads, dtype="float16", progress=False))
    except InputError:
        # One by one: texts of several lengths need a padding token, and an error needs its text.
        return [_one(model, tokenizer, text, number, heads) for number, text in enumerate(given)]


def _one(
    model: Any,  # noqa: ANN401 - transformers types it in part
    tokenizer: Any,  # noqa: ANN401 - the same
    text: str,
    number: int,
    heads: Sequence[tuple[int, int]] | None,
) -> Trace:
    try:
        return trace(model, tokenizer, text, heads=heads, dtype="float16", progress=False)
    except InputError as error:
        raise InputError(f"probe text {number} ({text!r:.60}): {error}") from error


def _devices() -> list[int]:
    in_use = torch.cuda.is_available() and torch.cuda.is_initialized()
    return list(range(torch.cuda.device_count())) if in_use else []
