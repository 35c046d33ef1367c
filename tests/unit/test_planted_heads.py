"""Heads that were planted in made-up attention are found by name, and nothing else is."""

import numpy as np
import pytest

import headwise as hw
from headwise.probes import PairSentence, Tree, WordTrace, antecedent_accuracy, relation_accuracy

N = 12
PLANTED = {
    "previous": (0, 1),
    "dependency": (1, 2),
    "coreference": (1, 0),
    "duplicate": (0, 3),
    "induction": (1, 3),
}
RELATIONS = ("nsubj", "obj", "det")
WORDS = tuple(f"w{place}" for place in range(6)) * 2


def rows(targets, random):
    """Rows with most of the weight on a target and the rest at random."""
    found = 0.1 * random.dirichlet(np.ones(N), N)
    found[np.arange(N), targets] += 0.9
    return found.astype(np.float32)


def one_text(random):
    """Two layers of four heads over six words that come twice."""
    heads = [-1, *(int(random.integers(place)) for place in range(1, N))]
    relations = ["root", *random.choice(RELATIONS, N - 1).tolist()]
    antecedent = {place: int(random.integers(place)) for place in range(4, N)}
    targets = {
        "previous": [max(0, place - 1) for place in range(N)],
        "dependency": [
            head if relation == "nsubj" else int(random.integers(N))
            for head, relation in zip(heads, relations, strict=True)
        ],
        "coreference": [antecedent.get(place, int(random.integers(N))) for place in range(N)],
        "duplicate": [(place + 6) % N for place in range(N)],
        "induction": [place - 5 if place >= 6 else 0 for place in range(N)],
    }
    maps = [[rows(random.integers(N, size=N), random) for _ in range(4)] for _ in range(2)]
    for name, (layer, head) in PLANTED.items():
        maps[layer][head] = rows(targets[name], random)
    trace = hw.from_attentions(np.array(maps)[:, None], hw.Tokens.from_labels(WORDS))
    pieces = tuple((place,) for place in range(N))
    tree = Tree(WORDS, tuple(heads), tuple(relations))
    pairs = PairSentence(WORDS, tuple(antecedent.items()))
    return WordTrace(tree, trace, pieces), WordTrace(pairs, trace, pieces)


@pytest.fixture(scope="module")
def texts():
    random = np.random.default_rng(7)
    return [one_text(random) for _ in range(60)]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("previous_token", "previous"), ("same_token", "duplicate"), ("induction", "induction")],
)
def test_pattern_heads_by_name(texts, pattern, name):
    table = hw.find_heads([tree.trace for tree, _ in texts], pattern)
    assert table.index[0] == PLANTED[name]
    assert table["score"].iloc[0] > 0.9
    assert table["score"].iloc[1] < 0.3


def test_the_dependency_head_by_name(texts):
    found = relation_accuracy([tree for tree, _ in texts]).loc["nsubj"]
    assert (found["layer"], found["head"]) == PLANTED["dependency"]
    assert found["direction"] == "dependent to head"
    assert found["accuracy"] == 1 > found["baseline"] + 0.3


def test_the_coreference_head_by_name(texts):
    table = antecedent_accuracy([pairs for _, pairs in texts])
    assert table.index[0] == PLANTED["coreference"]
    assert table["accuracy"].iloc[0] == 1
    assert table["accuracy"].iloc[1] < 0.5
    assert table["nearest"].iloc[0] < 0.5


def test_an_induction_detector_gives_pure_duplicate_and_previous_heads_nothing():
    pure = np.zeros((1, 1, 3, N, N), np.float32)
    for query in range(N):
        pure[0, 0, 0, query, (query + 6) % N] = 1
        pure[0, 0, 1, query, query - 5 if query >= 6 else 0] = 1
        pure[0, 0, 2, query, query - 7 if query >= 7 else 0] = 1  # one too far back
    trace = hw.from_attentions(pure, hw.Tokens.from_labels(WORDS))
    found = hw.find_heads(trace, "induction")["score"]
    assert found.loc[(0, 1)] == 1
    assert found.loc[(0, 0)] == 0
    assert found.loc[(0, 2)] == 0
    same = hw.find_heads(trace, "same_token")["score"]
    assert same.loc[(0, 0)] == 1
    assert same.loc[(0, 1)] == 0
