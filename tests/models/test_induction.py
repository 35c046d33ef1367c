"""Scores of induction heads: planted in arrays, on tiny models, and a head that is known."""

import warnings

import numpy as np
import pytest
import torch
import transformers

import headwise as hw
from headwise.capture.direct import Direct, direct_parts
from headwise.metrics.induction import copying_ratios, random_blocks

pytestmark = pytest.mark.models

SHORT = {"length": 5, "repeats": 3, "examples": 3, "progress": False}


@pytest.fixture
def llama(make_model, tokenizers):
    model = make_model("llama", model_class=transformers.AutoModelForCausalLM)
    return model, tokenizers["metaspace"]


@pytest.fixture
def gpt2(make_model, tokenizers):
    return make_model("gpt2", model_class=transformers.AutoModelForCausalLM), tokenizers["byte"]


@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_the_parts_of_all_heads_add_up_to_the_logits(request, name):
    """The logits are linear in what heads write once the last norm is held: take one head off."""
    model, _ = request.getfixturevalue(name)
    model.double()
    ids = torch.tensor([[5, 9, 60, 7, 33, 12]])
    found = direct_parts(model, {"input_ids": ids})
    assert isinstance(found, Direct)
    core = model.model if name == "llama" else model.transformer
    layers = core.layers if name == "llama" else core.h
    last = layers[-1].self_attn.o_proj if name == "llama" else layers[-1].attn.c_proj
    feed = layers[-1].mlp
    norm = core.norm if name == "llama" else core.ln_f
    head, size, kept = 2, 6, {}

    # With the last feed-forward layer and the norm's divisor held, the rest is one product.
    def keep(module, arguments, output):
        kept[module] = (arguments[0], output)

    handles = [module.register_forward_hook(keep) for module in (last, feed, norm)]
    with torch.no_grad():
        before = model(ids).logits[0]
    for handle in handles:
        handle.remove()
    given, _ = kept[last]
    part = torch.zeros_like(given)
    part[..., head * size : (head + 1) * size] = given[..., head * size : (head + 1) * size]
    weight = last.weight.T if name == "llama" else last.weight
    written = part[0].double() @ weight
    stream = kept[norm][0][0]
    if name == "llama":
        scale = (stream.square().mean(-1, keepdim=True) + norm.variance_epsilon).sqrt()
        read = written / scale * norm.weight
    else:
        scale = (stream.var(-1, unbiased=False, keepdim=True) + norm.eps).sqrt()
        read = (written - written.mean(-1, keepdim=True)) / scale * norm.weight
    logits = (read @ model.lm_head.weight.T).detach()
    assert logits.shape == before.shape
    expected = (logits - logits.mean(dim=1, keepdim=True))[:, ids[0]] * scale.detach()
    ours = found.rises(len(layers) - 1, ids[0])[head]
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


def test_tables_of_tiny_models(llama, gpt2):
    for model, tokenizer in (llama, gpt2):
        with warnings.catch_warnings():
            warnings.simplefilter("error", hw.HeadwiseWarning)
            table = hw.induction_scores(model, tokenizer, **SHORT)
        assert table.index.names == ["layer", "head"]
        assert len(table) == 12
        assert table["examples"].tolist() == [3] * 12
        assert table.attrs["block"] == "decoder"
        assert table["prefix_matching"].between(0, 1).all()
        assert table["copying"].between(-1, 1).all()
        assert (table["copying_se"] > 0).any()
        assert not any(module._forward_hooks for module in model.modules())
        again = hw.induction_scores(model, tokenizer, **SHORT)
        np.testing.assert_array_equal(table, again)
        other = hw.induction_scores(model, tokenizer, **{**SHORT, "seed": 1})
        assert (table["prefix_matching"] != other["prefix_matching"]).any()


def test_the_sequence_is_the_one_that_was_asked_for(gpt2, monkeypatch):
    seen = []
    real = hw.capture.induction.trace

    def watch(*given, **more):
        seen.append(more["inputs"]["input_ids"][0].tolist())
        return real(*given, **more)

    monkeypatch.setattr(hw.capture.induction, "trace", watch)
    hw.induction_scores(*gpt2, **SHORT)
    repeated, single = seen[0], seen[1]
    assert repeated[-15:] == repeated[-5:] * 3
    assert len(set(repeated[-5:])) == 5
    assert single[-5:] == repeated[-5:]
    assert not set(repeated[-15:]) & set(gpt2[1].all_special_ids)


