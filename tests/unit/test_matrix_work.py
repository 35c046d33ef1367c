import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix_cases import asked, close, one, overlaid, params, pooled, record, small, traced, whole
from safetensors.numpy import load

from headwise.errors import InputError, OutOfRange
from headwise.record import AttentionRecord
from headwise.wire.matrix import marginals_tile, matrix_archive, matrix_snapshot, matrix_tile
from headwise.wire.matrix_maps import MatrixMaps
from headwise.wire.protocol import read_map, read_matrix


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
