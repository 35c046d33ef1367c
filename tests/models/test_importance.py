"""Importance of heads: equal to finite differences of a mask, and the model as it was."""

import numpy as np
import pytest
import torch
import transformers

import headwise as hw

pytestmark = pytest.mark.models

TEXTS = ["The cat is very sad.", "Because it could not find food to eat."]
STEP = 1e-5


@pytest.fixture
def bert(make_model, tokenizers):
    model = make_model("bert", model_class=transformers.AutoModelForSequenceClassification)
    return model.double(), tokenizers["wordpiece"]


@pytest.fixture
def gpt2(make_model, tokenizers):
    model = make_model("gpt2", model_class=transformers.AutoModelForCausalLM)
    return model.double(), tokenizers["byte"]


def masked_loss(projection, head, factor, size, loss):
    """The loss with what one head hands to the output projection multiplied by a factor."""

    def scale(_, arguments):
        changed = arguments[0].clone()
        changed[..., head * size : (head + 1) * size] *= factor
        return (changed,)

    handle = projection.register_forward_pre_hook(scale)
    try:
        with torch.no_grad():
            return loss()
    finally:
        handle.remove()


def slopes(projections, heads, size, loss):
    return np.array(
        [
            (
                masked_loss(projection, head, 1 + STEP, size, loss)
                - masked_loss(projection, head, 1 - STEP, size, loss)
            )
            / (2 * STEP)
            for projection in projections
            for head in range(heads)
        ]
    )


def test_classification_is_the_derivative_of_a_mask(bert):
    model, tokenizer = bert
    labels = [1, 0]
    found = hw.head_importance(model, tokenizer, TEXTS, labels)
    projections = [layer.attention.output.dense for layer in model.bert.encoder.layer]
    expected = []
    for text, label in zip(TEXTS, labels, strict=True):
        inputs = tokenizer(text, return_tensors="pt")

        def loss(inputs=inputs, label=label):
            return model(**inputs, labels=torch.tensor([label])).loss.item()

        expected.append(slopes(projections, 4, 6, loss))
    expected = np.array(expected)
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found["slope"], expected.mean(axis=0), rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(
        found["importance"], np.abs(expected).mean(axis=0), rtol=1e-4, atol=1e-8
    )
    sizes = found["importance"].to_numpy().reshape(3, 4)
    unit = sizes / np.linalg.norm(sizes, axis=1, keepdims=True)
    np.testing.assert_allclose(found["normalised"], unit.reshape(-1))
    assert found.index.names == ["layer", "head"]
    assert found["texts"].tolist() == [2] * 12


def test_next_token_is_the_derivative_of_a_mask_text_by_text(gpt2):
    model, tokenizer = gpt2
    found = hw.head_importance(model, tokenizer, TEXTS, batch_size=1)
    projections = [layer.attn.c_proj for layer in model.transformer.h]
    expected = []
    for text in TEXTS:
        inputs = tokenizer(text, return_tensors="pt")

        def loss(inputs=inputs):
            logits = model(**inputs).logits[0, :-1]
            return torch.nn.functional.cross_entropy(logits, inputs["input_ids"][0, 1:]).item()

        expected.append(slopes(projections, 4, 6, loss))
    np.testing.assert_allclose(
        found["importance"], np.abs(expected).mean(axis=0), rtol=1e-4, atol=1e-8
    )
    np.testing.assert_allclose(
        found["importance_se"], np.std(np.abs(expected), axis=0, ddof=1) / 2**0.5, rtol=1e-3
    )


def test_padding_changes_nothing(bert):
    model, tokenizer = bert
    together = hw.head_importance(model, tokenizer, TEXTS, [1, 0])
    alone = hw.head_importance(model, tokenizer, TEXTS, [1, 0], batch_size=1)
    np.testing.assert_allclose(together, alone, rtol=1e-6, atol=1e-10)


def test_masked_tokens_are_seeded_and_asked_for(make_model, tokenizers):
    model = make_model("bert", model_class=transformers.AutoModelForMaskedLM)
    first = hw.head_importance(model, tokenizers["wordpiece"], TEXTS, seed=3)
    again = hw.head_importance(model, tokenizers["wordpiece"], TEXTS, seed=3)
    np.testing.assert_array_equal(first["slope"], again["slope"])
    others = [
        hw.head_importance(model, tokenizers["wordpiece"], TEXTS, seed=seed)["slope"]
        for seed in range(4, 8)
    ]
    assert any((first["slope"] != other).any() for other in others)


