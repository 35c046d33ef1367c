import json
import tracemalloc
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from headwise.errors import InputError, OutOfRange
from headwise.record import AttentionRecord
from headwise.reduce import aggregate, marginals
from headwise.tokens import Tokens
from headwise.trace import Block, Trace
from headwise.wire import matrix, matrix_maps
from headwise.wire.matrix import marginals_tile, matrix_archive, matrix_snapshot, matrix_tile
from headwise.wire.matrix_maps import MatrixMaps, halved
from headwise.wire.matrix_spec import MapSpec
from headwise.wire.protocol import read_map, read_matrix


def tokens(count):
    return Tokens.from_labels(
        [f"t{number}" for number in range(count)],
        special=[number in (0, count - 1) for number in range(count)],
    )


def record(queries, keys, seed=0, *, heads=4, size=4, **more):
    draw = np.random.default_rng(seed)
    key_heads = more.pop("key_heads", heads)
    return AttentionRecord(
        queries=draw.normal(size=(heads, queries, size)).astype(np.float32),
        keys=draw.normal(size=(key_heads, keys, size)).astype(np.float32),
        scale=1.5,
        **more,
    )


def traced(*records, causal=False):
    first = records[0]
    block = Block(
        "main", records, tokens(first.query_count), tokens(first.key_count), causal=causal
    )
    return Trace([block])


def params(*heads, how="mean", hide=False, **piece):
    which = {"block": "main", "heads": heads, "aggregate": how, "hide_special": hide}
    return {**which, **piece}


def asked(*heads, pool=1, row=0, column=0, dtype="u8", **more):
    return params(*heads, pool=pool, row=row, column=column, dtype=dtype, **more)


def one(blob):
    ((name, array),) = load(blob).items()
    return name, array


def overlaid(trace, heads, how, *, hide=False):
    """Weights laid over each other and the pairs in play, worked out whole."""
    block = trace.block()
    pairs = sorted(set(heads))
    weights = aggregate(np.stack([trace.weights(*pair) for pair in pairs]), how)
    shape = weights.shape
    seen = np.zeros(shape, np.bool_)
    for layer, _ in pairs:
        allowed = block.records[layer].allowed()
        seen |= np.ones(shape, np.bool_) if allowed is None else allowed
    if hide:
        seen &= ~np.array(block.query_tokens.special)[:, None]
        seen &= ~np.array(block.key_tokens.special)
    return weights, seen


