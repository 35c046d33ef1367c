"""The runs view: metric curves of many runs, and the attention at a step of one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from traitlets import default

from headwise.errors import HeadwiseError
from headwise.threads import one_blas_thread
from headwise.tracking.curves import to_csv
from headwise.tracking.readers.api import wandb_api_runs
from headwise.tracking.readers.find import find_runs
from headwise.tracking.readers.run import Run
from headwise.widgets._keywords import names_unknown_keywords
from headwise.widgets._run_set import RunSet
from headwise.widgets._run_traces import nearest_step
from headwise.widgets._runs_answers import Answers
from headwise.widgets._runs_step import StepView
from headwise.widgets._runs_traits import names_of, whole_number
from headwise.widgets._runs_words import opening, strip_steps, tensor_name, within
from headwise.widgets.compare import compare
from headwise.wire.codec import encode
from headwise.wire.openings import head_opening, model_opening
from headwise.wire.rows import neuron_archive, neuron_snapshot
from headwise.wire.saved import deflate, share
from headwise.wire.thumbs import model_archive
from headwise.wire.tiles import archive

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import SupportsIndex

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from headwise.export.preview import Preview
    from headwise.selection import Head
    from headwise.trace import Trace
    from headwise.widgets.compare import CompareView
    from headwise.wire.rpc import Handler
    from headwise.wire.runs import Over

Show = Literal["none", "head", "model", "neuron"]
_CURVES = 0.45
_FIRST_READING = 2.0


class RunsView(StepView):
    """Curves of runs over their steps, and the attention at one of them; made by `runs_view`.

    Parameters
    ----------
    runs : RunSet
    **settings
        The keywords of `runs_view` and of `explore`, and ``layout`` and the like of any widget.

    Attributes
    ----------
    step : int or None
        The step that is looked at; the attention is that of the nearest saved one.
    run : str
        Name of the run whose attention is shown.
    selected_runs, metrics, smooth, over, scale, zoom, parameters, show, probe
        What `runs_view` describes; each can be set, and read after a person moved its control.
    block, layer, head, heads, selection, aggregate, strongest, sentences, hide_special, \
