"""Measure headwise and BertViz's head view: ``python -m benchmarks.head_view``.

Both get the same 12 x 12 heads of random attention. CPU time is that of Chromium's processes,
never wall time, so that a busy machine changes little.
"""

from __future__ import annotations

import sys

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
from benchmarks.results import publish

LENGTHS = (16, 64, 128, 256)
METHOD = f"""\
{INPUT}
{BYTES.format(view="head_view")}
{CLOCK}
  Load: less an empty page. Hover: mean of {HOVERS} mouse moves over query tokens, two frames waited
  after each. Layer change: mean of {FEWEST_STEPS} to {LAYER_CHANGES}.
{LIMITS}
* Window 1280 x 900. BertViz puts every line of its layer into the page. headwise draws what crosses
  the rows in sight of its 480 px high view, by default the strongest half of each row."""


def measure_all(lengths: list[int], repeats: int) -> HeadReport:
    """Measure both tools at each length.

    Parameters
    ----------
    lengths
        Numbers of tokens.
    repeats
        How many fresh browsers a cell.

    Returns
    -------
    HeadReport
        What was found.
    """
    bench = Bench("head_view", repeats)
    empty = bench.empty()
    facts = page_facts(empty)
    ours, peers, every_line = [], [], []
    for tokens in lengths:
        print(f"N = {tokens}", file=sys.stderr)
        ours.append(bench.headwise(tokens))
        every_line.append(bench.headwise(tokens, strongest=1.0))
        peers.append(bench.bertviz(tokens))
    floor = empty.each("hover", "rendererSeconds") or 0
    moves = f"* The same moves over an empty page: {floor:.1f} ms each, not subtracted."
    return HeadReport(ours, peers, every_line, empty, [*facts, METHOD, moves])


def main() -> None:
    """Read the arguments, measure, print the report and write it."""
    arguments = prepare(__doc__, LENGTHS)
    text = measure_all(arguments.tokens, arguments.repeats).markdown()
    publish("head-view", text, dry=arguments.dry)


if __name__ == "__main__":
    main()
