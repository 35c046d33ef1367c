"""The calls of BertViz's README and of the book, with only the import changed."""

import importlib
import json
import re
import sys
from html import unescape

import numpy as np
import pytest
import torch
import transformers

import headwise as hw
from headwise.bertviz import head_view, model_view
from headwise.bertviz.neuron_view import show

pytestmark = pytest.mark.models

SENTENCE_A, SENTENCE_B = "The cat is very sad.", "Because it could not find food to eat."
TEXT = "The cat is sad"
SMALL = {"vocab_size": 400, "d_model": 16}


def bart():
    return transformers.BartConfig(
        **SMALL,
        encoder_layers=3,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=32,
        decoder_start_token_id=0,
    )


def t5():
    return transformers.T5Config(
        **SMALL,
        d_kv=8,
        d_ff=16,
        num_layers=3,
        num_decoder_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )


@pytest.fixture
def bert(make_model, tokenizers, tmp_path):
    """A model and its tokenizer, of the class that knows of sentence pairs."""
    tokenizers["wordpiece"].save_pretrained(tmp_path)
    tokenizer = transformers.BertTokenizer.from_pretrained(tmp_path)
    return make_model("bert", implementation="eager"), tokenizer


def traits_of(page):
    inner = unescape(re.search(r'srcdoc="([^"]*)"', page.data)[1])
    state = re.search(r'id="headwise-state">(.*?)</script>', inner, re.DOTALL)[1]
    return json.loads(state)["traits"]


def test_readme_model_view_and_head_view(make_model, tokenizers, shown):
    tokenizer, model = tokenizers["wordpiece"], make_model("bert", implementation="eager")
    inputs = tokenizer.encode("The cat sat on the mat", return_tensors="pt")
    outputs = model(inputs, output_attentions=True)
    attention = outputs.attentions
    tokens = tokenizer.convert_ids_to_tokens(inputs[0])
    model_view(attention, tokens)
    head_view(attention, tokens)
    grid, lines = shown
    assert grid.trace.tokens.labels == lines.trace.tokens.labels == tuple(tokens)
    np.testing.assert_allclose(grid.trace.weights(2), attention[2][0].detach(), atol=1e-6)


def test_readme_sentence_pair(bert, shown):
    model, tokenizer = bert
    inputs = tokenizer(SENTENCE_A, SENTENCE_B, return_tensors="pt")
    input_ids, token_type_ids = inputs["input_ids"], inputs["token_type_ids"]
    attention = model(input_ids, token_type_ids=token_type_ids, output_attentions=True).attentions
    sentence_b_start = token_type_ids[0].tolist().index(1)
    tokens = tokenizer.convert_ids_to_tokens(input_ids[0].tolist())
    model_view(attention, tokens, sentence_b_start)
    model_view(attention, tokens, sentence_b_start, include_layers=[1], include_heads=[0, 3])
    whole, part = shown
    whole.sentences = "ab"
    assert whole.trace.tokens.segments == tuple(token_type_ids[0].tolist())
    assert (part.include_layers, part.include_heads) == ([1], [0, 3])
    np.testing.assert_array_equal(part.trace.weights(1, 3), whole.trace.weights(1, 3))


def test_readme_gpt2(make_model, tokenizers, shown):
    model, tokenizer = make_model("gpt2", implementation="eager"), tokenizers["byte"]
    ids = tokenizer(TEXT, return_tensors="pt")["input_ids"]
    attention = model(ids, output_attentions=True).attentions
    model_view(attention, tokenizer.convert_ids_to_tokens(ids[0]), display_mode="light")
    (view,) = shown
    assert (view.block, view.theme) == ("decoder", "light")
    assert view.trace.causal


@pytest.mark.parametrize(
    ("config", "model_class"),
    [(bart, transformers.BartModel), (t5, transformers.T5Model)],
    ids=["bart", "t5"],
)
def test_readme_encoder_decoder(tokenizers, shown, config, model_class):
    torch.manual_seed(0)
    model = model_class._from_config(config(), attn_implementation="eager").eval()
    tokenizer = tokenizers["wordpiece"]
    encoder_input_ids = tokenizer(SENTENCE_A, return_tensors="pt").input_ids
    decoder_input_ids = tokenizer(TEXT, return_tensors="pt").input_ids
    outputs = model(
        input_ids=encoder_input_ids, decoder_input_ids=decoder_input_ids, output_attentions=True
    )
    arguments = {
        "encoder_attention": outputs.encoder_attentions,
        "decoder_attention": outputs.decoder_attentions,
        "cross_attention": outputs.cross_attentions,
        "encoder_tokens": tokenizer.convert_ids_to_tokens(encoder_input_ids[0]),
        "decoder_tokens": tokenizer.convert_ids_to_tokens(decoder_input_ids[0]),
    }
    model_view(**arguments)
    (view,) = shown
    assert list(view.trace.blocks) == ["encoder", "decoder", "cross"]
    view.block = "cross"
    view.opened = (1, 1)
    weights = view.trace.weights(1, 1, block="cross")
    np.testing.assert_allclose(weights, outputs.cross_attentions[1][0, 1].detach(), atol=1e-6)
    page = model_view(**arguments, include_layers=[0], html_action="return")
    assert traits_of(page)["include_layers"] == [0]


