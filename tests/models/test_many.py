"""Many texts: one trace after the other, and tables of heads over them."""

import numpy as np
import pytest

import headwise as hw

pytestmark = pytest.mark.models

TEXTS = [
    "The cat is very sad.",
    "Because it could not find food to eat, it went back to the house.",
    "She reads.",
    "Nobody in the village had ever seen such a large bird before.",
    "We met in the garden after lunch.",
]


@pytest.fixture
def bert(make_model, tokenizers):
    return make_model("bert"), tokenizers["wordpiece"]


@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_traces_are_those_of_each_text_in_order(bert, batch_size):
    model, tokenizer = bert
    found = list(hw.traces(model, tokenizer, iter(TEXTS), batch_size=batch_size))
    assert len(found) == len(TEXTS)
    for text, trace in zip(TEXTS, found, strict=True):
        alone = hw.trace(model, tokenizer, text)
        assert trace.tokens == alone.tokens
        np.testing.assert_allclose(trace.weights(1), alone.weights(1), atol=1e-5)


def test_traces_come_one_at_a_time(bert):
    read = []

    def texts():
        for number in range(100):
            read.append(number)
            yield TEXTS[number % len(TEXTS)]

    several = hw.traces(*bert, texts(), batch_size=2)
    next(several)
    assert len(read) == 32
    with pytest.raises(hw.InputError, match="batch_size"):
        hw.traces(*bert, TEXTS, batch_size=0)
    with pytest.raises(hw.InputError, match="several texts"):
        hw.traces(*bert, "one text")


def test_the_known_heads_of_minilm_come_first(minilm):
    batch = hw.trace(*minilm, TEXTS, progress=False)
    back = hw.find_heads(batch, "previous_token")
    assert back.index[0] == (0, 2)
    assert back["score"].iloc[0] > 0.99
    on = hw.find_heads(batch, "next_token")
    assert on.index[0] == (1, 8)
    assert on["score"].iloc[0] == pytest.approx(0.67, abs=0.06)
    table = hw.head_metrics(batch)
    assert table.loc[(0, 2), "previous"] == pytest.approx(back["score"].iloc[0], abs=1e-6)
    assert table.loc[(0, 2), "pattern"] == "diagonal"
    assert table.loc[(4, 5), "pattern"] == "vertical"


def test_the_head_of_the_book_ties_it_to_cat(minilm):
    trace = hw.trace(
        *minilm, "The cat is very sad.", "Because it could not find food to eat.", progress=False
    )
    table = hw.rank_heads(trace, query="it", key="cat")
    assert table.index[0] == (3, 1)
    assert table["weight"].iloc[0] == pytest.approx(0.746, abs=0.0005)
