"""Arguments of ``from_attentions`` to the blocks of a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwise.errors import EmptyAttentions, InputError
from headwise.imports.banded import to_dense
from headwise.imports.checks import Findings
from headwise.imports.lens import is_causal, looks_like_cache, read_cache
from headwise.imports.outputs import is_nothing, is_output, unpack
from headwise.imports.pieces import read_tokens
from headwise.imports.stacks import EMPTY, Stack, read_stack
from headwise.record import AttentionRecord
from headwise.trace import Block, Trace
from headwise.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwise.imports.outputs import Given
    from headwise.tokens import Tokens

_PARTS = ("encoder", "decoder", "cross")
_SIDES = ("encoder_tokens", "decoder_tokens")
_ONE_STACK = ("tokens", "sentence_b_start")


def build(given: Given) -> tuple[Trace, list[str]]:
    """Make the trace, and the sentences to warn with.

    Raises
    ------
    EmptyAttentions, InputError
        As ``from_attentions``.
    """
    findings = Findings()
    if given.attentions is None and all(getattr(given, part) is None for part in _PARTS):
        raise EmptyAttentions(f"no attentions were given, or they are None: {EMPTY}")
    if is_output(given.attentions):
        given = unpack(given)
    elif given.attentions is not None:
        _refuse(given, _PARTS)
    if looks_like_cache(given.attentions):
        blocks = _from_cache(given, findings)
    elif given.attentions is None:
        blocks = _encoder_decoder(given, findings)
    else:
        blocks = _one_stack(given, findings)
    return Trace(blocks, {"headwise": __version__}), findings.messages()


def _refuse(given: Given, names: Sequence[str]) -> None:
    """Refuse arguments that belong to the other kind of model."""
    found = next((name for name in names if getattr(given, name) is not None), None)
    if found is None:
        return
    if found in _ONE_STACK:
        raise InputError(
            f"{found} is for a model with one stack of attention: for an encoder-decoder give "
            "encoder_tokens and decoder_tokens"
        )
    argument = f"{found}_attention" if found in _PARTS else found
    raise InputError(
        f"{argument} is for an encoder-decoder model, and the attentions are of a model with one "
        "stack: give the one or the other"
    )


def _one_stack(given: Given, findings: Findings) -> list[Block]:
    if given.cross is None:
        _refuse(given, _SIDES)
    stack = _dense(read_stack(given.attentions, "attentions"), given, "attentions")
    shown = read_tokens(
        given.tokens if given.decoder_tokens is None else given.decoder_tokens,
        stack.layers[0].shape[1],
        prompt=stack.prompt,
        sentence_b_start=given.sentence_b_start,
    )
    causal = all(is_causal(layer) for layer in stack.layers)
    name = "decoder" if causal or given.cross is not None else "encoder"
    blocks = [_block(name, stack, shown, shown, findings, causal=causal)]
    if given.cross is not None:
        cross = read_stack(given.cross, "cross_attentions", cross=True)
        keys = read_tokens(given.encoder_tokens, cross.layers[0].shape[2], name="encoder_tokens")
        blocks.append(_block("cross", cross, shown, keys, findings))
    return blocks


def _encoder_decoder(given: Given, findings: Findings) -> list[Block]:
    _refuse(given, _ONE_STACK)
    encoder, decoder, cross = (
        None if part is None else read_stack(part, f"{name}_attention", cross=name == "cross")
        for name, part in zip(_PARTS, (given.encoder, given.decoder, given.cross), strict=True)
    )
    if encoder is not None:
        encoder = _dense(encoder, given, "encoder_attention")
    source = _side(given.encoder_tokens, "encoder_tokens", ((encoder, 1), (cross, 2)))
    target = _side(given.decoder_tokens, "decoder_tokens", ((decoder, 1), (cross, 1)))
    blocks: list[Block] = []
    if encoder is not None and source is not None:
        blocks.append(_block("encoder", encoder, source, source, findings))
    if decoder is not None and target is not None:
        causal = all(is_causal(layer) for layer in decoder.layers)
        blocks.append(_block("decoder", decoder, target, target, findings, causal=causal))
    if cross is not None and source is not None and target is not None:
        blocks.append(_block("cross", cross, target, source, findings))
    return blocks


def _side(tokens: object, name: str, stacks: Sequence[tuple[Stack | None, int]]) -> Tokens | None:
    """Read the tokens of one side; the first attention there is tells how many there are."""
    for stack, axis in stacks:
        if stack is not None:
            prompt = stack.prompt if axis == 1 else None
            return read_tokens(tokens, stack.layers[0].shape[axis], name=name, prompt=prompt)
    if tokens is not None:
        raise InputError(f"{name} came without an attention that has them")
    return None


def _dense(stack: Stack, given: Given, name: str) -> Stack:
    rows = given.global_attentions
    if rows is None:
        return stack
    layers = None
    if not is_nothing(rows):
        layers = read_stack(rows, "global_attentions").layers
    return Stack(to_dense(stack.layers, layers, given.global_positions, name), stack.half)


def _from_cache(given: Given, findings: Findings) -> list[Block]:
    stacks = read_cache(given.attentions)
    alone = len(stacks) == 1
    _refuse(given, _SIDES if alone else _ONE_STACK)
    sides: dict[str, Tokens] = {}

    def side(name: str, count: int) -> Tokens:
        if name not in sides:
            tokens = given.tokens if alone else getattr(given, name)
            sides[name] = read_tokens(
                tokens, count, name=name, sentence_b_start=given.sentence_b_start
            )
        return sides[name]

    blocks: list[Block] = []
    for stack in stacks:
        causal = all(record.causal for record in stack.records)
        name = stack.name or ("decoder" if causal else "encoder")
        first = stack.records[0]
        queries = side(_SIDES[name != "encoder"], first.query_count)
        keys = side(_SIDES[name == "decoder"], first.key_count)
        if stack.left_out:
            findings.notes.append(
                f"hook_q and hook_k of layers {', '.join(map(str, stack.left_out))} do not give "
                "hook_pattern (a position bias, or an intervention): their scores, queries and "
                "keys are left out, the weights are right"
            )
        blocks.append(
            _looked_at(name, stack.records, queries, keys, findings, half=stack.half, causal=causal)
        )
    return blocks


def _block(
    name: str,
    stack: Stack,
    queries: Tokens,
    keys: Tokens,
    findings: Findings,
    *,
    causal: bool = False,
) -> Block:
    records = tuple(AttentionRecord(given=layer, causal=causal) for layer in stack.layers)
    return _looked_at(name, records, queries, keys, findings, half=stack.half, causal=causal)


def _looked_at(
    name: str,
    records: tuple[AttentionRecord, ...],
    queries: Tokens,
    keys: Tokens,
    findings: Findings,
    *,
    half: bool,
    causal: bool,
) -> Block:
    for number, record in enumerate(records):
        found, wanted = (record.query_count, record.key_count), (len(queries), len(keys))
        if found != wanted:
            raise InputError(_misfit(f"layer {number} of block {name!r}", found, wanted, records))
    for number, record in enumerate(records):
        findings.look(record.weights(), number, name, half=half)
    return Block(name, records, queries, keys, causal)


def _misfit(
    place: str,
    found: tuple[int, int],
    wanted: tuple[int, int],
    records: Sequence[AttentionRecord],
) -> str:
    there = f"{wanted[0]} tokens"
    if wanted[0] != wanted[1]:
        there = f"{wanted[0]} tokens for the queries and {wanted[1]} for the keys"
    hint = "give one token for each, special tokens too"
    if (records[0].query_count, records[0].key_count) == wanted:
        hint = "as layer 0 has them: pass layers of one size"
    elif found[0] == wanted[0] == wanted[1] and found[1] < found[0]:
        hint = "if these are Longformer's bands, pass the model's output itself"
    elif found[0] == wanted[0] == wanted[1]:
        hint = (
            "this looks like hidden states or logits, as in outputs[-1] of BERT and GPT-2. Load "
            "the model with attn_implementation='eager' and pass outputs.attentions"
        )
    return (
        f"{place} has weights of {found[0]} queries and {found[1]} keys, but there are {there}: "
        f"{hint}"
    )
