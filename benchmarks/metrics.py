"""Measure tables of heads over many texts: ``python -m benchmarks.metrics``.

The sentences of UD English EWT beside the repository, or made-up ones, through MiniLM, or its
shape with random weights, in batches of 16 sorted by length. One process with one thread, in which
the ways take turns.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import date_and_machine, python_versions
from benchmarks.results import publish
from benchmarks.tables import table

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[2] / "shared" / "data" / "en_ewt-ud-dev.conllu"
SENTENCES, WARM_UP = 1000, 64
BATCH, AHEAD = 16, 256
REPEATS = 3
LEAST_SHARE = 0.7
METHOD = """\
* {sentences} sentences ({data}, {tokens:.0f} tokens on average) x {heads} heads of {model}, batches
  of {batch} sorted by length over {ahead} sentences.
* Plain: a forward pass of these batches, tokenizer and all. Traces: `headwise.traces`, read to the
  end. Metrics: `headwise.head_metrics` of them, all measures.
* CPU: of one process with one thread, the least of {repeats} runs, which take turns."""


def sentences(count: int) -> tuple[list[str], str]:
    """Return texts and where they are from."""
    if DATA.is_file():
        start = "# text = "
        with DATA.open(encoding="utf-8") as lines:
            found = [line[len(start) :].strip() for line in lines if line.startswith(start)]
        return found[:count], "UD English EWT, dev"
    drawn = random.Random(0)  # noqa: S311 - texts of a benchmark are no secrets
    words = ["the", "a", "cat", "house", "bird", "sees", "finds", "because", "it", "is", "very"]
    lengths = [max(2, round(drawn.lognormvariate(2.6, 0.7))) for _ in range(count)]
    texts = [" ".join(drawn.choices(words, k=length)) + "." for length in lengths]
    return texts, "made-up words"


def model_and_tokenizer() -> tuple[Any, Any, str]:
    """Return MiniLM, or a model of its shape with random weights, and its name."""
    from headwise.errors import HeadwiseError  # noqa: PLC0415 - after the threads are set
    from headwise.samples import load_minilm  # noqa: PLC0415 - the same

    try:
        return (*load_minilm(), "MiniLM-L6")
    except HeadwiseError:
        return (*_shape_of_minilm(), "MiniLM-L6's shape, random weights")


def _shape_of_minilm() -> tuple[Any, Any]:
    import tokenizers  # noqa: PLC0415 - after the threads are set
    import transformers  # noqa: PLC0415 - the same

    unknown = "[UNK]"
    names = {"pad_token": "[PAD]", "unk_token": unknown, "cls_token": "[CLS]", "sep_token": "[SEP]"}
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'-"
    pieces = [*names.values(), *letters, *(f"##{letter}" for letter in letters)]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    backend = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token=unknown))
    backend.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    backend.post_processor = tokenizers.processors.BertProcessing(
        ("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"])
    )
    config = transformers.BertConfig(
        vocab_size=30522,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
    )
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, **names)
    return transformers.AutoModel.from_config(config).eval(), tokenizer


def measure(count: int, repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Run all ways in turn; return the least CPU seconds of each, and facts of the run."""
    import torch  # noqa: PLC0415 - after the threads are set

    import headwise  # noqa: PLC0415 - the same

    torch.set_num_threads(1)
    model, tokenizer, name = model_and_tokenizer()
    texts, data = sentences(count)

    def plain(given: list[str]) -> None:
        with torch.no_grad():
            for start in range(0, len(given), AHEAD):
                ahead = sorted(given[start : start + AHEAD], key=len)
                for place in range(0, len(ahead), BATCH):
                    batch = ahead[place : place + BATCH]
                    model(**tokenizer(batch, return_tensors="pt", padding=True))

    def traces(given: list[str]) -> None:
        for _ in headwise.traces(model, tokenizer, given, batch_size=BATCH):
            pass

    def metrics(given: list[str]) -> None:
        shown = headwise.traces(model, tokenizer, given, batch_size=BATCH)
        headwise.head_metrics(shown, progress=False)

    ways = {"plain": plain, "traces": traces, "metrics": metrics}
    for way in ways.values():
        way(texts[:WARM_UP])
    runs: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, run in ways.items():
            runs[way].append(_cpu(run, texts))
    tokens = sum(len(tokenizer(text)["input_ids"]) for text in texts) / len(texts)
    heads = model.config.num_hidden_layers * model.config.num_attention_heads
    facts = {"sentences": len(texts), "data": data, "tokens": tokens, "heads": heads, "model": name}
    return {way: min(seconds) for way, seconds in runs.items()}, facts


def _cpu(run: Callable[[list[str]], None], texts: list[str]) -> float:
    start = time.process_time()
    run(texts)
    return time.process_time() - start


def main() -> None:
    """Measure, print and write the results; a target that is missed is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--dry", action="store_true", help="print the results, write no file")
    options = parser.parse_args()
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ["HF_HUB_OFFLINE"] = "1"
    facts = f"{date_and_machine()}\n* {python_versions('transformers')}"
    found, more = measure(options.sentences, options.repeats)
    share = found["plain"] / found["metrics"]
    met = "met" if share >= LEAST_SHARE else "missed"
    method = METHOD.format(batch=BATCH, ahead=AHEAD, repeats=options.repeats, **more)
    target = f"{share:.2f} (target at least {LEAST_SHARE}): **{met}**"
    text = "\n\n".join(
        [
            "# Metrics of heads",
            f"{facts}\n{method}",
            f"* sentences a second, of a plain forward pass: {target}",
            table(
                [
                    ["", "CPU, s", "sentences a second"],
                    *(
                        [way, f"{seconds:.2f}", f"{more['sentences'] / seconds:.0f}"]
                        for way, seconds in found.items()
                    ),
                ]
            ),
        ]
    )
    publish("metrics", text, dry=options.dry)


if __name__ == "__main__":
    main()
