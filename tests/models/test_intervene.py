"""Heads off, keys blocked, tokens masked and replaced, over tiny random models."""

import numpy as np
import pytest
import torch
from live_models import KIND_OF, left_behind, live_model, live_tokenizer

import headwise as hw
from headwise.intervene import Question

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."
NEAR = 5e-4  # of log-probabilities; what a change does is at least ten times as much
FAR = 5e-3
# Where the output of head h goes in: a linear layer, and whether its weight is (inputs, outputs).
PROJECTIONS = {
    "bert": lambda model, layer: (model.bert.encoder.layer[layer].attention.output.dense, False),
    "gpt2": lambda model, layer: (model.transformer.h[layer].attn.c_proj, True),
    "llama": lambda model, layer: (model.model.layers[layer].self_attn.o_proj, False),
    "tags": lambda model, layer: (model.distilbert.transformer.layer[layer].attention.out_lin, 0),
    "classes": lambda model, layer: (
        model.distilbert.transformer.layer[layer].attention.out_lin,
        False,
    ),
}


def inputs_of(name, tokenizer, text=TEXT, target=None):
    inputs = dict(tokenizer(text, return_tensors="pt"))
    if name == "t5":
        decoder = tokenizer(target or TEXT, return_tensors="pt")["input_ids"]
        inputs["decoder_input_ids"] = torch.cat([torch.zeros(1, 1).long(), decoder[:, :-1]], 1)
    if name in ("t5", "tags", "classes"):
        inputs.pop("token_type_ids", None)
    return inputs


def logs(model, inputs):
    """Log-probabilities that the model gives by itself, (rows, classes)."""
    with torch.no_grad():
        logits = model(**inputs).logits
    return logits.reshape(-1, logits.shape[-1]).float().log_softmax(-1).numpy()


def ask(name, model, tokenizer, **changes):
    target = TEXT if name == "t5" else None
    return hw.ask(model, tokenizer, TEXT, target=target, top=10_000, **changes)


def table(answer):
    """Log-probabilities of an answer, (rows, classes) in the order of the classes."""
    found = answer.predictions
    whole = np.zeros(found.probabilities.shape, np.float32)
    np.put_along_axis(whole, found.ids, np.log(found.probabilities), axis=1)
    return whole


@pytest.fixture(params=list(KIND_OF))
def name(request):
    return request.param


@pytest.fixture(params=["sdpa", "eager"])
def implementation(request):
    return request.param


@pytest.mark.parametrize("name", KIND_OF)
def test_predictions_are_the_models_own(name, implementation):
    model, tokenizer = live_model(name, implementation=implementation), live_tokenizer(name)
    answer = ask(name, model, tokenizer)
    own = logs(model, inputs_of(name, tokenizer))
    assert answer.predictions.kind == KIND_OF[name]
    np.testing.assert_allclose(table(answer), own, atol=NEAR)
    assert (np.diff(answer.predictions.probabilities, axis=1) <= 0).all()
    entropy = -(np.exp(own) * own).sum(-1)
    np.testing.assert_allclose(answer.predictions.entropy, entropy, rtol=1e-4, atol=1e-5)
    assert answer.plain is None
    assert answer.changes().empty


@pytest.mark.parametrize("name", PROJECTIONS)
@pytest.mark.parametrize("heads", [[(1, 2)], [(0, 0), (2, 3), (2, 1)]], ids=["one", "three"])
def test_a_head_that_is_off_is_one_whose_output_columns_are_zero(name, implementation, heads):
    model, tokenizer = live_model(name, implementation=implementation), live_tokenizer(name)
    answer = ask(name, model, tokenizer, ablated=heads)
    changed = live_model(name, implementation=implementation)
    with torch.no_grad():
        for layer, head in heads:
            projection, turned = PROJECTIONS[name](changed, layer)
            columns = slice(6 * head, 6 * head + 6)
            if turned:
                projection.weight[columns] = 0
            else:
                projection.weight[:, columns] = 0
    inputs = inputs_of(name, tokenizer)
    own = logs(changed, inputs)
    np.testing.assert_allclose(table(answer), own, atol=NEAR)
    assert np.abs(own - logs(model, inputs)).max() > FAR
    before = logs(model, inputs)
    kl = (np.exp(before) * (before - own)).sum(-1)
    np.testing.assert_allclose(answer.difference.kl, kl, rtol=1e-3, atol=1e-5)


