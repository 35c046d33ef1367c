"""The probes that torch fits: planted heads, controls, and what they must not touch."""

import numpy as np
import pytest
import torch

import headwise as hw
from headwise.probes import (
    Tree,
    WordTrace,
    attention_probe,
    input_embeddings,
    random_weights,
    relation_accuracy,
    trace_words,
)

pytestmark = pytest.mark.models

COUNT = 8
WORDS = tuple("abcdefgh")


@pytest.fixture
def tiny_bert(make_model, tokenizers):
    return make_model("bert"), tokenizers["wordpiece"]


def read(tree, maps):
    tokens = hw.Tokens.from_labels(["[CLS]", *tree.words, "[SEP]"])
    trace = hw.from_attentions(np.array(maps, np.float32)[None, None], tokens)
    return WordTrace(tree, trace, tuple((place + 1,) for place in range(len(tree.words))))


def rows(targets):
    """Weights of words and two special tokens; a target of -1 is the last special token."""
    found = np.full((COUNT + 2, COUNT + 2), 0.1 / (COUNT + 1))
    found[[0, -1]] = 1 / (COUNT + 2)
    found[np.arange(1, COUNT + 1), [COUNT + 1 if each < 0 else each + 1 for each in targets]] = 0.9
    return found


def sentences(number, *, knows=True):
    """One head finds the heads of x, and gives what else it has to a special token; one is noise.

    A third finds y, from the head to its last y.
    """
    random = np.random.default_rng(0)
    noise = np.random.default_rng(1)
    found = []
    for place in range(number):
        heads = [-1, *(int(random.integers(word)) for word in range(1, COUNT))]
        relations = ["root", *(str(random.choice(["x", "y"])) for _ in range(1, COUNT))]
        finds = noise.integers(COUNT, size=(3, COUNT))
        if knows:
            for word in range(COUNT):
                finds[1, word] = heads[word] if relations[word] != "y" else word
                if relations[word] == "y":
                    finds[2, heads[word]] = word
        tree = Tree(WORDS, tuple(heads), tuple(relations), name=f"sentence {place}")
        found.append(read(tree, [rows(each) for each in finds]))
    return found


def test_all_heads_together_know_what_each_knows_in_part():
    found = attention_probe(
        sentences(60), control=sentences(60, knows=False), folds=3, dimensions=4
    )
    uas = found.table["uas"]
    best_head = relation_accuracy(sentences(60), least=5).loc["all", "accuracy"]
    assert uas["attention"] > best_head + 0.1
    assert uas["attention"] > uas["best offset"] + 0.3
    # One answer in eight is right by chance.
    assert uas["attention, random weights"] < 0.25
    assert (found.table["count"] == 60 * COUNT).all()
    # No head stands behind its word here.
    assert uas["right-branching"] == 0
    assert found.table["uas_se"].drop("right-branching").between(0.001, 0.05).all()
    assert found.heads["size"].idxmin() == (0, 0)
    assert found.heads.loc[(0, 1), "dependent to head"] > 0.3
    assert found.heads.loc[(0, 2), "head to dependent"] > 0.3


def test_baselines_by_hand():
    # Of five words: root, then each depends on the one before, but the last is punctuation.
    tree = Tree(WORDS[:5], (-1, 0, 1, 2, 3), ("root", *"zzzz"), (*[False] * 4, True))
    each = read(tree, [np.full((7, 7), 1 / 7)])
    table = attention_probe([each, each], folds=2).table
    assert table.loc["right-branching", "uas"] == 0
    assert table.loc["left-branching", "uas"] == 1
    assert table.loc["best offset", "uas"] == 1
    assert (table["count"] == 8).all()


