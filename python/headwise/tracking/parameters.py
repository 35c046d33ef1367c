"""Hyperparameters: which differ between runs, and which may be kept at all."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SECRET: Final = re.compile(r"(api_?key|token|secret|passw|credential|auth(?!or))", re.IGNORECASE)
# Names whose values are numbers of tokens or of the vocabulary.
_NO_SECRET: Final = re.compile(
    r"(token_id|tokens|num_.*token|token_type|image_token|tokenizer)", re.IGNORECASE
)
# What says which run it is, not how it trained.
_NAMES: Final = frozenset(
    {
        "output_dir",
        "run_name",
        "logging_dir",
        "hub_model_id",
        "trackio_space_id",
        "project",
        "_name_or_path",
        "name",
    }
)


def differing(
    configs: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any] | None = None
) -> dict[str, list[Any]]:
    """List the hyperparameters in which runs differ.

    Parameters
    ----------
    configs : sequence of mapping
        One a run; nested ones are flattened with dots.
    defaults : mapping, optional
        What a parameter is where nobody set it, as from `training_defaults`: a run that does not
        say has this value.

    Returns
    -------
    dict of str to list
        For each name that has two values or more, sorted, the value of each run; None where a run
        has none. Names and folders of the runs themselves, and secrets, are left out.
    """
    flat = [_flat(config) for config in configs]
    known: Mapping[str, Any] = {} if defaults is None else defaults
    names = sorted({name for config in flat for name in config})
    found: dict[str, list[Any]] = {}
    for name in names:
        if name.rpartition(".")[2] in _NAMES or is_secret(name):
            continue
        there = [name in config or name in known for config in flat]
        values = [config.get(name, known.get(name)) for config in flat]
        said = {_key(value) for value, is_there in zip(values, there, strict=True) if is_there}
        if len(said) > 1:
            found[name] = values
    return found


def not_default(config: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a run's hyperparameters what nobody set.

    Parameters
    ----------
    config, defaults : mapping

    Returns
    -------
    dict
        Flat, in the order of `config`: what is in `defaults` with another value.
    """
    return {
        name: value
        for name, value in _flat(config).items()
        if name in defaults and _key(value) != _key(defaults[name])
    }


@cache
def training_defaults() -> dict[str, Any]:
    """Read the defaults of transformers' ``TrainingArguments`` from its source.

    Returns
    -------
    dict
        Those that are plain values. Empty where transformers is not installed. It is not imported:
        that takes seconds.
    """
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        return {}
    try:
        source = (Path(spec.origin).parent / "training_args.py").read_text("utf-8")
    except OSError:
        return {}
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == "TrainingArguments":
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    value = _default(line.value)
                    if value is not None:
                        found[line.target.id] = ast.literal_eval(value)
    return found


def is_secret(name: str) -> bool:
    """Whether the name of a parameter says that its value is a key or a password.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    return bool(_SECRET.search(name)) and not _NO_SECRET.search(name)


def kept_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Prepare hyperparameters for a file: plain values only, without secrets.

    Parameters
    ----------
    config : mapping

    Returns
    -------
    dict
    """
    kept: dict[str, Any] = {}
    for name, value in config.items():
        if is_secret(name):
            continue
        if isinstance(value, dict):
            kept[name] = kept_config(cast("dict[str, Any]", value))
        elif value is None or isinstance(value, (str, int, float, bool)):
            kept[name] = value
        elif isinstance(value, (list, tuple)):
            kept[name] = [
                each if isinstance(each, (int, float, bool)) else str(each)
                for each in cast("Sequence[Any]", value)
            ]
        else:
            kept[name] = str(value)
    return kept


def _default(value: ast.expr | None) -> ast.expr | None:
    """Find the default in ``= field(default=…)`` or ``= …``, where it is a plain value."""
    if isinstance(value, ast.Call):
        value = next((each.value for each in value.keywords if each.arg == "default"), None)
    if value is None:
        return None
    try:
        ast.literal_eval(value)
    except ValueError:
        return None
    return value


def _flat(config: Mapping[str, Any], inside: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, dict):
            flat |= _flat(cast("dict[str, Any]", value), f"{inside}{name}.")
        else:
            flat[inside + name] = value
    return flat


def _key(value: object) -> str:
    """Compare by what a person reads: 1 and 1.0 are one value, 1 and True are not."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{float(value):.12g}"
    return json.dumps(value, sort_keys=True, default=str)
