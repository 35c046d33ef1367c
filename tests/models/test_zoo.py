"""Every architecture: weights against the model's own, the model as it was, the self-check."""

import architectures
import numpy as np
import pytest
import torch
from architectures import OWN, TEXTS, build, eager_copy, inputs_of
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

import headwise as hw
from headwise.capture.own import dense_longformer

pytestmark = pytest.mark.models

EXACT = 1e-5


def first_tensors(outputs):
    """All tensors that a model returns first-hand, for a comparison to the bit."""
    return [value for value in outputs.to_tuple() if isinstance(value, torch.Tensor)]


def own_weights(architecture, model, inputs):
    """The model's own weights by block: a list of (B, H, Nq, Nk) for each layer."""
    with torch.no_grad():
        outputs = eager_copy(model)(**inputs, output_attentions=True)
    if architecture.kind == "clip":
        return {
            "text": outputs.text_model_output.attentions,
            "vision": outputs.vision_model_output.attentions,
        }
    if architecture.kind == "longformer":
        marked = torch.nonzero(inputs["global_attention_mask"][0]).reshape(-1).tolist()
        pairs = zip(outputs.attentions, outputs.global_attentions, strict=True)
        return {
            "encoder": [
                torch.from_numpy(
                    np.stack(
                        [
                            dense_longformer(band[text].numpy(), far[text].numpy(), marked)
                            for text in range(TEXTS)
                        ]
                    )
                )
                for band, far in pairs
            ]
        }
    if getattr(outputs, "encoder_attentions", None):
        return {
            "encoder": outputs.encoder_attentions,
            "decoder": outputs.decoder_attentions,
            "cross": outputs.cross_attentions,
        }
    name = "decoder" if architecture.kind in ("decoder", "crossed") else "encoder"
    blocks = {name: outputs.attentions}
    if architecture.kind == "crossed":
        blocks["cross"] = outputs.cross_attentions
    return blocks


def real_positions(inputs, block, count):
    """Which positions of each text are no padding, (B, N)."""
    mask = inputs.get("attention_mask")
    if mask is None or mask.shape[1] != count or block == "vision":
        return np.ones((TEXTS, count), bool)
    return mask.numpy().astype(bool)


def largest_difference(batch, own, inputs):
    """Compare all blocks, layers and texts; shapes must agree without padding."""
    worst = 0.0
    for name, layers in own.items():
        for text, trace in enumerate(batch):
            block = trace.block(name)
            assert block.layers == len(layers)
            for layer, theirs in enumerate(layers):
                rows = real_positions(inputs, name, theirs.shape[2])
                columns = real_positions(inputs, name, theirs.shape[3])
                kept = theirs[text].numpy()[:, rows[text]][:, :, columns[text]]
                ours = trace.weights(layer, block=name)
                assert ours.shape == kept.shape
                worst = max(worst, float(np.abs(ours - kept).max()))
    return worst


def runs_of(batch):
    """Funnel changes its size between layers: its blocks, layer by layer, of each text."""
    return [
        [
            trace.weights(layer, block=name)
            for name, block in trace.blocks.items()
            for layer in range(block.layers)
        ]
        for trace in batch
    ]


@pytest.mark.parametrize("architecture", architectures.ALL, ids=lambda one: one.name)
def test_weights_equal_eager_and_the_model_is_as_it_was(architecture, models_page):
    model = build(architecture)
    inputs = inputs_of(architecture)
    with torch.no_grad():
        before = first_tensors(model(**inputs))
    registry = dict(ALL_ATTENTION_FUNCTIONS)
    implementation = [getattr(m, "config", None) for m in model.modules()]
    implementation = [getattr(config, "_attn_implementation", None) for config in implementation]
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    batch = hw.trace(model, inputs=inputs)
    configs = [getattr(m, "config", None) for m in model.modules()]
    assert implementation == [getattr(one, "_attn_implementation", None) for one in configs]
    assert hooks == [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    assert dict(ALL_ATTENTION_FUNCTIONS) == registry
    with torch.no_grad():
        after = first_tensors(model(**inputs))
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    assert len(batch) == TEXTS
    assert batch[0].meta["read_from"] == architecture.way
    checks = [
        record.check
        for trace in batch
        for block in trace.blocks.values()
        for record in block.records
        if record.check is not None
    ]
    assert checks
    assert max(checks) < EXACT
    own = own_weights(architecture, model, inputs)
    if architecture.kind == "funnel":
        difference = funnel_difference(batch, own["encoder"], inputs)
    elif architecture.kind == "swin":
        difference = swin_difference(batch, own["encoder"])
    else:
        difference = largest_difference(batch, own, inputs)
    assert difference < EXACT
    vectors = all(
        record.queries is not None
        for trace in batch
        for block in trace.blocks.values()
        for record in block.records
    )
    assert vectors is (architecture.way != OWN)
    models_page.add(architecture, list(batch[0].blocks), difference, max(checks), vectors=vectors)


def funnel_difference(batch, own, inputs):
    worst = 0.0
    mask = inputs["attention_mask"].numpy().astype(bool)
    for text, ours in enumerate(runs_of(batch)):
        assert len(ours) == len(own)
        unmatched = [theirs[text].numpy() for theirs in own]
        for weights in ours:
            theirs = unmatched.pop(0)
            if theirs.shape[1] == theirs.shape[2] == mask.shape[1]:
                theirs = theirs[:, mask[text]][:, :, mask[text]]
            elif theirs.shape[2] == mask.shape[1]:
                theirs = theirs[:, :, mask[text]]
            assert weights.shape == theirs.shape
            worst = max(worst, float(np.abs(weights - theirs).max()))
    return worst


def swin_difference(batch, own):
    """Transformers returns the last layer of each stage, windows in the batch."""
    worst = 0.0
    stages = list(batch[0].blocks)
    assert len(stages) == len(own)
    for text, trace in enumerate(batch):
        for name, theirs in zip(stages, own, strict=True):
            block = trace.block(name)
            ours = trace.weights(block.layers - 1, block=name)
            windows, size = theirs.shape[0] // TEXTS, theirs.shape[2]
            assert ours.shape == (theirs.shape[1], windows * size, windows * size)
            for window in range(windows):
                part = slice(window * size, (window + 1) * size)
                kept = theirs[text * windows + window].numpy()
                worst = max(worst, float(np.abs(ours[:, part, part] - kept).max()))
            assert float(np.abs(ours.sum(axis=-1) - 1).max()) < EXACT
    return worst
