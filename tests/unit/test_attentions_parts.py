import math
from collections import OrderedDict

import numpy as np
import pytest

import headwise as hw
from headwise.record import AttentionRecord


def weights(layers, heads, count, keys=None, seed=0):
    rows = np.random.default_rng(seed).random((layers, heads, count, keys or count))
    return (rows / rows.sum(axis=-1, keepdims=True)).astype(np.float32)


def causal_weights(layers, heads, count):
    rows = np.tril(weights(layers, heads, count))
    return rows / rows.sum(axis=-1, keepdims=True)


class Output(OrderedDict):
    """Stands for an output object of transformers: a mapping whose fields are attributes."""

    def __init__(self, **fields):
        super().__init__({name: value for name, value in fields.items() if value is not None})
        self.__dict__.update(fields)

    def to_tuple(self):
        return tuple(self.values())


SOURCE, TARGET = ["▁der", "▁Hund", "</s>"], ["<pad>", "▁the", "▁dog", "</s>"]


@pytest.mark.parametrize(("encoder", "decoder"), [(3, 2), (2, 3)])
def test_encoder_and_decoder_have_layers_of_their_own(encoder, decoder):
    given = {
        "encoder_attention": weights(encoder, 4, 3),
        "decoder_attention": causal_weights(decoder, 2, 4),
        "cross_attention": weights(decoder, 2, 4, 3),
    }
    trace = hw.from_attentions(**given, encoder_tokens=SOURCE, decoder_tokens=TARGET)
    assert list(trace.blocks) == ["encoder", "decoder", "cross"]
    assert [block.layers for block in trace.blocks.values()] == [encoder, decoder, decoder]
    assert [block.causal for block in trace.blocks.values()] == [False, True, False]
    for name in trace.blocks:
        found = trace.weights(1, 1, block=name)
        np.testing.assert_array_equal(found, given[f"{name}_attention"][1, 1])
    cross = trace.block("cross")
    assert cross.query_tokens.labels == ("<pad>", "␣the", "␣dog", "</s>")
    assert cross.key_tokens.labels == ("␣der", "␣Hund", "</s>")


def test_a_part_alone_is_a_trace():
    trace = hw.from_attentions(cross_attention=weights(2, 2, 4, 3), encoder_tokens=SOURCE)
    assert list(trace.blocks) == ["cross"]
    assert trace.tokens.labels == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"attentions": weights(1, 1, 3)}, "encoder_attention is for an encoder-decoder"),
        ({"tokens": SOURCE}, "tokens is for a model with one stack"),
        ({"sentence_b_start": 1}, "sentence_b_start is for a model with one stack"),
        ({"decoder_tokens": TARGET}, "decoder_tokens came without"),
        ({"encoder_tokens": TARGET}, "layer 0 of block 'encoder' has weights of 3 .* 4 tokens"),
        ({"cross_attention": ()}, "sdpa"),
        (
            {"cross_attention": weights(2, 2, 4, 5)},
            "block 'cross'.* 4 tokens .* and 3 for the keys",
        ),
    ],
)
def test_parts_that_do_not_fit(extra, message):
    with pytest.raises(hw.InputError, match=message):
        hw.from_attentions(**{"encoder_attention": weights(2, 2, 3), **extra})


def test_tokens_of_another_model_are_refused():
    with pytest.raises(hw.InputError, match="encoder_tokens is for an encoder-decoder"):
        hw.from_attentions(weights(1, 1, 3), encoder_tokens=SOURCE)