def pooled(weights, seen, pool, full=1):
    """Codes of dots, dot by dot."""
    rows, columns = (-(-count // pool) for count in weights.shape)
    codes = np.zeros((rows, columns), np.uint8)
    for row in range(rows):
        for column in range(columns):
            cell = np.s_[row * pool : (row + 1) * pool, column * pool : (column + 1) * pool]
            known = weights[cell][seen[cell]]
            known = known[~np.isnan(known)]
            if known.size:
                share = min(max(float(known.max()) / full, 0.0), 1.0)
                codes[row, column] = 1 + round(254 * share**0.5)
    return codes


def whole(trace, *heads, pool=1, dtype="u8", maps=None, **more):
    """Every piece of a level, put together."""
    maps = MatrixMaps() if maps is None else maps
    block = trace.block()
    side = matrix.CELLS if dtype == "f32" else matrix.DOTS * pool
    rows, columns = -(-len(block.query_tokens) // side), -(-len(block.key_tokens) // side)

    def piece(row, column):
        where = asked(*heads, pool=pool, row=row, column=column, dtype=dtype, **more)
        return one(matrix_tile(trace, maps, where, np.inf))[1]

    return np.block([[piece(row, column) for column in range(columns)] for row in range(rows)])


def small(unit=64, least=2, dots=8, cells=4):
    """Pieces, bands and steps so small that short texts have many."""
    return mock.patch.multiple(matrix_maps, _UNIT=unit, _LEAST_QUERIES=least), mock.patch.multiple(
        matrix, DOTS=dots, CELLS=cells
    )


def close(found, expected):
    assert found.shape == expected.shape
    assert np.array_equal(found == 0, expected == 0)
    assert np.abs(found.astype(int) - expected.astype(int)).max(initial=0) <= 1


sides = st.integers(1, 50)


@settings(max_examples=60, deadline=None)
@given(sides, sides, st.sampled_from([1, 2, 4, 8, 16]), st.booleans(), st.booleans())
def test_pieces_are_the_pooled_weights(queries, keys, pool, causal, hide):
    trace = traced(record(queries, keys, causal=causal))
    limits, pieces = small()
    with limits, pieces:
        found = whole(trace, (0, 1), pool=pool, hide=hide)
    close(found, pooled(*overlaid(trace, [(0, 1)], "mean", hide=hide), pool))


@settings(max_examples=30, deadline=None)
@given(sides, sides, st.booleans())
def test_exact_pieces_are_the_weights(queries, keys, causal):
    trace = traced(record(queries, keys, causal=causal))
    limits, pieces = small()
    with limits, pieces:
        found = whole(trace, (0, 2), dtype="f32")
    weights, seen = overlaid(trace, [(0, 2)], "mean")
    assert found.dtype == np.float32
    assert np.array_equal(np.isneginf(found), ~seen)
    np.testing.assert_allclose(found[seen], weights[seen], atol=1e-6)


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
@pytest.mark.parametrize("pool", [1, 4])
def test_heads_of_several_layers_are_laid_over_each_other(how, pool):
    trace = traced(*(record(20, 20, seed, causal=seed == 1) for seed in range(3)))
    heads = [(2, 3), (0, 1), (1, 0), (1, 2)]
    limits, pieces = small()
    with limits, pieces:
        found = whole(trace, *heads, pool=pool, how=how)
        exact = whole(trace, *heads, how=how, dtype="f32")
    weights, seen = overlaid(trace, heads, how)
    close(found, pooled(weights, seen, pool, 4 if how == "sum" else 1))
    np.testing.assert_allclose(exact[seen], weights[seen], atol=1e-6)


def windowed(count, width):
    near = np.arange(count)
    return np.abs(near[:, None] - near) <= width


@pytest.mark.parametrize(
    "more",
    [
        {"sinks": np.array([0.5, -1, 2, 0], np.float32), "causal": True},
        {"key_heads": 2, "causal": True},
        {"visible": windowed(30, 3)},
        {"visible": windowed(30, 3), "causal": True},
        {"bias": np.random.default_rng(1).normal(size=(4, 30, 30)).astype(np.float32)},
        {"softcap": 3.0},
    ],
    ids=["sinks", "grouped", "window", "causal window", "bias", "softcap"],
)
def test_every_kind_of_record(more):
    trace = traced(record(30, 30, **more))
    limits, pieces = small()
    with limits, pieces:
        for pool in (1, 4):
            found = whole(trace, (0, 3), (0, 1), pool=pool, how="max")
            close(found, pooled(*overlaid(trace, [(0, 3), (0, 1)], "max"), pool))


def test_a_key_that_one_of_two_layers_sees_is_seen():
    trace = traced(record(6, 6, causal=True), record(6, 6, visible=np.eye(6, dtype=np.bool_)))
    found = whole(trace, (0, 0), (1, 0))
    assert np.array_equal(found > 0, np.tri(6, dtype=np.bool_))
    assert np.array_equal(whole(trace, (1, 0)) > 0, np.eye(6, dtype=np.bool_))


def test_missing_weights_are_nothing_in_bytes_and_nan_in_floats():
    given_weights = np.full((1, 4, 4), 0.25, np.float32)
    given_weights[0, 1, 2] = np.nan
    given_weights[0, :, 3] = np.nan
    trace = traced(AttentionRecord(given=given_weights))
    weights, seen = overlaid(trace, [(0, 0)], "mean")
    close(whole(trace, (0, 0), pool=2), pooled(weights, seen, 2))
    assert np.array_equal(np.isnan(whole(trace, (0, 0), dtype="f32")), np.isnan(given_weights[0]))
    found = load(marginals_tile(trace, MatrixMaps(), params((0, 0)), np.inf))
    strongest, received = marginals(given_weights)
    np.testing.assert_array_equal(found["matrix-strongest/main/0.0~mean~0"], strongest[0])
    np.testing.assert_array_equal(found["matrix-received/main/0.0~mean~0"], received[0])


def test_a_single_bright_cell_survives_pooling():
    bright = np.full((1, 64, 64), 1e-4, np.float32)
    bright[0, 37, 11] = 0.9
    found = whole(traced(AttentionRecord(given=bright)), (0, 0), pool=16)
    assert found.shape == (4, 4)
    assert found[2, 0] == 1 + round(254 * 0.9**0.5)
    assert np.sort(found, axis=None)[-2] == 1 + round(254 * 1e-4**0.5)


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
@pytest.mark.parametrize("hide", [False, True])
def test_marginals_of_a_map(how, hide):
    trace = traced(*(record(33, 33, seed, causal=True) for seed in range(2)))
    heads = [(0, 1), (1, 3)]
    limits, pieces = small()
    with limits, pieces:
        found = load(
            marginals_tile(trace, MatrixMaps(), params(*heads, how=how, hide=hide), np.inf)
        )
    weights, _ = overlaid(trace, heads, how)
    ordinary = ~np.array(trace.tokens.special)
    allowed = ordinary[:, None] & ordinary if hide else None
    strongest, received = marginals(weights[None], allowed)
    name = f"main/0.1+1.3~{how}~{int(hide)}"
    np.testing.assert_allclose(found[f"matrix-strongest/{name}"], strongest[0], atol=1e-6)
    np.testing.assert_allclose(found[f"matrix-received/{name}"], received[0], atol=1e-6)


@pytest.mark.parametrize(
    ("heads", "how", "hide", "name"),
    [
        ([(3, 1)], "sum", False, "3.1~mean~0"),
        ([(1, head) for head in range(12)], "max", True, "1.0-11~max~1"),
        ([(2, 5), (0, 3), (2, 0), (2, 4), (0, 3)], "sum", False, "0.3+2.0,4-5~sum~0"),
    ],
)
def test_maps_have_names(heads, how, hide, name):
    assert MapSpec.of("main", heads, how, hide).name == name


def test_a_tensor_is_named_by_its_map_level_and_place():
    trace = traced(record(300, 300))
    tile = matrix_tile(trace, MatrixMaps(), asked((0, 1), row=2, column=1), np.inf)
    assert one(tile)[0] == "matrix/main/0.1~mean~0/1/2/1"
    assert one(tile)[1].shape == (44, 128)
    tile = matrix_tile(trace, MatrixMaps(), asked((0, 1), row=4, column=0, dtype="f32"), np.inf)
    assert one(tile)[0] == "matrix/main/0.1~mean~0/exact/4/0"
    assert one(tile)[1].shape == (44, 64)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_halving_twice_pools_by_four(count):
    values = np.random.default_rng(count).normal(size=(count, 7)).astype(np.float32)
    twice = halved(halved(values))
    expected = [
        [values[row : row + 4, column : column + 4].max() for column in range(0, 7, 4)]
        for row in range(0, count, 4)
    ]
    np.testing.assert_array_equal(twice, np.array(expected))


@pytest.fixture
def steps(monkeypatch):
    """How many weights each step computed."""
    made = []
    before = AttentionRecord.band

    def counted(self, heads, start, stop):
        found = before(self, heads, start, stop)
        made.append(found.size)
        return found

    monkeypatch.setattr(AttentionRecord, "band", counted)
    return made


def test_a_request_stops_after_its_work_and_the_next_goes_on(steps):
    trace = traced(record(256, 256))
    maps = MatrixMaps()
    limits, pieces = small(unit=4096, dots=128)
    with limits, pieces:
        rows = []
        while not rows or rows[-1] < 128:
            taken = len(steps)
            _, piece = one(matrix_tile(trace, maps, asked((0, 1)), 2 * 4096))
            rows.append(len(piece))
            assert sum(steps[taken:]) == 2 * 4096
        assert rows == [32, 64, 96, 128]
        whole_map = pooled(*overlaid(trace, [(0, 1)], "mean"), 1)
        close(piece, whole_map[:128, :128])


def test_a_step_is_a_part_of_a_band_where_many_heads_make_a_map(steps):
    trace = traced(*(record(64, 64, seed) for seed in range(3)))
    maps = MatrixMaps()
    heads = [(layer, head) for layer in range(3) for head in range(4)]
    limits, pieces = small(unit=1024, least=16, dots=64)
    with limits, pieces:
        asked_times = 0
        found = np.zeros((0, 0))
        while len(found) < 64:
            taken = len(steps)
            found = one(matrix_tile(trace, maps, asked(*heads), 1))[1]
            assert steps[taken:] == [1024]
            asked_times += 1
        assert asked_times == 3 * 4 * 4
    close(found, pooled(*overlaid(trace, heads, "mean"), 1))


def test_other_columns_marginals_and_finer_levels_cost_nothing(steps):
    trace = traced(record(2048, 2048, causal=True))
    maps = MatrixMaps()
    for row in range(4):
        matrix_tile(trace, maps, asked((0, 1), pool=4, row=row), np.inf)
    assert sum(steps) < 0.55 * 2048**2 + 2048 * 256
    taken = len(steps)
    for column in range(1, 4):
        matrix_tile(trace, maps, asked((0, 1), pool=4, row=0, column=column))
    matrix_tile(trace, maps, asked((0, 1), pool=1, row=9, column=3))
    found = load(marginals_tile(trace, maps, params((0, 1))))
    assert set(found) == {f"matrix-{kind}/main/0.1~mean~0" for kind in ("strongest", "received")}
    assert len(steps) == taken


def test_what_is_kept_stays_within_its_limit():
    trace = traced(record(600, 600))
    maps = MatrixMaps(limit=500_000)
    for head in range(4):
        whole(trace, (0, head), maps=maps)
        assert 0 < maps.nbytes <= 500_000
    maps.clear()
    assert maps.nbytes == 0


def test_no_array_of_all_pairs_is_made():
    trace = traced(record(4096, 4096, heads=1, causal=True))
    tracemalloc.start()
    try:
        matrix_tile(trace, MatrixMaps(), asked((0, 0), pool=8), np.inf)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4096 * 4096 * 4 / 4


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (asked((0, 0), row=3), OutOfRange, "row 3 of pieces does not exist.*rows 0 to 2"),
        (asked((0, 0), column=-1), OutOfRange, "column -1 of pieces does not exist"),
        (asked((0, 0), pool=4, column=1), OutOfRange, "columns 0 to 0"),
        (asked((0, 0), row=5, dtype="f32"), OutOfRange, "rows 0 to 4"),
        (asked((0, 0), pool=3), InputError, "1, 2, 4, 8, … weights a side, not 3"),
        (asked((0, 0), pool=0), InputError, "not 0"),
        (asked((0, 0), pool=2, dtype="f32"), InputError, "pool is 1, not 2"),
        (asked(), InputError, "at least one head"),
        (asked((0, 9)), OutOfRange, "head 9 does not exist"),
        (asked((7, 0)), OutOfRange, "layer 7 does not exist"),
    ],
)
def test_pieces_that_do_not_exist(request_, error, message):
    trace = traced(record(300, 300))
    with pytest.raises(error, match=message):
        matrix_tile(trace, MatrixMaps(), request_)


def test_a_head_that_was_not_captured_has_no_map():
    part = AttentionRecord(given=np.full((1, 2, 2), 0.5, np.float32), kept=[1], model_heads=(3, 3))
    trace = traced(part)
    assert whole(trace, (0, 1)).tolist() == [[181, 181], [181, 181]]
    with pytest.raises(OutOfRange, match="head 0 of layer 0 was not captured"):
        whole(trace, (0, 0))


@pytest.mark.parametrize(
    "change",
    [
        {"heads": [[0]]},
        {"heads": [[0, 1, 2]]},
        {"heads": [[0, True]]},
        {"heads": "01"},
        {"heads": None},
        {"aggregate": "each"},
        {"pool": 1.0},
        {"dtype": "f64"},
        {"hide_special": 1},
    ],
)
def test_requests_are_checked(change):
    wire = json.loads(json.dumps(asked((0, 1), (1, 2))))
    assert read_matrix(wire) == asked((0, 1), (1, 2))
    assert read_map(wire) == params((0, 1), (1, 2))
    with pytest.raises(InputError, match=f"parameter '{next(iter(change))}'"):
        read_matrix({**wire, **change})


def test_a_small_map_travels_whole_and_exact():
    trace = traced(record(70, 70))
    found = load(matrix_snapshot(trace, MatrixMaps(), params((0, 1)), 1_000_000))
    assert set(found) == {
        *(f"matrix/main/0.1~mean~0/exact/{row}/{column}" for row in (0, 1) for column in (0, 1)),
        "matrix-strongest/main/0.1~mean~0",
        "matrix-received/main/0.1~mean~0",
    }


def test_a_longer_map_travels_pooled():
    trace = traced(record(1000, 1000))
    found = load(matrix_snapshot(trace, MatrixMaps(), params((0, 1)), 1_000_000))
    levels = {name.split("/")[3] for name in found if name.startswith("matrix/")}
    assert levels == {"2", "4", "8"}
    assert len([name for name in found if name.split("/")[3:4] == ["2"]]) == 16


def test_nothing_travels_that_takes_long(steps):
    trace = traced(*(record(512, 512, seed) for seed in range(17)))
    heads = [(layer, head) for layer in range(17) for head in range(4)]
    assert load(matrix_snapshot(trace, MatrixMaps(), params(*heads), 1_000_000)) == {}
    assert steps == []


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(0, 400_000))
def test_what_travels_fits_its_budget(count, budget):
    trace = traced(record(count, count, heads=1))
    maps = MatrixMaps()
    for collect in (matrix_snapshot, matrix_archive):
        assert len(collect(trace, maps, params((0, 0)), budget)) <= max(budget, 16)


def test_an_archive_holds_finer_levels_while_they_fit():
    trace = traced(record(1200, 1200, heads=1))

    def levels(budget):
        found = load(matrix_archive(trace, MatrixMaps(), params((0, 0)), budget))
        return {name.split("/")[3] for name in found if name.startswith("matrix/")}

    assert levels(50_000) == set()
    assert levels(200_000) == {"4", "8", "16"}
    assert levels(600_000) == {"4", "8", "16", "2"}
    assert levels(2_500_000) == {"4", "8", "16", "2", "1"}
    assert levels(8_000_000) == {"4", "8", "16", "exact"}
