"""Measure the head view and what other tools show of a layer: ``python -m benchmarks.head_view``.

All get the same 12 x 12 heads of random attention. CPU time is that of Chromium's processes,
never wall time, so that a busy machine changes little.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.head_report import HeadReport
from benchmarks.measuring import (
    BYTES,
    CLOCK,
    FEWEST_STEPS,
    HOVERS,
    INPUT,
    LAYER_CHANGES,
    LIMITS,
    Bench,
    page_facts,
    prepare,
)
from benchmarks.peers import PEERS
from benchmarks.results import publish

if TYPE_CHECKING:
    from benchmarks.cells import Cell

LENGTHS = (16, 64, 128, 256, 512, 1024, 2048, 8192)
METHOD = f"""\
{INPUT}
{BYTES.format(view="head_view")}
{CLOCK}
  Load: less an empty page. Hover: mean of {FEWEST_STEPS} to {HOVERS} mouse moves over query tokens,
  two frames waited after each. Layer change: mean of {FEWEST_STEPS} to {LAYER_CHANGES}.
{LIMITS}
  Longer inputs are then not tried, nor CircuitsVis with all layers, and have no rows.
* Window 1280 x 900. headwise draws what crosses the rows in sight of its 480 px high view, by
  default the strongest half of each row. BertViz puts every line of its layer into the page.
  Inspectus shows one map of sums over all layers and heads, of which clicks keep some: a layer
  change is such a click. CircuitsVis knows no layers: its heads are one layer's, or those of all at
  once; what is pointed at are its thumbnails. attnview lists the weights of one query.
* Nothing follows the mouse in Inspectus and attnview: their "hover" is a click on a token.
* Python: a process of its own, packages loaded; its memory is the peak above the input."""


def measure_all(lengths: list[int], repeats: int, keys: list[str]) -> HeadReport:
    """Measure headwise at each length, and each of the others until a limit stops it.

    Parameters
    ----------
    lengths
        Numbers of tokens, in rising order.
    repeats
        How many fresh browsers a cell.
    keys
        The other tools, by their names in `PEERS`.

    Returns
    -------
    HeadReport
        What was found.
    """
    bench = Bench("head_view", repeats)
    empty = bench.empty()
    facts = page_facts(empty)
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
    floor = empty.each("hover", "rendererSeconds") or 0
    moves = f"* The same moves over an empty page: {floor:.1f} ms each, not subtracted."
    return HeadReport(ours, list(peers.values()), every_line, empty, [*facts, METHOD, moves])


def main() -> None:
    """Read the arguments, measure, print the report and write it."""
    arguments = prepare(__doc__, LENGTHS, peers=PEERS)
    text = measure_all(sorted(arguments.tokens), arguments.repeats, arguments.peers).markdown()
    publish("head-view", text, dry=arguments.dry)


if __name__ == "__main__":
    main()
