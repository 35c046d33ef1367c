import numpy as np
import pytest

from headwise import InputError, UnsupportedAttention
from headwise.record import AttentionRecord, PackedMask

HEADS, KEY_HEADS, QUERIES, KEYS, SIZE = 6, 2, 7, 9, 5


def naive(q, k, *, scale, softcap=None, bias=None, visible=None, sinks=None):
    """Weights by the definition, in float64, head by head and row by row."""
    heads, rows = q.shape[0], q.shape[1]
    group = heads // k.shape[0]
    weights = np.zeros((heads, rows, k.shape[1]))
    for head in range(heads):
        for row in range(rows):
            score = k[head // group].astype(float) @ q[head, row].astype(float) * scale
            if softcap is not None:
                score = softcap * np.tanh(score / softcap)
            if bias is not None:
                score = score + bias[head % bias.shape[0], row]
            seen = np.ones(len(score), bool) if visible is None else visible[row]
            if not seen.any():
                continue
            powers = np.where(seen, np.exp(score), 0.0)
            sink = 0.0 if sinks is None else np.exp(float(sinks[head]))
            weights[head, row] = powers / (powers.sum() + sink)
    return weights


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(HEADS, QUERIES, SIZE)).astype(np.float32)
    keys = rng.normal(size=(KEY_HEADS, KEYS, SIZE)).astype(np.float32)
    return queries, keys


@pytest.fixture
def visible():
    mask = np.random.default_rng(1).random((QUERIES, KEYS)) < 0.6
    mask[3] = False
    return mask


def extras(name, visible):
    rng = np.random.default_rng(2)
    return {
        "plain": {},
        "mask": {"visible": visible},
        "shared bias": {"bias": rng.normal(size=(1, QUERIES, KEYS)).astype(np.float32)},
        "bias": {"bias": rng.normal(size=(HEADS, QUERIES, KEYS)).astype(np.float32)},
        "softcap": {"softcap": 0.7},
        "sinks": {"sinks": rng.normal(size=HEADS).astype(np.float32)},
        "all": {
            "visible": visible,
            "bias": rng.normal(size=(HEADS, QUERIES, KEYS)).astype(np.float32),
            "softcap": 1.5,
            "sinks": rng.normal(size=HEADS).astype(np.float32),
        },
    }[name]


@pytest.mark.parametrize(
    "name", ["plain", "mask", "shared bias", "bias", "softcap", "sinks", "all"]
)
def test_weights_by_the_definition(vectors, visible, name):
    queries, keys = vectors
    more = extras(name, visible)
    weights = AttentionRecord(queries=queries, keys=keys, scale=0.4, **more).weights()
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights, naive(queries, keys, scale=0.4, **more), atol=2e-7)


@pytest.mark.parametrize(("rows", "columns"), [(5, 5), (3, 6), (6, 3)])
def test_the_implicit_triangle_is_aligned_upper_left(rows, columns):
    rng = np.random.default_rng(3)
    queries = rng.normal(size=(2, rows, 4)).astype(np.float32)
    keys = rng.normal(size=(2, columns, 4)).astype(np.float32)
    record = AttentionRecord(queries=queries, keys=keys, causal=True)
    expected = naive(queries, keys, scale=1.0, visible=np.tri(rows, columns, dtype=bool))
    np.testing.assert_allclose(record.weights(), expected, atol=2e-7)


def test_triangle_and_mask_hold_together(vectors, visible):
    queries, keys = vectors
    record = AttentionRecord(queries=queries, keys=keys, visible=visible, causal=True)
    both = visible & np.tri(QUERIES, KEYS, dtype=bool)
    np.testing.assert_array_equal(record.allowed(), both)
    np.testing.assert_allclose(
        record.weights(), naive(queries, keys, scale=1.0, visible=both), atol=2e-7
    )


