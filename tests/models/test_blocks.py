"""Encoder, decoder and cross attention, towers, batches and padding."""

import architectures
import numpy as np
import pytest
import torch
import transformers
from architectures import BY_NAME, build, eager_copy

import headwise as hw

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
LONGER = "Because it could not find food to eat."
TARGET = "it is sad."


def seq2seq(name, *, head=True, **sizes):
    torch.manual_seed(0)
    config = BY_NAME[name].config()
    config.update({"vocab_size": 400, "decoder_vocab_size": 400, **sizes})
    auto = transformers.AutoModelForSeq2SeqLM if head else transformers.AutoModel
    model = auto.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(3)
    return model.eval()


@pytest.fixture
def tokenizer(tokenizers):
    return tokenizers["byte_pair"]


@pytest.mark.parametrize("name", ["T5", "BART", "mBART", "Marian", "Pegasus"])
@pytest.mark.parametrize("head", [True, False], ids=["with a head", "without"])
def test_target_is_shifted_as_the_model_does_it(tokenizer, name, head):
    model = seq2seq(name, head=head)
    if name == "mBART":
        model.config.pad_token_id = tokenizer.pad_token_id
    trace = hw.trace(model, tokenizer, TEXT, target=TARGET)
    labels = tokenizer(text_target=TARGET, return_tensors="pt")["input_ids"]
    if head:
        fed = []
        model.get_decoder().register_forward_pre_hook(
            lambda _module, _args, given: fed.append(given["input_ids"]), with_kwargs=True
        )
        model(**tokenizer(TEXT, return_tensors="pt"), labels=labels)
        assert trace.block("decoder").query_tokens.ids == tuple(fed[0][0].tolist())
    decoder = trace.block("decoder").query_tokens
    assert len(decoder) == labels.shape[1]
    assert decoder.ids[1:] == tuple(labels[0, :-1].tolist())
    assert decoder.special[0]
    assert list(trace.blocks) == ["encoder", "decoder", "cross"]
    assert trace.block("cross").query_tokens == decoder
    assert trace.block("cross").key_tokens == trace.tokens == trace.block("encoder").key_tokens
    assert [trace.block(name).causal for name in trace.blocks] == [False, True, False]


@pytest.mark.parametrize(("encoder", "decoder"), [(3, 2), (2, 3), (1, 1)])
def test_blocks_have_layers_and_heads_of_their_own(tokenizer, encoder, decoder):
    model = seq2seq("BART", encoder_layers=encoder, decoder_layers=decoder)
    trace = hw.trace(model, tokenizer, TEXT, target=TARGET)
    assert [block.layers for block in trace.blocks.values()] == [encoder, decoder, decoder]
    assert [block.heads(0) for block in trace.blocks.values()] == [4, 2, 2]
    weights = trace.weights(decoder - 1, block="cross")
    assert weights.shape == (2, len(trace.block("decoder").query_tokens), len(trace.tokens))
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
    with pytest.raises(hw.OutOfRange, match=f"layers 0 to {decoder - 1} in block 'cross'"):
        trace.weights(decoder, block="cross")


def test_labels_of_both_sides(tokenizer):
    trace = hw.trace(seq2seq("T5", num_layers=1), tokenizer, TEXT, target=TARGET)
    assert trace.block("encoder").layers == 1
    written = hw.trace(build(BY_NAME["BERT"]), inputs={"input_ids": torch.tensor([[7, 8]])})
    assert written.tokens.labels == ("id 7", "id 8")
    plain = tokenizer.convert_ids_to_tokens(trace.block("decoder").query_tokens.ids)
    shown = trace.block("decoder").query_tokens.labels
    assert shown == tuple(piece.replace("Ġ", "␣") for piece in plain)


def test_targets_where_they_do_not_belong(tokenizer):
    with pytest.raises(hw.InputError, match=r"'bert' has no encoder and decoder: leave target"):
        hw.trace(build(BY_NAME["BERT"]), tokenizer, TEXT, target=TARGET)
    model = seq2seq("T5")
    with pytest.raises(hw.InputError, match="target leaves no token"):
        hw.trace(model, tokenizer, TEXT, target="")
    with pytest.raises(hw.InputError, match="target must be one string"):
        hw.trace(model, tokenizer, TEXT, target=[TARGET])
    with pytest.raises(hw.InputError, match="2 texts came with 1 in target"):
        hw.trace(model, tokenizer, [TEXT, LONGER], target=[TARGET])
    with pytest.raises(hw.InputError, match="either inputs or a text"):
        hw.trace(model, tokenizer, TEXT, inputs={"input_ids": torch.tensor([[1]])})


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", ["BERT", "Llama (grouped queries)", "BLOOM", "DeBERTa-v2"])
def test_a_batch_equals_its_texts_one_by_one(tokenizers, name, side):
    tokenizer = tokenizers["wordpiece"]
    tokenizer.padding_side = side
    model = build(BY_NAME[name])
    texts, pairs = [TEXT, LONGER], [LONGER, "eat food."]
    batch = hw.trace(model, tokenizer, texts, pairs)
    assert len(batch) == 2
    for number, trace in enumerate(batch):
        alone = hw.trace(model, tokenizer, texts[number], pairs[number])
        assert trace.tokens == alone.tokens
        assert "[PAD]" not in trace.tokens.labels
        if name in ("BERT", "DeBERTa-v2") and side == "left":
            continue  # these count positions from the padding on: another input
        for layer in range(trace.layers):
            np.testing.assert_allclose(trace.weights(layer), alone.weights(layer), atol=1e-5)
    tokenizer.padding_side = "right"


