"""Lower bounds against the log-likelihoods of linear Gaussian models."""

import itertools
import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import clone
from torch import nn

from skgen import VAETransformer
from skgen.encoding.code_mixture import draw_prior, fit_prior
from skgen.latent._model import AutoencoderModel
from skgen.latent._pixels import GaussianPixels
from skgen.latent._prior import LatentPrior
from skgen.losses.elbo import importance_bound
from skgen.training import infer

N_LATENT = 2
LINEAR = VAETransformer(
    N_LATENT,
    likelihood="gaussian",
    hidden=(),
    input_noise=0.0,
    prior="normal",
    max_epochs=40,
    learning_rate=1e-2,
    random_state=0,
)


def draw_rows(n=200, d=4, seed=0):
    """Rows near a plane, in units of their own, bent so that the scale bends too."""
    rng = np.random.default_rng(seed)
    plane = np.random.default_rng(7).normal(size=(N_LATENT, d))
    X = rng.normal(size=(n, N_LATENT)) @ plane + 0.4 * rng.normal(size=(n, d))
    return 30 * np.exp(0.3 * X) + 5


@pytest.fixture(scope="module")
def rows():
    return draw_rows()


@pytest.fixture(scope="module")
def fitted(rows):
    models = {
        "table": LINEAR,
        "image": clone(LINEAR).set_params(image_shape=(2, 2)),
        "mixture": clone(LINEAR).set_params(prior="mixture", prior_components=3),
        "image, mixture": clone(LINEAR).set_params(
            image_shape=(2, 2), prior="mixture", prior_components=3
        ),
    }
    return {name: clone(model).fit(rows) for name, model in models.items()}


def closed_form(model, X):
    """Give log p(x) by the formula of a mixture of Gaussians, from the weights."""
    w = {k: a.astype(np.float64) for k, a in model.weights_.items()}
    W, b = w["module.decoder.0.0.weight"], w["module.decoder.0.0.bias"]
    b = b + w["module.likelihood.base"].ravel()
    pace = 10 * np.broadcast_to(w["module.likelihood.pace"], b.shape)
    variances = np.exp(2 * (w.get("module.likelihood.first", 0.0) + pace))
    if model.image_shape is None:
        Z, log_slopes = standardised(model.encoder_, X)
    else:
        low, high = model.encoder_.low_, model.encoder_.high_
        Z = 2 * (X - low) / (high - low) - 1
        log_slopes = np.full(len(X), X.shape[1] * np.log(2 / (high - low)))
    log_p = []
    for log_weight, mean, covariance in components(w):
        total = W @ covariance @ W.T + np.diag(variances)
        part = multivariate_normal(W @ mean + b, total)
        log_p.append(log_weight + part.logpdf(Z))
    return logsumexp(log_p, axis=0) + log_slopes


def components(w):
    """Log-weights, means and covariances of the distribution of codes."""
    if "module.prior.means" not in w:
        return [(0.0, np.zeros(N_LATENT), np.eye(N_LATENT))]
    roots = w["module.prior.roots"][0]
    covariances = np.linalg.inv(roots @ roots.transpose(0, 2, 1))
    return zip(
        w["module.prior.log_weights"][0],
        w["module.prior.means"][0],
        covariances,
        strict=True,
    )


def standardised(encoder, X):
    """Numbers as the networks see them, and the log of their slopes by differences."""
    step = 1e-5 * X
    above, at, below = (encoder.transform(X + s)[2] for s in (step, 0 * step, -step))
    return at, np.log((above - below) / (2 * step)).sum(axis=1)


