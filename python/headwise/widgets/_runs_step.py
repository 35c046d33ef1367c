"""The step of a runs view: what came of the runs, and the trace of the step that is looked at."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

from traitlets import observe

from headwise.errors import AnswerReplaced, HeadwiseError, InputError
from headwise.threads import one_blas_thread
from headwise.widgets._run_traces import RunTraces, changed_most, empty_trace, nearest_step
from headwise.widgets._runs_traits import RunsTraits, whole_number
from headwise.widgets._runs_words import describe_runs, first_metrics
from headwise.widgets._saved import blob_trait
from headwise.widgets._swapped import fit
from headwise.widgets.explore import ExploreView
from headwise.wire.describe import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import SupportsIndex

    from traitlets import Bunch

    from headwise.trace import Trace
    from headwise.tracking.readers.run import Run
    from headwise.widgets._run_set import RunSet


# Who names one of these says what is shown.
_PLACED = ("layer", "heads", "head", "block", "selection")


class StepView(RunsTraits, ExploreView):
    """A view of the attention at a step of a run.

    Parameters
    ----------
    runs : RunSet
    **settings
        As for `RunsView`.
    """

    tensors_b = blob_trait(help="The curves that travel without being asked for.")
    _component = "runs"
    _ready = False

    def __init__(
        self,
        runs: RunSet,
        *,
        step: SupportsIndex | None = None,
        run: str | None = None,
        selected_runs: Iterable[str] | None = None,
        metrics: Iterable[str] | None = None,
        **settings: Any,  # noqa: ANN401 - the traits of any widget
    ) -> None:
        self._set = runs
        self._traces = RunTraces()
        self._reading = threading.RLock()
        self._versions = itertools.count(1)
        name = runs.first_with_traces() if run is None else run
        at = runs.last_step(name) if step is None else whole_number(step, "step")
        probe = whole_number(settings.get("probe", 0), "probe")
        trace, where = self._found(name, at, probe)
        placed = [each for each in _PLACED if settings.get(each) is not None]
        if trace is None and placed:
            raise InputError(
                f"run {name!r} has no traces, so that there is nothing to choose by "
                f"{', '.join(placed)}: leave that out until one was kept"
            )
        if trace is not None and not placed:
            settings |= self._changed_most(name, probe, trace)
        super().__init__(
            empty_trace() if trace is None else trace,
            run=name,
            step=at,
            selected_runs=list(runs.names) if selected_runs is None else selected_runs,
            metrics=first_metrics(runs) if metrics is None else metrics,
            _runs=describe_runs(runs, next(self._versions)),
            _run={"run": int(trace is not None), "tensors": 0, **where},
            **settings,
        )
        self._ready = True

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order of `run_names`; read by `refresh`."""
        return list(self._set.runs)

    @property
    def run_names(self) -> tuple[str, ...]:
        """Names of the runs, each once."""
        return tuple(self._set.names)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of all metrics that any run has."""
        return tuple(self._set.metrics())

    @property
    def has_attention(self) -> bool:
        """Whether the attention of a saved step is shown."""
        return self._run["run"] > 0 and self._run.get("step") is not None

    def refresh(self, seconds: float | None = None) -> bool:
        """Read what was logged since; a view in sight does so by itself while a run goes on.

        Parameters
        ----------
        seconds : float, optional
            Stop about then; all that there is unless given, runs that began since among it.

        Returns
        -------
        bool
            Whether there is more to read at once.
        """
        with self._reading:
            before, last = self._state(), self._set.last_step(self.run)
            traced = self._has_traces()
            if seconds is None:
                self._set.look()
            came = self._set.refresh(seconds if seconds is not None else 0.2)
            while seconds is None and self._set.more:
                came |= self._set.refresh(0.2)
            told = self._described() if came or self._state() != before else None
        if told is not None:
            self._take(told, last, traced=traced)
        return self._set.more

    def close(self) -> None:
        """Remove the view from every page and free the traces."""
        super().close()
        self._traces.clear()
        self.tensors_b = b""

    def _asked_trace(self, params: Mapping[str, object]) -> Trace:
        run = params.get("run")
        if run is not None and run != self._run["run"]:
            raise AnswerReplaced(f"trace {run} was replaced by trace {self._run['run']}")
        return super()._asked_trace(params)

    def _state(self) -> tuple[object, ...]:
        return (self._set.live, self._set.more, *(run.state for run in self._set.runs))

    def _described(self) -> dict[str, Any]:
        return describe_runs(self._set, next(self._versions))

    def _has_traces(self) -> bool:
        return bool(self._set.saved_steps(self._set.first_with_traces()))

    def _take(self, told: dict[str, Any], last: int | None, *, traced: bool) -> None:
        """Show what came: new runs are on, and who stood at the last step goes on with it.

        The first traces of all bring their run; where there were some before (`traced`), a run
        without is what a person wants to see.
        """
        before, known = self._runs, self.run_names
        with self.hold_sync():
            self._runs = told
            old = {run["name"] for run in before["runs"]}
            new = [name for name in known if name not in old]
            if new:
                self.selected_runs = [*self.selected_runs, *new]
            if not before["metrics"]:
                self.metrics = first_metrics(self._set)
            first = not traced and self._has_traces() and not self._set.saved_steps(self.run)
            if self.run not in known or first:
                self.run = self._set.first_with_traces()
            if self.step is None or self.step == last:
                self.step = self._set.last_step(self.run)
            self._follow_step()

    @observe("step", "run", "probe")
    def _follow_step(self, _change: Bunch | None = None) -> None:
        if not self._ready or self.closed:
            return
        try:
            trace, where = self._found(self.run, self.step, self.probe)
        except HeadwiseError as error:
            self._run = {**self._run, "failure": str(error)}
            return
        if trace is None:
            self._run = {**self._run, **where}
        elif any(self._run.get(name) != value for name, value in where.items()):
            self._swap(trace, where)

    @observe("over")
    def _show_all(self, _change: Bunch) -> None:
        """Over something else the part that was shown is another one."""
        if self._ready:
            self.zoom = None

    @observe("block")
    def _follow_block(self, change: Bunch) -> None:
        if change.old in self.trace.blocks:
            super()._follow_block(change)

    @observe("tensors")
    def _count_tensors(self, _change: Bunch) -> None:
        if self._ready:
            self._run = {**self._run, "tensors": self._run["tensors"] + 1}

    def _swap(self, trace: Trace, where: Mapping[str, Any]) -> None:
        """Show another trace: what is selected stays as far as it is there too."""
        with self.hold_sync():
            first = self._run["run"] == 0
            with self._lock:  # a request sees the trace and its number together
                self._source = trace
                self._steps.clear()
                self._run = {**self._run, **where, "run": self._run["run"] + 1}
            self._trace = describe(trace)
            fit(self, trace.block(self.block if self.block in trace.blocks else None), first=first)
            with self._lock, one_blas_thread():
                self.tensors = self._first_tensors(self.tensor_budget())

    def _found(
        self, name: str, step: SupportsIndex | None, probe: int
    ) -> tuple[Trace | None, dict[str, Any]]:
        """Find the trace of a step, and say which it is."""
        nothing = {"step": None, "of": name, "probe": probe, "failure": ""}
        if not name or step is None:
            return None, nothing
        run = self._set.runs[self._set.place(name)]
        with self._reading:
            at = nearest_step(run, int(step))
            if at is None:
                return None, nothing
            return self._traces.at(run, at, probe), {**nothing, "step": at}

    def _changed_most(self, name: str, probe: int, trace: Trace) -> dict[str, Any]:
        """Name the head that changed most from the first saved step to the last one."""
        steps = self._set.saved_steps(name)
        try:
            ends = [self._found(name, steps[end], probe)[0] for end in (0, -1)]
            place = changed_most(ends[0] or trace, ends[1] or trace)
        except HeadwiseError:
            return {}
        return {} if place is None else {"layer": place[0], "heads": [place[1]]}
