import warnings

import numpy as np
import pytest

import headwise as hw
from headwise.probes import (
    PairSentence,
    Tree,
    WordTrace,
    antecedent_accuracy,
    classify_pairs,
    classify_texts,
    relation_accuracy,
)

WORDS = tuple("abcdefgh")
COUNT = len(WORDS)


def read(sentence, maps, pieces=None):
    """A sentence as a model of one layer would have read it: one word map a head."""
    tokens = hw.Tokens.from_labels([str(place) for place in range(len(maps[0]))])
    with warnings.catch_warnings():
        # Some maps below are odd on purpose.
        warnings.simplefilter("ignore", hw.HeadwiseWarning)
        trace = hw.from_attentions(np.array(maps, np.float32)[None, None], tokens)
    return WordTrace(sentence, trace, pieces or tuple((place,) for place in range(len(maps[0]))))


def rows(targets):
    found = np.full((COUNT, COUNT), 0.1 / (COUNT - 1))
    found[np.arange(COUNT), targets] = 0.9
    return found


def sentences(number, *, knows=True, seed=0):
    """Trees at random: of three heads one is noise, one finds x, one finds y from its head."""
    random = np.random.default_rng(seed)
    noise = np.random.default_rng(seed + 1)
    found = []
    for _ in range(number):
        heads = [-1, *(int(random.integers(place)) for place in range(1, COUNT))]
        relations = ["root", *(str(random.choice(["x", "y"])) for _ in range(1, COUNT))]
        finds = noise.integers(COUNT, size=(3, COUNT))
        if knows:
            for place in range(1, COUNT):
                if relations[place] == "x":
                    finds[1, place] = heads[place]
                else:
                    finds[2, heads[place]] = place
        tree = Tree(WORDS, tuple(heads), tuple(relations))
        found.append(read(tree, [rows(each) for each in finds]))
    return found


def test_the_head_that_knows_a_relation_is_the_one_that_its_name_stands_on():
    found = classify_pairs(
        sentences(60), control=sentences(60, knows=False), folds=3, repeats=2, least=10
    )
    assert set(found.labels.index) == {"x", "y", "unrelated"}
    x, y = found.labels.loc["x"], found.labels.loc["y"]
    assert (x["layer"], x["head"]) == (0, 1)
    assert (y["layer"], y["head"]) == (0, 2)
    assert x["recall"] > 0.95
    assert x["importance"] > 0.5
    assert found.by_label.loc[(0, 0)].abs().max() < 0.05
    assert found.heads.loc[(0, 1), "dependent to head"] > 0.2
    assert abs(found.heads.loc[(0, 1), "head to dependent"]) < 0.05
    assert found.heads.loc[(0, 2), "head to dependent"] > 0.1
    folds = found.folds
    assert (folds["fitted"] + folds["held"] == folds["held"].sum()).all()
    assert folds["accuracy"].mean() > 0.8
    for beside in ("baseline", "control", "distance"):
        assert folds["accuracy"].mean() > folds[beside].mean() + 0.2, beside
    assert folds["control"].mean() == pytest.approx(folds["baseline"].mean(), abs=0.08)


def test_pairs_of_a_sentence_are_never_parted():
    # Each sentence has a number of its own in a head, the same for all of its pairs: a fold that
    # parted them would know the label by it.
    random = np.random.default_rng(3)
    found = []
    for number in range(40):
        label = str(random.choice(["x", "y"]))
        tree = Tree(WORDS, (-1, *range(COUNT - 1)), ("root", *[label] * (COUNT - 1)))
        found.append(read(tree, [np.full((COUNT, COUNT), (number + 1) / 400)]))
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415 - takes long to import

    told = classify_pairs(found, classifier=KNeighborsClassifier(1), folds=4, repeats=1)
    related = told.labels.loc[["x", "y"], "recall"]
    assert related.mean() < 0.5


def test_antecedents_are_told_from_other_candidates():
    random = np.random.default_rng(0)
    found = []
    for _ in range(40):
        mention, antecedent = 7, int(random.integers(6))
        finds = random.integers(COUNT, size=(2, COUNT))
        finds[1, mention] = antecedent
        sentence = PairSentence(WORDS, ((mention, antecedent),), tuple(range(7)))
        found.append(read(sentence, [rows(each) for each in finds]))
    told = classify_pairs(found, folds=4, least=5)
    assert told.labels.loc["antecedent", "count"] == told.labels.loc["unrelated", "count"] == 40
    assert told.labels.loc["antecedent", "recall"] == 1
    assert told.heads["importance"].idxmax() == (0, 1)


def test_pairs_that_cannot_be_classified():
    with pytest.raises(hw.InputError, match="no pair of words"):
        classify_pairs([])
    with pytest.raises(hw.InputError, match="no pair of words"):
        classify_pairs([read(Tree(("a",), (-1,), ("root",)), [np.ones((1, 1))])])
    with pytest.raises(hw.InputError, match=r"4 texts with the label .* for 5 folds"):
        classify_pairs(sentences(4), least=1)
    with pytest.raises(hw.InputError, match="folds must be 2 or more, not 1"):
        classify_pairs(sentences(8), folds=1, least=1)
    with pytest.raises(hw.InputError, match="no label"):
        classify_pairs(sentences(3), least=10_000)
    with pytest.raises(hw.InputError, match="other sentences"):
        classify_pairs(sentences(8), control=sentences(8, seed=5), folds=2, least=1)


