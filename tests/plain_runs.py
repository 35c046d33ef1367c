"""Folders of runs as the project's own sinks write them, with heads that form; no model is run."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from headwise.block import Block
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Trace
from headwise.tracking import FolderSink, RunFacts, Snapshot
from headwise.tracking.sinks.keep import keep_step

if TYPE_CHECKING:
    from pathlib import Path

    from headwise.tracking import Run

LAYERS, HEADS, HALF = 2, 4, 12
CONFIGS = (
    {"learning_rate": 1.5e-3, "batch_size": 32, "seed": 0, "optimizer": "adamw"},
    {"learning_rate": 1e-3, "batch_size": 32, "seed": 0, "optimizer": "adamw"},
    {"learning_rate": 6e-4, "batch_size": 64, "seed": 0, "optimizer": "sgd"},
)
START = 1_700_000_000.0
PATIENCE = 30.0


def formed(step: int, middle: float) -> float:
    """How far the heads are at a step: 0 to 1."""
    return float(1 / (1 + np.exp(-(step - middle) / 35)))


def forming_trace(share: float, seed: int = 0) -> Trace:
    """A repeated sequence: head (1, 3) looks for what followed last time, (0, 2) looks back."""
    draw = np.random.default_rng(seed)
    count = 2 * HALF
    names = [f"w{number}" for number in draw.integers(10, 99, HALF)]
    tokens = Tokens.from_labels([*names, *names])
    records: list[AttentionRecord] = []
    for layer in range(LAYERS):
        scores = draw.normal(size=(HEADS, count, count))
        rows = np.arange(count)
        if layer == 0:
            scores[2][rows[1:], rows[:-1]] += 8 * share
        else:
            later = rows[HALF:]
            scores[3][later, later - HALF + 1] += 9 * share
            scores[3][rows[1:HALF], rows[: HALF - 1]] += 5 * share
        keys = np.broadcast_to(np.eye(count), scores.shape)
        records.append(
            AttentionRecord(
                queries=scores.astype(np.float32), keys=keys.astype(np.float32), causal=True
            )
        )
    block = Block("decoder", tuple(records), tokens, tokens, causal=True)
    return Trace([block], {"model_type": "attention-only"})


def snapshot(step: int, share: float) -> Snapshot:
    """What a callback hands to a sink at a step."""
    trace = forming_trace(share)
    heads = np.array([(layer, head) for layer in range(LAYERS) for head in range(HEADS)])
    weights = trace.weights(1, 3)
    later = np.arange(HALF, 2 * HALF)
    found = float(weights[later, later - HALF + 1].mean())
    values = {"prefix_matching": np.where((heads == (1, 3)).all(1), found, 0.03)}
    return Snapshot(step, [trace], heads, values, (), ["probe"])


def write_run(
    folder: Path,
    name: str,
    config: dict[str, Any],
    *,
    middle: float = 250,
    steps: int = 900,
    every: int = 10,
    traces: int = 50,
    seed: int = 0,
    finished: bool = True,
) -> FolderSink:
    """Write a run whose loss falls at `middle`, with a trace every `traces` steps (0 for none)."""
    draw = np.random.default_rng(seed)
    sink = FolderSink(folder / name, name=name)
    sink.start(RunFacts(name, config))
    lines = next((folder / name / "headwise").glob("scalars-*.jsonl"))
    rows: list[str] = []
    for step in range(0, steps + 1, every):
        share = formed(step, middle)
        values = {
            "train/loss": 4.2 - 0.4 * min(1, step / 60) - 3.75 * share + draw.normal() * 0.05,
            "eval/loss": 4.1 - 0.3 * min(1, step / 60) - 3.6 * share + draw.normal() * 0.02,
            "eval/accuracy": 0.02 + 0.93 * share,
            "train/epoch": step / 300,
            "train/grad_norm": abs(draw.normal()),
        }
        if traces and step % traces == 0:
            kept = snapshot(step, share)
            keep_step(folder / name, kept, traces_only=True)
            values |= kept.scalars
        rows.append(json.dumps({"step": step, "time": START + 2.5 * step, "values": values}))
    lines.write_text("".join(f"{row}\n" for row in rows))
    if finished:
        sink.close()
    return sink


def write_runs(folder: Path, count: int = 3, **settings: Any) -> Path:
    """Write runs with other learning rates."""
    names = ("lr 1.5e-3", "lr 1e-3", "lr 6e-4")
    for place in range(count):
        config = {**CONFIGS[place % 3], "seed": place // 3}
        name = names[place] if place < 3 else f"run {place:02}"
        write_run(
            folder,
            name,
            config,
            middle=180 + 90 * (place % 3) + 8 * (place // 3),
            seed=place,
            **settings,
        )
    return folder


def to_the_end(run: Run) -> Run:
    """Read until the run is finished: W&B's `finish` comes back before the file is written."""
    end = time.monotonic() + PATIENCE
    while run.state != "finished" and time.monotonic() < end:
        time.sleep(0.02)
        run.refresh()
    return run
