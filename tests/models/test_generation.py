"""Recorded generations: stitched rows equal one forward pass over prompt and answer."""

import architectures
import numpy as np
import pytest
import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

import headwise as hw

pytestmark = pytest.mark.models

BY_NAME = architectures.BY_NAME
CAUSAL = [
    "GPT-2",
    "Llama (grouped queries)",
    "Mistral (sliding window)",
    "Gemma 2 (soft cap, sliding window)",
    "GPT-OSS (sinks)",
]
NEW = 9


def language_model(name):
    architecture = BY_NAME[name]
    torch.manual_seed(0)
    auto = transformers.AutoModelForCausalLM
    if architecture.kind == "both":
        auto = transformers.AutoModelForSeq2SeqLM
    model = auto.from_config(architecture.config())
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(architecture.gain)
    return model.eval()


def prompt():
    return torch.randint(5, architectures.VOCABULARY, (1, 7), generator=torch.manual_seed(3))


def generate(model, ids, **options):
    settings = {"max_new_tokens": NEW, "min_new_tokens": NEW, "do_sample": False, "pad_token_id": 0}
    return model.generate(ids, attention_mask=torch.ones_like(ids), **{**settings, **options})


def assert_equal_traces(ours, theirs):
    assert list(ours.blocks) == list(theirs.blocks)
    for name, block in theirs.blocks.items():
        assert ours.block(name).layers == block.layers
        assert ours.block(name).causal == block.causal
        for layer in range(block.layers):
            np.testing.assert_allclose(
                ours.weights(layer, block=name), theirs.weights(layer, block=name), atol=1e-5
            )
            np.testing.assert_allclose(
                ours.keys(layer, 0, block=name), theirs.keys(layer, 0, block=name), atol=1e-4
            )


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.parametrize("cache", ["dynamic", "static", "none"])
def test_stitched_rows_equal_a_full_forward(name, cache):
    model, ids = language_model(name), prompt()
    registry = dict(ALL_ATTENTION_FUNCTIONS)
    options = {
        "dynamic": {},
        "static": {"cache_implementation": "static", "disable_compile": True},
        "none": {"use_cache": False},
    }[cache]
    plain = generate(model, ids, **options)
    with hw.record(model) as rec:
        written = generate(model, ids, **options)
    assert torch.equal(plain, written)
    assert dict(ALL_ATTENTION_FUNCTIONS) == registry
    assert not model._forward_pre_hooks
    trace = rec.trace()
    assert trace.tokens.ids == tuple(written[0, :-1].tolist())
    assert trace.tokens.generated == (False,) * 7 + (True,) * (NEW - 1)
    assert_equal_traces(trace, hw.trace(model, inputs={"input_ids": written[:, :-1]}))
    assert all(record.check < 1e-5 for record in trace.block().records)


@pytest.mark.parametrize("name", ["T5", "BART", "Whisper"])
def test_encoder_and_decoder(name):
    ids = prompt()
    options = {"eos_token_id": None, "max_new_tokens": 5, "min_new_tokens": 5}
    if name == "Whisper":
        model, inputs = whisper()
        with hw.record(model) as rec:
            written = model.generate(inputs, **options, do_sample=False, decoder_start_token_id=1)
        given = {"input_features": inputs}
    else:
        model = language_model(name)
        with hw.record(model) as rec:
            written = generate(model, ids, **options)
        given = {"input_ids": ids}
    trace = rec.trace()
    assert list(trace.blocks) == ["encoder", "decoder", "cross"]
    rows = len(trace.block("decoder").query_tokens)
    whole = hw.trace(model, inputs={**given, "decoder_input_ids": written[:, :rows]})
    assert_equal_traces(trace, whole)
    assert not trace.block("encoder").query_tokens.generated
    assert trace.block("decoder").query_tokens.generated[:2] == (False, True)
    assert trace.block("cross").query_tokens == trace.block("decoder").query_tokens


def whisper():
    torch.manual_seed(0)
    config = BY_NAME["Whisper"].config()
    model = transformers.WhisperForConditionalGeneration(config).eval()
    model.generation_config.update(suppress_tokens=None, begin_suppress_tokens=None)
    return model, torch.randn(1, 8, 24)