def test_a_shared_layer_loses_its_head_in_one_turn_only():
    model, tokenizer = live_model("albert"), live_tokenizer("albert")
    turns = [ask("albert", model, tokenizer, ablated=[(layer, 1)]) for layer in range(3)]
    every = ask("albert", model, tokenizer, ablated=[(layer, 1) for layer in range(3)])
    changed = live_model("albert")
    with torch.no_grad():
        changed.albert.encoder.albert_layer_groups[0].albert_layers[0].attention.dense.weight[
            :, 6:12
        ] = 0
    own = logs(changed, inputs_of("albert", tokenizer))
    np.testing.assert_allclose(table(every), own, atol=NEAR)
    for number, one in enumerate(turns):
        assert np.abs(table(one) - own).max() > FAR
        moved = one.attention_change()
        assert (moved[: number + 1] == 0).all()
        assert (moved[number + 1 :] > 1e-4).all()


def test_cross_attention_is_its_own_block():
    model, tokenizer = live_model("t5"), live_tokenizer("t5")
    changed = live_model("t5")
    with torch.no_grad():
        changed.decoder.block[1].layer[1].EncDecAttention.o.weight[:, 12:18] = 0
    answer = ask("t5", model, tokenizer, ablated=[(1, 2, "cross")])
    own = logs(changed, inputs_of("t5", tokenizer))
    np.testing.assert_allclose(table(answer), own, atol=NEAR)
    encoder = ask("t5", model, tokenizer, ablated=[(1, 2)])
    assert np.abs(table(encoder) - own).max() > FAR
    assert (encoder.attention_change("encoder") == 0).all()
    assert (encoder.attention_change("cross") > 0).any()


def test_the_mean_stands_for_a_head():
    """By hand: what goes into the output projection, with the head's part at its mean."""
    for name in ("bert", "gpt2"):
        model, tokenizer = live_model(name), live_tokenizer(name)
        projection, _ = PROJECTIONS[name](model, 1)

        def average(_, arguments, causal=name == "gpt2"):
            given = arguments[0].clone()
            part = given[..., 12:18]
            counts = torch.arange(1, part.shape[1] + 1)[None, :, None]
            given[..., 12:18] = part.cumsum(1) / counts if causal else part.mean(1, keepdim=True)
            return (given,)

        handle = projection.register_forward_pre_hook(average)
        own = logs(model, inputs_of(name, tokenizer))
        handle.remove()
        answer = ask(name, model, tokenizer, ablated=[(1, 2)], ablation="mean")
        np.testing.assert_allclose(table(answer), own, atol=NEAR)
        zero = ask(name, model, tokenizer, ablated=[(1, 2)])
        assert np.abs(table(zero) - own).max() > FAR


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "tags", "albert", "t5"])
def test_a_blocked_key_is_one_that_the_models_own_mask_hides(name, implementation):
    """The row of the blocked token differs: it still sees itself, and nobody sees it."""
    model, tokenizer = live_model(name, implementation=implementation), live_tokenizer(name)
    answer = ask(name, model, tokenizer, blocked=[2])
    inputs = inputs_of(name, tokenizer)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    before = logs(model, inputs)
    inputs["attention_mask"][0, 2] = 0
    if name in ("gpt2", "llama"):  # the mask would move the positions as well
        inputs["position_ids"] = torch.arange(inputs["input_ids"].shape[1])[None]
    own = logs(model, inputs)
    others = slice(None) if name == "t5" else np.arange(len(own)) != 2
    np.testing.assert_allclose(table(answer)[others], own[others], atol=NEAR)
    assert np.abs(own[others] - before[others]).max() > FAR


