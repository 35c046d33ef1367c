"""Weights against the model's own, and the model as it was, over tiny architectures."""

import numpy as np
import pytest
import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

import headwise as hw

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."
WITH_HEAD = {
    "bert": transformers.AutoModelForMaskedLM,
    "roberta": transformers.AutoModelForMaskedLM,
    "distilbert": transformers.AutoModelForMaskedLM,
    "albert": transformers.AutoModelForMaskedLM,
    "gpt2": transformers.AutoModelForCausalLM,
    "llama": transformers.AutoModelForCausalLM,
}


def state(model):
    """Everything a capture might have left behind."""
    return {
        "registry": dict(ALL_ATTENTION_FUNCTIONS),
        "implementations": [
            getattr(getattr(module, "config", None), "_attn_implementation", None)
            for module in model.modules()
        ],
        "training": [module.training for module in model.modules()],
        "attributes": [sorted(vars(module)) for module in model.modules()],
        "hooks": [len(module._forward_hooks) for module in model.modules()],
        "grad": torch.is_grad_enabled(),
    }


def eager_attentions(model, inputs):
    """Run a copy of the model under eager attention and return its weights (L, H, N, N)."""
    copy = type(model)._from_config(model.config, attn_implementation="eager")
    copy.load_state_dict(model.state_dict())
    with torch.no_grad():
        attentions = copy.eval()(**inputs, output_attentions=True).attentions
    return torch.cat(attentions).numpy()


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("pair", [None, PAIR], ids=["text", "pair"])
def test_weights_equal_the_models_own(make_model, architecture, tokenizer, implementation, pair):
    model = make_model(architecture, implementation=implementation)
    inputs = tokenizer(TEXT, pair, return_tensors="pt")
    trace = hw.trace(model, tokenizer, TEXT, pair)
    own = eager_attentions(model, inputs)
    ours = np.stack([trace.weights(layer) for layer in range(trace.layers)])
    assert ours.shape == own.shape == (3, 4, len(trace.tokens), len(trace.tokens))
    assert own.max() > 0.5
    np.testing.assert_allclose(ours, own, rtol=0, atol=1e-5)
    assert max(record.check for record in trace.block().records) < 1e-5


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_the_model_is_as_it_was(make_model, architecture, tokenizer, implementation):
    model = make_model(architecture, implementation=implementation)
    inputs = tokenizer(TEXT, return_tensors="pt")
    before, outputs = state(model), model(**inputs).last_hidden_state
    hw.trace(model, tokenizer, TEXT, PAIR)
    assert state(model) == before
    assert torch.equal(model(**inputs).last_hidden_state, outputs)


def test_the_model_is_as_it_was_when_its_forward_raises(make_model, architecture, tokenizer):
    model = make_model(architecture)
    inputs = tokenizer(TEXT, return_tensors="pt")
    outputs = model(**inputs).last_hidden_state

    def refuse(*_):
        raise RuntimeError("out of memory")

    last = [module for module in model.modules() if isinstance(module, torch.nn.LayerNorm)]
    handle = (last or list(model.modules()))[-1].register_forward_hook(refuse)
    before = state(model)
    with pytest.raises(RuntimeError, match="out of memory"):
        hw.trace(model, tokenizer, TEXT)
    assert state(model) == before
    handle.remove()
    assert torch.equal(model(**inputs).last_hidden_state, outputs)


def test_a_model_with_a_head_gives_the_same_and_its_head_does_not_run(
    make_model, architecture, tokenizer
):
    model = make_model(architecture, model_class=WITH_HEAD[architecture])
    ran = []
    model.register_forward_hook(lambda *_: ran.append(True))
    trace = hw.trace(model, tokenizer, TEXT)
    assert not ran
    own = eager_attentions(model, tokenizer(TEXT, return_tensors="pt"))
    for layer in range(trace.layers):
        np.testing.assert_allclose(trace.weights(layer), own[layer], rtol=0, atol=1e-5)


def test_block_name_and_records(make_model, architecture, tokenizer):
    trace = hw.trace(make_model(architecture), tokenizer, TEXT)
    causal = architecture in ("gpt2", "llama")
    assert trace.default_block == ("decoder" if causal else "encoder")
    assert trace.causal is causal
    assert trace.block().record(0).key_heads == (2 if architecture == "llama" else 4)
    assert trace.meta["model_type"] == architecture
    assert trace.meta["implementation"] == "sdpa"
    assert trace.meta["torch"] == torch.__version__
    modules = [record.module for record in trace.block().records]
    assert len(set(modules)) == (1 if architecture == "albert" else 3)


