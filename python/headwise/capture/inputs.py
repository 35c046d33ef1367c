"""Looking at the model and the text before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.errors import InputError, TrainingModeError, UnsupportedAttention

if TYPE_CHECKING:
    from headwise.capture.protocols import Inputs, Model, Tokenizer

_DROPOUTS = (
    torch.nn.Dropout,
    torch.nn.Dropout1d,
    torch.nn.Dropout2d,
    torch.nn.Dropout3d,
    torch.nn.AlphaDropout,
    torch.nn.FeatureAlphaDropout,
)
_WRAPPERS = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
_RATES = ("attention_dropout", "attn_dropout", "dropout", "dropout_p", "dropout_prob", "layerdrop")
_POSITION_TABLES = ("position_embeddings", "wpe", "embed_positions", "position_embedding")


def check_model(model: object) -> None:
    """Check that `model` can be captured at all.

    Raises
    ------
    InputError
        If it is not a transformers model.
    TrainingModeError
        If it would drop weights at random.
    UnsupportedAttention
        If it is wrapped for several devices, or would run parts of itself twice.
    """
    if isinstance(model, _WRAPPERS):
        wrapper = type(cast("object", model)).__name__
        raise UnsupportedAttention(
            f"the model is wrapped in {wrapper}, which runs copies of it: pass the model inside, "
            "model.module"
        )
    if not isinstance(model, torch.nn.Module) or getattr(model, "config", None) is None:
        raise InputError(
            f"model must be a transformers model, not {type(model).__name__}: "
            "load one with transformers.AutoModel.from_pretrained"
        )
    if _drops(model):
        raise TrainingModeError(
            f"this {type(model).__name__} is in training mode with dropout, so its attention "
            "would be random: call model.eval() before the trace"
        )
    if model.training and any(
        getattr(module, "gradient_checkpointing", False) for module in model.modules()
    ):
        raise UnsupportedAttention(
            f"this {type(model).__name__} trains with gradient checkpointing, which runs its "
            "attention twice: call model.eval() or model.gradient_checkpointing_disable()"
        )


def check_tokenizer(tokenizer: object) -> None:
    """Check that `tokenizer` is one of transformers.

    Raises
    ------
    InputError
        If it is not.
    """
    if callable(tokenizer) and hasattr(tokenizer, "convert_ids_to_tokens"):
        return
    inner = " (a processor has it as .tokenizer)" if hasattr(tokenizer, "tokenizer") else ""
    raise InputError(
        f"tokenizer must be a transformers tokenizer, not {type(tokenizer).__name__}{inner}: "
        "load one with transformers.AutoTokenizer.from_pretrained"
    )


def check_text(text: object, name: str) -> None:
    """Check that `text` is one text.

    Raises
    ------
    InputError
        If it is not a string.
    """
    if not isinstance(text, str):
        raise InputError(f"{name} must be one string, not {type(text).__name__}")


def check_ids(model: Model, tokenizer: Tokenizer, inputs: Inputs) -> None:
    """Check that the model has an embedding and a position for every token.

    Raises
    ------
    InputError
        If it has not; the message names both sizes.
    """
    ids = inputs["input_ids"]
    rows = _vocabulary(model)
    if rows is not None and int(ids.max()) >= rows:
        raise InputError(
            f"the tokenizer is of another vocabulary: it gives token id {int(ids.max())} and has "
            f"{len(tokenizer)} entries, but the model's embedding has {rows}: "
            "load model and tokenizer from the same checkpoint"
        )
    positions = _positions(model)
    if positions is not None and ids.shape[1] > positions:
        raise InputError(
            f"the text has {ids.shape[1]} tokens, but this {type(model).__name__} has "
            f"{positions} positions: shorten the text or trace it in parts"
        )


def model_type(model: Model) -> str:
    """Return the model's type as transformers names it."""
    return str(getattr(model.config, "model_type", "") or type(model).__name__)


def has_encoder(model: Model) -> bool:
    """Whether a part of the model is an encoder."""
    return any(name.rpartition(".")[2] == "encoder" for name, _ in model.named_modules())


def two_sided(model: Model) -> bool:
    """Whether the model has an encoder and a decoder."""
    return bool(getattr(model.config, "is_encoder_decoder", False)) and any(
        name.rpartition(".")[2] == "decoder" for name, _ in model.named_modules()
    )


def _drops(model: torch.nn.Module) -> bool:
    return any(
        (isinstance(module, _DROPOUTS) and module.p > 0)
        or any(_rate(module, name) > 0 for name in _RATES)
        for module in model.modules()
        if module.training
    )


def _rate(module: torch.nn.Module, name: str) -> float:
    rate: Any = getattr(module, name, 0.0)
    return float(rate) if isinstance(rate, (int, float)) else 0.0


def _vocabulary(model: Model) -> int | None:
    try:
        embedding = cast("Any", model).get_input_embeddings()
    except (AttributeError, NotImplementedError):
        return None
    rows = getattr(embedding, "num_embeddings", None)
    return rows if isinstance(rows, int) else None


def _positions(model: Model) -> int | None:
    """Return how many positions there are: of the learned table, else what the config says."""
    for name, module in model.named_modules():
        if name.rpartition(".")[2] in _POSITION_TABLES and isinstance(module, torch.nn.Embedding):
            first = getattr(module, "offset", None)
            if not isinstance(first, int):
                first = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - first
    said = getattr(model.config, "max_position_embeddings", None)
    return said if isinstance(said, int) and said > 0 else None
