from __future__ import annotations

import numpy as np
import pytest

import headwise as hw
from headwise.record import AttentionRecord
from headwise.selection import Selection
from headwise.trace import Block, Trace


@pytest.mark.parametrize(
    ("heads", "fact", "sentence"),
    [
        ([(0, 3)], "Head 3 is", "It has layers 1, 3 and 5. Layer and tokens stay linked."),
        ([(3, 0)], "Head 0 is", "It has heads 1 and 7 of layer 3. Layer and tokens stay linked."),
        (
            [(1, 2), (1, 3), (1, 4)],
            "Heads 3 and 4 are",
            "It has head 2 of layer 1. The other heads and tokens stay linked.",
        ),
        (
            [(0, 3), (3, 0), (3, 7)],
            "Heads (0, 3) and (3, 0) are",
            "It has 4 heads, of layers 1, 3 and 5. The other heads and tokens stay linked.",
        ),
    ],
)
def test_what_was_captured_is_named(make_trace, subset, opened, heads, fact, sentence):
    one, other = opened(make_trace(count=6), layer=3, heads=[7]), opened(subset)
    link = hw.link(one, other)
    one.selection = Selection(heads=heads)
    assert link.unmapped == [f"{fact} not captured in the other view. {sentence}"]
    assert one._link_notes == [
        {"fact": f"{fact} not captured in the other view", "sentence": sentence}
    ]
    assert set(other.selected_heads) == set(heads) & {(1, 2), (3, 7)}


def test_what_was_captured_is_named_where_a_layer_is_not_there(make_trace, subset, opened):
    one = opened(make_trace(layers=8, count=6), layer=3, heads=[7])
    link = hw.link(one, opened(subset, index_base=1))
    one.selection = Selection(heads=[(7, 0)])
    assert link.unmapped == [
        "Layer 7 is not in the other view. It has layers 1, 3 and 5. Tokens stay linked."
    ]
    (note,) = link.views[1]._link_notes
    assert note["sentence"] == "This view has layers 2, 4 and 6. Tokens stay linked."


def test_numbers_in_a_row_are_named_by_their_ends(opened):
    tokens = hw.Tokens.from_labels(["a", "b"])

    def view(kept, **settings):
        record = AttentionRecord(
            given=np.full((len(kept), 2, 2), 0.5, np.float32), kept=kept, model_heads=(12, 12)
        )
        block = Block("encoder", (record,), tokens, tokens, causal=False)
        return opened(Trace([block]), **settings)

    one = view(list(range(12)), heads=[1])
    link = hw.link(one, view([0, 1, 2, 3, 7, 8, 10]))
    one.heads = [5]
    assert "It has heads 0 to 3, 7, 8 and 10 of layer 0. Layer" in link.unmapped[0]
