"""Names of a Trainer's logs, as its own trackers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_trackers_name_it(logs: Mapping[str, object]) -> dict[str, float]:
    """Rename the logs of a Trainer as transformers does for TensorBoard and W&B.

    Parameters
    ----------
    logs : mapping
        As ``on_log`` has them, such as ``{"loss": 0.7, "eval_f1": 0.5}``.

    Returns
    -------
    dict of str to float
        ``{"train/loss": 0.7, "eval/f1": 0.5}``: ``eval_`` and ``test_`` become groups, the rest is
        of the training. What is no number is left out.
    """
    found: dict[str, float] = {}
    for name, value in logs.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        group, _, rest = name.partition("_")
        named = f"{group}/{rest}" if group in ("eval", "test") and rest else f"train/{name}"
        found[named] = float(value)
    return found
