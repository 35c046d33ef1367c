"""Measure headwise and BertViz's model view: ``python -m benchmarks.model_view``.

Both get the same 12 x 12 heads of random attention. CPU time is that of Chromium's processes and
of Python, never wall time, so that a busy machine changes little.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.bench import FEWEST_STEPS, OPENED, Bench
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
from benchmarks.model_report import LONG_TOKENS, ModelReport
from benchmarks.peers import PEERS
from benchmarks.results import publish

if TYPE_CHECKING:
    from benchmarks.bench import Limits
    from benchmarks.cells import Cell

LENGTHS = (16, 64, 128, 512, 2048)
METHOD = f"""\
{INPUT}
{BYTES.format(view="model_view")}
{CLOCK}
  Both are less an empty page. First picture: headwise's rows in sight, BertViz's whole page. At
  rest: every thumbnail has come. Open: mean of {FEWEST_STEPS} to {len(OPENED)} clicks on thumbnails
  of the first layer, each until its head is drawn large.
{STEPS}
* Where a limit stopped BertViz, longer inputs are not tried and have no row. It gets
  {PEERS["bertviz"].room:g} times the memory. A causal trace has half of the weights.
* Window 1280 x 900, headwise's view 720 px high. BertViz puts a line for every weight of every head
  into the page. headwise sends and draws thumbnails of at most 64 x 64 cells."""


def measure_all(lengths: list[int], limits: Limits) -> ModelReport:
    """Measure both tools at each length, BertViz until a limit stops it.

    Parameters
    ----------
    lengths
        Numbers of tokens, in rising order.
    limits
        How far a cell may go.

    Returns
    -------
    ModelReport
        What was found.
    """
    bench = Bench("model_view", limits)
    empty = bench.empty()
    facts = [*page_facts(version_of(empty)), METHOD, limits_text(limits)]
    ours: list[Cell] = []
    peers: list[Cell] = []
    for tokens in lengths:
        print(f"N = {tokens}", file=sys.stderr)
        ours.append(bench.headwise(tokens))
        stopped = any(peer.was_stopped() for peer in peers)
        peers.append(bench.peer("bertviz", tokens, stopped=stopped))
    causal = bench.headwise(LONG_TOKENS, causal=True) if LONG_TOKENS in lengths else None
    return ModelReport(ours, peers, causal, empty, facts)


def main() -> int:
    """Read the arguments, measure, print the report and write it; 1 if headwise failed."""
    arguments, limits = prepare(__doc__, LENGTHS)
    report = measure_all(arguments.tokens, limits)
    publish("model-view", report.markdown(), dry=arguments.dry)
    return int(report.broken())


if __name__ == "__main__":
    sys.exit(main())
