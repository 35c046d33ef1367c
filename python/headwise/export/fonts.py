"""The fonts of figures: where they are, how wide their text is and what they can write."""

from __future__ import annotations

import struct
import unicodedata
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

FAMILY = "Liberation Sans"
_FILES = ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf")
_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
_HOME_FOLDERS = (
    ".fonts",
    ".local/share/fonts",
    "Library/Fonts",
    "AppData/Local/Microsoft/Windows/Fonts",
)
_WIDE = frozenset("WF")
_WITHOUT_WIDTH = frozenset({"Mn", "Me", "Cf"})
_OTHER = 0.6
_UNICODE = ((3, 1), (0, 3))
_SEGMENTS = 4


class Face(NamedTuple):
    """Widths of one font file.

    Attributes
    ----------
    widths : mapping of int to float
        Advance width in ems of each character (code point) that the font can write.
    """

    widths: Mapping[int, float]

    def measure(self, text: str) -> float:
        """Add up the widths of a text, in ems.

        Parameters
        ----------
        text : str

        Returns
        -------
        float
            Characters of other fonts count as 1 where they are East Asian wide, as 0 where they
            combine or do not show, else as 0.6.
        """
        known = self.widths
        return sum(
            known[code] if (code := ord(letter)) in known else _guess(letter) for letter in text
        )

    def can_write(self, text: str) -> bool:
        """Tell whether the font has every character of a text.

        Parameters
        ----------
        text : str

        Returns
        -------
        bool
        """
        return all(ord(letter) in self.widths for letter in set(text))


def face(*, bold: bool) -> Face:
    """Read the widths of Liberation Sans, which are those of Arial.

    Parameters
    ----------
    bold : bool

    Returns
    -------
    Face
    """
    return _read(_FILES[bold])


@contextmanager
def font_files() -> Generator[list[str]]:
    """Give the paths of the font files while the context is open.

    Yields
    ------
    list of str
    """
    folder = files("headwise").joinpath("fonts")
    with ExitStack() as stack:
        yield [str(stack.enter_context(as_file(folder.joinpath(name)))) for name in _FILES]


def font_folders() -> list[str]:
    """List the folders in which the machine keeps its fonts.

    Returns
    -------
    list of str
        Those that exist.
    """
    home = Path.home()
    folders = (*map(Path, _FOLDERS), *(home / name for name in _HOME_FOLDERS))
    return [str(folder) for folder in folders if folder.is_dir()]


@cache
def _read(name: str) -> Face:
    data = files("headwise").joinpath("fonts", name).read_bytes()
    tables = _tables(data)
    (units,) = _numbers("H", data, tables["head"] + 18)
    (metrics,) = _numbers("H", data, tables["hhea"] + 34)
    glyphs = _glyphs(data, tables["cmap"])
    # Glyphs past the last entry have its width.
    advances = _numbers("H2x" * metrics, data, tables["hmtx"])
    return Face(
        {code: advances[min(glyph, metrics - 1)] / units for code, glyph in glyphs.items() if glyph}
    )


def _numbers(form: str, data: bytes, start: int) -> tuple[int, ...]:
    return struct.unpack_from(f">{form}", data, start)


def _tables(data: bytes) -> dict[str, int]:
    (count,) = _numbers("H", data, 4)
    starts = range(12, 12 + 16 * count, 16)
    return {data[at : at + 4].decode("ascii"): _numbers("I", data, at + 8)[0] for at in starts}


def _glyphs(data: bytes, start: int) -> dict[int, int]:
    """Read the table of the characters up to U+FFFF (format 4)."""
    (count,) = _numbers("H", data, start + 2)
    found: dict[tuple[int, int], int] = {}
    for at in range(start + 4, start + 4 + 8 * count, 8):
        platform, encoding, offset = _numbers("HHI", data, at)
        found[platform, encoding] = start + offset
    table = next(found[kind] for kind in _UNICODE if kind in found)
    form, _, _, doubled = _numbers("4H", data, table)
    if form != _SEGMENTS:
        raise ValueError(f"character table of format {form}")
    segments = f"{doubled // 2}H"
    ends = _numbers(segments, data, table + 14)
    starts, deltas, ranges = (
        _numbers(segments, data, table + 16 + part * doubled) for part in (1, 2, 3)
    )
    glyphs: dict[int, int] = {}
    for place, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if ranges[place]:
                at = table + 16 + 3 * doubled + 2 * place + ranges[place] + 2 * (code - first)
                (glyph,) = _numbers("H", data, at)
            glyphs[code] = (glyph + deltas[place]) % 0x10000 if glyph else 0
    return glyphs


def _guess(letter: str) -> float:
    if unicodedata.category(letter) in _WITHOUT_WIDTH:
        return 0
    return 1 if unicodedata.east_asian_width(letter) in _WIDE else _OTHER
