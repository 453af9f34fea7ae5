"""Continuous columns become nearly normal and come back."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import PowerTransformer

from skgen.encoding import GaussianEncoder, dump_layout, to_layout

OPTIONS = [(True, True), (True, False), (False, True), (False, False)]


def skewed(n=400, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)) @ [[1, 0.5, 0], [0, 1, -0.8], [0, 0, 1]]
    return np.column_stack([np.exp(X[:, 0]), -np.exp(0.5 * X[:, 1]), X[:, 2]])


@pytest.mark.parametrize("power, whiten", OPTIONS)
def test_rows_come_back(power, whiten):
    X = skewed()
    encoder = GaussianEncoder(power=power, whiten=whiten).fit(X)
    Z = encoder.transform(X)
    assert_allclose(encoder.inverse_transform(Z), X, rtol=1e-9, atol=1e-9)
    Z = np.random.default_rng(1).normal(size=(200, 3)) * 2
    assert_allclose(encoder.transform(encoder.inverse_transform(Z)), Z, atol=1e-8)


@pytest.mark.parametrize("power, whiten", OPTIONS)
def test_determinant_is_that_of_numerical_differences(power, whiten):
    X = skewed()
    X[0, 0] = 1e3  # an outlier, whose tail is logarithmic
    encoder = GaussianEncoder(power=power, whiten=whiten).fit(X)
    jacobian = np.empty((len(X), 3, 3))
    for j in range(3):
        step = 1e-6 * np.eye(3)[j]
        ahead, behind = encoder.transform(X + step), encoder.transform(X - step)
        jacobian[:, :, j] = (ahead - behind) / 2e-6
    expected = np.linalg.slogdet(jacobian)[1]
    assert_allclose(encoder.log_abs_det_jacobian(X), expected, atol=1e-4)


def test_columns_become_normal_and_uncorrelated():
    X = skewed(4000)
    Z = GaussianEncoder().fit(X).transform(X)
    assert_allclose(np.cov(Z.T), np.eye(3), atol=0.05)
    assert np.abs(stats.skew(Z)).max() < 0.8
    raw = GaussianEncoder(power=False).fit(X).transform(X)
    assert abs(stats.skew(raw[:, 0])) > 1.5


def test_powers_are_those_of_scikit_learn_on_the_same_scale():
    X = skewed(4000)
    encoder = GaussianEncoder().fit(X)
    center, scale, _ = encoder.scales_
    expected = PowerTransformer().fit((X - center) / scale).lambdas_
    assert_allclose(encoder.powers_, np.clip(expected, 0, 2), atol=0.1)


def test_units_do_not_matter():
    X = skewed()
    one, other = GaussianEncoder().fit(X), GaussianEncoder().fit(1000 * X - 5)
    assert_allclose(other.transform(1000 * X - 5), one.transform(X), atol=1e-9)
    assert_array_equal(one.powers_, other.powers_)
    shift = other.log_abs_det_jacobian(1000 * X - 5) - one.log_abs_det_jacobian(X)
    assert_allclose(shift, -3 * np.log(1000), atol=1e-9)


def test_shrinkage_follows_the_evidence():
    rng = np.random.default_rng(0)
    few = GaussianEncoder().fit(rng.normal(size=(30, 20)))
    related = rng.normal(size=(2000, 1)) + 0.1 * rng.normal(size=(2000, 4))
    many = GaussianEncoder().fit(related)
    assert few.shrinkage_ > 0.1 > 0.01 > many.shrinkage_
    assert GaussianEncoder().fit(rng.normal(size=(2, 3))).shrinkage_ == 1


def test_an_outlier_leaves_the_others_where_they_were():
    X = skewed()
    clean = GaussianEncoder().fit(X).transform(X)
    spoilt = GaussianEncoder().fit(np.vstack([X, [1e9, 1e12, -1e15]]))
    assert np.abs(spoilt.transform(X) - clean).mean() < 0.2
    far = spoilt.transform(np.full((1, 3), 1e300))
    assert np.isfinite(far).all()
    assert np.isfinite(spoilt.inverse_transform(np.full((1, 3), 50.0))).all()


def test_a_row_is_encoded_alike_in_any_company():
    X = skewed()
    encoder = GaussianEncoder().fit(X)
    whole = encoder.transform(X)
    assert_array_equal(encoder.transform(X[7:8]), whole[7:8])
    assert_array_equal(encoder.transform(X[::-1])[::-1], whole)


def test_state_is_plain_and_complete():
    X = pd.DataFrame(skewed(), columns=["a", "b", "c"]).astype({"b": np.float32})
    encoder = GaussianEncoder(whiten=False).fit(X)
    again = GaussianEncoder.from_state(encoder.get_state())
    assert_array_equal(again.transform(X), encoder.transform(X))
    table = again.to_table(again.inverse_transform(again.transform(X)))
    pd.testing.assert_frame_equal(table, X, rtol=1e-5)


def test_layout_of_arrays_and_frames():
    X = np.array([[1, 2], [3, 4]], dtype=np.int16)
    assert_array_equal(to_layout([[0.6, 1e9]], dump_layout(X)), [[1, 32767]])
    frame = pd.DataFrame({"x": pd.array([1, 2], dtype="Int8"), "y": [0.5, 1.5]})
    back = to_layout(frame.to_numpy(dtype=np.float64), dump_layout(frame))
    pd.testing.assert_frame_equal(back, frame)


def test_rows_held_out_are_encoded_as_new_ones_are():
    rng = np.random.default_rng(0)
    loads = rng.normal(size=(2, 40))

    def draw(n):
        return rng.normal(size=(n, 2)) @ loads + rng.normal(size=(n, 40))

    X = draw(60)
    encoder = GaussianEncoder().fit(X)
    seen, new = (np.square(encoder.transform(rows)).mean() for rows in (X, draw(500)))
    held_out = np.square(encoder.transform_held_out(X)).mean()
    assert seen < 0.9 * new and held_out == pytest.approx(new, rel=0.1)
    # Equal rows are left out together.
    twice = GaussianEncoder().fit(np.vstack([X, X]))
    assert np.square(twice.transform_held_out(np.vstack([X, X]))).mean() > new * 0.9


def test_powers_of_few_rows_must_prove_themselves():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 40))
    assert (GaussianEncoder().fit(X).powers_ == 1).all()
    assert (GaussianEncoder().fit(np.exp(X)).powers_ < 0.9).all()


def test_bad_tables():
    X = skewed()
    with pytest.raises(ValueError, match="column 0 must hold more than one value"):
        GaussianEncoder().fit(np.ones((9, 2)))
    with pytest.raises(ValueError, match="got NaN in column 1"):
        GaussianEncoder().fit(np.where(np.arange(3) == 1, np.nan, X))
    with pytest.raises(ValueError, match="inf"):
        GaussianEncoder().fit(np.where(X > 3, np.inf, X))
    with pytest.raises(ValueError, match="'b' must be continuous.*category"):
        GaussianEncoder().fit(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}))
    encoder = GaussianEncoder().fit(X)
    with pytest.raises(ValueError, match="3 columns that fit saw, got 2"):
        encoder.transform(X[:, :2])
    with pytest.raises(ValueError, match=r"shape \(n_samples, 3\), got \(400, 2\)"):
        encoder.inverse_transform(X[:, :2])
    with pytest.raises(NotFittedError):
        GaussianEncoder().transform(X)
