"""What is logged of a model at one step; each part is made when a sink asks for it."""

from __future__ import annotations

import math
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from headwise.tracking.heat import heat_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from headwise.trace import Trace
    from headwise.tracking.heat import Heat

PREFIX: Final = "headwise"
# Shares of weight: their maps and bars go from 0 to 1 at every step.
_OPEN_ENDED: Final = frozenset({"entropy", "distance", "variability", "copying"})
_TEXT_CUT: Final = 200


class Snapshot:
    """The attention of a model at one step, on the probe texts.

    Parameters
    ----------
    step : int
        Of the optimizer.
    traces : sequence of Trace
        One a probe text; queries and keys as float16.
    heads : int array (heads, 2)
        Layer and head.
    values : mapping of str to float64 array (heads,)
        For each metric; NaN where a head has none.
    views : sequence of str
        Names of the views of which pages are made.
    texts : sequence of str
        The probe texts.
    epoch : float, optional

    Attributes
    ----------
    step, traces, heads, values, views, texts, epoch : as given
    time : float
        When it was made: seconds since 1970.
    """

    def __init__(
        self,
        step: int,
        traces: Sequence[Trace],
        heads: NDArray[np.intp],
        values: Mapping[str, NDArray[np.float64]],
        views: Sequence[str],
        texts: Sequence[str],
        epoch: float | None = None,
    ) -> None:
        self.step = step
        self.traces = tuple(traces)
        self.heads = heads
        self.values = dict(values)
        self.views = tuple(views)
        self.texts = tuple(texts)
        self.epoch = epoch
        self.time = time.time()

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics."""
        return list(self.values)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The metrics with the index ``(layer, head)``."""
        import pandas as pd  # noqa: PLC0415 - only where a table is made

        made: Any = pd.MultiIndex
        index = made.from_arrays(self.heads.T, names=("layer", "head"))
        return pd.DataFrame(self.values, index=index)

    @cached_property
    def scalars(self) -> dict[str, float]:
        """Mean over the heads of each layer, as ``headwise/METRIC/layer_L``; NaN is left out."""
        found: dict[str, float] = {}
        for name in self.metrics:
            for layer in np.unique(self.heads[:, 0]).tolist():
                known = self.known(name, self.heads[:, 0] == layer)
                if len(known):
                    found[f"{PREFIX}/{name}/layer_{layer}"] = float(known.mean())
        return found

    @cached_property
    def maps(self) -> dict[str, Heat]:
        """A map of the heads for each metric that any head has."""
        return {
            name: heat_map(self.heads, self.values[name], name, self._range(name))
            for name in self.metrics
            if len(self.known(name))
        }

    def known(self, name: str, which: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Return the values of a metric that are numbers, of all heads or of some.

        Parameters
        ----------
        name : str
        which : bool array (heads,), optional

        Returns
        -------
        float64 array
        """
        values = self.values[name] if which is None else self.values[name][which]
        return values[~np.isnan(values)]

    @cached_property
    def pages(self) -> dict[str, str]:
        """A self-contained interactive page of the first text for each view."""
        from headwise.tracking.pages import page  # noqa: PLC0415 - widgets take a second

        return {name: page(self.traces[0], name) for name in self.views}

    def facts(self) -> Mapping[str, object]:
        """List what a file says of the step: number, epoch, time, texts (cut), model."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "time": self.time,
            "texts": [text[:_TEXT_CUT] for text in self.texts],
            "metrics": self.metrics,
            "model": dict(self.traces[0].meta),
        }

    def _range(self, name: str) -> tuple[float, float] | None:
        """From where to where a map goes, the same at every step where it can be."""
        if name == "entropy":
            longest = max(len(trace.block().key_tokens) for trace in self.traces)
            return (0.0, math.log(longest)) if longest > 1 else None
        return None if name in _OPEN_ENDED else (0.0, 1.0)
