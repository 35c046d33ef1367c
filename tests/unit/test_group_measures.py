"""Texts measured together give what each gives alone; what is missing is said."""

import numpy as np
import pytest

import headwise as hw
from headwise.metrics import measures as measuring
from headwise.metrics.groups import groups
from headwise.metrics.heads import FACTS, head_facts
from headwise.metrics.measures import MEASURES, GroupMeasures, Question
from headwise.metrics.running import RunningMean
from headwise.record import AttentionRecord

HEADS, LAYERS, SIZE = 4, 2, 8


def text(count, seed, *, causal=False, key_heads=HEADS, mark=None, scale=0.7, **more):
    """A text of `count` tokens between two special ones, one of them punctuation."""
    random = np.random.default_rng(seed)
    labels = ["[CLS]", *(f"w{place}" for place in range(count - 2)), "[SEP]"]
    if count > 2:
        labels[(mark or 0) % (count - 2) + 1] = "."
    special = [True, *[False] * (count - 2), True]
    tokens = hw.Tokens.from_labels(labels, special=special)
    records = tuple(
        AttentionRecord(
            queries=3 * random.standard_normal((HEADS, count, SIZE)),
            keys=random.standard_normal((key_heads, count, SIZE)),
            scale=scale,
            causal=causal,
            **more,
        )
        for _ in range(LAYERS)
    )
    return hw.Trace([hw.Block("encoder", records, tokens, tokens, causal=causal)])


@pytest.mark.parametrize(
    "more", [{}, {"causal": True}, {"key_heads": 2}, {"softcap": 3.0}, {"scale": 9.0}]
)
def test_together_as_alone(more):
    traces = [text(5 + place % 3, place, mark=place, **more) for place in range(12)]
    single = np.stack([hw.head_metrics(trace)[list(MEASURES)] for trace in traces])
    table = hw.head_metrics(traces, progress=False)
    known = (~np.isnan(single)).sum(axis=0)
    mean = np.where(known > 0, np.nansum(single, axis=0) / np.maximum(known, 1), np.nan)
    np.testing.assert_allclose(table[list(MEASURES)], mean, rtol=2e-5, atol=1e-6)


def test_groups_of_one_give_the_same_table(monkeypatch):
    traces = [text(11 + place % 2, place) for place in range(8)]
    together = hw.head_metrics(traces, progress=False)
    monkeypatch.setattr("headwise.metrics.groups._MOST_WEIGHTS", 1)
    alone = hw.head_metrics(traces, progress=False)
    assert together["pattern"].tolist() == alone["pattern"].tolist()
    numbers = [name for name in together if name != "pattern"]
    np.testing.assert_allclose(together[numbers], alone[numbers], rtol=2e-5, atol=1e-7)
    assert together["variability"].notna().all()


def test_texts_of_one_shape_come_together_and_others_alone():
    shapes = [(5, {}), (6, {}), (5, {}), (5, {"causal": True}), (5, {"softcap": 3.0}), (5, {})]
    blocks = [text(count, 0, **more).block() for count, more in shapes]
    found = list(groups(iter(blocks)))
    assert [len(group) for group in found] == [3, 1, 1, 1]
    assert [group[0] for group in found] == [blocks[0], blocks[1], blocks[3], blocks[4]]


def test_what_is_looked_at_ahead_is_bounded():
    read = []

    def blocks():
        for place in range(1000):
            read.append(place)
            yield text(4, 0).block()

    next(iter(groups(blocks())))
    assert len(read) == 256


@pytest.mark.parametrize("causal", [False, True])
def test_measures_are_those_of_the_weights(causal):
    """Against `head_facts` and plain sums over the weights themselves."""
    trace = text(9, 1, causal=causal)
    table = hw.head_metrics(trace, special_queries=True)
    special = np.array(trace.tokens.special)
    marks = np.array([label == "." for label in trace.tokens.labels])
    apart = np.abs(np.arange(9)[:, None] - np.arange(9))
    for layer in range(LAYERS):
        weights = trace.weights(layer)
        allowed = trace.block().records[layer].allowed()
        facts = head_facts(weights, allowed, special, square=True)
        found = table.loc[layer]
        for name in ("entropy", "previous", "next", "first", "special"):
            expected = facts[:, FACTS.index(name)]
            np.testing.assert_allclose(found[name], expected, rtol=1e-5, err_msg=name)
        np.testing.assert_allclose(
            found["self"], np.diagonal(weights, axis1=1, axis2=2).mean(axis=1), rtol=1e-5
        )
        np.testing.assert_allclose(
            found["punctuation"], weights[:, :, marks].sum(axis=2).mean(axis=1), rtol=1e-5
        )
        np.testing.assert_allclose(
            found["confidence"], weights[:, :, ~special].max(axis=2).mean(axis=1), rtol=1e-5
        )
        np.testing.assert_allclose(
            found["distance"], (weights * apart).sum(axis=(1, 2)) / 9, rtol=1e-5
        )


def test_long_texts_in_bands_are_the_same(monkeypatch):
    trace = text(230, 3, causal=True)
    whole = hw.head_metrics(trace, variability_tokens=4)
    monkeypatch.setattr("headwise.bands._BAND_WEIGHTS", 30_000)
    parts = hw.head_metrics(trace, variability_tokens=4)
    numbers = list(MEASURES)
    np.testing.assert_allclose(parts[numbers], whole[numbers], rtol=1e-5, atol=1e-7)


