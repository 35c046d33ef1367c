"""Measure the capture: ``python -m benchmarks.capture`` (``--long`` adds 8192 tokens).

GPT-2 small's shape with random weights. Every measurement is a process of its own with one thread:
CPU seconds are that process's own clock, the least of all runs, and memory is its peak above the
loaded model, the median, so that a busy machine changes little.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.machine import date_and_machine, python_versions
from benchmarks.memory import PeakMemory
from benchmarks.results import publish
from benchmarks.tables import table

WAYS = ("plain", "eager", "headwise")
TOKENS, LONG = 1024, 8192
REPEATS = 5
MOST_MEMORY = 1 / 3
MOST_CPU = 1.15
MOST_BYTES = 0.7
WARM_UP = 64
SECONDS = 600
METHOD = """\
* GPT-2 small's shape, random weights, one text, each run a process of its own with one thread.
  Plain: a forward pass. Eager: one with `output_attentions=True`. headwise: `headwise.trace`.
* CPU: of the process, the least of {repeats} runs. Memory: its peak above the loaded model, the
  median. Held: bytes of what stays."""


def measure(way: str, tokens: int) -> dict[str, float]:
    """Run one way once in this process.

    Parameters
    ----------
    way
        ``"plain"`` forward, ``"eager"`` with ``output_attentions=True``, or ``"headwise"``.
    tokens
        Length of the text.

    Returns
    -------
    dict
        ``peak`` in MiB over the loaded model, ``cpu`` in seconds, ``held`` in GiB by what stays.
    """
    import torch  # noqa: PLC0415 - the parent process needs none of it
    import transformers  # noqa: PLC0415 - the same

    import headwise  # noqa: PLC0415 - the same

    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = transformers.GPT2Config(n_positions=tokens)
    implementation = "eager" if way == "eager" else "sdpa"
    model = transformers.AutoModel.from_config(config, attn_implementation=implementation).eval()
    ids = torch.randint(0, config.vocab_size, (1, tokens))

    def run(given: torch.Tensor) -> object:
        if way == "headwise":
            return headwise.trace(model, inputs={"input_ids": given}, progress=False)
        with torch.no_grad():
            return model(given, use_cache=False, output_attentions=way == "eager")

    run(ids[:, :WARM_UP])
    memory, start = PeakMemory(), time.process_time()
    result: Any = run(ids)
    cpu, peak = time.process_time() - start, memory.above()
    held = 0
    if way == "headwise":
        held = sum(record.nbytes for record in result.block().records)
    elif way == "eager":
        held = sum(one.numel() * one.element_size() for one in result.attentions)
    return {"peak": peak / 2**20, "cpu": cpu, "held": held / 2**30}


def _in_a_process(way: str, tokens: int) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - this interpreter and this module
        [sys.executable, "-m", "benchmarks.capture", "--one", way, str(tokens)],
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure, print and write the results; a target that is missed is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help=f"also {LONG} tokens")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "TOKENS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], int(options.one[1]))))
        return
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    facts = f"{date_and_machine()}\n* {python_versions('transformers')}"
    for _ in range(options.repeats):
        for way in WAYS:
            runs[way].append(_in_a_process(way, TOKENS))
    long = _in_a_process("headwise", LONG) if options.long else None
    found = {way: _middle(one) for way, one in runs.items()}
    targets = _targets(found, long)
    method = METHOD.format(repeats=options.repeats)
    text = "\n\n".join(
        [
            "# Capture",
            f"{facts}\n{method}",
            "## Targets",
            "\n".join(
                f"* {name}: {value:.3f} (target at most {most:.3f}): **{_met(value, most)}**"
                for name, value, most in targets
            ),
            f"## {TOKENS} tokens" + (f", headwise also {LONG}" if long else ""),
            _table(found, long),
        ]
    )
    publish("capture", text, dry=options.dry)


def _middle(runs: list[dict[str, float]]) -> dict[str, float]:
    return {
        "peak": statistics.median(run["peak"] for run in runs),
        "cpu": min(run["cpu"] for run in runs),
        "held": runs[0]["held"],
    }


def _targets(
    found: dict[str, dict[str, float]], long: dict[str, float] | None
) -> list[tuple[str, float, float]]:
    ours = found["headwise"]
    targets = [
        ("peak memory, of eager's", ours["peak"] / found["eager"]["peak"], MOST_MEMORY),
        ("CPU, of a plain forward pass", ours["cpu"] / found["plain"]["cpu"], MOST_CPU),
    ]
    if long is not None:
        targets.append((f"GiB held at {LONG} tokens", long["held"], MOST_BYTES))
    return targets


def _met(value: float, most: float) -> str:
    return "met" if value <= most else "missed"


def _table(found: dict[str, dict[str, float]], long: dict[str, float] | None) -> str:
    lines = {**found, f"headwise, {LONG} tokens": long} if long else found
    return table(
        [
            ["", "peak over the model, MiB", "CPU, s", "held, GiB"],
            *(
                [way, f"{one['peak']:.0f}", f"{one['cpu']:.2f}", f"{one['held']:.3f}"]
                for way, one in lines.items()
            ),
        ]
    )


if __name__ == "__main__":
    main()
