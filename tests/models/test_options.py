"""Less of a model, in less memory, and under what people do to their models."""

import sys
import threading

import architectures
import numpy as np
import pytest
import torch
from architectures import BY_NAME, build
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.pytorch_utils import Conv1D

import headwise as hw
from headwise.capture.plan import Budget

pytestmark = pytest.mark.models

TEXT = "The cat is very sad."
GROUPED = "Llama (grouped queries)"


@pytest.fixture(autouse=True)
def registry_is_as_it_was():
    before = dict(ALL_ATTENTION_FUNCTIONS)
    yield
    assert dict(ALL_ATTENTION_FUNCTIONS) == before


def traced(name, **options):
    architecture = BY_NAME[name]
    return hw.trace(build(architecture), inputs=architectures.inputs_of(architecture), **options)[0]


@pytest.mark.parametrize("name", [GROUPED, "DeBERTa-v2", "BLOOM", "Longformer", "T5"])
def test_layers_keep_the_models_numbers(name):
    whole, part = traced(name), traced(name, layers=[1])
    for block in part.blocks:
        assert part.block(block).layers == whole.block(block).layers
        assert part.block(block).heads(0) == whole.block(block).heads(0)
        assert part.block(block).captured_layers == (1,)
        np.testing.assert_array_equal(part.weights(1, block=block), whole.weights(1, block=block))
        with pytest.raises(hw.OutOfRange, match=r"layer 0 of block .* was not captured.*layers 1"):
            part.weights(0, block=block)
        with pytest.raises(hw.OutOfRange, match=r"layer 0 .* was not captured"):
            part.weights(0, 0, block=block)
    held = [sum(r.nbytes for b in t.blocks.values() for r in b.records) for t in (part, whole)]
    assert held[0] < 0.75 * held[1]


@pytest.mark.parametrize("name", [GROUPED, "DeBERTa-v2", "Longformer", "MPNet"])
def test_heads_keep_the_models_numbers(name):
    whole, part = traced(name), traced(name, heads=[(1, 3), (1, 0), (0, 2)])
    record = part.block().record(1)
    assert (record.heads, record.captured) == (4, (0, 3))
    for layer, head in ((1, 3), (1, 0), (0, 2)):
        np.testing.assert_array_equal(part.weights(layer, head), whole.weights(layer, head))
        if name != "Longformer":
            np.testing.assert_array_equal(part.queries(layer, head), whole.queries(layer, head))
            np.testing.assert_array_equal(part.keys(layer, head), whole.keys(layer, head))
            np.testing.assert_array_equal(part.bias(layer, head), whole.bias(layer, head))
    every = part.weights(1)
    assert every.shape == whole.weights(1).shape
    assert not every[[1, 2]].any()
    with pytest.raises(hw.OutOfRange, match=r"head 1 of layer 1 was not captured.*heads 0, 3"):
        part.weights(1, 1)


def test_a_view_starts_where_something_was_captured():
    view = hw.head_view(traced(GROUPED, heads=[(1, 3), (1, 0)]))
    assert (view.layer, view.heads) == (1, [0, 3])
    assert set(view.selected_weights()) == {hw.Head(1, 0), hw.Head(1, 3)}
    view.layer = 0
    assert (view.heads, view.selected_weights()) == ([], {})
    view.close()


def test_a_part_survives_its_file(tmp_path):
    part = traced(GROUPED, heads=[(1, 3)], dtype="float16", values=True)
    part.save(tmp_path / "x.safetensors")
    back = hw.load(tmp_path / "x.safetensors")
    np.testing.assert_array_equal(back.weights(1, 3), part.weights(1, 3))
    np.testing.assert_array_equal(back.weights(1, 3, kind="norm"), part.weights(1, 3, kind="norm"))
    assert back.block().record(1).queries.dtype == np.float16
    with pytest.raises(hw.OutOfRange, match="not captured"):
        back.weights(0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": []}, "layers is empty"),
        ({"layers": [-1]}, "numbers from 0 on, but one is -1"),
        ({"layers": [True]}, "numbers from 0 on"),
        ({"heads": [3]}, r"pairs \(layer, head\), but one is 3"),
        ({"heads": []}, "heads is empty"),
        ({"heads": [(1, 2)], "layers": [0]}, r"heads names layers \[1\]"),
        ({"dtype": "int8"}, "dtype must be"),
        ({"max_bytes": 0}, "max_bytes must be"),
    ],
)
def test_options_that_cannot_be_used(options, message):
    with pytest.raises(hw.InputError, match=message):
        traced(GROUPED, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"layers": [2]}, "layer 2 does not exist"), ({"heads": [(0, 4)]}, "head 4 does not exist")],
)
def test_layers_and_heads_that_do_not_exist(options, message):
    with pytest.raises(hw.OutOfRange, match=message):
        traced(GROUPED, **options)


