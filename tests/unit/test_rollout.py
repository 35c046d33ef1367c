import networkx as nx
import numpy as np
import pytest

import headwise as hw
from headwise.metrics.rollout import raw_flow
from headwise.record import AttentionRecord


def traced(weights, labels=None):
    weights = np.asarray(weights, np.float32)
    count = weights.shape[-1]
    tokens = hw.Tokens.from_labels(labels or [str(place) for place in range(count)])
    return hw.from_attentions(weights[:, None], tokens)


def random_weights(layers, heads, count, seed=1):
    return np.random.default_rng(seed).dirichlet(np.ones(count), (layers, heads, count))


def test_rollout_is_the_product_of_the_mixed_layers():
    weights = random_weights(3, 4, 5)
    found = hw.rollout(traced(weights))
    product = np.eye(5)
    for layer in range(3):
        product = (0.5 * weights[layer].mean(axis=0) + 0.5 * np.eye(5)) @ product
        np.testing.assert_allclose(found.weights(layer, 0), product, atol=1e-6)
    assert found.heads() == 1
    assert found.block().query_tokens == traced(weights).tokens


@pytest.mark.parametrize("residual", [0.0, 0.3, 1.0])
def test_rows_of_rollout_sum_to_one_also_where_the_layers_do_not(residual):
    weights = random_weights(4, 2, 6)
    weights[1, :, 2] *= 0.25
    weights[2, :, 3] = 0
    with pytest.warns(hw.HeadwiseWarning, match="do not sum to 1"):
        trace = traced(weights)
    found = hw.rollout(trace, residual=residual)
    for layer in range(4):
        np.testing.assert_allclose(found.weights(layer, 0).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_flow_is_the_maximum_flow_of_networkx(seed):
    layers = list(random_weights(3, 1, 4, seed)[:, 0])
    graph = nx.DiGraph()
    for depth, capacities in enumerate(reversed(layers)):
        for query in range(4):
            for key in range(4):
                graph.add_edge(
                    (depth, query), (depth + 1, key), capacity=float(capacities[query, key])
                )
    expected = [
        [nx.maximum_flow_value(graph, (0, query), (3, key)) for key in range(4)]
        for query in range(4)
    ]
    np.testing.assert_allclose(raw_flow(layers), expected, atol=1e-5)


def test_flow_as_a_trace():
    found = hw.flow(traced(random_weights(2, 3, 5)))
    assert found.block().layers == 2
    np.testing.assert_allclose(found.weights(1, 0).sum(axis=1), 1, atol=1e-6)
    first = 0.5 * random_weights(2, 3, 5)[0].mean(axis=0) + 0.5 * np.eye(5)
    np.testing.assert_allclose(found.weights(0, 0), first, atol=1e-5)


def test_flow_refuses_long_texts_and_rollout_two_lists():
    with pytest.raises(hw.BudgetError, match="65 tokens"):
        hw.flow(traced(random_weights(1, 1, 65)))
    with pytest.raises(hw.InputError, match="residual"):
        hw.rollout(traced(random_weights(1, 1, 3)), residual=2)
    cross = hw.from_attentions(
        cross_attention=random_weights(1, 1, 3)[:, None],
        encoder_tokens=["a", "b", "c"],
        decoder_tokens=["x", "y", "z"],
    )
    with pytest.raises(hw.InputError, match="cannot be multiplied"):
        hw.rollout(cross, block="cross")


def test_norms_are_zero_for_zero_values_however_high_the_weight():
    tokens = hw.Tokens.from_labels(["a", "b", "c"])
    weights = np.array([[[0.9, 0.05, 0.05], [0.2, 0.4, 0.4], [1.0, 0, 0]]], np.float32)
    record = record_of(weights, lengths=[[0.0, 2.0, 1.0]])
    trace = hw.Trace([hw.Block("encoder", (record,), tokens, tokens, causal=False)])
    found = hw.norms(trace).weights(0, 0)
    np.testing.assert_allclose(found, [[0, 2 / 3, 1 / 3], [0, 2 / 3, 1 / 3], [0, 0, 0]], atol=1e-6)
    with pytest.raises(hw.UnsupportedAttention, match="values=True"):
        hw.norms(traced(weights[None]))


def record_of(weights, lengths):
    return AttentionRecord(given=weights, value_norms=np.array(lengths, np.float32))


def test_distances_of_heads():
    same, left, right = np.full((4, 4), 0.25), np.zeros((4, 4)), np.zeros((4, 4))
    left[:, 0], right[:, 1] = 1, 1
    trace = traced(np.array([[same, same, left, right]]))
    table = hw.head_distances(trace)
    assert table.loc[(0, 0), (0, 1)] == pytest.approx(0, abs=1e-7)
    assert table.loc[(0, 2), (0, 3)] == pytest.approx(np.log(2), rel=1e-6)
    mixed = np.array([0.625, 0.125, 0.125, 0.125])
    expected = -(mixed * np.log(mixed)).sum() - np.log(4) / 2
    assert table.loc[(0, 0), (0, 2)] == pytest.approx(expected, rel=1e-5)
    assert (table.to_numpy() == table.to_numpy().T).all()
    assert (np.diag(table) == 0).all()


def test_distances_are_at_most_ln_2_and_averaged_over_texts():
    texts = [traced(random_weights(2, 3, count, seed=count)) for count in (2, 5, 9)]
    single = [hw.head_distances(text).to_numpy() for text in texts]
    table = hw.head_distances(texts)
    np.testing.assert_allclose(table, np.mean(single, axis=0), rtol=1e-9)
    assert table.to_numpy().max() <= np.log(2)
