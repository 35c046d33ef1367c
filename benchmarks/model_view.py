"""Measure headwise and BertViz's model view: ``python -m benchmarks.model_view``.

Both get the same 12 x 12 heads of random attention. CPU time is that of Chromium's processes and
of Python, never wall time, so that a busy machine changes little.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.measuring import (
    BYTES,
    CLOCK,
    FEWEST_STEPS,
    INPUT,
    LIMITS,
    OPENED,
    Bench,
    page_facts,
    prepare,
)
from benchmarks.model_report import ModelReport
from benchmarks.results import publish

if TYPE_CHECKING:
    from benchmarks.cells import Cell

LENGTHS = (16, 64, 128, 512, 2048)
METHOD = f"""\
{INPUT}
{BYTES.format(view="model_view")}
{CLOCK}
  Load, both less an empty page: first, until the first complete picture (headwise: of the rows in
  sight; BertViz: of its whole page) and two frames; all, until every thumbnail has come and the
  renderer rests. Open: mean of {FEWEST_STEPS} to {len(OPENED)} clicks on thumbnails of the first
  layer, each until its head is drawn large.
{LIMITS}
  Longer inputs are then not tried.
* Window 1280 x 900, headwise's view 720 px high. BertViz puts a line for every weight of every head
  into the page. headwise sends and draws thumbnails of at most 64 x 64 cells."""


def measure_all(lengths: list[int], repeats: int) -> ModelReport:
    """Measure both tools at each length, BertViz until a limit stops it.

    Parameters
    ----------
    lengths
        Numbers of tokens, in rising order.
    repeats
        How many fresh browsers a cell.

    Returns
    -------
    ModelReport
        What was found.
    """
    bench = Bench("model_view", repeats)
    empty = bench.empty()
    facts = page_facts(empty)
    ours: list[Cell] = []
    peers: list[Cell] = []
    for tokens in lengths:
        print(f"N = {tokens}", file=sys.stderr)
        ours.append(bench.headwise(tokens))
        stopped = any(peer.was_stopped() for peer in peers)
        peers.append(bench.peer("bertviz", tokens, stopped=stopped))
    return ModelReport(ours, peers, empty, [*facts, METHOD])


def main() -> None:
    """Read the arguments, measure, print the report and write it."""
    arguments = prepare(__doc__, LENGTHS)
    text = measure_all(sorted(arguments.tokens), arguments.repeats).markdown()
    publish("model-view", text, dry=arguments.dry)


if __name__ == "__main__":
    main()
