"""Measure the head view and what other tools show of a layer: ``python -m benchmarks.head_view``.

All get the same 12 x 12 heads of random attention. CPU time is that of Chromium's processes,
never wall time, so that a busy machine changes little.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.bench import FEWEST_STEPS, HOVERS, LAYER_CHANGES, Bench
from benchmarks.head_report import HeadReport
from benchmarks.measuring import (
    BYTES,
    CLOCK,
    INPUT,
    STEPS,
    limits_text,
    page_facts,
    prepare,
    version_of,
)
from benchmarks.peers import PEERS
from benchmarks.results import publish
from benchmarks.tables import number

if TYPE_CHECKING:
    from benchmarks.bench import Limits
    from benchmarks.cells import Cell

LENGTHS = (16, 64, 128, 256, 512, 1024, 2048, 8192)
METHOD = f"""\
{INPUT}
{BYTES.format(view="head_view")}
{CLOCK}
  Both are less an empty page. Hover: mean of {FEWEST_STEPS} to {HOVERS} mouse moves over query
  tokens, two frames waited after each. Layer change: mean of {FEWEST_STEPS} to {LAYER_CHANGES}.
{STEPS}
* Where a limit stopped a tool, longer inputs are not tried, nor CircuitsVis with all layers over
  N = 16, nor BertViz over N = 256; they have no rows. BertViz gets {PEERS["bertviz"].room:g} times
  the memory of the others: its page at N = 256 needs it.
* Window 1280 x 900. headwise draws what crosses the rows in sight of its 480 px high view, by
  default the strongest half of each row. BertViz puts every line of its layer into the page.
  Inspectus shows one map of sums over all layers and heads, of which clicks keep some: a layer
  change is such a click. CircuitsVis knows no layers: its heads are one layer's, or those of all at
  once; what is pointed at are its thumbnails. attnview lists the weights of one query.
* Nothing follows the mouse in Inspectus and attnview: their "hover" is a click on a token.
* Python: a process of its own, packages loaded; its memory is the peak above the input."""


def measure_all(lengths: list[int], limits: Limits, keys: list[str]) -> HeadReport:
    """Measure headwise at each length, and each of the others until a limit stops it.

    Parameters
    ----------
    lengths
        Numbers of tokens, in rising order.
    limits
        How far a cell may go.
    keys
        The other tools, by their names in `PEERS`.

    Returns
    -------
    HeadReport
        What was found.
    """
    bench = Bench("head_view", limits)
    empty = bench.empty()
    facts = [*page_facts(version_of(empty)), METHOD, limits_text(limits)]
    ours, every_line = [], []
    peers: dict[str, list[Cell]] = {key: [] for key in keys}
    for tokens in lengths:
        print(f"N = {tokens}", file=sys.stderr)
        ours.append(bench.headwise(tokens))
        every_line.append(bench.headwise(tokens, strongest=1.0))
        for key, cells in peers.items():
            print(f"  {key}", file=sys.stderr)
            stopped = any(cell.was_stopped() for cell in cells)
            cells.append(bench.peer(key, tokens, stopped=stopped))
    floors = (
        empty.each("hover", "rendererSeconds"),
        empty.percentile("hover", "task", 0.95),
        empty.percentile("hover", "script", 0.95),
    )
    by_process, tasks, scripts = map(number, floors)
    facts.append(
        f"* The same moves over an empty page: {by_process} ms each by the process clock; by the "
        f"thread's,\n  p95, {tasks} ms, {scripts} ms of it scripts; not subtracted."
    )
    return HeadReport(ours, list(peers.values()), every_line, empty, facts)


def main() -> int:
    """Read the arguments, measure, print the report and write it; 1 if headwise failed."""
    arguments, limits = prepare(__doc__, LENGTHS, peers=PEERS)
    report = measure_all(arguments.tokens, limits, arguments.peers)
    publish("head-view", report.markdown(), dry=arguments.dry)
    return int(report.broken())


if __name__ == "__main__":
    sys.exit(main())
