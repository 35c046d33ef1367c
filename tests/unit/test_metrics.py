import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwise.bands import bands
from headwise.metrics.heads import FACTS, HeadFacts, head_facts
from headwise.record import AttentionRecord

F32 = np.float32
ORDINARY = [False, False, False]


def facts_of(weights, visible=None, special=ORDINARY, square=True, **more):
    """The figures of one head, by name."""
    found = head_facts(np.array([weights], F32), visible, special, square, **more)
    assert found.shape == (1, 9)
    assert found.dtype == F32
    return dict(zip(FACTS, found[0].tolist(), strict=True))


def entropy(*row):
    return -sum(weight * np.log(weight) for weight in row if weight)


def test_figures_by_value():
    found = facts_of([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5], [0.125, 0.75, 0.125]])
    rows = [entropy(0.5, 0.5), entropy(0.25, 0.25, 0.5), entropy(0.125, 0.75, 0.125)]
    assert found == pytest.approx(
        {
            "entropy": np.mean(rows),
            "possible": np.log(3),
            "previous": (0.25 + 0.75) / 2,
            "next": (0.5 + 0.5) / 2,
            "first": (0.5 + 0.25 + 0.125) / 3,
            "special": 0.0,
            "pair_query": 2,
            "pair_key": 1,
            "pair_weight": 0.75,
        },
        rel=1e-6,
    )


@pytest.mark.parametrize(
    ("offset", "name", "other"), [(-1, "previous", "next"), (1, "next", "previous")]
)
def test_a_head_that_always_looks_to_its_neighbour_has_exactly_one(offset, name, other):
    found = facts_of(np.eye(5, k=offset), special=[False] * 5)
    assert (found[name], found[other]) == (1.0, 0.0)


def test_entropy_at_its_ends():
    assert facts_of(np.full((3, 3), 1 / 3))["entropy"] == pytest.approx(np.log(3), rel=1e-6)
    assert facts_of(np.eye(3))["entropy"] == 0.0


def test_causal_attention_has_no_next_key_and_counts_the_keys_that_are_seen():
    found = facts_of([[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.5, 0.25]], np.tri(3, dtype=bool))
    assert np.isnan(found["next"])
    assert found["previous"] == 0.5
    assert found["possible"] == pytest.approx(np.log([1, 2, 3]).mean())
    assert found["first"] == pytest.approx((1 + 0.5 + 0.25) / 3)


def test_a_weight_that_is_not_seen_is_not_looked_at():
    seen = np.tri(3, dtype=bool)
    inside = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.5, 0.25]])
    assert facts_of(inside + 9 * ~seen, seen) == pytest.approx(facts_of(inside, seen), nan_ok=True)


def test_a_query_that_sees_no_key_does_not_count():
    seen = np.array([[True, True, True], [False, False, False], [True, True, True]])
    found = facts_of([[0.5, 0.25, 0.25], [0, 0, 0], [0.25, 0.25, 0.5]], seen)
    assert found["first"] == pytest.approx(0.375)
    assert found["entropy"] == pytest.approx(entropy(0.5, 0.25, 0.25))
    assert found["possible"] == pytest.approx(np.log(3))


def test_special_tokens_take_mass_and_are_in_no_pair():
    weights = [[0.0, 0.5, 0.5], [0.75, 0.05, 0.2], [0.4, 0.3, 0.3]]
    found = facts_of(weights, special=[True, False, False])
    assert found["special"] == pytest.approx((0.0 + 0.75 + 0.4) / 3)
    assert [found[name] for name in FACTS[6:]] == pytest.approx([2, 1, 0.3])
    assert found["first"] == pytest.approx(found["special"])


def test_two_lists_of_tokens_have_no_neighbours_and_may_pair_equal_numbers():
    weights = [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]
    found = facts_of(
        weights, special=[False, False], square=False, special_queries=[True, False, False]
    )
    assert np.isnan([found["previous"], found["next"]]).all()
    assert [found[name] for name in FACTS[6:]] == pytest.approx([1, 1, 0.8])


