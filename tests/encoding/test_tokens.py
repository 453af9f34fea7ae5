"""TokenEncoder: tables of all kinds as tokens and numbers, and back."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.exceptions import NotFittedError

from skgen.encoding import TokenEncoder

N = 120


def mixed(n=N, seed=0):
    """A table of all kinds."""
    rng = np.random.RandomState(seed)
    holes = rng.rand(n) < 0.2
    words = rng.choice(["a", "b", "c"], n).astype(object)
    integers = rng.randint(0, 6, n)
    X = pd.DataFrame(
        {
            "int8": integers.astype("int8"),
            "uint16": rng.randint(0, 60000, n).astype("uint16"),
            "float32": rng.randn(n).astype("float32"),
            "float64": rng.lognormal(size=n),
            "decimals": np.round(rng.randn(n), 2),
            "bool": rng.rand(n) < 0.4,
            "Int64": pd.array(integers, dtype="Int64"),
            "boolean": pd.array(rng.rand(n) < 0.4, dtype="boolean"),
            "string": pd.array(words, dtype="string"),
            "object": words,
            "float_missing": np.where(holes, np.nan, rng.randn(n)),
            "tied_missing": np.where(holes, np.nan, integers),
            "ordered": pd.Categorical(
                rng.choice(["lo", "hi"], n),
                categories=["lo", "mid", "hi"],
                ordered=True,
            ),
            "constant": np.full(n, 7),
            "nothing": np.full(n, np.nan),
        }
    )
    for name in ("Int64", "boolean", "string", "object", "ordered"):
        X.loc[holes, name] = None
    return X


# -- there and back --------------------------------------------------------------------


@pytest.mark.parametrize("name", mixed(3).columns)
def test_column_comes_back(name):
    X = mixed()[[name]]
    encoder = TokenEncoder().fit(X)
    tokens, codes, numbers, extra = encoder.transform(X)
    assert tokens.shape == codes.shape == numbers.shape == extra.shape == (N, 1)
    back = encoder.inverse_transform(tokens, numbers)
    assert_frame_equal(back, X, check_exact=False, rtol=1e-6)
    column = encoder.columns_[0]
    assert 0 <= tokens.min() and tokens.max() < column["n_tokens"]
    assert 0 <= codes.min() and codes.max() < column["n_codes"] - 1
    assert np.isfinite(extra).all() and np.isfinite(numbers).all()


def test_whole_table_survives_its_state():
    X = mixed()
    encoder = TokenEncoder().fit(X)
    state = pickle.loads(pickle.dumps(encoder.get_state()))
    json.dumps(state, default=np.ndarray.tolist)  # numpy and plain objects only
    again = TokenEncoder.from_state(state)
    encoded = encoder.transform(X)
    for a, b in zip(encoded, again.transform(X), strict=True):
        assert_array_equal(a, b)
    tokens, _, numbers, _ = encoded
    assert_frame_equal(
        again.inverse_transform(tokens, numbers),
        encoder.inverse_transform(tokens, numbers),
    )
    for given in (state, encoder.get_state()):  # theirs no more
        given["columns_"][0]["values"][:] = 0
    assert again.columns_[0]["values"].any() and encoder.columns_[0]["values"].any()


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "float64", "bool"])
def test_array_comes_back(dtype):
    rng = np.random.RandomState(0)
    X = (rng.gamma(2, 20, (60, 3)) * (rng.rand(60, 3) < 0.7)).clip(0, 255).astype(dtype)
    encoder = TokenEncoder().fit(X)
    tokens, _, numbers, _ = encoder.transform(X)
    back = encoder.inverse_transform(tokens, numbers)
    assert back.dtype == X.dtype
    assert_allclose(back, X, rtol=1e-6)


def test_numbers_of_agrees_with_transform():
    X = mixed()
    X["atom"] = np.where(np.arange(N) % 2, 0.0, X["float64"])
    X["atom_missing"] = X["atom"].where(np.arange(N) > 9)
    encoder = TokenEncoder().fit(X)
    tokens, codes, numbers, _ = encoder.transform(X)
    for j in range(X.shape[1]):
        z = np.where(np.isnan(numbers[:, j]), 0, numbers[:, j])
        found, scores = encoder.numbers_of(j, tokens[:, j], z)
        assert_array_equal(found, codes[:, j])
        assert_array_equal(scores, numbers[:, j])


def test_numbers_of_what_has_no_token():
    X = mixed()[["object", "nothing", "Int64"]]
    encoder = TokenEncoder().fit(X)
    for j, column in enumerate(encoder.columns_):
        codes, numbers = encoder.numbers_of(j, np.array([-1, 0]))
        assert codes.tolist() == [column["n_codes"] - 1, 0]
        assert numbers[0] == 0


def test_unknown_columns_are_named_one_by_one():
    X = mixed()[["tied_missing", "float_missing", "object"]]
    encoder = TokenEncoder().fit(X)
    holes = X.isna().to_numpy()
    tokens = encoder.transform(X, unknown=np.array([False, True, False]))[0]
    assert (tokens[holes[:, 1], 1] == -1).all()
    assert (tokens[:, [0, 2]] >= 0).all()


# -- categories ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["object", "string", "ordered"])
def test_unseen_categories(name):
    X = mixed()[[name]].dropna()
    encoder = TokenEncoder().fit(X)
    column = encoder.columns_[0]
    Y = pd.DataFrame({name: X[name].iloc[:3].astype(object).tolist() + ["mid"]})
    tokens, codes, _, extra = encoder.transform(Y)
    assert tokens[3] == -1 and codes[3] == column["n_codes"] - 1
    assert (tokens[:3] >= 0).all() and (codes[:3] == tokens[:3]).all()
    once = (column["masses"] == 1).sum()
    assert_allclose(np.exp(extra[3]), (once + 0.5) / (len(X) + 1))
    # With all unseen ones together the masses sum to one.
    assert_allclose(np.exp(extra[3]) + np.exp(extra[0]), 1)


def test_categories_come_in_the_order_of_their_mass():
    X = pd.DataFrame({"a": ["x"] + ["y"] * 3 + ["z"] * 2})
    encoder = TokenEncoder().fit(X)
    assert encoder.columns_[0]["masses"].tolist() == [3, 2, 1]
    assert encoder.transform(X)[0][:, 0].tolist() == [2, 0, 0, 0, 1, 1]


# -- errors ----------------------------------------------------------------------------


def test_missing_value_that_fit_did_not_see():
    X = mixed()
    encoder = TokenEncoder().fit(X)
    for name in ("float64", "int8", "decimals"):
        Y = X.astype({name: "float64"})
        Y.loc[3, name] = np.nan
        with pytest.raises(ValueError, match=f"{name}' has missing values.*impute"):
            encoder.transform(Y)
        j = X.columns.get_loc(name)
        found = encoder.transform(Y, unknown=True)
        assert found[0][3, j] == -1
        assert all(np.isfinite(a).all() for a in found)


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"int8": "object"},
            "'int8' was integer in fit and is category.*pd.to_numeric",
        ),
        (
            {"string": 3.5},
            "'string' was category in fit, of strings, and is numeric.*astype.str",
        ),
        ({"bool": 7}, "'bool' was boolean in fit and is integer"),
    ],
)
def test_column_of_another_kind(change, message):
    X = mixed()
    with pytest.raises(TypeError, match=message):
        TokenEncoder().fit(X).transform(X.assign(**change))


def test_bad_tables():
    with pytest.raises(
        ValueError, match=r"must have rows and columns, got shape \(0, 2"
    ):
        TokenEncoder().fit(np.empty((0, 2)))
    with pytest.raises(ValueError, match="column 1 holds inf"):
        TokenEncoder().fit(np.array([[0, np.inf], [1, 2]]))
    with pytest.raises(TypeError, match="column 'day' holds datetime.*days since"):
        TokenEncoder().fit(pd.DataFrame({"day": pd.to_datetime(["2020-01-01"] * 2)}))
    with pytest.raises(NotFittedError, match="call fit first"):
        TokenEncoder().transform(np.zeros((2, 2)))
    encoder = TokenEncoder().fit(mixed())
    with pytest.raises(ValueError, match="'string' holds categories.*leave it out"):
        encoder.dequantize(mixed(), np.random.RandomState(0))


def test_zero_and_one_pass_for_booleans():
    X = mixed()[["bool"]]
    encoder = TokenEncoder().fit(X)
    for a, b in zip(
        encoder.transform(X), encoder.transform(X.astype(int)), strict=True
    ):
        assert_array_equal(a, b)


def test_leading_columns_are_encoded_alone():
    X = mixed()
    encoder = TokenEncoder().fit(X)
    whole = encoder.transform(X)
    for a, b in zip(encoder.transform(X.iloc[:, :5]), whole, strict=True):
        assert_array_equal(a, b[:, :5])
    with pytest.raises(ValueError, match="the 5 columns that fit saw, got 6"):
        TokenEncoder().fit(X.iloc[:, :5]).transform(X.iloc[:, :6])
