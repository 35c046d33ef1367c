import numpy as np
import pytest

import headwise as hw
from headwise.metrics.cells import PATTERNS

WORDS = ["[CLS]", "a", "b", "c", "a", "b", "c", ",", "[SEP]"]
SPECIAL = [True, *[False] * 7, True]
N = len(WORDS)


def tokens(labels=WORDS, special=SPECIAL, **more):
    return hw.Tokens.from_labels(labels, special=special, **more)


def rows(targets):
    """A map whose row i lies on the given key; rows that are not named look to [CLS]."""
    found = np.zeros((N, N))
    for query in range(N):
        found[query, targets.get(query, 0)] = 1
    return found


PLANTED = {
    "previous_token": np.eye(N, k=-1),
    "next_token": np.eye(N, k=1),
    "self": np.eye(N),
    "first_token": rows({}),
    "special": rows(dict.fromkeys(range(N), 8)),
    "punctuation": rows(dict.fromkeys(range(N), 7)),
    "same_token": rows({1: 4, 2: 5, 3: 6, 4: 1, 5: 2, 6: 3}),
    "induction": rows({4: 2, 5: 3, 6: 4}),
    "broad": np.full((N, N), 1 / N),
}
NAMES = list(PLANTED)


@pytest.fixture
def trace():
    weights = np.stack([PLANTED[name] for name in NAMES]).astype(np.float32)
    return hw.from_attentions(weights[None, None], tokens())


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_head_is_found_by_its_name(trace, name):
    table = hw.find_heads(trace, name)
    best = table[table["score"] > 1 - 1e-6].index.tolist()
    # The first token, [CLS], is a special one too.
    others = {"special": [(0, NAMES.index("first_token"))]}.get(name, [])
    assert best == sorted([(0, NAMES.index(name)), *others])
    assert len(table) == len(NAMES)


def test_an_induction_detector_gives_a_duplicate_token_head_nothing_and_the_reverse(trace):
    induction = hw.find_heads(trace, "induction").loc[(0, NAMES.index("same_token"))]
    assert induction["score"] == 0
    duplicate = hw.find_heads(trace, "same_token").loc[(0, NAMES.index("induction"))]
    assert duplicate["score"] == 0


def test_the_cells_of_induction_lie_behind_earlier_places():
    cells = PATTERNS["induction"](tokens())
    assert np.argwhere(cells).tolist() == [[4, 2], [5, 3], [6, 4]]
    assert not PATTERNS["induction"](tokens(["x", "x"], [False, False])).any()


def test_numbers_of_tokens_decide_before_labels():
    same = tokens(["A", "a"], [False, False], ids=[7, 7])
    other = tokens(["a", "a"], [False, False], ids=[1, 2])
    assert PATTERNS["same_token"](same).sum() == 2
    assert not PATTERNS["same_token"](other).any()


def test_the_baseline_is_the_best_fixed_offset(trace):
    table = hw.find_heads(trace, "induction")
    assert (table["baseline"] == 1).all()
    assert (table["offset"] == -2).all()
    assert (table["queries"] == 3).all()
    marks = hw.find_heads(trace, "punctuation")
    # Of seven ordinary queries each offset hits the comma once.
    assert marks["baseline"].iloc[0] == pytest.approx(1 / 7)
    assert np.isnan(hw.find_heads(trace, "broad")["baseline"]).all()


def test_errors_over_texts(trace):
    other = hw.from_attentions(np.full((1, 1, len(NAMES), N, N), 1 / N, np.float32), tokens())
    table = hw.find_heads([trace, other], "self")
    best = table.loc[(0, NAMES.index("self"))]
    assert best["score"] == pytest.approx((1 + 1 / N) / 2)
    assert best["score_se"] == pytest.approx(abs(1 - 1 / N) / 2)
    assert best["texts"] == 2
    assert best["queries"] == 14


