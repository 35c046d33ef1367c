"""Models and questions that the engine refuses, and what it says of them."""

import pytest
import torch
import transformers
from live_models import live_model, live_tokenizer

import headwise as hw

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."


def test_a_bare_encoder_says_that_it_has_no_head():
    torch.manual_seed(0)
    model = transformers.BertModel(live_model("bert").config).eval()
    answer = hw.ask(model, live_tokenizer("bert"), TEXT, masked=[2], ablated=[(0, 1)])
    assert answer.predictions is None
    assert answer.abilities.predicts is None
    assert "BertModel has no head" in answer.abilities.no_predictions
    assert answer.attention_change().max() > 0
    with pytest.raises(hw.NoPredictionHead, match="AutoModelForMaskedLM"):
        _ = answer.table
    with pytest.raises(hw.NoPredictionHead):
        hw.ablation_scores(model, live_tokenizer("bert"), [TEXT])


def test_a_model_with_attention_of_its_own_is_masked_but_not_changed():
    config = transformers.DebertaV2Config(
        vocab_size=400,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=40,
        max_position_embeddings=64,
    )
    torch.manual_seed(0)
    model, tokenizer = transformers.DebertaV2ForMaskedLM(config).eval(), live_tokenizer("bert")
    answer = hw.ask(model, tokenizer, TEXT, masked=[2])
    assert answer.trace.layers == 2
    assert answer.predictions.kind == "masked"
    assert "transformers' attention interface" in answer.abilities.no_blocking
    for change in ({"ablated": [(0, 1)]}, {"blocked": [1]}):
        with pytest.raises(hw.UnsupportedAttention, match="'deberta-v2'"):
            hw.ask(model, tokenizer, TEXT, **change)


def test_questions_that_cannot_be_asked():
    bert, words = live_model("bert"), live_tokenizer("bert")
    gpt2, pieces = live_model("gpt2"), live_tokenizer("gpt2")
    with_mask = live_tokenizer("gpt2")
    with_mask.mask_token = with_mask.eos_token
    for error, match, model, tokenizer, question in (
        (hw.InputError, "leaves no token", bert, words, {"text": " "}),
        (hw.InputError, "64 positions", bert, words, {"text": "cat " * 80}),
        (hw.OutOfRange, "masked: token 8", bert, words, {"masked": [8]}),
        (hw.OutOfRange, "blocked: token 99", bert, words, {"blocked": [99]}),
        (hw.OutOfRange, "replaced: token 99", bert, words, {"replaced": {99: "cat"}}),
        (hw.OutOfRange, "no target", bert, words, {"blocked_target": [0]}),
        (hw.OutOfRange, "head 4 does not exist", bert, words, {"ablated": [(0, 4)]}),
        (hw.OutOfRange, "layer 3", bert, words, {"ablated": [(3, 0)]}),
        (hw.OutOfRange, "block 'cross'", bert, words, {"ablated": [(0, 0, "cross")]}),
        (hw.OutOfRange, "about: token 20", bert, words, {"saliency": "gradient", "about": 20}),
        (hw.InputError, "token id 9999", bert, words, {"replaced": {1: 9999}}),
        (hw.NoMaskToken, "no mask token", gpt2, pieces, {"masked": [1]}),
        (hw.NoMaskToken, "only looks back", gpt2, with_mask, {"masked": [1]}),
        (hw.InputError, "leaves no token", bert, words, {"replaced": {1: " "}}),
    ):
        with pytest.raises(error, match=match):
            hw.ask(model, tokenizer, **{"text": TEXT, **question})
    everything = list(range(8))
    with pytest.raises(hw.InputError, match="nothing to attend"):
        hw.ask(live_model("t5"), live_tokenizer("t5"), TEXT, target=TEXT, blocked=everything)


def test_a_bidirectional_model_without_a_mask_token_names_it():
    tokenizer = live_tokenizer("bert")
    tokenizer.mask_token = None
    with pytest.raises(hw.NoMaskToken, match="no mask token"):
        hw.ask(live_model("bert"), tokenizer, TEXT, masked=[1])
    answer = hw.ask(live_model("bert"), tokenizer, TEXT)
    assert "no mask token" in answer.abilities.no_masking


def test_training_mode_is_refused_and_stays():
    model = live_model("bert").train()
    with pytest.raises(hw.TrainingModeError, match=r"model\.eval"):
        hw.ask(model, live_tokenizer("bert"), TEXT)
    assert model.training
