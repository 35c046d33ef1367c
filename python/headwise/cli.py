"""The command ``headwise``: a text, a model, a page with its attention."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import headwise
from headwise.errors import HeadwiseError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.capture.protocols import Model, Tokenizer

_FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the command's name; that of the process unless given.

    Returns
    -------
    int
        0, or 2 where something was wrong; the message is on stderr.
    """
    options = _parser().parse_args(arguments)
    try:
        _show(options)
    except HeadwiseError as error:
        print(f"headwise: {error}", file=sys.stderr)
        return _FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="headwise", description="See what every attention head of a Transformer does."
    )
    parser.add_argument("--version", action="version", version=f"headwise {headwise.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser(
        "show", help="write a page with the head view of a text, or of a pair of texts"
    )
    show.add_argument("text")
    show.add_argument("text_pair", nargs="?")
    show.add_argument("-o", "--output", default="attention.html", metavar="FILE")
    show.add_argument(
        "--model", metavar="DIR_OR_NAME", help="a transformers model; MiniLM unless given"
    )
    show.add_argument("--layer", type=int, metavar="N", help="the layer to show, from 0")
    show.add_argument("--heads", type=_numbers, metavar="N,N", help="the heads that are on, from 0")
    return parser


def _show(options: argparse.Namespace) -> None:
    model, tokenizer = _load(options.model)
    trace = headwise.trace(model, tokenizer, str(options.text), options.text_pair)
    view = headwise.head_view(trace, layer=options.layer, heads=options.heads)
    try:
        page = view.to_html(options.output)
    finally:
        view.close()
    print(f"{page.path} ({page.size / 1e6:.2f} MB)")


def _numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of head numbers such as 1,7"
        ) from None


def _load(name: str | None) -> tuple[Model, Tokenizer]:
    try:
        # These import torch.
        from headwise.capture import load_pretrained  # noqa: PLC0415 - torch
        from headwise.samples import load_minilm  # noqa: PLC0415 - the same
    except ImportError as error:
        raise InputError(
            "reading a model needs torch and transformers: pip install 'headwise[hf]'"
        ) from error
    if name is None:
        return load_minilm()
    try:
        return load_pretrained(name)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise InputError(
            f"cannot load the model {name!r}: {reason}; give a folder that save_pretrained() "
            "wrote, or a model that transformers finds"
        ) from error
