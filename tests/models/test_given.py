"""What transformers itself returns, through `from_attentions` and BertViz's calls."""

import importlib

import numpy as np
import pytest
import torch
import transformers

import headwise as hw
from headwise.bertviz import head_view

pytestmark = pytest.mark.models

TEXT, PAIR = "The cat is very sad.", "Because it could not find food to eat."
SMALL = {"vocab_size": 60, "d_model": 16}
names = importlib.import_module("headwise.bertviz.transformers_neuron_view")


def build(config, model_class):
    torch.manual_seed(0)
    return model_class._from_config(config, attn_implementation="eager").eval()


def bart(encoder=3, decoder=2):
    return transformers.BartConfig(
        **SMALL,
        encoder_layers=encoder,
        decoder_layers=decoder,
        encoder_attention_heads=4,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=32,
    )


def t5():
    return transformers.T5Config(
        **SMALL, d_kv=8, d_ff=16, num_layers=3, num_decoder_layers=2, num_heads=2
    )


def gpt2():
    return transformers.GPT2Config(
        vocab_size=60, n_embd=16, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    )


def assert_same(found, expected, block=None, atol=1e-6):
    for layer in range(found.block(block).layers):
        np.testing.assert_allclose(
            found.weights(layer, block=block), expected.weights(layer, block=block), atol=atol
        )


@pytest.fixture
def pair(make_model, tokenizers):
    """Attentions, strings and the start of sentence B, as a BertViz notebook makes them."""
    model, tokenizer = make_model("bert", implementation="eager"), tokenizers["wordpiece"]
    inputs = tokenizer(TEXT, PAIR, return_tensors="pt")
    start = int(tokenizer(TEXT, return_tensors="pt")["input_ids"].shape[1])
    with torch.no_grad():
        attention = model(**inputs, output_attentions=True).attentions
    return model, tokenizer, attention, inputs["input_ids"], start


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_pair_equals_the_trace(pair, dtype, recwarn):
    model, tokenizer, attention, ids, start = pair
    expected = hw.trace(model, tokenizer, TEXT, PAIR)
    given = [layer.to(dtype).requires_grad_() for layer in attention]
    strings = tokenizer.convert_ids_to_tokens(ids[0])
    trace = hw.from_attentions(given, strings, sentence_b_start=start)
    assert not [warning for warning in recwarn if warning.category is hw.HeadwiseWarning]
    assert_same(trace, expected, atol=1e-5 if dtype == torch.float32 else 5e-3)
    for column in ("labels", "words", "segments", "special"):
        assert getattr(trace.tokens, column) == getattr(expected.tokens, column)


def test_the_book_runs_with_another_import(pair):
    _, tokenizer, attention, ids, start = pair
    strings = tokenizer.convert_ids_to_tokens(ids[0])
    page = head_view(attention, strings, start, html_action="return")
    assert "srcdoc" in page.data


def test_a_model_under_sdpa_and_the_last_output_say_what_to_write(make_model, tokenizers):
    model = make_model("bert", implementation="sdpa")
    inputs = tokenizers["wordpiece"](TEXT, return_tensors="pt")
    outputs = model(**inputs, output_attentions=True)
    for given in (outputs, outputs.attentions, outputs[-1]):
        with pytest.raises(hw.EmptyAttentions, match=r"eager.*outputs\.attentions"):
            head_view(given, ["a"])


@pytest.mark.parametrize(
    "config", [bart(3, 2), bart(2, 3), t5()], ids=["bart 3 and 2", "bart 2 and 3", "t5"]
)
def test_encoder_decoder_outputs(config):
    model = build(config, type(transformers.AutoModel.from_config(config)))
    ids, target = torch.arange(4, 11)[None], torch.arange(4, 9)[None]
    with torch.no_grad():
        outputs = model(input_ids=ids, decoder_input_ids=target, output_attentions=True)
    sides = {"encoder_tokens": list("abcdefg"), "decoder_tokens": list("vwxyz")}
    trace = hw.from_attentions(outputs, **sides)
    apart = hw.from_attentions(
        encoder_attention=outputs.encoder_attentions,
        decoder_attention=outputs.decoder_attentions,
        cross_attention=outputs.cross_attentions,
        **sides,
    )
    counts = [len(outputs.encoder_attentions), *[len(outputs.decoder_attentions)] * 2]
    assert [block.layers for block in trace.blocks.values()] == counts
    assert [block.causal for block in trace.blocks.values()] == [False, True, False]
    for name in trace.blocks:
        assert_same(trace, apart, name, atol=0)
    with pytest.raises(hw.InputError, match="of an encoder-decoder: pass its encoder_attentions"):
        head_view(outputs, list("abcdefg"))
    expected = outputs.cross_attentions[1][0].numpy()
    np.testing.assert_array_equal(trace.weights(1, block="cross"), expected)


