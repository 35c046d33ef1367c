import numpy as np
import pytest

import headwise as hw
from headwise.probes import (
    PairSentence,
    Tree,
    WordTrace,
    antecedent_accuracy,
    relation_accuracy,
)

COUNT = 8


def read(sentence, maps, pieces=None):
    """A sentence as a model of one layer would have read it: one word map a head."""
    count = len(maps[0])
    tokens = hw.Tokens.from_labels([str(place) for place in range(count)])
    trace = hw.from_attentions(np.array(maps, np.float32)[None, None], tokens)
    return WordTrace(sentence, trace, pieces or tuple((place,) for place in range(count)))


def rows(targets, count=COUNT):
    found = np.full((count, count), 0.1 / (count - 1))
    found[np.arange(count), targets] = 0.9
    return found


def sentences(number, seed=0):
    """Trees at random with a head that knows relation x forth, one that knows y back, one noise."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        heads = [-1, *(int(random.integers(place)) for place in range(1, COUNT))]
        relations = ["root", *(random.choice(["x", "y"]) for _ in range(1, COUNT))]
        knows_x = [
            heads[place] if relations[place] == "x" else int(random.integers(COUNT))
            for place in range(COUNT)
        ]
        knows_y = [0] * COUNT
        for place in range(1, COUNT):
            if relations[place] == "y":
                knows_y[heads[place]] = place
        noise = random.integers(COUNT, size=COUNT)
        tree = Tree(tuple("abcdefgh"), tuple(heads), tuple(relations))
        found.append(read(tree, [rows(noise), rows(knows_x), rows(knows_y)]))
    return found


def test_planted_heads_are_found_with_their_direction():
    table = relation_accuracy(sentences(80), least=5)
    x, y = table.loc["x"], table.loc["y"]
    assert (x["layer"], x["head"], x["direction"]) == (0, 1, "dependent to head")
    assert x["accuracy"] == 1
    assert x["accuracy_se"] == 0
    assert x["baseline"] < 0.6
    assert (y["head"], y["direction"]) == (2, "head to dependent")
    assert table.index[0] == "all"
    assert table.loc["all", "count"] == 80 * 7 == x["count"] + y["count"]


def test_a_head_that_was_picked_by_chance_is_not_flattered():
    random = np.random.default_rng(4)
    tree = Tree(tuple("abcdefgh"), (-1, *range(COUNT - 1)), ("root", *"z" * 7))
    noise = [
        read(tree, [rows(random.integers(COUNT, size=COUNT)) for _ in range(60)]) for _ in range(12)
    ]
    found = relation_accuracy(noise, least=1).loc["z"]
    assert found["same_sentences"] > found["accuracy"] + 0.05
    assert (found["baseline"], found["offset"]) == (1, -1)


def test_words_of_several_pieces_and_dropped_words():
    tokens = hw.Tokens.from_labels(["[CLS]", "un", "##do", "it", "[SEP]"])
    weights = np.array(
        [
            [0.2, 0.2, 0.2, 0.2, 0.2],
            [0.1, 0.3, 0.2, 0.3, 0.1],
            [0.3, 0.1, 0.2, 0.1, 0.3],
            [0.0, 0.4, 0.5, 0.1, 0.0],
            [0.2, 0.2, 0.2, 0.2, 0.2],
        ],
        np.float32,
    )
    trace = hw.from_attentions(weights[None, None, None], tokens)
    tree = Tree(("undo", "\u200b", "it"), (-1, 0, 0), ("root", "x", "obj"))
    each = WordTrace(tree, trace, ((1, 2), (), (3,)))
    expected = [[[0.4, 0, 0.2], [0, 0, 0], [0.9, 0, 0.1]]]
    np.testing.assert_allclose(each.weights(), expected, atol=1e-6)
    assert each.known.tolist() == [True, False, True]
    table = relation_accuracy([each, each], least=1)
    assert table.index.tolist() == ["all", "obj"]
    assert table.loc["obj", "accuracy"] == 1


def test_too_few_sentences_and_the_wrong_kind():
    with pytest.raises(hw.InputError, match="no relation stands 20 times in each half"):
        relation_accuracy(sentences(3))
    pair = read(PairSentence(tuple("abcdefgh"), ((4, 1),)), [rows([0] * COUNT)])
    with pytest.raises(hw.InputError, match="read_conllu"):
        relation_accuracy([pair])
    with pytest.raises(hw.InputError, match="read_pairs"):
        antecedent_accuracy(sentences(1))
    with pytest.raises(hw.InputError, match="no mention"):
        antecedent_accuracy([])


def test_antecedents_and_their_rules():
    words = ("Ann", "met", "Bob", "before", "Bob", "saw", "Ann", "again")
    right = [0, 0, 0, 0, 2, 0, 0, 0]
    wrong = [0, 0, 0, 0, 0, 0, 2, 0]
    sentence = PairSentence(words, ((4, 2), (6, 0)), (0, 2, 4))
    table = antecedent_accuracy([read(sentence, [rows(wrong), rows(right)])])
    assert table.index[0] == (0, 1)
    assert table["accuracy"].tolist() == [1, 0]
    assert (table["count"] == 2).all()
    # Before "Bob" the closest is "Bob"; before "Ann" it is "Bob" again, which is wrong.
    assert table["nearest"].iloc[0] == 0.5
    assert table["head_match"].iloc[0] == 1


def test_any_of_several_antecedents_is_right_and_words_before_are_the_candidates():
    sentence = PairSentence(tuple("abcdefgh"), ((5, 1), (5, 3)))
    to_three = read(sentence, [rows([7, 7, 7, 7, 7, 3, 7, 7]), rows([0] * COUNT)])
    table = antecedent_accuracy([to_three])
    assert table["accuracy"].tolist() == [1, 0]
