import dataclasses

import numpy as np
import pytest

import headwise as hw
from headwise.intervene.answer import Abilities, Answer, Difference, Predictions
from headwise.intervene.question import AblatedHead, Question

LABELS = ("the", "cat", "sat")


def test_a_question_is_a_value_whatever_its_parts_were_given_as():
    one = Question("a", replaced={2: "b", 0: 7}, masked=[3, 1, 3], ablated=[(1, 2), hw.Head(1, 2)])
    other = Question(
        "a", replaced=((0, 7), (2, "b")), masked=(1, 3), ablated=(AblatedHead(1, 2, None),)
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one.replacements == ((0, 7), (2, "b"))
    assert one.ablated[0][:2] == (1, 2)
    assert Question("a", ablated=[(0, 0, "cross")]).ablated[0].block == "cross"


def test_zero_is_a_token_a_layer_and_a_head():
    question = Question("a", masked=(0,), blocked=(0,), ablated=[(0, 0)], about=0)
    assert (question.masked, question.blocked, question.about) == ((0,), (0,), 0)
    assert question.changes
    assert question.operates


def test_what_is_plain_and_what_is_not():
    question = Question("a", "b", "c", masked=(1,), saliency="gradient")
    assert question.plain == Question("a", "b", "c")
    assert question.changes
    assert not question.operates
    assert not question.plain.changes
    assert question.but(masked=()).plain == question.plain
    assert question.but(blocked=[2, 2]).blocked == (2,)
    with pytest.raises(dataclasses.FrozenInstanceError):
        question.text = "b"
    with pytest.raises(TypeError):
        question.but(mask=(1,))


@pytest.mark.parametrize(
    ("error", "match", "parts"),
    [
        (hw.InputError, "text must be one string, not int", {"text": 3}),
        (hw.InputError, "target must be", {"target": 3}),
        (hw.InputError, "masked must be token numbers", {"masked": 4}),
        (hw.InputError, "masked must be token numbers", {"masked": "4"}),
        (hw.OutOfRange, "from 0 on", {"masked": [-1]}),
        (hw.OutOfRange, "from 0 on", {"blocked": [True]}),
        (hw.OutOfRange, "from 0 on", {"blocked": [1.5]}),
        (hw.OutOfRange, "from 0 on", {"ablated": [(-1, 0)]}),
        (hw.InputError, r"pairs \(layer, head\)", {"ablated": [3]}),
        (hw.InputError, r"pairs \(layer, head\)", {"ablated": [(1, 2, 3)]}),
        (hw.InputError, r"pairs \(layer, head\)", {"ablated": "12"}),
        (hw.InputError, "'zero' or 'mean'", {"ablation": "noise"}),
        (hw.InputError, "'gradient', 'values' or None", {"saliency": "attention"}),
        (hw.InputError, "a text or a vocabulary number", {"replaced": {1: ""}}),
        (hw.InputError, "a text or a vocabulary number", {"replaced": {1: True}}),
        (hw.OutOfRange, "from 0 on", {"about": -1}),
    ],
)
def test_a_question_that_is_none(error, match, parts):
    with pytest.raises(error, match=match):
        Question(**{"text": "a", **parts})


def trace_of(weights):
    return hw.from_attentions(weights, list(LABELS))


def predicted(first, second):
    chosen = np.array([first, second, first], np.float32)
    return Predictions(
        kind="tags",
        tokens=hw.Tokens.from_labels(LABELS),
        ids=np.array([[1, 0]] * 3),
        labels=(("noun", "verb"),) * 3,
        probabilities=np.stack([chosen, 1 - chosen], axis=1),
        own=np.full(3, np.nan, np.float32),
        entropy=np.zeros(3, np.float32),
    )


def answers():
    same = np.full((2, 2, 3, 3), 1 / 3, np.float32)
    other = same.copy()
    other[1, 0] = np.eye(3)
    abilities = Abilities("tags")
    places = ((0,), (1,), (2,))
    plain = Answer(Question("x"), trace_of(same), predicted(0.9, 0.8), abilities, places)
    difference = Difference(
        (0, -1, 2),
        np.array([0.5, np.nan, 0.25], np.float32),
        np.array([0.6, np.nan, 0.7], np.float32),
    )
    changed = Answer(
        Question("x", masked=(1,)),
        trace_of(other),
        predicted(0.7, 0.6),
        abilities,
        places,
        plain=plain,
        difference=difference,
    )
    return plain, changed


def test_predictions_are_a_table():
    table = predicted(0.9, 0.75).to_frame()
    assert list(table.columns) == ["token", "label", "rank", "prediction", "id", "probability"]
    assert table.token.tolist() == [0, 0, 1, 1, 2, 2]
    assert table.label.tolist()[2:4] == ["cat", "cat"]
    assert table["rank"].tolist() == [0, 1] * 3
    row = table.iloc[2]
    assert (row.prediction, row.id) == ("noun", 1)
    assert row.probability == pytest.approx(0.75)
    assert predicted(0.9, 0.75).top(0)[0] == ("noun", pytest.approx(0.9))


def test_what_a_change_did_is_a_table():
    plain, changed = answers()
    table = changed.changes()
    assert table.label.tolist() == list(LABELS)
    assert table.before_p.tolist() == pytest.approx([0.9, 0.8, 0.9])
    assert table.after_p[[0, 2]].tolist() == pytest.approx([0.7, 0.7])
    assert np.isnan(table.after_p[1])
    assert table.after[1] == ""
    assert table.kl[[0, 2]].tolist() == [0.5, 0.25]
    assert plain.changes().empty
    assert list(plain.changes().columns) == list(table.columns)


def test_how_far_the_weights_of_each_head_moved():
    plain, changed = answers()
    assert (plain.attention_change() == 0).all()
    moved = changed.attention_change()
    np.testing.assert_allclose(moved, [[0, 0], [2 / 3, 0]], atol=1e-6)
    moved[:] = 7
    assert changed.attention_change().max() < 1
    with pytest.raises(hw.OutOfRange):
        changed.attention_change("cross")


def test_no_head_is_said_when_predictions_are_asked_for():
    plain, _ = answers()
    none = dataclasses.replace(
        plain, predictions=None, abilities=Abilities(None, "BertModel has no head")
    )
    for ask in (lambda: none.table, none.changes):
        with pytest.raises(hw.NoPredictionHead, match="BertModel has no head"):
            ask()
