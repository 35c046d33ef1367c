from __future__ import annotations

import gc
import json
import sys
import threading
import weakref
from itertools import pairwise

import numpy as np
import pytest

import headwise as hw
from headwise.errors import HeadwiseError, InputError
from headwise.record import AttentionRecord
from headwise.selection import Selection
from headwise.trace import Block, Trace


def block(labels, layers=3, heads=4, name="encoder", kept=None, keys=None):
    rows, columns = (hw.Tokens.from_labels(list(side)) for side in (labels, keys or labels))
    count = heads if kept is None else len(kept)
    record = AttentionRecord(
        given=np.full((count, len(rows), len(columns)), 1 / len(columns), np.float32),
        kept=kept,
        model_heads=None if kept is None else (heads, heads),
    )
    return Block(name, (record,) * layers, rows, columns, causal=False)


def given(*args, model="", **options):
    return Trace([block(*args, **options)], {"model_type": model})


@pytest.fixture
def head(keep):
    return lambda trace, **settings: keep(hw.head_view(trace, **settings))


@pytest.fixture
def every(keep):
    """One view of each kind."""

    def make(trace):
        functions = (hw.head_view, hw.model_view, hw.neuron_view, hw.explore)
        return [keep(function(trace)) for function in functions] + [keep(hw.compare(trace, trace))]

    return make


def facts(view):
    return [note["fact"] for note in view._link_notes]


def test_the_first_view_gives_and_then_each_one(make_trace, every):
    views = every(make_trace())
    views[0].selection = Selection(heads=[(3, 1), (0, 2)], query=9)
    link = hw.link(*views)
    assert {view.selection for view in views} == {Selection("encoder", [(3, 1), (0, 2)], query=9)}
    assert (link.views, link.unmapped) == (tuple(views), [])
    for number, view in enumerate(views):
        view.selection = Selection(heads=[(5, number)], key=number)
        assert {other.selection for other in views} == {
            Selection("encoder", [(5, number)], key=number)
        }
    assert (views[0].layer, views[2].head, views[3].head) == (5, 4, 4)
    views[2].layer = 1
    assert {tuple(view.selected_heads) for view in views} == {((1, 4),)}
    assert repr(link) == "<Link of 5 views>"


def test_a_click_in_one_page_is_one_message_in_the_other(make_trace, head, browser):
    one, other = head(make_trace(), layer=3, heads=[1]), head(make_trace(), layer=3, heads=[1])
    link = hw.link(one, other)
    (identity,) = one._links
    assert one._links == other._links == [identity]
    here, there = browser(one), browser(other)
    clicked = {"block": "encoder", "heads": [[4, 2]], "query": 3, "key": None}
    here.set(selection=clicked, layer=4)
    assert (here.updates(), there.updates()) == ([], [{"selection": clicked, "layer": 4}])
    here.received.clear()
    other.selection = clicked
    one.selection = Selection(heads=[(4, 2)], query=3)
    assert (here.updates(), len(there.updates())) == ([], 1)
    link.unlink()
    assert (one._links, other._links) == ([], [])


def test_unlinked_views_go_their_own_ways(make_trace, head):
    one, other, third = (head(make_trace()) for _ in range(3))
    with hw.link(one, other) as link:
        one.heads = [2]
        assert other.heads == [2]
    assert (link.views, repr(link)) == ((), "<Link of 0 views>")
    one.heads = [3]
    assert (other.heads, one._links) == ([2], [])
    link.unlink()
    kept = hw.link(one, third)
    assert one._links == third._links != []
    kept.unlink()


def test_a_head_that_is_missing_is_said_on_both_sides_and_stays_where_it_is(head, browser):
    one = head(given("abc", heads=12, layers=6, model="bert"), heads=[0])
    other = head(given("abc", heads=9, layers=6, model="gpt2"))
    link = hw.link(one, other)
    page = browser(other)
    one.selection = Selection(heads=[(5, 11)], query=1)
    assert one.selected_heads == [(5, 11)]
    assert (other.selected_heads, other.layer, other.selection.query) == ([], 5, 1)
    assert one._link_notes == [
        {
            "fact": "Head 11 is not in gpt2",
            "sentence": "It has 9 heads. Layer and tokens stay linked.",
        }
    ]
    assert other._link_notes == [
        {
            "fact": "Head 11 of bert is not in this view",
            "sentence": "This view has 9 heads. Layer and tokens stay linked.",
        }
    ]
    assert link.unmapped == [
        "Head 11 is not in gpt2. It has 9 heads. Layer and tokens stay linked."
    ]
    assert json.dumps(page.updates()[0]["selection"])
    assert sorted(key for state in page.updates() for key in state) == [
        "_link_notes",
        "layer",
        "selection",
    ]
    one.selection = Selection(heads=[(5, 8)], query=1)
    assert (one._link_notes, other._link_notes, link.unmapped) == ([], [], [])
    assert other.selected_heads == [(5, 8)]
    other.heads = [2]
    assert one.selected_heads == [(5, 2)]