def test_an_own_loss(bert):
    model, tokenizer = bert
    found = hw.head_importance(
        model, tokenizer, TEXTS, loss=lambda outputs, _: outputs.logits[:, 1]
    )
    other = hw.head_importance(
        model, tokenizer, TEXTS, loss=lambda outputs, _: -2 * outputs.logits[:, 1]
    )
    np.testing.assert_allclose(other["slope"], -2 * found["slope"], rtol=1e-9)
    assert found["importance"].max() > 0


def test_frozen_parameters_are_no_obstacle(bert):
    model, tokenizer = bert
    before = hw.head_importance(model, tokenizer, TEXTS, [1, 0])
    model.requires_grad_(requires_grad=False)
    after = hw.head_importance(model, tokenizer, TEXTS, [1, 0])
    np.testing.assert_allclose(after, before)
    assert not any(parameter.requires_grad for parameter in model.parameters())


def state(model):
    return (
        [module.training for module in model.modules()],
        [parameter.requires_grad for parameter in model.parameters()],
        [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
        [parameter.grad for parameter in model.parameters()],
    )


def test_the_model_is_as_it_was(bert):
    model, tokenizer = bert
    model.train()
    model.bert.encoder.layer[1].eval()
    before = state(model)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    hw.head_importance(model, tokenizer, TEXTS, [0, 1])
    assert state(model) == before
    assert before[3] == [None] * len(before[3])
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())


def test_the_model_is_as_it_was_when_it_raises(bert):
    model, tokenizer = bert
    model.train()
    before = state(model)

    def fails(*_):
        raise RuntimeError("in the middle")

    handle = model.bert.encoder.layer[2].register_forward_hook(fails)
    with pytest.raises(RuntimeError, match="in the middle"):
        hw.head_importance(model, tokenizer, TEXTS, [0, 1])
    handle.remove()
    assert state(model) == before


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0], "2 texts came with 1 labels"),
        ([0, 2], "label 2 of text 1 is no class of this model: they are 0 to 1"),
        ([0, -1], "label -1"),
        (["a", 0], "label 'a' of text 0"),
        ([0.5, 1], "label 0.5"),
        (None, "no language model"),
    ],
)
def test_labels_that_do_not_fit(bert, labels, message):
    with pytest.raises(hw.InputError, match=message):
        hw.head_importance(*bert, TEXTS, labels)


def test_one_class_is_a_loss_like_any(bert):
    found = hw.head_importance(*bert, TEXTS, [1, 1])
    assert np.isfinite(found["importance"]).all()


@pytest.mark.parametrize(
    ("texts", "message"), [([], "at least one"), ("one", "list"), ([" ", "a"], "at least one word")]
)
def test_texts_that_cannot_be_used(bert, texts, message):
    with pytest.raises(hw.InputError, match=message):
        hw.head_importance(*bert, texts, [0, 0])


def test_losses_that_cannot_be_used(bert, gpt2, make_model, tokenizers):
    with pytest.raises(hw.InputError, match="2 numbers, one a text"):
        hw.head_importance(*bert, TEXTS, loss=lambda outputs, _: outputs.logits.sum())
    with pytest.raises(hw.InputError, match="does not depend on the attention"):
        hw.head_importance(*bert, TEXTS, loss=lambda outputs, _: outputs.logits[:, 0].detach())
    with pytest.raises(hw.InputError, match="no finite derivative at layer"):
        hw.head_importance(*bert, TEXTS, loss=lambda outputs, _: outputs.logits[:, 0] * np.nan)
    with pytest.raises(hw.InputError, match="no pad token"):
        hw.head_importance(*gpt2, TEXTS)
    with pytest.raises(hw.InputError, match="text of one token"):
        hw.head_importance(*gpt2, ["a"])
    with pytest.raises(hw.InputError, match="either labels or a loss"):
        hw.head_importance(*bert, TEXTS, [0, 1], loss=lambda outputs, _: outputs.logits[:, 0])
    bare = make_model("bert")
    with pytest.raises(hw.InputError, match="no language model"):
        hw.head_importance(bare, tokenizers["wordpiece"], TEXTS)
