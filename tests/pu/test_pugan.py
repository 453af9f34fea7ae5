"""PUGANClassifier: its settings, its parts, its choices."""

from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from skgen.datasets import load_avila_split, make_pu
from skgen.nn import MLP, PeriodicEmbedding, PiecewiseLinearEmbedding
from skgen.pu import PUGANClassifier

Model = partial(PUGANClassifier, max_epochs=2, random_state=0)


def three_classes(n=300, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    centers = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    X = np.hstack([rng.normal(size=(n, 2)) + centers[y], rng.normal(size=(n, 2))])
    hidden = rng.random(n) < 0.6
    return X, y, hidden


# -- four settings ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "unlabeled, positive",
    [(0, 1), (-1, 1), (False, True), ("neg", "pos"), (0.0, 1.0)],
)
def test_two_labels_are_positive_and_unlabeled(unlabeled, positive, pu_data):
    X, s, y = pu_data
    labels = np.array([unlabeled, positive])
    model = Model().fit(X, labels[s])
    assert model.setting_ == "pu"
    assert_array_equal(model.classes_, labels)
    assert model.classes_.dtype == labels.dtype
    found = model.predict(X)
    assert found.dtype == labels.dtype
    assert np.mean(found == labels[y]) > 0.85
    expected = Model().fit(X, s)
    assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert isinstance(model.prior_, float)


@pytest.mark.parametrize("evidence", ["trees", "neighbors", None])
def test_smaller_positive_label_turns_the_columns_round(evidence, pu_data):
    X, s, y = pu_data
    model = Model(evidence=evidence, pos_label=0).fit(X, 1 - s)
    assert model.classes_.tolist() == [0, 1]
    assert model.unlabeled_label_ == 1
    assert np.mean(model.predict(X) == 1 - y) > 0.85
    proba = model.predict_proba(X)
    assert np.mean((proba[:, 0] > 0.5) == (y == 1)) > 0.85
    decision = model.decision_function(X)
    assert_array_equal(decision > 0, model.predict(X) == 1)
    assert_allclose(decision, np.log(proba[:, 1]) - np.log(proba[:, 0]), atol=1e-6)
    assert abs(model.prior_ - y.mean()) < 0.2
    marked = Model(evidence=evidence, unlabeled_label=1).fit(X, 1 - s)
    assert_array_equal(marked.predict_proba(X), proba)


@pytest.mark.parametrize("evidence", ["auto", None])
def test_positive_negative_and_unlabeled(evidence, draw_pu):
    X, _, y = draw_pu(200)
    labels = np.where(np.random.default_rng(1).random(200) < 0.5, y, -1)
    model = Model(evidence=evidence).fit(X, labels)
    assert model.setting_ == "semi_supervised"
    assert model.classes_.tolist() == [0, 1]
    assert np.mean(model.predict(X) == y) > 0.9
    assert abs(model.prior_ - y.mean()) < 0.1
    flipped = Model(evidence=evidence, pos_label=0).fit(X, labels)
    assert abs(flipped.prior_ - (1 - y.mean())) < 0.1


@pytest.mark.parametrize("evidence", ["auto", None])
def test_several_classes_and_unlabeled(evidence):
    X, y, hidden = three_classes()
    model = Model(evidence=evidence).fit(X, np.where(hidden, -1, y))
    assert model.setting_ == "semi_supervised"
    assert model.classes_.tolist() == [0, 1, 2]
    assert np.mean(model.predict(X[hidden]) == y[hidden]) > 0.85
    assert model.predict_proba(X).shape == model.decision_function(X).shape == (300, 3)
    assert_allclose(model.prior_, np.bincount(y) / 300, atol=0.1)


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_all_rows_labeled(sampling):
    X, y, _ = three_classes()
    model = Model(sampling=sampling).fit(X, y)
    assert model.setting_ == "supervised"
    assert model.unlabeled_label_ is None
    assert np.mean(model.predict(X) == y) > 0.9
    two = Model(unlabeled_label=None).fit(X, (y == 1).astype(int))
    assert two.setting_ == "supervised"
    assert np.mean(two.predict(X) == (y == 1)) > 0.9
    assert abs(two.prior_ - np.mean(y == 1)) < 1e-6