def test_an_output_object_brings_its_blocks():
    own = causal_weights(2, 2, 4)
    plain = hw.from_attentions(Output(attentions=tuple(own[:, None]), cross_attentions=()), TARGET)
    assert list(plain.blocks) == ["decoder"]
    crossed = Output(attentions=tuple(own), cross_attentions=tuple(weights(2, 2, 4, 3)))
    trace = hw.from_attentions(crossed, decoder_tokens=TARGET, encoder_tokens=SOURCE)
    assert list(trace.blocks) == ["decoder", "cross"]
    both = Output(
        encoder_attentions=tuple(weights(3, 2, 3)),
        decoder_attentions=tuple(own),
        cross_attentions=tuple(weights(2, 2, 4, 3)),
    )
    trace = hw.from_attentions(both, decoder_tokens=TARGET, encoder_tokens=SOURCE)
    assert list(trace.blocks) == ["encoder", "decoder", "cross"]
    np.testing.assert_array_equal(trace.weights(1, block="decoder"), own[1])


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        (Output(attentions=None), hw.EmptyAttentions, "this Output are empty.*sdpa"),
        (Output(attentions=((), ())), hw.EmptyAttentions, "this Output are empty.*sdpa"),
        (
            Output(encoder_attentions=None, decoder_attentions=()),
            hw.EmptyAttentions,
            "this Output are empty.*sdpa",
        ),
        (Output(logits=1, cache_params=2), hw.InputError, r"no attentions \(it has logits, cache"),
        (
            Output(text_model_output=Output(attentions=())),
            hw.InputError,
            "pass outputs.text_model_output",
        ),
    ],
)
def test_output_objects_without_attentions(output, error, message):
    with pytest.raises(error, match=message):
        hw.from_attentions(output)


def test_an_output_object_comes_alone():
    with pytest.raises(hw.InputError, match="brings its own"):
        hw.from_attentions(Output(attentions=None), cross_attention=weights(1, 1, 3))


def steps_of(full, prompt, *, width=None):
    """Cut a forward pass to the steps of a generation; `width` keys are kept, or are there."""
    count = full.shape[-1]
    steps = []
    for start, stop in [(0, prompt), *((at, at + 1) for at in range(prompt, count))]:
        rows = full[:, None, :, start:stop]
        if width is None:
            rows = rows[..., :stop]
        elif width < count and start:
            rows = rows[..., max(0, stop - width) : stop]
        elif width < count:
            rows = rows[..., :stop]
        else:
            rows = np.pad(rows, [(0, 0)] * 4 + [(0, width - count)])
        steps.append(tuple(rows))
    return tuple(steps)


@pytest.mark.parametrize("width", [None, 9], ids=["growing", "static"])
def test_the_steps_of_a_generation_are_joined(width):
    full = causal_weights(2, 3, 6)
    trace = hw.from_attentions(steps_of(full, 3, width=width), list("abcdefg"))
    assert trace.default_block == "decoder"
    np.testing.assert_array_equal(trace.weights(1), full[1])
    assert "".join(trace.tokens.labels) == "abcdef"  # the last one was never a query
    assert trace.tokens.generated == (False, False, False, True, True, True)


def test_a_sliding_cache_gives_the_last_keys():
    full = np.triu(causal_weights(2, 3, 6), -3)
    full /= full.sum(axis=-1, keepdims=True)
    trace = hw.from_attentions(steps_of(full, 2, width=4))
    np.testing.assert_array_equal(trace.weights(1), full[1])


def test_the_steps_of_an_encoder_decoder():
    full, cross = causal_weights(2, 3, 4), weights(2, 3, 4, 3)
    output = Output(
        encoder_attentions=tuple(weights(3, 2, 3)),
        decoder_attentions=steps_of(full, 1),
        cross_attentions=[tuple(cross[:, None, :, at : at + 1]) for at in range(4)],
    )
    trace = hw.from_attentions(output, encoder_tokens=SOURCE, decoder_tokens=[*TARGET, "."])
    np.testing.assert_array_equal(trace.weights(1, block="decoder"), full[1])
    np.testing.assert_array_equal(trace.weights(0, block="cross"), cross[0])
    assert trace.block("cross").query_tokens == trace.block("decoder").query_tokens
    assert not trace.block("encoder").query_tokens.generated


