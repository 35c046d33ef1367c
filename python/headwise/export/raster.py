"""Pixels: a figure as PNG, and pictures inside of a figure."""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
import zlib

from headwise.errors import HeadwiseError
from headwise.export.fonts import FAMILY, face, font_files, font_folders

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGBA = bytes([8, 6, 0, 0, 0])
_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')
_TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
# A whole line changes its font for one letter that is missing; of the marks of direction, our font
# has these.
_IN_OUR_FONT = str.maketrans({"\u2068": "\u200e", "\u2069": "\u200e"})


def rasterize(svg: str, *, scale: float) -> bytes:
    """Draw a figure as PNG.

    Parameters
    ----------
    svg : str
        As `headwise.export.figure.to_svg` makes it.
    scale : float
        Pixels for one px of the figure.

    Returns
    -------
    bytes
        PNG.

    Raises
    ------
    HeadwiseError
        The picture would be too large for memory.
    """
    import resvg_py  # noqa: PLC0415 - 6 MB that most sessions do not need

    # Looking through the fonts of the machine takes longer than drawing.
    svg = unicodedata.normalize("NFC", svg).translate(_IN_OUR_FONT)
    own = face(bold=False).can_write("".join(_TEXT.findall(svg)))
    try:
        with font_files() as paths:
            return resvg_py.svg_to_bytes(
                svg,
                zoom=scale,
                font_files=paths,
                font_family=FAMILY,
                sans_serif_family=FAMILY,
                # An older Liberation Sans of the machine would otherwise come before ours.
                skip_system_fonts=True,
                font_dirs=[] if own else font_folders(),
            )
    except ValueError as error:
        raise HeadwiseError(
            f"the figure cannot be drawn as PNG at scale {scale}: {error}"
        ) from error


def size_of(svg: str) -> tuple[float, float]:
    """Read the size of a figure.

    Parameters
    ----------
    svg : str

    Returns
    -------
    width, height : float
        In px.
    """
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("a figure starts with its size")
    return float(found[1]), float(found[2])


def png_of_pixels(width: int, height: int, pixels: str) -> str:
    """Write pixels as PNG.

    Parameters
    ----------
    width, height : int
        Pixels.
    pixels : str
        Rows from the top, red, green, blue and alpha of each pixel as one byte, in base64.

    Returns
    -------
    str
        PNG in base64.
    """
    width, height = int(width), int(height)
    rows = base64.b64decode(pixels)
    step = 4 * width
    # Each row starts with the number of its filter: 0, none.
    filtered = b"".join(b"\0" + rows[y * step : (y + 1) * step] for y in range(height))
    parts = (
        (b"IHDR", struct.pack(">II", width, height) + _RGBA),
        (b"IDAT", zlib.compress(filtered, 9)),
        (b"IEND", b""),
    )
    return base64.b64encode(_SIGNATURE + b"".join(_chunk(*part) for part in parts)).decode("ascii")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