@pytest.mark.parametrize(
    ("selection", "fact", "sentence"),
    [
        (
            {"heads": [[0, 1], [0, 5], [0, 4]]},
            "Heads 5 and 4 are not in the other view",
            "It has 4 heads. The other heads and tokens stay linked.",
        ),
        (
            {"heads": [[4, 0]]},
            "Layer 4 is not in the other view",
            "It has layers 0 to 2. Tokens stay linked.",
        ),
        (
            {"heads": [[4, 0], [0, 5], [1, 5], [2, 5]]},
            "Heads (4, 0), (0, 5), (1, 5) and 1 more are not in the other view",
            "It has 3 layers of 4 heads. Tokens stay linked.",
        ),
        (
            {"query": 1},
            "Query 1 'b' is not in the other view",
            "Token 1 is 'x' there, so no query is locked.",
        ),
        (
            {"key": 3},
            "Key 3 'd' is not in the other view",
            "It has 3 tokens, so no key is locked.",
        ),
        (
            {"heads": [[0, 5]], "key": 3},
            "Head 5 is not in the other view",
            "It has 4 heads. Layer stays linked.",
        ),
    ],
)
def test_what_cannot_be_mapped_is_a_sentence(head, selection, fact, sentence):
    one, other = head(given("abcd", layers=6, heads=6)), head(given("axc"))
    link = hw.link(one, other)
    one.selection = selection
    assert link.unmapped[0] == f"{fact}. {sentence}"
    assert one._link_notes[0] == {"fact": fact, "sentence": sentence}
    assert one.selected_heads == [tuple(pair) for pair in selection.get("heads", [])]


def test_a_rectangle_goes_along_where_its_tokens_are_the_same(head):
    one, other = head(given("abcd")), head(given("abxd"))
    link = hw.link(one, other)
    one.selection = Selection(heads=[(0, 1)], query_range=(0, 2), key_range=(1, 4))
    assert other.selection == Selection("encoder", [(0, 1)], query_range=(0, 2))
    other.selection = Selection(heads=[(0, 2)], query_range=(0, 2))
    assert one.selection == Selection("encoder", [(0, 2)], query_range=(0, 2))
    assert link.unmapped == []


def test_notes_count_as_the_view_shows_and_unmapped_from_0(head):
    one = head(given("abc", heads=6), index_base=1, heads=[0])
    other = head(given("abc", heads=4))
    link = hw.link(one, other)
    one.heads = [5]
    assert facts(one) == ["Head 6 is not in the other view"]
    assert facts(other) == ["Head 5 of the other view is not in this view"]
    assert link.unmapped[0].startswith("Head 5 is not in the other view")


def test_what_a_neuron_view_lacks_leaves_it_where_it_is(keep, head):
    one = head(given("abc", heads=6), heads=[1])
    other = keep(hw.neuron_view(given("abc")))
    link = hw.link(one, other)
    one.heads = [5]
    assert (other.layer, other.head, other.selected_heads) == (0, 1, [])
    assert link.unmapped[0].endswith("It has 4 heads. Tokens stay linked.")
    other.head = 2
    assert one.selected_heads == [(0, 2)]


def test_blocks_by_name_else_by_kind_else_said(head):
    parts = Trace(
        [
            block("abc", name="encoder"),
            block("xy", name="decoder"),
            block("xy", keys="abc", name="cross"),
        ]
    )
    one = head(parts, heads=[1])
    other = head(Trace([block("xy", name="decoder"), block("xy", keys="abc", name="cross 1")]))
    link = hw.link(one, other)
    assert (other.block, other.selected_heads) == ("decoder", [(0, 1)])
    one.selection = Selection("cross", [(2, 3)], query=1, key=2)
    assert other.selection == Selection("cross 1", [(2, 3)], query=1, key=2)
    one.block = "decoder"
    assert other.selection == Selection("decoder", [(2, 3)], query=1)
    towers = head(Trace([block("xy", name="text"), block("abc", name="vision")]))
    with pytest.raises(HeadwiseError, match="no head in common"):
        hw.link(one, towers)
    link.unlink()
    third = head(Trace([block("xy", name="audio")]))
    link = hw.link(third, towers)
    before = towers.selection
    assert facts(towers) == ["Block 'audio' of the other view is not in this view"]
    said = "It has 'text' and 'vision'. Nothing is linked there."
    assert link.unmapped == [f"Block 'audio' is not in the other view. {said}"]
    assert towers.selection == before
    towers.heads = [2]
    assert (third.selected_heads, link.unmapped) == ([(0, 2)], [])


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda _a, _b: [], InputError, "two views or more, not 0"),
        (lambda a, _b: [a], InputError, "two views or more, not 1"),
        (lambda a, _b: [a, a], InputError, "the same view is named twice"),
        (lambda a, _b: [a, a.trace], InputError, "views such as .*, not Trace"),
        (lambda a, b: (b.close(), [a, b])[1], InputError, "closed"),
    ],
)
def test_what_cannot_be_linked(head, make, error, said):
    one, other = head(given("ab")), head(given("ab"))
    with pytest.raises(error, match=said):
        hw.link(*make(one, other))
    assert (one._links, other._links) == ([], [])