def test_steps_that_cannot_be_joined():
    full = causal_weights(2, 3, 6)
    steps = steps_of(full, 3)
    with pytest.raises(hw.InputError, match=r"step 0 .* went on from a cache"):
        hw.from_attentions(steps[1:])
    with pytest.raises(hw.InputError, match=r"\[1, 2\] layers"):
        hw.from_attentions((steps[0], steps[1][:1]))
    with pytest.raises(hw.InputError, match=r"layer 0 of step 0 .* 3 texts.*num_beams=1"):
        hw.from_attentions([[np.repeat(layer, 3, axis=0) for layer in step] for step in steps])
    with pytest.raises(hw.EmptyAttentions, match="layer 1 of step 1"):
        hw.from_attentions((steps[0], (steps[1][0], None)))


def banded(dense, window, positions):
    """Write a full matrix as Longformer does."""
    heads, count, _ = dense.shape
    band = np.zeros((heads, count, len(positions) + window + 1), np.float32)
    for query in range(count):
        for place, position in enumerate(positions):
            band[:, query, place] = dense[:, query, position]
        for offset in range(window + 1):
            key = query - window // 2 + offset
            if 0 <= key < count and key not in positions:
                band[:, query, len(positions) + offset] = dense[:, query, key]
    rows = np.stack([dense[:, position] for position in positions], -1) if positions else None
    band[:, positions] = 0
    return band, rows


@pytest.mark.parametrize("positions", [[], [0], [0, 4]])
@pytest.mark.parametrize("padding", [0, 3])
def test_longformers_bands_become_full_matrices(positions, padding):
    count, window = 9, 4
    near = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) <= window // 2
    near[:, positions] = near[positions] = True
    dense = weights(2, 2, count) * near
    dense /= dense.sum(axis=-1, keepdims=True)
    parts = [banded(layer, window, positions) for layer in dense]
    rows = [np.pad(part[1], [(0, 0), (0, padding), (0, 0)]) for part in parts if positions]
    trace = hw.from_attentions([part[0] for part in parts], global_attentions=tuple(rows))
    np.testing.assert_allclose(trace.weights(1), dense[1], atol=1e-7)


def test_longformers_global_tokens_that_cannot_be_told():
    dense = weights(1, 2, 5)
    band, rows = banded(dense[0], 8, [1])
    band[:, 4] = 0  # padding looks like a global token
    with pytest.raises(hw.InputError, match="give global_positions"):
        hw.from_attentions([band], global_attentions=[rows])
    with pytest.raises(hw.InputError, match=r"global_positions are \[1, 2\], but there are 1"):
        hw.from_attentions([band], global_attentions=[rows], global_positions=[1, 2])
    trace = hw.from_attentions([band], global_attentions=[rows], global_positions=[1])
    np.testing.assert_allclose(trace.weights(0, queries=[0, 1, 2, 3]), dense[0, :, :4], atol=1e-7)
    with pytest.raises(hw.InputError, match="not 1 global ones and an odd window"):
        hw.from_attentions([band[..., 1:]], global_attentions=[rows], global_positions=[1])


class Cache:
    """Stands for TransformerLens' ActivationCache."""

    def __init__(self, entries, **config):
        self.entries = entries
        self.model = type("Model", (), {"cfg": type("Config", (), config)})

    def keys(self):
        return self.entries.keys()

    def __getitem__(self, name):
        return self.entries[name]


def lens_entries(*, key_heads=4, scale=None, softcap=None, bias=0.0, window=None, rotated=False):
    draw = np.random.default_rng(1)
    entries = {}
    for layer in range(2):
        queries = draw.normal(size=(1, 5, 4, 8)).astype(np.float32)
        keys = draw.normal(size=(1, 5, key_heads, 8)).astype(np.float32)
        visible = None if window is None else np.triu(np.ones((5, 5), bool), 1 - window)
        record = AttentionRecord(
            queries=queries[0].transpose(1, 0, 2),
            keys=keys[0].transpose(1, 0, 2),
            scale=1 / math.sqrt(8) if scale is None else scale,
            softcap=softcap,
            bias=np.full((1, 5, 5), bias, np.float32) * np.arange(5),
            visible=visible,
            causal=True,
        )
        at = f"blocks.{layer}.attn"
        names = ("hook_rot_q", "hook_rot_k") if rotated else ("hook_q", "hook_k")
        entries[f"{at}.{names[0]}"], entries[f"{at}.{names[1]}"] = queries, keys
        if rotated:
            entries[f"{at}.hook_q"] = entries[f"{at}.hook_k"] = queries * 0
        entries[f"{at}.hook_pattern"] = record.weights()[None]
    return entries


