from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from safetensors.numpy import load

from headwise.errors import InputError
from headwise.wire.codec import dequantize, encode, quantize

shapes = npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)
floats = npst.arrays(np.float32, shapes, elements=st.floats(0, 1, width=32))
levels = npst.arrays(np.uint8, shapes)
names = st.text(min_size=1, max_size=12).filter(lambda name: name != "__metadata__")


@given(st.dictionaries(names, st.one_of(floats, levels), max_size=5))
def test_what_is_encoded_is_what_safetensors_reads(arrays):
    read = load(encode(arrays))
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_a_view_with_strides_is_encoded_by_its_values():
    table = np.arange(24, dtype=np.float32).reshape(4, 6)
    np.testing.assert_array_equal(load(encode({"x": table[:, ::2]}))["x"], table[:, ::2])


def test_metadata_stands_in_the_header():
    blob = encode({"x": np.zeros(1, np.float32)}, {"note": "</script>"})
    (length,) = struct.unpack("<Q", blob[:8])
    assert json.loads(blob[8 : 8 + length])["__metadata__"] == {"note": "</script>"}


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, np.bool_])
def test_a_dtype_that_the_browser_does_not_read_is_refused(dtype):
    with pytest.raises(InputError, match=r"'x'.*float32 or uint8"):
        encode({"x": np.zeros(2, dtype)})


@given(floats)
def test_quantizing_keeps_weights_to_within_a_level(weights):
    kept = dequantize(quantize(weights))
    assert kept.shape == weights.shape
    assert kept.dtype == np.float32
    np.testing.assert_allclose(np.sqrt(kept), np.sqrt(weights), atol=0.5 / 255 + 1e-6)


def test_the_scale_is_the_square_root():
    weights = np.array([0, 1, 0.25, (10 / 255) ** 2], np.float32)
    assert quantize(weights).tolist() == [0, 255, 128, 10]


def test_rounding_errors_above_one_do_not_wrap():
    assert quantize(np.array([1.0000001, 1.1], np.float32)).tolist() == [255, 255]
