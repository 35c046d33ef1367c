import re

import numpy as np
import pytest

import headwise as hw

LABELS = ["[CLS]", "a", "b"]


def weights(layers=2, heads=4, count=3, keys=None, seed=0):
    rows = np.random.default_rng(seed).random((layers, heads, count, keys or count))
    return (rows / rows.sum(axis=-1, keepdims=True)).astype(np.float32)


def causal_weights(count, layers=2, heads=4):
    rows = np.tril(weights(layers, heads, count))
    return rows / rows.sum(axis=-1, keepdims=True)


class OnlyDlpack:
    """An array of a library that has DLPack and no ``__array__``."""

    def __init__(self, array):
        self.array = array
        self.shape = array.shape

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class OnlyArray:
    """An array that cannot be iterated, and says its own type of 16 bits."""

    dtype = "bfloat16"

    def __init__(self, array):
        self.array = array
        self.shape = array.shape

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)


FORMS = {
    "list": list,
    "tuple": tuple,
    "array": np.asarray,
    "nested lists": np.ndarray.tolist,
    "generator": iter,
    "batched": lambda given: [layer[None] for layer in given],
    "one batched array": lambda given: given[:, None],
    "heads apart": lambda given: [list(layer) for layer in given],
    "dlpack": lambda given: [OnlyDlpack(layer) for layer in given],
    "one dlpack": OnlyDlpack,
    "__array__": OnlyArray,
    "objects": lambda given: np.array([*given, None], dtype=object)[:2],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_weights(form):
    given = weights()
    trace = hw.from_attentions(form(given), LABELS)
    assert (trace.layers, trace.heads(), trace.default_block) == (2, 4, "encoder")
    np.testing.assert_array_equal(trace.weights(1), given[1])


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_float_types(dtype):
    given = weights().astype(dtype)
    trace = hw.from_attentions(given, LABELS)
    assert trace.weights(0).dtype == np.float32
    np.testing.assert_array_equal(trace.weights(1), given[1].astype(np.float32))


def test_one_layer_and_one_head():
    given = weights()
    np.testing.assert_array_equal(hw.from_attentions(given[0], LABELS).weights(0), given[0])
    trace = hw.from_attentions(given[0, 1], LABELS)
    assert (trace.layers, trace.heads()) == (1, 1)
    np.testing.assert_array_equal(trace.weights(0, 0), given[0, 1])


def test_the_weights_are_a_copy():
    given = weights()
    before = given.copy()
    trace = hw.from_attentions(given, LABELS)
    given[:, :, :, 0] = 0  # what the book's show_model_view does to tensors
    np.testing.assert_array_equal(trace.weights(1), before[1])


def test_layers_with_other_head_counts_as_in_pruned_models():
    given = [weights(1, heads)[0] for heads in (4, 1, 3)]
    trace = hw.from_attentions(given, LABELS)
    assert [trace.heads(layer) for layer in range(3)] == [4, 1, 3]
    np.testing.assert_array_equal(trace.weights(2, 2), given[2][2])


def test_causal_weights_are_a_decoder():
    trace = hw.from_attentions(causal_weights(3), LABELS)
    assert trace.causal
    assert trace.default_block == "decoder"


@pytest.mark.parametrize(
    "attentions", [(), [], None, [None, None], ((), ()), [(None, None), (None, None)]]
)
def test_empty_attentions_say_why_and_what_to_do(attentions):
    with pytest.raises(hw.EmptyAttentions, match=r"sdpa.*outputs\[-1\].*eager.*headwise\.trace"):
        hw.from_attentions(attentions, LABELS)


def test_layers_without_attention_between_others_are_named():
    given = weights(3)
    with pytest.raises(hw.EmptyAttentions, match="layer 0, 2 of attentions is None"):
        hw.from_attentions([None, given[1], None], LABELS)


@pytest.mark.parametrize(
    ("attentions", "message"),
    [
        ("x", "one array a layer"),
        (3, "one array a layer"),
        ({0: weights()[0]}, "one array a layer, not dict"),
        (["x"], "has 1 axes"),
        ([[[["x"]]]], "it has text"),
        (np.zeros((1, 2, 0, 0)), r"layer 0 of attentions must have shape.*not \(2, 0, 0\)"),
        (np.stack([weights(), weights()], 1), r"layer 0 of attentions holds 2 texts.*layer\[i\]"),
        (weights() * 3 - 1, "after the softmax"),
        (np.where(weights() > 0.4, np.inf, weights()), "after the softmax"),
        (weights(count=4), "4 queries and 4 keys, but there are 3 tokens"),
        ([weights()[0], weights(count=4)[0]], "layer 1 .* as layer 0 has them"),
        (weights(keys=1), "3 queries and 1 keys.*Longformer"),
        (np.zeros((1,) * 7), "has 7 axes"),
    ],
)
def test_what_is_no_attention(attentions, message):
    with pytest.raises(hw.InputError, match=message):
        hw.from_attentions(attentions, LABELS)


def test_ragged_lists_are_named_where_they_are():
    given = weights().tolist()
    del given[1][2][0][1]
    message = re.escape(
        "layer 1 of attentions is no array: in [2], [1] of it has 3 entries, and [0] has 2 entries"
    )
    with pytest.raises(hw.InputError, match=message):
        hw.from_attentions(given, LABELS)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ("abc", "list of labels"),
        (7, "list of labels"),
        ([101, 7, 102], r"tokens\[0\] is int.*convert_ids_to_tokens"),
        (["a", "b"], "there are 2 tokens: give one token for each"),
    ],
)
def test_tokens_that_do_not_fit(tokens, message):
    with pytest.raises(hw.InputError, match=message):
        hw.from_attentions(weights(), tokens)


