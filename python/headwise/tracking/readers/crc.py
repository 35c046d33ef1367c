"""CRC-32C of many byte strings at once: numpy takes one byte of each of them at a time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Words = NDArray[np.uint32]

_POLYNOMIAL: Final = 0x82F63B78
_ALL: Final = 0xFFFFFFFF
_MASK_DELTA: Final = 0xA282EAD8
_WIDTH: Final = 128
_WORD: Final = 4


def masked_crcs(messages: Sequence[bytes | memoryview]) -> Words:
    """Compute the checksums that TensorFlow's record files carry.

    Parameters
    ----------
    messages : sequence of bytes

    Returns
    -------
    uint32 array (messages,)
        CRC-32C (Castagnoli), rotated and moved by a constant as the format has it.
    """
    crcs = np.array([_short(each) for each in messages if len(each) < _WORD], np.uint32)
    long = [each for each in messages if len(each) >= _WORD]
    found = np.empty(len(messages), np.uint32)
    is_short = np.array([len(each) < _WORD for each in messages], bool)
    found[is_short] = crcs
    if long:
        found[~is_short] = _long(long)
    turned = (found >> np.uint32(15)) | (found << np.uint32(17))
    return turned + np.uint32(_MASK_DELTA)


def _long(messages: Sequence[bytes | memoryview]) -> Words:
    """Split each message into blocks, take all blocks at once, and join them again.

    The state that a message starts with is moved into its first four bytes. From zero, leading
    zeros change nothing, so blocks are filled up in front.
    """
    width = min(_WIDTH, max(map(len, messages)))
    counts = [-(-len(each) // width) for each in messages]
    blocks = np.zeros((sum(counts), width), np.uint8)
    flat = blocks.reshape(-1)
    end = 0
    for message, count in zip(messages, counts, strict=True):
        end += count * width
        start = end - len(message)
        flat[start:end] = np.frombuffer(message, np.uint8)
        flat[start : start + _WORD] ^= np.uint8(0xFF)
    states = _after(np.zeros(len(blocks), np.uint32), blocks)
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
    joined = states[firsts]
    for place, (first, count) in enumerate(zip(firsts, counts, strict=True)):
        if count > 1:
            joined[place] = _join(states[first : first + count].tolist())
    return joined ^ np.uint32(_ALL)


def _after(states: Words, blocks: NDArray[np.uint8]) -> Words:
    table = _table()
    low = np.uint32(0xFF)
    for column in np.ascontiguousarray(blocks.T):
        states = table[(states ^ column) & low] ^ (states >> np.uint32(8))
    return states


def _join(states: list[int]) -> int:
    a, b, c, d = _shifts()
    state = states[0]
    for each in states[1:]:
        state = (
            a[state & 0xFF] ^ b[state >> 8 & 0xFF] ^ c[state >> 16 & 0xFF] ^ d[state >> 24] ^ each
        )
    return state


def _short(message: bytes | memoryview) -> int:
    table = _table()
    state = _ALL
    for byte in bytes(message):
        state = int(table[(state ^ byte) & 0xFF]) ^ state >> 8
    return state ^ _ALL


@cache
def _table() -> Words:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table


@cache
def _shifts() -> tuple[list[int], ...]:
    """State after a block of zeros, for each byte of the state before: the map is linear."""
    zeros = np.zeros((256, _WIDTH), np.uint8)
    bytes_of = np.arange(256, dtype=np.uint32)
    return tuple(_after(bytes_of << np.uint32(8 * place), zeros).tolist() for place in range(_WORD))
