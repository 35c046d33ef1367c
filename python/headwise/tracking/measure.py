"""From a model and probe texts to a snapshot."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np

from headwise.errors import InputError
from headwise.metrics.find import find_heads
from headwise.metrics.measures import MEASURES
from headwise.metrics.table import VARIABILITY, head_metrics
from headwise.tracking.pages import check_views
from headwise.tracking.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from headwise.trace import Trace

    Doubles = NDArray[np.float64]

DEFAULT_METRICS: Final = (
    "entropy",
    "previous",
    "next",
    "self",
    "first",
    "special",
    "confidence",
)
PATTERNS: Final = ("induction", "same_token")
"""Patterns of `headwise.find_heads` that are a metric as well."""
SEQUENCES: Final = ("prefix_matching", "copying")
"""Columns of ``headwise.capture.induction_scores``: random sequences, not the probe texts."""

Guard = Callable[[str], AbstractContextManager[object]]
_NAME: Final = re.compile(r"[A-Za-z]\w{0,60}", re.ASCII)

Metric = Callable[[Any, "Sequence[Trace]"], Any]
"""``function(model, traces)``, which returns a pandas Series with the index (layer, head)."""


class Probe(NamedTuple):
    """What is asked of a model at each step.

    Attributes
    ----------
    texts : tuple of str
    tokenizer : tokenizer of transformers
    metrics : tuple of str
        Names, in the order of the columns.
    own : dict of str to callable
        Metrics of the user by name: ``function(model, traces)`` returns a Series with the index
        ``(layer, head)``.
    views : tuple of str
    heads : list of (int, int) or None
    """

    texts: tuple[str, ...]
    tokenizer: Any
    metrics: tuple[str, ...]
    own: dict[str, Metric]
    views: tuple[str, ...]
    heads: list[tuple[int, int]] | None


def make_probe(
    texts: str | Iterable[str],
    tokenizer: Any,  # noqa: ANN401 - transformers types it in part
    metrics: Iterable[str] | Mapping[str, Metric | None],
    views: str | Sequence[str],
    heads: Iterable[tuple[int, int]] | None,
) -> Probe:
    """Check what is asked for.

    Parameters
    ----------
    texts : str or iterable of str
    tokenizer : tokenizer of transformers
    metrics : iterable of str, or mapping
        Names; or a mapping of names to functions, None for a name that is known.
    views : str or sequence of str
    heads : iterable of (int, int), optional

    Returns
    -------
    Probe

    Raises
    ------
    InputError
        There is no text, a text is empty, or a metric or view is not known.
    """
    given = (texts,) if isinstance(texts, str) else tuple(texts)
    if not given or not all(_is_text(text) for text in given):
        raise InputError("texts must be one text or more, none of them empty")
    if tokenizer is None:
        raise InputError("tokenizer is missing: give the model's own")
    named = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    own: dict[str, Metric] = {}
    if isinstance(metrics, Mapping):
        functions = cast("Mapping[str, Metric | None]", metrics)
        own = {name: each for name, each in functions.items() if each is not None}
    known = (*MEASURES, VARIABILITY, *PATTERNS, *SEQUENCES)
    for name in named:
        if name not in known and not callable(own.get(name)):
            there = ", ".join(repr(each) for each in known)
            raise InputError(f"no metric is called {name!r:.80}: there are {there}")
    for name in own:
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r:.80} is no name of a metric: letters, digits and _ only, as it names "
                "files and tags"
            )
    if not named:
        raise InputError("metrics is empty: leave it out to have the usual ones")
    return Probe(
        given,
        tokenizer,
        tuple(dict.fromkeys(named)),
        own,
        check_views(views),
        None if heads is None else [(int(layer), int(head)) for layer, head in heads],
    )


def snapshot_of(
    model: Any,  # noqa: ANN401 - transformers types it in part
    probe: Probe,
    step: int,
    epoch: float | None = None,
    guard: Guard = nullcontext,
) -> Snapshot:
    """Read the attention of a model on the probe texts.

    The model runs in evaluation mode without gradients; its modes and the states of the random
    generators are as before afterwards, also where this raises.

    Parameters
    ----------
    model : transformers model
    probe : Probe
    step : int
    epoch : float, optional
    guard : callable
        Makes the context in which a metric is computed that not every text and model has; where
        it swallows an error, the metric is NaN.

    Returns
    -------
    Snapshot

    Raises
    ------
    InputError
        A text is longer than the model; the message has its number.
    HeadwiseError
        As :func:`headwise.trace`.
    """
    resting = cast("Any", import_module("headwise.tracking.resting"))
    with resting.at_rest(model):
        traces: list[Trace] = resting.captured(model, probe.tokenizer, probe.texts, probe.heads)
        heads, values = _measured(model, probe, traces, guard)
    return Snapshot(step, traces, heads, values, probe.views, probe.texts, epoch)


def _measured(
    model: Any,  # noqa: ANN401 - transformers types it in part
    probe: Probe,
    traces: Sequence[Trace],
    guard: Guard,
) -> tuple[NDArray[np.intp], dict[str, Doubles]]:
    records = traces[0].block().records
    heads = [(layer, head) for layer, record in enumerate(records) for head in record.captured]
    counted = [
        name for name in probe.metrics if name in (*MEASURES, VARIABILITY) and name not in probe.own
    ]
    table: Any = head_metrics(traces, measures=counted, progress=False) if counted else None
    sequences: dict[str, Any] = {}
    values = {name: np.full(len(heads), np.nan) for name in probe.metrics}
    for name in probe.metrics:
        with guard(f"metric {name!r}"):
            if name in probe.own:
                found: Any = probe.own[name](model, traces)
            elif name in SEQUENCES:
                sequences = sequences or _sequences(model, probe)
                found = sequences[name]
            elif name in PATTERNS:
                ranked: Any = find_heads(traces, name, progress=False)
                found = ranked["score"]
            else:
                found = table[name]
            values[name] = found.reindex(heads).to_numpy(np.float64)
    return np.array(heads, np.intp).reshape(-1, 2), values


def _sequences(model: Any, probe: Probe) -> dict[str, Any]:  # noqa: ANN401 - as above
    scores = cast("Any", import_module("headwise.capture")).induction_scores
    found = scores(model, probe.tokenizer, progress=False)
    return {name: found[name] for name in SEQUENCES}


def _is_text(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())
