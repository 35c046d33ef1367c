"""A view as a picture for a paper: SVG or PNG, made without a browser."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from headwise.errors import HeadwiseError, InputError
from headwise.export.engine import draw
from headwise.export.raster import rasterize, size_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from headwise.trace import Trace

FigureTheme = Literal["light", "dark", "contrast", "contrast-light"]
THEMES: Final[tuple[FigureTheme, ...]] = ("light", "dark", "contrast", "contrast-light")
LEAST_WIDTH: Final = 160
MOST_WIDTH: Final = 10_000
WIDTH: Final = 760
MOST_PIXELS: Final = 100_000_000


class FigureView(Protocol):
    """What a figure needs of a view."""

    @property
    def trace(self) -> Trace:
        """The trace; raises where the view was closed."""
        ...

    def state_for_page(self) -> dict[str, Any]:
        """List the synced traits."""
        ...

    def answer(self, message: object) -> tuple[Mapping[str, Any], Sequence[bytes]]:
        """Answer a request as for a browser."""
        ...


def to_svg(
    view: FigureView,
    path: str | os.PathLike[str] | None = None,
    *,
    width: int = WIDTH,
    theme: FigureTheme = "light",
    background: bool = True,
    all_rows: bool = False,
) -> str:
    """Draw a view as SVG.

    Parameters
    ----------
    view : FigureView
        As it stands now: settings, selection, layer.
    path : path-like, optional
        Where to write it; an older file there is replaced.
    width : int
        In px, from 160; the view lays itself out for that width.
    theme : {"light", "dark", "contrast", "contrast-light"}
        Colours; the plain ``"contrast"`` is light on black.
    background : bool
        Fill the ground; else the picture is transparent.
    all_rows : bool
        Show every token, also where the view on screen would scroll.

    Returns
    -------
    str
        The document. Its fonts are Arial or what has the same widths.

    Raises
    ------
    InputError
        A keyword has a value that it cannot have, or the view is of a kind that has no figure.
    HeadwiseError
        The view was closed, the file cannot be written, or the front end is not built.
    """
    svg = _draw(view, width, theme, background=background, all_rows=all_rows)
    if path is not None:
        _write(path, svg.encode())
    return svg


def to_png(
    view: FigureView,
    path: str | os.PathLike[str] | None = None,
    *,
    scale: float = 2,
    width: int = WIDTH,
    theme: FigureTheme = "light",
    background: bool = True,
    all_rows: bool = False,
) -> bytes:
    """Draw a view as PNG.

    Parameters
    ----------
    view, path, width, theme, background, all_rows
        As for `to_svg`.
    scale : float
        Pixels for one px of the figure; 2 is sharp on a dense screen, 4 in print.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    InputError, HeadwiseError
        As for `to_svg`; also where `scale` is not positive or the picture would have more than
        100 million pixels.
    """
    _check_scale(scale)
    svg = _draw(view, width, theme, background=background, all_rows=all_rows)
    pixels = math.prod(round(scale * side) for side in size_of(svg))
    if pixels > MOST_PIXELS:
        raise InputError(
            f"a PNG of {pixels} pixels is over the {MOST_PIXELS // 1_000_000} million pixels that "
            "are drawn: give a smaller scale or width"
        )
    png = rasterize(svg, scale=scale)
    if path is not None:
        _write(path, png)
    return png


def _draw(
    view: FigureView, width: int, theme: FigureTheme, *, background: bool, all_rows: bool
) -> str:
    _check_width(width)
    if theme not in THEMES:
        raise InputError(f"unknown theme {theme!r:.80}: one of {', '.join(THEMES)}")
    _ = view.trace  # raises where the view was closed
    order = {
        "traits": view.state_for_page() | {"tensors": None, "tensors_b": None},
        "width": width,
        "theme": theme,
        "background": bool(background),
        "allRows": bool(all_rows),
    }
    return draw(view, order)


def _check_width(width: object) -> None:
    whole = width if isinstance(width, int) and not isinstance(width, bool) else 0
    if not LEAST_WIDTH <= whole <= MOST_WIDTH:
        raise InputError(
            f"width must be a whole number of px from {LEAST_WIDTH} to {MOST_WIDTH}, "
            f"not {width!r:.80}"
        )


def _check_scale(scale: object) -> None:
    if not (isinstance(scale, (int, float)) and math.isfinite(scale) and scale > 0):
        raise InputError(f"scale must be a positive number, not {scale!r:.80}")


def _write(path: str | os.PathLike[str], content: bytes) -> None:
    target = Path(path)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise HeadwiseError(
            f"cannot write the figure to {target}: {error.strerror or error}; "
            "give a path in a folder that exists and can be written"
        ) from error
