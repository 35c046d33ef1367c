"""Files as TensorBoard and W&B write them, from records."""

import struct
import zlib

from headwise.tracking.readers.crc import masked_crcs
from headwise.tracking.readers.leveldb import BLOCK

START = b":W&B\xe1\xbe\x00"


def framed(*datas):
    """Records of TensorFlow's format."""
    heads = [struct.pack("<Q", len(data)) for data in datas]
    sums = [
        [struct.pack("<I", each) for each in masked_crcs(parts).tolist()]
        for parts in (heads, datas)
    ]
    parts = zip(heads, sums[0], datas, sums[1], strict=True)
    return b"".join(b"".join(each) for each in parts)


def logged(records, start=7):
    """Records in LevelDB's blocks, as W&B writes them; behind the seven bytes of the file."""
    found = b""
    for record in records:
        left, first = record, True
        while left or first:
            room = BLOCK - (start + len(found)) % BLOCK
            if room < 7:
                found += b"\0" * room
                continue
            part, left = left[: room - 7], left[room - 7 :]
            kind = {(1, 1): 1, (1, 0): 2, (0, 0): 3, (0, 1): 4}[first, not left]
            crc = zlib.crc32(part, zlib.crc32(bytes([kind])))
            found += struct.pack("<IHB", crc, len(part), kind) + part
            first = False
    return found
