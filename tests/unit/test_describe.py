import json

import numpy as np
import pytest

from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace, load
from headwise.wire.describe import describe, hides_pairs
from headwise.wire.protocol import PROTOCOL

COUNT = 6


def record(heads=2, *, key_heads=None, size=3, **more):
    draw = np.random.default_rng(0)
    keys = more.pop("keys", COUNT)
    return AttentionRecord(
        queries=draw.normal(size=(heads, COUNT, size)),
        keys=draw.normal(size=(key_heads or heads, keys, size)),
        **more,
    )


def given(**more):
    return AttentionRecord(given=np.full((2, COUNT, COUNT), 1 / COUNT), **more)


def described(*records, meta=None):
    tokens = Tokens.from_labels([f"t{number}" for number in range(COUNT)])
    found = describe(Trace([Block("encoder", records, tokens, tokens, causal=False)], meta or {}))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def vectors(*records):
    return described(*records)["blocks"][0]["vectors"]


def test_a_plain_layer_has_a_size_a_scale_and_its_key_heads():
    assert vectors(record(4, key_heads=2, size=5, scale=0.25)) == [
        {"size": 5, "scale": 0.25, "key_heads": 2, "causal": False}
    ]


def test_what_a_layer_adds_is_said():
    bias = np.ones((1, COUNT, COUNT))
    found = vectors(record(causal=True, softcap=30.0, bias=bias, sinks=[0.5, -1.0]))
    assert found == [
        {
            "size": 3,
            "scale": 1.0,
            "key_heads": 2,
            "causal": True,
            "softcap": 30.0,
            "bias": True,
            "sinks": [0.5, -1.0],
        }
    ]


def test_layers_without_vectors_are_null_in_their_place():
    nothing = AttentionRecord(
        queries=np.zeros((0, COUNT, 3)),
        keys=np.zeros((0, COUNT, 3)),
        kept=[],
        model_heads=(2, 2),
    )
    found = vectors(given(), record(), nothing)
    assert [entry is None for entry in found] == [True, False, True]


TRIANGLE = np.tri(COUNT, dtype=bool)
WINDOW = TRIANGLE & ~np.tri(COUNT, k=-3, dtype=bool)


@pytest.mark.parametrize(
    ("visible", "causal", "hides"),
    [
        (None, False, False),
        (None, True, False),
        (np.ones((COUNT, COUNT), bool), False, False),
        (np.ones((COUNT, COUNT), bool), True, False),
        (TRIANGLE, True, False),
        (TRIANGLE, False, True),
        (WINDOW, True, True),
        (np.arange(COUNT)[None] < [[COUNT - 1]] * COUNT, True, True),
        (np.arange(COUNT)[None] < [[COUNT - 1]] * COUNT, False, True),
    ],
)
def test_a_mask_is_said_only_if_it_hides_more_than_the_triangle(visible, causal, hides):
    one = record(visible=visible, causal=causal)
    assert hides_pairs(one) is hides
    assert vectors(one)[0].get("mask", False) is hides


def test_a_pair_hidden_far_down_a_long_mask_is_found():
    count = 1100
    visible = np.ones((count, count), bool)
    visible[1050, 3] = False
    one = AttentionRecord(
        queries=np.zeros((1, count, 1)), keys=np.zeros((1, count, 1)), visible=visible, causal=True
    )
    assert hides_pairs(one)
    visible[1050, 3], visible[3, 1050] = True, False
    one = AttentionRecord(
        queries=np.zeros((1, count, 1)), keys=np.zeros((1, count, 1)), visible=visible, causal=True
    )
    assert not hides_pairs(one)


def test_layers_that_share_a_mask_need_not_share_the_answer():
    mask = record(visible=TRIANGLE).mask
    found = vectors(record(visible=mask, causal=True), record(visible=mask))
    assert [entry.get("mask", False) for entry in found] == [False, True]


def test_the_model_the_way_of_its_positions_and_the_version():
    found = described(record(), meta={"model_type": "llama", "position": "rotary"})
    assert (found["version"], found["model"], found["position"]) == (PROTOCOL, "llama", "rotary")
    assert (described(record())["model"], described(record())["position"]) == ("", "")


def test_equal_token_lists_are_there_once(translation):
    found = describe(translation)
    sides = [(block["query_tokens"], block["key_tokens"]) for block in found["blocks"]]
    assert sides == [("0", "0"), ("1", "1"), ("1", "0")]
    assert sorted(found["tokens"]) == ["0", "1"]
    assert found["tokens"]["1"]["labels"] == [f"t{number}" for number in range(5)]
    assert found["tokens"]["1"]["word_labels"] == found["tokens"]["1"]["labels"]
    assert [block["heads"] for block in found["blocks"]] == [[8] * 6, [8] * 3, [4] * 3]
    assert not any("captured" in block or "sinks" in block for block in found["blocks"])


def test_heads_that_were_not_captured_and_sinks_are_told_of_the_block():
    part = record(2, kept=[0, 3], model_heads=(4, 4))
    block = described(part, record(sinks=[0, 0]))["blocks"][0]
    assert block["captured"] == [[0, 3], [0, 1]]
    assert block["sinks"] is True


def test_a_saved_trace_reads_back_with_its_positions(tmp_path):
    tokens = Tokens.from_labels([f"t{number}" for number in range(COUNT)])
    block = Block("decoder", (record(causal=True),), tokens, tokens, causal=True)
    trace = Trace([block], {"position": "alibi"})
    trace.save(tmp_path / "trace.safetensors")
    assert describe(load(tmp_path / "trace.safetensors")) == describe(trace)


def test_labels_are_written_for_one_line_and_the_trace_keeps_them():
    given_labels = ["a\nb", "##\tc", "\u202ed", "e", "f", "g"]
    tokens = Tokens.from_labels(given_labels)
    trace = Trace([Block("encoder", (given(),), tokens, tokens, causal=False)], {})
    (found,) = describe(trace)["tokens"].values()
    assert found["labels"] == ["a⏎b", "##⇥c", "U+202Ed", "e", "f", "g"]
    assert found["word_labels"] == ["a⏎b⇥c", "U+202Ed", "e", "f", "g"]
    assert list(trace.blocks["encoder"].query_tokens.labels) == given_labels
