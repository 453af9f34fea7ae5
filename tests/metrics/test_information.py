"""Entropies and divergences of discrete distributions: closed forms and identities."""

import numpy as np
import pytest

from skgen.metrics import cross_entropy, entropy, js_divergence, kl_divergence

PAIRED = [cross_entropy, kl_divergence, js_divergence]


@pytest.fixture
def batch():
    return np.random.default_rng(0).dirichlet([0.5] * 6, size=(2, 4, 3))


def test_entropy_of_uniform_and_certain():
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(np.log(8))
    assert entropy(np.full(8, 1 / 8), base=2) == pytest.approx(3)
    assert entropy([0, 1, 0]) == 0


@pytest.mark.parametrize("base", [None, 2, 10, 0.5])
def test_base_divides_by_its_logarithm(batch, base):
    p, q = batch
    scale = 1 if base is None else np.log(base)
    np.testing.assert_allclose(entropy(p, base=base) * scale, entropy(p))
    for function in PAIRED:
        np.testing.assert_allclose(function(p, q, base=base) * scale, function(p, q))


def test_cross_entropy_is_entropy_plus_divergence(batch):
    p, q = batch
    np.testing.assert_allclose(
        cross_entropy(p, q), entropy(p) + kl_divergence(p, q), rtol=1e-12
    )
    np.testing.assert_allclose(cross_entropy(p, p), entropy(p), rtol=1e-12)


def test_js_is_entropy_of_mixture_minus_mean_entropy(batch):
    p, q = batch
    expected = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    np.testing.assert_allclose(js_divergence(p, q), expected, atol=1e-12)
    np.testing.assert_allclose(js_divergence(p, q), js_divergence(q, p), rtol=1e-12)


def test_js_is_the_value_of_the_game(batch):
    p, q = batch
    best = p / (p + q)
    value = np.sum(p * np.log(best) + q * np.log(1 - best), axis=-1)
    np.testing.assert_allclose(js_divergence(p, q), value / 2 + np.log(2), rtol=1e-9)


def test_divergences_of_equals_are_zero_and_never_negative(batch):
    p, _ = batch
    assert np.all(kl_divergence(p, p) == 0)
    assert np.all(js_divergence(p, p) == 0)
    # The order of a sum must not take it below zero.
    close = p * (1 + 1e-9 * np.random.default_rng(0).normal(size=p.shape))
    assert np.all(kl_divergence(p, close / close.sum(-1, keepdims=True)) >= 0)


def test_supports_that_differ():
    p, q = [0.5, 0.5, 0], [0, 0.5, 0.5]
    assert kl_divergence(p, q) == np.inf
    assert cross_entropy(p, q) == np.inf
    assert js_divergence(p, q) == pytest.approx(np.log(2) / 2)
    assert js_divergence([1, 0], [0, 1], base=2) == 1
    # No mass of p where q has none: finite.
    assert kl_divergence([1, 0, 0], [0.5, 0.5, 0]) == pytest.approx(np.log(2))


def test_divergence_of_bernoullis():
    a, b = 0.3, 0.7
    expected = a * np.log(a / b) + (1 - a) * np.log((1 - a) / (1 - b))
    assert kl_divergence([a, 1 - a], [b, 1 - b]) == pytest.approx(expected)


def test_chain_rule_of_entropy():
    joint = np.random.default_rng(0).dirichlet(np.ones(12)).reshape(3, 4)
    marginal = joint.sum(axis=1)
    conditional = joint / marginal[:, None]
    assert entropy(joint.ravel()) == pytest.approx(
        entropy(marginal) + marginal @ entropy(conditional)
    )


def test_batches_broadcast_and_axis_moves(batch):
    p, q = batch
    assert isinstance(entropy(p[0, 0]), float)
    assert entropy(p).shape == p.shape[:-1]
    np.testing.assert_allclose(entropy(np.moveaxis(p, -1, 0), axis=0), entropy(p))
    for function in PAIRED:
        one = function(p, q[0, 0])
        assert one.shape == p.shape[:-1]
        np.testing.assert_allclose(one[2, 1], function(p[2, 1], q[0, 0]))
        turned = function(np.moveaxis(p, -1, 0), q[0, 0], axis=0)
        np.testing.assert_allclose(turned, one)


def test_float32_probabilities_pass():
    logits = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    p = np.exp(logits) / np.exp(logits).sum()
    assert entropy(p) == pytest.approx(entropy(p.astype(np.float64)), rel=1e-6)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([0.5, 0.6], "p must add up to 1 along axis -1, got a sum of 1.1; divide coun"),
        ([3, 4], "got a sum of 7; divide counts by their sum"),
        ([1.5, -0.5], "probabilities of at least 0, got -0.5; pass softmax"),
        ([np.nan, 1], "at least 0, got nan"),
        ([np.inf, 0], "at least 0, got inf"),
        ([], r"at least one probability, got shape \(0,\)"),
        (0.5, r"at least one probability, got shape \(\)"),
    ],
)
def test_what_is_no_distribution(p, message):
    with pytest.raises(ValueError, match=message):
        entropy(p)
    for function in PAIRED:
        with pytest.raises(ValueError, match=message):
            function(p, [0.5, 0.5])
        with pytest.raises(ValueError, match=message.replace("p must", "q must")):
            function([0.5, 0.5], p)


@pytest.mark.parametrize("base", [0, 1, -2, np.inf, np.nan, True, "2"])
def test_base_that_is_none(base):
    with pytest.raises(ValueError, match="base must be None .nats. or a positive"):
        entropy([0.5, 0.5], base=base)


@pytest.mark.parametrize("function", PAIRED)
def test_pairs_that_do_not_fit(function):
    with pytest.raises(ValueError, match="as many outcomes, got 2 and 3"):
        function([0.5, 0.5], [0.5, 0.5, 0])
    with pytest.raises(ValueError, match=r"must broadcast, got the shapes \(2,\) and"):
        function(np.full((2, 2), 0.5), np.full((3, 2), 0.5))
    with pytest.raises(ValueError, match=r"axis must be an axis of p, got 1"):
        function([0.5, 0.5], [0.5, 0.5], axis=1)
