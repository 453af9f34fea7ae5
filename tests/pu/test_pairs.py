"""PUPairTransformer: matches found, what is refused, probabilities, re-ranking."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone

from skgen.losses.pairs import AdversarialPairs
from skgen.metrics import rank_k_accuracy
from skgen.pu import PUPairTransformer
from skgen.pu._pair_batches import csls, k_reciprocal, mutual_neighbors, partners
from skgen.pu._pair_metric import PairMetric
from skgen.pu._pair_rows import prior_of_a_match, read_pairs, shift_and_tint

TINY = {"n_components": 8, "max_epochs": 3, "n_rounds": 1, "random_state": 0}


def two_cameras(n=120, n_known=60, d=8, seed=0):
    """Things under two cameras, each with noise of its own along one direction."""
    rng = np.random.default_rng(seed)
    things = rng.normal(size=(n, d))
    own = rng.normal(size=(2, n, 1)) * rng.normal(size=(2, 1, d))
    A = things + 2 * own[0] + 0.1 * rng.normal(size=(n, d))
    B = 3 + 0.7 * things + 2 * own[1] + 0.1 * rng.normal(size=(n, d))
    y = np.where(np.arange(n) < n_known, np.arange(n), -1)
    return A, B, np.vstack([A, B]), np.tile(y, 2), np.repeat(["a", "b"], n)


def test_matches_of_unknown_things_are_found():
    A, B, X, y, groups = two_cameras(200, 120)
    model = PUPairTransformer(32, max_epochs=30, random_state=0)
    model.fit(X, y, groups=groups)
    rest = np.arange(120, 200)
    ids = np.arange(80)

    def rank_1(distances):
        return rank_k_accuracy(distances, ids, ids)

    found = rank_1(model.distances(A[rest], B[rest], cameras=("a", "b")))
    raw = np.linalg.norm(A[rest][:, None] - B[rest], axis=2)
    assert rank_1(raw) < 0.2 < 0.8 < found
    assert model.n_known_ == 120 and model.n_taken_ > 20
    ranking = model.rank(A[rest], B[rest], cameras=("a", "b"), k=5)
    assert ranking.shape == (80, 5)
    assert np.mean(ranking[:, 0] == ids) == pytest.approx(found)


def test_probabilities_fit_the_prior():
    A, B, X, y, groups = two_cameras(200, 120)
    model = PUPairTransformer(32, max_epochs=30, random_state=0)
    model.fit(X, y, groups=groups)
    assert model.prior_ == pytest.approx(1 / 200)
    a, b = np.divmod(np.arange(80 * 80), 80)
    rest = np.arange(120, 200)
    p = model.pair_proba(A[rest][a], B[rest][b], cameras=("a", "b"), prior=1 / 80)
    # As many matches as are expected, and they stand out.
    assert 20 < p.sum() < 240
    assert np.mean(p[a == b]) > 20 * np.mean(p[a != b])
    higher = model.pair_proba(A[:5], B[:5], cameras=("a", "b"), prior=0.5)
    assert (higher > model.pair_proba(A[:5], B[:5], cameras=("a", "b"))).all()


def test_rows_have_length_one_and_cameras_of_their_own():
    A, _, X, y, groups = two_cameras()
    model = PUPairTransformer(**TINY).fit(X, y, groups=groups)
    Z = model.transform(A, groups="a")
    np.testing.assert_allclose(np.linalg.norm(Z, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(Z, model.transform(A, groups=["a"] * len(A)))
    assert np.abs(Z - model.transform(A)).max() > 0.01
    assert Z.shape[1] == len(model.get_feature_names_out()) > 8
    network = clone(model).set_params(linear_weight=0.0)
    assert network.fit(X, y, groups=groups).transform(A).shape == (120, 8)


@pytest.mark.parametrize(
    "loss", ["infonce", "triplet", "nonnegative", AdversarialPairs(0.1)]
)
def test_every_loss_learns(loss):
    _, _, X, y, groups = two_cameras(d=4)
    model = PUPairTransformer(**{**TINY, "max_epochs": 20}, loss=loss)
    history = model.fit(X, y, groups=groups).history_
    name = "train_loss" if "train_loss" in history[0] else "train_embedding_loss"
    assert history[-1][name] < history[0][name]


def test_an_identity_that_occurs_once_is_unknown():
    _, _, X, y, groups = two_cameras()
    once = y.copy()
    once[np.flatnonzero(y == -1)[:7]] = 1000 + np.arange(7)
    a, b = (
        PUPairTransformer(**TINY).fit(X, labels, groups=groups).transform(X)
        for labels in (y, once)
    )
    np.testing.assert_array_equal(a, b)


def test_images():
    rng = np.random.default_rng(0)
    things = rng.random((40, 8 * 8 * 3))
    X = np.vstack([things, 1 - things])
    y, groups = np.tile(np.arange(40), 2), np.repeat([0, 1], 40)
    model = PUPairTransformer(image_shape=(8, 8, 3), **TINY)
    assert model.fit(X, y, groups=groups).transform(X, groups=groups).shape[0] == 80
    for module in ("ConvNet", "ConvEncoder"):
        model.set_params(module=module).fit(X, y, groups=groups)
    with pytest.raises(ValueError, match="ConvEmbedder"):
        model.set_params(module="MLP").fit(X, y, groups=groups)


def test_training_goes_on():
    _, _, X, y, groups = two_cameras()
    model = PUPairTransformer(**TINY)
    for _ in range(3):
        model.partial_fit(X, y, groups=groups)
    assert model.n_epochs_ == 3


# -- what is refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y, g: (np.full(len(y), -1), g), "y must name the same identity"),
        (lambda y, g: (np.arange(len(y)), g), "got none that occurs twice"),
        (lambda y, g: (y, g[:-1]), "one group for each of the 240 rows"),
        (lambda y, g: (y, np.repeat("a", len(g))), "at least two cameras, got"),
        (
            lambda y, g: (np.where(g == "a", np.arange(240) % 60, -1), g),
            "all known pairs are of one camera",
        ),
        (lambda y, g: (y, np.where(g == "a", None, g)), "groups must not be missing"),
    ],
)
def test_bad_labels_and_cameras(change, message):
    _, _, X, y, groups = two_cameras()
    y, groups = change(y, groups)
    model = PUPairTransformer(**TINY)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, groups=groups)
    assert not hasattr(model, "weights_")


def test_cameras_that_fit_did_not_see():
    A, B, X, y, groups = two_cameras()
    model = PUPairTransformer(**TINY).fit(X, y, groups=groups)
    with pytest.raises(ValueError, match=r"cameras of fit, \['a', 'b'\], got \['c'\]"):
        model.transform(A, groups="c")
    with pytest.raises(ValueError, match="rerank must be"):
        model.rank(A, B, rerank="best")
    with pytest.raises(ValueError, match="as many rows, got 3 and 4"):
        model.pair_proba(A[:3], B[:4])
    with pytest.raises(ValueError, match="prior must lie in"):
        model.pair_proba(A[:3], B[:3], prior=2)
    plain = PUPairTransformer(**TINY).fit(X, y)
    with pytest.raises(ValueError, match="fit saw no cameras"):
        plain.transform(A, groups="a")
    model.partial_fit(X, y, groups=groups)
    with pytest.raises(ValueError, match="groups must be given again"):
        model.partial_fit(X, y)


# -- parts -----------------------------------------------------------------------------


def test_partners():
    y, groups = np.array([0, 1, 0, -1, 1, 0, -1]), np.array([0, 0, 1, 0, 0, 1, 1])
    assert partners(y, None).tolist() == [[0, 2], [0, 5], [2, 5], [1, 4]]
    assert partners(y, groups).tolist() == [[0, 2], [0, 5]]
    assert len(partners(np.array([0, -1, 1]), None)) == 0
    many = partners(np.zeros(500, dtype=int), None)
    assert len(many) == 2000 and (many[:, 0] < many[:, 1]).all()
    assert len(np.unique(many, axis=0)) == 2000


def test_prior_is_one_in_the_rows_of_the_other_cameras():
    model = PUPairTransformer()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = read_pairs(model, (np.r_[0, 0, -np.ones(8, int)]), 10)
    assert prior_of_a_match(rows) == pytest.approx(1 / 9)


def test_scaling_takes_hubs_off():
    # Entry 0 is near to all queries; each has an own entry that is near to none else.
    S = np.full((4, 5), 0.1)
    S[:, 0] = 0.8
    S[np.arange(4), np.arange(1, 5)] = 0.7
    assert (S.argmax(axis=1) == 0).all()
    assert csls(S, 2).argmax(axis=1).tolist() == [1, 2, 3, 4]
    by_hand = 2 * 0.7 - (0.8 + 0.7) / 2 - (0.7 + 0.1) / 2
    assert csls(S, 2)[0, 1] == pytest.approx(by_hand)


def test_mutual_neighbors_respect_what_is_known():
    rng = np.random.default_rng(0)
    Z = np.repeat(rng.normal(size=(20, 6)), 2, axis=0)
    Z += 0.01 * rng.normal(size=Z.shape)
    Z /= np.linalg.norm(Z, axis=1, keepdims=True)
    unknown, groups = np.full(40, -1), np.tile([0, 1], 20)
    pairs = mutual_neighbors(Z, unknown, groups, np.array([0, 1]))
    assert sorted(map(tuple, pairs.tolist())) == [(k, k + 1) for k in range(2, 40, 2)]
    # Rows of two known things never match.
    named = unknown.copy()
    named[2], named[3] = 5, 6
    pairs = mutual_neighbors(Z, named, groups, np.array([0, 1]))
    assert [2, 3] not in pairs.tolist()
    assert len(mutual_neighbors(Z, unknown, groups, np.arange(40))) == 0


def test_reciprocal_neighbors_rank_the_right_rows_first():
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(10, 8))
    Z = centers[:, None] + 0.3 * rng.normal(size=(10, 6, 8))
    Z /= np.linalg.norm(Z, axis=2, keepdims=True)
    query, gallery = Z[:, 0], Z[:, 1:].reshape(50, 8)
    distances = k_reciprocal(query, gallery, n_neighbors=6, n_expanded=3)
    owners = np.repeat(np.arange(10), 5)
    ranked = owners[np.argsort(distances, axis=1)[:, :5]]
    plain = owners[np.argsort(-query @ gallery.T, axis=1)[:, :5]]
    right = np.arange(10)[:, None]
    assert np.mean(ranked == right) >= np.mean(plain == right) > 0.5
    assert distances.min() >= 0


def test_metric_ignores_what_matches_differ_in():
    rng = np.random.default_rng(0)
    things = rng.normal(size=(100, 5))
    camera = np.zeros(5)
    camera[0] = 1.0
    noise = rng.normal(size=(2, 100, 1)) * 5 * camera  # along the first column
    Z = np.vstack([things + noise[0], things + noise[1] + 2])
    groups = np.repeat([0, 1], 100)
    pairs = np.stack([np.arange(60), 100 + np.arange(60)], axis=1)
    metric = PairMetric().fit(Z, groups, pairs, 2)
    E = metric.transform(Z, groups)
    S = E[60:100] @ E[160:].T
    assert np.mean(S.argmax(axis=1) == np.arange(40)) > 0.9
    again = PairMetric.from_state(metric.get_state())
    np.testing.assert_array_equal(again.transform(Z, groups), E)


def test_changed_images_stay_images():
    import torch

    x = torch.arange(2 * 3 * 16 * 16.0).reshape(2, 3, 16, 16)
    found = shift_and_tint(x, torch.Generator().manual_seed(0))
    assert found.shape == x.shape and torch.isfinite(found).all()
    assert not torch.equal(found, x)
    # Contrast and colour change by less than the shift leaves of the order of pixels.
    inner = found[0, 0, 2:-2, 2:-2].flatten()
    assert (inner.diff() != 0).all()
