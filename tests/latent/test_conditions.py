"""VAETransformer with conditions that are no labels."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder

from skgen import VAETransformer

TINY = {"n_components": 2, "hidden": (16,), "random_state": 0, "conditional": True}


def table(n=600, seed=0):
    """Rows whose first column is what was asked for, and whose second is free."""
    rng = np.random.default_rng(seed)
    c = pd.DataFrame({"size": rng.normal(size=n), "kind": rng.choice(["a", "b"], n)})
    X = rng.normal(scale=0.2, size=(n, 3))
    X[:, 0] += 2 * c["size"]
    X[:, 1] += 3.0 * (c["kind"] == "b")
    X[:, 2] += rng.normal(size=n)
    return X, c


@pytest.mark.parametrize("prior", ["mixture", "normal"])
def test_draws_follow_their_conditions(prior):
    X, c = table()
    vae = VAETransformer(**TINY, prior=prior, max_epochs=150).fit(X, c)
    _, asked = table(500, seed=3)
    drawn = vae.sample(y=asked, random_state=0)
    assert drawn.shape == (500, 3)
    assert np.corrcoef(drawn[:, 0], asked["size"])[0, 1] > 0.9
    gap = drawn[asked["kind"] == "b", 1].mean() - drawn[asked["kind"] == "a", 1].mean()
    assert gap == pytest.approx(3, abs=0.5)
    assert drawn[:, 2].std() == pytest.approx(X[:, 2].std(), abs=0.25)


def test_all_outputs_take_conditions():
    X, c = table(120)
    vae = VAETransformer(**TINY, max_epochs=2).fit(X, c)
    Z = vae.transform(X)
    assert vae.inverse_transform(Z[:4], c[:4]).shape == (4, 3)
    assert vae.reconstruct(X, c).shape == X.shape
    assert vae.interpolate(X[:2], X[2:4], 3, y=c[:2]).shape == (6, 3)
    assert vae.sample(9, random_state=0).shape == (9, 3)
    for method in ("elbo", "importance"):
        assert np.isfinite(vae.score_samples(X, c, method=method)).all()
    assert np.isfinite(vae.score(X, c))
    again = pickle.loads(pickle.dumps(vae))
    assert np.array_equal(
        again.sample(y=c[:5], random_state=0), vae.sample(y=c[:5], random_state=0)
    )
    with pytest.raises(ValueError, match="y must give the conditions"):
        vae.score_samples(X)
    with pytest.raises(ValueError, match="columns that fit saw"):
        vae.sample(y=c[["size"]])


def test_conditions_say_what_rows_are_probable():
    X, c = table()
    vae = VAETransformer(**TINY, max_epochs=100).fit(X, c)
    other = c.assign(size=-c["size"])
    assert vae.score(X, c) > vae.score(X, other) + 1


def test_any_transformer_encodes():
    X, c = table(120)
    vae = VAETransformer(**TINY, condition_encoder=OneHotEncoder(), max_epochs=1).fit(
        X, c[["kind"]]
    )
    assert vae.sample(y=c[["kind"]].head(3)).shape == (3, 3)


def test_a_fit_goes_on():
    X, c = table(120)
    vae = VAETransformer(**TINY).partial_fit(X, c).partial_fit(X, c)
    with pytest.raises(ValueError):
        vae.partial_fit(X)


def test_conditions_are_left_alone_where_they_are_not_asked_for():
    X, c = table(120)
    vae = VAETransformer(**TINY | {"conditional": False}, max_epochs=1).fit(X, c)
    assert not hasattr(vae, "condition_encoder_")
    assert vae.sample(2).shape == (2, 3)