def test_views_with_nothing_in_common(head):
    one = head(given("ab", kept=(0, 1)), heads=[0])
    other = head(given("ab", kept=(2, 3)), heads=[2])
    with pytest.raises(HeadwiseError, match="no head in common") as caught:
        hw.link(one, other)
    assert type(caught.value) is HeadwiseError
    assert one._links == []


def test_a_closed_view_leaves_and_the_last_one_is_free(head):
    views = [head(given("ab")) for _ in range(3)]
    link = hw.link(*views)
    views[1].close()
    assert (link.views, views[1]._links) == ((views[0], views[2]), [])
    views[0].heads = [2]
    assert views[2].heads == [2]
    views[0].close()
    assert (link.views, views[2]._links) == ((), [])
    views[2].heads = [1]
    assert views[0].selected_heads == [(0, 2)]


def test_a_link_keeps_no_closed_view_alive(head):
    views = [hw.head_view(given("ab")) for _ in range(2)] + [head(given("ab"))]
    link = hw.link(*views)
    closed = [weakref.ref(view) for view in views[:2]]
    for view in views[:2]:
        view.close()
    del views[:2], view
    gc.collect()
    assert [one() for one in closed] == [None, None]
    assert link.views == ()


def test_a_link_lives_as_long_as_its_views(head):
    one, other = head(given("ab")), head(given("ab"))
    hw.link(one, other)
    gc.collect()
    one.heads = [3]
    assert other.heads == [3]


def test_linking_twice_and_in_a_ring_is_harmless(head, browser):
    large = [head(given("ab", heads=6)) for _ in range(2)]
    small = head(given("ab", heads=4))
    hw.link(large[0], small)
    hw.link(large[0], small)
    hw.link(small, large[1])
    ring = hw.link(large[1], large[0])
    page = browser(large[1])
    large[0].heads = [5]
    assert large[0].selected_heads == [(0, 5)]
    assert small.selected_heads == []
    assert facts(small) == ["Head 5 of the other view is not in this view"]
    large[1].heads = [1]
    assert {tuple(view.selected_heads) for view in (*large, small)} == {((0, 1),)}
    assert (facts(small), ring.unmapped) == ([], [])
    assert len(page.updates()) <= 3
    assert len(small._links) == 3


def test_chains_of_links_carry_on(head):
    views = [head(given("ab")) for _ in range(4)]
    for one, other in pairwise(views):
        hw.link(one, other)
    views[3].selection = Selection(heads=[(2, 3)], key=1)
    assert {view.selection for view in views} == {Selection("encoder", [(2, 3)], key=1)}


@pytest.fixture
def many_switches():
    """Let threads take turns a thousand times more often than usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("many_switches")
def test_changes_of_several_threads_end_equal(make_trace, head, keep):
    views = [head(make_trace()), head(make_trace()), keep(hw.neuron_view(make_trace()))]
    hw.link(*views)
    hw.link(views[2], views[0])
    failed = []

    def pick(view, start):
        try:
            for number in range(start, start + 60):
                view.selection = Selection(heads=[(number % 6, number % 12)])
        except BaseException as error:  # noqa: BLE001 - a thread's error must fail the test
            failed.append(error)

    threads = [threading.Thread(target=pick, args=(view, 7 * n)) for n, view in enumerate(views)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert not any(thread.is_alive() for thread in threads)
    (selection,) = {view.selection for view in views}
    assert {view.layer for view in views} == {selection.heads[0].layer}


def test_an_observer_that_fails_leaves_the_link_working(head):
    one, other = head(given("ab")), head(given("ab"))
    hw.link(one, other)

    def fail(_change):
        raise RuntimeError("mine")

    other.observe(fail, names="selection")
    with pytest.raises(RuntimeError, match="mine"):
        one.heads = [1]
    other.unobserve(fail, names="selection")
    one.heads = [2]
    assert other.heads == [2]


def test_the_first_view_with_heads_gives_and_an_empty_grid_takes(make_trace, head, keep):
    trace = make_trace()
    grid, lines = keep(hw.model_view(trace)), head(trace, layer=3, heads=[1, 7])
    hw.link(grid, head(trace, heads=[]), lines, head(trace, layer=2, heads=[5]))
    assert lines.selected_heads == grid.selected_heads == [(3, 1), (3, 7)]
    assert lines.layer == 3


def test_without_a_head_anywhere_each_view_keeps_what_it_has(make_trace, head, keep):
    one = keep(hw.model_view(make_trace(), selection={"query": 3}))
    other = head(make_trace(), layer=4, heads=[])
    link = hw.link(one, other)
    assert (one.selection.query, other.selection.query, other.layer) == (3, None, 4)
    other.heads = [2]
    assert (one.selected_heads, link.unmapped) == ([(4, 2)], [])
