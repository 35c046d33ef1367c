"""Everything that cannot be traced says what was wrong, where, and what to do."""

import numpy as np
import pytest
import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

import headwise as hw

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
PAIR = "Because it could not find food to eat."


@pytest.fixture(autouse=True)
def registry_is_as_it_was():
    before = dict(ALL_ATTENTION_FUNCTIONS)
    yield
    assert dict(ALL_ATTENTION_FUNCTIONS) == before


@pytest.fixture
def bert(make_model):
    return make_model("bert")


@pytest.fixture
def wordpiece(tokenizers):
    return tokenizers["wordpiece"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b"])
def test_empty_text(bert, wordpiece, text):
    with pytest.raises(hw.InputError, match="text leaves no token"):
        hw.trace(bert, wordpiece, text)
    with pytest.raises(hw.InputError, match="text_pair leaves no token"):
        hw.trace(bert, wordpiece, TEXT, text)


def test_empty_text_where_the_tokenizer_adds_nothing(make_model, tokenizers):
    with pytest.raises(hw.InputError, match="text leaves no token"):
        hw.trace(make_model("gpt2"), tokenizers["byte"], "")


@pytest.mark.parametrize("text", [None, 3, b"cat", ["The cat", 3], [["a"]]])
def test_a_text_that_is_no_string(bert, wordpiece, text):
    with pytest.raises(hw.InputError, match="text must be one string"):
        hw.trace(bert, wordpiece, text)


def test_a_pair_that_is_no_string(bert, wordpiece):
    with pytest.raises(hw.InputError, match="text_pair must be one string, not list"):
        hw.trace(bert, wordpiece, TEXT, ["a"])


@pytest.mark.parametrize("model", ["bert-base-uncased", None, torch.nn.Linear(2, 2)])
def test_what_is_no_model(wordpiece, model):
    with pytest.raises(hw.InputError, match="model must be a transformers model"):
        hw.trace(model, wordpiece, TEXT)


def test_what_is_no_tokenizer(bert, wordpiece):
    for wrong in ("bert-base-uncased", None, wordpiece.backend_tokenizer, str.split):
        with pytest.raises(hw.InputError, match="tokenizer must be a transformers tokenizer"):
            hw.trace(bert, wrong, TEXT)


def test_model_and_tokenizer_swapped(bert, wordpiece):
    with pytest.raises(hw.InputError, match="model must be"):
        hw.trace(wordpiece, bert, TEXT)


def test_an_unknown_keyword_is_a_type_error(bert, wordpiece):
    with pytest.raises(TypeError):
        hw.trace(bert, wordpiece, TEXT, layer=0)


def test_a_tokenizer_of_another_vocabulary(configs, wordpiece):
    config = configs["bert"]()
    config.vocab_size = 10
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.raises(hw.InputError, match=rf"has {len(wordpiece)} entries.*embedding has 10"):
        hw.trace(model, wordpiece, TEXT)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("bert", "wordpiece"), ("gpt2", "byte"), ("distilbert", "wordpiece"), ("llama", "metaspace")],
)
def test_a_text_longer_than_the_positions(make_model, tokenizers, name, kind):
    tokenizer, model = tokenizers[kind], make_model(name)
    text = "cat " * 70
    count = len(tokenizer(text)["input_ids"])
    assert count > 64
    with pytest.raises(hw.InputError, match=rf"{count} tokens.* has 64 positions"):
        hw.trace(model, tokenizer, text)


def test_roberta_counts_positions_after_the_padding_number(make_model, tokenizers):
    model, tokenizer = make_model("roberta"), tokenizers["byte_pair"]
    assert model.embeddings.position_embeddings.num_embeddings == 66
    longest = "a" * 62
    assert len(tokenizer(longest)["input_ids"]) == 64
    assert len(hw.trace(model, tokenizer, longest).tokens) == 64
    with pytest.raises(hw.InputError, match=r"65 tokens.* has 64 positions"):
        hw.trace(model, tokenizer, longest + "a")


def test_the_longest_text_that_fits(make_model, tokenizers):
    trace = hw.trace(make_model("gpt2"), tokenizers["byte"], "z" * 64)
    assert len(trace.tokens) == 64


@pytest.mark.parametrize("name", ["bert", "gpt2", "distilbert"])
def test_training_mode_with_dropout(make_model, tokenizers, name):
    model = make_model(name).train()
    tokenizer = tokenizers["byte" if name == "gpt2" else "wordpiece"]
    with pytest.raises(hw.TrainingModeError, match=r"model\.eval\(\)"):
        hw.trace(model, tokenizer, TEXT)
    assert model.training


def test_training_mode_with_attention_dropout_that_is_a_number(configs, tokenizers):
    config = configs["llama"]()
    config.attention_dropout = 0.1
    model = transformers.AutoModel.from_config(config).train()
    with pytest.raises(hw.TrainingModeError, match=r"model\.eval\(\)"):
        hw.trace(model, tokenizers["metaspace"], TEXT)
    assert hw.trace(model.eval(), tokenizers["metaspace"], TEXT).layers == 3


