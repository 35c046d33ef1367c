"""The built front end inside the package, checked to belong to this version."""

from __future__ import annotations

import base64
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from headwise.errors import HeadwiseError
from headwise.version import __version__

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PROGRAM = "HEADWISE_PROGRAM"
_BUILD = "run `make build` in the repository, or install headwise from its wheel"


def read_asset(name: str) -> str:
    """Read one file of the built front end.

    Parameters
    ----------
    name : str
        ``"headwise.css"``, or of a view ``"head.js"`` (the widget) or ``"head-page.js"`` (a saved
        page).

    Returns
    -------
    str
        Its text.

    Raises
    ------
    HeadwiseError
        The file is missing, or was built for another version of headwise.
    """
    return _read(files("headwise").joinpath("static"), name, __version__)


def packed_program(view: str) -> str:
    """Make the module that anywidget loads: the program of a view, deflated, and what unpacks it.

    Parameters
    ----------
    view : str
        ``"head"``, ``"model"``, …

    Returns
    -------
    str
        JavaScript (js/src/packed.ts) with the program in base64: about half of its length.

    Raises
    ------
    HeadwiseError
        As `read_asset`.
    """
    return _packed(read_asset(f"{view}.js"), read_asset("packed.mjs"))


@cache
def _packed(program: str, loader: str) -> str:
    deflated = zlib.compress(program.encode(), 9)
    return loader.replace(_PROGRAM, base64.b64encode(deflated).decode("ascii"))


@cache
def _read(folder: Traversable, name: str, version: str) -> str:
    try:
        text = folder.joinpath(name).read_text(encoding="utf-8")
    except OSError as error:
        raise HeadwiseError(
            f"the front end of headwise is not built (headwise/static/{name} is missing): {_BUILD}"
        ) from error
    expected = f"/* headwise {version} */"
    first = text.partition("\n")[0].strip()
    if first != expected:
        raise HeadwiseError(
            f"headwise/static/{name} is not of headwise {version}: "
            f"its first line is {first!r:.60}, not {expected!r}; {_BUILD}"
        )
    return text