def draw_normal(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


NAMES = ["table", "image", "mixture", "image, mixture"]


@pytest.mark.parametrize("name", NAMES)
def test_importance_bound_is_the_closed_form_and_the_elbo_lies_below(
    name, fitted, rows
):
    model, X = fitted[name], rows[:60]
    expected = closed_form(model, X)
    assert np.ptp(expected) > 2
    found = model.score_samples(X, method="importance", n_samples=2048)
    assert_allclose(found, expected, atol=0.05)
    assert found.mean() == pytest.approx(expected.mean(), abs=0.01)
    elbo = model.score_samples(X, n_samples=512)
    assert (elbo < expected + 0.01).all()
    assert elbo.mean() < expected.mean() - 0.01
    assert_array_equal(
        model.score_samples(X, method="importance", n_samples=1),
        model.score_samples(X, n_samples=1),
    )


@pytest.mark.parametrize("name", NAMES)
def test_bound_rises_with_the_number_of_draws_in_the_mean(name, fitted, rows):
    model = fitted[name]
    arrays, extra = model._encoded(rows[:60])
    device, module = model._fitted_module()
    points = draw_normal(256, N_LATENT)
    log_weights = torch.stack(
        [
            torch.as_tensor(
                infer(
                    module,
                    *arrays,
                    device=device,
                    call=partial(
                        AutoencoderModel.bound, points=p[None], importance=True
                    ),
                )
            )
            for p in points
        ]
    )
    means = [
        importance_bound(log_weights.unflatten(0, (-1, k)), dim=1).mean().item()
        + extra.mean()
        for k in (1, 4, 16, 256)
    ]
    expected = closed_form(model, rows[:60]).mean()
    assert (np.diff(means) > 0).all()
    assert means[0] == pytest.approx(
        model.score_samples(rows[:60], n_samples=512).mean(), abs=0.15
    )
    assert means[3] == pytest.approx(expected, abs=0.05)


def test_draws_follow_the_closed_form():
    plane = np.random.default_rng(7).normal(size=(N_LATENT, 4))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, N_LATENT)) @ plane + 0.4 * rng.normal(size=(400, 4))
    model = clone(LINEAR).set_params(image_shape=(2, 2), max_epochs=120).fit(X)
    drawn = model.sample(3000, noise=True, random_state=0)
    # Pixels are clipped to the range of the rows, which few draws leave.
    assert ((drawn > X.min()) & (drawn < X.max())).all(axis=1).mean() > 0.9
    w = {k: a.astype(np.float64) for k, a in model.weights_.items()}
    half = (X.max() - X.min()) / 2
    W = half * w["module.decoder.0.0.weight"]
    sigma = half * np.exp(
        w["module.likelihood.first"] + 10 * w["module.likelihood.pace"]
    )
    expected = W @ W.T + sigma**2 * np.eye(4)
    assert_allclose(np.cov(drawn.T), expected, atol=0.1 * expected.max())
    own, likely = closed_form(model, drawn), closed_form(model, X)
    assert np.median(own) == pytest.approx(np.median(likely), abs=0.5)


def test_exact_posterior_gives_the_log_likelihood_with_one_draw():
    # Columns of W that are orthogonal make a posterior of independent dimensions.
    W = torch.tensor([[2.0, 0.0], [0.0, 0.5], [1.0, 0.0]], dtype=torch.float64)
    s2 = 0.3
    precision = 1 + W.square().sum(dim=0) / s2

    def encoder(shape, n_outputs):
        layer = nn.Linear(3, n_outputs).double()
        layer.weight.data = torch.cat([(W / s2 / precision).T, torch.zeros(2, 3)])
        layer.bias.data = torch.cat([torch.zeros(2), -precision.log()])
        return nn.Sequential(nn.Flatten(), layer)

    def decoder(n_inputs, shape):
        layer = nn.Linear(n_inputs, 3, bias=False).double()
        layer.weight.data = W
        return nn.Sequential(layer, nn.Unflatten(1, shape))

    pixels = GaussianPixels((1, 1, 3)).double()
    pixels.first.fill_(0.5 * math.log(s2))
    prior = LatentPrior(1, 0, 2)
    model = AutoencoderModel(encoder, decoder, pixels, prior, 2, 0, True).double()
    rng = np.random.default_rng(0)
    x = torch.as_tensor(rng.normal(size=(20, 1, 1, 3)))
    points = torch.as_tensor(rng.normal(size=(3, 2)))
    total = (W @ W.T).numpy() + s2 * np.eye(3)
    expected = multivariate_normal(np.zeros(3), total).logpdf(x.flatten(1))
    with torch.inference_mode():
        for n in (1, 3):
            for importance in (False, True):
                found = model.bound(x, points=points[:n], importance=importance)[:, 0]
                assert_allclose(found, expected, atol=1e-9)


