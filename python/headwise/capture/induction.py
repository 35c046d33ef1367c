"""Scores of induction heads on random sequences made for it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.direct import direct_parts
from headwise.capture.forward import trace
from headwise.capture.inputs import (
    check_ids,
    check_model,
    check_tokenizer,
    model_type,
    two_sided,
)
from headwise.capture.run import accepted_inputs
from headwise.errors import HeadwiseWarning, InputError, UnsupportedAttention
from headwise.metrics.index import of_block
from headwise.metrics.induction import InductionScores, copying_ratios, random_blocks
from headwise.metrics.running import RunningMean
from headwise.metrics.several import bar

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from headwise.capture.direct import Direct
    from headwise.capture.protocols import Model, Tokenizer
    from headwise.trace import Block, Trace

_LEAST_LENGTH, _LEAST_REPEATS = 3, 2


def induction_scores(
    model: Model,
    tokenizer: Tokenizer,
    *,
    length: int = 25,
    repeats: int = 4,
    examples: int = 10,
    seed: int = 0,
    progress: bool = True,
) -> pd.DataFrame:
    """Score how much each head looks and copies as an induction head does.

    Both scores are those of Olsson et al. 2022 ("In-context Learning and Induction Heads"), on
    sequences of random tokens that differ from each other, so that only the head's own doing
    counts: no language helps. The special tokens that the tokenizer puts in front and behind, or
    the begin token where it puts none, are added; they are neither drawn nor scored.

    Parameters
    ----------
    model, tokenizer
        As for :func:`headwise.trace`, with one stack of attention. For ``copying`` the model needs
        its language head (``AutoModelForCausalLM``).
    length
        Tokens of a sequence.
    repeats
        How often it stands in the text, for ``prefix_matching``; once for ``copying``.
    examples
        Number of sequences.
    seed
        Of the random tokens. They come from the middle of the vocabulary: the first and the last
        tenth, about the most and the least common tokens, are left out.
    progress
        Show a bar when it takes more than three seconds.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``. Means over the sequences, with standard errors as ``NAME_se``.

        ``prefix_matching``
            Weight from a token to the tokens that follow the same token in earlier repeats, their
            sum, mean over the queries from the second repeat on: 0 to 1. A head that always looks
            ``length - 1`` tokens back scores 1 as well: see ``previous`` and ``distance`` of
            :func:`headwise.head_metrics` on texts of several lengths.
        ``copying``
            On the sequence that is not repeated: by how much the head alone raises the logit of
            the token that it attends to most, as a share of all the tokens of the sequence that it
            raises, scaled to -1 to 1; tokens count as raised from the mean of the vocabulary. A
            head that raises all alike has ``2 / length - 1``. NaN, with a warning that names the
            reason, where a head's part of the logits is not one product (norms behind the layers,
            as in BERT; factors on the residual stream; no language head).
        ``duplicate``
            Weight to the other places of the same token: what an off-by-one would take for
            induction.
        ``baseline``
            What ``prefix_matching`` is for a head that attends evenly to all it sees.
        ``examples``
            On how many sequences the head was scored.

    Raises
    ------
    InputError
        If a number is too small, the vocabulary has too few ordinary tokens, or the model too few
        positions.
    UnsupportedAttention
        If the model has an encoder and a decoder.

    Warns
    -----
    HeadwiseWarning
        If ``copying`` is not defined for this model.

    Examples
    --------
    >>> hw.induction_scores(model, tokenizer).nlargest(3, "prefix_matching")  # doctest: +SKIP
    """
    check_model(model)
    check_tokenizer(tokenizer)
    if length < _LEAST_LENGTH or repeats < _LEAST_REPEATS or examples < 1:
        raise InputError(
            f"length must be {_LEAST_LENGTH} or more, repeats {_LEAST_REPEATS} or more and "
            f"examples 1 or more, not {length}, {repeats} and {examples}"
        )
    if two_sided(model):
        raise UnsupportedAttention(
            f"model type {model_type(model)!r} has an encoder and a decoder, which read two texts: "
            "score one of them, model.get_encoder() or model.get_decoder()"
        )
    vocabulary = _ordinary_tokens(model, tokenizer, length)
    front, behind = _frame(tokenizer)
    blocks = random_blocks(vocabulary, length=length, examples=examples, seed=seed)
    scores: InductionScores | None = None
    name = ""
    copying: list[RunningMean] = []
    reason = ""
    for drawn in bar(blocks, progress, len(blocks)):
        block = _traced(model, tokenizer, [*front, *np.tile(drawn, repeats).tolist(), *behind])
        if scores is None:
            name = block.name
            heads = [record.heads for record in block.records]
            scores, copying = InductionScores(heads), [RunningMean((count,)) for count in heads]
        scores.add(block)
        reason = reason or _add_copying(model, tokenizer, (front, drawn, behind), copying)
    if reason:
        warnings.warn(
            f"copying is not defined for this {type(model).__name__}, its column is NaN: {reason}",
            HeadwiseWarning,
            stacklevel=2,
        )
        copying = [RunningMean(each.count.shape) for each in copying]
    return of_block(cast("InductionScores", scores).table(copying), name)


def _add_copying(
    model: Model,
    tokenizer: Tokenizer,
    parts: tuple[list[int], NDArray[np.int64], list[int]],
    copying: list[RunningMean],
) -> str:
    """Score one sequence; return why it cannot be done, or nothing."""
    front, drawn, behind = parts
    ids = [*front, *drawn.tolist(), *behind]
    inputs = {"input_ids": torch.tensor([ids])}
    found = direct_parts(model, accepted_inputs(model, inputs))
    if isinstance(found, str):
        return found
    block = _traced(model, tokenizer, ids)
    if not fits(found, block):
        return "its attention calls are not its layers one by one"
    places = np.arange(len(front), len(front) + len(drawn))
    for layer, record in enumerate(block.records):
        rises = found.rises(layer, torch.tensor(drawn.tolist())).cpu().numpy()
        weights = record.weights(queries=places)[:, :, places]
        copying[layer].add(copying_ratios(rises[:, places], weights))
    return ""


def fits(found: Direct, block: Block) -> bool:
    """Whether the parts are those of the records, layer by layer."""
    shapes = [(output.shape[0], output.shape[1]) for output in found.outputs]
    return shapes == [(record.query_count, record.heads) for record in block.records]


def _traced(model: Model, tokenizer: Tokenizer, ids: list[int]) -> Block:
    inputs = {"input_ids": torch.tensor([ids])}
    check_ids(model, tokenizer, inputs)
    found = trace(model, tokenizer, inputs=inputs, progress=False)
    return cast("Trace", found).block()


def _ordinary_tokens(model: Model, tokenizer: Tokenizer, length: int) -> NDArray[np.int64]:
    """Return the numbers of the tokens that stand for text and have an embedding."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    left_out = {*tokenizer.all_special_ids, *added}
    embedding: Any = cast("Any", model).get_input_embeddings()
    count = min(len(tokenizer), int(embedding.num_embeddings))
    found = np.array([number for number in range(count) if number not in left_out], np.int64)
    if len(found) < length:
        raise InputError(
            f"the vocabulary has {len(found)} ordinary tokens, fewer than length={length}: draw "
            "shorter sequences"
        )
    return found


def _frame(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Return the special tokens that stand before and behind a text."""
    encoded = tokenizer("a", return_special_tokens_mask=True)
    ids, marks = list(encoded["input_ids"]), list(encoded["special_tokens_mask"])
    front = next((place for place, mark in enumerate(marks) if not mark), len(ids))
    behind = next((place for place, mark in enumerate(reversed(marks)) if not mark), 0)
    begin = getattr(tokenizer, "bos_token_id", None)
    if not front and isinstance(begin, int):
        return [begin], ids[len(ids) - behind :]
    return ids[:front], ids[len(ids) - behind :]