def test_float16_takes_half_and_moves_little():
    whole, half = traced(GROUPED), traced(GROUPED, dtype="float16")
    record = half.block().record(0)
    assert record.queries.nbytes * 2 == whole.block().record(0).queries.nbytes
    assert half.queries(0, 0).dtype == np.float32
    np.testing.assert_allclose(half.weights(1), whole.weights(1), atol=2e-3)


@pytest.mark.parametrize("name", [GROUPED, "BLOOM", "Longformer"])
def test_a_budget_raises_and_says_what_to_drop(name):
    with pytest.raises(hw.CaptureTooLarge, match=r"layers=.*heads=.*dtype='float16'.*max_bytes="):
        traced(name, max_bytes=1000)
    whole = traced(name)
    held = sum(record.nbytes for record in whole.block().records)
    assert traced(name, max_bytes=20 * held).layers == 2


def test_a_shared_array_counts_once():
    budget, array = Budget(1000), np.zeros(100, np.float32)
    budget.add(array, array, None)
    assert budget.held == 400
    with pytest.raises(hw.CaptureTooLarge, match=r"0\.0 MiB"):
        budget.ask(601, "x")


PROJECTIONS = {
    "BERT": "attention.output.dense",
    "DistilBERT": "out_lin",
    "GPT-2": "attn.c_proj",
    "OPT": "self_attn.out_proj",
    GROUPED: "o_proj",
    "Phi-3": "o_proj",
    "GPT-OSS (sinks)": "o_proj",
    "DeepSeek-V3 (latent attention)": "o_proj",
    "ModernBERT": "attn.Wo",
    "DeBERTa-v2": "attention.output.dense",
    "XLM": "out_lin",
    "MPNet": "attn.o",
    "GPT-J": "attn.out_proj",
    "BLOOM": "self_attention.dense",
    "MPT": "attn.out_proj",
    "Falcon (rotary, one key head)": "self_attention.dense",
}


@pytest.mark.parametrize("name", list(PROJECTIONS))
def test_norms_are_the_lengths_of_what_arrives(name):
    """With one token, each head hands its value alone to its part of the projection."""
    model = build(BY_NAME[name])
    given = []
    for path, module in model.named_modules():
        if path.endswith(PROJECTIONS[name]):
            module.register_forward_pre_hook(lambda *call: given.append(call))
    ids = torch.tensor([[7]])
    trace = hw.trace(model, inputs={"input_ids": ids}, values=True)
    module, (states,) = given[0]
    weight = module.weight if isinstance(module, Conv1D) else module.weight.T
    heads = trace.heads(0)
    parts = weight.reshape(heads, -1, weight.shape[1])
    with torch.no_grad():
        expected = torch.stack(
            [states[0, 0].reshape(heads, -1)[h] @ parts[h] for h in range(heads)]
        )
    np.testing.assert_allclose(
        trace.weights(0, kind="norm")[:, 0, 0], expected.norm(dim=-1).numpy(), rtol=1e-4
    )


@pytest.mark.parametrize("name", ["BERT", GROUPED, "DeBERTa-v2"])
def test_norms_multiply_weights(name):
    trace = traced(name, values=True)
    norms = trace.block().record(0).value_norms
    weighted = trace.weights(0, kind="norm")
    assert norms.min() > 0
    np.testing.assert_allclose(weighted, trace.weights(0) * norms[:, None], rtol=1e-6)
    np.testing.assert_allclose(trace.weights(0, 1, kind="norm"), weighted[1], rtol=1e-5)
    cut = trace.weights(0, 1, kind="norm", queries=[2], keys=[0, 1])
    np.testing.assert_allclose(cut, weighted[1][[2]][:, :2], rtol=1e-5)


