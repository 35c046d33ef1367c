"""Measure what Python computes for the views: ``python -m benchmarks.tiles``.

GPT-2 small's shape, random queries and keys, causal. CPU seconds of this process with one thread of
arithmetic, the least of all runs, so that a busy machine changes little.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import headwise
from benchmarks.attention import HEADS, LAYERS, random_trace
from benchmarks.machine import date_and_machine, python_versions
from benchmarks.results import publish
from benchmarks.tables import bytes_text, number, table
from headwise.bands import bands
from headwise.record import AttentionRecord
from headwise.threads import one_blas_thread
from headwise.wire.thumbs import facts_tile, thumbnail_tile

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwise.trace import Trace

REPEATS = 5
LONG, MIDDLE, SHORT = 8192, 4096, 1024
ROW_SECONDS = 0.010
THUMBNAIL_SECONDS = 0.5
FILE_RATIO = 1.05
ROWS = 16
FLOOR_QUERIES = 128
METHOD = f"""\
* {HEADS} heads of size 64, random queries and keys, causal; float32, the saved trace float16.
* CPU: this process's clock, one thread of arithmetic, the least of {{repeats}} runs. Rows are those
  of queries spread over the whole input, the mean of them. The bare q·k and exp are of as many
  weights as the causal half has, {FLOOR_QUERIES} queries at a time; only what is above it can be
  saved."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure.

    Attributes
    ----------
    name, tokens
        What was done, and N.
    value
        CPU seconds, a ratio, or bytes.
    unit
        ``"ms"``, ``"x"`` or ``"B"``.
    most
        The target in the same unit as `value`, or None.
    """

    name: str
    tokens: int
    value: float
    unit: str = "ms"
    most: float | None = None

    @property
    def missed(self) -> bool:
        """Whether there is a target and the value is over it."""
        return self.most is not None and self.value > self.most

    def cells(self) -> list[str]:
        """Return the line of the table."""
        target = "-" if self.most is None else f"{self._text(self.most)}"
        verdict = "-" if self.most is None else f"**{'missed' if self.missed else 'met'}**"
        return [self.name, str(self.tokens), self._text(self.value), target, verdict]

    def _text(self, value: float) -> str:
        if self.unit == "ms":
            return f"{number(1000 * value)} ms"
        if self.unit == "B":
            return bytes_text(value)
        return f"{value:.4f} x"


def least_cpu(action: Callable[[], object], repeats: int) -> float:
    """Return the CPU seconds of the cheapest of some runs.

    Parameters
    ----------
    action
        What is measured.
    repeats
        How often; one run more warms up.

    Returns
    -------
    float
        Seconds.
    """
    action()
    found: list[float] = []
    for _ in range(repeats):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return min(found)


def measure_all(repeats: int) -> list[Line]:
    """Measure everything.

    Parameters
    ----------
    repeats
        Runs of each figure.

    Returns
    -------
    list of Line
        The figures.
    """
    with one_blas_thread():
        return [*_long(repeats), *_pictures(repeats), *_file(repeats)]


def _long(repeats: int) -> list[Line]:
    record = random_trace(LONG, layers=1, causal=True).block().record(0)
    places = np.linspace(LONG // ROWS - 1, LONG - 1, ROWS).astype(int).tolist()
    one_head = AttentionRecord(
        queries=record.query_vectors(0)[None],
        keys=record.key_vectors(0)[None],
        scale=record.scale,
        causal=True,
    )

    def rows() -> None:
        for place in places:
            record.weights(queries=slice(place, place + 1))

    def head() -> None:
        for _ in bands(one_head):
            pass

    return [
        Line("a row of all heads", LONG, least_cpu(rows, repeats) / ROWS, most=ROW_SECONDS),
        Line("one head, all rows, by bands", LONG, least_cpu(head, repeats)),
    ]


def _pictures(repeats: int) -> list[Line]:
    trace = random_trace(MIDDLE, layers=1, causal=True)
    where = {"block": trace.block().name, "layer": 0}
    settings = {"pooling": "max", "strongest": 1.0, "sentences": "all", "hide_special": False}
    pictures = least_cpu(lambda: thumbnail_tile(trace, {**where, **settings}), repeats)
    facts = least_cpu(lambda: facts_tile(trace, {**where}), repeats)
    floor = least_cpu(lambda: bare_weights(trace.block().record(0)), repeats)
    return [
        Line("64 x 64 thumbnails of a layer", MIDDLE, pictures, most=THUMBNAIL_SECONDS),
        Line("of that, bare float32 q·k and exp", MIDDLE, floor),
        Line("facts of a layer's heads", MIDDLE, facts),
    ]


def bare_weights(record: AttentionRecord) -> int:
    """Multiply q and k and take exp of the causal half, in bands that fit a cache, for nothing.

    Parameters
    ----------
    record
        Causal; its layer's weights are computed no further than that.

    Returns
    -------
    int
        How many weights.
    """
    count, done = record.query_count, 0
    scratch = np.empty(FLOOR_QUERIES * count, np.float32)
    for head in range(HEADS):
        queries = record.query_vectors(head) * np.float32(record.scale)
        keys = record.key_vectors(head)
        for start in range(0, count, FLOOR_QUERIES):
            stop = min(start + FLOOR_QUERIES, count)
            shape = (stop - start, stop)
            scores = scratch[: shape[0] * shape[1]].reshape(shape)
            np.matmul(queries[start:stop], keys[:stop].T, out=scores)
            np.exp(scores, out=scores)
            done += scores.size
    return done


def _file(repeats: int) -> list[Line]:
    trace = random_trace(SHORT, causal=True, dtype=np.float16)
    name = f"a trace of {LAYERS} layers, float16"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.safetensors"
        saved = least_cpu(lambda: trace.save(path), repeats)
        loaded = least_cpu(lambda: headwise.load(path), repeats)
        size = path.stat().st_size
    return [
        Line(f"save {name}", SHORT, saved),
        Line(f"load {name}", SHORT, loaded),
        Line("its bytes", SHORT, size, "B"),
        Line("its bytes, of q's and k's", SHORT, size / _vector_bytes(trace), "x", FILE_RATIO),
    ]


def _vector_bytes(trace: Trace) -> int:
    vectors = [(one.queries, one.keys) for one in trace.block().records]
    return sum(part.nbytes for pair in vectors for part in pair if part is not None)


def main() -> None:
    """Measure, print and write the results; a target that is missed is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    options = parser.parse_args()
    facts = f"{date_and_machine()}\n* {python_versions()}"
    lines = measure_all(options.repeats)
    heading = ["", "N", "CPU", "target, at most", ""]
    text = "\n\n".join(
        [
            "# What Python computes",
            f"{facts}\n{METHOD.format(repeats=options.repeats)}",
            table([heading, *(line.cells() for line in lines)]),
        ]
    )
    publish("tiles", text, dry=options.dry)


if __name__ == "__main__":
    main()
