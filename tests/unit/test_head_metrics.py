import numpy as np
import pytest

import headwise as hw
from headwise.metrics.measures import MEASURES
from headwise.metrics.running import RunningMean

N = 6
LABELS = ["[CLS]", "The", "cat", "sat", ".", "[SEP]"]
SPECIAL = [True, False, False, False, False, True]


def text(*maps, labels=LABELS, special=SPECIAL, segments=None):
    """A trace of one layer with these maps, one a head."""
    tokens = hw.Tokens.from_labels(labels, special=special, segments=segments)
    weights = np.array([maps], np.float32)
    return hw.from_attentions(weights[:, None], tokens)


def previous():
    found = np.eye(N, k=-1)
    found[0, 0] = 1
    return found


def to_key(key):
    found = np.zeros((N, N))
    found[:, key] = 1
    return found


def uniform():
    return np.full((N, N), 1 / N)


def test_measures_of_planted_heads_by_value():
    table = hw.head_metrics(text(previous(), to_key(4), uniform()))
    assert list(table.index) == [(0, 0), (0, 1), (0, 2)]
    assert table.index.names == ["layer", "head"]
    assert table["texts"].tolist() == [1, 1, 1]
    assert not [name for name in table if name.endswith("_se")]
    looks_back, marks, alike = (table.loc[(0, head)] for head in range(3))
    # Four ordinary queries, 1 to 4; the first of them looks to [CLS].
    assert looks_back[["previous", "next", "self", "distance"]].tolist() == [1, 0, 0, 1]
    assert looks_back[["first", "special", "confidence"]].tolist() == [0.25, 0.25, 0.75]
    assert looks_back["entropy"] == looks_back["spread"] == 0
    assert marks[["punctuation", "column", "self"]].tolist() == [1, 1, 0.25]
    assert marks["distance"] == pytest.approx((3 + 2 + 1 + 0) / 4)
    assert alike["entropy"] == pytest.approx(np.log(N), rel=1e-6)
    assert alike["spread"] == pytest.approx(1, rel=1e-6)
    assert alike["special"] == pytest.approx(2 / N, rel=1e-6)
    assert table["pattern"].tolist() == ["diagonal", "vertical", "mixed"]
    assert np.isnan(table["variability"]).all()
    assert np.isnan(table["own_sentence"]).all()


def test_special_queries_count_only_when_asked():
    only_special = np.zeros((N, N))
    only_special[[0, 5], 5] = 1
    only_special[1:5, 2] = 1
    trace = text(only_special)
    assert hw.head_metrics(trace).loc[(0, 0), "special"] == 0
    found = hw.head_metrics(trace, special_queries=True).loc[(0, 0), "special"]
    assert found == pytest.approx(2 / 6)


def test_sink_rate_has_its_parameters():
    sink = 0.25 * uniform() + 0.75 * to_key(0)
    traces = [text(sink), text(uniform()), text(uniform())]
    assert hw.head_metrics(traces).loc[(0, 0), "sink"] == pytest.approx(1 / 3)
    assert hw.head_metrics(traces, epsilon=0.9).loc[(0, 0), "sink"] == 0
    assert hw.head_metrics(traces, epsilon=0.1).loc[(0, 0), "sink"] == 1
    late = uniform()
    late[3:] = to_key(0)[3:]
    assert hw.head_metrics(text(late), epsilon=0.4, sink_tokens=3).loc[(0, 0), "sink"] == 0
    assert hw.head_metrics(text(late), epsilon=0.4).loc[(0, 0), "sink"] == 1


def test_means_and_errors_over_texts_are_those_of_numpy():
    random = np.random.default_rng(5)
    maps = random.dirichlet(np.ones(N), (7, 2, N))
    traces = [text(*each) for each in maps]
    single = np.array([hw.head_metrics(trace)["entropy"] for trace in traces])
    table = hw.head_metrics(iter(traces))
    np.testing.assert_allclose(table["entropy"], single.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        table["entropy_se"], single.std(axis=0, ddof=1) / np.sqrt(7), rtol=1e-9
    )
    assert set(MEASURES) <= set(table.columns)


def test_variability_is_zero_for_place_and_one_for_heads_that_never_agree():
    left, right = to_key(2), to_key(3)
    table = hw.head_metrics([text(previous(), left), text(previous(), right)], variability_tokens=4)
    assert table["variability"].tolist() == [0, 0.5]


def test_causal_attention_has_no_next_token_and_a_column_needs_half_of_the_queries():
    causal = np.tril(np.ones((N, N)))
    causal /= causal.sum(axis=1, keepdims=True)
    tokens = hw.Tokens.from_labels(list("abcdef"))
    trace = hw.from_attentions(np.array([[[causal]]], np.float32), tokens)
    found = hw.head_metrics(trace).loc[(0, 0)]
    assert np.isnan(found["next"])
    assert found["spread"] == pytest.approx(1, rel=1e-5)
    # All see key 0: the mean of 1, 1/2, …, 1/6. Key 5, which one query sees, does not count.
    assert found["column"] == pytest.approx(np.mean(1 / np.arange(1, 7)), rel=1e-5)


def test_own_sentence_of_pairs():
    segments = [0] * 12 + [1] * 12
    inside = (np.array(segments)[:, None] == segments) / 12
    labels, special = [str(place) for place in range(24)], [False] * 24
    both = np.full((24, 24), 1 / 24)
    found = hw.head_metrics(text(inside, both, labels=labels, special=special, segments=segments))
    assert found["own_sentence"].tolist() == pytest.approx([1, 0.5], rel=1e-5)
    assert found["pattern"].tolist() == ["block", "mixed"]


def test_one_token_and_no_ordinary_query():
    one = hw.from_attentions(np.ones((1, 1, 1, 1, 1)), hw.Tokens.from_labels(["x"]))
    found = hw.head_metrics(one).loc[(0, 0)]
    assert found["entropy"] == 0
    assert np.isnan(found["previous"])
    assert np.isnan(found["spread"])
    special = text(uniform(), special=[True] * N)
    found = hw.head_metrics(special).loc[(0, 0)]
    assert np.isnan(found["entropy"])
    assert found["texts"] == 0
    assert found["pattern"] is None


@pytest.mark.parametrize(
    ("traces", "message"),
    [
        ([], "no trace"),
        (3, "not int"),
        ("text", "not str"),
        (["text"], "text 0 is no trace but str"),
        ([text(uniform()), text(uniform(), uniform())], "traces of one model"),
    ],
)
def test_what_is_no_set_of_traces(traces, message):
    with pytest.raises(hw.InputError, match=message):
        hw.head_metrics(traces)


@pytest.mark.parametrize(
    "wrong", [{"epsilon": 2}, {"sink_tokens": 0}, {"variability_tokens": 0}, {"epsilon": -0.1}]
)
def test_numbers_out_of_range(wrong):
    with pytest.raises(hw.InputError, match="epsilon"):
        hw.head_metrics(text(uniform()), **wrong)


def test_the_index_is_a_selection():
    table = hw.head_metrics(text(uniform(), previous()))
    picked = hw.Selection(heads=table.nlargest(1, "previous").index)
    assert picked.heads == (hw.Head(0, 1),)


def test_running_mean_leaves_missing_values_out():
    running = RunningMean((2,))
    for values in ([1.0, np.nan], [3.0, np.nan], [np.nan, 5.0]):
        running.add(np.array(values))
    assert running.mean.tolist() == [2, 5]
    assert running.standard_error[0] == pytest.approx(1)
    assert np.isnan(running.standard_error[1])