def test_marker_may_be_a_string():
    X, y, hidden = three_classes()
    names = np.array(["ant", "bee", "cat"])[y]
    model = Model(unlabeled_label="?").fit(X, np.where(hidden, "?", names))
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert np.mean(model.predict(X) == names) > 0.85
    one = Model(unlabeled_label="?").fit(X, np.where((y == 1) & ~hidden, "bee", "?"))
    assert one.setting_ == "pu"
    assert set(one.classes_) == {"?", "bee"}
    assert np.mean((one.predict(X) == "bee") == (y == 1)) > 0.85


def test_warm_start_remembers_which_label_is_positive(draw_pu):
    X, _, y = draw_pu(120)
    labels = np.where(np.random.default_rng(1).random(120) < 0.5, y, -1)
    model = Model(pos_label=0, max_epochs=1, warm_start=True).fit(X, labels)
    first = model.prior_
    assert abs(model.fit(X, labels).prior_ - first) < 0.1


# -- prior and sampling ----------------------------------------------------------------


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
@pytest.mark.parametrize("prior", [0.4, 0.7])
def test_given_prior_is_the_mean_probability_of_the_population(sampling, prior):
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.5).astype(int)
    X = rng.normal(size=(400, 4)) + y[:, None]
    X, s, _ = make_pu(X, y, n_labeled=60, sampling=sampling, random_state=0)
    model = Model(evidence="trees", prior=prior, sampling=sampling).fit(X, s)
    proba = model.predict_proba(X)
    assert_allclose(proba.sum(axis=1), 1)
    population = X if sampling == "one_sample" else X[s == 0]
    assert model.prior_ == pytest.approx(prior)
    # Predictions for training rows are not out of bag, so only near the prior.
    assert abs(model.predict_proba(population)[:, 1].mean() - prior) < 0.06


def test_networks_alone_match_the_prior_exactly(pu_data):
    X, s, _ = pu_data
    model = Model(evidence=None, prior=0.55).fit(X, s)
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(0.55, abs=1e-4)
    assert Model(evidence=None, prior="auto").fit(X, s).prior_ != 0.55
    free = Model(evidence=None).fit(X, s)
    assert free.predict_proba(X)[:, 1].mean() == pytest.approx(free.prior_, abs=1e-4)


def test_sampling_changes_whose_prior_is_reported():
    rng = np.random.default_rng(0)
    y = (rng.random(500) < 0.4).astype(int)
    X = rng.normal(size=(500, 4)) + 2.5 * y[:, None]
    X, s, _ = make_pu(
        X, y, n_labeled=150, sampling="two_sample", disjoint=False, random_state=0
    )
    u = Model(sampling="two_sample").fit(X, s)
    whole = Model(sampling="one_sample").fit(X, s)
    assert abs(u.prior_ - 0.4) < 0.1
    assert whole.prior_ > u.prior_ + 0.05


def test_prior_of_each_class():
    X, y, hidden = three_classes()
    labels = np.where(hidden, -1, y)
    model = Model(evidence="trees", prior=[0.3, 0.4, 0.3]).fit(X, labels)
    assert_allclose(model.prior_, [0.3, 0.4, 0.3])


# -- parts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, parts",
    [
        ({"evidence": None}, {"networks"}),
        ({"evidence": "trees"}, {"networks", "trees", "neighborhood"}),
        ({"evidence": "neighbors"}, {"networks", "neighbors", "neighborhood"}),
        ({"module": None, "evidence": "trees"}, {"trees", "neighborhood"}),
        ({"module": None, "evidence": "neighbors"}, {"neighbors", "neighborhood"}),
        ({"evidence": None, "mixup_weight": 0.0, "prior": 0.5}, {"networks"}),
    ],
)
def test_each_part_alone(options, parts, draw_pu):
    X, s, y = draw_pu(250)
    model = Model(**options).fit(X, s)
    found = model.predict_proba_parts(X)
    assert found.keys() == parts
    for proba in found.values():
        assert proba.shape == (250, 2)
        assert_allclose(proba.sum(axis=1), 1)
    assert np.mean(model.predict(X) == y) > 0.8
    if len(parts - {"neighborhood"}) == 1:
        (only,) = parts - {"neighborhood"}
        rank = np.argsort(found[only][:, 1])
        assert (np.diff(model.predict_proba(X)[rank, 1]) > -1e-6).all()