def test_a_batch_with_targets(tokenizer):
    model = seq2seq("BART")
    texts, targets = [TEXT, LONGER], [TARGET, "food"]
    batch = hw.trace(model, tokenizer, texts, target=targets)
    for number, trace in enumerate(batch):
        alone = hw.trace(model, tokenizer, texts[number], target=targets[number])
        for name in trace.blocks:
            assert trace.block(name).query_tokens == alone.block(name).query_tokens
            np.testing.assert_allclose(
                trace.weights(1, block=name), alone.weights(1, block=name), atol=1e-5
            )


def test_a_batch_where_one_trace_is_needed(tokenizers):
    batch = hw.trace(build(BY_NAME["BERT"]), tokenizers["wordpiece"], [TEXT, LONGER])
    assert isinstance(batch, hw.TraceBatch)
    assert len(batch[:1]) == 1
    with pytest.raises(hw.InputError, match=r"batch of 2.*batch\[0\]"):
        hw.head_view(batch)
    for ask in (lambda: batch.weights(0), lambda: batch.blocks, lambda: batch.tokens):
        with pytest.raises(hw.InputError, match=r"batch of 2 traces.*batch\[0\]"):
            ask()
    assert not hasattr(batch, "weights")
    with pytest.raises(AttributeError, match="nothing"):
        _ = batch.nothing
    with pytest.raises(IndexError):
        _ = batch[2]
    assert "2 texts" in repr(batch)


def test_a_tokenizer_without_padding(make_model, tokenizers):
    model, tokenizer = make_model("gpt2"), tokenizers["byte"]
    with pytest.raises(hw.InputError, match=r"pad_token = tokenizer\.eos_token"):
        hw.trace(model, tokenizer, [TEXT, LONGER])
    assert len(hw.trace(model, tokenizer, [TEXT])) == 1
    with pytest.raises(hw.InputError, match="empty list"):
        hw.trace(model, tokenizer, [])


def test_patches_are_labelled_by_row_and_column():
    model = build(BY_NAME["ViT"])
    trace = hw.trace(model, inputs={"pixel_values": torch.randn(1, 3, 16, 16)})
    assert isinstance(trace, hw.Trace)
    labels = trace.tokens.labels
    assert labels[:6] == ("[CLS]", "0,0", "0,1", "0,2", "0,3", "1,0")
    assert labels[-1] == "3,3"
    assert trace.tokens.special == (True, *[False] * 16)


def test_towers():
    architecture = BY_NAME["CLIP"]
    trace = hw.trace(build(architecture), inputs=architectures.inputs_of(architecture))[1]
    assert list(trace.blocks) == ["text", "vision"]
    assert [block.layers for block in trace.blocks.values()] == [2, 3]
    assert [len(block.query_tokens) for block in trace.blocks.values()] == [7, 17]
    assert trace.block("vision").query_tokens.labels[1] == "0,0"


def test_windows_are_labelled():
    architecture = BY_NAME["Swin"]
    trace = hw.trace(build(architecture), inputs=architectures.inputs_of(architecture))[0]
    assert list(trace.blocks) == ["encoder 1", "encoder 2"]
    labels = trace.tokens.labels
    assert (labels[0], labels[15], labels[16]) == ("window 0: 0", "window 0: 15", "window 1: 0")
    weights = trace.weights(1)
    assert not weights[:, :16, 16:].any()


def test_audio_frames():
    architecture = BY_NAME["Whisper"]
    trace = hw.trace(build(architecture), inputs=architectures.inputs_of(architecture))[0]
    assert trace.block("cross").key_tokens.labels[:2] == ("frame 0", "frame 1")
    assert len(trace.block("cross").query_tokens) == architectures.TARGET_LENGTH


@pytest.mark.parametrize(
    "inputs", [{}, {"input_ids": [[1, 2]]}, {"a": torch.zeros(2), "b": torch.zeros(3)}]
)
def test_inputs_that_are_no_batch(inputs):
    with pytest.raises(hw.InputError, match="same batch in front"):
        hw.trace(build(BY_NAME["BERT"]), inputs=inputs)


def test_sinks_take_the_missing_mass():
    architecture = BY_NAME["GPT-OSS (sinks)"]
    model, inputs = build(architecture), architectures.inputs_of(architecture)
    trace = hw.trace(model, inputs=inputs)[0]
    missing = trace.missing_mass(0)
    assert missing.max() > 0.1
    np.testing.assert_allclose(missing + trace.weights(0).sum(axis=-1), 1, atol=1e-6)
    assert not hw.trace(build(BY_NAME["BERT"]), inputs=inputs)[0].missing_mass(0, 1).any()


