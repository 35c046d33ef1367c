"""What the removal of each head costs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from headwise.errors import InputError
from headwise.intervene.change import HeadsOff, MeanOutputs, Place
from headwise.intervene.engine import head_counts
from headwise.intervene.locks import model_lock
from headwise.intervene.predict import divergence
from headwise.intervene.question import check_ablation
from headwise.intervene.scored import heads_of, scored_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    import torch

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.question import Ablation
    from headwise.intervene.scored import ScoredText
    from headwise.selection import Head

_PATIENCE = 3.0


def ablation_scores(
    model: Model,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    targets: Sequence[str] | None = None,
    labels: Sequence[int | str] | None = None,
    heads: Iterable[tuple[int, int]] | None = None,
    block: str | None = None,
    ablation: Ablation = "zero",
    mask_share: float = 0.15,
    seed: int = 0,
    batch_size: int = 16,
    progress: bool = True,
) -> pd.DataFrame:
    """Rank heads by what switching them off, one at a time, costs the model.

    Michel et al. 2019, "Are Sixteen Heads Really Better than One?", with the loss of the model
    in place of a task's score. Heads that stand in for each other each cost little alone.

    Parameters
    ----------
    model, tokenizer
        A model with a head, and its tokenizer.
    texts
        What it is measured on. A causal model is scored on the next token at each place; a masked
        one on tokens that are masked, drawn by `seed`; an encoder-decoder on `targets`, without
        their end; a classifier on `labels`, or on what it says with all heads.
    targets
        What the decoder of an encoder-decoder model writes, one for each text.
    labels
        Class of each text, as a number or name, for a classifier of texts.
    heads
        Pairs (layer, head) to measure; None for all of the block.
    block
        Name of the block; None for the default one.
    ablation
        ``"zero"``, or ``"mean"`` for the head's mean output over all tokens of all `texts`.
    mask_share
        Share of the tokens that are masked together, at least one of a text.
    seed
        For the drawing of these.
    batch_size
        Heads that run together, each in a copy of the text.
    progress
        Show a bar when it takes more than three seconds.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``, the costliest first. ``loss``: rise of the mean of -ln p(right)
        over the scored places of a text, nats, mean over texts; below 0 where the model is better
        without the head. ``kl``: mean Kullback-Leibler divergence of the prediction from the plain
        one, nats. ``loss_se``, ``kl_se``: standard errors over texts, NaN for one text.
        ``texts``: how many were scored.

    Raises
    ------
    NoPredictionHead
        If the model predicts nothing.
    UnsupportedAttention
        If the model does not use transformers' attention interface.
    InputError, OutOfRange, TrainingModeError
        If an argument cannot be used; the message names it.
    """
    check_ablation(ablation)
    if batch_size < 1:
        raise InputError(f"batch_size must be 1 or more, not {batch_size}")
    with model_lock(model):
        prepare = scored_texts(
            model,
            tokenizer,
            texts,
            targets=targets,
            labels=labels,
            mask_share=mask_share,
            seed=seed,
        )
        wanted = None if heads is None else list(heads)
        means = _means(prepare, len(texts)) if ablation == "mean" else None

        def measure(text: ScoredText, found: Sequence[Head]) -> np.ndarray[Any, Any]:
            return _costs(text, found, block, ablation, means, batch_size)

        named, values = over_texts(
            prepare, len(texts), wanted, block, measure, "headwise: removing heads", progress
        )
    return ranked(named, ("loss", "kl"), values, "loss")


def over_texts(
    prepare: Callable[[int], ScoredText | None],
    count: int,
    wanted: list[tuple[int, int]] | None,
    block: str | None,
    measure: Callable[[ScoredText, Sequence[Head]], np.ndarray[Any, Any]],
    title: str,
    progress: bool,
) -> tuple[list[Head], np.ndarray[Any, np.dtype[np.float64]]]:
    """Measure heads on each text.

    Returns
    -------
    heads, values
        The heads, and float64 (texts, heads, measures).

    Raises
    ------
    InputError
        If no text has anything to score.
    """
    named: list[Head] = []
    rows: list[np.ndarray[Any, Any]] = []
    bar: Any = tqdm(
        total=count,
        desc=title,
        unit="text",
        delay=_PATIENCE,
        leave=False,
        file=sys.stderr,
        disable=not progress,
    )
    with bar:
        for number in range(count):
            text = prepare(number)
            if text is not None:
                named = named or heads_of(text.trace.block(block), wanted)
                rows.append(measure(text, named))
            bar.update()
    if not rows:
        raise InputError(
            "no text has anything to score: a causal model needs texts of two tokens or more"
        )
    return named, np.stack(rows)


def ranked(
    heads: Sequence[Head],
    names: Sequence[str],
    values: np.ndarray[Any, np.dtype[np.float64]],
    by: str,
) -> pd.DataFrame:
    """Make the table: means over texts with standard errors, the largest of `by` first."""
    import pandas as pd  # noqa: PLC0415 - only where a table is made

    count = len(values)
    columns: dict[str, Any] = {}
    for place, name in enumerate(names):
        columns[name] = values[:, :, place].mean(axis=0)
        spread = values[:, :, place].std(axis=0, ddof=1) if count > 1 else np.nan
        columns[f"{name}_se"] = spread / np.sqrt(count)
    columns["texts"] = count
    index = pd.MultiIndex.from_tuples([tuple(head) for head in heads], names=["layer", "head"])
    table = pd.DataFrame(columns, index=index)
    return table.sort_values(by, ascending=False, kind="stable")


def _costs(
    text: ScoredText,
    heads: Sequence[Head],
    block: str | None,
    ablation: Ablation,
    means: dict[Place, torch.Tensor] | None,
    batch_size: int,
) -> np.ndarray[Any, Any]:
    """Return rise of the loss and divergence of each head, (heads, 2)."""
    name = text.trace.block(block).name
    counts = head_counts(text.trace)
    plain = text.loss(text.plain)
    costs = np.zeros((len(heads), 2))
    for part in text.batches(len(heads), batch_size):
        rows = [{Place(name, heads[at].layer): [heads[at].head]} for at in part]
        change = HeadsOff(
            text.names, text.places, heads=counts, rows=rows, mode=ablation, means=means
        )
        logs = text.changed(change, len(part))
        costs[part.start : part.stop, 0] = (text.loss(logs) - plain).cpu().numpy()
        costs[part.start : part.stop, 1] = divergence(text.plain, logs).mean(-1).cpu().numpy()
    return costs


def _means(prepare: Callable[[int], ScoredText | None], count: int) -> dict[Place, torch.Tensor]:
    """Return the mean output of each head over all tokens of all texts."""
    sums: MeanOutputs | None = None
    for number in range(count):
        text = prepare(number)
        if text is None:
            continue
        if sums is None:
            sums = MeanOutputs(text.names, text.places, head_counts(text.trace))
        sums.start()
        text.changed(sums, 1)
    return {} if sums is None else sums.means()
