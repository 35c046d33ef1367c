"""The built front end inside the package, checked to belong to this version."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from headwise.errors import HeadwiseError
from headwise.version import __version__

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

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
