import numpy as np
import pytest

import headwise as hw

LABELS = ["[CLS]", "a", "b"]


def weights(layers=2, heads=4, count=3, seed=0):
    rows = np.random.default_rng(seed).random((layers, heads, count, count)).astype(np.float32)
    return rows / rows.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("form", [list, tuple, np.asarray, np.ndarray.tolist])
def test_every_form_gives_the_same_weights(form):
    given = weights()
    trace = hw.from_attentions(form(given), LABELS)
    assert (trace.layers, trace.heads(), trace.default_block) == (2, 4, "encoder")
    np.testing.assert_array_equal(trace.weights(1), given[1])


def test_a_batch_axis_of_one_is_dropped():
    given = weights()
    trace = hw.from_attentions([layer[None] for layer in given], hw.Tokens.from_labels(LABELS))
    np.testing.assert_array_equal(trace.weights(0, 3), given[0, 3])


def test_causal_weights_are_a_decoder():
    trace = hw.from_attentions(np.tril(weights()), LABELS)
    assert trace.causal
    assert trace.default_block == "decoder"


@pytest.mark.parametrize("attentions", [(), [], None, [None, None]])
def test_empty_attentions_say_why_and_what_to_do(attentions):
    with pytest.raises(hw.EmptyAttentions, match=r"sdpa.*outputs\[-1\].*eager.*headwise\.trace"):
        hw.from_attentions(attentions, LABELS)


@pytest.mark.parametrize(
    ("attentions", "message"),
    [
        ("x", "one array a layer"),
        (3, "one array a layer"),
        (["x"], "layer 0 of the attentions is no array"),
        (weights()[0, 0], "shape"),
        (np.zeros((1, 2, 0, 0)), "shape"),
        (np.zeros((1, 3, 8)), r"layer 0 .*not \(3, 8\).*hidden states.*outputs\[-1\].*'eager'"),
        (np.zeros((3, 8)), r"layer 0 .*not \(8,\).*hidden states.*outputs\[-1\].*'eager'"),
        ([np.zeros((1, 3, 8))], r"layer 0 .*not \(1, 3, 8\).*hidden states"),
        (np.stack([weights(), weights()], 1), "layer 0 holds 2 texts"),
        (weights() * 3 - 1, "after the softmax"),
        (weights() * np.nan, "after the softmax"),
        (weights(count=4), "4 queries and 4 keys, but there are 3 tokens"),
    ],
)
def test_what_is_no_attention(attentions, message):
    with pytest.raises(hw.InputError, match=message):
        hw.from_attentions(attentions, LABELS)


def test_one_string_is_not_a_list_of_tokens():
    with pytest.raises(hw.InputError, match="list of labels"):
        hw.from_attentions(weights(), "abc")


def test_the_callers_arrays_and_the_trace_are_apart():
    given = weights()
    layers = [given[0], given[1][None]]
    trace = hw.from_attentions(layers, LABELS)
    kept = given.copy()
    trace.weights(0, 1)[:] = 0
    trace.weights(0)[:] = 0
    trace.block().record(1).weights()[:] = 0
    np.testing.assert_array_equal(given, kept)
    given[:] = 0
    np.testing.assert_array_equal(trace.weights(0), kept[0])
    np.testing.assert_array_equal(trace.weights(1), kept[1])


def test_one_token_does_not_make_a_decoder():
    trace = hw.from_attentions(np.ones((2, 4, 1, 1)), ["a"])
    assert (trace.default_block, trace.causal) == ("encoder", False)
