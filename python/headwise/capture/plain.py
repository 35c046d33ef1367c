"""Tokens where there is no encoding of a text: ids alone, patches and frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from headwise.capture.tokenize import piece_scheme, stand_for_themselves, word_numbers
from headwise.labels import guess_scheme, piece_labels
from headwise.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.capture.protocols import Tokenizer


def tokens_from_ids(
    tokenizer: Tokenizer | None, ids: Sequence[int], *, generated_from: int | None = None
) -> Tokens:
    """Read tokens from vocabulary numbers.

    Parameters
    ----------
    tokenizer
        Turns the numbers into labels; None shows the numbers themselves.
    ids
        The numbers.
    generated_from
        The first token that the model wrote, None where it wrote none.
    """
    numbers = [int(number) for number in ids]
    generated = [
        generated_from is not None and place >= generated_from for place in range(len(numbers))
    ]
    if tokenizer is None:
        return Tokens(
            labels=tuple(f"id {number}" for number in numbers),
            ids=tuple(numbers),
            words=tuple(range(len(numbers))),
            segments=(0,) * len(numbers),
            special=(False,) * len(numbers),
            generated=tuple(generated),
        )
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(numbers)]
    known = set(tokenizer.all_special_ids)
    kept = {getattr(tokenizer, name, None) for name in ("mask_token_id", "unk_token_id")}
    special = [number in known - kept for number in numbers]
    scheme = piece_scheme(tokenizer) or guess_scheme(pieces)
    verbatim = stand_for_themselves(tokenizer, numbers, special)
    segments = [0] * len(numbers)
    unknown: list[int | None] = [None] * len(numbers)
    return Tokens(
        labels=piece_labels(pieces, scheme, verbatim=verbatim),
        ids=tuple(numbers),
        words=tuple(word_numbers(pieces, scheme, special, segments, unknown)),
        segments=tuple(segments),
        special=tuple(special),
        generated=tuple(generated),
    )


def patch_tokens(count: int, config: Any, height: int, width: int) -> Tokens:
    """Label the positions of a vision tower: ``"3,5"`` is row 3, column 5 of the patches.

    Positions before the first patch are special, as ``[CLS]`` is.
    """
    size = _patch_size(config)
    rows, columns = (height // size[0], width // size[1]) if size else (0, 0)
    patches = rows * columns
    if not patches or count < patches:
        return _numbered("patch", count)
    extra = count - patches
    labels = ["[CLS]", *(f"[REG {place}]" for place in range(1, extra))][:extra]
    labels += [f"{place // columns},{place % columns}" for place in range(patches)]
    return Tokens.from_labels(
        labels, words=range(count), special=[place < extra for place in range(count)]
    )


def frame_tokens(count: int) -> Tokens:
    """Label the positions of an audio encoder by their number."""
    return _numbered("frame", count)


def _numbered(name: str, count: int) -> Tokens:
    labels = [f"{name} {place}" for place in range(count)]
    return Tokens.from_labels(labels, words=range(count))


def _patch_size(config: Any) -> tuple[int, int] | None:
    inner = getattr(config, "vision_config", None) or config
    size = getattr(inner, "patch_size", None)
    if isinstance(size, int):
        return size, size
    if isinstance(size, (list, tuple)):
        height, width = cast("Sequence[int]", size)
        return int(height), int(width)
    return None
