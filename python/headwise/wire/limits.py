"""What an answer costs and holds at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from headwise.errors import OutOfRange

if TYPE_CHECKING:
    from headwise.block import Block
    from headwise.record import AttentionRecord

HEADER_START: Final = 32
"""Bytes of a blob without tensors, by and large."""

HEADER_ENTRY: Final = 160
"""Bytes of the header of each tensor, at most."""

TOLERANCE: Final = 1.05
"""By how much an answer may be over its budget."""

STEP_WORK: Final = 8_000_000
"""Weights that one request computes, by and large: it takes less than a tenth of a second."""


SNAPSHOT_WORK: Final = 24_000_000
"""Weights that are computed before a view opens; the browser asks for the rest."""


def layer_cells(record: AttentionRecord) -> int:
    """Return how many weights a layer has: H x Nq x Nk."""
    return record.heads * record.query_count * record.key_count


def check_span(block: Block, what: str, start: int, stop: int, count: int) -> None:
    """Check that consecutive queries or keys exist.

    Raises
    ------
    OutOfRange
        They do not, or there are none between `start` and `stop`.
    """
    if not 0 <= start < stop <= count:
        raise OutOfRange(
            f"{what} {start} up to {stop} do not exist: block {block.name!r} has {count} {what}; "
            f"give 0 <= start < stop <= {count}"
        )