@pytest.mark.parametrize("cache", [None, "static"])
def test_a_generation_equals_one_forward_pass(cache):
    model = build(gpt2(), transformers.GPT2LMHeadModel)
    outputs = model.generate(
        torch.arange(4, 11)[None],
        max_new_tokens=6,
        min_new_tokens=6,
        do_sample=False,
        output_attentions=True,
        return_dict_in_generate=True,
        pad_token_id=0,
        cache_implementation=cache,
    )
    strings = [str(number) for number in outputs.sequences[0].tolist()]
    with torch.no_grad():
        whole = model(outputs.sequences[:, :-1], output_attentions=True)
    for given in (outputs, outputs.attentions):
        trace = hw.from_attentions(given, strings)
        assert_same(trace, hw.from_attentions(whole))
        assert trace.tokens.generated == (False,) * 7 + (True,) * 5


def test_a_sliding_window_generation_equals_one_forward_pass():
    config = transformers.MistralConfig(
        vocab_size=60,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=4,
    )
    model = build(config, transformers.MistralForCausalLM)
    outputs = model.generate(
        torch.arange(4, 11)[None],
        max_new_tokens=6,
        min_new_tokens=6,
        do_sample=False,
        output_attentions=True,
        return_dict_in_generate=True,
        pad_token_id=0,
    )
    with torch.no_grad():
        whole = model(outputs.sequences[:, :-1], output_attentions=True)
    trace = hw.from_attentions(outputs)
    assert_same(trace, hw.from_attentions(whole))


def test_a_generation_of_an_encoder_decoder_and_beams():
    model = build(bart(), transformers.BartForConditionalGeneration)
    ids = torch.arange(4, 11)[None]
    options = {"max_new_tokens": 5, "output_attentions": True, "return_dict_in_generate": True}
    outputs = model.generate(ids, num_beams=1, do_sample=False, **options)
    with torch.no_grad():
        whole = model.model(
            ids, decoder_input_ids=outputs.sequences[:, :-1], output_attentions=True
        )
    trace, expected = hw.from_attentions(outputs), hw.from_attentions(whole)
    for name in ("encoder", "decoder", "cross"):
        assert_same(trace, expected, name)
    with pytest.raises(hw.InputError, match=r"holds 3 texts.*num_beams=1"):
        hw.from_attentions(model.generate(ids, num_beams=3, do_sample=False, **options))


@pytest.mark.parametrize("positions", [[], [0], [0, 5]])
def test_longformers_rows_sum_to_one(positions, recwarn):
    config = transformers.LongformerConfig(
        vocab_size=60,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        attention_window=[4, 8],
        max_position_embeddings=64,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    model = transformers.LongformerModel(config).eval()
    ids = torch.arange(4, 17)[None]
    marks = torch.zeros_like(ids)
    marks[0, positions] = 1
    with torch.no_grad():
        outputs = model(ids, global_attention_mask=marks, output_attentions=True)
    trace = hw.from_attentions(outputs)
    assert not [warning for warning in recwarn if warning.category is hw.HeadwiseWarning]
    near = np.abs(np.subtract.outer(np.arange(13), np.arange(13))) <= 2
    near[:, positions] = near[positions] = True
    weights = trace.weights(0)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert (weights[:, ~near] == 0).all()
    assert (weights[:, near] > 0).all()


def test_a_model_without_attention_says_so():
    config = transformers.MambaConfig(
        vocab_size=60, hidden_size=16, state_size=4, num_hidden_layers=2
    )
    outputs = transformers.MambaModel(config)(torch.arange(4, 9)[None], output_attentions=True)
    with pytest.raises(hw.InputError, match="this MambaOutput has no attentions"):
        hw.from_attentions(outputs)


def test_classes_under_bertvizs_names_load_checkpoints_of_today(pair, tmp_path):
    model, tokenizer, *_ = pair
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    loaded = names.BertModel.from_pretrained(tmp_path, output_attentions=True)
    assert loaded.config._attn_implementation == "eager"
    with torch.no_grad():
        outputs = loaded(torch.tensor([[2, 5, 3]]))
    assert len(outputs.attentions) == 3
    wordpiece = names.BertTokenizer.from_pretrained(tmp_path)
    assert isinstance(wordpiece, transformers.BertTokenizer)
    assert wordpiece(TEXT)["input_ids"] == tokenizer(TEXT)["input_ids"]
    with pytest.raises(AttributeError, match=r"write tokenizer\(text, text_pair"):
        wordpiece.encode_plus(TEXT, PAIR)


@pytest.mark.parametrize("name", sorted(names._NAMES | names._OTHERS))
def test_every_name_of_bertviz_that_transformers_still_has(name):
    assert isinstance(getattr(names, name), type)


def test_names_that_are_gone_say_so():
    with pytest.raises(ImportError, match="TransfoXLModel is not in transformers any more"):
        _ = names.TransfoXLModel
    assert "BertModel" in dir(names)
    assert not hasattr(names, "__wrapped__")