def test_scores_are_minus_infinity_where_nothing_is_seen(vectors, visible):
    queries, keys = vectors
    scores = AttentionRecord(queries=queries, keys=keys, visible=visible, scale=0.5).scores()
    assert np.isneginf(scores[:, ~visible]).all()
    expected = 0.5 * queries[4] @ keys[1].T
    np.testing.assert_allclose(scores[4][visible], expected[visible], rtol=1e-5, atol=1e-6)


def test_a_row_that_sees_nothing_is_zero(vectors, visible):
    queries, keys = vectors
    for sinks in (None, np.zeros(HEADS, np.float32)):
        record = AttentionRecord(queries=queries, keys=keys, visible=visible, sinks=sinks)
        assert not record.weights()[:, 3].any()


def test_huge_scores_do_not_overflow():
    queries = np.full((1, 2, 1), 1e4, np.float32)
    keys = np.array([[[1e4], [-1e4]]], np.float32)
    weights = AttentionRecord(queries=queries, keys=keys).weights()
    np.testing.assert_array_equal(weights[0], [[1, 0], [1, 0]])


@pytest.mark.parametrize(
    ("heads", "queries", "keys"),
    [
        (slice(2, 5), slice(1, 4), slice(0, 3)),
        (np.array([5, 0]), np.array([6, 2]), np.array([8])),
        ([1], [0, 0], slice(None)),
        (slice(0, 0), slice(None), slice(None)),
        (slice(None), slice(3, 3), slice(None)),
    ],
)
def test_a_part_equals_the_same_part_of_the_whole(vectors, visible, heads, queries, keys):
    q, k = vectors
    more = extras("all", visible)
    record = AttentionRecord(queries=q, keys=k, causal=True, **more)
    for read in (record.weights, record.scores):
        np.testing.assert_allclose(
            read(heads, queries, keys), read()[heads][:, queries][:, :, keys], atol=1e-6
        )


def test_given_weights_are_returned_and_have_no_scores():
    given = np.random.default_rng(4).random((2, 3, 3)).astype(np.float32)
    record = AttentionRecord(given=given)
    np.testing.assert_array_equal(record.weights([1], [2], [0, 1]), given[1:, 2:, :2])
    assert (record.heads, record.query_count, record.key_count) == (2, 3, 3)
    with pytest.raises(UnsupportedAttention, match="weights only"):
        record.scores()


def test_sizes_and_bytes(vectors, visible):
    queries, keys = vectors
    record = AttentionRecord(queries=queries, keys=keys, visible=visible)
    assert (record.heads, record.key_heads) == (HEADS, KEY_HEADS)
    assert (record.query_count, record.key_count) == (QUERIES, KEYS)
    assert record.nbytes == queries.nbytes + keys.nbytes + QUERIES * 2


def test_a_mask_is_kept_as_bits_and_can_be_shared(vectors, visible):
    queries, keys = vectors
    packed = PackedMask.pack(visible)
    assert packed.bits.nbytes == QUERIES * 2
    first, second = (AttentionRecord(queries=queries, keys=keys, visible=packed) for _ in range(2))
    assert first.mask is second.mask
    np.testing.assert_array_equal(first.visible, visible)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"queries": np.zeros((2, 3, 4)), "keys": None},
        {"queries": np.zeros((2, 3, 4)), "keys": np.zeros((2, 3, 5))},
        {"queries": np.zeros((3, 3, 4)), "keys": np.zeros((2, 3, 4))},
        {"queries": np.zeros((3, 4)), "keys": np.zeros((3, 4))},
        {"given": np.zeros((2, 3, 3)), "visible": np.ones((3, 2), bool)},
        {"given": np.zeros((2, 3, 3)), "bias": np.zeros((3, 3, 3))},
        {"given": np.zeros((2, 3, 3)), "sinks": np.zeros(3)},
    ],
)
def test_arrays_that_do_not_fit(arguments):
    with pytest.raises(InputError):
        AttentionRecord(**arguments)
