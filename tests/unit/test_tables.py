"""What is picked as a DataFrame, and a trace as an xarray.DataArray."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

import headwise as hw
from headwise.errors import BudgetError, HeadwiseError, InputError, OutOfRange
from headwise.export import tables
from headwise.selection import Selection


def test_a_row_for_each_head_query_and_key(keep, make_trace):
    trace = make_trace(layers=3, heads=4, count=5, labels=["[CLS]", "a", "cat", "a", "dog"])
    view = keep(hw.head_view(trace, selection={"heads": [[2, 1], [0, 3]]}, index_base=1))
    found = view.to_dataframe()
    assert list(found.columns) == [
        *["block", "layer", "head", "query", "key", "query_token", "key_token", "weight"]
    ]
    assert found.shape == (2 * 25, 8)
    kinds = [found[name].dtype.name for name in ("layer", "head", "query", "key", "weight")]
    assert kinds == ["int64"] * 4 + ["float32"]
    row = found.iloc[1 * 5 + 2]
    assert row.drop("weight").to_list() == ["encoder", 2, 1, 1, 2, "a", "cat"]
    for (layer, head), part in found.groupby(["layer", "head"], sort=False):
        weights = part.pivot_table(index="query", columns="key", values="weight").to_numpy()
        np.testing.assert_array_equal(weights, trace.weights(layer, head))
    assert list(dict.fromkeys(zip(found["layer"], found["head"], strict=True))) == [(2, 1), (0, 3)]


@pytest.mark.parametrize(
    ("picked", "queries", "keys"),
    [
        ({"query": 0}, [0], [0, 1, 2, 3]),
        ({"key": 3}, [0, 1, 2, 3], [3]),
        ({"query": 2, "key": 1}, [2], [1]),
        ({"query_range": (1, 3), "key_range": (0, 2)}, [1, 2], [0, 1]),
        ({"query_range": (1, 3), "key": 0}, [1, 2], [0]),
    ],
)
def test_what_is_locked_or_brushed_alone(make_trace, picked, queries, keys):
    trace = make_trace(layers=1, heads=2, count=4)
    found = tables.to_dataframe(trace, Selection(heads=[(0, 1)], **picked))
    assert sorted(set(found["query"])) == queries
    assert sorted(set(found["key"])) == keys
    assert len(found) == len(queries) * len(keys)
    expected = trace.weights(0, 1)[np.ix_(queries, keys)].ravel()
    np.testing.assert_allclose(found["weight"], expected, rtol=1e-6)


def test_the_tokens_of_both_sides(translation):
    found = tables.to_dataframe(translation, Selection("cross", [(1, 3)], query=4))
    assert set(found["block"]) == {"cross"}
    assert list(found["query_token"]) == ["t4"] * 7
    assert list(found["key_token"]) == [f"t{number}" for number in range(7)]


def test_nothing_picked_is_an_empty_table_with_the_same_columns(make_trace):
    found = tables.to_dataframe(make_trace(layers=1), Selection())
    assert found.shape == (0, len(tables.COLUMNS))
    assert found["weight"].dtype == np.float32


def test_a_table_that_is_too_large_is_not_begun(make_trace, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 31)
    trace = make_trace(layers=1, heads=2, count=4)
    assert len(tables.to_dataframe(trace, Selection(heads=[(0, 0)]))) == 16
    with pytest.raises(BudgetError, match="2 heads of 4 queries and 4 keys make 32 rows"):
        tables.to_dataframe(trace, Selection(heads=[(0, 0), (0, 1)]))


@pytest.mark.parametrize("make", [hw.model_view, hw.neuron_view, hw.matrix_view, hw.explore])
def test_every_view_has_a_table(keep, make_trace, make):
    view = keep(make(make_trace(layers=2, heads=2, count=3)))
    heads = len(view.selected_heads)
    assert len(view.to_dataframe()) == heads * 9


class TestXarray:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("xarray", reason="to_xarray needs the extra [xarray]")

    def test_weights_with_their_numbers_and_tokens(self, make_trace):
        trace = make_trace(layers=3, heads=4, count=5, labels=["[CLS]", "a", "cat", "a", "dog"])
        found = trace.to_xarray()
        assert (found.name, found.dims) == ("weight", ("layer", "head", "query", "key"))
        assert (found.shape, found.dtype) == ((3, 4, 5, 5), np.float32)
        assert found.attrs == {"block": "encoder", "model": ""}
        np.testing.assert_array_equal(found.sel(layer=2, head=1), trace.weights(2, 1))
        assert float(found.sel(layer=0, head=3, query=4, key=2)) == trace.weights(0, 3)[4, 2]
        assert list(found["query_token"].to_numpy()) == ["[CLS]", "a", "cat", "a", "dog"]
        to_a = found.sel(key=[text == "a" for text in found["key_token"].to_numpy()])
        np.testing.assert_array_equal(to_a[1, 0], trace.weights(1, 0)[:, [1, 3]])

    def test_some_layers_and_heads_in_the_order_that_is_asked_for(self, make_trace):
        trace = make_trace(layers=3, heads=4, count=5)
        found = trace.to_xarray(layers=[2, 0], heads=(n for n in (3, 1)))
        assert list(found["layer"]) == [2, 0]
        assert list(found["head"]) == [3, 1]
        np.testing.assert_array_equal(found[1, 0], trace.weights(0, 3))

    def test_a_block_of_its_own(self, translation):
        found = translation.to_xarray(block="cross")
        assert found.shape == (3, 4, 5, 7)
        np.testing.assert_array_equal(found[2, 1], translation.weights(2, 1, block="cross"))

    def test_what_was_not_captured_is_nan(self, subset):
        found = subset.to_xarray()
        assert list(found["layer"]) == [1, 3, 5]
        assert list(found["head"]) == [1, 2, 7, 11]
        np.testing.assert_array_equal(found.sel(layer=3, head=7), subset.weights(3, 7))
        assert np.isnan(found.sel(layer=3, head=2)).all()

    @pytest.mark.parametrize(
        ("asked", "error", "said"),
        [
            ({"layers": [3]}, OutOfRange, "layer 3 does not exist"),
            ({"heads": [4]}, OutOfRange, "head 4 does not exist"),
            ({"layers": []}, InputError, "layers is empty"),
            ({"heads": 1}, InputError, "heads must be a list of head numbers, not 1"),
            ({"block": "cross"}, OutOfRange, "block 'cross' does not exist"),
            ({"limit": 1199}, BudgetError, "3 layers of 4 heads over 5 x 5 tokens take 1200 bytes"),
        ],
    )
    def test_what_cannot_be_had_is_said(self, make_trace, asked, error, said):
        with pytest.raises(error, match=re.escape(said)):
            make_trace(layers=3, heads=4, count=5).to_xarray(**asked)

    def test_a_limit_is_kept_before_anything_is_computed(self, make_trace, monkeypatch):
        trace = make_trace(layers=3, heads=4, count=5)
        monkeypatch.setattr(type(trace), "weights", None)
        with pytest.raises(BudgetError, match="over the limit of 10"):
            trace.to_xarray(limit=10)

    def test_a_layer_that_was_not_captured_is_said(self, subset):
        with pytest.raises(OutOfRange, match="layer 0 of block 'encoder' was not captured"):
            subset.to_xarray(layers=[0])
        with pytest.raises(OutOfRange, match="head 5 of layer 1 was not captured"):
            subset.to_xarray(heads=[5])


def test_without_xarray_the_extra_is_named(make_trace, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(HeadwiseError, match=re.escape("pip install 'headwise[xarray]'")):
        make_trace(layers=1).to_xarray()
