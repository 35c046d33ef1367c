"""Asking a model: one question in, one answer out, and the model as it was."""

from __future__ import annotations

import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from headwise.capture.inputs import check_model, two_sided
from headwise.errors import (
    InputError,
    ModelChanged,
    ModelGone,
    NoMaskToken,
    NoPredictionHead,
    UnsupportedAttention,
)
from headwise.intervene.answer import Abilities, Answer
from headwise.intervene.change import HeadsOff, Place, places_of
from headwise.intervene.encode import encode, mask_token
from headwise.intervene.explain import explain
from headwise.intervene.forward import check_device, module_names, no_interface, run_once, stamp
from headwise.intervene.kinds import head_kind
from headwise.intervene.locks import model_lock
from headwise.intervene.predict import difference, predictions, rows_of
from headwise.intervene.threads import fit_threads

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.intervene.encode import Encoded
    from headwise.intervene.forward import Pass, Stamp
    from headwise.intervene.question import Question
    from headwise.trace import Trace

_KEPT_RUNS = 4
_KEPT_LOGITS = 2**26


@dataclass(frozen=True)
class _Plain:
    """A run with nothing changed, kept for the differences to it."""

    answer: Answer
    logits: torch.Tensor | None
    changeable: bool
    stamp: Stamp


class Engine:
    """Answers questions about a model, which it does not keep alive.

    For the length of an answer the model's attention functions are wrapped as in a capture;
    weights, hooks, gradients, training mode and random state stay as they are, also when the
    forward pass raises. Answers to one model wait for each other and for
    :func:`headwise.model_lock`.

    Parameters
    ----------
    model
        A transformers model in evaluation mode, with or without a head. Held weakly.
    tokenizer
        Its tokenizer.
    top
        How many predictions a token has.

    Raises
    ------
    InputError
        If the model is not one of transformers, or `top` is below 1.
    """

    def __init__(self, model: Model, tokenizer: Tokenizer, *, top: int = 5) -> None:
        if isinstance(top, bool) or top < 1:
            raise InputError(f"top must be 1 or more, not {top!r}")
        check_model(model)
        me = weakref.ref(self)

        def gone(_model: object) -> None:
            engine = me()
            if engine is not None:
                engine.forget()

        self._model = weakref.ref(model, gone)
        self._class = type(model).__name__
        self._tokenizer = tokenizer
        self._top = top
        self._plain: OrderedDict[Question, _Plain] = OrderedDict()

    @property
    def model(self) -> Model:
        """The model.

        Raises
        ------
        ModelGone
            If it was deleted.
        """
        model = self._model()
        if model is None:
            raise ModelGone(
                f"the {self._class} of this view was deleted: keep the model in a variable, and "
                "make the view again with it"
            )
        return model

    def forget(self) -> None:
        """Drop the kept runs, those of an answer under way among them.

        Hooks and adapters that came or went since leave no trace in the weights.
        """
        self._plain = OrderedDict()

    def answer(self, question: Question) -> Answer:
        """Run the model and say what it did.

        The run with nothing changed is made as well, and kept until the weights change or
        `forget`.

        Raises
        ------
        ModelGone
            If the model was deleted.
        ModelChanged
            If its weights are on several devices, or were trained or moved during the run.
        NoMaskToken
            If a token should be masked and the model or the tokenizer cannot.
        UnsupportedAttention
            If attention should be changed in a model that does not use transformers' interface.
        OutOfRange
            If a token, head or block does not exist.
        InputError, TrainingModeError
            As :func:`headwise.trace`.
        """
        model = self.model
        with model_lock(model):
            started = time.perf_counter()
            check_model(model)
            check_device(model)
            before = stamp(model)
            try:
                found = self._answer(model, question, before)
            except RuntimeError as error:
                if stamp(model) != before:
                    raise _changed(model) from error
                raise
            if stamp(model) != before:
                raise _changed(model)
            return replace(found, seconds=time.perf_counter() - started)

    def _answer(self, model: Model, question: Question, now: Stamp) -> Answer:
        encoded = encode(model, self._tokenizer, question)
        with fit_threads(model, len(encoded.tokens)):
            return self._answer_encoded(model, question, encoded, now)

    def _answer_encoded(
        self, model: Model, question: Question, encoded: Encoded, now: Stamp
    ) -> Answer:
        plain = self._plain_run(model, question.plain, now)
        if not question.changes:
            answer = replace(plain.answer, question=question)
            return self._explained(model, encoded, answer, None)
        reasons = plain.answer.abilities
        if question.masked and reasons.no_masking:
            raise NoMaskToken(reasons.no_masking)
        change = None
        if question.operates:
            if not plain.changeable:
                raise no_interface(model)
            change = surgery(model, question, encoded, plain.answer.trace)
        done = run_once(model, encoded.prepared, change)
        answer, logits = self._read(model, question, encoded, done)
        if logits is not None:
            rows = _rows(encoded, answer)
            before = plain.logits
            if before is None:
                again = encode(model, self._tokenizer, question.plain)
                outputs = run_once(model, again.prepared).outputs
                before = rows_of(head_kind(model), outputs)
            found = difference(before.to(logits.device), logits, rows)
            answer = replace(answer, difference=found)
        answer = replace(answer, plain=plain.answer, notes=_notes(question, plain.answer.trace))
        return self._explained(model, encoded, answer, change)

    def _plain_run(self, model: Model, question: Question, now: Stamp) -> _Plain:
        kept = self._plain
        known = kept.get(question)
        if known is not None and known.stamp == now:
            kept.move_to_end(question)
            return known
        started = time.perf_counter()
        encoded = encode(model, self._tokenizer, question)
        done = run_once(model, encoded.prepared)
        answer, logits = self._read(model, question, encoded, done)
        if logits is not None:
            logits = logits.cpu() if logits.numel() <= _KEPT_LOGITS else None
        answer = replace(answer, seconds=time.perf_counter() - started)
        made = _Plain(answer, logits, done.changeable, now)
        kept[question] = made
        while len(kept) > _KEPT_RUNS:
            kept.popitem(last=False)
        return made

    def _read(
        self, model: Model, question: Question, encoded: Encoded, done: Pass
    ) -> tuple[Answer, torch.Tensor | None]:
        abilities = self._abilities(model, done)
        found, logits = None, None
        if abilities.predicts is not None:
            logits = rows_of(abilities.predicts, done.outputs)
            found = predictions(
                model, self._tokenizer, abilities.predicts, logits, encoded, self._top
            )
        return Answer(question, done.trace, found, abilities, encoded.places), logits

    def _abilities(self, model: Model, done: Pass) -> Abilities:
        kind, reason = None, ""
        try:
            kind = head_kind(model)
            rows_of(kind, done.outputs)
        except NoPredictionHead as error:
            kind, reason = None, str(error)
        no_masking = ""
        if done.trace.causal:
            no_masking = (
                f"this {type(model).__name__} only looks back and was not trained with masks: "
                "block attention to the token instead, with blocked=[...]"
            )
        else:
            try:
                mask_token(self._tokenizer)
            except NoMaskToken as error:
                no_masking = str(error)
        blocking = "" if done.changeable else str(no_interface(model))
        return Abilities(kind, reason, no_masking, blocking)

    def _explained(
        self, model: Model, encoded: Encoded, answer: Answer, change: HeadsOff | None
    ) -> Answer:
        if answer.question.saliency is None:
            return answer
        return replace(answer, saliency=explain(model, encoded, answer, change))


