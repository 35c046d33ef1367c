"""Trace files: safetensors with one JSON entry, no pickle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from headwise.errors import HeadwiseError, TraceFileError
from headwise.masks import PackedMask
from headwise.record import AttentionRecord
from headwise.tokens import Tokens
from headwise.trace import Block, Trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray


class _File(Protocol):
    def metadata(self) -> dict[str, str] | None: ...
    def keys(self) -> list[str]: ...
    def get_tensor(self, name: str, /) -> NDArray[Any]: ...


FORMAT = "headwise-trace"
VERSION = 1

_OWN = ("queries", "keys", "given", "sinks", "value_norms")


def save_trace(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write `trace` beside `path` and move it there, so that a failure leaves the old file."""
    target = Path(path)
    tensors, description = _describe(trace)
    metadata = {"format": FORMAT, "version": str(VERSION), "trace": json.dumps(description)}
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(save(tensors, metadata))
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def load_trace(path: str | os.PathLike[str]) -> Trace:
    """Read the file that :func:`save_trace` wrote.

    Raises
    ------
    TraceFileError
        If the file is cut, not one of ours, or of a newer version.
    """
    source = Path(path)
    if not source.exists():
        raise FileNotFoundError(f"there is no trace file at {source}")
    try:
        with cast("AbstractContextManager[_File]", safe_open(source, framework="np")) as file:
            metadata = file.metadata() or {}
            _check_format(metadata, source)
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, OSError) as error:
        raise TraceFileError(
            f"{source.name} is not a whole safetensors file ({error}): "
            "it may be cut, or not written by Trace.save"
        ) from error
    try:
        return _rebuild(tensors, json.loads(metadata["trace"]))
    except (HeadwiseError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise TraceFileError(
            f"{source.name} is marked as a trace, but its parts do not fit together ({error}): "
            "write it again with Trace.save"
        ) from error


def _check_format(metadata: Mapping[str, str], source: Path) -> None:
    if metadata.get("format") != FORMAT:
        raise TraceFileError(
            f"{source.name} is a safetensors file, but not a trace: "
            "headwise.load reads files that Trace.save wrote"
        )
    version = metadata.get("version", "")
    if not version.isdecimal():
        raise TraceFileError(f"{source.name} has no readable version: {version!r}")
    if int(version) > VERSION:
        raise TraceFileError(
            f"{source.name} has format version {version}, but this headwise reads up to "
            f"{VERSION}: update headwise"
        )


def _describe(trace: Trace) -> tuple[dict[str, NDArray[Any]], dict[str, object]]:
    tensors: dict[str, NDArray[Any]] = {}
    shared: dict[int, str] = {}

    def keep_once(array: NDArray[Any] | None, kind: str) -> str | None:
        if array is None:
            return None
        if id(array) not in shared:
            shared[id(array)] = f"{kind}/{len(shared)}"
            tensors[shared[id(array)]] = np.ascontiguousarray(array)
        return shared[id(array)]

    tokens: list[Tokens] = []
    blocks: list[dict[str, object]] = []
    for number, block in enumerate(trace.blocks.values()):
        places: list[int] = []
        for side in (block.query_tokens, block.key_tokens):
            if side not in tokens:
                tokens.append(side)
            places.append(tokens.index(side))
        records: list[dict[str, object]] = []
        for layer, record in enumerate(block.records):
            for name in _OWN:
                array = cast("NDArray[Any] | None", getattr(record, name))
                if array is not None:
                    tensors[f"{number}/{layer}/{name}"] = array
            records.append(
                {
                    "scale": record.scale,
                    "causal": record.causal,
                    "softcap": record.softcap,
                    "module": record.module,
                    "check": record.check,
                    "kept": record.kept,
                    "model_heads": record.model_heads,
                    "mask": keep_once(None if record.mask is None else record.mask.bits, "mask"),
                    "bias": keep_once(record.bias, "bias"),
                }
            )
        blocks.append(
            {
                "name": block.name,
                "causal": block.causal,
                "query_tokens": places[0],
                "key_tokens": places[1],
                "records": records,
            }
        )
    columns = [{**side.to_json(), "ids": list(side.ids)} for side in tokens]
    return tensors, {"meta": dict(trace.meta), "tokens": columns, "blocks": blocks}


def _rebuild(tensors: Mapping[str, NDArray[Any]], description: dict[str, Any]) -> Trace:
    tokens = [Tokens.from_json(columns) for columns in description["tokens"]]
    masks: dict[str, PackedMask] = {}
    blocks: list[Block] = []
    for number, stored in enumerate(cast("list[dict[str, Any]]", description["blocks"])):
        query_tokens: Tokens = tokens[int(stored["query_tokens"])]
        key_tokens: Tokens = tokens[int(stored["key_tokens"])]
        records: list[AttentionRecord] = []
        for layer, facts in enumerate(cast("list[dict[str, Any]]", stored["records"])):
            mask = facts["mask"]
            if mask is not None and mask not in masks:
                masks[mask] = PackedMask(tensors[mask], len(key_tokens))
            records.append(
                AttentionRecord(
                    **{name: tensors.get(f"{number}/{layer}/{name}") for name in _OWN},
                    scale=facts["scale"],
                    visible=None if mask is None else masks[mask],
                    causal=facts["causal"],
                    bias=None if facts["bias"] is None else tensors[facts["bias"]],
                    softcap=facts["softcap"],
                    module=facts["module"],
                    check=facts["check"],
                    kept=facts.get("kept"),
                    model_heads=facts.get("model_heads"),
                )
            )
        blocks.append(
            Block(stored["name"], tuple(records), query_tokens, key_tokens, stored["causal"])
        )
    return Trace(blocks, {str(key): str(value) for key, value in description["meta"].items()})
