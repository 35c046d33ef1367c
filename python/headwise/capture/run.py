"""Running a model once and reading its attention by the first way that works."""

from __future__ import annotations

import inspect
import sys
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch
from tqdm.auto import tqdm
from transformers import PreTrainedModel

from headwise.capture.calls import Calls
from headwise.capture.inputs import has_encoder, model_type
from headwise.capture.kinds import Kinds
from headwise.capture.own import own_attentions
from headwise.capture.projections import OutputProjections
from headwise.capture.recorder import Recorder
from headwise.capture.registry import EAGER, watching
from headwise.capture.spy import SoftmaxSpy
from headwise.errors import HeadwiseError, HeadwiseWarning, NoAttentionFound

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from headwise.capture.plan import Plan
    from headwise.capture.protocols import Inputs, Model

# A bar appears when a capture has taken this many seconds.
_PATIENCE = 3.0
_OTHER_INPUTS = frozenset({"pixel_values", "input_features", "input_values"})


def without_head(model: Model) -> Model:
    """Return the model without its head: attention is the same, the logits are not needed."""
    return cast("Model", model.base_model if isinstance(model, PreTrainedModel) else model)


def run(model: Model, inputs: Inputs, plan: Plan, texts: int) -> Calls:
    """Run the model on inputs of `texts` texts and return its attention calls.

    The ways, in this order: the calls of transformers' attention interface; the softmaxes that
    the model runs itself; the ``attentions`` that it returns.

    Raises
    ------
    NoAttentionFound
        If none of the ways finds attention.
    CaptureMismatch, CaptureTooLarge, UnsupportedAttention
        As :func:`headwise.trace`.
    """
    runner = without_head(model)
    calls = Calls(runner.named_modules(), plan, texts)
    accepted = accepted_inputs(runner, inputs)
    with torch.no_grad(), _progress(calls, model):
        _through_interface(runner, calls, accepted, model_type(model))
        banded = getattr(runner.config, "attention_window", None) is not None
        if not banded and (not calls.done or lacks_encoder(runner, calls)):
            calls.forget()
            calls.way = "softmaxes"
            _through_both(runner, calls, accepted, model_type(model))
        if not calls.done:
            calls.way = "own attentions"
            own_attentions(runner, calls, accepted)
    if not calls.done:
        raise NoAttentionFound(
            f"model type {model_type(model)!r} ran without attention that headwise reads: it has "
            "no attention (such as Mamba) or computes it in a way of its own. If another "
            "implementation is there, call model.set_attn_implementation('eager') and try again"
        )
    return calls


def accepted_inputs(model: Model, inputs: Inputs) -> dict[str, Any]:
    """Move the inputs to the model and leave out what its forward does not take."""
    parameters = _parameters(model)
    anything = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    device = _device(model)
    accepted: dict[str, Any] = {
        name: value.to(device) for name, value in inputs.items() if anything or name in parameters
    }
    if "use_cache" in parameters:
        accepted["use_cache"] = False
    return accepted


def implementations(model: Model) -> list[str]:
    """Name the attention implementations that the model's parts use, and eager."""
    configs = [getattr(module, "config", None) for module in model.modules()]
    names = [getattr(config, "_attn_implementation", None) for config in configs]
    return [*dict.fromkeys(name for name in names if isinstance(name, str)), EAGER]


def _through_interface(runner: Model, calls: Calls, accepted: Mapping[str, Any], kind: str) -> None:
    recorder = Recorder(calls, kind)
    with ExitStack() as stack:
        recorder.projections = _projections(stack, runner, calls.plan)
        stack.enter_context(watching(implementations(runner), recorder))
        try:
            runner(**accepted)
        except HeadwiseError:
            raise
        except (AttributeError, TypeError, ValueError) as error:
            others = sorted(_OTHER_INPUTS & _parameters(runner).keys() - accepted.keys())
            if others:
                raise NoAttentionFound(
                    f"model type {kind!r} did not run on what it was given ({error}): it takes "
                    f"{', '.join(others)} as well. Hand over all that its processor returns: "
                    "headwise.trace(model, tokenizer, inputs=processor(...))"
                ) from error
            raise


def _through_both(runner: Model, calls: Calls, accepted: Mapping[str, Any], kind: str) -> None:
    """Watch softmaxes, and the interface for the parts of the model that use it."""
    with ExitStack() as stack:
        spy = SoftmaxSpy(calls, kind, runner.modules())
        stack.callback(spy.close)
        recorder = Recorder(calls, kind)
        spy.projections = recorder.projections = _projections(stack, runner, calls.plan)
        stack.enter_context(watching(implementations(runner), recorder))
        stack.enter_context(spy)
        runner(**accepted)
    if calls.done and lacks_encoder(runner, calls):
        warnings.warn(
            f"the encoder of this {kind} model computes its attention in a way that headwise does "
            "not read: the trace has its decoder only",
            HeadwiseWarning,
            stacklevel=4,
        )


def lacks_encoder(runner: Model, calls: Calls) -> bool:
    """Whether attention was seen in the decoder of the model and none in its encoder."""
    kinds = Kinds(runner.named_modules())
    stacks = {kinds.stack(call.module) for call in calls.done if not kinds.is_cross(call.module)}
    return has_encoder(runner) and "decoder" in stacks and "encoder" not in stacks


def _projections(stack: ExitStack, runner: Model, plan: Plan) -> OutputProjections | None:
    if not plan.values:
        return None
    projections = OutputProjections(runner.modules())
    stack.callback(projections.close)
    return projections


@contextmanager
def _progress(calls: Calls, model: Model) -> Generator[None]:
    if not calls.plan.progress:
        yield
        return
    layers = getattr(model.config, "num_hidden_layers", None)
    bar: Any = tqdm(
        total=layers if isinstance(layers, int) else None,
        desc="headwise: reading attention",
        unit="layer",
        delay=_PATIENCE,
        leave=False,
        file=sys.stderr,
    )
    calls.on_call = bar.update
    try:
        yield
    finally:
        calls.on_call = lambda: None
        bar.close()


def _parameters(model: Model) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(cast("Any", model).forward).parameters


def _device(model: Model) -> torch.device:
    """Find where the model takes its input; offloaded weights rest on no device at all."""
    parameters = cast("torch.nn.Module", model).parameters()
    device = next((one.device for one in parameters), torch.device("cpu"))
    return torch.device("cpu") if device.type == "meta" else device
