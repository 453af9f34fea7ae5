"""How autoencoders train: options, networks, resumption, odd tables, bad input."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from torch import nn

from skgen import AutoencoderTransformer, VAETransformer
from skgen.latent._model import shifted
from skgen.losses.elbo import gaussian_kl

QUICK = {"n_components": 2, "hidden": (16,), "max_epochs": 3, "random_state": 0}
VAE = VAETransformer(**QUICK)
both = pytest.mark.parametrize(
    "model", [AutoencoderTransformer(**QUICK), VAE], ids=["plain", "variational"]
)


def draw_rows(n=160, seed=0):
    """Rows of four columns near a line."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 1))
    return z * [1.0, -2.0, 0.5, 3.0] + 0.3 * rng.normal(size=(n, 4))


def divergences(model, X):
    """Mean divergence of each dimension from the standard normal, in nats."""
    mean, std = map(torch.as_tensor, model.transform(X, return_std=True))
    return gaussian_kl(mean, 2 * std.log()).mean(dim=0).numpy()


# -- the objective ---------------------------------------------------------------------


def test_beta_presses_the_divergence_to_zero():
    X = draw_rows()
    base = clone(VAE).set_params(max_epochs=20, learning_rate=1e-2)
    found = [
        divergences(clone(base).set_params(beta=beta).fit(X), X).sum()
        for beta in (0.01, 1.0, 100.0)
    ]
    assert found[0] > found[1] > 0.5
    assert found[2] < 0.02


def test_free_bits_keep_dimensions_that_would_be_inactive():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 4))  # independent columns: codes are of little use
    base = clone(VAE).set_params(max_epochs=60, learning_rate=1e-2, n_components=3)
    without = divergences(clone(base).set_params(beta=5.0).fit(X), X)
    kept = divergences(clone(base).set_params(beta=5.0, free_bits=0.5).fit(X), X)
    assert (without < 0.1).all()
    assert (kept > 0.35).all() and (kept < 1.0).all()


def test_history_holds_the_parts_of_the_loss():
    X = draw_rows()
    model = clone(VAE).set_params(max_epochs=30, learning_rate=1e-2, beta=2.0).fit(X)
    first, last = model.history_[0], model.history_[-1]
    assert last["valid_loss"] < first["valid_loss"]
    # Validation counts the whole divergence from the start, whatever the warm-up.
    for row in (first, last):
        parts = row["valid_reconstruction"] + 2 * row["valid_kl"]
        assert row["valid_loss"] == pytest.approx(parts, rel=1e-4)
    # In training it rises over the first tenth of the steps.
    assert first["train_loss"] < first["train_reconstruction"] + 2 * first["train_kl"]
    parts = last["train_reconstruction"] + 2 * last["train_kl"]
    assert last["train_loss"] == pytest.approx(parts, rel=1e-4)
    rows = AutoencoderTransformer(**QUICK).fit(X).history_
    assert "train_loss" in rows[0] and "train_kl" not in rows[0]


def test_warmup_of_zero_counts_all_of_it_at_once():
    X = draw_rows()
    row = clone(VAE).set_params(warmup=0.0).fit(X).history_[0]
    parts = row["train_reconstruction"] + row["train_kl"]
    assert row["train_loss"] == pytest.approx(parts, rel=1e-4)


@both
def test_noise_is_for_training_only(model):
    X = draw_rows()
    clear = clone(model).set_params(input_noise=0.0).fit(X)
    noisy = clone(model).set_params(input_noise=1.0).fit(X)
    assert (clear.transform(X) != noisy.transform(X)).any()
    assert_array_equal(noisy.transform(X), noisy.transform(X))


def test_shifts_repeat_the_edges():
    images = torch.arange(24.0).view(1, 2, 3, 4)
    seen = set()
    for seed in range(200):
        found = shifted(images, 1, torch.Generator().manual_seed(seed))
        assert found.shape == images.shape
        padded = nn.functional.pad(images, (1, 1, 1, 1), mode="replicate")
        places = [
            (i, j)
            for i in range(3)
            for j in range(3)
            if padded[..., i : i + 3, j : j + 4].equal(found)
        ]
        assert len(places) == 1
        seen.add(places[0])
    assert len(seen) == 9


@both
def test_shifts_are_of_images_only(model):
    X = draw_rows()
    base = clone(model).set_params(image_shape=(2, 2))
    plain, moved = (clone(base).set_params(random_shift=m).fit(X) for m in (0, 1))
    assert (plain.transform(X) != moved.transform(X)).any()
    table = clone(model).fit(X).transform(X)
    again = clone(model).set_params(random_shift=1).fit(X)
    assert_array_equal(again.transform(X), table)
    flags = (X > 0).astype(float)
    expected = clone(model).fit(flags).transform(flags)
    again = clone(model).set_params(random_shift=1).fit(flags)
    assert_array_equal(again.transform(flags), expected)