def test_labels_come_from_the_tokenizer(make_model, tokenizers):
    tokenizer = tokenizers["byte"]
    model = make_model("gpt2", model_class=transformers.AutoModelForCausalLM)
    ids = tokenizer("The cat is", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        model.lm_head.weight[300:] = 0  # the model's vocabulary is larger than the tokenizer's
    with hw.record(model, tokenizer) as rec:
        generate(model, ids, max_new_tokens=3, min_new_tokens=1)
    tokens = rec.trace().tokens
    assert tokens.labels[: ids.shape[1]] == hw.trace(model, tokenizer, "The cat is").tokens.labels
    assert "generated" in tokens.to_json()
    assert hw.Tokens.from_json(tokens.to_json()).generated == tokens.generated


def test_only_new_keys_are_kept():
    model, ids = language_model("Llama (grouped queries)"), prompt()
    with hw.record(model) as rec:
        generate(model, ids, max_new_tokens=24, min_new_tokens=24)
    record = rec.trace().block().record(0)
    assert record.keys.shape == (2, 30, 6)
    for stream in rec._sink.streams.values():
        assert [keys.shape[1] for keys in stream.keys] == [7, *[1] * 23]
        assert all(keys.base is None for keys in stream.keys)


def test_a_trace_of_a_generation_survives_its_file(tmp_path):
    model, ids = language_model("GPT-2"), prompt()
    with hw.record(model) as rec:
        generate(model, ids)
    rec.trace().save(tmp_path / "x.safetensors")
    back = hw.load(tmp_path / "x.safetensors")
    assert back.tokens == rec.trace().tokens
    np.testing.assert_array_equal(back.weights(1), rec.trace().weights(1))


def test_layers_and_heads():
    model, ids = language_model("Llama (grouped queries)"), prompt()
    with hw.record(model, heads=[(1, 3)], dtype="float16") as rec:
        written = generate(model, ids)
    trace = rec.trace()
    whole = hw.trace(model, inputs={"input_ids": written[:, :-1]})
    np.testing.assert_allclose(trace.weights(1, 3), whole.weights(1, 3), atol=2e-3)
    with pytest.raises(hw.OutOfRange, match="not captured"):
        trace.weights(0, 3)


def test_one_plain_call_and_the_last_of_several():
    model, ids = language_model("GPT-2"), prompt()
    with hw.record(model) as rec:
        model(ids[:, :3])
        model(ids)
    assert_equal_traces(rec.trace(), hw.trace(model, inputs={"input_ids": ids}))


@pytest.mark.parametrize("options", [{"num_beams": 3}, {"num_return_sequences": 2}])
def test_beam_search_is_named(options):
    model, ids = language_model("GPT-2"), prompt()
    sampling = {"do_sample": "num_beams" not in options}
    hooks = len(model._forward_pre_hooks)
    with pytest.raises(hw.BeamSearchUnsupported, match=r"[Bb]eam search"), hw.record(model):
        generate(model, ids, **options, **sampling)
    assert len(model._forward_pre_hooks) == hooks


def test_a_cache_from_before_the_recording():
    model, ids = language_model("GPT-2"), prompt()
    cache = model(ids, use_cache=True).past_key_values
    with pytest.raises(hw.UnsupportedAttention, match="7 tokens where the recording"):  # noqa: SIM117
        with hw.record(model):
            model(ids[:, :1], past_key_values=cache)


def test_nothing_recorded():
    model = language_model("GPT-2")
    with hw.record(model) as rec:
        pass
    with pytest.raises(hw.NoAttentionFound, match="inside the with block"):
        rec.trace()


def test_a_model_outside_the_interface_is_named():
    model, ids = language_model("BLOOM"), prompt()
    with hw.record(model) as rec:
        generate(model, ids, max_new_tokens=2, min_new_tokens=2)
    with pytest.raises(hw.NoAttentionFound, match=r"bloom.*headwise\.trace on"):
        rec.trace()
