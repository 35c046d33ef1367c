"""The heads view: a table of heads, its selection, map, page and figure."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pandas as pd
import pytest
import traitlets
from safetensors.numpy import load
from test_figure import Figure

import headwise as hw
from headwise.errors import BudgetError, HeadwiseError, InputError, OutOfRange, SelectionError
from headwise.export.html import render
from headwise.widgets._head_map import map_of

LAYERS, HEADS = 3, 4
HEADS_OF = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]


def table_of(pairs=HEADS_OF, **columns):
    index = pd.MultiIndex.from_tuples(list(pairs), names=["layer", "head"])
    return pd.DataFrame(columns or {"score": np.linspace(0, 1, len(index))}, index=index)


@pytest.fixture
def heads(keep):
    return lambda table=None, **settings: keep(
        hw.heads_view(table_of() if table is None else table, **settings)
    )


def sent(view):
    return load(zlib.decompress(view.get_state("tensors")["tensors"]))


def distances_of(places):
    apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    index = pd.MultiIndex.from_tuples(HEADS_OF[: len(places)], names=["layer", "head"])
    return pd.DataFrame(apart, index=index, columns=index)


class TestTable:
    def test_numbers_travel_exactly_in_the_order_of_the_heads(self, heads):
        values = np.random.default_rng(0).normal(size=12).astype(np.float32)
        shuffled = np.random.default_rng(1).permutation(12)
        view = heads(table_of(score=values, score_se=values / 10).iloc[shuffled])
        np.testing.assert_array_equal(sent(view)["table/heads/score"], values)
        np.testing.assert_array_equal(sent(view)["table/heads/score_se"], values / 10)
        assert view._table["heads"] == {"heads": HEADS_OF}
        (column,) = view._table["columns"]
        assert (column["name"], column["error"]) == ("score", "score_se")
        assert view.metrics == ("score",)

    def test_what_is_no_number_is_text_and_what_is_infinite_is_missing(self, heads):
        table = table_of(
            [(0, 0), (0, 1), (1, 0)],
            score=[1.0, np.inf, np.nan],
            sure=[True, False, True],
            pattern=["<b>", None, "block"],
        )
        view = heads(table)
        found = sent(view)
        np.testing.assert_array_equal(found["table/heads/score"], [1, np.nan, np.nan])
        np.testing.assert_array_equal(found["table/heads/sure"], [1, 0, 1])
        assert view._table["words"] == {"pattern": {"heads": ["<b>", "", "block"]}}

    def test_it_opens_with_a_column_about_the_head(self, heads):
        view = heads(table_of([(0, 0)], texts=[3], uniform=[0.1], weight=[0.5]))
        assert view.metric == "weight"
        assert heads(table_of([(0, 0)], texts=[3])).metric == "texts"

    def test_a_head_without_a_row_is_not_there(self, heads):
        view = heads(table_of([(0, 2), (2, 0)], score=[1, 2]))
        (block,) = view._trace["blocks"]
        assert (block["layers"], block["heads"]) == (3, [3, 3, 3])
        assert block["captured"] == [[2], [], [0]]
        with pytest.raises(SelectionError, match="head 1"):
            view.selection = hw.Selection(heads=[(0, 1)])

    @pytest.mark.parametrize("how", ["mapping", "index"])
    def test_several_blocks(self, heads, how):
        parts = {"encoder": table_of([(0, 0)], score=[1]), "cross": table_of([(0, 1)], score=[2])}
        table = parts if how == "mapping" else pd.concat(parts)
        view = heads(table)
        assert view.block_names == ("encoder", "cross")
        assert sent(view)["table/cross/score"].tolist() == [2]
        view.selection = hw.Selection(block="cross", heads=[(0, 1)])
        assert view.block == "cross"
        assert view.to_dataframe()["score"].tolist() == [2]
        view.block = "encoder"
        assert view.selected_heads == []
        with pytest.raises(InputError, match="leave block out"):
            heads(table, block="decoder")

    def test_levels_are_found_by_name(self, heads):
        table = table_of([(2, 0)], score=[1]).swaplevel()
        assert heads(table)._table["heads"] == {"heads": [(2, 0)]}

    def test_the_block_is_the_one_of_the_metrics(self, heads, make_trace, translation):
        assert heads(hw.head_metrics(make_trace())).block == "encoder"
        ranked = hw.rank_heads(translation, query=0, key=1, block="decoder")
        assert heads(ranked.nlargest(3, "weight")).block == "decoder"
        assert heads(ranked, block="cross").block == "cross"

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ([1, 2], "a pandas table of one row a head"),
            ({}, "a pandas table of one row a head"),
            (pd.DataFrame({"score": [1.0]}), r"must be \(layer, head\)"),
            (table_of([(0, 0)], name=["x"]), "no column of numbers"),
            (table_of([]), "no row"),
            (table_of([(0, 1), (0, 1)], score=[1, 2]), "two rows for head 1 of layer 0"),
            (table_of([(0, -1)], score=[1]), "head -1"),
            (table_of([(0.5, 1)], score=[1]), r"layer .*0\.5"),
            (table_of([("a", 1)], score=[1]), "layer 'a'"),
            (table_of([(True, False)], score=[1]), "layer True"),
        ],
    )
    def test_what_is_no_table_of_heads_is_said(self, table, said):
        with pytest.raises(InputError, match=said):
            hw.heads_view(table)

    def test_two_columns_of_one_name(self):
        table = table_of([(0, 0)], a=[1], b=[2])
        table.columns = ["a", "a"]
        with pytest.raises(InputError, match="same name"):
            hw.heads_view(table)

    def test_a_series_is_a_table_of_one_column(self, heads):
        view = heads(table_of()["score"])
        assert view.metric == "score"
        pd.testing.assert_frame_equal(view.table, table_of(), check_names=False)

    def test_wrong_settings_are_refused_from_both_sides(self, heads, browser):
        view = heads()
        for name, value, error in [
            ("metric", "entropy", traitlets.TraitError),
            ("form", "map", InputError),
            ("color", "head", traitlets.TraitError),
            ("ranking", "best", traitlets.TraitError),
            ("block", "encoder", OutOfRange),
        ]:
            with pytest.raises(error):
                setattr(view, name, value)
        page = browser(view)
        page.set(metric="nothing")
        assert view.metric == "score"
        with pytest.raises(TypeError, match="did you mean 'metric'"):
            hw.heads_view(table_of(), metrik="score")


class TestSelection:
    def test_rows_picked_in_pandas_are_a_selection(self, heads):
        view = heads()
        view.selection = hw.Selection(heads=view.table.nlargest(3, "score").index)
        assert view.selected_heads == [(2, 3), (2, 2), (2, 1)]
        rows = view.to_dataframe()
        assert rows.index.tolist() == [(2, 3), (2, 2), (2, 1)]
        assert rows["score"].tolist() == pytest.approx([1, 10 / 11, 9 / 11])
        view.selection = hw.Selection()
        assert view.to_dataframe().empty
        assert list(view.to_dataframe().columns) == ["score"]

    def test_the_browser_and_python_hold_one_value(self, heads, browser):
        view = heads()
        page = browser(view)
        page.set(selection={"block": "heads", "heads": [[1, 2]], "query": None, "key": None})
        assert view.selection == hw.Selection("heads", [(1, 2)])
        page.set(selection={"block": "heads", "heads": [[9, 9]], "query": None, "key": None})
        assert view.selected_heads == [(1, 2)]

    def test_a_click_shows_the_head_and_leaves_the_lock(self, heads, keep, make_trace):
        trace = make_trace()
        table = heads(hw.head_metrics(trace))
        one = keep(hw.head_view(trace, selection=hw.Selection(heads=[(0, 0)], query=5)))
        link = hw.link(table, one)
        table.selection = hw.Selection(heads=[(3, 1)])
        assert (one.layer, one.selection) == (3, hw.Selection("encoder", [(3, 1)], query=5))
        one.selection = hw.Selection(heads=[(2, 7), (2, 8)], query=4, key=1)
        assert table.selection == one.selection
        table.selection = hw.Selection(heads=[(1, 1)], query=3)
        assert (one.selection.query, one.selection.key) == (4, 1)
        assert link.unmapped == []

    def test_heads_that_the_table_lacks_are_said(self, heads, keep, make_trace):
        table = heads(table_of([(0, 0), (3, 1)], score=[1, 2]), block="encoder")
        model = keep(hw.model_view(make_trace()))
        link = hw.link(model, table)
        model.selection = hw.Selection(heads=[(3, 1), (5, 5)])
        assert table.selected_heads == [(3, 1)]
        assert len(link.unmapped) == 1
        assert "Layer 5 is not" in link.unmapped[0]

    def test_a_table_without_a_block_links_to_the_only_one(self, heads, keep, make_trace):
        table = heads(table_of([(0, 0), (3, 1)], score=[1, 2]))
        model = keep(hw.model_view(make_trace()))
        hw.link(table, model)
        table.selection = model.selection
        table.selection = hw.Selection(heads=[(3, 1)])
        assert model.selection == hw.Selection("encoder", [(3, 1)])

    def test_it_has_no_weights(self, heads):
        with pytest.raises(HeadwiseError, match="link it with a view of a trace"):
            heads().selected_weights()


class TestMap:
    def test_places_on_a_plane_are_found_again(self):
        places = np.random.default_rng(3).normal(size=(12, 2))
        distances = distances_of(places)
        found = map_of(distances, HEADS_OF, 3)
        plane = found.places[:, :2].astype(np.float64)
        again = np.sqrt(((plane[:, None] - plane[None]) ** 2).sum(axis=2))
        np.testing.assert_allclose(again, distances.to_numpy(), atol=1e-3)
        assert found.stress < 1e-3
        assert (found.clusters, found.left_out) == (3, 0)

    def test_stress_is_that_of_kruskal(self):
        corners = np.vstack([np.zeros((1, 5)), np.eye(5)])
        found = map_of(distances_of(corners), HEADS_OF[:6])
        plane = found.places[:, :2].astype(np.float64)
        apart = np.sqrt(((plane[:, None] - plane[None]) ** 2).sum(axis=2))
        wrong = apart - distances_of(corners).to_numpy()
        assert found.stress == pytest.approx(np.sqrt((wrong**2).sum() / (apart**2).sum()), rel=1e-4)
        assert found.stress > 0.1

    def test_the_same_distances_make_the_same_map(self, make_trace):
        distances = hw.head_distances(make_trace(layers=2, heads=5))
        heads = list(distances.index)
        one, other = map_of(distances, heads), map_of(distances, heads)
        np.testing.assert_array_equal(one.places, other.places)

    def test_clusters_are_groups_of_near_heads(self):
        near = np.array([[0, 0], [0.1, 0], [5, 0], [5.1, 0], [0, 9], [0, 9.1]])
        numbers = map_of(distances_of(near), HEADS_OF[:6], 3).places[:, 2]
        assert numbers.tolist() == [0, 0, 1, 1, 2, 2]

    def test_heads_without_distances_have_no_place(self, heads):
        distances = distances_of(np.random.default_rng(0).normal(size=(5, 2)))
        distances.iloc[2] = np.nan
        distances.iloc[:, 2] = np.nan
        view = heads(distances=distances, form="map")
        places = sent(view)["map/heads"]
        assert np.isnan(places[:, 0]).nonzero()[0].tolist() == [2, *range(5, 12)]
        assert view._table["maps"]["heads"]["left_out"] == 8

    def test_heads_that_are_all_alike(self):
        found = map_of(distances_of(np.zeros((4, 2))), HEADS_OF[:4])
        assert (found.stress, found.places[:, :2].tolist()) == (0, [[0, 0]] * 4)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda d: d.iloc[:, :3], "square"),
            (lambda d: -d, "0 or more"),
            (lambda d: d.where(d != d.iloc[0, 1], 9) + np.tri(5), "same both ways"),
            (lambda d: d.iloc[:1, :1], "two heads or more"),
            (lambda d: d * np.nan, "two heads or more"),
            (lambda d: d.mask(np.eye(5)[[1, 0, 2, 3, 4]] > 0), "or to none"),
            (lambda _: 3, "distances must be a table"),
        ],
    )
    def test_what_are_no_distances_is_said(self, change, said):
        distances = distances_of(np.random.default_rng(0).normal(size=(5, 2)))
        with pytest.raises(InputError, match=said):
            hw.heads_view(table_of(), distances=change(distances))

    def test_clusters_must_be_a_number(self):
        distances = distances_of(np.eye(3))
        for clusters in (0, True, 2.5):
            with pytest.raises(InputError, match="clusters"):
                hw.heads_view(table_of(), distances=distances, clusters=clusters)


class TestWritten:
    def test_the_page_holds_every_number(self, heads, tmp_path):
        view = heads(table_of(score=np.arange(12), other=np.arange(12) / 7))
        written = view.to_html(tmp_path / "x.html")
        state = json.loads(
            re.search(r'id="headwise-state">(.*?)</script>', written.path.read_text()).group(1)
        )
        found = load(zlib.decompress(base64.b64decode(state["tensors"])))
        assert set(found) == {"table/heads/score", "table/heads/other"}
        assert state["traits"]["metric"] == "score"

    def test_a_budget_that_is_too_small_says_the_least(self, heads):
        with pytest.raises(BudgetError, match="column 'score'") as refused:
            render(heads(), budget=20)
        least = int(re.search(r"at least (\d+)", str(refused.value)).group(1))
        assert render(heads(), budget=least)

    def test_a_page_of_some_layers_shows_these(self, heads):
        view = heads(selection=hw.Selection(heads=[(1, 2), (2, 3)]))
        state = json.loads(
            re.search(r'id="headwise-state">(.*?)</script>', render(view, layers=[1])).group(1)
        )
        (block,) = state["traits"]["_trace"]["blocks"]
        assert block["captured"] == [[], [0, 1, 2, 3], []]
        assert state["traits"]["selection"]["heads"] == [[1, 2]]

    def test_column_names_and_words_are_data(self, heads):
        attack = "</script><img src=x onerror=alert(1)>"
        page = render(heads(table_of([(0, 0)], **{attack: [1.0], "words": [attack]})))
        assert attack not in page

    def test_a_large_table_travels_by_what_is_shown_and_is_whole_when_asked(self, heads, browser):
        pairs = [(layer, head) for layer in range(48) for head in range(64)]
        random = np.random.default_rng(0)
        columns = {f"c{at}": random.normal(size=3072) for at in range(40)}
        view = heads(table_of(pairs, **columns), metric="c31")
        first = sent(view)
        assert "table/heads/c31" in first
        assert len(first) < 40
        last = next(name for name in reversed(columns) if f"table/heads/{name}" not in first)
        view.metric = last
        assert f"table/heads/{last}" in sent(view)
        request = {"v": 1, "id": 1, "method": "table", "params": {}}
        reply, buffers = browser(view).ask(request)
        assert reply["ok"]
        assert len(load(bytes(buffers[0]))) == 40

    def test_the_picture_that_stands_for_it(self, heads):
        data, _ = heads()._repr_mimebundle_()
        assert data["image/png"]
        assert "'score' of 12 heads, from 0 (light) to 1 (dark)" in data["text/plain"]
        nothing, _ = heads(table_of([(0, 0)], score=[np.nan]))._repr_mimebundle_()
        assert "image/png" not in nothing

    def test_a_closed_view_says_so(self, tmp_path):
        view = hw.heads_view(table_of())
        view.close()
        for use in (view.to_svg, view.to_dataframe, lambda: view.to_html(tmp_path / "x")):
            with pytest.raises(HeadwiseError, match="closed"):
                use()


class TestFigure:
    def test_cells_list_and_legend(self, heads):
        table = table_of(previous=np.linspace(0.1, 0.999, 12))
        view = heads(table, selection=hw.Selection(heads=[(2, 3)]), index_base=1)
        drawn = Figure(view.to_svg())
        assert drawn.texts("caption")[:4] == ["previous", "12 heads", "1 head selected", "3·4"]
        assert drawn.texts("heads") == ["head", "1", "2", "3", "4"]
        assert drawn.texts("labels") == ["layer 1", "2", "3"]
        assert drawn.texts("cells")[0] == "0.10"
        assert drawn.texts("cells")[-1] == "1.00"
        assert drawn.texts("list")[:3] == ["1", "3·4", "0.999"]
        legend = drawn.said("legend")
        assert "0.100" in legend
        assert "weight to the previous token" in legend

    def test_below_zero_colours_say_the_sign(self, heads):
        drawn = Figure(heads(table_of([(0, 0), (0, 1)], change=[-0.5, 0.25])).to_svg())
        fills = [rect.get("fill") for rect in drawn.marks("cells", "rect")]
        assert fills[0] == "#a54b00"
        legend = drawn.said("legend")
        for words in ("\N{MINUS SIGN}0.500", "+0.500", "values from \N{MINUS SIGN}0.500 to 0.250"):
            assert words in legend

    def test_what_has_no_value_is_hatched_and_said(self, heads):
        table = table_of([(0, 0), (0, 1), (0, 2)], score=[1, np.nan, 2])
        drawn = Figure(heads(table).to_svg())
        assert len(drawn.marks("cells", "rect")) == 2
        assert "hatched: 1 head without a value" in drawn.said("legend")

    def test_the_map_has_a_point_a_head_and_says_its_stress(self, heads):
        distances = distances_of(np.random.default_rng(0).normal(size=(12, 3)))
        view = heads(distances=distances, form="map", color="cluster", clusters=4)
        drawn = Figure(view.to_svg())
        stress = view._table["maps"]["heads"]["stress"]
        assert f"stress {stress:.2f}" in drawn.said("legend")
        assert "average linkage" in drawn.said("legend")
        filled = [mark.get("fill") for mark in drawn.marks("map", "path")]
        assert len([fill for fill in filled if fill not in (None, "none")]) == 12
        assert view.to_png(scale=1)[:4] == b"\x89PNG"