def test_a_model_without_attention(tokenizers):
    config = transformers.MambaConfig(
        vocab_size=400, hidden_size=16, num_hidden_layers=2, state_size=4
    )
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.raises(hw.NoAttentionFound, match=r"'mamba'.*has no attention"):
        hw.trace(model, tokenizers["byte"], TEXT)


def test_attention_in_blocks(tokenizers):
    config = transformers.BigBirdConfig(
        vocab_size=400,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=256,
        block_size=4,
        num_random_blocks=1,
        attention_type="block_sparse",
    )
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.raises(hw.UnsupportedAttention, match=r"original_full"):
        hw.trace(model, tokenizers["byte"], "a" * 200)


@pytest.mark.parametrize("text", [TEXT, [TEXT, PAIR]])
def test_a_model_that_is_wrapped(bert, wordpiece, text):
    with pytest.raises(hw.UnsupportedAttention, match=r"DataParallel.*model\.module"):
        hw.trace(torch.nn.DataParallel(bert), wordpiece, text)


def test_gradient_checkpointing_while_training(make_model, tokenizers):
    model, tokenizer = make_model("llama").train(), tokenizers["metaspace"]
    model.gradient_checkpointing_enable()
    with pytest.raises(hw.UnsupportedAttention, match="gradient checkpointing"):
        hw.trace(model, tokenizer, TEXT)
    assert hw.trace(model.eval(), tokenizer, TEXT).layers == 3


def test_an_encoder_and_a_decoder_and_then_the_encoder_alone(tokenizers):
    config = transformers.BartConfig(
        vocab_size=400,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
    )
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.raises(hw.InputError, match=r"'bart'.*target=.*get_encoder\(\)"):
        hw.trace(model, tokenizers["byte"], TEXT)
    assert hw.trace(model.get_encoder(), tokenizers["byte"], TEXT).default_block == "encoder"


@pytest.mark.parametrize("name", ["vit", "clip"])
def test_a_model_that_takes_pictures(tokenizers, name):
    small = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 16}
    config = {
        "vit": lambda: transformers.ViTConfig(**small, num_hidden_layers=1),
        "clip": lambda: transformers.CLIPConfig(
            text_config={**small, "num_hidden_layers": 1, "vocab_size": 400},
            vision_config={**small, "num_hidden_layers": 1},
        ),
    }[name]()
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.raises(hw.NoAttentionFound, match=f"'{name}'.*pixel_values"):
        hw.trace(model, tokenizers["byte"], TEXT)


def test_one_layer_with_attention_after_some_without(make_model, tokenizers):
    model = make_model("gpt2")
    for layer in model.h[:2]:
        layer.attn.forward = lambda states, *_, **__: (states, None)
    trace = hw.trace(model, tokenizers["byte"], TEXT)
    assert (trace.layers, trace.block().captured_layers) == (3, (2,))
    with pytest.raises(hw.OutOfRange, match=r"layer 1 .* has no attention.* layers 2 of 0 to 2"):
        trace.weights(1)


def test_layers_without_attention_between_those_with_it(make_model, tokenizers):
    model, tokenizer = make_model("gpt2"), tokenizers["byte"]
    attention = model.h[1].attn
    attention.forward = lambda states, *_, **__: (states, None)
    trace = hw.trace(model, tokenizer, TEXT)
    assert trace.block().captured_layers == (0, 2)
    assert trace.block().record(2).module == "h.2.attn"
    part = hw.trace(model, tokenizer, TEXT, layers=[2])
    np.testing.assert_array_equal(part.weights(2), trace.weights(2))
    with pytest.raises(hw.OutOfRange, match="has no attention"):
        trace.queries(1, 0)


def test_positions_that_are_not_tokens(make_model, tokenizers):
    model = make_model("gpt2")

    def add_one(_module, _arguments, keywords):
        states = model.wte(keywords["input_ids"])
        keywords.update(input_ids=None, inputs_embeds=torch.cat([states, states[:, :1]], 1))
        keywords.pop("attention_mask", None)
        return (), keywords

    model.register_forward_pre_hook(add_one, with_kwargs=True)
    with pytest.raises(hw.NoAttentionFound, match=r"queries and .* keys for .* tokens"):
        hw.trace(model, tokenizers["byte"], TEXT)


def test_a_wrong_recipe_is_an_error_and_not_a_picture(bert, wordpiece):
    original = ALL_ATTENTION_FUNCTIONS["sdpa"]

    def sharper(module, query, key, value, mask, **keywords):
        return original(module, query * 2, key, value, mask, **keywords)

    ALL_ATTENTION_FUNCTIONS["sdpa"] = sharper
    try:
        with pytest.raises(hw.CaptureMismatch, match=r"layer 0 \(encoder\.layer\.0.*differs"):
            hw.trace(bert, wordpiece, TEXT)
        assert ALL_ATTENTION_FUNCTIONS["sdpa"] is sharper
    finally:
        del ALL_ATTENTION_FUNCTIONS["sdpa"]
    assert hw.trace(bert, wordpiece, TEXT).layers == 3


def test_a_model_whose_weights_are_not_numbers(bert, wordpiece):
    with torch.no_grad():
        bert.encoder.layer[1].attention.self.value.weight.fill_(float("nan"))
    with pytest.raises(hw.CaptureMismatch, match="layer 1"):
        hw.trace(bert, wordpiece, TEXT)
