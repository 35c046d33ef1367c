"""Hyperparameters: which differ between runs, and which may be kept at all."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import json
import re
from argparse import Namespace
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SECRET: Final = re.compile(r"(api_?key|token|secret|passw|credential|auth(?!or))", re.IGNORECASE)
# Names whose values are numbers of tokens or of the vocabulary.
_NO_SECRET: Final = re.compile(
    r"(token_id|tokens|num_.*token|token_type|image_token|tokenizer)", re.IGNORECASE
)
# Objects of these classes are words, and hold nothing else.
_WORDS: Final = (type, np.dtype, PurePath)
_WORDS_OF_TORCH: Final = frozenset({"torch.dtype", "torch.device"})
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
    flat = [_flat(kept_config(config)) for config in configs]
    known: Mapping[str, Any] = {} if defaults is None else defaults
    names = sorted({name for config in flat for name in config})
    found: dict[str, list[Any]] = {}
    for name in names:
        if name.rpartition(".")[2] in _NAMES:
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
        Flat, in the order of `config`: what is in `defaults` with another value. Secrets are left
        out.
    """
    return {
        name: value
        for name, value in _flat(kept_config(config)).items()
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
    parts = re.split(r"[./]", name)
    return any(_SECRET.search(part) and not _NO_SECRET.search(part) for part in parts)


def kept_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Prepare hyperparameters for a file: plain values only, without secrets.

    Parameters
    ----------
    config : mapping

    Returns
    -------
    dict
        Names are strings. Mappings, lists, namespaces and dataclasses are looked into however deep
        they are; of other objects the name of the class is kept.
    """
    return cast("dict[str, Any]", _kept(config, ()))


def _kept(value: Any, inside: tuple[int, ...]) -> object:  # noqa: ANN401 - anything is configured
    value = _plain(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    # What holds itself has no end.
    if id(value) in inside:
        return type(value).__name__
    inside = (*inside, id(value))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_kept(each, inside) for each in _in_order(cast("Iterable[Any]", value))]
    fields = _fields(value)
    if fields is not None:
        return {
            str(name): _kept(each, inside)
            for name, each in fields.items()
            if not is_secret(str(name))
        }
    return str(value) if _is_word(value) else type(value).__name__


def _plain(value: Any) -> Any:  # noqa: ANN401 - the same
    """Read what stands for a plain value: a member of an enum, a number of NumPy."""
    if isinstance(value, Enum):
        return value.value
    for kind, plain in ((np.bool_, bool), (np.integer, int), (np.floating, float)):
        if isinstance(value, kind):
            return plain(cast("Any", value))
    return value


def _fields(value: object) -> Mapping[Any, Any] | None:
    """List what an object holds by name; None where it is not made of names and values."""
    if isinstance(value, Mapping):
        return cast("Mapping[Any, Any]", value)
    if isinstance(value, (Namespace, SimpleNamespace)):
        return vars(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    return None


def _in_order(values: Iterable[Any]) -> Iterable[Any]:
    return sorted(values, key=repr) if isinstance(values, (set, frozenset)) else values


def _is_word(value: object) -> bool:
    kind = type(value)
    return isinstance(value, _WORDS) or f"{kind.__module__}.{kind.__name__}" in _WORDS_OF_TORCH


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