def test_words_say_which_head_counts():
    """Of two words alike to every map only the vector of the dependent says which head is right."""
    random = np.random.default_rng(2)
    found, kinds = [], {}
    for number in range(60):
        words = tuple(f"{number}-{place}" for place in range(COUNT))
        kinds |= {word: random.integers(2) for word in words}
        near, far = random.integers(1, COUNT, (2, COUNT))
        heads = [-1]
        for place in range(1, COUNT):
            near[place], far[place] = random.permutation(place)[:2] if place > 1 else (0, 0)
            heads.append(int((near, far)[kinds[words[place]]][place]))
        tree = Tree(words, tuple(heads), ("root", *"z" * (COUNT - 1)))
        found.append(read(tree, [rows(near), rows(far)]))
    table = attention_probe(
        found, embeddings=lambda words: np.eye(2)[[kinds[word] for word in words]], folds=3
    ).table
    assert table.loc["attention + embeddings", "uas"] > 0.8
    assert table.loc["attention + embeddings", "uas"] > table.loc["attention", "uas"] + 0.15
    assert table.loc["distances + embeddings", "uas"] < 0.6


def test_probes_that_cannot_be_fitted():
    with pytest.raises(hw.InputError, match="4 sentences of two words or more for 5 folds"):
        attention_probe(sentences(4))
    with pytest.raises(hw.InputError, match="folds must be 2 or more"):
        attention_probe(sentences(4), folds=1)
    alone = read(Tree(("a",), (-1,), ("root",)), [np.full((3, 3), 1 / 3)])
    with pytest.raises(hw.InputError, match="there are 0 sentences"):
        attention_probe([alone, alone], folds=2)
    with pytest.raises(hw.InputError, match="other sentences"):
        attention_probe(sentences(6), control=sentences(5), folds=2)
    with pytest.raises(hw.InputError, match=r"finite and of shape \(8, d\)"):
        attention_probe(sentences(6), embeddings=lambda words: np.ones(len(words)), folds=2)
    with pytest.raises(hw.InputError, match="dimensions must be 1 or more"):
        attention_probe(sentences(6), dimensions=0)


def test_fitting_leaves_torch_as_it_was():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with torch.inference_mode():
        inside = attention_probe(sentences(12), folds=2).table
    torch.manual_seed(7)
    again = attention_probe(sentences(12), folds=2).table
    torch.set_rng_state(state)
    assert torch.get_num_threads() == threads
    assert inside.equals(again)


TREE = Tree(
    ("The", "cat", "is", "very", "sad", "."), (1, 4, 4, 4, -1, 4), ("det", *"sca", "root", "p")
)


def test_a_control_is_of_the_same_shape_and_the_model_stays(tiny_bert):
    model, tokenizer = tiny_bert
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    control = random_weights(model, seed=1)
    assert torch.equal(torch.rand(1), expected)
    assert not control.training
    same = random_weights(model, seed=1).state_dict()
    other = random_weights(model, seed=2).state_dict()
    for name, value in control.state_dict().items():
        assert torch.equal(model.state_dict()[name], before[name])
        assert value.shape == before[name].shape
        assert torch.equal(value, same[name])
    name = "embeddings.word_embeddings.weight"
    assert not torch.equal(control.state_dict()[name], before[name])
    assert not torch.equal(control.state_dict()[name], other[name])
    one, two = (next(trace_words(each, tokenizer, [TREE])) for each in (model, control))
    assert one.pieces == two.pieces
    assert one.weights().shape == two.weights().shape


def test_a_model_that_has_no_configuration_has_no_control():
    with pytest.raises(hw.InputError, match="Linear has none"):
        random_weights(torch.nn.Linear(2, 2))


def test_input_embeddings_are_means_of_pieces(tiny_bert):
    model, tokenizer = tiny_bert
    words = ["The", "cat", "\u200b", "halls"]
    found = input_embeddings(model, tokenizer)(words)
    table = model.get_input_embeddings().weight.detach().numpy()
    for word, vector in zip(words, found, strict=True):
        ids = tokenizer(word, add_special_tokens=False)["input_ids"]
        expected = table[ids].mean(axis=0) if ids else np.zeros(table.shape[1])
        np.testing.assert_allclose(vector, expected, atol=1e-6)
    assert len(tokenizer("halls", add_special_tokens=False)["input_ids"]) > 1
