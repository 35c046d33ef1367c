"""Write the tables of docs/probing.md: which heads of a model know which relation.

    python examples/probing_table.py TREEBANK.conllu MODEL --write docs/probing.md

MODEL is a folder or hub name for transformers' AutoModel, or MODULE:FUNCTION, a function that
returns a model and its tokenizer. Without --write the tables are printed.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwise.probes import (
    attention_probe,
    classify_pairs,
    input_embeddings,
    random_weights,
    read_conllu,
    relation_accuracy,
    trace_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MINUS = "\N{MINUS SIGN}"
START, END = "<!-- tables: start -->", "<!-- tables: end -->"


def load(name: str) -> tuple[Any, Any]:
    """Return a model and its tokenizer."""
    module, _, function = name.partition(":")
    if function and not Path(name).exists():
        return getattr(import_module(module), function)()
    from headwise.capture import load_pretrained  # noqa: PLC0415 - only for names and folders

    return load_pretrained(name)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table: the first column text, the others numbers."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rate(value: float) -> str:
    """Return .870 for 0.87, as papers of the field do."""
    return f"{value:.3f}".removeprefix("0").replace("-0.", f"{MINUS}.")


def relations(found: pd.DataFrame) -> str:
    """Return the table of single heads."""
    rows = [
        [
            str(name),
            f"{row['count']:,}",
            f"({row['layer']}, {row['head']})",
            str(row["direction"]),
            f"{rate(row['accuracy'])} ± {rate(row['accuracy_se'])}",
            f"{rate(row['baseline'])} ({row['offset']:+d})".replace("-", MINUS),
            rate(row["control"]),
            rate(row["same_sentences"]),
        ]
        for name, row in found.iterrows()
    ]
    columns = ("relation", "count", "head", "direction", "accuracy ± se")
    return table((*columns, "best offset", "random weights", "same sentences"), rows)


def probes(found: pd.DataFrame) -> str:
    """Return the table of all heads together."""
    rows = [
        [
            str(name),
            f"{rate(row['uas'])} ± {rate(row['uas_se'])}",
            rate(row["same_sentences"]),
        ]
        for name, row in found.iterrows()
    ]
    return table(("probe", "UAS ± se", "same sentences"), rows)


def pairs(labels: pd.DataFrame) -> str:
    """Return the table of the classifier of pairs."""
    rows = [
        [
            str(name),
            f"{row['count']:,.0f}",
            rate(row["recall"]),
            rate(row["precision"]),
            f"({row['layer']:.0f}, {row['head']:.0f})" if row["importance"] > 0 else "none",
            rate(row["importance"]),
        ]
        for name, row in labels.iterrows()
    ]
    return table(("label", "count", "recall", "precision", "head", "its importance"), rows)


def tables(arguments: argparse.Namespace) -> str:
    """Run everything and return the text between the markers."""
    model, tokenizer = load(arguments.model)
    every = read_conllu(arguments.treebank, skip_broken=True)
    trees = [tree for tree in every if 5 <= len(tree.words) <= 30][: arguments.sentences]  # noqa: PLR2004
    read = list(trace_words(model, tokenizer, trees))
    control = list(trace_words(random_weights(model), tokenizer, trees))
    single = relation_accuracy(read, control=control, least=arguments.least)
    together = attention_probe(
        read,
        control=control,
        embeddings=input_embeddings(model, tokenizer),
        folds=arguments.folds,
    )
    told = classify_pairs(read, control=control, least=arguments.least, folds=arguments.folds)
    mean = told.folds.mean()
    strongest = ", ".join(str(head) for head in together.heads.nlargest(5, "size").index)
    words = int(together.table["count"].iloc[0])
    return f"""{START}
{len(trees)} sentences of 5 to 30 words of `{Path(arguments.treebank).name}`, \
{arguments.folds} folds.

### Single heads: `relation_accuracy`

{relations(single)}

### All heads together: `attention_probe`

{words:,} words, the root among the answers.

{probes(together.table)}

Heads with the largest weights in the attention-only probe: {strongest}.

### Which relation is it: `classify_pairs`

Accuracy {rate(mean["accuracy"])} (from {rate(told.folds["accuracy"].min())} to \
{rate(told.folds["accuracy"].max())} over folds); most frequent label {rate(mean["baseline"])}, \
distance alone {rate(mean["distance"])}, random weights {rate(mean["control"])}.

{pairs(told.labels)}
{END}"""


def main() -> None:
    """Read the arguments, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("treebank", help="a CoNLL-U file")
    parser.add_argument("model", help="folder, hub name, or MODULE:FUNCTION")
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--least", type=int, default=20, help="rarer relations are left out")
    parser.add_argument("--write", type=Path, help="a page with the two markers")
    arguments = parser.parse_args()
    found = tables(arguments)
    if arguments.write is None:
        print(found)
        return
    page = arguments.write.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, marked, after = rest.partition(END)
    if not marked:
        parser.error(f"{arguments.write} has no lines {START} and {END}")
    arguments.write.write_text(before + found + after, encoding="utf-8")


if __name__ == "__main__":
    main()