def test_upper_triangle_of_a_causal_model_is_zero(make_model, tokenizers):
    weights = hw.trace(make_model("gpt2"), tokenizers["byte"], TEXT).weights(0)
    assert not np.triu(weights, 1).any()


@pytest.mark.parametrize("name", ["bert", "llama"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_float_types_are_kept_as_float32(make_model, tokenizers, name, dtype):
    tokenizer = tokenizers["wordpiece" if name == "bert" else "metaspace"]
    model = make_model(name).to(dtype)
    trace = hw.trace(model, tokenizer, TEXT)
    assert next(model.parameters()).dtype == dtype
    assert trace.queries(0, 0).dtype == np.float32
    np.testing.assert_allclose(trace.weights(1).sum(axis=-1), 1, atol=1e-5)


def test_records_do_not_hold_the_storage_of_the_fused_projection(make_model, tokenizers):
    record = hw.trace(make_model("gpt2"), tokenizers["byte"], TEXT).block().record(0)
    assert record.queries.base is None or record.queries.base.nbytes == record.queries.nbytes
    assert record.keys.base is None or record.keys.base.nbytes == record.keys.nbytes


def test_a_trace_survives_its_file(make_model, tokenizers, tmp_path):
    trace = hw.trace(make_model("llama"), tokenizers["metaspace"], TEXT, PAIR)
    trace.save(tmp_path / "x.safetensors")
    back = hw.load(tmp_path / "x.safetensors")
    assert back.tokens == trace.tokens
    np.testing.assert_array_equal(back.weights(2), trace.weights(2))


def test_gradient_mode_and_inference_mode(make_model, tokenizers):
    model, tokenizer = make_model("bert"), tokenizers["wordpiece"]
    with torch.inference_mode():
        inside = hw.trace(model, tokenizer, TEXT)
    assert torch.is_grad_enabled()
    np.testing.assert_array_equal(inside.weights(0), hw.trace(model, tokenizer, TEXT).weights(0))


def test_training_flag_without_dropout_is_kept(make_model, tokenizers):
    model = make_model("llama").train()
    hw.trace(model, tokenizers["metaspace"], TEXT)
    assert all(module.training for module in model.modules())


def test_a_text_of_one_token(make_model, tokenizers):
    trace = hw.trace(make_model("gpt2"), tokenizers["byte"], "a")
    assert trace.default_block == "decoder"
    np.testing.assert_array_equal(trace.weights(0), np.ones((4, 1, 1)))


@pytest.mark.parametrize("extra", [{"scale_attn_by_inverse_layer_idx": True}, {"n_layer": 1}])
def test_gpt2_variants(configs, tokenizers, extra):
    config = configs["gpt2"]()
    config.update(extra)
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(config).eval()
    tokenizer = tokenizers["byte"]
    own = eager_attentions(model, tokenizer(TEXT, return_tensors="pt"))
    trace = hw.trace(model, tokenizer, TEXT)
    for layer in range(trace.layers):
        np.testing.assert_allclose(trace.weights(layer), own[layer], rtol=0, atol=1e-5)


def test_gpt2_with_reordered_attention(configs, tokenizers):
    config = configs["gpt2"]()
    config.reorder_and_upcast_attn = True
    tokenizer = tokenizers["byte"]
    model = transformers.AutoModel.from_config(config, attn_implementation="eager").eval()
    past_the_interface = hw.trace(model, tokenizer, TEXT)
    model.set_attn_implementation("sdpa")
    through_it = hw.trace(model, tokenizer, TEXT)
    for layer in range(3):
        np.testing.assert_allclose(
            past_the_interface.weights(layer), through_it.weights(layer), atol=1e-6
        )


def test_flex_attention_is_refused_with_the_model_and_the_way_out(make_model, tokenizers):
    model = make_model("bert")
    model.set_attn_implementation("flex_attention")
    said = r"layer\.0.* of this bert model uses .*set_attn_implementation\('sdpa'\)"
    with pytest.raises(hw.UnsupportedAttention, match=said):
        hw.trace(model, tokenizers["wordpiece"], TEXT)


def test_a_compiled_model_is_read_as_it_was_written(make_model, tokenizers):
    model = make_model("bert")
    compiled = torch.compile(model, backend="eager")
    tokenizer = tokenizers["wordpiece"]
    compiled(**tokenizer(TEXT, return_tensors="pt"))
    trace = hw.trace(compiled, tokenizer, TEXT)
    np.testing.assert_allclose(
        trace.weights(2), hw.trace(model, tokenizer, TEXT).weights(2), atol=1e-6
    )
    assert "_orig_mod" not in trace.block().record(0).module