def test_only_what_is_asked_for(monkeypatch):
    trace = text(6, 0)
    whole = hw.head_metrics([trace, trace], progress=False)
    calls = []
    real = np.log
    monkeypatch.setattr(
        measuring.np, "log", lambda *given, **more: calls.append(1) or real(*given, **more)
    )
    table = hw.head_metrics([trace, trace], measures=["previous", "sink"], progress=False)
    assert list(table) == ["texts", "previous", "previous_se", "sink", "sink_se"]
    np.testing.assert_array_equal(table, whole[list(table)])
    few = len(calls)
    hw.head_metrics([trace, trace], measures="entropy", progress=False)
    assert len(calls) - few > few
    named = hw.head_metrics(trace, measures=("pattern", "variability"))
    assert list(named) == ["texts", "variability", "pattern"]
    assert named["pattern"].tolist() == whole["pattern"].tolist()


@pytest.mark.parametrize(
    ("wrong", "message"), [(["wide"], "no measure is called 'wide'"), ([], "measures is empty")]
)
def test_measures_that_cannot_be(wrong, message):
    with pytest.raises(hw.InputError, match=message):
        hw.head_metrics(text(5, 0), measures=wrong)


def test_broad_computes_the_spread_alone(monkeypatch):
    asked = []
    real = GroupMeasures.__init__

    def watch(self, blocks, question):
        asked.append(question.names)
        real(self, blocks, question)

    monkeypatch.setattr(GroupMeasures, "__init__", watch)
    table = hw.find_heads([text(6, 0), text(7, 1)], "broad")
    assert set(asked) == {("spread",)}
    expected = hw.head_metrics([text(6, 0), text(7, 1)], progress=False)["spread"]
    np.testing.assert_allclose(table["score"].sort_index(), expected)


def spoiled(where):
    """A text whose head 1 of layer 0 has a vector that is no number."""
    trace = text(6, 5)
    getattr(trace.block().records[0], where)[1, 2] = np.nan
    return trace


@pytest.mark.parametrize("where", ["queries", "keys"])
def test_vectors_that_are_no_numbers_spoil_their_own_rows_alone(where):
    good = [text(6, seed) for seed in range(3)]
    table = hw.head_metrics([*good, spoiled(where)], progress=False)
    clean = hw.head_metrics([*good, text(6, 5)], progress=False)
    numbers = list(MEASURES)
    others = [pair for pair in table.index if pair != (0, 1)]
    np.testing.assert_allclose(
        table.loc[others, numbers], clean.loc[others, numbers], rtol=2e-5, atol=1e-6
    )
    # A key that is no number spoils all rows of its head: that text does not count for it.
    assert table.loc[(0, 1), "texts"] == (4 if where == "queries" else 3)
    assert np.isfinite(table.loc[(0, 1), ["entropy", "previous", "first"]].astype(float)).all()
    if where == "keys":
        three = hw.head_metrics(good, progress=False)
        np.testing.assert_allclose(
            table.loc[(0, 1), numbers].astype(float),
            three.loc[(0, 1), numbers].astype(float),
            rtol=2e-5,
        )
    ranked = hw.find_heads([*good, spoiled(where)], "previous_token")
    assert np.isfinite(ranked["score"]).all()


def test_large_scores_beside_a_vector_that_is_no_number():
    trace = text(6, 5, scale=300.0)
    clean = hw.head_metrics(trace)
    trace.block().records[0].queries[1] = np.nan
    table = hw.head_metrics(trace)
    others = [pair for pair in table.index if pair != (0, 1)]
    numbers = list(MEASURES)
    np.testing.assert_allclose(table.loc[others, numbers], clean.loc[others, numbers], rtol=1e-5)
    assert table.loc[(0, 1), numbers].isna().all()
    assert table.loc[(0, 1), "texts"] == 0


def test_missing_weights_are_pairs_that_are_not_seen():
    maps = np.full((1, 1, 2, 4, 4), 0.25, np.float32)
    maps[0, 0, 1, 2, 1] = np.nan
    trace = hw.from_attentions(maps, hw.Tokens.from_labels(list("abcd")))
    found = hw.find_heads(trace, "previous_token")["score"]
    assert found.loc[(0, 0)] == found.loc[(0, 1)] == 0.25
    table = hw.head_metrics(trace)
    assert table["previous"].tolist() == pytest.approx([0.25, 0.25])


def test_an_empty_batch_and_one_token():
    with pytest.raises(hw.InputError, match="no trace"):
        hw.head_metrics(hw.TraceBatch([]))
    with pytest.raises(hw.InputError, match="no trace"):
        hw.find_heads(iter([]), "self")
    tokens = hw.Tokens.from_labels(["x"])
    records = (AttentionRecord(queries=np.ones((1, 1, 2)), keys=np.ones((1, 1, 2))),)
    one = hw.Trace([hw.Block("encoder", records, tokens, tokens, causal=False)])
    table = hw.head_metrics([one, one], progress=False)
    assert table.loc[(0, 0), ["entropy", "self", "first"]].tolist() == [0, 1, 1]
    assert table.loc[(0, 0), ["previous", "spread", "variability"]].isna().all()
    with pytest.raises(hw.InputError, match="no query"):
        hw.find_heads(one, "previous_token")


def test_questions_are_of_what_is_known():
    assert Question().names == MEASURES
    assert Question(("spread",)).any_of("entropy", "spread")
    assert not Question(("spread",)).any_of("entropy")


def test_means_joined_are_means_of_all():
    random = np.random.default_rng(0)
    values = random.normal(size=(20, 3))
    values[random.random((20, 3)) < 0.2] = np.nan
    values[:, 2] = np.nan
    one, several = RunningMean((3,)), RunningMean((3,))
    for each in values:
        one.add(each)
    for part in (values[:7], values[7:8], values[8:]):
        several.add_all(part)
    np.testing.assert_array_equal(one.count, several.count)
    np.testing.assert_allclose(one.mean, several.mean)
    np.testing.assert_allclose(one.standard_error, several.standard_error)
