"""Trained models behind the engine: what their authors say of them shows in the answers."""

import time

import numpy as np
import pytest
import torch

import headwise as hw
from headwise.intervene import Engine, Question

pytestmark = pytest.mark.models

REACTION = "CC(=O)Cl.NCc1ccccc1>>CC(=O)NCc1ccccc1"


@pytest.mark.slow
def test_the_chemistry_model_restores_ten_masked_positions(zoo):
    model, tokenizer = zoo.rxn_albert()
    engine = Engine(model, tokenizer)
    plain = engine.answer(Question(REACTION))
    assert len(plain.tokens) == 37
    for place in (1, 4, 7, 8, 10, 14, 19, 20, 25, 33):
        answer = engine.answer(Question(REACTION, masked=(place,)))
        label, probability = answer.predictions.top(place)[0]
        assert answer.tokens.labels[place] == "[MASK]"
        assert label == plain.tokens.labels[place]
        assert probability > 0.5
        assert answer.predictions.own[place] == pytest.approx(probability)


@pytest.mark.slow
def test_the_capital_of_france(zoo):
    model, tokenizer = zoo.smollm2()
    text = "The capital of France is"
    engine = Engine(model, tokenizer)
    plain = engine.answer(Question(text))
    assert plain.tokens.labels[3] == "␣France"
    assert plain.predictions.top(4)[0][0] == "␣Paris"
    blocked = engine.answer(Question(text, blocked=(3,)))
    last = blocked.changes().iloc[-1]
    assert last.before == "␣Paris"
    assert last.before_p > 0.5
    assert last.before_now < last.before_p / 10
    assert last.kl > 1
    assert blocked.notes == ("no other token attends to '␣France' (3) (attention knockout)",)
    shares = hw.saliency(model, tokenizer, text, method="values").saliency
    assert shares.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_the_induction_head_matters_more_than_others_of_its_layer(zoo):
    """Random words, twice: what head (18, 6) adds is that the second time is foreseen."""
    model, tokenizer = zoo.smollm2()
    random = np.random.default_rng(0)
    ordinary = [
        number
        for number in range(1000, 20000)
        if tokenizer.decode([number]).strip().isalpha() and tokenizer.decode([number])[0] == " "
    ]
    texts = [tokenizer.decode(list(random.choice(ordinary, 20)) * 2) for _ in range(2)]
    heads = [(18, head) for head in range(9)]
    table = hw.ablation_scores(model, tokenizer, texts, heads=heads, progress=False, batch_size=3)
    assert table.index[0] == (18, 6)
    others = table.loss.drop((18, 6))
    assert table.loss[(18, 6)] > 0.3
    assert table.loss[(18, 6)] > others.mean() + 3 * others.std()


@pytest.mark.slow
def test_the_grammar_model_shows_its_tag_and_loses_some_of_it(zoo):
    model, tokenizer = zoo.distilbert_gec()
    text = "There going to the shops."
    plain = hw.ask(model, tokenizer, text)
    assert plain.predictions.kind == "tags"
    label, probability = plain.predictions.top(1)[0]
    assert plain.tokens.labels[1] == "There"
    assert label == "$REPLACE_They're"
    assert probability > 0.95
    costs = hw.ablation_scores(model, tokenizer, [text], progress=False)
    assert costs.loss.iloc[0] > 1e-4
    off = hw.ask(model, tokenizer, text, ablated=list(costs.index[:10]))
    change = off.changes().iloc[1]
    assert change.before == "$REPLACE_They're"
    assert change.before_now < probability - 0.02
    assert change.kl > 0.02


@pytest.mark.slow
def test_the_titler_writes_the_next_word_of_the_title(zoo):
    model, tokenizer = zoo.t5_titler()
    text = "user: fix the failing parser test"
    start = hw.ask(model, tokenizer, text)
    assert start.predictions.top(0)[0][0] == "␣Fix"
    answer = hw.ask(model, tokenizer, text, target="Fix failing", saliency="gradient")
    assert [row[0] for row in answer.predictions.labels[:2]] == ["␣Fix", "␣failing"]
    assert len(answer.saliency.shares) == len(answer.tokens)


def test_a_masked_token_is_answered_within_300_ms_of_cpu(minilm):
    """The plain run of a text is there when a token of it is masked; the best of five counts."""
    model, tokenizer = minilm
    text = "The cat is very sad because it could not find food to eat. " * 2
    engine = Engine(model, tokenizer)
    engine.answer(Question(text))
    spent = []
    for place in range(1, 6):
        start = time.process_time()
        answer = engine.answer(Question(text, masked=(place,)))
        answer.attention_change()
        spent.append(time.process_time() - start)
        assert len(answer.tokens) == 30
    assert min(spent) < 0.3
    threads = torch.get_num_threads()
    assert engine.answer(Question(text)).seconds > 0
    assert torch.get_num_threads() == threads