def test_a_function_of_the_tokens(trace):
    def to_comma(text):
        keys = np.array([label == "," for label in text.labels])
        return np.broadcast_to(keys, (len(text), len(text)))

    table = hw.find_heads(trace, to_comma)
    assert table.index[0] == (0, NAMES.index("punctuation"))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("inductive", "no pattern is called 'inductive'"),
        (lambda _text: np.zeros((2, 2), bool), r"bools of shape \(9, 9\)"),
        (lambda _text: np.zeros((9, 9)), "not float64"),
        (lambda _text: np.zeros((9, 9), bool), "no query of these texts"),
    ],
)
def test_patterns_that_cannot_be(trace, pattern, message):
    with pytest.raises(hw.InputError, match=message):
        hw.find_heads(trace, pattern)


def test_causal_attention_is_asked_only_for_what_it_sees():
    words = hw.Tokens.from_labels(list("abcabc"))
    causal = np.tril(np.ones((6, 6)))
    causal /= causal.sum(axis=1, keepdims=True)
    trace = hw.from_attentions(causal.astype(np.float32)[None, None, None], words)
    table = hw.find_heads(trace, "same_token")
    assert table["queries"].iloc[0] == 3
    assert table["score"].iloc[0] == pytest.approx(np.mean([1 / 4, 1 / 5, 1 / 6]), rel=1e-5)


def test_rank_heads_both_ways():
    forth, back = np.zeros((N, N)), np.zeros((N, N))
    forth[3, 1], forth[1, 3] = 0.7, 0.1
    back[3, 1], back[1, 3] = 0.2, 0.9
    for weights in (forth, back):
        weights[:, 8] += 1 - weights.sum(axis=1)
    trace = hw.from_attentions(np.array([[[back, forth]]], np.float32), tokens())
    table = hw.rank_heads(trace, query=3, key=1)
    assert list(table.index) == [(0, 1), (0, 0)]
    assert table["weight"].tolist() == pytest.approx([0.7, 0.2])
    assert table["reverse"].tolist() == pytest.approx([0.1, 0.9])
    assert table["uniform"].tolist() == pytest.approx([1 / N] * 2)


def test_rank_heads_by_label_and_by_word():
    labels = ["un", "##happy", "cat", "␣dog"]
    words = hw.Tokens.from_labels(labels, words=[0, 0, 1, 2])
    weights = np.array(
        [[0.1, 0.2, 0.3, 0.4], [0.3, 0.4, 0.2, 0.1], [0.5, 0.3, 0.2, 0], [0.25] * 4], np.float32
    )
    trace = hw.from_attentions(weights[None, None, None], words)
    to_word = hw.rank_heads(trace, query="cat", key="unhappy")
    assert to_word["weight"].iloc[0] == pytest.approx(0.8)
    assert to_word["reverse"].iloc[0] == pytest.approx((0.3 + 0.2) / 2)
    assert hw.rank_heads(trace, query="dog", key="happy")["weight"].iloc[0] == 0.25


def test_rank_heads_where_a_token_does_not_see_the_other():
    causal = np.tril(np.full((3, 3), 1 / 3, np.float32))
    words = hw.Tokens.from_labels(["a", "b", "c"])
    trace = hw.from_attentions(causal[None, None, None], words)
    found = hw.rank_heads(trace, query=2, key=0)
    assert np.isnan(found["reverse"].iloc[0])
    assert found["uniform"].iloc[0] == pytest.approx(1 / 3)


def test_names_that_say_too_much_or_nothing(trace):
    with pytest.raises(hw.InputError, match=r"stands at 2 places of this text: .* 1, 4"):
        hw.rank_heads(trace, query="a", key="b")
    with pytest.raises(hw.OutOfRange, match="'dog' is no token or word"):
        hw.rank_heads(trace, query="dog", key=1)
    with pytest.raises(hw.OutOfRange, match="key 9 does not exist"):
        hw.rank_heads(trace, query=1, key=9)