@pytest.mark.parametrize(
    ("weights", "special"),
    [(np.eye(3), ORDINARY), (np.full((3, 3), 1 / 3), [True, True, False]), (np.zeros((3, 3)), [])],
)
def test_where_no_ordinary_pair_has_a_weight_there_is_none(weights, special):
    found = facts_of(weights, special=special or ORDINARY)
    assert (found["pair_query"], found["pair_key"]) == (-1, -1)
    assert np.isnan(found["pair_weight"])


def test_of_equal_pairs_it_is_the_first():
    found = facts_of(np.full((3, 3), 1 / 3))
    assert (found["pair_query"], found["pair_key"]) == (0, 1)


def test_one_token():
    found = facts_of([[1.0]], special=[False])
    assert (found["entropy"], found["possible"], found["first"]) == (0.0, 0.0, 1.0)
    assert np.isnan([found["previous"], found["next"], found["pair_weight"]]).all()


def test_missing_weights_are_left_out():
    gap = np.nan
    found = facts_of([[0.5, gap, 0.5], [gap, gap, gap], [0.25, 0.25, gap]])
    assert found["entropy"] == pytest.approx(np.mean([entropy(0.5, 0.5), entropy(0.25, 0.25)]))
    assert found["possible"] == pytest.approx(np.log(2))
    assert found["first"] == pytest.approx(0.375)
    assert found["previous"] == pytest.approx(0.25)
    assert np.isnan(found["next"])
    assert [found[name] for name in FACTS[6:]] == pytest.approx([0, 2, 0.5])


def test_missing_weights_of_one_head_leave_the_others_alone():
    weights = np.full((2, 3, 3), 1 / 3, F32)
    whole = head_facts(weights[:1], None, ORDINARY, True)
    weights[1, 0] = np.nan
    found = head_facts(weights, None, ORDINARY, True)
    np.testing.assert_array_equal(found[0], whole[0])
    assert not np.isnan(found[1]).any()


def test_heads_of_which_nothing_came_are_nan():
    special = np.zeros(3, bool)
    facts = HeadFacts(3, special, special, square=True)
    facts.add([1], 0, np.full((1, 3, 3), 1 / 3, F32), None)
    found = facts.result()
    assert np.isnan(found[[0, 2]][:, [0, 1, 2, 3, 4, 5, 8]]).all()
    assert (found[[0, 2]][:, 6:8] == -1).all()
    assert found[1, 4] == pytest.approx(1 / 3)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(1, 4), st.booleans(), st.integers(0, 2**31))
def test_band_by_band_is_the_same_as_at_once(count, step, causal, seed):
    draw = np.random.default_rng(seed)
    record = AttentionRecord(
        queries=draw.normal(size=(4, count, 3)),
        keys=draw.normal(size=(2, count, 3)),
        causal=causal,
        visible=draw.random((count, count)) < 0.8,
        sinks=draw.normal(size=4),
    )
    special = draw.random(count) < 0.3
    whole = head_facts(record.weights(), record.allowed(), special, True)
    parts = HeadFacts(4, special, special, square=True)
    for start in range(0, count, step):
        stop = min(start + step, count)
        for heads in ([0, 1, 2], [3]):
            weights = record.band(heads, start, stop)
            seen = record.allowed(slice(start, stop))[:, : weights.shape[2]]
            parts.add(heads, start, weights, seen)
    np.testing.assert_allclose(parts.result(), whole, atol=1e-6)


def test_bands_cover_every_captured_head_and_query_once():
    draw = np.random.default_rng(0)
    record = AttentionRecord(
        queries=draw.normal(size=(3, 700, 2)),
        keys=draw.normal(size=(3, 700, 2)),
        causal=True,
        kept=[1, 4, 7],
        model_heads=(8, 8),
    )
    weights = record.weights()
    covered = np.zeros((8, 700), int)
    for heads, start, part, visible in bands(record, 13):
        rows = slice(start, start + part.shape[1])
        covered[heads, rows] += 1
        assert start % 13 == 0
        assert part.shape[2] == rows.stop
        np.testing.assert_allclose(part, weights[heads][:, rows, : part.shape[2]], atol=1e-6)
        np.testing.assert_array_equal(visible, record.allowed(rows)[:, : part.shape[2]])
    assert (covered[[1, 4, 7]] == 1).all()
    assert covered.sum() == 3 * 700
