"""Similarity of columns and pairs, usefulness, and the report of all measures."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, norm
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression

from skgen.metrics import (
    classifier_two_sample_test,
    marginal_similarity,
    memorization_score,
    pairwise_similarity,
    sample_report,
    train_synthetic_test_real,
)

# -- columns and pairs


def test_similarity_of_numbers_is_one_minus_kolmogorov_smirnov():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(300, 3)).round(1), rng.normal(0.4, 2, size=(200, 3))
    expected = [1 - ks_2samp(x, y).statistic for x, y in zip(X.T, Y.T, strict=True)]
    np.testing.assert_allclose(marginal_similarity(X, Y), expected)
    large = rng.normal(size=(2, 20_000, 1)) + [[[0]], [[1]]]
    # The gap of two normals is largest half-way.
    expected = 1 - (norm.cdf(0.5) - norm.cdf(-0.5))
    assert marginal_similarity(*large)[0] == pytest.approx(expected, abs=0.02)


def test_similarity_of_categories_is_one_minus_total_variation():
    real = pd.DataFrame({"a": list("aabbbbccdd"), "b": [True] * 5 + [False] * 5})
    other = pd.DataFrame({"a": list("aaaabbbbbe"), "b": [True] * 8 + [False] * 2})
    found = marginal_similarity(real, other)
    assert found["a"] == pytest.approx(1 - (0.2 + 0.1 + 0.2 + 0.2 + 0.1) / 2)
    assert found["b"] == pytest.approx(0.7)
    assert found.index.tolist() == ["a", "b"]


def test_missing_values_count():
    real = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": list("aabb")})
    holes = pd.DataFrame({"x": [1.0, 2.0, None, None], "y": ["a", "a", "b", None]})
    found = marginal_similarity(real, holes)
    # Numbers: shares differ by a half, and so do the distributions of what is there.
    assert found["x"] == 0.5
    assert found["y"] == 0.75


@pytest.mark.parametrize("table", ["numbers", "mixed"])
def test_equal_tables_are_similar_and_order_does_not_matter(table, draw_mixed):
    X = (
        draw_mixed(200)[0]
        if table == "mixed"
        else np.random.default_rng(0).random((50, 4))
    )
    shuffled = X.sample(frac=1, random_state=0) if table == "mixed" else X[::-1]
    np.testing.assert_allclose(marginal_similarity(X, shuffled), 1)
    pairs = pairwise_similarity(X, shuffled).to_numpy()
    assert np.isnan(np.diag(pairs)).all()
    np.testing.assert_allclose(pairs[~np.eye(len(pairs), dtype=bool)], 1)


def test_pairs_of_numbers_compare_correlations():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(100, 3)), rng.normal(size=(80, 3)) @ rng.random((3, 3))
    gap = np.abs(np.corrcoef(X, rowvar=False) - np.corrcoef(Y, rowvar=False))
    expected = 1 - gap / 2
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_allclose(pairwise_similarity(X, Y), expected)
    # The rows where both are present.
    X[:10, 0] = np.nan
    found = pairwise_similarity(X, Y)
    one = np.corrcoef(X[10:, :2], rowvar=False)[0, 1]
    two = np.corrcoef(Y[:, :2], rowvar=False)[0, 1]
    assert found.loc[0, 1] == pytest.approx(1 - abs(one - two) / 2)


def test_constant_columns_correlate_with_nothing():
    x = np.arange(10.0)
    constant = np.column_stack([x, np.full(10, 0.1)])
    linear = np.column_stack([x, 2 * x])
    assert pairwise_similarity(constant, constant).loc[0, 1] == 1
    assert pairwise_similarity(linear, constant).loc[0, 1] == 0.5
    empty = np.column_stack([x, np.full(10, np.nan)])
    assert pairwise_similarity(linear, empty).loc[0, 1] == 0.5


def test_pairs_with_categories_compare_contingency_tables():
    real = pd.DataFrame({"a": list("xxyy"), "b": list("uvuv"), "n": [0.0, 1, 9, 10]})
    linked = pd.DataFrame(
        {"a": list("xxyy"), "b": list("uuvv"), "n": [0.2, 0.9, -5, 9]}
    )
    found = pairwise_similarity(real, linked)
    assert found.loc["a", "b"] == 0.5
    # Bins of width 1 from 0 to 10, the ends open: x0 x1 y9 y9 and x0 x0 y0 y9.
    assert found.loc["a", "n"] == 0.5
    np.testing.assert_array_equal(found, found.T)


def test_similarity_cannot_see_copies_nor_columns_their_links():
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"a": rng.normal(size=300)})
    real["b"] = real.a + 0.1 * rng.normal(size=300)
    unlinked = real.assign(b=rng.permutation(real.b))
    assert (marginal_similarity(real, unlinked) == 1).all()
    assert pairwise_similarity(real, unlinked).loc["a", "b"] < 0.6
    assert pairwise_similarity(real, real).loc["a", "b"] == 1


def test_pairs_need_two_columns():
    with pytest.raises(ValueError, match="two columns or more to pair, got one"):
        pairwise_similarity([[1.0]], [[2.0]])


# -- usefulness


@pytest.fixture(scope="module")
def iris():
    table = load_iris(as_frame=True).frame.sample(frac=1, random_state=0)
    return table[:75], table[75:]


def test_utility_of_real_rows_is_that_of_real_rows(iris):
    train, holdout = iris
    found = train_synthetic_test_real(train, train, holdout, target="target")
    assert found.synthetic == found.real > 0.9
    assert found.metric == "accuracy"
    alone = train_synthetic_test_real(None, train, holdout, target="target")
    assert alone.synthetic == found.synthetic
    assert np.isnan(alone.real)


def test_target_by_name_index_and_class_names(iris):
    train, holdout = iris
    by_name = train_synthetic_test_real(train, train, holdout, target="target")
    for target in (4, -1, np.int64(4)):
        assert by_name == train_synthetic_test_real(
            train, train, holdout, target=target
        )
        arrays = [part.to_numpy() for part in (train, train, holdout)]
        assert by_name == train_synthetic_test_real(*arrays, target=target)
    named = [
        part.assign(target=part.target.map({0: "c", 1: "a", 2: "b"}))
        for part in (train, train, holdout)
    ]
    found = train_synthetic_test_real(*named, target="target")
    assert found.real == pytest.approx(by_name.real, abs=0.03)


def test_a_name_goes_before_an_index():
    table = pd.DataFrame({1: [0.5, 1.5] * 20, 0: list("ab") * 20})
    assert train_synthetic_test_real(table, table, table, target=0) == (
        1,
        1,
        "accuracy",
    )


def test_task_is_told_by_the_target(iris):
    table = load_diabetes(as_frame=True).frame
    found = train_synthetic_test_real(table, table, table, target="target")
    assert found.metric == "r2"
    train, holdout = iris
    params = {"target": "target", "task": "regression"}
    assert train_synthetic_test_real(train, train, holdout, **params).metric == "r2"
    words = train.assign(target=train.target.astype(str))
    with pytest.raises(ValueError, match="needs numbers, got categories in the target"):
        train_synthetic_test_real(words, words, words, **params)


def test_rare_lost_and_missing_classes(iris):
    train, holdout = iris
    one = train.assign(target=np.where(np.arange(75) == 0, 2, 1))
    # A single class is left, and it is predicted.
    share = np.mean(holdout.target == 1)
    found = train_synthetic_test_real(train, one, holdout, target="target")
    assert found.synthetic == pytest.approx(share)
    holes = train.assign(target=train.target.mask(np.arange(75) < 10))
    found = train_synthetic_test_real(train, holes, holdout, target="target")
    assert found.synthetic == pytest.approx(found.real, abs=0.05)
    with pytest.raises(ValueError, match="must have values, got none in synthetic"):
        train_synthetic_test_real(
            train, train.assign(target=np.nan), holdout, target="target"
        )


def test_own_estimator_gets_rows_as_they_are(iris):
    class Wants(LogisticRegression):
        def fit(self, X, y):
            assert list(X.columns) == list(iris[0].columns[:4])
            return super().fit(X, y)

    model = Wants(max_iter=1000)
    found = train_synthetic_test_real(*iris, iris[1], target="target", estimator=model)
    assert found.real > 0.9
    assert not hasattr(model, "coef_")


@pytest.mark.parametrize("target", ["class", 5, -6, None, 1.5, True])
def test_target_that_is_no_column(iris, target):
    with pytest.raises(ValueError, match="name or index of a column, got .*'sepal len"):
        train_synthetic_test_real(*iris, iris[1], target=target)


def test_utility_refuses(iris):
    with pytest.raises(ValueError, match="task must be one of .*got 'rank'"):
        train_synthetic_test_real(*iris, iris[1], target=0, task="rank")
    with pytest.raises(ValueError, match="columns beside the target"):
        train_synthetic_test_real([[1.0]], [[1.0]], [[1.0]], target=0)


# -- report

BASIC = [
    "c2st_auc",
    "marginal_similarity",
    "pairwise_similarity",
    "mmd2",
    "frechet",
    "precision",
    "recall",
    "density",
    "coverage",
]
COPIES = ["closer_to_train", "twins", "closest_distance"]


def test_report_of_a_good_a_bad_and_a_copying_generator(draw_mixed):
    real, holdout, good = (draw_mixed(400, seed=seed)[0] for seed in range(3))
    bad = good.assign(number=good.number + 2, category="red")
    params = {"holdout": holdout, "random_state": 0, "target": "category"}
    reports = {
        name: sample_report(real, rows, **params)
        for name, rows in {"good": good, "bad": bad, "copies": real}.items()
    }
    for report in reports.values():
        assert report.index.tolist() == [*BASIC, "tstr_accuracy", *COPIES]
        assert report.columns.tolist() == ["value", "baseline", "ideal"]
        assert np.isfinite(report.to_numpy()).all()
    good, bad, copies = (reports[name].value for name in ("good", "bad", "copies"))
    for name in ("c2st_auc", "mmd2", "frechet"):
        assert bad[name] > good[name]
    for name in ("marginal_similarity", "pairwise_similarity", "coverage"):
        assert bad[name] < good[name]
    assert bad["tstr_accuracy"] < good["tstr_accuracy"]
    assert copies["closer_to_train"] > 0.95
    assert copies["twins"] == 1
    assert copies["closest_distance"] == 0
    assert good["closer_to_train"] == pytest.approx(0.5, abs=0.06)
    # Real rows took the place of synthetic ones: the same measures.
    report = reports["copies"]
    same = [name for name in BASIC if name != "c2st_auc"]
    np.testing.assert_allclose(report.value[same], report.baseline[same], atol=0.05)


def test_report_holds_the_functions_values():
    rng = np.random.default_rng(0)
    real, holdout, synthetic = rng.normal(size=(3, 60, 3))
    report = sample_report(real, synthetic, holdout=holdout, random_state=0).value
    # Rows come in random order, and the folds with it.
    auc = classifier_two_sample_test(holdout, synthetic, random_state=0).auc
    assert report["c2st_auc"] == pytest.approx(auc, abs=0.15)
    assert report["marginal_similarity"] == pytest.approx(
        marginal_similarity(holdout, synthetic).mean()
    )
    copies = memorization_score(real, synthetic, holdout)
    assert report["closer_to_train"] == pytest.approx(copies.closer_to_train)
    assert report["closest_distance"] == pytest.approx(copies.distance)


def test_report_without_holdout_halves_the_real_rows(draw_mixed):
    real, synthetic = draw_mixed(100)[0], draw_mixed(80, seed=1)[0]
    report = sample_report(real, synthetic, target="number", random_state=0)
    assert report.index.tolist() == [*BASIC, "tstr_r2"]
    pd.testing.assert_frame_equal(
        report, sample_report(real, synthetic, target="number", random_state=0)
    )


def test_report_of_images_and_of_one_column():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 17, size=(3, 60, 16)).astype(np.uint8)
    images[:, :, :4] = 0  # borders
    report = sample_report(
        images[0], images[1], holdout=images[2], random_state=0, max_rows=40
    )
    assert report.index.tolist() == [*BASIC, *COPIES]
    assert np.isfinite(report.to_numpy()).all()
    report = sample_report(rng.normal(size=(40, 1)), rng.normal(size=(30, 1)))
    assert "pairwise_similarity" not in report.index


def test_report_counts_twins_in_all_rows():
    rng = np.random.default_rng(0)
    real, holdout = rng.normal(size=(2, 400, 2))
    report = sample_report(real, real[:200], holdout=holdout, max_rows=30)
    assert report.value["twins"] == 1
    assert report.baseline["twins"] == 0


def test_report_refuses():
    X = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(ValueError, match="at least 10 rows of each kind, got 5 synthe"):
        sample_report(X, X[:5])
    with pytest.raises(ValueError, match="9 to compare with.*halves of real"):
        sample_report(X[:18], X)
    with pytest.raises(ValueError, match="target must be the name or index of a col"):
        sample_report(X, X, target="y")
    with pytest.raises(ValueError, match="max_rows must be an integer of at least 20"):
        sample_report(X, X, max_rows=5)
