from pathlib import Path

import pytest

import headwise as hw
from headwise.probes import PairSentence, Tree, read_conllu, read_pairs

DATA = Path(__file__).parents[1] / "data"


def test_trees_of_a_conllu_file():
    first, second = read_conllu(DATA / "trees.conllu")
    assert first.words == ("The", "old", "cat", "saw", "her", "kitten", ".")
    assert first.heads == (2, 2, 3, -1, 5, 3, 3)
    assert first.relations == ("det", "amod", "nsubj", "root", "nmod", "obj", "punct")
    assert first.punctuation == (False,) * 6 + (True,)
    # A multi-word token and an empty node are no words of the tree.
    assert second.words == ("I", "did", "n't", "go", ".")
    assert second.heads == (3, 3, 3, -1, 3)


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        ((1, 2, 0, -1), "word 0 .'a'. depends on itself in a circle"),
        ((-1, 0, 0, -1), r"one root, this has 2: \[0, 3\]"),
        ((1, 2, 3, 2), "one root, this has 0"),
        ((9, -1, 1, 1), "head 9 is none of words 0 to 3"),
        ((1, -1, 1), "for each of 4 words"),
    ],
)
def test_trees_that_are_none(heads, message):
    with pytest.raises(hw.InputError, match=message):
        Tree(("a", "b", "c", "d"), heads, ("x",) * 4)


def test_a_broken_tree_of_a_file_is_named_or_left_out(tmp_path):
    path = tmp_path / "broken.conllu"
    good = (DATA / "trees.conllu").read_text(encoding="utf-8")
    bad = "1\ta\ta\tX\t_\t_\t2\tdep\t_\t_\n2\tb\tb\tX\t_\t_\t1\tdep\t_\t_\n\n"
    path.write_text(good + bad, encoding="utf-8")
    with pytest.raises(hw.InputError, match=r"sentence 2 of broken\.conllu"):
        read_conllu(path)
    assert len(read_conllu(path, skip_broken=True)) == 2
    path.write_text("no\tconllu\n", encoding="utf-8")
    with pytest.raises(hw.InputError, match="no CoNLL-U file"):
        read_conllu(path)
    with pytest.raises(hw.InputError, match="cannot read"):
        read_conllu(tmp_path / "none.conllu")


def test_pairs_of_both_kinds_of_files(tmp_path):
    lines = tmp_path / "pairs.jsonl"
    lines.write_text(
        '{"words": ["The", "cat", "slept", "and", "it", "purred"], "pairs": [[4, 1]]}\n\n'
        '{"words": ["a", "b", "c"], "pairs": [[2, 0]], "candidates": [0, 1]}\n',
        encoding="utf-8",
    )
    first, second = read_pairs(lines)
    assert first.pairs == ((4, 1),)
    assert second.candidates == (0, 1)
    table = tmp_path / "pairs.tsv"
    table.write_text("# comment\nThe cat slept and it purred\t4\t1\na b c\t2\t0\na b c\t1\t0\n")
    one, two = read_pairs(table)
    assert one.words == first.words
    assert two.pairs == ((2, 0), (1, 0))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.tsv", "a b c\t7\t0\n", "line 1 of x.tsv: label 7 is outside its words 0 to 2"),
        ("x.tsv", "a b c\t1\t1\n", "cannot be its own antecedent"),
        ("x.tsv", "a b c\t1\n", "separated by tabs"),
        ("x.jsonl", "{}\n", "line 1 of x.jsonl: expected"),
        ("x.jsonl", '{"words": ["a", "b"], "pairs": [[1]]}\n', "expected"),
        (
            "x.jsonl",
            '{"words": ["a", "b", "c"], "pairs": [[2, 0]], "candidates": [1]}\n',
            "none of its candidates",
        ),
    ],
)
def test_lines_that_are_no_pairs(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(hw.InputError, match=message):
        read_pairs(path)


def test_a_pair_needs_words():
    with pytest.raises(hw.InputError, match="outside"):
        PairSentence(("a",), ((1, 0),))
