"""Unknown keywords are errors that name the keyword and what it may have meant."""

from __future__ import annotations

import functools
import inspect
from difflib import get_close_matches
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = ParamSpec("P")
R = TypeVar("R")


def refuse_unknown(name: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise for the first keyword that is not known.

    Parameters
    ----------
    name : str
        The callable, as the user wrote it.
    given, known : iterables of str

    Raises
    ------
    TypeError
        Names the keyword and the known ones that look like it.
    """
    valid = set(known)
    public = sorted(name for name in valid if not name.startswith("_"))
    for keyword in given:
        if keyword not in valid:
            close = get_close_matches(keyword, public)
            hint = (
                f"did you mean {' or '.join(map(repr, close))}?"
                if close
                else f"it takes {', '.join(public)}"
            )
            raise TypeError(f"{name}() got an unknown keyword {keyword!r}: {hint}")


def names_unknown_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function with named parameters say which keyword a wrong one resembles."""
    known = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        refuse_unknown(function.__name__, kwargs, known)
        return function(*args, **kwargs)

    return checked