@pytest.mark.parametrize(
    ("pieces", "labels", "words", "special"),
    [
        (["[CLS]", "cat", "##s", "[SEP]"], ("[CLS]", "cat", "##s", "[SEP]"), (0, 1, 1, 2), 2),
        (["The", "Ġcat", "s", "ĊÃ©"], ("The", "␣cat", "s", "⏎é"), (0, 1, 1, 2), 0),
        (["<s>", "▁the", "▁c", "at"], ("<s>", "␣the", "␣c", "at"), (0, 1, 2, 2), 1),
        (
            ["<|endoftext|>", "The", " c", "at"],
            ("<|endoftext|>", "The", "␣c", "at"),
            (0, 1, 2, 2),
            1,
        ),
        (["a", "b", "[MASK]", "c"], ("a", "b", "[MASK]", "c"), (0, 1, 2, 3), 0),
    ],
)
def test_strings_of_a_tokenizer_are_read(pieces, labels, words, special):
    tokens = hw.from_attentions(weights(count=4), pieces).tokens
    assert tokens.labels == labels
    assert tokens.words == words
    assert sum(tokens.special) == special


def test_tokens_are_shown_as_they_are_and_places_where_there_are_none():
    given = weights(count=2)
    kept = hw.Tokens.from_labels(["Ġa", "##b"])
    assert hw.from_attentions(given, kept).tokens is kept
    assert hw.from_attentions(given).tokens.labels == ("0", "1")


@pytest.mark.parametrize("start", [2, np.int64(2)])
def test_where_sentence_b_starts(start):
    tokens = hw.from_attentions(weights(), LABELS, sentence_b_start=start).tokens
    assert tokens.segments == (0, 0, 1)
    assert tokens.segment_count == 2


@pytest.mark.parametrize("start", [0, 3, -1, 1.5, True])
def test_sentence_b_starts_inside_the_text(start):
    with pytest.raises(hw.InputError, match=r"sentence_b_start is .* 1 to 2"):
        hw.from_attentions(weights(), LABELS, sentence_b_start=start)


def test_rows_that_do_not_sum_to_one_are_told_with_number_and_worst_row():
    given = weights()
    given[1, 3, 2] *= 0.5
    given[0, 0, 0] *= 0.9
    given[0, 0, 1] = 0  # a query that sees nothing
    with pytest.warns(
        hw.HeadwiseWarning, match=r"^2 of 23 rows.*0\.5000.*layer 1.*head 3, query 2"
    ):
        trace = hw.from_attentions(given, LABELS)
    np.testing.assert_array_equal(trace.weights(1), given[1])


def test_rounding_of_16_bits_is_no_reason_to_warn(recwarn):
    given = weights(count=64)
    halved = (given.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)  # cut to bfloat16
    hw.from_attentions([OnlyArray(layer) for layer in halved], map(str, range(64)))
    assert not recwarn.list
    with pytest.warns(hw.HeadwiseWarning, match="do not sum to 1"):
        hw.from_attentions(halved)


def test_a_warning_names_the_line_of_the_caller():
    with pytest.warns(hw.HeadwiseWarning) as caught:
        hw.from_attentions(weights() / 2, LABELS)
    assert [warning.filename for warning in caught] == [__file__]


def test_unknown_keywords_are_type_errors():
    with pytest.raises(TypeError, match="encoder_attentions"):
        hw.from_attentions(weights(), LABELS, encoder_attentions=None)