def test_prefix_matching_is_a_sum_over_the_earlier_repeats(llama):
    """Against the model's own eager weights, cell by cell."""
    model, tokenizer = llama
    table = hw.induction_scores(model, tokenizer, length=4, repeats=3, examples=1, progress=False)
    vocabulary = [
        number for number in range(len(tokenizer)) if number not in tokenizer.all_special_ids
    ]
    drawn = random_blocks(np.array(vocabulary), length=4, examples=1, seed=0)[0].tolist()
    front = [1]
    model.set_attn_implementation("eager")
    with torch.no_grad():
        own = model(torch.tensor([front + drawn * 3]), output_attentions=True).attentions
    found = []
    for query in range(1 + 4, 1 + 12):
        keys = [query - back + 1 for back in (4, 8) if query - back >= 1]
        found.append(torch.stack([layer[0, :, query, keys].sum(dim=1) for layer in own]))
    expected = torch.stack(found).mean(dim=0).reshape(-1)
    np.testing.assert_allclose(table["prefix_matching"], expected, atol=1e-5)


def test_models_without_a_direct_path_have_no_copying_score(make_model, tokenizers):
    model = make_model("bert", model_class=transformers.AutoModelForMaskedLM)
    with pytest.warns(hw.HeadwiseWarning, match=r"copying is not defined .* BertForMaskedLM"):
        table = hw.induction_scores(model, tokenizers["wordpiece"], **SHORT)
    assert table[["copying", "copying_se"]].isna().all(axis=None)
    assert table["prefix_matching"].notna().all()
    with pytest.warns(hw.HeadwiseWarning, match="no linear layer"):
        hw.induction_scores(make_model("gpt2"), tokenizers["byte"], **SHORT)


def test_factors_on_the_stream_are_seen(tokenizers):
    torch.manual_seed(0)
    config = transformers.GraniteConfig(
        vocab_size=400, hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, intermediate_size=40, residual_multiplier=0.5,
    )  # fmt: skip
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with pytest.warns(hw.HeadwiseWarning, match="do not add what a head writes"):
        hw.induction_scores(model, tokenizers["metaspace"], **SHORT)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length": 2}, "length must be 3"),
        ({"repeats": 1}, "repeats 2"),
        ({"examples": 0}, "examples 1"),
        ({"length": 100_000}, "fewer than length=100000"),
        ({"length": 60}, "64 positions"),
    ],
)
def test_numbers_that_cannot_be_used(gpt2, wrong, message):
    with pytest.raises(hw.InputError, match=message):
        hw.induction_scores(*gpt2, **{**SHORT, **wrong})


def test_copying_by_value():
    weights = np.zeros((3, 4, 4), np.float32)
    weights[:, :, 1] = 1
    rises = np.full((3, 4, 4), -1, np.float32)
    rises[0, :, 1] = 2  # raises what it looks at, nothing else
    rises[1] = 1  # raises all alike
    rises[2, :, 3] = 5  # raises another one
    assert copying_ratios(rises, weights).tolist() == [1, -0.5, -1]
    assert np.isnan(copying_ratios(-np.ones((1, 4, 4), np.float32), weights[:1])).all()


@pytest.mark.slow
def test_the_induction_head_of_smollm2(zoo):
    model, tokenizer = zoo.smollm2()
    table = hw.induction_scores(model, tokenizer, examples=4, progress=False)
    found = table.loc[(18, 6)]
    assert found["prefix_matching"] > 0.8
    assert found["duplicate"] < 0.1
    assert table["prefix_matching"].idxmax() == (18, 6)
    # Its direct path copies nothing: it is at what a head has that raises all alike, 2 / 25 - 1.
    assert abs(found["copying"] - (2 / 25 - 1)) < 0.1
    assert table["copying"].max() > -0.8
