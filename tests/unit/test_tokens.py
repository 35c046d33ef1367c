import pytest

from headwise import InputError, Tokens


def test_from_labels_fills_what_is_not_given():
    tokens = Tokens.from_labels(["ha", "##lls", "."])
    assert len(tokens) == 3
    assert tokens.ids == (-1, -1, -1)
    assert tokens.words == (0, 0, 1)
    assert tokens.segments == (0, 0, 0)
    assert tokens.special == (False, False, False)
    assert tokens.segment_count == 1


def test_word_labels_join_pieces():
    tokens = Tokens.from_labels(["[CLS]", "ha", "##lls", "."], special=[True, False, False, False])
    assert tokens.word_labels() == ("[CLS]", "halls", ".")


def test_word_labels_drop_space_and_part_marks():
    tokens = Tokens.from_labels(
        ["␣The", "␣😀 1/3", "😀 2/3", "😀 3/3", "!", "␣"], words=[0, 1, 1, 1, 1, 2]
    )
    assert tokens.word_labels() == ("The", "😀!", "␣")


def test_word_labels_keep_a_fraction_that_is_text():
    assert Tokens.from_labels(["2 1/1", "#", "##"], words=[0, 1, 1]).word_labels() == (
        "2 1/1",
        "###",
    )


def test_json_round_trip():
    tokens = Tokens(("a", "b"), (5, 6), (0, 1), (0, 1), (True, False))
    assert tokens.to_json() == {
        "labels": ["a", "b"],
        "words": [0, 1],
        "segments": [0, 1],
        "special": [True, False],
    }
    assert Tokens.from_json(tokens.to_json()).ids == (-1, -1)
    assert Tokens.from_json({**tokens.to_json(), "ids": [5, 6]}) == tokens
    assert tokens.segment_count == 2


def test_lists_become_tuples():
    assert Tokens(["a"], [1], [0], [0], [False]).labels == ("a",)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((("a", "b"), (1,), (0, 1), (0, 0), (False, False)), "2 token labels came with 1 ids"),
        ((("a",), ("1",), (0,), (0,), (False,)), "ids must be int"),
        ((("a",), (1,), (True,), (0,), (False,)), "words must be int"),
        ((("a",), (1,), (0,), (0,), (0,)), "special must be bool"),
        (("a", (1,), (0,), (0,), (False,)), "labels must be a list"),
    ],
)
def test_bad_columns_are_named(columns, message):
    with pytest.raises(InputError, match=message):
        Tokens(*columns)


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="special, words"):
        Tokens.from_json({"labels": ["a"], "segments": [0]})