def test_without_networks_there_are_no_weights(pu_data):
    X, s, _ = pu_data
    model = Model(module=None).fit(X, s)
    assert model.weights_ == {} and model.history_ == [] and model.n_epochs_ == 0


def test_value_of_the_game_is_bounded(pu_data):
    X, s, _ = pu_data
    history = Model(max_epochs=3).fit(X, s).history_
    values = np.array([row["train_value"] for row in history])
    assert (values <= 0).all()
    assert (values > -2 * np.log(2) - 0.2).all()


# -- modules ---------------------------------------------------------------------------


def small(n_features, n_outputs):
    return torch.nn.Sequential(
        torch.nn.Linear(n_features, 16),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.1),
        torch.nn.Linear(16, n_outputs),
    )


def embedded(n_features, n_outputs):
    edges = torch.linspace(-2, 2, 9).repeat(n_features, 1)
    return MLP(
        n_features,
        n_outputs,
        hidden=(32,),
        embedding=lambda n: PiecewiseLinearEmbedding(edges),
    )


@pytest.mark.parametrize(
    "module",
    [
        "MLP",
        "MLPEnsemble",
        small,
        embedded,
        partial(MLP, hidden=(32,), embedding=partial(PeriodicEmbedding, sigma=0.3)),
    ],
)
def test_recipe_of_the_users(module, draw_pu):
    X, s, y = draw_pu(200)
    model = Model(module, max_epochs=3).fit(X, s)
    assert np.mean(model.predict(X) == y) > 0.85
    again = Model(module, max_epochs=3).fit(X, s)
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    "module, error, message",
    [
        ("nonsense", ValueError, "module must be.*MLP.*got 'nonsense'"),
        (lambda n, k: np.ones, TypeError, "returns a torch.nn.Module, got.*function"),
        (
            lambda n, k: torch.nn.Linear(n, k + 1),
            ValueError,
            r"2 rows and 2 outputs it returned shape \(2, 3\).*called as",
        ),
        (
            lambda n, k: torch.nn.Sequential(
                torch.nn.Linear(n, 1), torch.nn.Flatten(0)
            ),
            ValueError,
            r"returned shape \(2,\)",
        ),
    ],
)
def test_recipe_that_does_not_fit(module, error, message, pu_data):
    X, s, _ = pu_data
    with pytest.raises(error, match=message):
        Model(module).fit(X, s)
    with pytest.raises(ValueError, match=r"ConvNet|image_shape must be"):
        Model("ConvNet").fit(X, s)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    chosen = (y == 0) | (y == 1)
    X, y = X[chosen], y[chosen]
    s = ((y == 1) & (np.random.default_rng(0).random(len(y)) < 0.5)).astype(int)
    return X, s, y


@pytest.mark.parametrize("evidence", ["auto", None])
def test_images(evidence, digits):
    X, s, y = digits
    model = Model(evidence=evidence, image_shape=(8, 8), max_epochs=1).fit(X, s)
    assert any("body" in name for name in model.weights_)
    assert np.mean(model.predict(X) == y) > 0.9
    assert_allclose(
        model.predict_proba(X[7:9]), model.predict_proba(X)[7:9], rtol=1e-9, atol=1e-9
    )
    with pytest.raises(ValueError, match="features"):
        model.predict(X[:, :32])


@pytest.mark.parametrize("shape", [(8, 9), (8,), "square"])
def test_image_shape_that_does_not_fit(shape, digits):
    X, s, _ = digits
    with pytest.raises(ValueError, match="image_shape"):
        Model(image_shape=shape).fit(X, s)


# -- real data -------------------------------------------------------------------------


@pytest.mark.slow
def test_avila():
    try:
        split = load_avila_split("pu", random_state=0, download_if_missing=False)
    except OSError as error:
        pytest.skip(f"needs the Avila files (SKGEN_DATA): {error}")
    model = PUGANClassifier(sampling="two_sample", random_state=0)
    model.fit(split.X_train, split.y_train)
    assert abs(model.prior_ - split.prior) < 0.03
    assert np.mean(model.predict(split.X_test) == split.y_test) >= 0.97