@pytest.mark.parametrize("name", ["bert", "gpt2", "t5"])
def test_blocked_cells_are_empty_in_the_trace(name, implementation):
    model, tokenizer = live_model(name, implementation=implementation), live_tokenizer(name)
    answer = ask(name, model, tokenizer, blocked=[1, 3])
    for block in answer.trace.blocks:
        if block == "decoder" and name == "t5":
            continue
        for layer in range(answer.trace.block(block).layers):
            weights = answer.trace.weights(layer, block=block)
            for key in (1, 3):
                rows = np.arange(weights.shape[1]) != (-1 if block == "cross" else key)
                assert (weights[:, rows, key] == 0).all()
            np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


def test_a_key_of_the_target_can_be_blocked():
    model, tokenizer = live_model("t5"), live_tokenizer("t5")
    answer = ask("t5", model, tokenizer, blocked_target=[1])
    weights = answer.trace.weights(0, block="decoder")
    assert (weights[:, 2:, 1] == 0).all()
    assert (weights[:, 1, 1] > 0).all()
    assert (answer.trace.weights(0, block="encoder")[:, :, 1] > 0).any()
    assert answer.difference.kl[0] == 0
    assert answer.difference.kl[2:].max() > 1e-4


@pytest.mark.parametrize("name", ["bert", "albert", "tags"])
def test_a_masked_token_is_the_mask_token(name):
    model, tokenizer = live_model(name), live_tokenizer(name)
    answer = ask(name, model, tokenizer, masked=[2, 5])
    inputs = inputs_of(name, tokenizer)
    inputs["input_ids"][0, [2, 5]] = tokenizer.mask_token_id
    np.testing.assert_allclose(table(answer), logs(model, inputs), atol=NEAR)
    assert [answer.tokens.labels[at] for at in (1, 2, 5)] == ["the", "[MASK]", "[MASK]"]
    if name != "tags":
        wanted = tokenizer(TEXT)["input_ids"][2]
        own = np.exp(table(answer)[2, wanted])
        assert answer.predictions.own[2] == pytest.approx(own, abs=1e-6)
    assert answer.notes == ("masked: 'cat' (2), 'sad' (5)",)


def test_a_replacement_may_be_several_tokens():
    model, tokenizer = live_model("bert"), live_tokenizer("bert")
    answer = ask("bert", model, tokenizer, replaced={2: "halls"}, masked=[4])
    assert answer.tokens.labels == (
        "[CLS]",
        "the",
        "ha",
        "##lls",
        "is",
        "[MASK]",
        "sad",
        ".",
        "[SEP]",
    )
    assert answer.places[2:5] == ((2, 3), (4,), (5,))
    inputs = dict(tokenizer("The halls is very sad.", return_tensors="pt"))
    inputs["input_ids"][0, 5] = tokenizer.mask_token_id
    np.testing.assert_allclose(table(answer), logs(model, inputs), atol=NEAR)
    changes = answer.changes()
    assert np.isnan(changes.kl[2])
    assert changes.kl.notna().sum() == 7
    assert changes.label[4] == "very"
    with pytest.raises(hw.InputError, match="no common rows"):
        answer.attention_change()


@pytest.mark.parametrize(
    ("name", "place", "typed", "text"),
    [
        ("bert", 2, "food", "The food is very sad."),
        ("gpt2", 1, "food", None),
        ("llama", 2, "food", None),
        ("bert", 2, 20, "The food is very sad."),
    ],
)
def test_a_replacement_stands_in_the_words_place(name, place, typed, text):
    model, tokenizer = live_model(name), live_tokenizer(name)
    plain = ask(name, model, tokenizer)
    if isinstance(typed, int):
        typed = tokenizer.convert_tokens_to_ids("food")
    answer = ask(name, model, tokenizer, replaced={place: typed})
    before, after = plain.tokens.ids, answer.tokens.ids
    new = answer.places[place]
    assert before[:place] == after[:place]
    assert before[place + 1 :] == after[new[-1] + 1 :]
    spaced = plain.tokens.labels[place].startswith("␣")
    shown = "".join(answer.tokens.labels[at] for at in new)
    assert shown == ("␣food" if spaced else "food"), (plain.tokens.labels, answer.tokens.labels)
    if text is not None:
        assert list(after) == tokenizer(text)["input_ids"]


