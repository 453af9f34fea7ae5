"""What all measures make of their tables: columns, kinds, missing values, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, issparse

from skgen.encoding import TableEncoder
from skgen.metrics import (
    classifier_two_sample_test,
    closest_row_distances,
    divergence_from_classifier,
    frechet_distance,
    kl_divergence_knn,
    marginal_similarity,
    maximum_mean_discrepancy,
    memorization_score,
    pairwise_similarity,
    precision_recall_density_coverage,
    sample_report,
    train_synthetic_test_real,
    twin_share,
)
from skgen.metrics._rows import Samples


def half(X):
    """The first rows of a table, at least one; bad tables as they are."""
    return X if issparse(X) else X[: max(len(X) // 2, 1)]


# Measures as functions of a real and a synthetic table.
MEASURES = {
    "c2st": lambda X, Y: classifier_two_sample_test(X, Y, random_state=0),
    "divergences": lambda X, Y: divergence_from_classifier(X, Y, random_state=0),
    "marginals": lambda X, Y: marginal_similarity(X, Y).mean(),
    "pairs": lambda X, Y: np.nanmean(pairwise_similarity(X, Y)),
    "mmd": lambda X, Y: maximum_mean_discrepancy(
        X, Y, n_permutations=9, random_state=0
    ),
    "fidelity": precision_recall_density_coverage,
    "distances": lambda X, Y: closest_row_distances(X, Y).mean(),
    "twins": twin_share,
    "memorization": lambda X, Y: memorization_score(X, Y, half(X), random_state=0),
    "utility": lambda X, Y: train_synthetic_test_real(X, Y, X, target=0)[:2],
    "report": lambda X, Y: sample_report(
        X, Y, holdout=half(X), target=0, random_state=0
    ).to_numpy(),
}


@pytest.fixture
def tables(draw_mixed):
    return draw_mixed(120, seed=0)[0], draw_mixed(120, seed=1)[0]


@pytest.mark.parametrize("name", MEASURES)
def test_mixed_tables_have_finite_measures_that_repeat(name, tables):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    copies = [table.copy() for table in tables]
    found = [np.asarray(MEASURES[name](*tables), dtype=float) for _ in range(2)]
    assert np.isfinite(found[0]).all()
    np.testing.assert_array_equal(*found)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    for table, copy in zip(tables, copies, strict=True):
        pd.testing.assert_frame_equal(table, copy)


@pytest.mark.parametrize(
    "function",
    [
        classifier_two_sample_test,
        divergence_from_classifier,
        lambda X, Y: maximum_mean_discrepancy(X, Y, n_permutations=2),
        lambda X, Y: memorization_score(X, Y, X[:10]),
        lambda X, Y: sample_report(X, Y, holdout=X[:15]),
    ],
    ids=["c2st", "divergences", "mmd", "memorization", "report"],
)
def test_none_seed_leaves_the_global_generator_alone(function):
    rng = np.random.default_rng(0)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    function(rng.normal(size=(40, 2)), rng.normal(size=(30, 2)))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("name", MEASURES)
def test_representation_of_a_value_does_not_matter(name, tables):
    """Order of columns, dtypes of equal values, the index and the container."""
    real, synthetic = tables
    expected = np.asarray(MEASURES[name](real, synthetic), dtype=float)
    other = synthetic.iloc[:, ::-1].set_index(np.arange(len(synthetic)) + 7)
    other["word"] = other["word"].astype("category")
    other["category"] = other["category"].astype(object)
    other["flag"] = other["flag"].astype("boolean")
    other["nullable"] = other["nullable"].astype("Float64")
    found = np.asarray(MEASURES[name](real, other), dtype=float)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_arrays_and_frames_of_numbers_agree():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(60, 3)), rng.normal(size=(50, 3))
    frames = [pd.DataFrame(part, columns=list("abc")) for part in (X, Y)]
    for name, measure in MEASURES.items():
        expected = np.asarray(measure(X, Y), dtype=float)
        for pair in (frames, (frames[0], Y), (X, frames[1]), (X.tolist(), Y.tolist())):
            found = np.asarray(measure(*pair), dtype=float)
            np.testing.assert_array_equal(found, expected, err_msg=name)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize(
    ("X", "Y", "error", "message"),
    [
        (np.ones(5), np.ones((5, 1)), ValueError, r"real.*two dim.*got shape \(5,\)"),
        (np.ones((5, 2)), np.ones((5, 2, 2)), ValueError, "synthetic.*images to flat"),
        (np.ones((5, 2)), np.ones((5, 3)), ValueError, "the 2 columns of real, got 3"),
        (np.ones((5, 2)), np.ones((0, 2)), ValueError, "synthetic must have rows and"),
        (csr_array((5, 2)), np.ones((5, 2)), TypeError, "real must be dense.*toarray"),
        (np.array([["a"]]), np.array([["b"]]), TypeError, "numbers if it is an array"),
        (
            [[1.0, np.inf]] * 20,
            [[1.0, 1.0]] * 20,
            ValueError,
            "real: column 1 holds in",
        ),
        (
            pd.DataFrame({"a": [1.0], "b": [1.0]}),
            pd.DataFrame({"a": [1.0], "c": [1.0]}),
            ValueError,
            r"synthetic must have the columns of real, got \['a', 'c'\] where",
        ),
        (
            pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]}),
            pd.DataFrame({"a": ["1", "2"], "b": [1.0, 2.0]}),
            TypeError,
            "'a' must hold the same kind.*numeric in real, category in synthetic.*to_n",
        ),
        (
            pd.DataFrame({"a": pd.to_datetime(["2020-01-01"] * 2)}),
            pd.DataFrame({"a": pd.to_datetime(["2020-01-01"] * 2)}),
            TypeError,
            "column 'a' holds datetime64.*days since",
        ),
    ],
)
def test_bad_tables(name, X, Y, error, message):
    own = {"twins": ("real", "rows"), "distances": ("real", "rows")}
    own["divergences"] = ("X", "Y")
    for usual, instead in zip(("real", "synthetic"), own.get(name, ()), strict=False):
        message = message.replace(usual, instead)
    with pytest.raises(error, match=message):
        MEASURES[name](X, Y)


def test_missing_values_of_all_spellings_are_equal():
    real = pd.DataFrame({"a": ["x", None, np.nan], "b": [1.0, np.nan, 2.0]})
    other = pd.DataFrame(
        {"a": pd.array(["x", pd.NA, pd.NA], "string"), "b": [1, None, 2]}
    ).astype({"b": "Int64"})
    assert twin_share(real, other) == 1
    assert (marginal_similarity(real, other) == 1).all()
    assert (closest_row_distances(real, other) == 0).all()


def test_codes_stand_for_the_values_of_the_first_sample():
    real = pd.DataFrame(
        {"n": [3, 1], "f": [True, False], "x": [0.5, 2], "c": list("ba")}
    )
    other = real.assign(n=[1.0, 0.5], f=[0, 1])
    samples = Samples({"real": real, "other": other})
    assert samples.kinds == ["numeric", "integer", "numeric", "category"]
    expected = {0: [3, 0.5], 1: [True, False], 2: [0.5, 2.0], 3: ["b", "a"]}
    codes = {0: [3, 0.5], 1: [1, 0], 2: [0.5, 2], 3: [1, 0]}
    for j, values in expected.items():
        found = samples.values_of(j, np.array(codes[j], dtype=np.float64))
        assert found == values
        assert [type(value) for value in found] == [type(value) for value in values]
    assert Samples({"X": np.eye(2, dtype=int)}).values_of(0, [1.0]) == [1]


def test_column_without_values_in_one_sample():
    real = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": list("xxyy")})
    empty = real.assign(a=None, b=np.nan)
    assert marginal_similarity(real, empty).tolist() == [0, 0]
    assert twin_share(real, empty) == 0
    assert marginal_similarity(empty, empty).tolist() == [1, 1]
    assert pairwise_similarity(empty, empty).loc["a", "b"] == 1
    assert pairwise_similarity(real, empty).loc["a", "b"] == 0


def test_categories_that_only_samples_have_and_mixed_types():
    real = pd.DataFrame({"a": pd.Series(["x", "y", 1, 2.5], dtype=object)})
    with pytest.raises(TypeError, match="column 'a' holds mixed-integer values"):
        marginal_similarity(real, real)
    real = pd.DataFrame({"a": pd.Categorical(["x", "y", 1, 2])})
    new = pd.DataFrame({"a": pd.Categorical(["z", "y", 1, 2])})
    assert marginal_similarity(real, new)["a"] == 0.75
    np.testing.assert_allclose(
        closest_row_distances(real, new), [np.sqrt(2), 0, 0, 0], atol=1e-12
    )


def test_coordinates_are_standardised_and_one_hot():
    real = pd.DataFrame({"x": [0.0, 10.0], "y": ["a", "b"], "z": [5.0, 5.0]})
    rows = pd.DataFrame(
        {"x": [15.0, None, 0.0], "y": ["b", "a", None], "z": [5.0, 5.0, 7.0]}
    )
    # x: mean 5, deviation 5; a missing number is the mean and a flag; z is constant.
    expected = [1.0, np.sqrt(2), np.sqrt(2 + 4)]
    np.testing.assert_allclose(closest_row_distances(real, rows), expected)


def test_many_categories_share_a_coordinate():
    names = [f"name {i}" for i in range(3000)]
    real = pd.DataFrame({"name": names[:2000]})
    rows = pd.DataFrame({"name": [names[0], names[2500], None]})
    # Rarer than the first 500: one coordinate for all, and missing is not among them.
    found = closest_row_distances(real, rows)
    np.testing.assert_allclose(found, [0, 0, np.sqrt(2)])
    assert twin_share(real, rows) == pytest.approx(1 / 3)


def test_embedding_may_be_a_function_or_a_transformer(tables):
    real, synthetic = tables
    encoder = TableEncoder().fit(pd.concat(tables))
    for function in (frechet_distance, maximum_mean_discrepancy):
        one, two = (
            function(real, synthetic, embedding=embedding)
            for embedding in (encoder, encoder.transform)
        )
        np.testing.assert_equal(one, two)
    for embedding, error, message in [
        ("raw", TypeError, "a callable, a fitted transformer or None, got 'raw'"),
        (lambda X: np.ones(len(X)), ValueError, r"one row of coordinates.*\(120,\)"),
        (lambda X: np.ones((3, 2)), ValueError, "the 120 rows of real"),
        (lambda X: np.full((len(X), 1), np.nan), ValueError, "finite.*for real"),
    ]:
        with pytest.raises(error, match=message):
            precision_recall_density_coverage(real, synthetic, embedding=embedding)


def test_numbers_too_large_for_a_variance():
    X = np.array([[1e300], [-1e300]])
    with pytest.raises(ValueError, match="column 0 holds values up to 1e.300.*divide"):
        closest_row_distances(X, X)


def test_scale_of_numbers_does_not_matter():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 80, 2))
    for scale in (1e-120, 1e120):
        for measure in (closest_row_distances, marginal_similarity, twin_share):
            np.testing.assert_allclose(measure(X * scale, Y * scale), measure(X, Y))
        assert twin_share(X * scale, X * scale) == 1


def test_kl_knn_takes_frames():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 50, 2))
    frames = (pd.DataFrame(part, columns=["a", "b"]) for part in (X, Y))
    assert kl_divergence_knn(*frames) == kl_divergence_knn(X, Y)


@pytest.mark.parametrize("n_values", [0, 1, 19, 21])
def test_columns_of_few_values_do_not_stop_the_forest(n_values):
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(2, 6000, 2))
    real[n_values:, 0] = synthetic[:, 0] = np.nan  # folds and its validation part
    found = classifier_two_sample_test(real, synthetic, random_state=0)
    assert found.auc == pytest.approx(0.5, abs=0.03)
    scores = train_synthetic_test_real(real, synthetic, real, target=1)
    assert max(scores[:2]) < 0.1
