"""Files of TensorFlow's record format, read from where the last reading ended."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from headwise.tracking.readers.crc import masked_crcs

if TYPE_CHECKING:
    from pathlib import Path

CHUNK: Final = 64_000
"""Bytes that are read at a time; a longer record is read whole."""

_HEAD, _FOOT = 12, 4


class Record(NamedTuple):
    """What one record holds, and where.

    Attributes
    ----------
    start : int
        Byte of the file at which `data` begins.
    data : bytes
    """

    start: int
    data: bytes


class RecordFile:
    """A record file that may still grow.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    path : Path
    offset : int
        Byte at which the next reading goes on.
    damaged : int
        Records that were left out because their checksum is wrong.
    unreadable : int
        Bytes behind a length whose checksum is wrong, which nobody can read.
    incomplete : int
        Bytes of a last record that is not whole: it is being written, or torn.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.damaged = 0
        self.unreadable = 0
        self.incomplete = 0

    def read(self) -> list[Record]:
        """Read the next records, about `CHUNK` bytes.

        Returns
        -------
        list of Record
            Empty where nothing that is whole came since the last call.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        while True:
            before = self.offset
            found = self._next()
            if found or self.offset == before:
                return found

    def notes(self) -> list[str]:
        """Say what was lost.

        Returns
        -------
        list of str
        """
        name = self.path.name
        said: list[str] = []
        if self.damaged:
            several = "record" if self.damaged == 1 else "records"
            said.append(f"{name}: {self.damaged} {several} with a wrong checksum left out")
        if self.unreadable:
            said.append(
                f"{name}: the last {self.unreadable} bytes, from byte {self.offset}, cannot be "
                "read: the checksum of a length is wrong"
            )
        if self.incomplete:
            said.append(
                f"{name}: the last record is not whole ({self.incomplete} bytes): it is being "
                "written, or torn; all before it is read"
            )
        return said

    def _next(self) -> list[Record]:
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            if size < self.offset:
                self._restart()
            left = size - self.offset
            file.seek(self.offset)
            chunk = file.read(min(CHUNK, left))
            if len(chunk) < left and len(chunk) < _whole(chunk):
                chunk += file.read(min(_whole(chunk), left) - len(chunk))
        places = _places(chunk)
        heads = [chunk[at : at + 8] for at, _ in places]
        good = masked_crcs(heads) == _words(chunk, [at + 8 for at, _ in places])
        whole = len(places) if good.all() else int(np.argmin(good))
        torn = whole < len(places)
        ends = [at + _HEAD + length + _FOOT for at, length in places[:whole]]
        if ends and ends[-1] > len(chunk):
            whole -= 1
            ends.pop()
        places = places[:whole]
        datas = [chunk[at + _HEAD : at + _HEAD + length] for at, length in places]
        right = masked_crcs(datas) == _words(chunk, [end - _FOOT for end in ends])
        start = self.offset
        self.offset += ends[-1] if ends else 0
        rest = size - self.offset
        self.unreadable = rest if torn else 0
        self.incomplete = rest if start + len(chunk) == size and not torn else 0
        self.damaged += int((~right).sum())
        return [
            Record(start + at + _HEAD, data)
            for (at, _), data, fine in zip(places, datas, right, strict=True)
            if fine
        ]

    def _restart(self) -> None:
        """Start again: the file was replaced by a shorter one."""
        self.offset = self.damaged = self.unreadable = self.incomplete = 0


def _whole(chunk: bytes) -> int:
    """Return the length of the first record of a chunk with its head and foot."""
    if len(chunk) < _HEAD:
        return _HEAD
    length = struct.unpack_from("<Q", chunk)[0]
    checked = masked_crcs([chunk[:8]])[0] == struct.unpack_from("<I", chunk, 8)[0]
    return _HEAD + length + _FOOT if checked else _HEAD


def _places(chunk: bytes) -> list[tuple[int, int]]:
    """List where each head is, and the length that it says; the last may go over the end."""
    places: list[tuple[int, int]] = []
    at = 0
    while at + _HEAD <= len(chunk):
        length: int = struct.unpack_from("<Q", chunk, at)[0]
        places.append((at, length))
        at += _HEAD + length + _FOOT
    return places


def _words(chunk: bytes, places: list[int]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.array([struct.unpack_from("<I", chunk, at)[0] for at in places], np.uint32)
