"""Measure what tracking costs a training: ``python -m benchmarks.tracking``.

A BERT-mini (4 layers, 4 heads, width 256, random weights) is trained for 100 steps with four
evaluations. The callback's own time is taken inside of the one run and set against the rest of it,
so that a busy machine changes little. Each set of sinks is a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import date_and_machine, python_versions
from benchmarks.results import publish
from benchmarks.tables import table

STEPS, EVALUATIONS = 100, 4
BATCH, TOKENS = 8, 64
MOST_SHARE = 5.0
SECONDS = 1200
WAYS = {
    "no callback": None,
    "plain folder": [],
    "TensorBoard": ["tensorboard"],
    "TensorBoard and W&B offline": ["tensorboard", "wandb"],
    "Trackio": ["trackio"],
}
TARGET = "TensorBoard and W&B offline"
TEXTS = [
    "The cat is very sad because it could not find food to eat.",
    "She gave the book to her brother, who had lost his own.",
    "Nobody in the village had ever seen such a large bird before.",
    "When the rain stopped, the children ran back into the garden.",
    "The committee that met on Monday has not decided anything yet.",
    "He said that he would call, and then he forgot.",
    "A film that starts slowly and ends before it has begun.",
    "What you see depends on where you stand.",
]
METHOD = f"""\
* BERT-mini (4 layers, 4 heads, width 256, 30,522 words, random weights, dropout on), batches of
  {BATCH} x {TOKENS} tokens, {STEPS} steps, {EVALUATIONS} evaluations of 64 rows.
* Callback: {len(TEXTS)} probe texts, 7 metrics, one model view a step, traces kept; its time at the
  evaluations by the clock, over the time of the rest of the same training. The first call, before
  training, also imports what pages and trackers need, and is listed beside.
* Weights: the SHA-256 of the final weights against that of a training without the callback."""


def measure(way: str) -> dict[str, Any]:
    """Train once in this process.

    Parameters
    ----------
    way
        A name of `WAYS`.

    Returns
    -------
    dict
        ``train``: seconds of the training without the callback. ``cpu``: CPU seconds of all of it.
        ``first``: seconds of the call before training. ``calls``: seconds of each call at an
        evaluation. ``digest``: of the final weights.
    """
    import torch  # noqa: PLC0415 - the parent process needs none of it
    import transformers  # noqa: PLC0415 - the same

    from headwise.samples import load_minilm  # noqa: PLC0415 - the same
    from headwise.tracking.callback import AttentionCallback  # noqa: PLC0415 - the same

    spent: list[float] = []

    class Timed(AttentionCallback):
        def _log(self, args: Any, state: Any, model: Any) -> None:  # noqa: ANN401
            start = time.perf_counter()
            super()._log(args, state, model)
            spent.append(time.perf_counter() - start)

    transformers.set_seed(0)
    config = transformers.BertConfig(
        hidden_size=256, num_hidden_layers=4, num_attention_heads=4, intermediate_size=1024
    )
    model = transformers.BertForSequenceClassification(config)
    draw = torch.Generator().manual_seed(0)
    rows = [
        {"input_ids": torch.randint(1000, 30000, (TOKENS,), generator=draw), "labels": number % 2}
        for number in range(STEPS * BATCH)
    ]
    arguments = transformers.TrainingArguments(
        "out",
        max_steps=STEPS,
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=32,
        eval_strategy="steps",
        eval_steps=STEPS // EVALUATIONS,
        logging_steps=10,
        save_strategy="no",
        report_to=WAYS[way] or [],
        use_cpu=True,
        disable_tqdm=True,
    )
    callbacks = [] if WAYS[way] is None else [Timed(TEXTS, load_minilm()[1])]
    trainer = transformers.Trainer(
        model, arguments, train_dataset=rows, eval_dataset=rows[:64], callbacks=callbacks
    )
    start, cpu = time.perf_counter(), time.process_time()
    trainer.train()
    whole, cpu = time.perf_counter() - start, time.process_time() - cpu
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode() + value.numpy().tobytes())
    return {
        "train": whole - sum(spent),
        "cpu": cpu,
        "first": spent[0] if spent else 0.0,
        "calls": spent[1:],
        "digest": digest.hexdigest(),
    }


def _in_a_process(way: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="headwise-") as folder:
        done = subprocess.run(  # noqa: S603 - this interpreter and this module
            [sys.executable, "-m", "benchmarks.tracking", "--one", way],
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(
                    [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
                ),
                "HF_HUB_OFFLINE": "1",
                "TRACKIO_DIR": str(Path(folder) / "trackio"),
                "WANDB_MODE": "offline",
                "WANDB_SILENT": "true",
            },
        )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure, print and write the results; a target that is missed is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    parser.add_argument("--one", metavar="WAY", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    versions = python_versions("transformers", "tensorboard", "wandb", "trackio")
    found = {way: _in_a_process(way) for way in WAYS}
    share = _share(found[TARGET])
    same = all(one["digest"] == found["no callback"]["digest"] for one in found.values())
    text = "\n\n".join(
        [
            "# Tracking",
            f"{date_and_machine()}\n* {versions}\n{METHOD}",
            "## Targets",
            "\n".join(
                [
                    (
                        f"* share of training time, {TARGET}: {share:.2f} % (target at most "
                        f"{MOST_SHARE:.0f} %): **{_met(share <= MOST_SHARE)}**"
                    ),
                    f"* final weights the same to the bit with and without: **{_met(same)}**",
                ]
            ),
            f"## {EVALUATIONS} evaluations in {STEPS} steps",
            _table(found),
        ]
    )
    publish("tracking", text, dry=options.dry)


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"


def _share(one: dict[str, Any]) -> float:
    return 100 * sum(one["calls"]) / one["train"]


def _table(found: dict[str, dict[str, Any]]) -> str:
    head = ["", "an evaluation, ms", "share, %", "first call, ms", "training, s", "CPU, s"]
    lines = [
        [
            way,
            f"{1000 * statistics.mean(one['calls']):.0f}" if one["calls"] else "",
            f"{_share(one):.2f}" if one["calls"] else "",
            f"{1000 * one['first']:.0f}" if one["calls"] else "",
            f"{one['train']:.1f}",
            f"{one['cpu']:.1f}",
        ]
        for way, one in found.items()
    ]
    return table([head, *lines])


if __name__ == "__main__":
    main()
