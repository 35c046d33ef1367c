"""Which tokens a prediction rests on: gradient times input, and value zeroing."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.capture.registry import watching
from headwise.capture.run import accepted_inputs, implementations
from headwise.capture.tensors import to_numpy
from headwise.errors import InputError, NoPredictionHead, OutOfRange, UnsupportedAttention
from headwise.intervene.answer import Saliency
from headwise.intervene.kinds import head_kind
from headwise.intervene.predict import rows_of
from headwise.intervene.zeroing import token_mixing

if TYPE_CHECKING:
    from collections.abc import Generator

    from headwise.capture.protocols import Model
    from headwise.intervene.answer import Answer
    from headwise.intervene.change import HeadsOff
    from headwise.intervene.encode import Encoded
    from headwise.record import Floats


def explain(model: Model, encoded: Encoded, answer: Answer, change: HeadsOff | None) -> Saliency:
    """Say which tokens of the source the prediction of an answer rests on.

    Raises
    ------
    NoPredictionHead
        For ``"gradient"`` without a head.
    UnsupportedAttention
        For ``"values"`` of a model that is not one stack over transformers' interface.
    OutOfRange
        If the token does not exist.
    """
    about = _about(answer, encoded)
    if answer.question.saliency == "values":
        if answer.abilities.no_blocking:
            raise UnsupportedAttention(
                answer.abilities.no_blocking.partition(":")[0] + ": values cannot be zeroed. "
                "Gradients can be read, with saliency='gradient'"
            )
        mixing = token_mixing(model, encoded, answer.trace, change)
        row = _default_row(answer, encoded) if about is None else about
        return Saliency(mixing[row], "values", row)
    found = answer.predictions
    if found is None:
        raise NoPredictionHead(answer.abilities.no_predictions)
    row = 0 if about is None else about
    best = int(found.ids[row, 0])
    values = gradient_times_input(model, encoded, row, best, change)
    return Saliency(values, "gradient", about, found.labels[row][0])


def gradient_times_input(
    model: Model, encoded: Encoded, row: int, entry: int, change: HeadsOff | None = None
) -> Floats:
    """Return the sum over dimensions of gradient times embedding, for each token of the source.

    The gradient is that of the log-probability of `entry` in `row` by the token's embedding
    (Denil et al. 2014, "Extraction of Salient Sentences from Labelled Documents"). Gradients of
    the parameters are not computed, and those that are there stay.
    """
    if change is not None:
        change.start()
    accepted = accepted_inputs(model, encoded.prepared.inputs)
    with (
        torch.enable_grad(),
        _embeddings(model, accepted["input_ids"]) as seen,
        watching(implementations(model), None, change),
    ):
        logits = _with_gradient(model, accepted)[row].float()
        if not seen:
            raise InputError(
                f"this {type(model).__name__} has no table of token embeddings, so there is no "
                "gradient by its tokens"
            )
        (gradient,) = torch.autograd.grad(logits.log_softmax(-1)[entry], seen[:1])
    return to_numpy((gradient * seen[0].detach())[0].sum(-1))


def _with_gradient(model: Model, accepted: dict[str, Any]) -> torch.Tensor:
    kind = head_kind(model)
    outputs = model(**accepted)
    rows_of(kind, outputs)
    logits = cast("torch.Tensor", outputs.logits)
    return logits[:1] if kind == "classes" else logits[0]


@contextmanager
def _embeddings(model: Model, ids: torch.Tensor) -> Generator[list[torch.Tensor]]:
    """Make the embeddings of the source a leaf of the graph, in this thread's run."""
    seen: list[torch.Tensor] = []
    thread = threading.get_ident()
    own: object = cast("Any", model).get_input_embeddings()
    rows = getattr(own, "num_embeddings", None)

    def leaf(
        _module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor
    ) -> torch.Tensor:
        mine = threading.get_ident() == thread and not seen
        if not mine or not inputs or not torch.equal(inputs[0], ids):
            return output
        seen.append(output.detach().requires_grad_())
        return seen[0]

    with ExitStack() as stack:
        # An encoder may have a table of its own that shares the weights.
        for module in model.modules():
            if isinstance(module, torch.nn.Embedding) and module.num_embeddings == rows:
                stack.callback(module.register_forward_hook(leaf).remove)
        yield seen


def _about(answer: Answer, encoded: Encoded) -> int | None:
    """Return the row that is explained; None for the class of a text."""
    found, wanted = answer.predictions, answer.question.about
    if found is not None and found.kind == "classes" and answer.question.saliency == "gradient":
        return None
    if wanted is None:
        return _default_row(answer, encoded)
    if found is not None and found.kind == "target":
        count = len(found)
        row = wanted
    else:
        count = len(encoded.original)
        row = encoded.places[wanted][-1] if wanted < count else count
    if wanted >= count:
        raise OutOfRange(f"about: token {wanted} does not exist, there are tokens 0 to {count - 1}")
    return row


def _default_row(answer: Answer, encoded: Encoded) -> int:
    """Return the token that a person would ask about: the masked one, the last, or the surest."""
    found, question = answer.predictions, answer.question
    real = [at for at, special in enumerate(encoded.tokens.special) if not special]
    if found is not None and found.kind in ("next", "target"):
        return len(found) - 1
    if question.masked:
        return encoded.places[question.masked[0]][0]
    if found is not None and found.kind == "masked" and encoded.mask in encoded.tokens.ids:
        return encoded.tokens.ids.index(encoded.mask)
    if found is not None and found.kind == "tags":
        return min(real, key=lambda at: -float(found.probabilities[at, 0]))
    return real[0] if found is None or found.kind != "classes" else 0