merge_words, glyph, pooling, order, frame, form, neurons, index_base, theme, height
        As in `explore`: of the attention at the step.
    tensors, tensors_b : bytes
        The weights and the curves that travel without being asked for.
    """

    def __repr__(self) -> str:
        return (
            f"<RunsView of {len(self.selected_runs)} of {len(self._set.runs)} runs, "
            f"{len(self.metrics)} metrics, step {self.step}>"
        )

    def attention(
        self, run: str | None = None, step: SupportsIndex | None = None, probe: int | None = None
    ) -> Trace:
        """Return the attention of the saved step that is nearest.

        Parameters
        ----------
        run : str, optional
            Name of a run; `run` of the view unless given.
        step : int, optional
            `step` of the view unless given.
        probe : int, optional
            Number of the probe text; that of the view unless given.

        Returns
        -------
        Trace

        Raises
        ------
        InputError
            There is no such run, or it has no traces of this text.
        TraceFileError
            The file is cut.
        """
        wanted = self.step if step is None else whole_number(step, "step")
        place = self._set.place(self.run if run is None else run)
        with self._reading:
            return self._traces.at(
                self._set.runs[place],
                wanted or 0,
                self.probe if probe is None else whole_number(probe, "probe"),
            )

    def compare(
        self,
        step_a: SupportsIndex,
        step_b: SupportsIndex,
        *,
        run_a: str | None = None,
        run_b: str | None = None,
        **settings: Any,  # noqa: ANN401 - the keywords of `compare`
    ) -> CompareView:
        """Show the attention of two saved steps side by side, and their difference.

        Parameters
        ----------
        step_a, step_b : int
            The nearest saved ones are taken.
        run_a, run_b : str, optional
            Of which runs; `run` of the view unless given.
        **settings
            As for `compare`.

        Returns
        -------
        CompareView

        Raises
        ------
        InputError, TraceFileError, HeadwiseError
            As `attention` and `compare`.
        """
        runs = [run or self.run for run in (run_a, run_b)]
        wanted = [whole_number(step_a, "step_a"), whole_number(step_b, "step_b")]
        traces = [self.attention(run, step) for run, step in zip(runs, wanted, strict=True)]
        places = [self._set.runs[self._set.place(run)] for run in runs]
        steps = [nearest_step(*each) for each in zip(places, wanted, strict=True)]
        several = runs[0] != runs[1]
        names = [
            f"{run}, step {step}" if several else f"step {step}"
            for run, step in zip(runs, steps, strict=True)
        ]
        return compare(traces[0], traces[1], names=names, **settings)

    def to_csv(
        self,
        path: str | os.PathLike[str],
        *,
        metrics: Iterable[str] | None = None,
        runs: Iterable[str] | None = None,
    ) -> Path:
        """Write the points as they were logged: neither smoothed nor thinned.

        Parameters
        ----------
        path : path-like
            An older file there is replaced.
        metrics, runs : iterable of str, optional
            Those that are shown unless given.

        Returns
        -------
        Path

        Raises
        ------
        InputError
            There is no such run or metric.
        HeadwiseError
            The file cannot be written.
        """
        named = self.selected_runs if runs is None else names_of(runs, self.run_names, "run")
        chosen = [self._set.runs[self._set.place(name)] for name in named]
        wanted = self.metrics if metrics is None else names_of(metrics, self.metric_names, "metric")
        target = Path(path)
        with self._reading:
            text = to_csv(chosen, wanted)
        try:
            target.write_text(text, "utf-8", newline="")
        except OSError as error:
            raise HeadwiseError(f"cannot write {target}: {error.strerror or error}") from error
        return target

    def selected_weights(self) -> dict[Head, NDArray[np.float32]]:  # noqa: D102 - as every view
        self._need_attention()
        return super().selected_weights()

    def to_dataframe(self) -> pd.DataFrame:  # noqa: D102 - as every view
        self._need_attention()
        return super().to_dataframe()

    def tensor_budget(self) -> int:  # noqa: D102 - as every saved view
        return super().tensor_budget() - len(deflate(self.tensors_b))

    def small_picture(self, shown: Mapping[str, Any]) -> Preview:  # noqa: D102 - as every view
        if not self.has_attention:
            raise HeadwiseError("there is no attention to draw")
        return super().small_picture({**shown, "_view": "head"})

    def first_blobs(self) -> dict[str, bytes]:  # noqa: D102 - as every saved view
        if not self.closed:
            self.tensors_b = self._curves(share(super().tensor_budget(), _CURVES))
        return {**super().first_blobs(), "tensors_b": self.tensors_b}

    def archives_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> dict[str, bytes]:
        part = share(budget, _CURVES)
        curves = self._curves(part)
        # Curves keep within their part once they are deflated; plain, they may be over it.
        left = budget - min(part, len(curves))
        return {"tensors": self.archive_of(traces, shown, left), "tensors_b": curves}

    def archive_of(  # noqa: D102 - as every view
        self, traces: Sequence[Trace], shown: Mapping[str, Any], budget: int
    ) -> bytes:
        (trace,), block, layer = traces, shown["block"], shown["layer"]
        if not self.has_attention or shown["show"] == "none":
            return encode({})
        if shown["show"] == "model":
            return model_archive(trace, block, self._grid_settings(), None, budget)
        if shown["show"] == "neuron":
            return neuron_archive(trace, block, layer, shown["head"], budget)
        return archive(trace, block, layer, budget)

    @default("tensors_b")
    def _default_curves(self) -> bytes:
        return self._curves(share(super().tensor_budget(), _CURVES))

    def _first_tensors(self, budget: int) -> bytes:
        if not self.has_attention or self.show == "none":
            return encode({})
        trace, block, layer = self.trace, self.block, self.layer
        if self.show == "model":
            return model_opening(trace, block, self._grid_settings(), None, budget)
        if self.show == "neuron":
            return neuron_snapshot(trace, block, layer, self._neuron_head(), budget)
        return head_opening(trace, block, layer, budget)

    def _curves(self, budget: int) -> bytes:
        with self._reading, one_blas_thread():
            shown = [self._set.place(name) for name in self.selected_runs]
            over = cast("Over", self.over)
            drawn = opening(self._set, shown, self.metrics, (over, self.smooth), budget)
            if not self.has_attention:
                return encode(drawn)
            number = self._set.place(self.run)
            run = self._set.runs[number]
            place = (self.block, self.layer, self._neuron_head())
            at = self._run.get("step")
            maps = self._traces.strip(run, strip_steps(run.trace_steps, at), self.probe, place)
            names = {
                tensor_name("strip", number, self.probe, *place, int(name.partition("/")[2])): one
                for name, one in maps.items()
            }
            return within(drawn, names, budget)

    def _handlers(self) -> dict[str, Handler]:
        answers = Answers(self._set, self._traces, self._reading, self._read_on)
        return {**super()._handlers(), **answers.handlers()}

    def _need_attention(self) -> None:
        if not self.has_attention:
            raise HeadwiseError(
                f"run {self.run!r} has no traces, so that there are no weights: they are kept by "
                "headwise.tracking.AttentionCallback and headwise.tracking.Tracker"
            )

    def _read_on(self) -> None:
        self.refresh(0.25)


@names_unknown_keywords
def runs_view(  # noqa: PLR0913 - one keyword for each control
    *paths: str | os.PathLike[str] | Run,
    wandb: str | None = None,
    step: SupportsIndex | None = None,
    run: str | None = None,
    selected_runs: Iterable[str] | None = None,
    metrics: Iterable[str] | None = None,
    smooth: float = 0.0,
    over: Over = "step",
    scale: Literal["linear", "log"] = "linear",
    zoom: Iterable[float] | None = None,
    parameters: Literal["none", "table", "lines"] = "none",
    show: Show = "head",
    probe: int = 0,
    layer: SupportsIndex | None = None,
    heads: Iterable[SupportsIndex] | None = None,
    index_base: Literal[0, 1] = 0,
    theme: Literal["auto", "light", "dark", "contrast"] = "auto",
    height: int = 480,
) -> RunsView:
    """Show the curves of runs of training, and what the heads do at a step.

    Parameters
    ----------
    *paths : path-like or Run
        Folders or files that a tracker wrote (TensorBoard, W&B offline, Trackio, or
        `headwise.tracking.FolderSink`), as for `headwise.tracking.find_runs`; or runs.
    wandb : str, optional
        ``"entity/project"``: runs of W&B, which needs a network and a key.
    step : int, optional
        The step to look at; the last saved one unless given.
    run : str, optional
        The run whose attention is shown; the first that has any unless given.
    selected_runs, metrics : iterable of str, optional
        Runs that are drawn, and metrics that have a chart: all runs, and at most four metrics,
        unless given.
    smooth : float
        How much of the past is in each point, 0 to 0.999: an exponential mean without the pull to
        zero at its start, as in TensorBoard.
    over : {"step", "time", "epoch"}
        What curves are drawn over; time in seconds from the first point of each run.
    scale : {"linear", "log"}
        The scale of the values; a logarithmic one leaves out what is not above 0.
    zoom : two numbers, optional
        From where to where the charts go, in units of `over`.
    parameters : {"none", "table", "lines"}
        How hyperparameters that differ between runs are shown.
    show : {"head", "model", "neuron", "none"}
        The view of the attention at the step.
    probe : int
        Number of the probe text.
    layer, heads, index_base, theme, height
        As in `head_view`: of the attention.

    Returns
    -------
    RunsView
        A widget: the last line of a cell shows it. While it is in sight and a run goes on, it
        reads what is new every few seconds.

    Raises
    ------
    TypeError
        A keyword is not known.
    InputError
        There is no run, or no run, metric or head of that name or number.
    HeadwiseError
        What reads the runs is not installed, or the front end is not built.

    Examples
    --------
    >>> view = headwise.runs_view("logs")  # doctest: +SKIP
    >>> view.step = 350  # doctest: +SKIP
    >>> view.attention().weights(1, 3)  # doctest: +SKIP
    """
    given = [path for path in paths if isinstance(path, Run)]
    places = [path for path in paths if not isinstance(path, Run)]
    remote = [] if wandb is None else wandb_api_runs(wandb)

    def find() -> list[Run]:
        found = find_runs(*places) if places or not (given or remote) else []
        return [*given, *found, *remote]

    runs = RunSet(find)
    runs.refresh(_FIRST_READING)
    settings: dict[str, Any] = {
        "smooth": smooth,
        "over": over,
        "scale": scale,
        "zoom": zoom,
        "parameters": parameters,
        "show": show,
        "probe": probe,
        "layer": layer,
        "heads": heads,
        "index_base": index_base,
        "theme": theme,
        "height": height,
    }
    return RunsView(
        runs, step=step, run=run, selected_runs=selected_runs, metrics=metrics, **settings
    )