def test_linear_autoencoder_spans_the_principal_components():
    X = draw_rows(400)
    X = X @ np.diag([1.0, 2.0, 0.5, 1.0]) + np.random.default_rng(1).normal(
        size=(400, 1)
    ) * [0.0, 1.0, 0.3, 0.0]
    model = AutoencoderTransformer(
        2,
        hidden=(),
        image_shape=(2, 2),
        max_epochs=150,
        learning_rate=3e-2,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    left = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    best = (left[2:] ** 2).sum() / X.size
    error = ((model.reconstruct(X) - X) ** 2).mean()
    # Pixels are clipped to the range of the rows, which takes a little off.
    assert error == pytest.approx(best, rel=0.02)


# -- networks --------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(8, 8), (7, 9), (4, 5, 3)], ids=str)
@both
def test_convolutions_of_images_of_any_size(model, shape):
    rng = np.random.default_rng(0)
    size = int(np.prod(shape))
    X = rng.random((40, 1)) * np.linspace(0, 1, size) + 0.05 * rng.random((40, size))
    model = clone(model).set_params(
        encoder="conv",
        decoder="conv",
        image_shape=shape,
        max_epochs=20,
        learning_rate=3e-3,
    )
    model.fit(X)
    codes = model.transform(X)
    assert codes.shape == (40, 2)
    assert_allclose(model.transform(X[5:6]), codes[5:6], rtol=1e-9, atol=1e-12)
    error = ((model.reconstruct(X) - X) ** 2).mean()
    assert error < ((X - X.mean(axis=0)) ** 2).mean()
    assert model.sample(3, random_state=0).shape == (3, size)


def test_convolutions_of_levels():
    X, _ = load_digits(return_X_y=True)
    for likelihood in ("categorical", "logistic"):
        model = clone(VAE).set_params(
            encoder="conv", decoder="conv", image_shape=(8, 8), likelihood=likelihood
        )
        drawn = model.fit(X[:100]).sample(20, random_state=0)
        assert drawn.dtype == X.dtype
        assert_array_equal(drawn, np.round(drawn))


def linear(input_shape, n_outputs):
    """An encoder of one layer."""
    size = int(np.prod(input_shape))
    return nn.Sequential(nn.Flatten(), nn.Linear(size, n_outputs))


def spread(n_inputs, output_shape):
    """A decoder of one layer."""
    shape = np.atleast_1d(output_shape).tolist()
    return nn.Sequential(
        nn.Linear(n_inputs, int(np.prod(shape))), nn.Unflatten(1, tuple(shape))
    )


@pytest.mark.parametrize("image_shape", [None, (2, 2)])
@both
def test_recipes_of_the_user(model, image_shape):
    X = draw_rows()
    model = clone(model).set_params(
        encoder=linear, decoder=spread, image_shape=image_shape
    )
    torch.manual_seed(5)
    before = torch.get_rng_state()
    model.fit(X)
    assert torch.equal(torch.get_rng_state(), before)
    weights = {
        k for k in model.weights_ if k.startswith(("module.encoder", "module.decoder"))
    }
    assert weights == {
        "module.encoder.1.weight",
        "module.encoder.1.bias",
        "module.decoder.0.weight",
        "module.decoder.0.bias",
    }
    assert model.sample(3, random_state=0).shape == (3, 4)
    expected = model.transform(X)
    assert_array_equal(pickle.loads(pickle.dumps(model)).transform(X), expected)


def test_the_decoder_of_a_conditional_model_is_told_the_class():
    X, y = draw_rows(), np.arange(160) % 3
    sizes = []

    def noted(n_inputs, output_shape):
        sizes.append(n_inputs)
        return spread(n_inputs, output_shape)

    clone(VAE).set_params(decoder=noted, conditional=True).fit(X, y)
    assert set(sizes) == {2 + 3}


@both
def test_networks_that_do_not_fit(model):
    X = draw_rows()
    wide = 2 * QUICK["n_components"] if hasattr(model, "beta") else 2
    for image_shape, taken in ((None, "4"), ((2, 2), "1, 2, 2")):
        wrong = clone(model).set_params(
            encoder=lambda s, n: linear(s, n + 1), image_shape=image_shape
        )
        with pytest.raises(
            ValueError,
            match=rf"encoder must be.*\(batch, {taken}\) to \(batch, {wide}\), got "
            rf"\(2, {wide + 1}\)",
        ):
            wrong.fit(X)
    with pytest.raises(ValueError, match=r"decoder must be.*\(batch, 2\) to \(batch,"):
        clone(model).set_params(decoder=lambda n, s: nn.Linear(n, 99)).fit(X)


@both
def test_a_fit_that_fails_leaves_nothing_to_use(model):
    X = draw_rows()
    model = clone(model).fit(X)
    model.set_params(encoder=lambda s, n: linear(s, n + 1))
    with pytest.raises(ValueError, match="encoder must be"):
        model.fit(X + 100)
    with pytest.raises(NotFittedError):
        model.transform(X)


# -- going on --------------------------------------------------------------------------


@both
def test_partial_fits_go_on_also_from_a_pickle(model):
    X = draw_rows()
    whole, parts = clone(model), clone(model)
    for k in range(3):
        whole.partial_fit(X)
        parts = pickle.loads(pickle.dumps(parts)).partial_fit(X)
        assert whole.n_epochs_ == len(whole.history_) == k + 1
    assert_array_equal(whole.transform(X), parts.transform(X))
    assert_array_equal(whole.sample(9, random_state=0), parts.sample(9, random_state=0))


@both
def test_partial_fit_keeps_the_encoding_and_learns(model):
    X = draw_rows()
    model = clone(model).set_params(learning_rate=1e-2, early_stopping=False)
    model.partial_fit(X)
    encoder, before = model.encoder_, ((model.reconstruct(X) - X) ** 2).mean()
    for _ in range(20):
        model.partial_fit(X)
    assert model.encoder_ is encoder
    assert ((model.reconstruct(X) - X) ** 2).mean() < 0.8 * before
    model.partial_fit(X[:1])
    assert np.isfinite(model.transform(X)).all()
    model.fit(X)
    assert model.n_epochs_ == QUICK["max_epochs"]
    assert_array_equal(model.transform(X), clone(model).fit(X).transform(X))


@both
def test_warm_start_goes_on(model):
    X = draw_rows()
    cold = clone(model).fit(X)
    warm = clone(model).set_params(warm_start=True).fit(X)
    assert_array_equal(warm.transform(X), cold.transform(X))
    warm.fit(X)
    assert warm.n_epochs_ == 2 * QUICK["max_epochs"]
    assert (warm.transform(X) != cold.transform(X)).any()
    cold.fit(X)
    assert cold.n_epochs_ == QUICK["max_epochs"]


def test_what_goes_on_stays_conditional_or_not():
    X, y = draw_rows(), np.arange(160) % 2
    model = clone(VAE).set_params(warm_start=True, conditional=True).fit(X, y)
    with pytest.raises(ValueError, match="conditional=True needs labels"):
        model.set_params(conditional=False).fit(X)
    with pytest.raises(ValueError, match="seen in fit"):
        model.fit(X, y + 1)
    assert model.fit(X, y).n_epochs_ == 2 * QUICK["max_epochs"]
    model = clone(VAE).set_params(warm_start=True).fit(X)
    model.set_params(conditional=True).fit(X, y)
    assert not hasattr(model, "classes_")


def test_a_batch_may_lack_a_class():
    X, y = draw_rows(), np.arange(160) % 2
    model = clone(VAE).set_params(conditional=True)
    model.partial_fit(X, y).partial_fit(X[y == 0], y[y == 0])
    for label in (0, 1):
        assert np.isfinite(model.sample(9, y=label, random_state=0)).all()
    assert_allclose(np.exp(model.class_log_prior_), 0.5)


# -- odd tables ------------------------------------------------------------------------


@both
def test_odd_tables(model):
    rng = np.random.default_rng(0)
    number = rng.normal(size=30)
    words = rng.choice(["a", "b", "c"], 30)
    tables = {
        "constant column": np.column_stack([number, np.full(30, 7.0)]),
        "one distinct row": np.full((30, 3), 7.0),
        "zeros": np.zeros((30, 2)),
        "two rows": rng.normal(size=(2, 3)),
        "one column": number[:, None],
        "discrete": pd.DataFrame({"a": words, "b": words == "a"}),
        "one category": pd.DataFrame({"a": ["x"] * 30}),
        "nothing": pd.DataFrame({"a": [np.nan] * 30, "b": number}),
        "only missing": np.full((30, 2), np.nan),
        "far": number[:, None] * [1e12, 1e-12],
        "outlier": np.append(number, 1e9)[:, None],
    }
    for name, X in tables.items():
        fitted = clone(model).fit(X)
        assert np.isfinite(fitted.transform(X)).all(), name
        drawn = fitted.sample(20, random_state=0)
        assert drawn.shape == (20, np.shape(X)[1]), name
        for j in range(np.shape(X)[1]):
            column = np.asarray(X)[:, j]
            if len(pd.unique(column)) == 1:
                own = pd.Series(np.asarray(drawn)[:, j])
                assert (own.isna() if pd.isna(column[0]) else own == column[0]).all()
        if hasattr(fitted, "score_samples"):
            assert np.isfinite(fitted.score_samples(X)).all(), name


@both
def test_constant_images(model):
    for likelihood in ("gaussian", "categorical", "logistic"):
        fitted = clone(model).set_params(
            image_shape=(2, 2),
            likelihood=likelihood,
            max_epochs=20,
            learning_rate=1e-2,
        )
        fitted.fit(np.full((20, 4), 3))
        assert (fitted.sample(5, noise=False, random_state=0) == 3).all()
