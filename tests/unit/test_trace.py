import json

import numpy as np
import pytest
from safetensors.numpy import save as save_tensors

import headwise as hw
from headwise.record import AttentionRecord, PackedMask
from headwise.trace import Block

N = 5


def make_trace(*, given=False):
    rng = np.random.default_rng(0)
    mask = PackedMask.pack(rng.random((N, N)) < 0.7)
    bias = rng.normal(size=(1, N, N)).astype(np.float32)

    def record(layer):
        if given:
            return AttentionRecord(given=rng.random((4, N, N)).astype(np.float32))
        return AttentionRecord(
            queries=rng.normal(size=(4, N, 3)).astype(np.float32),
            keys=rng.normal(size=(2, N, 3)).astype(np.float32),
            scale=0.25,
            visible=mask,
            causal=layer == 1,
            bias=bias,
            softcap=30.0 if layer else None,
            sinks=rng.normal(size=4).astype(np.float32) if layer else None,
            module=f"layers.{layer}",
            check=1e-7 if layer else None,
        )

    tokens = hw.Tokens(
        labels=("[CLS]", "</script><img src=x onerror=alert(1)>", "␣😀 1/2", "😀 2/2", "⏎"),
        ids=(101, 7, 8, 9, 10),
        words=(0, 1, 2, 2, 3),
        segments=(0, 0, 0, 1, 1),
        special=(True, False, False, False, False),
    )
    block = Block("encoder", (record(0), record(1)), tokens, tokens, causal=False)
    return hw.Trace([block], {"model_type": "toy", "model_class": "Toy"})


@pytest.fixture
def trace():
    return make_trace()


def test_shapes_and_one_head_of_many(trace):
    weights = trace.weights(1)
    assert weights.shape == (4, N, N)
    np.testing.assert_array_equal(trace.weights(1, 2), weights[2])
    np.testing.assert_array_equal(
        trace.weights(1, 2, queries=[3, 0], keys=slice(1, 4)), weights[2][[3, 0], 1:4]
    )
    scores = trace.scores(0, np.int64(3), queries=slice(0, 2))
    np.testing.assert_array_equal(scores, trace.scores(0)[3, :2])
    assert weights.dtype == scores.dtype == np.float32


def test_vectors_of_grouped_heads(trace):
    np.testing.assert_array_equal(trace.keys(0, 0), trace.keys(0, 1))
    assert not np.array_equal(trace.keys(0, 1), trace.keys(0, 2))
    assert trace.queries(0, 3).shape == (N, 3)


def test_what_a_trace_says_about_itself(trace):
    assert (trace.layers, trace.heads(), trace.causal) == (2, 4, False)
    assert trace.default_block == "encoder"
    assert trace.tokens.labels[0] == "[CLS]"
    assert repr(trace) == "<Trace of Toy, encoder: 2 layers x 4 heads, 5 tokens>"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda t: t.weights(7),
            "layer 7 does not exist: this trace has layers 0 to 1 in block 'encoder'",
        ),
        (lambda t: t.weights(-1), "layer -1 does not exist"),
        (lambda t: t.heads(2), "layer 2 does not exist"),
        (lambda t: t.weights(True), "a layer is a number"),
        (lambda t: t.weights("0"), "a layer is a number"),
        (lambda t: t.scores(0, 4), "head 4 does not exist: .* heads 0 to 3"),
        (lambda t: t.queries(0, -1), "head -1 does not exist"),
        (lambda t: t.keys(0, 9), "head 9 does not exist"),
        (lambda t: t.weights(0, 0, queries=[5]), "query 5 does not exist: .* 0 to 4"),
        (lambda t: t.weights(0, 0, keys=[-1]), "key -1 does not exist: .* 0 to 4"),
        (lambda t: t.weights(0, block="cross"), "block 'cross' does not exist: .*'encoder'"),
    ],
)
def test_out_of_range_names_the_valid_range(trace, ask, message):
    with pytest.raises(hw.OutOfRange, match=message):
        ask(trace)


def test_out_of_range_is_an_index_error(trace):
    with pytest.raises(IndexError):
        trace.weights(2)


def test_a_trace_of_weights_only_has_no_vectors():
    trace = make_trace(given=True)
    assert trace.weights(0, 1).shape == (N, N)
    for ask in (trace.queries, trace.keys, trace.scores):
        with pytest.raises(hw.UnsupportedAttention, match="weights only"):
            ask(0, 1)


def test_blocks_must_have_layers_names_and_fitting_tokens(trace):
    block = trace.block()
    with pytest.raises(hw.InputError, match="no layer"):
        Block("encoder", (), block.query_tokens, block.key_tokens, causal=False)
    with pytest.raises(hw.InputError, match="different names"):
        hw.Trace([block, block])
    with pytest.raises(hw.InputError, match="5 queries"):
        Block("x", block.records, hw.Tokens.from_labels(["a", "b"]), block.key_tokens, False)


