"""Tiny random models with heads of every kind, with their tokenizers, for the live engine."""

import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from conftest import BUILDERS, CONFIGS, POSITIONS, VOCABULARY, sharpen

CLASSES = {
    "bert": transformers.BertForMaskedLM,
    "gpt2": transformers.GPT2LMHeadModel,
    "llama": transformers.LlamaForCausalLM,
    "albert": transformers.AlbertForMaskedLM,
    "t5": transformers.T5ForConditionalGeneration,
    "tags": transformers.DistilBertForTokenClassification,
    "classes": transformers.DistilBertForSequenceClassification,
}
KIND_OF = {
    "bert": "masked",
    "gpt2": "next",
    "llama": "next",
    "albert": "masked",
    "t5": "target",
    "tags": "tags",
    "classes": "classes",
}
TOKENIZER = {
    "bert": "wordpiece",
    "gpt2": "byte",
    "llama": "metaspace",
    "albert": "wordpiece",
    "t5": "wordpiece",
    "tags": "wordpiece",
    "classes": "wordpiece",
}


def config_of(name):
    if name == "t5":
        return transformers.T5Config(
            vocab_size=VOCABULARY,
            d_model=24,
            d_kv=6,
            d_ff=40,
            num_layers=2,
            num_heads=4,
            decoder_start_token_id=0,
        )
    config = CONFIGS["distilbert" if name in ("tags", "classes") else name]()
    if name in ("tags", "classes"):
        config.num_labels = 3
        config.id2label = {0: "left", 1: "right", 2: "none"}
    return config


def live_model(name, *, implementation=None):
    """A model with peaky attention and biases that are not zero."""
    torch.manual_seed(1)
    model = CLASSES[name]._from_config(config_of(name), attn_implementation=implementation)
    sharpen(model)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(0.3)
            elif not parameter.any():
                parameter.normal_(std=0.3)
    assert model.config.vocab_size == VOCABULARY
    assert name in ("t5", "gpt2") or model.config.max_position_embeddings == POSITIONS
    return model


def live_tokenizer(name):
    return BUILDERS[TOKENIZER[name]]()


def left_behind(model):
    """Everything that an answer might have left in the model or in torch."""
    return {
        "registry": dict(ALL_ATTENTION_FUNCTIONS),
        "training": [module.training for module in model.modules()],
        "hooks": [
            len(module._forward_hooks) + len(module._forward_pre_hooks)
            for module in model.modules()
        ],
        "attributes": [sorted(vars(module)) for module in model.modules()],
        "requires": [parameter.requires_grad for parameter in model.parameters()],
        "gradients": [parameter.grad is not None for parameter in model.parameters()],
        "grad": torch.is_grad_enabled(),
        "random": torch.get_rng_state().tolist(),
        "threads": torch.get_num_threads(),
        "versions": [parameter._version for parameter in model.parameters()],
    }
