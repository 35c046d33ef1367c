"""Where a model's attention knows places from is said with every trace."""

import pytest
from architectures import ALL, BY_NAME, build, inputs_of
from transformers import (
    AutoModelForCausalLM,
    DebertaV2Config,
    DebertaV2Model,
    FalconConfig,
    FalconModel,
    MptConfig,
    MptModel,
)

import headwise as hw
from headwise.capture.position import position_of

pytestmark = pytest.mark.models

TURNED = {
    "ModernBERT",
    "GPT-NeoX",
    "Llama (grouped queries)",
    "Mistral (sliding window)",
    "Mixtral",
    "Qwen2",
    "Qwen3",
    "Gemma 2 (soft cap, sliding window)",
    "Gemma 3 text",
    "Phi-3",
    "Cohere",
    "GPT-OSS (sinks)",
    "OLMo 2",
    "DeepSeek-V3 (latent attention)",
    "DeepSeek-V3.2 (sparse: four keys a query)",
    "Doge",
    "GPT-J",
    "Falcon (rotary, one key head)",
}
EXPECTED = {
    **dict.fromkeys(TURNED, "rotary"),
    **dict.fromkeys(["BLOOM", "MPT", "Falcon (ALiBi)"], "alibi"),
    **dict.fromkeys(["T5", "MPNet", "Swin"], "relative"),
    **dict.fromkeys(["DeBERTa", "DeBERTa-v2", "XLNet", "Funnel"], "disentangled"),
}


def test_the_list_names_architectures_that_there_are():
    assert set(EXPECTED) <= set(BY_NAME)


@pytest.mark.parametrize("name", [architecture.name for architecture in ALL])
def test_every_architecture(name):
    assert position_of(build(BY_NAME[name])) == EXPECTED.get(name, "")


@pytest.mark.parametrize(
    ("model", "config", "expected"),
    [
        (DebertaV2Model, DebertaV2Config(relative_attention=False), ""),
        (MptModel, MptConfig(attn_config={"alibi": False}), ""),
        (FalconModel, FalconConfig(alibi=True), "alibi"),
    ],
)
def test_a_model_can_be_made_without_what_its_kind_has(model, config, expected):
    config.hidden_size = config.d_model = 16
    config.num_hidden_layers = config.n_layers = 1
    config.num_attention_heads = config.n_heads = 2
    config.vocab_size, config.intermediate_size = 50, 16
    assert position_of(model._from_config(config)) == expected


@pytest.mark.parametrize("name", ["Llama (grouped queries)", "GPT-2", "T5", "BLOOM", "DeBERTa-v2"])
def test_a_trace_says_it_and_keeps_it_in_a_file(name, tmp_path):
    trace = hw.trace(build(BY_NAME[name]), inputs=inputs_of(BY_NAME[name]), progress=False)[0]
    assert trace.meta["position"] == EXPECTED.get(name, "")
    trace.save(tmp_path / "trace.safetensors")
    assert hw.load(tmp_path / "trace.safetensors").meta["position"] == trace.meta["position"]


def test_a_recorded_generation_says_it(make_model, tokenizers):
    tokenizer = tokenizers["metaspace"]
    model = make_model("llama", model_class=AutoModelForCausalLM)
    with hw.record(model, tokenizer) as recording:
        model.generate(**tokenizer("The cat", return_tensors="pt"), max_new_tokens=2)
    assert recording.trace().meta["position"] == "rotary"