def test_the_terms_of_disentangled_attention_are_a_bias():
    architecture = BY_NAME["DeBERTa-v2"]
    trace = hw.trace(build(architecture), inputs=architectures.inputs_of(architecture))[0]
    record = trace.block().record(0)
    plain = trace.queries(0, 2) @ trace.keys(0, 2).T * record.scale
    assert np.abs(trace.scores(0, 2) - plain).max() > 0.1
    np.testing.assert_allclose(trace.scores(0, 2), plain + trace.bias(0, 2), atol=1e-5)


def test_alibi_is_a_bias_that_grows_with_the_key():
    architecture = BY_NAME["BLOOM"]
    trace = hw.trace(build(architecture), inputs=architectures.inputs_of(architecture))[0]
    steps = np.diff(trace.bias(0, 1)[-1])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)
    assert steps[0] > 0


def test_falcon_with_alibi_under_sdpa_follows_its_own_mask():
    torch.manual_seed(0)
    architecture = BY_NAME["Falcon (ALiBi)"]
    model = transformers.AutoModel.from_config(architecture.config()).eval()
    assert model.config._attn_implementation == "sdpa"
    record = hw.trace(model, inputs=architectures.inputs_of(architecture))[0].block().record(1)
    assert record.check < 1e-6
    assert record.bias is not None


def test_the_implementation_that_runs_is_the_one_recorded():
    model = eager_copy(build(BY_NAME["BERT"]))
    trace = hw.trace(model, inputs={"input_ids": torch.tensor([[5, 6, 7]])})
    assert trace.meta["implementation"] == "eager"


def test_an_encoder_past_the_interface_and_a_decoder_through_it():
    config = transformers.BigBirdPegasusConfig(
        **architectures.BART_LIKE, attention_type="original_full"
    )
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(config).eval()
    inputs = architectures.inputs_of(BY_NAME["BART"])
    trace = hw.trace(model, inputs=inputs)[0]
    assert [block.layers for block in trace.blocks.values()] == [2, 3, 3]
    with torch.no_grad():
        own = eager_copy(model)(**inputs, output_attentions=True)
    for name, theirs in (
        ("encoder", own.encoder_attentions),
        ("decoder", own.decoder_attentions),
        ("cross", own.cross_attentions),
    ):
        np.testing.assert_allclose(trace.weights(1, block=name), theirs[1][0], atol=1e-5)


def test_an_encoder_that_cannot_be_read_is_named():
    config = transformers.LongT5Config(
        vocab_size=120, d_model=24, d_kv=6, d_ff=32, num_layers=2, num_heads=4, local_radius=3
    )
    model = transformers.AutoModel.from_config(config).eval()
    with pytest.warns(hw.HeadwiseWarning, match="encoder of this longt5 model"):
        trace = hw.trace(model, inputs=architectures.inputs_of(BY_NAME["T5"]))[0]
    assert list(trace.blocks) == ["decoder", "cross"]


def test_layers_of_a_hybrid_model_keep_their_numbers():
    config = transformers.JambaConfig(
        **{**architectures.LLAMA_LIKE, "num_hidden_layers": 4},
        attn_layer_period=2,
        attn_layer_offset=1,
        use_mamba_kernels=False,
        mamba_d_state=4,
        mamba_dt_rank=4,
        num_experts=1,
    )
    model = transformers.AutoModel.from_config(config).eval()
    trace = hw.trace(model, inputs=architectures.inputs_of(BY_NAME["BERT"]))[0]
    assert (trace.layers, trace.block().captured_layers) == (4, (1, 3))
    assert trace.block().record(3).module == "layers.3.self_attn"
    with pytest.raises(hw.OutOfRange, match="layer 2 of block 'decoder' has no attention"):
        trace.weights(2)


def test_products_and_softmaxes_in_modules_of_their_own():
    groups = ("q", "k", "v", "post_attention", "intermediate", "output")
    config = transformers.SqueezeBertConfig(
        **architectures.BERT_LIKE, embedding_size=24, **{f"{name}_groups": 1 for name in groups}
    )
    model = transformers.AutoModel.from_config(config).eval()
    trace = hw.trace(model, inputs=architectures.inputs_of(BY_NAME["BERT"]))[1]
    assert (trace.layers, len(trace.tokens)) == (2, 7)
    np.testing.assert_allclose(trace.weights(0).sum(axis=-1), 1, atol=1e-6)


def test_a_decoder_that_makes_its_own_inputs_has_no_labels_of_the_source():
    """BART shifts the source where no decoder inputs are given."""
    ids = torch.tensor([[7, 8, 9, 10]])
    trace = hw.trace(build(BY_NAME["BART"]), inputs={"input_ids": ids})
    assert trace.tokens.labels == ("id 7", "id 8", "id 9", "id 10")
    assert trace.block("decoder").query_tokens.labels[0] == "position 0"
    assert trace.block("cross").key_tokens == trace.tokens
