"""BertViz's ``neuron_view.show`` with headwise's view behind it."""

from __future__ import annotations

import operator
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from headwise.bertviz._arguments import check_choice, check_html_action
from headwise.bertviz._page import show_or_return
from headwise.errors import InputError, OutOfRange
from headwise.widgets import neuron

if TYPE_CHECKING:
    from IPython.display import HTML

    from headwise.capture.protocols import Model, Tokenizer
    from headwise.trace import Trace

_BERTVIZ_TYPES = ("bert", "gpt2", "xlnet", "roberta")
_WITHOUT_PAIRS = ("gpt2",)


def show(
    model: Model,
    model_type: str,
    tokenizer: Tokenizer,
    sentence_a: str,
    sentence_b: str | None = None,
    display_mode: str = "dark",
    layer: int | None = None,
    head: int | None = None,
    html_action: str = "view",
) -> HTML | None:
    """Show query and key vectors of a head: BertViz 1.4.1's call, unmodified.

    The text is run through the model that is given. ``headwise.neuron_view(headwise.trace(model,
    tokenizer, sentence_a, sentence_b))`` returns the widget, whose selection Python can read and
    set.

    Parameters
    ----------
    model
        A transformers model.
    model_type
        BertViz's ``"bert"``, ``"gpt2"``, ``"xlnet"`` or ``"roberta"``, or the model's own type:
        headwise reads the model itself.
    tokenizer
        Its tokenizer.
    sentence_a, sentence_b
        The text, and the second sentence where there is one.
    display_mode
        ``"dark"`` or ``"light"``.
    layer, head
        Shown first, from 0; the first ones unless given.
    html_action
        ``"view"`` shows the widget, ``"return"`` returns a page that needs neither Python nor a
        network.

    Returns
    -------
    None or IPython.display.HTML
        The page in ``.data``.

    Raises
    ------
    InputError
        An argument is not what it should be.
    OutOfRange
        The layer or head does not exist.
    HeadwiseError
        As `headwise.trace`: the model has no attention that headwise reads, is in training mode,
        or the text is too long.
    ModuleNotFoundError
        torch or transformers is not installed; the message says what to install.
    """
    check_html_action(html_action)
    check_choice(display_mode, "display_mode", ("dark", "light"))
    config: Any = getattr(model, "config", None)
    if config is None:
        raise InputError(
            f"model must be a transformers model, not {type(model).__name__}: load one with "
            "from_pretrained of transformers, or of headwise.bertviz.transformers_neuron_view"
        )
    own = str(getattr(config, "model_type", ""))
    check_choice(model_type, "model_type", list(dict.fromkeys((*_BERTVIZ_TYPES, own))))
    if not callable(tokenizer) or not hasattr(tokenizer, "convert_ids_to_tokens"):
        raise InputError(f"tokenizer must be a tokenizer, not {type(tokenizer).__name__}")
    if not isinstance(cast("object", sentence_a), str) or not sentence_a:
        raise InputError("sentence_a is required: give the text as one string")
    if sentence_b and model_type in _WITHOUT_PAIRS:
        raise InputError(f"model type {model_type!r} takes no sentence pair: leave sentence_b out")
    _check_number(layer, "layer", getattr(config, "num_hidden_layers", None))
    _check_number(head, "head", getattr(config, "num_attention_heads", None))
    view = neuron.NeuronView(
        _trace(model, tokenizer, sentence_a, sentence_b or None),
        layer=layer,
        head=head,
        theme=display_mode,
    )
    return show_or_return(view, html_action)


def _trace(model: Model, tokenizer: Tokenizer, sentence_a: str, sentence_b: str | None) -> Trace:
    capture = cast("Any", import_module("headwise.capture"))  # torch, not before it is needed
    return capture.trace(model, tokenizer, sentence_a, sentence_b)


def _check_number(value: object, name: str, count: object) -> None:
    if value is None:
        return
    try:
        number = operator.index(cast("Any", value))
    except TypeError as error:
        raise InputError(f"{name} must be a whole number, not {value!r:.80}") from error
    if isinstance(count, int) and not 0 <= number < count:
        raise OutOfRange(f"{name} {number} does not exist: this model has {name}s 0 to {count - 1}")
