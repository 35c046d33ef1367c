"""Ranking heads, saliency and faithfulness, against the same thing done by hand."""

import numpy as np
import pytest
import torch
import transformers
from live_models import left_behind, live_model, live_tokenizer
from scipy.special import logsumexp

import headwise as hw

pytestmark = pytest.mark.models

TEXTS = ["The cat is very sad.", "Because it could not find food to eat."]


def log_probabilities(model, **inputs):
    with torch.no_grad():
        logits = model(**inputs).logits[0].double().numpy()
    return logits - logsumexp(logits, axis=-1, keepdims=True)


def without_head(layer, head):
    """The tiny GPT-2 with the rows of one head's output projection at zero."""
    model = live_model("gpt2")
    with torch.no_grad():
        model.transformer.h[layer].attn.c_proj.weight[6 * head : 6 * head + 6] = 0
    return model


def test_a_head_costs_what_zeroing_it_by_hand_costs():
    model, tokenizer = live_model("gpt2"), live_tokenizer("gpt2")
    table = hw.ablation_scores(model, tokenizer, TEXTS, progress=False, batch_size=5)
    assert table.index.names == ["layer", "head"]
    assert len(table) == 12
    assert (np.diff(table.loss) <= 0).all()
    assert (table.texts == 2).all()
    for layer, head in [(0, 0), (1, 2), (2, 3)]:
        rises, divergences = [], []
        for text in TEXTS:
            inputs = tokenizer(text, return_tensors="pt")
            gold = inputs["input_ids"][0, 1:].numpy()
            before = log_probabilities(model, **inputs)[:-1]
            after = log_probabilities(without_head(layer, head), **inputs)[:-1]
            rows = np.arange(len(gold))
            rises.append((before[rows, gold] - after[rows, gold]).mean())
            divergences.append((np.exp(before) * (before - after)).sum(-1).mean())
        row = table.loc[(layer, head)]
        assert row.loss == pytest.approx(np.mean(rises), abs=1e-5)
        assert row.loss_se == pytest.approx(np.std(rises, ddof=1) / np.sqrt(2), abs=1e-5)
        assert row.kl == pytest.approx(np.mean(divergences), abs=1e-5)
        assert abs(row.loss) > 1e-4


def test_the_mean_is_that_of_all_tokens_of_all_texts():
    model, tokenizer = copying_model(), live_tokenizer("gpt2")
    projection = model.transformer.h[0].attn.c_proj
    seen = []

    def keep(_, arguments):
        seen.append(arguments[0][0, :, 6:12])

    handle = projection.register_forward_pre_hook(keep)
    encoded = [tokenizer(text, return_tensors="pt") for text in TEXTS]
    before = [log_probabilities(model, **inputs) for inputs in encoded]
    handle.remove()
    mean = torch.cat(seen).mean(0)

    def average(_, arguments):
        given = arguments[0].clone()
        given[..., 6:12] = mean
        return (given,)

    handle = projection.register_forward_pre_hook(average)
    after = [log_probabilities(model, **inputs) for inputs in encoded]
    handle.remove()
    wanted = np.mean(
        [
            (np.exp(one[:-1]) * (one[:-1] - other[:-1])).sum(-1).mean()
            for one, other in zip(before, after, strict=True)
        ]
    )
    table = hw.ablation_scores(model, tokenizer, TEXTS, heads=[(0, 1)], ablation="mean")
    assert table.loc[(0, 1), "kl"] == pytest.approx(wanted, rel=1e-3)
    assert wanted > 1e-4


@pytest.mark.parametrize("name", ["bert", "tags", "classes", "t5"])
def test_models_of_every_kind_are_ranked_and_stay(name):
    model, tokenizer = live_model(name), live_tokenizer(name)
    before = left_behind(model)
    more = {"targets": TEXTS[::-1], "block": "cross"} if name == "t5" else {}
    table = hw.ablation_scores(model, tokenizer, TEXTS, progress=False, **more)
    assert left_behind(model) == before
    assert len(table) == (8 if name == "t5" else 12)
    assert (table.kl >= 0).all()
    assert table.kl.max() > 1e-4
    assert np.isfinite(table[["loss", "loss_se", "kl", "kl_se"]].to_numpy()).all()
    again = hw.ablation_scores(model, tokenizer, TEXTS, progress=False, batch_size=1, **more)
    np.testing.assert_allclose(
        again.sort_index().loss, table.sort_index().loss, rtol=1e-4, atol=1e-5
    )


def test_labels_are_names_or_numbers():
    model, tokenizer = live_model("classes"), live_tokenizer("classes")
    by_name = hw.ablation_scores(model, tokenizer, TEXTS, labels=["left", "none"])
    by_number = hw.ablation_scores(model, tokenizer, TEXTS, labels=[0, 2])
    np.testing.assert_array_equal(by_name.loss, by_number.loss)
    said = hw.ablation_scores(model, tokenizer, TEXTS)
    assert np.abs(said.sort_index().loss - by_name.sort_index().loss).max() > 1e-4