@pytest.mark.parametrize(
    ("name", "tokenizer", "pair"),
    [("bert", "wordpiece", SENTENCE_B), ("gpt2", "byte", None), ("roberta", "byte_pair", TEXT)],
)
def test_readme_neuron_view(make_model, tokenizers, shown, name, tokenizer, pair):
    model, tokenizer = make_model(name), tokenizers[tokenizer]
    show(model, name, tokenizer, TEXT, pair, layer=2, head=0)
    show(model, name, tokenizer, TEXT, display_mode="light")
    first, second = shown
    expected = hw.trace(model, tokenizer, TEXT, pair)
    assert (first.layer, first.head, first.theme) == (2, 0, "dark")
    assert (second.layer, second.head, second.theme) == (0, 0, "light")
    assert first.trace.tokens == expected.tokens
    np.testing.assert_array_equal(first.trace.queries(2, 0), expected.queries(2, 0))
    page = show(model, name, tokenizer, TEXT, pair, layer=2, html_action="return")
    assert traits_of(page)["_trace"]["blocks"][0]["vectors"][2]["size"] == 6


def test_a_model_in_training_mode_is_refused_in_words(make_model, tokenizers):
    model = make_model("bert").train()
    with pytest.raises(hw.TrainingModeError, match="eval"):
        show(model, "bert", tokenizers["wordpiece"], TEXT)


def show_model_view(  # the book's function, chapter 11
    model, tokenizer, sentence_a, sentence_b=None, hide_delimiter_attn=False, display_mode="dark"
):
    inputs = tokenizer(sentence_a, sentence_b, return_tensors="pt", add_special_tokens=True)
    input_ids = inputs["input_ids"]
    if sentence_b:
        token_type_ids = inputs["token_type_ids"]
        attention = model(input_ids, token_type_ids=token_type_ids).attentions
        sentence_b_start = token_type_ids[0].tolist().index(1)
    else:
        attention = model(input_ids).attentions
        sentence_b_start = None
    input_id_list = input_ids[0].tolist()
    tokens = tokenizer.convert_ids_to_tokens(input_id_list)
    if hide_delimiter_attn:
        for i, t in enumerate(tokens):
            if t in ("[SEP]", "[CLS]"):
                for layer_attn in attention:
                    layer_attn[0, :, i, :] = 0
                    layer_attn[0, :, :, i] = 0
    model_view(attention, tokens, sentence_b_start, display_mode=display_mode)


def test_the_books_model_view(bert, shown):
    model, tokenizer = bert
    model.config.output_attentions = True
    with torch.no_grad():
        show_model_view(model, tokenizer, SENTENCE_A, SENTENCE_B)
        show_model_view(model, tokenizer, SENTENCE_A, display_mode="light")
        with pytest.warns(hw.HeadwiseWarning, match="sum to") as caught:
            show_model_view(model, tokenizer, SENTENCE_A, SENTENCE_B, hide_delimiter_attn=True)
    assert caught[0].filename == __file__
    pair, single, zeroed = shown
    assert pair.trace.tokens.segment_count == 2
    assert (single.trace.tokens.segment_count, single.theme) == (1, "light")
    cut = zeroed.trace.weights(1)
    assert not cut[:, 0].any()
    assert not cut[:, :, -1].any()
    np.testing.assert_array_equal(cut[:, 1:5, 1:5], pair.trace.weights(1)[:, 1:5, 1:5])


def test_the_books_neuron_view(tmp_path, tokenizers, shown):
    config = transformers.BertConfig(
        vocab_size=400,
        hidden_size=24,
        num_hidden_layers=9,
        num_attention_heads=12,
        intermediate_size=8,
        max_position_embeddings=64,
    )
    torch.manual_seed(0)
    transformers.BertModel(config).save_pretrained(tmp_path)
    tokenizers["wordpiece"].save_pretrained(tmp_path)
    sys.modules.pop("headwise.bertviz.transformers_neuron_view", None)
    names = importlib.import_module("headwise.bertviz.transformers_neuron_view")
    model = names.BertModel.from_pretrained(tmp_path)
    tokenizer = names.BertTokenizer.from_pretrained(tmp_path)
    show(model, "bert", tokenizer, SENTENCE_A, SENTENCE_B, display_mode="light", layer=8, head=11)
    (view,) = shown
    assert (view.layer, view.head, view.theme) == (8, 11, "light")
    assert view.trace.tokens.labels[:3] == ("[CLS]", "the", "cat")
    assert view.trace.queries(8, 11).shape == (len(view.trace.tokens), 2)