def test_words_that_the_tokenizer_dropped_are_in_no_pair():
    whole = sentences(30)
    dropped = [WordTrace(each.sentence, each.trace, (*each.pieces[:-1], ())) for each in whole]
    counts = [
        classify_pairs(each, folds=2, repeats=1, least=1).labels["count"]
        for each in (whole, dropped)
    ]
    assert counts[0][["x", "y"]].sum() == 30 * 7
    assert counts[1][["x", "y"]].sum() == 30 * 6


def test_missing_weights_are_an_error_that_names_the_head():
    weights = np.stack([rows([0] * COUNT), rows([1] * COUNT)])
    weights[1, 3, 2] = np.nan
    tree = Tree(WORDS, (-1, *range(COUNT - 1)), ("root", *"z" * 7), name="sentence 4 of x")
    each = read(tree, weights)
    pairs = WordTrace(PairSentence(WORDS, ((4, 1),)), each.trace, each.pieces)
    for ask in (relation_accuracy, classify_pairs):
        with pytest.raises(hw.InputError, match=r"sentence 4 of x.*head \(0, 1\) are missing"):
            ask([each])
    with pytest.raises(hw.InputError, match="are missing"):
        antecedent_accuracy([pairs])


def texts(number, lengths=(12,), seed=0):
    """Texts of two kinds: in "sharp" ones head (0, 1) looks back, in "flat" ones all around."""
    random = np.random.default_rng(seed)
    found, labels = [], []
    for place in range(number):
        count = lengths[place % len(lengths)]
        label = ("flat", "sharp")[int(random.integers(2))]
        maps = random.dirichlet(np.ones(count), (2, count)).astype(np.float32)
        if label == "sharp":
            maps[1] = 0.1 / count
            maps[1, np.arange(count), np.maximum(np.arange(count) - 1, 0)] += 0.9
        tokens = hw.Tokens.from_labels([f"w{each}" for each in range(count)])
        found.append(hw.from_attentions(maps[None, None], tokens))
        labels.append(label)
    return found, labels


def test_the_head_and_the_feature_that_texts_differ_in():
    found, labels = texts(40)
    told = classify_texts(found, labels, features=("previous", "first"), folds=4, progress=False)
    assert told.folds["accuracy"].mean() > 0.95
    assert told.folds["baseline"].mean() < 0.7
    assert told.folds["length"].mean() < 0.7
    assert told.heads["importance"].idxmax() == (0, 1)
    assert told.heads.loc[(0, 1), "previous"] > 0.1
    assert told.heads.loc[(0, 1), "importance"] > told.heads.loc[(0, 0), "importance"] + 0.1
    assert told.labels.loc["sharp", "recall"] > 0.9


def test_texts_of_one_token_are_texts_like_others():
    found, labels = texts(24, lengths=(12, 12, 1))
    told = classify_texts(found, labels, features=("next", "previous"), folds=3, progress=False)
    assert told.folds["held"].sum() == 24
    assert np.isfinite(told.heads.to_numpy()).all()


def test_a_feature_that_no_text_has_says_nothing():
    # Without the rows of special tokens, which are all but one here, no token has a next one.
    found, labels = [], []
    for place in range(12):
        weights = np.array([[1, 0], [0.5, 0.5]] if place % 2 else [[1, 0], [0.1, 0.9]], np.float32)
        tokens = hw.Tokens.from_labels(["[CLS]", "a"], special=[True, False])
        found.append(hw.from_attentions(weights[None, None, None], tokens))
        labels.append("even" if place % 2 else "self")
    told = classify_texts(found, labels, features=("next", "previous"), folds=2, progress=False)
    assert told.heads.loc[(0, 0), "next"] == 0
    assert told.folds["accuracy"].mean() == 1


def test_texts_that_cannot_be_classified():
    found, labels = texts(12)
    with pytest.raises(hw.InputError, match="12 texts and 11 labels"):
        classify_texts(found, labels[1:], progress=False)
    with pytest.raises(hw.InputError, match="only the label 'a'"):
        classify_texts(found, ["a"] * 12, progress=False)
    with pytest.raises(hw.InputError, match="1 texts with the label 'b' for 2 folds"):
        classify_texts(found, ["a"] * 11 + ["b"], folds=2, progress=False)
    with pytest.raises(hw.InputError, match="'pattern' says nothing of a single text"):
        classify_texts(found, labels, features=("pattern",), progress=False)
    with pytest.raises(hw.InputError, match="colour"):
        classify_texts(found, labels, features=("colour",), progress=False)
    with pytest.raises(hw.InputError, match="no label"):
        classify_texts([], [], progress=False)


def test_the_control_of_single_heads_is_a_column_beside():
    table = relation_accuracy(sentences(60), control=sentences(60, knows=False), least=5)
    assert table.loc["x", "accuracy"] == 1
    assert table.loc["x", "control"] < 0.4
    with pytest.raises(hw.InputError, match="other sentences"):
        relation_accuracy(sentences(60), control=sentences(50), least=5)
