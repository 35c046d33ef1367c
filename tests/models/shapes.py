"""What the tiny architectures are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

VOCABULARY = 120


@dataclass(frozen=True)
class Architecture:
    """How to build one: configuration, class and what goes in."""

    name: str
    way: str
    config: Callable[[], Any]
    kind: str = "encoder"  # encoder, decoder, both, vision, audio, clip, crossed
    model: Any = None
    gain: float = 6.0
    implementation: str | None = None


BERT_LIKE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
LLAMA_LIKE = {**BERT_LIKE, "num_key_value_heads": 2, "pad_token_id": 0}
BART_LIKE = {
    "vocab_size": VOCABULARY,
    "d_model": 24,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 40,
}
VISION_LIKE = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "image_size": 16,
    "patch_size": 4,
}
CLIP_TEXT = {**BERT_LIKE, "eos_token_id": 2}


def alone(kind, **settings):
    return lambda: kind(**settings)


WRAP, SPY, OWN = "interface", "softmaxes", "own attentions"
