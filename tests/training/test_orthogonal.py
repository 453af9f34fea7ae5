"""Orthogonal regularisation: its gradient, and filters that it draws apart."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from skgen.gan import GANSampler
from skgen.latent import AutoencoderTransformer
from skgen.training import OrthogonalRegularization
from skgen.training._orthogonal import orthogonal_gradient


@pytest.mark.parametrize("shape", [(3, 5), (4, 2, 3, 3)])
def test_gradient_is_that_of_the_penalty(shape):
    w = torch.randn(shape, generator=torch.Generator().manual_seed(0)).double()
    w.requires_grad_()
    rows = w.flatten(1)
    off = (rows @ rows.T) * (1 - torch.eye(len(rows), dtype=w.dtype))
    off.square().sum().backward()
    torch.testing.assert_close(orthogonal_gradient(w.detach()), w.grad)


def test_orthogonal_filters_have_no_penalty_whatever_their_length():
    w = torch.diag(torch.tensor([1.0, 5.0, 0.1]))
    assert not orthogonal_gradient(w).any()


def overlap(weights, player):
    """Mean squared cosine of two filters, where there are as many dimensions."""
    found = 0.0
    for name, w in weights.items():
        if name.startswith(f"{player}.") and w.ndim > 1 and len(w) <= w[0].size:
            rows = w.reshape(len(w), -1)
            rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
            products = rows @ rows.T
            found += np.square(products - np.diag(np.diag(products))).mean()
    return found


def test_filters_of_the_named_player_are_drawn_apart():
    X = np.random.default_rng(0).normal(size=(200, 3))
    gan = GANSampler(max_epochs=40, ema=0.0, random_state=0)
    found = {}
    for weight in (None, 0.0, 1.0):
        callbacks = None if weight is None else [OrthogonalRegularization(weight)]
        found[weight] = clone(gan).set_params(callbacks=callbacks).fit(X).weights_
    plain, none, drawn = found.values()
    assert overlap(drawn, "generator") < 0.8 * overlap(plain, "generator")
    assert overlap(drawn, "critic") > 0.8 * overlap(plain, "critic")
    for name, value in plain.items():
        np.testing.assert_array_equal(none[name], value)


def test_bad_values_are_refused_before_training():
    X = np.random.default_rng(0).normal(size=(50, 3))
    for weight in (-1, float("nan")):
        callbacks = [OrthogonalRegularization(weight)]
        with pytest.raises(ValueError, match="weight must be a number >= 0"):
            GANSampler(max_epochs=1, callbacks=callbacks).fit(X)
    with pytest.raises(ValueError, match=r"players must be.*'module'.*'generator'"):
        AutoencoderTransformer(2, callbacks=[OrthogonalRegularization()]).fit(X)