def test_masses_of_a_discrete_table_sum_to_one():
    rng = np.random.default_rng(0)
    a = rng.random(300) < 0.4
    X = pd.DataFrame({"a": a, "b": a ^ (rng.random(300) < 0.1), "c": a.astype(int)})
    cells = list(itertools.product([False, True], [False, True], [0, 1]))
    every = pd.DataFrame(cells, columns=["a", "b", "c"])
    for options in ({}, {"likelihood": "mixed"}, {"prior": "normal"}):
        model = VAETransformer(
            1, hidden=(8,), max_epochs=10, random_state=0, **options
        ).fit(X)
        log_p = model.score_samples(every, method="importance", n_samples=2048)
        new = 0.0  # mass of numbers that `fit` did not see, which "mixed" keeps back
        if model.likelihood_ == "mixed":
            new = model.encoder_.columns_[2]["new"]
        assert np.exp(log_p).sum() == pytest.approx(1 - new, abs=2e-3)


# -- the mixture of codes --------------------------------------------------------------


def test_mixture_is_a_density_of_codes():
    rng = np.random.default_rng(0)
    codes = np.concatenate(
        [
            rng.normal(-3, 0.5, (200, 2)),
            rng.multivariate_normal([2, 1], COVARIANCE, 400),
        ]
    )
    arrays = fit_prior(codes, None, 1, 2, np.random.RandomState(0))
    prior = LatentPrior(1, 2, 2)
    prior.load_state_dict({k: torch.as_tensor(a) for k, a in arrays.items()})
    order = np.argsort(arrays["means"][0, :, 0])
    assert_allclose(np.exp(arrays["log_weights"][0, order]), [1 / 3, 2 / 3], atol=0.01)
    roots = arrays["roots"][0, order[1]]
    assert_allclose(np.linalg.inv(roots @ roots.T), COVARIANCE, atol=0.15)
    side = np.linspace(-9, 9, 181)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    density = prior(torch.as_tensor(grid)).exp().sum().item() * 0.1**2
    assert density == pytest.approx(1, abs=1e-3)

    zeros = np.zeros(4000, dtype=np.int64)
    drawn = draw_prior(arrays, 2, zeros, np.random.RandomState(1))
    assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=0.15)
    assert_allclose(np.cov(drawn.T), np.cov(codes.T), atol=0.4)
    assert np.mean(drawn[:, 0] < -1) == pytest.approx(1 / 3, abs=0.03)


COVARIANCE = [[1.0, 0.8], [0.8, 1.0]]


def test_each_class_has_a_mixture_of_its_own():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 2, 300)
    codes = rng.normal(size=(300, 2)) + 8 * classes[:, None]
    # The third class has no rows: its codes are those of all.
    arrays = fit_prior(codes, classes, 3, 2, np.random.RandomState(0))
    asked = np.repeat([0, 1, 2], 500)
    drawn = draw_prior(arrays, 2, asked, np.random.RandomState(0))
    for k, expected in enumerate([0, 8, 8 * classes.mean()]):
        assert_allclose(drawn[asked == k].mean(axis=0), expected, atol=0.6)
    prior = LatentPrior(3, 2, 2)
    prior.load_state_dict({k: torch.as_tensor(a) for k, a in arrays.items()})
    z = torch.zeros(3, 2, dtype=torch.float64)
    near, far, between = prior(z, torch.tensor([0, 1, 2])).tolist()
    assert near > between > far


def test_few_codes_and_more_components_than_rows():
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.normal(size=(9, 3)), np.full((1, 3), 7.0)])
    classes = np.array([0] * 9 + [1])
    arrays = fit_prior(codes, classes, 2, 6, np.random.RandomState(0))
    # Components that a class lacks are never drawn.
    assert np.isfinite(arrays["log_weights"]).sum(axis=1).tolist() == [4, 1]
    ones = np.ones(50, dtype=np.int64)
    drawn = draw_prior(arrays, 3, ones, np.random.RandomState(0))
    # Around the only code of the class, but no copies of it.
    assert_allclose(drawn.mean(axis=0), 7.0, atol=1.0)
    assert (drawn.std(axis=0) > 0.5 * codes.std(axis=0)).all()
