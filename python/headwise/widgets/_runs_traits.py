"""Trait types of the runs view: values that must exist in its runs."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Protocol, SupportsIndex, cast

from traitlets import Dict, Enum, HasTraits, TraitType

from headwise.errors import InputError
from headwise.widgets._traits import entries_of
from headwise.wire.runs import OVERS, read_smoothing

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAIR = 2
# Steps are int64 everywhere.
_LARGEST: Final = 2**62


class RunsOfView(Protocol):
    """What these traits ask of a view."""

    @property
    def run_names(self) -> Sequence[str]: ...

    @property
    def metric_names(self) -> Sequence[str]: ...


class StepNumber(TraitType["int | None", "SupportsIndex | None"]):
    """A step of the training, from 0; None where nothing was logged."""

    default_value = None
    info_text = "a step number"

    def validate(self, obj: Any, value: Any) -> int | None:  # noqa: ANN401, ARG002 - traitlets' own
        """Return the number as an int, whatever integer it is."""
        return None if value is None else whole_number(value, "step")


class ProbeNumber(TraitType[int, "SupportsIndex"]):
    """The number of a probe text, from 0."""

    default_value = 0
    info_text = "the number of a probe text"

    def validate(self, obj: Any, value: Any) -> int:  # noqa: ANN401, ARG002 - traitlets' own
        """Return the number as an int, whatever integer it is."""
        return whole_number(value, "probe")


class RunName(TraitType[str, str]):
    """The name of a run."""

    default_value = ""
    info_text = "the name of a run"

    def validate(self, obj: RunsOfView, value: Any) -> str:  # noqa: ANN401 - traitlets' own signature
        """Return the name, or raise InputError where no run has it."""
        return _named(value, obj.run_names, "run") if value != "" else ""


class Names(TraitType[list[str], Iterable[str]]):
    """Names of runs or of metrics, each once."""

    info_text = "a list of names"

    def __init__(self, what: str, help: str) -> None:  # noqa: A002 - traitlets' own name
        self._what = what
        super().__init__(help=help)

    def make_dynamic_default(self) -> list[str]:
        """Start with no names."""
        return []

    def validate(self, obj: RunsOfView, value: Any) -> list[str]:  # noqa: ANN401 - traitlets' own
        """Return the names, or raise InputError where one does not exist."""
        known = obj.run_names if self._what == "run" else obj.metric_names
        return names_of(value, known, self._what)


class Smoothing(TraitType[float, float]):
    """A weight of the past, from 0 to 0.999."""

    default_value = 0.0
    info_text = "a number from 0 to 0.999"

    def validate(self, obj: Any, value: Any) -> float:  # noqa: ANN401, ARG002 - traitlets' own
        """Return the weight as a float."""
        return read_smoothing(value)


class Zoom(TraitType[list[float] | None, Iterable[float] | None]):
    """From where to where the charts go; None for all."""

    default_value = None
    info_text = "two rising numbers"

    def validate(self, obj: Any, value: Any) -> list[float] | None:  # noqa: ANN401, ARG002
        """Return two numbers that rise, or None."""
        if value is None:
            return None
        ends: list[Any] = list(entries_of(value, "zoom must be two numbers"))
        if len(ends) != _PAIR or not all(_is_number(end) for end in ends) or ends[0] >= ends[1]:
            raise InputError(f"zoom must be two rising numbers, not {value!r:.80}")
        return [float(end) for end in ends]


class RunsTraits(HasTraits):
    """What is shown of runs."""

    step: StepNumber = StepNumber(help="The step that is looked at.").tag(sync=True)
    run: RunName = RunName(help="The run whose attention is shown.").tag(sync=True)
    selected_runs: Names = Names("run", help="Runs whose curves are drawn.").tag(sync=True)
    metrics: Names = Names("metric", help="Metrics that have a chart.").tag(sync=True)
    smooth: Smoothing = Smoothing(help="How much of the past is in each point.").tag(sync=True)
    over = Enum(OVERS, "step", help="What curves are drawn over.").tag(sync=True)
    scale = Enum(("linear", "log"), "linear", help="The scale of the values.").tag(sync=True)
    zoom: Zoom = Zoom(help="From where to where the charts go, in units of `over`.").tag(sync=True)
    parameters = Enum(
        ("none", "table", "lines"), "none", help="How hyperparameters that differ are shown."
    ).tag(sync=True)
    show = Enum(
        ("none", "head", "model", "neuron"), "head", help="The view of the attention at the step."
    ).tag(sync=True)
    probe: ProbeNumber = ProbeNumber(help="Number of the probe text.").tag(sync=True)
    # Written by Python alone.
    _runs: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)
    _run: Dict[str, Any] = Dict().tag(sync=True, echo_update=False)


def whole_number(value: object, name: str) -> int:
    """Check a whole number from 0, of any integer type.

    Raises
    ------
    InputError
        It is none, or larger than any step.
    """
    try:
        number = operator.index(cast("SupportsIndex", value))
    except TypeError:
        number = -1
    if isinstance(value, bool) or not 0 <= number <= _LARGEST:
        raise InputError(f"{name} must be a whole number from 0, not {value!r:.80}")
    return number


def names_of(value: object, known: Sequence[str], what: str) -> list[str]:
    """Check names of runs or metrics; each is kept once.

    Raises
    ------
    InputError
        This is not a list of names, or one does not exist.
    """
    entries = entries_of(value, f"this must be a list of names of {what}s")
    return list(dict.fromkeys(_named(entry, known, what) for entry in entries))


def _named(value: object, known: Sequence[str], what: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"the name of a {what} is a string, not {value!r:.80}")
    if value not in known:
        there = ", ".join(repr(name) for name in known)
        raise InputError(f"no {what} is called {value!r:.80}: there are {there:.400}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
