"""What autoencoders refuse, before any training, and what they say."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skgen import AutoencoderTransformer, VAETransformer

QUICK = {"n_components": 2, "hidden": (16,), "max_epochs": 3, "random_state": 0}
VAE = VAETransformer(**QUICK)
both = pytest.mark.parametrize(
    "model", [AutoencoderTransformer(**QUICK), VAE], ids=["plain", "variational"]
)
ROWS = np.random.default_rng(0).normal(size=(40, 4)) * [1.0, 2.0, 0.5, 3.0]
IMAGE = {"image_shape": (2, 2)}
GAP = np.where(ROWS > 2, np.nan, ROWS)
WORDS = pd.DataFrame({"a": list("uvwx") * 10, "b": ROWS[:, 0]})


@pytest.mark.parametrize(
    ("options", "X", "message"),
    [
        ({"likelihood": "bernoulli"}, ROWS, '0 to 1, got.*use likelihood="gaussian"'),
        ({"likelihood": "bernoulli", **IMAGE}, 9 * np.ones((9, 4)), '"categorical"'),
        ({"likelihood": "categorical"}, abs(ROWS), 'whole.*use likelihood="gaussian"'),
        ({"likelihood": "logistic", **IMAGE}, ROWS, 'whole.*use likelihood="gaussian"'),
        ({"likelihood": "categorical"}, np.rint(ROWS), "Negative values"),
        ({"likelihood": "categorical"}, np.full((9, 4), 300), "0 to 255, got 300"),
        ({"likelihood": "mixed", **IMAGE}, ROWS, "set image_shape=None, or another"),
        (IMAGE, GAP, "NaN"),
        (IMAGE, WORDS, 'columns of numbers.*use likelihood="mixed"'),
        ({"likelihood": "gaussian"}, GAP, 'none of them missing.*likelihood="mixed"'),
        ({"likelihood": "gaussian"}, WORDS, 'columns of numbers.*likelihood="mixed"'),
        ({"likelihood": "bernoulli"}, GAP, 'likelihood="mixed"'),
        ({"image_shape": (2, 3)}, ROWS, r"\(2, 3\) needs rows of 6 pixels, got.* 4"),
        (
            {"image_shape": (2, 3), "likelihood": "categorical"},
            np.ones((9, 4)),
            r"\(2, 3\) needs rows of 6 pixels, got rows of 4",
        ),
        ({"image_shape": (4, 0)}, ROWS, "whole numbers of at least 1"),
        ({"encoder": "conv"}, ROWS, "need images; set image_shape"),
        ({"decoder": "conv"}, ROWS > 0, "need images; set image_shape"),
        ({"decoder": "conv"}, WORDS, "need images; set image_shape"),
        ({"hidden": (8, 0)}, ROWS, r"hidden must hold.*got \(8, 0\)"),
        ({"hidden": (8, 1.5)}, ROWS, "hidden must hold"),
        ({"hidden": ((8,), (8, 8))}, ROWS, "hidden must hold"),
        ({"hidden": [[8], [8]]}, ROWS, "hidden must hold"),
        ({"hidden": "large"}, ROWS, "hidden"),
        ({}, ROWS[:1], "minimum of 2 is required"),
        ({}, WORDS[:1], "at least 2 rows"),
        ({}, np.where(ROWS > 2, np.inf, ROWS), "inf"),
        ({"device": "abacus"}, ROWS, "device"),
    ],
)
@both
def test_bad_input_of_fit(model, options, X, message):
    with pytest.raises(ValueError, match=message):
        clone(model).set_params(**options).fit(X)


def test_image_shape_that_is_no_shape():
    with pytest.raises(TypeError, match="whole numbers"):
        clone(VAE).set_params(image_shape=(2.0, 2.0)).fit(ROWS)


def test_columns_that_cannot_be_encoded():
    dates = pd.DataFrame({"a": pd.date_range("2024", periods=40), "b": ROWS[:, 0]})
    with pytest.raises(TypeError, match="'a'.*datetime"):
        clone(VAE).fit(dates)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.inverse_transform(np.zeros((3, 5))), "the 2 columns.*got 5"),
        (lambda m: m.inverse_transform(np.zeros(2)), "2D array"),
        (lambda m: m.inverse_transform([[np.nan, 0.0]]), "NaN"),
        (lambda m: m.interpolate(ROWS[:2], ROWS[:3]), "got 2 and 3"),
        (lambda m: m.interpolate(ROWS[:2], ROWS[:2], 1), "n_steps.*>= 2, got 1"),
        (lambda m: m.interpolate(ROWS[:2], ROWS[:2], 2.5), "n_steps.*got 2.5"),
        (lambda m: m.sample(0), "n_samples must be.*at least 1, got 0"),
        (lambda m: m.sample(2, noise="loud"), "noise must be.*'loud'"),
        (lambda m: m.sample(2, noise=1), "noise must be.*1"),
        (lambda m: m.transform(ROWS[:, :3]), "expecting 4 features"),
    ],
)
@both
def test_bad_input_of_the_rest(model, call, message, fitted):
    with pytest.raises(ValueError, match=message):
        call(fitted[type(model)])


@pytest.fixture(scope="module")
def fitted():
    return {
        cls: cls(**QUICK).fit(ROWS) for cls in (AutoencoderTransformer, VAETransformer)
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "exact"}, "method must be.*'exact'"),
        ({"n_samples": 0}, "n_samples.*>= 1, got 0"),
        ({"n_samples": 2.0}, "n_samples.*got 2.0"),
    ],
)
def test_bad_input_of_scores(options, message, fitted):
    with pytest.raises(ValueError, match=message):
        fitted[VAETransformer].score_samples(ROWS, **options)


def test_values_that_did_not_suit_in_fit_do_not_suit_later():
    flags = (ROWS > 0).astype(float)
    model = clone(VAE).fit(flags)
    with pytest.raises(ValueError, match='"bernoulli" needs values from 0 to 1'):
        model.transform(3 * flags)
    levels = clone(VAE).set_params(likelihood="categorical").fit(flags)
    with pytest.raises(ValueError, match="levels from 0 to 1, got 3"):
        levels.score_samples(3 * flags)
