import numpy as np
import pytest

from headwise.softmax import softmax_in_place


def reference(scores, sinks=None):
    wide = scores.astype(np.float64)
    extra = np.full(scores.shape[0], -np.inf) if sinks is None else sinks.astype(np.float64)
    whole = np.concatenate(
        [wide, np.broadcast_to(extra[:, None, None], (*scores.shape[:2], 1))], axis=2
    )
    top = np.maximum(whole.max(axis=2, keepdims=True), -1e30)
    powers = np.exp(whole - top)
    total = powers.sum(axis=2, keepdims=True)
    return (powers / np.where(total == 0, 1, total))[:, :, :-1]


@pytest.mark.parametrize("spread", [1.0, 12.0, 39.0, 300.0, 3e4])
@pytest.mark.parametrize("shift", [0.0, 35.0, -35.0, 500.0, -500.0])
@pytest.mark.parametrize("with_sinks", [False, True])
def test_the_softmax_of_small_and_of_huge_scores(spread, shift, with_sinks):
    random = np.random.default_rng(3)
    scores = (random.uniform(-1, 1, (3, 7, 50)) * spread + shift).astype(np.float32)
    scores[:, 2] = -np.inf
    scores[1, 4, 10:] = -np.inf
    sinks = np.array([0.0, shift, shift + spread], np.float32) if with_sinks else None
    expected = reference(scores, sinks)
    weights = softmax_in_place(scores, sinks)
    assert weights is scores
    np.testing.assert_allclose(weights, expected, rtol=3e-6, atol=1e-30)
    assert not weights[:, 2].any()


def test_no_scores_are_no_weights():
    assert softmax_in_place(np.empty((2, 0, 5), np.float32)).shape == (2, 0, 5)
