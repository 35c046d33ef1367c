"""Running a model with its head once: logits and trace of the same pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.capture.blocks import make_blocks
from headwise.capture.calls import Calls
from headwise.capture.forward import trace_facts
from headwise.capture.inputs import model_type
from headwise.capture.kinds import Kinds
from headwise.capture.plan import make_plan
from headwise.capture.recorder import Recorder
from headwise.capture.registry import watching
from headwise.capture.run import accepted_inputs, implementations, lacks_encoder, run, without_head
from headwise.errors import ModelChanged, UnsupportedAttention
from headwise.trace import Trace

if TYPE_CHECKING:
    from headwise.capture.protocols import Inputs, Model
    from headwise.capture.registry import Change
    from headwise.capture.sides import Prepared


@dataclass(frozen=True)
class Pass:
    """What one run left.

    Parameters
    ----------
    outputs
        What the model returned.
    trace
        Its attention.
    changeable
        Whether its attention calls could be changed; they were seen in transformers' interface.
    """

    outputs: Any
    trace: Trace
    changeable: bool


def run_once(model: Model, prepared: Prepared, change: Change | None = None) -> Pass:
    """Run a model over one text and record its attention, without gradients.

    Raises
    ------
    UnsupportedAttention
        If attention should be changed in a model that does not use transformers' interface.
    HeadwiseError
        As :func:`headwise.trace`.
    """
    plan = make_plan(
        layers=None, heads=None, values=False, dtype="float32", max_bytes=None, progress=False
    )
    runner = without_head(model)
    calls = Calls(runner.named_modules(), plan, 1)
    kind = model_type(model)
    banded = getattr(runner.config, "attention_window", None) is not None
    accepted = accepted_inputs(model, prepared.inputs)
    with torch.no_grad(), watching(implementations(model), Recorder(calls, kind), change):
        outputs = model(**accepted)
    changeable = bool(calls.done) and not banded and not lacks_encoder(runner, calls)
    if not changeable:
        if change is not None:
            raise no_interface(model)
        calls = run(model, prepared.inputs, plan, 1)
    kinds = Kinds(runner.named_modules())
    blocks = make_blocks(calls.done, kinds, prepared.sides(0, runner, calls), 0, kind)
    return Pass(outputs, Trace(blocks, trace_facts(model, calls.way)), changeable)


def outputs_of(model: Model, inputs: Inputs, change: Change | None) -> Any:  # noqa: ANN401 - the model's own type
    """Run a model on a batch with changed attention and keep no attention."""
    with torch.no_grad(), watching(implementations(model), None, change):
        return model(**accepted_inputs(model, inputs))


def no_interface(model: Model) -> UnsupportedAttention:
    """Make the error of a model whose attention cannot be changed."""
    return UnsupportedAttention(
        f"model type {model_type(model)!r} computes its attention in a way of its own, not "
        "through transformers' attention interface: its heads cannot be switched off and no key "
        "can be blocked. Tokens can be masked and replaced"
    )


def module_names(model: Model) -> dict[int, str]:
    """Return the names by which records know the modules, by id."""
    plan = make_plan(
        layers=None, heads=None, values=False, dtype="float32", max_bytes=None, progress=False
    )
    return Calls(without_head(model).named_modules(), plan, 1).names


Stamp = tuple[object, ...]


def stamp(model: Model) -> Stamp:
    """Return a value that differs when weights were trained, loaded or moved.

    Writing to ``parameter.data`` in place goes unseen, as it does for autograd, and so does
    training of weights that are offloaded: for these stand the hooks that load them.
    """
    weights, hooks = _weights(model)
    seen: list[object] = [tuple(implementations(model)), hooks]
    for weight in weights:
        version = -1 if weight.is_inference() else weight._version  # noqa: SLF001 - its only name
        seen.append((id(weight), weight.data_ptr(), version, weight.dtype, str(weight.device)))
    return tuple(seen)


def check_device(model: Model) -> None:
    """Check that the weights are together on a device.

    Raises
    ------
    ModelChanged
        If they are on several without a map that says so, or on none and accelerate does not
        load them for each run.
    """
    if getattr(model, "hf_device_map", None):
        return
    devices = sorted({str(weight.device) for weight in _weights(model)[0]})
    if "meta" in devices:
        raise ModelChanged(
            f"weights of this {type(model).__name__} are on no device (meta), so it cannot run: "
            "load them again"
        )
    if len(devices) > 1:
        raise ModelChanged(
            f"the weights of this {type(model).__name__} are on {' and '.join(devices)}: move the "
            "whole model to one device with model.to(...)"
        )


def _weights(model: Model) -> tuple[list[torch.Tensor], tuple[int, ...]]:
    """Return the weights that stay where they are, and by id the hooks that load the others.

    What accelerate offloads has other parameters after each run, which say nothing of the weights.
    """
    found: dict[int, torch.Tensor] = {}
    hooks: dict[int, None] = {}
    below: set[int] = set()  # modules that a hook of one above them loads
    for module in cast("torch.nn.Module", model).modules():
        hook: Any = getattr(module, "_hf_hook", None)
        loading = [one for one in getattr(hook, "hooks", (hook,)) if getattr(one, "offload", False)]
        hooks.update((id(one), None) for one in loading)
        if any(one.place_submodules for one in loading):
            below.update(map(id, module.modules()))
        if not loading and id(module) not in below:
            found.update((id(weight), weight) for weight in module.parameters(recurse=False))
    return list(found.values()), tuple(hooks)