@pytest.mark.parametrize(
    ("options", "config"),
    [
        ({}, {}),
        ({"key_heads": 2}, {"attn_scale": math.sqrt(8)}),
        ({"scale": 1.0}, {"use_attn_scale": False, "attn_scale": 3.0}),
        ({"scale": 0.5, "softcap": 2.0}, {"attn_scale": 2.0, "attn_scores_soft_cap": 2.0}),
        ({"window": 2}, {}),
        ({"rotated": True}, {}),
    ],
)
@pytest.mark.parametrize("batched", [True, False])
def test_a_cache_of_transformerlens(options, config, batched, recwarn):
    entries = lens_entries(**options)
    given = entries if batched else {name: value[0] for name, value in entries.items()}
    trace = hw.from_attentions(Cache(given, **config), ["<|endoftext|>", "a", " b", " c", "d"])
    assert not recwarn.list
    assert trace.default_block == "decoder"
    assert trace.tokens.labels == ("<|endoftext|>", "a", "␣b", "␣c", "d")
    np.testing.assert_array_equal(trace.weights(1), entries["blocks.1.attn.hook_pattern"][0])
    name = "hook_rot_q" if options.get("rotated") else "hook_q"
    np.testing.assert_array_equal(trace.queries(1, 3), entries[f"blocks.1.attn.{name}"][0, :, 3])
    scores = trace.scores(1, 3)
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found = exponents / exponents.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(found, trace.weights(1, 3), atol=1e-6)


def test_a_plain_dict_of_activations_without_queries():
    entries = lens_entries()
    patterns = {name: value for name, value in entries.items() if name.endswith("pattern")}
    trace = hw.from_attentions(patterns)
    with pytest.raises(hw.UnsupportedAttention):
        trace.queries(0, 0)


def test_vectors_that_do_not_give_the_weights_are_left_out():
    with pytest.warns(hw.HeadwiseWarning, match="layers 0, 1 do not give hook_pattern"):
        trace = hw.from_attentions(Cache(lens_entries(bias=1.0)))
    assert trace.weights(0).shape == (4, 5, 5)
    with pytest.raises(hw.UnsupportedAttention):
        trace.scores(0, 0)


def test_a_cache_of_an_encoder_decoder():
    entries = {
        "encoder.0.attn.hook_pattern": weights(1, 2, 3),
        "decoder.0.attn.hook_pattern": causal_weights(1, 2, 4),
        "decoder.0.cross_attn.hook_pattern": weights(1, 2, 4, 3),
    }
    trace = hw.from_attentions(Cache(entries), encoder_tokens=SOURCE, decoder_tokens=TARGET)
    assert list(trace.blocks) == ["encoder", "decoder", "cross"]
    assert trace.block("cross").key_tokens == trace.tokens
    with pytest.raises(hw.InputError, match="give encoder_tokens and decoder_tokens"):
        hw.from_attentions(Cache(entries), TARGET)


def test_caches_that_cannot_be_read():
    entries = lens_entries()
    with pytest.raises(hw.EmptyAttentions, match="names_filter"):
        hw.from_attentions(Cache({"blocks.0.hook_resid_pre": np.zeros((1, 5, 3))}))
    with pytest.raises(hw.InputError, match="layers 1 of 'blocks' only"):
        hw.from_attentions(
            {name: value for name, value in entries.items() if name.startswith("blocks.1")}
        )
    twice = {name: np.repeat(value, 2, axis=0) for name, value in entries.items()}
    with pytest.raises(hw.InputError, match=r"holds 2 texts.*value\[i\]"):
        hw.from_attentions(Cache(twice))
