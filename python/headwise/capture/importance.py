"""How much the loss of a model depends on each of its heads, by gradients."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch

from headwise.capture.inputs import check_ids, check_model, check_tokenizer, model_type, two_sided
from headwise.capture.losses import class_loss, masked_loss, next_token_loss
from headwise.capture.registry import watching
from headwise.capture.run import accepted_inputs, implementations
from headwise.errors import InputError, UnsupportedAttention
from headwise.metrics.importance import Importance
from headwise.metrics.several import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    import pandas as pd

    from headwise.capture.losses import Loss
    from headwise.capture.protocols import Model, Tokenizer
    from headwise.metrics.running import Doubles

_MATRIX = 4


def head_importance(
    model: Model,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    labels: Sequence[object] | None = None,
    *,
    loss: Callable[[Any, Mapping[str, torch.Tensor]], torch.Tensor] | None = None,
    batch_size: int = 8,
    seed: int = 0,
    progress: bool = True,
) -> pd.DataFrame:
    """Say how much the loss depends on each head: the derivative of a mask over the heads.

    Michel et al. 2019 ("Are Sixteen Heads Really Better than One?"), equation 3: with the output
    of head h multiplied by a mask at 1, the expected size of the loss's derivative by that mask,
    ``E_x |att_h(x) . dL / d att_h(x)|``, by one backward pass. It is what the loss would change in
    first order if the head were switched off; heads that stand in for each other may each have
    little. The model is run in evaluation mode and left as it was: no gradient, hook or mode stays,
    also when it raises. Voita et al. 2019 rank heads by layer-wise relevance, whose rules are those
    of one architecture: that is not here, their confidence is in :func:`headwise.head_metrics`.

    Parameters
    ----------
    model
        A transformers model with its head and one stack of attention, read through transformers'
        attention interface.
    tokenizer
        Its tokenizer.
    texts
        The texts.
    labels
        One a text for classifiers: class numbers, or numbers for a model with one output. None for
        language models: the loss is that of each next token, or of a seeded 15 % of the tokens
        that are masked, as the model was trained.
    loss
        Another loss: called with what the model returned and its inputs, it returns one number a
        text, a tensor (B,).
    batch_size
        Texts that run together.
    seed
        Of the tokens that are masked.
    progress
        Show a bar when it takes more than three seconds.

    Returns
    -------
    pandas.DataFrame
        Index ``(layer, head)``.

        ``importance``, ``importance_se``
            Mean size of the derivative over texts, in units of the loss, and its standard error.
        ``normalised``
            The same divided by the l2 norm of its layer, as the paper does; NaN in a layer of
            zeros.
        ``slope``, ``slope_se``
            Mean of the derivative itself: above 0 where a stronger head makes the loss larger.
        ``texts``
            How many texts.

    Raises
    ------
    InputError
        If there is no text, labels do not fit, the model has no loss of its own that is known
        here, or the loss has no finite derivative.
    UnsupportedAttention
        If the model has an encoder and a decoder, or attention of its own.
    """
    if isinstance(texts, str) or not texts:
        raise InputError("texts must be a list of at least one text")
    if batch_size < 1:
        raise InputError(f"batch_size must be 1 or more, not {batch_size}")
    check_tokenizer(tokenizer)
    found = Importance()
    with _evaluated(model):
        check_model(model)
        if two_sided(model):
            raise UnsupportedAttention(
                f"model type {model_type(model)!r} has an encoder and a decoder: head importance "
                "is for models with one stack"
            )
        prepare = _losses(model, tokenizer, texts, labels, loss, seed)
        for start in bar(range(0, len(texts), batch_size), progress):
            place = slice(start, min(start + batch_size, len(texts)))
            inputs, ask = prepare(place, _encoded(model, tokenizer, texts[place]))
            found.add(_slopes(model, inputs, ask, place.stop - place.start))
    return found.table()


def _losses(
    model: Model,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    labels: Sequence[object] | None,
    loss: Loss | None,
    seed: int,
) -> Callable[[slice, dict[str, torch.Tensor]], tuple[dict[str, torch.Tensor], Loss]]:
    if loss is not None:
        if labels is not None:
            raise InputError("give either labels or a loss, not both")
        return lambda _, inputs: (inputs, loss)
    if labels is not None:
        if isinstance(labels, str) or len(labels) != len(texts):
            raise InputError(f"{len(texts)} texts came with {len(labels)} labels")
        classes = class_loss(model, labels)
        return lambda place, inputs: (inputs, classes(place))
    name = type(model).__name__
    if name.endswith(("ForMaskedLM", "ForPreTraining")):
        return lambda place, inputs: masked_loss(tokenizer, inputs, seed + place.start)
    if name.endswith(("ForCausalLM", "LMHeadModel")):
        return lambda _, inputs: (inputs, next_token_loss)
    raise InputError(
        f"{name} is no language model: give one label a text, or the loss as a function, loss=..."
    )


def _slopes(
    model: Model, inputs: Mapping[str, torch.Tensor], ask: Loss, texts: int
) -> list[Doubles]:
    """Return the derivatives by the mask of each head: (texts, H) a layer."""
    outputs = _Outputs(model)
    accepted = accepted_inputs(model, inputs)
    with torch.enable_grad(), watching(implementations(model), outputs):
        losses = ask(model(**accepted), accepted)
        if not isinstance(cast("object", losses), torch.Tensor) or losses.shape != (texts,):
            raise InputError(
                f"the loss must return a tensor of {texts} numbers, one a text, not "
                f"{tuple(losses.shape) if hasattr(losses, 'shape') else type(losses).__name__}"
            )
        if not outputs.kept:
            raise UnsupportedAttention(
                f"model type {model_type(model)!r} does not run through the attention interface of "
                "transformers: its heads cannot be told apart here"
            )
        if not losses.requires_grad:
            raise InputError(
                "the loss does not depend on the attention: the model, or the loss, runs without "
                "gradients"
            )
        gradients = torch.autograd.grad(losses.sum(), outputs.kept, allow_unused=True)
    return [
        _by_head(output, gradient) for output, gradient in zip(outputs.kept, gradients, strict=True)
    ]


def _by_head(output: torch.Tensor, gradient: torch.Tensor | None) -> Doubles:
    if gradient is None:
        return torch.zeros(output.shape[0], output.shape[2], dtype=torch.float64).numpy()
    along = (output.detach().double() * gradient.double()).sum(dim=(1, 3))
    return along.cpu().numpy()


class _Outputs:
    """Keeps what each attention call returned, (B, Nq, H, d), as a part of the graph."""

    def __init__(self, model: Model) -> None:
        self._ids = {id(module) for module in model.modules()}
        self.kept: list[torch.Tensor] = []

    def wants(self, module: torch.nn.Module) -> bool:
        return id(module) in self._ids

    def take(
        self,
        implementation: str,  # noqa: ARG002 - a sink takes it
        module: torch.nn.Module,
        arguments: tuple[Any, ...],  # noqa: ARG002 - the same
        keywords: dict[str, Any],  # noqa: ARG002 - the same
        output: torch.Tensor,
    ) -> None:
        if output.dim() != _MATRIX:
            raise UnsupportedAttention(
                f"the attention of {type(module).__name__} returns {output.dim()} axes, where "
                "(texts, queries, heads, size) is read"
            )
        if not output.requires_grad:
            output.requires_grad_()
        self.kept.append(output)


def _encoded(model: Model, tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, torch.Tensor]:
    found: list[Any] = []
    for text in texts:
        if not isinstance(cast("object", text), str) or not text.strip():
            raise InputError(f"a text must be a string with at least one word, not {text!r:.40}")
        found.append(tokenizer(text))
    if len({len(one["input_ids"]) for one in found}) == 1:
        names = [name for name in found[0].keys() if name != "special_tokens_mask"]  # noqa: SIM118
        inputs = {name: torch.tensor([one[name] for one in found]) for name in names}
    else:
        if getattr(tokenizer, "pad_token_id", None) is None:
            raise InputError(
                "texts of different length need padding, and the tokenizer has no pad token: give "
                "batch_size=1, or set tokenizer.pad_token"
            )
        encoded = cast("Any", tokenizer)(list(texts), return_tensors="pt", padding=True)
        inputs = dict(encoded)
    check_ids(model, tokenizer, inputs)
    return inputs


@contextmanager
def _evaluated(model: Model) -> Generator[None]:
    """Run in evaluation mode, and leave each module in the mode it was in."""
    if not isinstance(model, torch.nn.Module):
        yield
        return
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        yield
    finally:
        for module, mode in modes:
            module.training = mode
