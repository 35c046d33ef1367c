"""What a probe is shown beside: the same model untrained, and what its words say by themselves."""

from __future__ import annotations

import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Embeddings = Callable[[Sequence[str]], NDArray[np.float32]]


def random_weights(model: Any, *, seed: int = 0) -> Any:  # noqa: ANN401 - a transformers model
    """Make a model of the same configuration that has learned nothing.

    Parameters
    ----------
    model
        A transformers model; it stays as it is, and so does the state of torch's random numbers.
    seed
        Of the new weights.

    Returns
    -------
    transformers.PreTrainedModel
        A new model of the same class on the same device, in evaluation mode, with the weights that
        its architecture starts training from.

    Raises
    ------
    InputError
        If the model cannot be made from its configuration.
    """
    need_torch()
    torch: Any = import_module("torch")
    config = getattr(model, "config", None)
    if config is None:
        raise InputError(
            f"a control needs a transformers model, which has a config: {type(model).__name__} "
            "has none; make an untrained copy yourself and run trace_words over it"
        )
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)
        try:
            made: Any = type(model)(copy.deepcopy(config))
        except (TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"{type(model).__name__} cannot be made from its configuration ({error}): make an "
                "untrained copy yourself and run trace_words over it"
            ) from error
    first = next(iter(model.parameters()))
    return made.to(device=first.device, dtype=first.dtype).eval()


def input_embeddings(
    model: Any,  # noqa: ANN401 - a transformers model
    tokenizer: Any,  # noqa: ANN401 - and its tokenizer
) -> Embeddings:
    """Give words as the model first sees them: without their neighbours and their place.

    Parameters
    ----------
    model
        A transformers model.
    tokenizer
        Its fast tokenizer.

    Returns
    -------
    callable
        Takes words and returns float32, (W, d): the mean of the input embeddings of a word's
        pieces, 0 for a word that the tokenizer drops.
    """
    table: NDArray[np.float32] = (
        model.get_input_embeddings().weight.detach().to("cpu").float().numpy().copy()
    )

    def embed(words: Sequence[str]) -> NDArray[np.float32]:
        encoded = tokenizer(list(words), is_split_into_words=True, add_special_tokens=False)
        found = np.zeros((len(words), table.shape[1]), np.float32)
        pieces = np.zeros((len(words), 1), np.float32)
        ids = cast("list[int]", encoded["input_ids"])
        for token, word in zip(ids, cast("list[int | None]", encoded.word_ids()), strict=True):
            if word is not None:
                found[word] += table[token]
                pieces[word] += 1
        return (found / np.maximum(pieces, 1)).astype(np.float32)

    return embed


def need_torch() -> None:
    """Raise ModuleNotFoundError, which names the extra to install, where torch is missing."""
    import_module("headwise.capture")