def test_norms_that_were_not_asked_for_or_cannot_be_had():
    with pytest.raises(hw.UnsupportedAttention, match="values=True"):
        traced("BERT").weights(0, kind="norm")
    with pytest.raises(hw.UnsupportedAttention, match="XLNet"):
        traced("XLNet", values=True).weights(0, kind="norm")
    with pytest.raises(hw.InputError, match="kind must be"):
        traced("BERT").weights(0, kind="size")


@pytest.mark.parametrize("name", ["BERT", "GPT-J", "Longformer"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_leaves_the_model_whole(name, error):
    architecture = BY_NAME[name]
    model, inputs = build(architecture), architectures.inputs_of(architecture)
    before = model(**inputs).last_hidden_state

    def stop(*_):
        raise error

    last = [module for module in model.modules() if isinstance(module, torch.nn.LayerNorm)][-1]
    handle = last.register_forward_hook(stop)
    with pytest.raises(error):
        hw.trace(model, inputs=inputs, values=True)
    handle.remove()
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    assert not any(hooks)
    assert torch.is_grad_enabled()
    assert torch.equal(model(**inputs).last_hidden_state, before)


def test_a_bar_shows_only_in_long_captures(monkeypatch, capsys):
    traced("BERT")
    assert "headwise" not in capsys.readouterr().err
    monkeypatch.setattr("headwise.capture.run._PATIENCE", 0.0)
    traced("BERT")
    assert "headwise: reading attention" in capsys.readouterr().err
    traced("BERT", progress=False)
    assert "headwise" not in capsys.readouterr().err


@pytest.mark.parametrize("names", [("BERT", "GPT-2"), ("BLOOM", "GPT-J"), ("BERT", "DeBERTa-v2")])
def test_two_threads_do_not_mix(names):
    jobs = []
    for name in names:
        inputs = architectures.inputs_of(BY_NAME[name])
        jobs.append((build(BY_NAME[name]), inputs))
    expected = [hw.trace(model, inputs=inputs)[0].weights(1) for model, inputs in jobs]
    failures = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def work(number):
        model, inputs = jobs[number]
        try:
            for _ in range(5):
                trace = hw.trace(model, inputs=inputs)[0]
                np.testing.assert_array_equal(trace.weights(1), expected[number])
        except Exception as error:  # noqa: BLE001 - a thread must hand its failure over
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures


@pytest.mark.parametrize("name", [GROUPED, "BLOOM"])
def test_a_compiled_model(name):
    architecture = BY_NAME[name]
    model, inputs = build(architecture), architectures.inputs_of(architecture)
    expected = hw.trace(model, inputs=inputs)[0].weights(1)
    compiled = torch.compile(model, backend="eager")
    compiled(**inputs)
    ours = hw.trace(compiled, inputs=inputs)[0]
    np.testing.assert_allclose(ours.weights(1), expected, atol=1e-6)
    assert "_orig_mod" not in ours.block().record(0).module


def test_dynamic_int8():
    architecture = BY_NAME["BERT"]
    model, inputs = build(architecture), architectures.inputs_of(architecture)
    quantised = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, torch.qint8)
    trace = hw.trace(quantised, inputs=inputs, values=True)[0]
    assert max(record.check for record in trace.block().records) < 1e-5
    with pytest.raises(hw.UnsupportedAttention, match="quantised"):
        trace.weights(0, kind="norm")


@pytest.mark.parametrize("name", ["BERT", "GPT-J"])
def test_cpu_offload(name):
    accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
    architecture = BY_NAME[name]
    model, inputs = build(architecture), architectures.inputs_of(architecture)
    expected = hw.trace(model, inputs=inputs)[0].weights(1)
    offloaded = accelerate.cpu_offload(model, torch.device("cpu"))
    np.testing.assert_allclose(hw.trace(offloaded, inputs=inputs)[0].weights(1), expected)


@pytest.mark.parametrize("name", ["BERT", GROUPED, "DeBERTa-v2", "BLOOM", "GPT-J", "XLNet"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_passes_its_own_check(name, dtype):
    architecture = BY_NAME[name]
    model = build(architecture).to(dtype)
    trace = hw.trace(model, inputs=architectures.inputs_of(architecture))[0]
    assert trace.queries(0, 0).dtype == np.float32
    limit = 2e-2 if dtype == torch.bfloat16 else 5e-3
    assert max(record.check for record in trace.block().records) <= limit
