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
from pathlib import Path
from typing import Any

WAYS = ("plain", "eager", "headwise")
TOKENS, LONG = 1024, 8192
REPEATS = 5
MOST_MEMORY = 1 / 3
MOST_CPU = 1.15
MOST_BYTES = 0.7
WARM_UP = 64
SECONDS = 600


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
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, start = _memory("VmRSS"), time.process_time()
    result: Any = run(ids)
    cpu, peak = time.process_time() - start, _memory("VmHWM") - before
    held = 0
    if way == "headwise":
        held = sum(record.nbytes for record in result.block().records)
    elif way == "eager":
        held = sum(one.numel() * one.element_size() for one in result.attentions)
    return {"peak": peak / 2**20, "cpu": cpu, "held": held / 2**30}


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"this system does not tell {name}")


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


def main() -> int:
    """Measure, print a table and the targets; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help=f"also {LONG} tokens")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "TOKENS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], int(options.one[1]))))
        return 0
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(options.repeats):
        for way in WAYS:
            runs[way].append(_in_a_process(way, TOKENS))
    print(f"| {TOKENS} tokens | peak over the model, MiB | CPU, s | held, GiB |\n|---|---|---|---|")
    middle = {
        way: {
            "peak": statistics.median(run["peak"] for run in found),
            "cpu": min(run["cpu"] for run in found),
            "held": found[0]["held"],
        }
        for way, found in runs.items()
    }
    for way, found in middle.items():
        print(f"| {way} | {found['peak']:.0f} | {found['cpu']:.2f} | {found['held']:.3f} |")
    targets = [
        ("peak against eager", middle["headwise"]["peak"] / middle["eager"]["peak"], MOST_MEMORY),
        ("CPU against plain", middle["headwise"]["cpu"] / middle["plain"]["cpu"], MOST_CPU),
    ]
    if options.long:
        long = _in_a_process("headwise", LONG)
        print(f"| headwise, {LONG} | {long['peak']:.0f} | {long['cpu']:.2f} | {long['held']:.3f} |")
        targets.append((f"GiB held at {LONG}", long["held"], MOST_BYTES))
    for name, found, most in targets:
        print(f"{name}: {found:.3f}, at most {most:.3f}: {'met' if found <= most else 'MISSED'}")
    return int(any(found > most for _, found, most in targets))


if __name__ == "__main__":
    sys.exit(main())
