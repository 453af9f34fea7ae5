"""make_pu: the statistics of its samples, and its errors."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skgen.datasets import make_pu
from skgen.datasets._pu import _draw

N = 2000


@pytest.fixture
def table():
    """Row number, a normal column; 40 % positives."""
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(N), rng.normal(size=N)])
    return X, (np.arange(N) % 5 < 2).astype(int)


def rows(X):
    return X[:, 0].astype(int)


def test_one_sample_flags_positives_of_the_whole_table(table):
    X, y = table
    X_pu, s, y_true = make_pu(X, y, n_labeled=300, random_state=0)
    assert sorted(rows(X_pu)) == list(range(N)) and s.sum() == 300
    assert set(np.unique(s)) == {0, 1} and s.dtype == y_true.dtype == np.int64
    assert np.array_equal(y_true, y[rows(X_pu)]) and (y_true[s == 1] == 1).all()
    assert 20 < s[:200].sum() < 45  # shuffled


def test_one_sample_share_of_positives(table):
    _, s, y_true = make_pu(*table, n_labeled=0.25, random_state=0)
    assert s.sum() == 200 and y_true.sum() == 800


@pytest.mark.parametrize("prior", [0.1, 0.4, 0.8])
def test_one_sample_prior_discards_as_little_as_possible(table, prior):
    X_pu, s, y_true = make_pu(*table, n_labeled=50, prior=prior, random_state=0)
    assert y_true.mean() == pytest.approx(prior, abs=1 / len(s)) and s.sum() == 50
    assert len(set(rows(X_pu))) == len(s)
    assert y_true.sum() == 800 or (1 - y_true).sum() == 1200


def test_scar_labels_are_independent_of_x(table):
    X, y = table
    picked = np.zeros(N)
    for seed in range(200):
        X_pu, s, _ = make_pu(X, y, n_labeled=200, random_state=seed)
        picked[rows(X_pu)[s == 1]] += 1
    share = picked[y == 1] / 200
    assert share.mean() == pytest.approx(0.25)
    assert abs(np.corrcoef(share, X[y == 1, 1])[0, 1]) < 0.12
    assert share.std() == pytest.approx(np.sqrt(0.25 * 0.75 / 200), rel=0.15)


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_propensity_is_the_inclusion_probability(table, sampling):
    X, y = table
    weight = 1 / (1 + np.exp(-X[:, 1]))
    picked = np.zeros(N)
    for seed in range(300):
        X_pu, s, _ = make_pu(
            X,
            y,
            n_labeled=100,
            propensity=weight if seed % 2 else lambda P: 1 / (1 + np.exp(-P[:, 1])),
            sampling=sampling,
            disjoint=sampling == "one_sample",
            random_state=seed,
        )
        picked[rows(X_pu)[s == 1]] += 1
    expected = 100 * weight[y == 1] / weight[y == 1].sum()
    z = (picked[y == 1] / 300 - expected) / np.sqrt(expected * (1 - expected) / 300)
    assert abs(z.mean()) < 0.15 and z.std() == pytest.approx(1, abs=0.12)


def test_draw_caps_inclusion_at_one():
    weights = np.array([100.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    counts = np.zeros(6)
    for seed in range(400):
        drawn = _draw(np.arange(6), 3, weights, np.random.RandomState(seed))
        assert len(set(drawn)) == 3
        counts[drawn] += 1
    assert counts[0] == 400 and counts[5] == 0
    assert counts[1:5] / 400 == pytest.approx(np.full(4, 0.5), abs=0.08)


@pytest.mark.parametrize("size", range(1, 8))
def test_draw_is_exact_for_hard_weights(size):
    weights = np.array([1e-300, 1e-9, 0.1, 0.1, 0.1, 3.0, 1e12])
    for seed in range(20):
        drawn = _draw(np.arange(7), size, weights, np.random.RandomState(seed))
        assert len(set(drawn.tolist())) == size


@pytest.mark.parametrize("prior", [None, 0.2, 0.7])
def test_two_sample_is_disjoint_and_u_has_the_prior(table, prior):
    X, y = table
    X_pu, s, y_true = make_pu(
        X, y, n_labeled=200, sampling="two_sample", prior=prior, random_state=0
    )
    assert s.sum() == 200 and (y_true[s == 1] == 1).all()
    assert len(set(rows(X_pu))) == len(s)
    n_u = (s == 0).sum()
    assert y_true[s == 0].mean() == pytest.approx(prior or 0.4, abs=1 / n_u)
    assert n_u == {None: 1500, 0.2: 1500, 0.7: 857}[prior]


def test_two_sample_beside_the_whole_table(table):
    X, y = table
    X_pu, s, _ = make_pu(
        X, y, n_labeled=500, sampling="two_sample", disjoint=False, random_state=0
    )
    assert sorted(rows(X_pu)[s == 0]) == list(range(N))
    assert len(set(rows(X_pu)[s == 1])) == 500


def test_two_sample_n_unlabeled(table):
    _, s, y_true = make_pu(
        *table, n_labeled=10, sampling="two_sample", n_unlabeled=100, random_state=0
    )
    assert (s == 0).sum() == 100 and y_true[s == 0].sum() == 40


@pytest.mark.parametrize(
    "y, pos_label, positive",
    [
        (["neg", "pos"], None, "pos"),
        (["no", "a"], None, "a"),
        (["a", "b"], "a", "a"),
        ([False, True], None, True),
        ([-1, 1], -1, -1),
        (["A", "B", "F"], ["A", "F"], ("A", "F")),
        ([0, 1, 2], np.array([0, 2]), (0, 2)),
        (np.array([0, 1], dtype=object), None, 1),
        (pd.Categorical(["no", "yes"]), None, "yes"),
        (pd.array([0, 1], dtype="Int64"), None, 1),
    ],
)
def test_label_types(y, pos_label, positive):
    y = pd.Series(y).repeat(10).reset_index(drop=True)
    X = np.arange(len(y)).reshape(-1, 1)
    X_pu, s, y_true = make_pu(X, y, n_labeled=3, pos_label=pos_label, random_state=0)
    wanted = positive if isinstance(positive, tuple) else (positive,)
    assert np.array_equal(y_true, y.isin(wanted).to_numpy()[X_pu[:, 0]])


def test_frame_keeps_dtypes_labels_and_missing_values():
    frame = pd.DataFrame(
        {
            "n": np.arange(40, dtype=np.int16),
            "c": pd.Categorical(["x", "y", None, "z"] * 10),
            "f": [np.nan, 1.5] * 20,
            "t": ["word"] * 40,
        },
        index=[f"row{i}" for i in range(40)],
    )
    y = np.repeat([0, 1], 20)
    out, s, _ = make_pu(
        frame,
        y,
        n_labeled=5,
        propensity=lambda P: P["n"] + 1.0,
        random_state=0,
    )
    assert (out.dtypes == frame.dtypes).all() and out.shape == frame.shape
    pd.testing.assert_frame_equal(out.sort_values("n"), frame)
    assert (out["n"].to_numpy()[s == 1] >= 20).all()


@pytest.mark.parametrize(
    "X", [sp.csc_matrix(np.eye(20)), [["a", 1]] * 20, np.full((20, 2), np.nan)]
)
def test_other_tables(X):
    X_pu, s, _ = make_pu(X, [0, 1] * 10, n_labeled=4, random_state=0)
    assert X_pu.shape[0] == 20 and s.sum() == 4


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_same_seed_same_sample_and_global_rng_untouched(table, sampling):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    a, b, c = (
        make_pu(*table, n_labeled=100, sampling=sampling, prior=0.3, random_state=seed)
        for seed in (5, 5, 6)
    )
    assert all(np.array_equal(u, v) for u, v in zip(a, b, strict=True))
    assert not np.array_equal(a[0], c[0])
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    "params, match",
    [
        ({"sampling": "both"}, "sampling must be .* got 'both'"),
        ({"n_labeled": 0}, "n_labeled must lie in [1, 800] here, got 0"),
        ({"n_labeled": 801}, "n_labeled must lie in [1, 800] here, got 801"),
        ({"n_labeled": 1.0}, "as a float must lie in (0, 1), got 1.0"),
        ({"prior": 1.0}, "prior must lie in (0, 1) or be None, got 1.0"),
        ({"prior": "auto"}, "prior must lie in (0, 1) or be None, got 'auto'"),
        ({"prior": 1e-5}, "prior must leave rows of both classes, got 1e-05"),
        ({"prior": 0.01, "n_labeled": 13}, "n_labeled must lie in [1, 12]"),
        ({"pos_label": 7}, "pos_label must name labels of y, got 7"),
        ({"pos_label": []}, "pos_label must name labels of y, got []"),
        ({"pos_label": [0, 1]}, "y must hold negatives too"),
        ({"n_unlabeled": 9}, "n_unlabeled and disjoint=False need"),
        ({"disjoint": False}, "n_unlabeled and disjoint=False need"),
        ({"propensity": np.ones(5)}, "shape (2000,), got shape (5,)"),
        ({"propensity": lambda P: 1.0}, "one weight per positive row, shape (800,)"),
        ({"propensity": np.full(N, np.nan)}, "propensity must be finite and >= 0"),
        ({"propensity": np.full(N, -1.0)}, "propensity must be finite and >= 0"),
        ({"propensity": np.zeros(N)}, "propensity must be > 0 for at least"),
        ({"sampling": "two_sample", "n_labeled": 800}, "must leave positives for U"),
        (
            {"sampling": "two_sample", "n_unlabeled": 9999},
            "n_unlabeled must lie in [1, 1975] here, got 9999",
        ),
        (
            {"sampling": "two_sample", "propensity": np.ones(N)},
            "needs disjoint=False, got disjoint=True",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_bad_parameters_are_named(table, params, match):
    with pytest.raises(ValueError, match=re.escape(match).replace(r"\.\*", ".*")):
        make_pu(*table, **{"n_labeled": 10, "random_state": 0} | params)


@pytest.mark.parametrize(
    "params",
    [
        {"n_labeled": True},
        {"n_labeled": "many"},
        {"n_labeled": 0.5, "sampling": "two_sample"},
        {"n_labeled": 5, "sampling": "two_sample", "n_unlabeled": 9.0},
    ],
    ids=str,
)
def test_counts_of_a_wrong_type_are_named(table, params):
    with pytest.raises(TypeError, match="must be an int.* got .*; pass a row count"):
        make_pu(*table, **params)


@pytest.mark.parametrize(
    "y, match",
    [
        ([0, 1, 2] * 4, r"pos_label must be given .* got None with \[0, 1, 2\]"),
        ([0.1, 0.2, 0.3] * 4, "y must hold classes.*got values such as.*continuous"),
        ([1] * 12, "y must hold negatives too"),
        ([0, 1] * 5, "inconsistent numbers of samples"),
        ([0, np.nan] * 6, "Input y contains NaN; drop rows without a label"),
        (np.zeros((12, 2)), "1d array"),
    ],
)
def test_bad_labels_are_named(y, match):
    with pytest.raises(ValueError, match=match):
        make_pu(np.zeros((12, 1)), y, n_labeled=1)


def test_labels_of_other_kinds_are_named():
    with pytest.raises(TypeError, match="one kind"):
        make_pu(np.zeros((12, 1)), np.array(["a", 1] * 6, dtype=object), n_labeled=1)
    with pytest.raises(TypeError, match="numbers, booleans or strings.*astype"):
        make_pu(np.zeros((12, 1)), pd.date_range("2020", periods=12), n_labeled=1)


def test_guess_of_the_positive_class_is_told():
    y = ["fraud", "legal"] * 6
    with pytest.warns(
        UserWarning, match="'legal' was taken as the positive.*pos_label"
    ):
        make_pu(np.zeros((12, 1)), y, n_labeled=1)
    make_pu(np.zeros((12, 1)), y, n_labeled=1, pos_label="fraud")


@pytest.mark.parametrize("X", [pd.Series([1.0, 2.0]), [1.0, 2.0], np.ones((2, 2, 2))])
def test_x_must_be_a_table(X):
    with pytest.raises(ValueError, match="(?i)2-?d|dim 3"):
        make_pu(X, [0, 1], n_labeled=1)


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_a_series_stays_one(sampling):
    X = pd.DataFrame({"a": np.arange(40.0)}, index=np.arange(40) + 7)
    y = pd.Series(np.arange(40) % 2, index=X.index, name="sick")
    options = {"n_labeled": 5, "sampling": sampling, "random_state": 0}
    rows, s, y_true = make_pu(X, y, **options)
    assert s.index.equals(rows.index) and y_true.index.equals(rows.index)
    assert y_true.name == "sick" and s.name is None
    assert (y_true == y[y_true.index]).all()
    *_, s_array, y_array = make_pu(X.to_numpy(), y.to_numpy(), **options)
    assert isinstance(s_array, np.ndarray)
    np.testing.assert_array_equal(s, s_array)
    np.testing.assert_array_equal(y_true, y_array)
