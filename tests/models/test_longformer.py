"""Longformer's banded weights laid out as rows, against a computation from q and k."""

import architectures
import numpy as np
import pytest
import torch
from architectures import BY_NAME, build

import headwise as hw

pytestmark = pytest.mark.models

WINDOW = 4


def dense_rows(states, attention, marked, real):
    """Beltagy et al. 2020 by the definition: local and global keys, rows of global queries."""
    heads = attention.num_heads
    split = lambda vectors: vectors.reshape(len(states), heads, -1).transpose(0, 1)  # noqa: E731
    size = states.shape[1] // heads
    query, key = split(attention.query(states)), split(attention.key(states))
    scores = query @ key.transpose(1, 2) / size**0.5
    place = torch.arange(len(states))
    near = (place[:, None] - place).abs() <= WINDOW // 2
    seen = (near | marked[None, :]) & real[None, :]
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    query, key = split(attention.query_global(states)), split(attention.key_global(states))
    far = (query @ key.transpose(1, 2) / size**0.5).masked_fill(~real, float("-inf")).softmax(-1)
    return torch.where(marked[:, None], far, weights)


@pytest.mark.parametrize("positions", [[], [0], [0, 3], [2, 5, 6]])
def test_rows_are_those_of_the_definition(positions):
    architecture = BY_NAME["Longformer"]
    model, inputs = build(architecture), architectures.inputs_of(architecture)
    marked = torch.zeros_like(inputs["input_ids"])
    marked[:, positions] = 1
    inputs["global_attention_mask"] = marked
    seen = []
    attention = model.encoder.layer[0].attention.self
    attention.register_forward_pre_hook(
        lambda _, args, given: seen.append((args or (given["hidden_states"],))[0]), with_kwargs=True
    )
    batch = hw.trace(model, inputs=inputs)
    for text, trace in enumerate(batch):
        real = inputs["attention_mask"][text].bool()
        with torch.no_grad():
            states = seen[0][text][: len(real)]
            expected = dense_rows(states, attention, marked[text].bool(), real)
        np.testing.assert_allclose(
            trace.weights(0), expected[:, real][:, :, real].numpy(), rtol=0, atol=1e-5
        )
        np.testing.assert_allclose(trace.weights(1).sum(axis=-1), 1, atol=1e-5)
