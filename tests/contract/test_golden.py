"""Write what Python sends, and what it holds, for vitest to decode: golden/ is made on every run.

``golden/expected.json`` holds ``files`` (each with ``file`` and ``tensors``, a list of ``name``,
``dtype``, ``shape`` and ``data``, flat and row-major), ``broken`` (files that are cut), ``levels``
(the weight of each byte), ``traits`` (the synced traits of a head view, but for its bytes) and
``reductions`` (what reduce.py makes of some weights, for the browser has the same three rules).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import load

from headwise.reduce import aggregate, merge_words, top_share
from headwise.wire.codec import dequantize, encode
from headwise.wire.tiles import archive, marginal_tile, snapshot, tile

GOLDEN = Path(__file__).parent / "golden"
LABELS = [
    "[CLS]",
    "it",
    "</script><img src=x onerror=alert(1)>",
    "␣cat",
    "😀 1/3",
    "[SEP]",
    "a",
    "b",
]
ROWS = [
    [0.25, 0.125, 0.25, 0.125, 0.25],
    [0.1, 0.6, 0.0, 0.3, 0.0],
    [0.2] * 5,
    [0.0] * 5,
    [0.0, 1.0, 0.0, 0.0, 0.0],
    [2**-7, 0.5, 2**-7, 0.25, 0.234375],
]
SHARES = [0.0, 0.25, 0.5, 0.8, 1.0]
QUERY_WORDS = [0, 0, 1, 2]
KEY_WORDS = [0, 1, 1, 1, 2, 2]
DTYPES = {"float32": "F32", "uint8": "U8"}


def ask(axis, dtype, start=0, stop=8):
    return {
        "block": "encoder",
        "layer": 1,
        "axis": axis,
        "start": start,
        "stop": stop,
        "dtype": dtype,
    }


def without_padding(blob):
    """Write the same tensors with a header of odd length, so that no float is aligned."""
    (length,) = struct.unpack("<Q", blob[:8])
    header = blob[8 : 8 + length].rstrip()
    header += b" " * (1 - len(header) % 2)
    assert (8 + len(header)) % 4 in (1, 3)
    return struct.pack("<Q", len(header)) + header + blob[8 + length :]


def tensors(blob):
    return [
        {
            "name": name,
            "dtype": DTYPES[array.dtype.name],
            "shape": list(array.shape),
            "data": array.ravel().tolist(),
        }
        for name, array in sorted(load(blob).items())
    ]


def reductions():
    rows = np.array(ROWS, np.float32)
    weights = np.random.default_rng(5).random((3, 4, 6), np.float32)
    weights /= weights.sum(axis=-1, keepdims=True)
    on = [0, 2]
    return {
        "top_share": [
            {"rows": rows.tolist(), "share": share, "kept": top_share(rows, share).tolist()}
            for share in SHARES
        ],
        "aggregate": [
            {"how": how, "heads": on, "result": aggregate(weights[on], how).tolist()}
            for how in ("sum", "mean", "max")
        ],
        "merge_words": {
            "query_words": QUERY_WORDS,
            "key_words": KEY_WORDS,
            "result": merge_words(weights, QUERY_WORDS, KEY_WORDS).tolist(),
        },
        "weights": weights.tolist(),
    }


@pytest.fixture
def golden(make_trace, opened):
    trace = make_trace(layers=3, heads=2, count=8, pair=True, labels=LABELS)
    filters = {"block": "encoder", "layer": 1, "sentences": "ab", "hide_special": True}
    mixed = {"w/b/0": np.arange(3, dtype=np.uint8), "w/a/0": np.ones((1, 1, 2), np.float32)}
    blobs = {
        "snapshot-whole": snapshot(trace, "encoder", 1, 10_000),
        "snapshot-layer": snapshot(trace, "encoder", 1, 1_300),
        "snapshot-band": snapshot(trace, "encoder", 1, 240),
        "layer-f32": tile(trace, ask("all", "f32")),
        "layer-u8": tile(trace, ask("all", "u8")),
        "queries-f32": tile(trace, ask("query", "f32", 2, 5)),
        "queries-u8": tile(trace, ask("query", "u8", 2, 5)),
        "keys-f32": tile(trace, ask("key", "f32", 7, 8)),
        "keys-u8": tile(trace, ask("key", "u8", 3, 8)),
        "marginals": marginal_tile(trace, filters),
        "archive-u8": archive(trace, "encoder", 1, 1_000),
        "mixed-with-metadata": encode(mixed, {"note": LABELS[2], "__proto__": "data"}),
        "empty-side": encode({"q/encoder/0/0": np.zeros((2, 0, 8), np.float32)}),
    }
    blobs["unaligned-f32"] = without_padding(blobs["queries-f32"])
    return blobs, opened(trace, layer=1, heads=[0]).state_for_page()


def test_vitest_gets_what_python_sends(golden):
    blobs, traits = golden
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.iterdir():
        old.unlink()
    files = []
    for name, blob in blobs.items():
        (GOLDEN / f"{name}.safetensors").write_bytes(blob)
        files.append({"file": f"{name}.safetensors", "tensors": tensors(blob)})
    broken = {"cut-header": blobs["layer-f32"][:20], "cut-data": blobs["layer-f32"][:-4]}
    for name, blob in broken.items():
        (GOLDEN / f"{name}.safetensors").write_bytes(blob)
        with pytest.raises(SafetensorError):
            load(blob)
    expected = {
        "files": files,
        "broken": [f"{name}.safetensors" for name in broken],
        "levels": dequantize(np.arange(256, dtype=np.uint8)).tolist(),
        "traits": traits,
        "reductions": reductions(),
    }
    (GOLDEN / "expected.json").write_text(json.dumps(expected, allow_nan=False), "utf-8")
    held = {entry["file"]: {one["name"] for one in entry["tensors"]} for entry in files}
    assert held["snapshot-whole.safetensors"] == {f"w/encoder/{layer}" for layer in range(3)}
    assert held["snapshot-layer.safetensors"] == {
        "w/encoder/1",
        "strongest/encoder/1",
        "received/encoder/1",
    }
    assert held["queries-u8.safetensors"] == {"q/encoder/1/2"}
    assert held["keys-u8.safetensors"] == {"k/encoder/1/3"}
    assert traits["_trace"]["tokens"]["0"]["labels"] == LABELS


def test_the_reductions_have_ties_and_every_share():
    made = reductions()
    kept = {case["share"]: case["kept"] for case in made["top_share"]}
    assert list(kept) == SHARES
    assert kept[0.5][0] == [True, False, True, False, False]
    assert kept[0.5][2] == [True, True, True, False, False]
    assert kept[1.0][1] == [True, True, False, True, False]
    assert np.shape(made["merge_words"]["result"]) == (3, 3, 3)


def test_what_is_sent_is_what_the_trace_holds(golden, make_trace):
    blobs, _ = golden
    trace = make_trace(layers=3, heads=2, count=8, pair=True, labels=LABELS)
    weights = trace.weights(1)
    np.testing.assert_array_equal(load(blobs["unaligned-f32"])["q/encoder/1/2"], weights[:, 2:5])
    np.testing.assert_array_equal(load(blobs["keys-f32"])["k/encoder/1/7"], weights[:, :, 7:])
    levels = load(blobs["layer-u8"])["w/encoder/1"]
    np.testing.assert_array_equal(levels, np.round(255 * np.sqrt(weights)).astype(np.uint8))
