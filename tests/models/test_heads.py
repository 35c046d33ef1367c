"""The figures of two heads of a trained model that are known from pictures of their weights."""

import pytest
from safetensors.numpy import load

import headwise as hw
from headwise.metrics.heads import FACTS
from headwise.wire.thumbs import facts_tile

pytestmark = pytest.mark.models


@pytest.mark.parametrize(
    ("layer", "head", "figures", "pair"),
    [
        (2, 5, [1.47, 2.89, 0.05, 0.03, 0.59, 0.61], ("it", "cat", 0.213)),
        (3, 1, [1.34, 2.89, 0.06, 0.14, 0.31, 0.32], ("find", "food", 0.893)),
    ],
)
def test_figures_of_heads_of_minilm(minilm, layer, head, figures, pair):
    trace = hw.trace(
        *minilm, "The cat is very sad.", "Because it could not find food to eat.", progress=False
    )
    read = load(facts_tile(trace, {"block": "encoder", "layer": layer}))
    found = dict(zip(FACTS, read[f"facts/encoder/{layer}"][head].tolist(), strict=True))
    assert list(found.values())[:6] == pytest.approx(figures, abs=0.0051)
    labels = trace.tokens.labels
    assert labels[int(found["pair_query"])] == pair[0]
    assert labels[int(found["pair_key"])] == pair[1]
    assert found["pair_weight"] == pytest.approx(pair[2], abs=0.0005)