def test_gradient_times_input_is_that_of_a_graph_by_hand():
    model, tokenizer = live_model("bert"), live_tokenizer("bert")
    table = hw.saliency(model, tokenizer, TEXTS[0], masked=[2])
    inputs = tokenizer(TEXTS[0], return_tensors="pt")
    inputs["input_ids"][0, 2] = tokenizer.mask_token_id
    vectors = model.get_input_embeddings()(inputs.pop("input_ids")).detach().requires_grad_()
    logs = model(inputs_embeds=vectors, **inputs).logits[0, 2].log_softmax(-1)
    logs.max().backward()
    wanted = (vectors.grad * vectors).sum(-1)[0].detach().numpy()
    np.testing.assert_allclose(table.saliency, wanted, rtol=1e-3, atol=1e-5)
    assert table.attrs["about"] == 2
    assert table.label[2] == "[MASK]"
    assert np.abs(wanted).max() > 1e-3


@pytest.mark.parametrize("method", ["gradient", "values"])
def test_a_mask_that_was_typed_is_explained(method):
    model, tokenizer = live_model("bert"), live_tokenizer("bert")
    typed = TEXTS[0].replace("cat", tokenizer.mask_token)
    table = hw.saliency(model, tokenizer, typed, method=method)
    assert table.attrs["about"] == 2
    assert table.label[2] == "[MASK]"
    wanted = hw.saliency(model, tokenizer, TEXTS[0], masked=[2], method=method)
    np.testing.assert_array_equal(table.saliency, wanted.saliency)
    assert hw.saliency(model, tokenizer, typed, masked=[4], method=method).attrs["about"] == 4
    assert hw.saliency(model, tokenizer, TEXTS[0], method=method).attrs["about"] == 1
    assert hw.saliency(model, tokenizer, "[MASK]", method=method).attrs["about"] == 1


def test_gradients_of_a_causal_model_do_not_come_from_later_tokens():
    model, tokenizer = live_model("gpt2"), live_tokenizer("gpt2")
    shares = hw.saliency(model, tokenizer, TEXTS[0], about=1).saliency
    assert (shares[2:] == 0).all()
    assert (shares[:2] != 0).all()


def test_gradients_that_were_there_stay():
    model, tokenizer = live_model("t5"), live_tokenizer("t5")
    ids = tokenizer(TEXTS[0], return_tensors="pt")["input_ids"]
    model(input_ids=ids, labels=ids).loss.backward()
    before = [parameter.grad.clone() for parameter in model.parameters()]
    table = hw.saliency(model, tokenizer, TEXTS[0], target=TEXTS[1])
    assert len(table) == 8
    assert table.saliency.abs().max() > 0
    after = [parameter.grad for parameter in model.parameters()]
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("name", ["bert", "gpt2", "albert"])
def test_value_zeroing_is_a_layer_run_again_with_a_value_at_zero(name):
    """One layer, so that nothing is joined; the values are zeroed by a hook on their layer."""
    torch.manual_seed(2)
    config = live_model(name).config
    config.num_hidden_layers = 1
    model = type(live_model(name))._from_config(config).eval()
    tokenizer = live_tokenizer(name)
    values = {
        "bert": lambda: (model.bert.encoder.layer[0].attention.self.value, 0),
        "gpt2": lambda: (model.transformer.h[0].attn.c_attn, 48),
        "albert": lambda: (
            model.albert.encoder.albert_layer_groups[0].albert_layers[0].attention.value,
            0,
        ),
    }[name]()
    block = {
        "bert": lambda: model.bert.encoder.layer[0],
        "gpt2": lambda: model.transformer.h[0],
        "albert": lambda: model.albert.encoder.albert_layer_groups[0].albert_layers[0],
    }[name]()
    inputs = tokenizer(TEXTS[0], return_tensors="pt")
    count = inputs["input_ids"].shape[1]
    outputs = []

    def keep(_module, _arguments, output):
        outputs.append(output[0] if isinstance(output, tuple) else output)

    block.register_forward_hook(keep)
    module, start = values
    with torch.no_grad():
        model(**inputs)
        for token in range(count):

            def zero(_module, _arguments, output, token=token):
                output = output.clone()
                output[:, token, start:] = 0
                return output

            handle = module.register_forward_hook(zero)
            model(**inputs)
            handle.remove()
    plain, *moved = (output[0].double() for output in outputs)
    about = 3
    distances = np.array(
        [1 - float(torch.cosine_similarity(plain[about], one[about], dim=0)) for one in moved]
    )
    table = hw.saliency(model, tokenizer, TEXTS[0], method="values", about=about)
    np.testing.assert_allclose(table.saliency, distances / distances.sum(), rtol=1e-3, atol=1e-6)
    assert table.saliency.sum() == pytest.approx(1)
    if name == "gpt2":
        assert (table.saliency[about + 1 :] < 1e-9).all()


def test_value_zeroing_needs_one_stack():
    with pytest.raises(hw.UnsupportedAttention, match="encoder, decoder, cross"):
        hw.saliency(live_model("t5"), live_tokenizer("t5"), TEXTS[0], method="values")


