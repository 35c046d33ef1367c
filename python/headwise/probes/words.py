"""Attention between words: what models see as pieces, put together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from headwise.errors import InputError
from headwise.metrics.index import head_index
from headwise.metrics.several import bar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from headwise.probes.data import PairSentence, Tree
    from headwise.trace import Trace

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordTrace:
    """A sentence that was read word by word.

    Attributes
    ----------
    sentence
        What was read.
    trace
        What the model did.
    pieces
        Token numbers of each word; empty for a word that the tokenizer dropped.
    """

    sentence: Tree | PairSentence
    trace: Trace
    pieces: tuple[tuple[int, ...], ...]

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool, (W,): which words have a token."""
        return np.array([bool(each) for each in self.pieces], np.bool_)

    def weights(self, block: str | None = None) -> Floats:
        """Return attention between words: summed to the pieces of a word, averaged from them.

        As Clark et al. 2019, section 4.1, do. Special tokens are left out and rows are not made
        to sum to 1 again: what a head gives to ``[SEP]`` stays away.

        Parameters
        ----------
        block
            Name of the block; None for the default one.

        Returns
        -------
        float32 array (all heads of all layers, W, W)
            Heads in the order of the layers; rows and columns of words without a token are 0.

        Raises
        ------
        InputError
            If weights are missing (NaN).
        OutOfRange
            If there is no such block, or a layer was not captured.
        """
        shown = self.trace.block(block)
        count = len(shown.key_tokens)
        to_words = np.zeros((count, len(self.pieces)), np.float32)
        for word, tokens in enumerate(self.pieces):
            to_words[list(tokens), word] = 1
        from_words = to_words.T / np.maximum(to_words.sum(axis=0), 1)[:, None]
        layers = [shown.check_layer(layer).weights() for layer in range(shown.layers)]
        found = np.concatenate([from_words @ (layer @ to_words) for layer in layers])
        if np.isnan(found).any():
            missing = int(np.isnan(found).any(axis=(1, 2)).argmax())
            pairs = head_index([record.heads for record in shown.records]).to_list()
            name = self.sentence.name or " ".join(self.sentence.words[:8])
            raise InputError(
                f"{name!r}: weights of head {pairs[missing]} are missing (NaN), so words cannot "
                "be summed: leave the sentence out, or give traces with all weights"
            )
        return found


def trace_words(
    model: Any,  # noqa: ANN401 - a transformers model, which this module does not import
    tokenizer: Any,  # noqa: ANN401 - and its tokenizer
    sentences: Iterable[Tree | PairSentence],
    *,
    batch_size: int = 16,
    progress: bool = True,
) -> Iterator[WordTrace]:
    """Run a model over sentences that are given as words.

    Parameters
    ----------
    model
        A transformers model with one stack of attention.
    tokenizer
        Its fast tokenizer; it is given words, so that each token belongs to one of them.
    sentences
        Any iterable of trees or pair sentences.
    batch_size
        Sentences that run together.
    progress
        Show a bar when it takes more than three seconds.

    Yields
    ------
    WordTrace
        One a sentence, in order.

    Raises
    ------
    InputError
        If the tokenizer cannot say which word a token is from, or `batch_size` is below 1.
    """
    if batch_size < 1:
        raise InputError(f"batch_size must be 1 or more, not {batch_size}")
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(
            "words need a fast tokenizer, which knows the word of each token: load it with "
            "AutoTokenizer.from_pretrained(..., use_fast=True)"
        )
    return _trace_words(model, tokenizer, bar(sentences, progress), batch_size)


def _trace_words(
    model: Any,  # noqa: ANN401
    tokenizer: Any,  # noqa: ANN401
    sentences: Iterator[Tree | PairSentence],
    batch_size: int,
) -> Iterator[WordTrace]:
    from headwise.capture import trace  # noqa: PLC0415 - torch is needed only here

    while batch := list(islice(sentences, batch_size)):
        encoded = tokenizer(
            [list(sentence.words) for sentence in batch],
            is_split_into_words=True,
            padding=len(batch) > 1,
            return_tensors="pt",
        )
        found = trace(model, tokenizer, inputs=dict(encoded), progress=False)
        several = cast("Sequence[Trace]", [found] if len(batch) == 1 else found)
        for place, (sentence, each) in enumerate(zip(batch, several, strict=True)):
            yield WordTrace(sentence, each, _pieces(encoded, place, sentence, each))


def _pieces(
    encoded: Any,  # noqa: ANN401
    place: int,
    sentence: Tree | PairSentence,
    trace: Trace,
) -> tuple[tuple[int, ...], ...]:
    """Return the tokens of each word, counted as the trace counts them: without padding."""
    real = [bool(flag) for flag in encoded["attention_mask"][place].tolist()]
    numbers = cast("Sequence[int | None]", encoded.word_ids(place))
    words = [word for word, kept in zip(numbers, real, strict=True) if kept]
    if len(words) != len(trace.tokens):
        raise InputError(
            f"the model ran over {len(trace.tokens)} tokens where the tokenizer made {len(words)}: "
            "words need a model with one stack of attention over the tokens of a text"
        )
    pieces: list[list[int]] = [[] for _ in sentence.words]
    for token, word in enumerate(words):
        if word is not None:
            pieces[word].append(token)
    return tuple(tuple(each) for each in pieces)
