"""Which predictions of a text are scored, and by what: for removing and rewiring heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from headwise.capture.inputs import check_model, two_sided
from headwise.errors import InputError
from headwise.intervene.change import places_of
from headwise.intervene.encode import encode, mask_token
from headwise.intervene.forward import (
    check_device,
    module_names,
    no_interface,
    outputs_of,
    run_once,
)
from headwise.intervene.kinds import class_labels, head_kind
from headwise.intervene.predict import rows_of
from headwise.intervene.question import Question
from headwise.selection import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from headwise.capture.protocols import Inputs, Model, Tokenizer
    from headwise.capture.registry import Change
    from headwise.intervene.answer import HeadKind
    from headwise.intervene.change import Place, Surgery
    from headwise.intervene.encode import Encoded
    from headwise.trace import Block, Trace

# Numbers of a batch of logits at most: a large vocabulary makes batches small.
_LOGITS = 2**26


@dataclass(frozen=True, eq=False)
class ScoredText:
    """A text that ran with nothing changed, and what is scored in it.

    Parameters
    ----------
    model
        The model.
    kind
        What it predicts.
    inputs
        Inputs of this text, a batch of one.
    trace
        Its attention.
    names, places
        As for :class:`~headwise.intervene.change.Surgery`.
    rows
        Rows of the logits that are scored.
    gold
        What should be predicted there.
    plain
        Log-probabilities of the plain run, (rows, classes).
    """

    model: Model
    kind: HeadKind
    inputs: Inputs
    trace: Trace
    names: Mapping[int, str]
    places: Mapping[tuple[str, int], Place]
    rows: torch.Tensor
    gold: torch.Tensor
    plain: torch.Tensor

    def batches(self, count: int, batch_size: int) -> list[range]:
        """Cut `count` runs into batches that fit into memory."""
        length = max(int(value.shape[-1]) for value in self.inputs.values())
        size = max(1, min(batch_size, _LOGITS // max(1, length * self.plain.shape[-1])))
        return [range(start, min(start + size, count)) for start in range(0, count, size)]

    def changed(self, change: Surgery, count: int) -> torch.Tensor:
        """Run the text `count` times in one batch; log-probabilities (count, rows, classes)."""
        inputs = {
            name: value.expand(count, *value.shape[1:]) for name, value in self.inputs.items()
        }
        logits = _logits(self.kind, outputs_of(self.model, inputs, cast("Change", change)))
        return logits[:, self.rows.to(logits.device)].float().log_softmax(-1)

    def loss(self, logs: torch.Tensor) -> torch.Tensor:
        """Return the mean of -ln p(gold) over the scored rows; `logs` is (…, rows, classes)."""
        index = self.gold.to(logs.device).expand(*logs.shape[:-1])
        return -logs.gather(-1, index[..., None])[..., 0].mean(-1)


def scored_texts(
    model: Model,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    *,
    targets: Sequence[str] | None,
    labels: Sequence[Any] | None,
    mask_share: float,
    seed: int,
) -> Callable[[int], ScoredText | None]:
    """Check the arguments and return what runs text number n plainly.

    Returns
    -------
    function of a number
        Returns None for a text with nothing to score, such as one of a single token.

    Raises
    ------
    InputError, NoPredictionHead
        If the model, the texts or what goes with them cannot be used.
    """
    kind = _checked(model, texts, targets=targets, labels=labels, mask_share=mask_share)
    if kind == "masked":
        mask_token(tokenizer)
    wanted = None if labels is None else _class_numbers(model, labels)

    def prepare(number: int) -> ScoredText | None:
        target = None if targets is None else targets[number]
        question = Question(texts[number], target=target)
        encoded = encode(model, tokenizer, question)
        masked: list[int] = []
        if kind == "masked":
            masked = _drawn(encoded, mask_share, np.random.default_rng([seed, number]))
            if not masked:
                return None
            encoded = encode(model, tokenizer, question.but(masked=tuple(masked)))
        done = run_once(model, encoded.prepared)
        if not done.changeable:
            raise no_interface(model)
        logits = rows_of(kind, done.outputs).float()
        label = None if wanted is None else wanted[number]
        rows, gold = _scored(kind, encoded, masked, logits, label)
        if not rows:
            return None
        index = torch.tensor(rows)
        return ScoredText(
            model=model,
            kind=kind,
            inputs=encoded.prepared.inputs,
            trace=done.trace,
            names=module_names(model),
            places=places_of(done.trace),
            rows=index,
            gold=torch.tensor(gold),
            plain=logits[index.to(logits.device)].log_softmax(-1),
        )

    return prepare


def _checked(
    model: Model,
    texts: Sequence[str],
    *,
    targets: Sequence[str] | None,
    labels: Sequence[Any] | None,
    mask_share: float,
) -> HeadKind:
    """Look at the arguments before anything runs and return what the model predicts."""
    check_model(model)
    check_device(model)
    kind = head_kind(model)
    if isinstance(texts, str):
        raise InputError("texts must be several texts, in a list")
    if not len(texts):
        raise InputError("texts is empty: give at least one text")
    for name, given in (("targets", targets), ("labels", labels)):
        if given is not None and len(given) != len(texts):
            raise InputError(f"{len(texts)} texts came with {len(given)} {name}")
    if two_sided(model) and kind == "target" and targets is None:
        raise InputError("an encoder-decoder model is scored on targets=[...], one for each text")
    if labels is not None and kind != "classes":
        raise InputError(
            f"labels are for a classifier of texts; a {type(model).__name__} is scored on its "
            "own tokens or tags"
        )
    if not 0 < mask_share <= 1:
        raise InputError(f"mask_share must be over 0 and at most 1, not {mask_share!r}")
    return kind


def heads_of(block: Block, wanted: Iterable[tuple[int, int]] | None) -> list[Head]:
    """Return the heads that are asked for, all of the block for None.

    Raises
    ------
    OutOfRange
        If one does not exist.
    """
    if wanted is None:
        return [
            Head(layer, head)
            for layer in block.captured_layers
            for head in block.records[layer].captured
        ]
    found = list(dict.fromkeys(Head(int(layer), int(head)) for layer, head in wanted))
    for layer, head in found:
        block.check_captured(layer, head)
    if not found:
        raise InputError("heads is empty: leave it out for all heads")
    return found


def _logits(kind: HeadKind, outputs: Any) -> torch.Tensor:  # noqa: ANN401 - the model's own type
    logits = cast("torch.Tensor", outputs.logits)
    return logits[:, None] if kind == "classes" else logits


def _drawn(encoded: Encoded, share: float, random: np.random.Generator) -> list[int]:
    """Draw the tokens that are masked: a share of those that are not special, at least one."""
    real = [at for at, special in enumerate(encoded.original.special) if not special]
    count = max(1, round(share * len(real)))
    return sorted(int(at) for at in random.choice(real, size=min(count, len(real)), replace=False))


def _scored(
    kind: HeadKind,
    encoded: Encoded,
    masked: Sequence[int],
    logits: torch.Tensor,
    label: int | None,
) -> tuple[list[int], list[int]]:
    """Return the rows that are scored, and what should stand there."""
    if kind == "masked":
        return list(masked), [encoded.ids[at] for at in masked]
    if kind in ("next", "target"):
        tokens = encoded.target if kind == "target" else encoded.tokens
        ids = [] if tokens is None else list(tokens.ids)
        return list(range(len(ids) - 1)), ids[1:]
    best = [int(number) for number in logits.argmax(-1)]
    if kind == "classes":
        return [0], [best[0] if label is None else label]
    real = [at for at, special in enumerate(encoded.tokens.special) if not special]
    return real, [best[at] for at in real]


def _class_numbers(model: Model, labels: Sequence[Any]) -> list[int]:
    known = class_labels(model)
    names = {name: number for number, name in known.items()}
    found: list[int] = []
    for label in labels:
        number = names.get(label) if isinstance(label, str) else label
        if isinstance(number, bool) or number not in known:
            raise InputError(
                f"label {label!r} is no class of this {type(model).__name__}: it has "
                f"{', '.join(repr(name) for name in names)}"
            )
        found.append(int(number))
    return found
