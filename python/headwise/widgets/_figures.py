"""What every view can do with its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwise.export.figure import WIDTH, to_png, to_svg

if TYPE_CHECKING:
    import os

    from headwise.export.figure import FigureTheme, FigureView


class Pictured:
    """Adds `to_svg` and `to_png` to a view."""

    def to_svg(
        self: FigureView,
        path: str | os.PathLike[str] | None = None,
        *,
        width: int = WIDTH,
        theme: FigureTheme = "light",
        background: bool = True,
        all_rows: bool = False,
    ) -> str:
        """Draw the view as it stands as SVG, for a paper; no browser is needed.

        Parameters
        ----------
        path : path-like, optional
            Where to write it; an older file there is replaced.
        width : int
            In px, from 160; the view lays itself out for that width.
        theme : {"light", "dark", "contrast", "contrast-light"}
            Colours, whatever the view has on screen; the plain ``"contrast"`` is light on black.
        background : bool
            Fill the ground; else the picture is transparent.
        all_rows : bool
            Show every token, also where the view on screen would scroll.

        Returns
        -------
        str
            The document, with model, layer, heads and filters in its caption. Its fonts are Arial
            or what has the same widths.

        Raises
        ------
        InputError
            A keyword has a value that it cannot have, or views of this kind have no figure.
        HeadwiseError
            The view was closed, the file cannot be written, or the front end is not built.
        """
        keywords = {"background": background, "all_rows": all_rows}
        return to_svg(self, path, width=width, theme=theme, **keywords)

    def to_png(
        self: FigureView,
        path: str | os.PathLike[str] | None = None,
        *,
        scale: float = 2,
        width: int = WIDTH,
        theme: FigureTheme = "light",
        background: bool = True,
        all_rows: bool = False,
    ) -> bytes:
        """Draw the view as it stands as PNG; no browser is needed.

        Parameters
        ----------
        path, width, theme, background, all_rows
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
        keywords = {"background": background, "all_rows": all_rows}
        return to_png(self, path, scale=scale, width=width, theme=theme, **keywords)