def test_an_unknown_keyword_is_a_type_error(trace):
    with pytest.raises(TypeError):
        trace.weights(0, rows=[1])


@pytest.mark.parametrize("given", [False, True])
def test_save_and_load_give_the_same_trace(tmp_path, given):
    trace = make_trace(given=given)
    path = tmp_path / "x.safetensors"
    trace.save(path)
    back = hw.load(path)
    assert dict(back.meta) == dict(trace.meta)
    assert back.tokens == trace.tokens
    for layer in range(2):
        np.testing.assert_array_equal(back.weights(layer), trace.weights(layer))
        ours, theirs = trace.block().record(layer), back.block().record(layer)
        for name in ("scale", "causal", "softcap", "module", "check", "nbytes"):
            assert getattr(ours, name) == getattr(theirs, name), name


def test_layers_share_a_mask_and_a_bias_in_the_file(tmp_path, trace):
    path = tmp_path / "x.safetensors"
    trace.save(str(path))
    first, second = hw.load(str(path)).block().records
    assert first.mask is second.mask
    assert first.bias is second.bias


def test_a_save_that_fails_leaves_the_older_file(tmp_path, trace, monkeypatch):
    path = tmp_path / "x.safetensors"
    trace.save(path)
    before = path.read_bytes()

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", broken)
    with pytest.raises(OSError, match="disk full"):
        trace.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize("part", [0, 4, 100, 0.5, 0.99])
def test_a_cut_file(tmp_path, trace, part):
    path = tmp_path / "x.safetensors"
    trace.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: part if isinstance(part, int) else int(len(content) * part)])
    with pytest.raises(hw.TraceFileError, match="cut"):
        hw.load(path)


def test_a_foreign_safetensors_file(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(save_tensors({"weight": np.zeros(3, np.float32)}, {"format": "pt"}))
    with pytest.raises(hw.TraceFileError, match="not a trace"):
        hw.load(path)
    path.write_bytes(save_tensors({"weight": np.zeros(3, np.float32)}))
    with pytest.raises(hw.TraceFileError, match="not a trace"):
        hw.load(path)


def test_a_file_that_is_something_else(tmp_path):
    path = tmp_path / "x.npz"
    path.write_text("hello, this is not a trace at all")
    with pytest.raises(hw.TraceFileError, match=r"x\.npz"):
        hw.load(path)
    with pytest.raises(hw.TraceFileError):
        hw.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="no trace file"):
        hw.load(tmp_path / "missing")


@pytest.mark.parametrize(("version", "message"), [("2", "update headwise"), ("x", "no readable")])
def test_another_version(tmp_path, version, message):
    path = tmp_path / "x.safetensors"
    metadata = {"format": "headwise-trace", "version": version, "trace": "{}"}
    path.write_bytes(save_tensors({"a": np.zeros(1, np.float32)}, metadata))
    with pytest.raises(hw.TraceFileError, match=message):
        hw.load(path)


@pytest.mark.parametrize(
    "description",
    ["", "[]", "{}", "nope", json.dumps({"meta": {}, "tokens": [{}], "blocks": []})],
)
def test_a_marked_file_whose_parts_do_not_fit(tmp_path, description):
    path = tmp_path / "x.safetensors"
    metadata = {"format": "headwise-trace", "version": "1", "trace": description}
    path.write_bytes(save_tensors({"a": np.zeros(1, np.float32)}, metadata))
    with pytest.raises(hw.TraceFileError, match="do not fit"):
        hw.load(path)


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ({"queries": 9}, r"queries must be a slice .*queries=slice\(9, 10\) or queries=\[9\]"),
        ({"keys": np.int64(2)}, r"for one key write keys=slice\(2, 3\) or keys=\[2\]"),
        ({"queries": np.array(2)}, r"for one query write"),
        ({"keys": 1.5}, "keys must be a slice or a list of token numbers, not 1.5$"),
        ({"keys": "ab"}, "keys must be a slice"),
    ],
)
def test_one_bare_number_is_not_a_side(make_trace, sides, said):
    with pytest.raises(hw.InputError, match=said):
        make_trace().weights(3, 1, **sides)


def test_what_a_trace_returns_is_the_callers_own(make_trace):
    trace = make_trace()
    for read in (trace.queries, trace.keys, trace.weights, trace.scores):
        before = read(3, 1).copy()
        read(3, 1)[:] = 0
        np.testing.assert_array_equal(read(3, 1), before)
