"""The log format of LevelDB, in which W&B keeps a run: blocks of 32 KiB, records in fragments."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from headwise.errors import HeadwiseError

if TYPE_CHECKING:
    from pathlib import Path

BLOCK: Final = 32_768
CHUNK: Final = 8 * BLOCK
_HEAD: Final = struct.Struct("<IHB")
_IDENTITY: Final = b":W&B"
_FILE_HEAD: Final = 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


class LogFile:
    """A log that may still grow.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    path : Path
    offset : int
        Byte at which the next reading goes on: where a record starts.
    damaged : int
        Bytes that were left out because their checksum is wrong.
    incomplete : int
        Bytes of a last record that is not whole: it is being written, or torn.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.damaged = 0
        self.incomplete = 0
        # Whether the fragments that come belong to a record whose start was left out.
        self._inside_lost = False

    def read(self) -> list[bytes]:
        """Read the next records, about `CHUNK` bytes.

        Returns
        -------
        list of bytes
            Empty where nothing that is whole came since the last call.

        Raises
        ------
        OSError
            The file cannot be read.
        HeadwiseError
            The file is no log of W&B.
        """
        size = CHUNK
        while True:
            before = self.offset
            records, at_end = self._next(size)
            if records or at_end:
                return records
            if self.offset == before:
                size *= 2

    def notes(self) -> list[str]:
        """Say what was lost.

        Returns
        -------
        list of str
        """
        said: list[str] = []
        if self.damaged:
            said.append(
                f"{self.path.name}: {self.damaged} bytes with a wrong checksum left out; the rest "
                "is read"
            )
        if self.incomplete:
            said.append(
                f"{self.path.name}: the last record is not whole ({self.incomplete} bytes): it is "
                "being written, or torn; all before it is read"
            )
        return said

    def _next(self, most: int) -> tuple[list[bytes], bool]:
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            if size < self.offset:
                self.offset = self.damaged = self.incomplete = 0
            file.seek(self.offset)
            chunk = file.read(most)
        start = self.offset
        at: int | None = self._open(chunk) if start == 0 else 0
        records: list[bytes] = []
        parts: list[bytes] = []
        while at is not None:
            if not parts:
                self.offset = start + at
            at = self._fragment(chunk, at, BLOCK - (start + at) % BLOCK, parts, records)
        at_end = start + len(chunk) >= size
        self.incomplete = size - self.offset if at_end else 0
        return records, at_end

    def _fragment(
        self, chunk: bytes, at: int, left: int, parts: list[bytes], records: list[bytes]
    ) -> int | None:
        """Take the fragment at a place of a chunk; where the next one is, None where it is cut.

        `left` is how many bytes are left of the block.
        """
        if left < _HEAD.size:
            return at + left
        if at + _HEAD.size > len(chunk):
            return None
        crc, length, kind = _HEAD.unpack_from(chunk, at)
        end = at + _HEAD.size + length
        if length > left - _HEAD.size:
            # Where the next record starts is not known but for that of the next block.
            if at + left > len(chunk):
                return None
            self._lose(left, parts)
            return at + left
        if end > len(chunk):
            return None
        body = chunk[end - length : end]
        if zlib.crc32(body, zlib.crc32(bytes([kind]))) == crc:
            self._join(kind, body, parts, records)
        else:
            self._lose(end - at, parts)
        return end

    def _lose(self, count: int, parts: list[bytes]) -> None:
        self.damaged += count + sum(map(len, parts))
        self._inside_lost = True
        parts.clear()

    def _join(self, kind: int, body: bytes, parts: list[bytes], records: list[bytes]) -> None:
        """Put the fragments of a record together."""
        if kind in (_FULL, _FIRST):
            self.damaged += sum(map(len, parts))
            parts[:] = [body]
            self._inside_lost = False
        elif self._inside_lost or not parts:
            self.damaged += len(body)
        else:
            parts.append(body)
        if kind in (_FULL, _LAST) and parts:
            records.append(b"".join(parts))
            parts.clear()

    def _open(self, chunk: bytes) -> int | None:
        if not chunk.startswith(_IDENTITY[: len(chunk)]):
            raise HeadwiseError(f"{self.path.name} is no run file of W&B: it starts otherwise")
        return _FILE_HEAD if len(chunk) >= _FILE_HEAD else None
