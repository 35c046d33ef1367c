"""Records and traces that hold only some heads, half the bytes, value norms or generated tokens."""

import numpy as np
import pytest

import headwise as hw
from headwise.record import AttentionRecord

HEADS, KEY_HEADS, COUNT, SIZE = 6, 2, 5, 4


@pytest.fixture
def whole():
    draw = np.random.default_rng(0)
    return AttentionRecord(
        queries=draw.normal(size=(HEADS, COUNT, SIZE)).astype(np.float32),
        keys=draw.normal(size=(KEY_HEADS, COUNT, SIZE)).astype(np.float32),
        bias=draw.normal(size=(HEADS, COUNT, COUNT)).astype(np.float32),
        sinks=draw.normal(size=HEADS).astype(np.float32),
        causal=True,
        module="layer.0",
    )


def some(whole, heads, **changes):
    """The same record with fewer heads."""
    group = HEADS // KEY_HEADS
    facts = {
        "queries": whole.queries[list(heads)],
        "keys": whole.keys[sorted({head // group for head in heads})],
        "bias": whole.bias[list(heads)],
        "sinks": whole.sinks,
        "causal": True,
        "module": "layer.0",
        "kept": heads,
        "model_heads": (HEADS, KEY_HEADS),
    }
    return AttentionRecord(**{**facts, **changes})


def block_of(*records):
    tokens = hw.Tokens.from_labels([f"t{place}" for place in range(COUNT)])
    return hw.Trace([hw.Block("decoder", records, tokens, tokens, causal=True)])


@pytest.mark.parametrize("kept", [(0, 4), (3,), (5,), tuple(range(HEADS))])
def test_kept_heads_read_as_in_the_whole(whole, kept):
    part = some(whole, kept)
    assert (part.heads, part.key_heads, part.captured) == (HEADS, KEY_HEADS, kept)
    for head in kept:
        np.testing.assert_array_equal(part.weights([head]), whole.weights([head]))
        np.testing.assert_array_equal(part.key_vectors(head), whole.key_vectors(head))
        np.testing.assert_array_equal(part.query_vectors(head), whole.query_vectors(head))
        np.testing.assert_array_equal(part.bias_of(head), whole.bias_of(head))
    left_out = sorted(set(range(HEADS)) - set(kept))
    assert not part.weights()[left_out].any()
    assert np.isneginf(part.scores()[left_out]).all()


def test_no_head_at_all(whole):
    part = some(whole, (), keys=whole.keys[:0])
    assert part.captured == ()
    assert part.weights().shape == (HEADS, COUNT, COUNT)
    assert not part.weights().any()


@pytest.mark.parametrize(
    "changes",
    [
        {"kept": (4, 0)},
        {"kept": (0, 0)},
        {"kept": (0, 6)},
        {"kept": (0,)},
        {"model_heads": None},
        {"keys": np.zeros((1, COUNT, SIZE), np.float32)},
        {"model_heads": (HEADS, 4)},
        {"value_norms": np.zeros((2, COUNT), np.float32)},
    ],
)
def test_kept_heads_that_do_not_fit(whole, changes):
    with pytest.raises(hw.InputError):
        some(whole, (0, 4), **changes)


def test_given_weights_of_some_heads():
    given = np.random.default_rng(1).random((2, COUNT, COUNT)).astype(np.float32)
    record = AttentionRecord(given=given, kept=(1, 3), model_heads=(4, 4))
    np.testing.assert_array_equal(
        record.weights([3, 0, 1]), np.stack([given[1], 0 * given[0], given[0]])
    )


def test_a_trace_names_what_was_left_out(whole):
    trace = block_of(some(whole, (0, 4)), some(whole, (), keys=whole.keys[:0]), whole)
    assert trace.block().captured_layers == (0, 2)
    assert (trace.layers, trace.heads(1)) == (3, HEADS)
    np.testing.assert_array_equal(trace.weights(0, 4), whole.weights([4])[0])
    for ask in (trace.weights, trace.scores, trace.queries, trace.keys, trace.bias):
        with pytest.raises(hw.OutOfRange, match=r"head 1 of layer 0 was not captured.*0, 4"):
            ask(0, 1)
        with pytest.raises(
            hw.OutOfRange, match=r"layer 1 .* was not captured.*layers 0, 2 of 0 to"
        ):
            ask(1, 1)


def test_float16_vectors_are_kept_as_they_are(whole):
    half = some(whole, (0, 4), queries=whole.queries[[0, 4]].astype(np.float16))
    assert half.queries.dtype == np.float16
    assert half.query_vectors(4).dtype == np.float32
    np.testing.assert_allclose(half.weights([4]), whole.weights([4]), atol=2e-3)


def test_missing_mass_is_what_the_sink_takes(whole):
    trace = block_of(whole)
    missing = trace.missing_mass(0)
    assert missing.shape == (HEADS, COUNT)
    np.testing.assert_allclose(missing, 1 - whole.weights().sum(axis=-1), atol=1e-6)
    np.testing.assert_array_equal(trace.missing_mass(0, 2), missing[2])
    plain = AttentionRecord(queries=whole.queries, keys=whole.keys)
    assert not plain.missing_mass().any()
    hidden = AttentionRecord(
        queries=whole.queries,
        keys=whole.keys,
        sinks=whole.sinks,
        visible=np.zeros((COUNT, COUNT), bool),
    )
    assert not hidden.missing_mass().any()


def test_norm_is_weight_times_length(whole):
    norms = np.random.default_rng(2).random((HEADS, COUNT)).astype(np.float32)
    trace = block_of(AttentionRecord(queries=whole.queries, keys=whole.keys, value_norms=norms))
    np.testing.assert_allclose(
        trace.weights(0, kind="norm"), trace.weights(0) * norms[:, None], rtol=1e-6
    )
    np.testing.assert_allclose(
        trace.weights(0, 3, kind="norm", keys=[4, 1]),
        trace.weights(0, 3)[:, [4, 1]] * norms[3, [4, 1]],
        rtol=1e-6,
    )
    with pytest.raises(hw.UnsupportedAttention, match="values=True"):
        block_of(whole).weights(0, kind="norm")


def test_bias_is_zero_where_there_is_none(whole):
    plain = block_of(AttentionRecord(queries=whole.queries, keys=whole.keys))
    np.testing.assert_array_equal(plain.bias(0, 1), np.zeros((COUNT, COUNT)))


def test_everything_survives_a_file(whole, tmp_path):
    norms = np.ones((HEADS, COUNT), np.float32)
    trace = block_of(some(whole, (0, 4), value_norms=norms), some(whole, (), keys=whole.keys[:0]))
    trace.save(tmp_path / "x.safetensors")
    back = hw.load(tmp_path / "x.safetensors")
    assert back.block().record(0).captured == (0, 4)
    assert back.block().record(1).captured == ()
    np.testing.assert_array_equal(back.weights(0, 4, kind="norm"), trace.weights(0, 4, kind="norm"))


def test_generated_tokens():
    tokens = hw.Tokens(
        labels=("a", "b"),
        ids=(1, 2),
        words=(0, 1),
        segments=(0, 0),
        special=(False, False),
        generated=(False, True),
    )
    assert hw.Tokens.from_json(tokens.to_json()).generated == (False, True)
    plain = hw.Tokens.from_labels(["a", "b"])
    assert plain.generated == ()
    assert "generated" not in plain.to_json()
    with pytest.raises(hw.InputError, match="2 token labels came with 1 generated"):
        hw.Tokens(("a", "b"), (1, 2), (0, 1), (0, 0), (False, False), (True,))