def surgery(model: Model, question: Question, encoded: Encoded, plain: Trace) -> HeadsOff:
    """Prepare the changes of a question's attention, by the trace of the plain run.

    Raises
    ------
    OutOfRange
        If a block or head does not exist.
    InputError
        If every token that a decoder could attend to is blocked.
    """
    off: dict[Place, list[int]] = {}
    for layer, head, name in question.ablated:
        block = plain.block(name)
        block.check_captured(layer, head)
        off.setdefault(Place(block.name, layer), []).append(head)
    return HeadsOff(
        module_names(model),
        places_of(plain),
        heads=head_counts(plain),
        rows=[off] if off else [],
        mode=question.ablation,
        causal=frozenset(name for name, block in plain.blocks.items() if block.causal),
        blocked=_blocked(model, question, encoded, plain),
    )


def head_counts(trace: Trace) -> dict[Place, int]:
    """Return the number of heads of each layer of each block."""
    return {
        Place(name, layer): block.heads(layer)
        for name, block in trace.blocks.items()
        for layer in block.captured_layers
    }


def _blocked(
    model: Model, question: Question, encoded: Encoded, plain: Trace
) -> dict[str, list[int]]:
    source, target = encoded.now(question.blocked), list(question.blocked_target)
    if not two_sided(model):
        count = len(encoded.original)
        fitting = [name for name, block in plain.blocks.items() if len(block.key_tokens) == count]
        if source and not fitting:
            raise UnsupportedAttention(
                "no part of this model attends to the tokens of the text one by one, so none of "
                "them can be blocked"
            )
        return dict.fromkeys(fitting, source)
    if len(set(source)) == len(encoded.tokens):
        raise InputError(
            "blocked names every token of the source, which leaves the decoder nothing to attend "
            "to: leave one out"
        )
    return {
        name: target if name.partition(" ")[0] == "decoder" else source for name in plain.blocks
    }


def _rows(encoded: Encoded, answer: Answer) -> list[int]:
    """Return the row of the changed run for each row of the plain one."""
    found = answer.predictions
    if found is None or found.kind in ("classes", "target"):
        return list(range(0 if found is None else len(found)))
    return [places[0] if len(places) == 1 else -1 for places in encoded.places]


def _notes(question: Question, plain: Trace) -> tuple[str, ...]:
    labels = plain.tokens.labels
    notes: list[str] = []

    def named(numbers: Iterable[int]) -> str:
        return ", ".join(f"{labels[number]!r} ({number})" for number in numbers)

    if question.replaced:
        notes.append(
            "replaced: "
            + ", ".join(
                f"{labels[place]!r} ({place}) by {text!r}" for place, text in question.replacements
            )
        )
    if question.masked:
        notes.append(f"masked: {named(question.masked)}")
    if question.blocked:
        notes.append(f"no other token attends to {named(question.blocked)} (attention knockout)")
    if question.blocked_target:
        numbers = ", ".join(map(str, question.blocked_target))
        notes.append(f"no later token attends to target tokens {numbers} (attention knockout)")
    if question.ablated:
        heads = ", ".join(
            f"({layer}, {head})" + ("" if block is None else f" of {block}")
            for layer, head, block in question.ablated
        )
        how = "set to zero" if question.ablation == "zero" else "replaced by their mean"
        notes.append(f"heads {heads} {how}")
    return tuple(notes)


def _changed(model: Model) -> ModelChanged:
    return ModelChanged(
        f"the weights of this {type(model).__name__} were trained or moved while it ran, so the "
        "answer would be a mixture: hold `with headwise.model_lock(model):` around what changes "
        "them"
    )
