"""A map of heads: places on a plane from the distances between every two, and clusters of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from headwise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]

CLUSTERS = 6
_STEPS = 300
_FEWEST = 2


class HeadMap(NamedTuple):
    """Where heads stand on a plane.

    Attributes
    ----------
    places : float32 array (heads, 3)
        x, y and the number of the cluster, from 0; NaN for heads without distances.
    stress : float
        Kruskal's stress-1: 0 where all distances on the plane are as given.
    clusters : int
        How many there are.
    left_out : int
        Heads without distances.
    """

    places: NDArray[np.float32]
    stress: float
    clusters: int
    left_out: int


def map_of(
    distances: pd.DataFrame, heads: Sequence[tuple[int, int]], clusters: int = CLUSTERS
) -> HeadMap:
    """Place heads on a plane so that their distances are as near to the given ones as they can be.

    Metric multidimensional scaling by SMACOF (scikit-learn), which starts from classical scaling,
    so that the same distances always give the same map. Clusters are those of average linkage
    (scipy), over the distances themselves and not over the places.

    Parameters
    ----------
    distances : pandas.DataFrame
        Square, index and columns ``(layer, head)``, as `headwise.head_distances` makes it.
    heads : sequence of (layer, head)
        Those that are wanted, in the order of the places.
    clusters : int
        At most so many, 1 or more.

    Returns
    -------
    HeadMap

    Raises
    ------
    InputError
        `distances` are no distances, or fewer than two heads have some.
    ModuleNotFoundError
        scikit-learn and scipy are not installed; the message names the extra.
    """
    if isinstance(clusters, bool) or not isinstance(cast("object", clusters), int) or clusters < 1:
        raise InputError(f"clusters must be a number from 1 on, not {clusters!r:.80}")
    found = _square(distances, heads)
    there = ~np.isnan(found).all(axis=1)
    known = found[np.ix_(there, there)]
    if len(known) < _FEWEST:
        raise InputError(
            f"a map needs the distances of two heads or more, and {len(known)} of the "
            f"{len(heads)} heads of the table has some"
        )
    plane, stress = _on_a_plane(known)
    numbers = _clusters(known, clusters)
    places = np.full((len(heads), 3), np.nan, np.float32)
    places[there, :2] = plane
    places[there, 2] = numbers
    return HeadMap(places, stress, int(numbers.max()) + 1, int((~there).sum()))


def _square(distances: pd.DataFrame, heads: Sequence[tuple[int, int]]) -> Doubles:
    if not distances.index.equals(distances.columns) or not distances.index.is_unique:
        raise InputError(
            "distances must be a square table whose index and columns are the same heads, as "
            "headwise.head_distances(traces) makes it"
        )
    index: Any = distances.index
    values = distances.to_numpy(np.float64)
    missing = np.isnan(values)
    if (values[~missing] < 0).any() or not np.allclose(values, values.T, equal_nan=True):
        raise InputError("distances must be 0 or more, and the same both ways")
    unknown = np.all(missing, axis=1, keepdims=True)
    lone = missing & ~(unknown | unknown.T)
    if lone.any():
        raise InputError("distances must be known for a head to all others, or to none (NaN)")
    order: NDArray[np.int64] = index.get_indexer(_pairs(heads))
    found = np.full((len(heads), len(heads)), np.nan)
    have = np.flatnonzero(order >= 0)
    found[np.ix_(have, have)] = values[np.ix_(order[have], order[have])]
    return found


def _pairs(heads: Sequence[tuple[int, int]]) -> Any:  # noqa: ANN401 - pandas is imported late
    pd: Any = import_module("pandas")  # takes its time, and has no whole types
    return pd.MultiIndex.from_tuples(list(heads))


def _on_a_plane(distances: Doubles) -> tuple[Doubles, float]:
    try:
        smacof: Any = import_module("sklearn.manifold").smacof  # takes its time
    except ModuleNotFoundError as error:
        raise _uninstalled() from error
    start = _classical(distances)
    # Where all heads are alike there is nothing to improve, and SMACOF would divide by 0.
    if not distances.any():
        return start, 0.0
    plane, _ = smacof(
        distances, n_components=2, init=start, n_init=1, max_iter=_STEPS, normalized_stress=False
    )
    apart = np.sqrt(((plane[:, None] - plane[None]) ** 2).sum(axis=2))
    stress = np.sqrt(((apart - distances) ** 2).sum() / max((apart**2).sum(), 1e-30))
    return plane, float(stress)


def _classical(distances: Doubles) -> Doubles:
    """Return the places of classical scaling: (heads, 2), each axis with its largest side up."""
    squares = distances**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    plane = np.zeros((len(distances), 2))
    for axis in range(2):
        vector = vectors[:, -1 - axis] * np.sqrt(max(values[-1 - axis], 0))
        plane[:, axis] = vector * (1 if vector[np.abs(vector).argmax()] >= 0 else -1)
    return plane


def _clusters(distances: Doubles, most: int) -> NDArray[np.int64]:
    """Give the clusters numbers from 0, in the order of their first heads."""
    try:
        hierarchy: Any = import_module("scipy.cluster.hierarchy")
        squareform: Any = import_module("scipy.spatial.distance").squareform
    except ModuleNotFoundError as error:
        raise _uninstalled() from error
    steps = hierarchy.linkage(squareform(distances, checks=False), method="average")
    found: Any = hierarchy.fcluster(steps, most, criterion="maxclust")
    order = dict.fromkeys(found.tolist())
    numbers = {name: number for number, name in enumerate(order)}
    return np.array([numbers[name] for name in found.tolist()], np.int64)


def _uninstalled() -> ModuleNotFoundError:
    return ModuleNotFoundError(
        "a map of heads needs scikit-learn and scipy: pip install 'headwise[metrics]'"
    )