def copying_model():
    """One layer, one head of which only the first looks anywhere in particular."""
    config = transformers.GPT2Config(vocab_size=400, n_embd=24, n_layer=1, n_head=4, n_positions=64)
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(config).eval()
    attention = model.transformer.h[0].attn
    with torch.no_grad():
        attention.c_attn.weight.normal_(std=1.0)
        attention.c_attn.weight[:, 6:12] = 0  # head 1: every key alike
        attention.c_attn.weight[:, 48 + 12 : 48 + 18] = 0  # head 2: no values
        attention.c_proj.weight.normal_(std=1.0)
    return model


def test_faithfulness_knows_heads_whose_weights_do_not_matter():
    model, tokenizer = copying_model(), live_tokenizer("gpt2")
    before = left_behind(model)
    table = hw.faithfulness(model, tokenizer, TEXTS, permutations=4, progress=False)
    assert left_behind(model) == before
    assert set(table.columns) == {
        *("permutation", "permutation_se", "uniform", "uniform_se"),
        *("removed", "removed_se", "texts"),
    }
    # Head 1 is uniform already, head 2 carries nothing.
    assert table.loc[(0, 1), ["permutation", "uniform"]].max() < 1e-5
    assert table.loc[(0, 1), "removed"] > 0.01
    assert table.loc[(0, 2), ["permutation", "uniform", "removed"]].max() < 1e-5
    for head in (0, 3):
        assert table.loc[(0, head), ["permutation", "uniform", "removed"]].min() > 0.01
    assert (np.diff(table.permutation) <= 0).all()


def test_uniform_attention_is_a_head_whose_queries_are_zero():
    model, tokenizer = copying_model(), live_tokenizer("gpt2")
    table = hw.faithfulness(model, tokenizer, TEXTS[:1], heads=[(0, 3)], permutations=1)
    inputs = tokenizer(TEXTS[0], return_tensors="pt")
    before = np.exp(log_probabilities(model, **inputs))[:-1]
    with torch.no_grad():
        model.transformer.h[0].attn.c_attn.weight[:, 18:24] = 0
        model.transformer.h[0].attn.c_attn.bias[18:24] = 0
    after = np.exp(log_probabilities(model, **inputs))[:-1]
    wanted = 0.5 * np.abs(before - after).sum(-1).mean()
    assert table.loc[(0, 3), "uniform"] == pytest.approx(wanted, abs=1e-5)
    assert np.isnan(table.loc[(0, 3), "uniform_se"])


def test_grouped_heads_take_their_own_values():
    """Llama: two key heads for four; the permuted head's output is made from its group's values."""
    model, tokenizer = live_model("llama"), live_tokenizer("llama")
    table = hw.faithfulness(model, tokenizer, TEXTS[:1], heads=[(2, 3)], permutations=1)
    removed = hw.ask(model, tokenizer, TEXTS[0], ablated=[(2, 3)], top=400)
    plain = removed.plain.predictions
    assert plain.kind == "next"
    inputs = tokenizer(TEXTS[0], return_tensors="pt")
    before = np.exp(log_probabilities(model, **inputs))[:-1]
    with torch.no_grad():
        model.model.layers[2].self_attn.o_proj.weight[:, 18:24] = 0
    after = np.exp(log_probabilities(model, **inputs))[:-1]
    wanted = 0.5 * np.abs(before - after).sum(-1).mean()
    assert table.loc[(2, 3), "removed"] == pytest.approx(wanted, abs=1e-5)
    assert table.loc[(2, 3), "uniform"] > 1e-4


def test_what_cannot_be_scored_is_named():
    gpt2, pieces = live_model("gpt2"), live_tokenizer("gpt2")
    t5, words = live_model("t5"), live_tokenizer("t5")
    classes = live_model("classes")
    for match, arguments, options in (
        ("texts must be several", (gpt2, pieces, TEXTS[0]), {}),
        ("texts is empty", (gpt2, pieces, []), {}),
        ("2 texts came with 1 targets", (t5, words, TEXTS), {"targets": TEXTS[:1]}),
        ("scored on targets", (t5, words, TEXTS), {}),
        ("labels are for a classifier", (gpt2, pieces, TEXTS), {"labels": [0, 1]}),
        ("'left', 'right', 'none'", (classes, words, TEXTS), {"labels": ["left", "up"]}),
        ("mask_share", (gpt2, pieces, TEXTS), {"mask_share": 0}),
        ("batch_size", (gpt2, pieces, TEXTS), {"batch_size": 0}),
        ("ablation must be", (gpt2, pieces, TEXTS), {"ablation": "noise"}),
        ("no text has anything to score", (gpt2, pieces, ["c"]), {}),
        ("heads is empty", (gpt2, pieces, TEXTS), {"heads": []}),
    ):
        with pytest.raises(hw.InputError, match=match):
            hw.ablation_scores(*arguments, **options)
    with pytest.raises(hw.OutOfRange, match="head 4"):
        hw.ablation_scores(gpt2, pieces, TEXTS, heads=[(0, 4)])
    with pytest.raises(hw.InputError, match="permutations"):
        hw.faithfulness(gpt2, pieces, TEXTS, permutations=0)