def test_the_model_is_as_it_was_after_any_number_of_questions(name, implementation):
    model, tokenizer = live_model(name, implementation=implementation), live_tokenizer(name)
    inputs = inputs_of(name, tokenizer)
    weights = {key: value.clone() for key, value in model.state_dict().items()}
    with torch.no_grad():
        outputs = model(**inputs).logits
    before = left_behind(model)
    for question in (
        {"ablated": [(0, 1)]},
        {"ablated": [(1, 0)], "ablation": "mean"},
        {"blocked": [1]},
        {"replaced": {1: "cat"}},
        {"saliency": "gradient"},
        {} if name == "t5" else {"saliency": "values"},
        {"masked": [2]} if KIND_OF[name] in ("masked", "tags", "classes") else {},
    ):
        ask(name, model, tokenizer, **question)
    assert left_behind(model) == before
    assert all(torch.equal(value, weights[key]) for key, value in model.state_dict().items())
    with torch.no_grad():
        assert torch.equal(model(**inputs).logits, outputs)


@pytest.mark.parametrize("method", [None, "gradient", "values"])
def test_the_model_is_as_it_was_when_its_forward_raises(method):
    model, tokenizer = live_model("bert"), live_tokenizer("bert")
    inputs = inputs_of("bert", tokenizer)
    outputs = model(**inputs).logits

    def refuse(*_):
        raise RuntimeError("out of memory")

    handle = model.bert.encoder.layer[2].register_forward_pre_hook(refuse)
    before = left_behind(model)
    with pytest.raises(RuntimeError, match="out of memory"):
        hw.ask(model, tokenizer, TEXT, ablated=[(0, 1)], blocked=[1], saliency=method)
    assert left_behind(model) == before
    handle.remove()
    assert torch.equal(model(**inputs).logits, outputs)


def test_an_empty_target_is_the_start_of_the_decoder():
    model, tokenizer = live_model("t5"), live_tokenizer("t5")
    answer = hw.ask(model, tokenizer, TEXT)
    assert answer.predictions.tokens.ids == (0,)
    whole = ask("t5", model, tokenizer)
    np.testing.assert_allclose(answer.predictions.entropy, whole.predictions.entropy[:1], rtol=1e-4)
    assert whole.predictions.own[:-1] == pytest.approx(
        np.exp(table(whole)[np.arange(7), whole.predictions.tokens.ids[1:]]), abs=1e-6
    )


def test_the_trace_of_an_answer_is_that_of_the_text():
    model, tokenizer = live_model("bert"), live_tokenizer("bert")
    answer, trace = hw.ask(model, tokenizer, TEXT, PAIR), hw.trace(model, tokenizer, TEXT, PAIR)
    assert answer.trace.tokens == trace.tokens
    for layer in range(3):
        np.testing.assert_array_equal(answer.trace.weights(layer), trace.weights(layer))


def test_a_question_in_one_piece_is_the_same_as_its_parts():
    model, tokenizer = live_model("gpt2"), live_tokenizer("gpt2")
    question = Question(TEXT, blocked=(1,), ablated=((0, 1),))
    one, other = (
        hw.ask(model, tokenizer, question),
        hw.ask(model, tokenizer, TEXT, blocked=[1], ablated=[(0, 1)]),
    )
    assert one.question == other.question
    np.testing.assert_array_equal(one.predictions.probabilities, other.predictions.probabilities)
