"""Tiny random models of every architecture that the capture is tested on, with their inputs."""

from copy import deepcopy

import torch
import transformers as hf
from shapes import BART_LIKE, BERT_LIKE, LLAMA_LIKE, OWN, VOCABULARY
from stacks_of_more import MORE
from stacks_of_text import ONE_STACK
from ways_of_their_own import OWN_WAY

__all__ = [
    "ALL",
    "BART_LIKE",
    "BERT_LIKE",
    "BY_NAME",
    "LLAMA_LIKE",
    "OWN",
    "TARGET_LENGTH",
    "TEXTS",
    "VOCABULARY",
    "build",
    "eager_copy",
    "inputs_of",
]

TEXTS, LENGTH, SHORT = 2, 10, 7
TARGET_LENGTH = 6
ALL = [*ONE_STACK, *MORE, *OWN_WAY]
BY_NAME = {one.name: one for one in ALL}


def build(architecture):
    """Make the model: peaky attention, and no bias, sink or relative table at zero."""
    torch.manual_seed(0)
    config = architecture.config()
    kind = architecture.model or hf.AutoModel
    make = getattr(kind, "from_config", None) or kind._from_config
    model = make(config, attn_implementation=architecture.implementation)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.mul_(architecture.gain)
            if not weight.any() or "sinks" in name:
                weight.normal_(0, 0.5)
    return model.eval()


def eager_copy(model):
    """The same model under eager attention."""
    copy = type(model)._from_config(deepcopy(model.config), attn_implementation="eager")
    copy.load_state_dict(model.state_dict())
    return copy.eval()


def inputs_of(architecture):
    """A batch of two: padded on the right for encoders and on the left for decoders."""
    draw = torch.Generator().manual_seed(2)
    kind = architecture.kind
    size = 32 if kind == "detr" else 16
    pixels = {"pixel_values": torch.randn(TEXTS, 3, size, size, generator=draw)}
    if kind in ("vision", "swin", "detr"):
        return pixels
    ids = torch.randint(5, VOCABULARY, (TEXTS, LENGTH), generator=draw)
    mask = torch.ones_like(ids)
    if kind == "decoder":
        mask[1, : LENGTH - SHORT] = 0
    else:
        mask[1, SHORT:] = 0
    text = {"input_ids": ids, "attention_mask": mask}
    target = {"decoder_input_ids": ids[:, :TARGET_LENGTH]}
    marked = torch.zeros_like(ids)
    marked[:, 0] = marked[:, 3] = 1
    states = torch.randn(TEXTS, 8, 24, generator=draw)
    return {
        "clip": {**text, **pixels},
        "audio": {"input_features": torch.randn(TEXTS, 8, 24, generator=draw), **target},
        "both": {**text, **target},
        "crossed": {**text, "encoder_hidden_states": states},
        "longformer": {**text, "global_attention_mask": marked},
    }.get(kind, text)
