"""Evidence: symbols and classes, near rows, forests."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import HistGradientBoostingClassifier

from skgen.datasets import make_pu
from skgen.encoding import TableEncoder
from skgen.encoding.copies import equal_rows
from skgen.encoding.labels import UNLABELED
from skgen.encoding.ridge import leave_one_out_ridge
from skgen.pu._evidence import Evidence
from skgen.pu._forest import ForestEvidence
from skgen.pu._neighbors import (
    NeighborEvidence,
    SymbolModel,
    column_subsets,
    em_prior,
    kernel,
)
from skgen.pu._positive import PositiveEvidence
from skgen.pu._problem import PUProblem
from skgen.pu._trees import BoostedTrees, pack_forest, unpack_forest


def model_of(codes, n_classes=2, two_sample=False):
    labeled = codes[codes != UNLABELED]
    counts = np.bincount(labeled, minlength=n_classes)
    return SymbolModel(counts, int((codes == UNLABELED).sum()), two_sample)


def tied(n=600, n_cells=60, seed=0):
    """Rows of cells that tie exactly in columns 1 and 3 and are of one class."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, n_cells, n)
    y = (rng.random(n_cells) < 0.5).astype(int)[cell]
    place = rng.normal(size=(n_cells, 2))
    Z = rng.normal(size=(n, 5))
    Z[:, [1, 3]] = place[cell]
    codes = np.where((y == 1) & (rng.random(n) < 0.5), 1, UNLABELED)
    return Z, codes, y


# -- symbols ---------------------------------------------------------------------------


@pytest.mark.parametrize("two_sample", [False, True])
@pytest.mark.parametrize("counts", [[0, 40], [30, 50], [10, 20, 30]])
def test_each_class_carries_some_symbol(two_sample, counts):
    counts = np.array(counts)
    model = SymbolModel(counts, 200, two_sample)
    prior = np.full(len(counts), 1 / len(counts))
    likelihood = model.likelihood(prior)
    assert likelihood.shape == (len(counts) + 1, len(counts))
    assert_allclose(likelihood.sum(axis=0), 1)
    assert (likelihood >= 0).all()
    # Mixed by the classes' shares, the symbols are as frequent as in the table.
    table = np.append(counts, 200) / (counts.sum() + 200)
    assert_allclose(likelihood @ model.table_prior(prior), table, atol=1e-12)
    assert_allclose(model.table_prior(prior).sum(), 1)
    assert_allclose(model.prior_of_mass(model.mass(prior)), prior)


def test_mass_is_never_below_the_labels():
    model = SymbolModel([0, 90], 10, False)
    assert model.mass(np.array([0.5, 0.5]))[1] == 90
    assert model.likelihood(np.array([0.5, 0.5]))[0].max() <= 1


def test_expectation_maximisation_finds_the_prior_of_known_classes():
    rng = np.random.default_rng(0)
    y = (rng.random(4000) < 0.3).astype(int)
    codes = np.where((y == 1) & (rng.random(4000) < 0.4), 1, UNLABELED)
    evidence = np.where(np.eye(2)[y] == 1, 0.0, -50.0)
    own = np.where(codes == UNLABELED, 2, codes)
    start = np.array([0.5, 0.5])
    prior = em_prior(evidence, own, model_of(codes), start, n_steps=20)
    assert_allclose(prior[1], y.mean(), atol=1e-6)


def test_kernel_of_width_zero_counts_ties():
    d = np.array([[0.0, 1e-12, 0.1, np.inf]])
    assert kernel(d, 0.0).tolist() == [[1, 1, 0, 0]]
    assert kernel(d, np.inf).tolist() == [[1, 1, 1, 0]]
    assert_allclose(kernel(np.array([[0.3]]), 0.3), np.exp(-0.5))


def test_candidate_subsets_keep_features_whole():
    subsets = column_subsets(np.array([0, 0, 1, 2]))
    assert (0, 1) in subsets and (0, 1, 2, 3) in subsets
    assert all((0 in s) == (1 in s) for s in subsets)
    assert len(column_subsets(np.arange(30))) == 31


# -- near rows -------------------------------------------------------------------------


def near_of(Z, codes, **options):
    return NeighborEvidence().fit(
        Z,
        codes,
        model_of(codes),
        groups=np.arange(Z.shape[1]),
        random_state=np.random.RandomState(0),
        **options,
    )


def test_near_rows_find_the_columns_that_tie():
    Z, codes, y = tied()
    near = near_of(Z, codes)
    assert near.subsets_[0]["columns"] == (1, 3)
    assert near.width_ == 0.0
    assert near.explained_ > 0.3
    evidence = near.leave_one_out()
    assert np.mean((evidence[:, 1] > evidence[:, 0]) == (y == 1)) > 0.9
    assert abs(near.prior_[1] - y.mean()) < 0.1


def test_row_does_not_vote_for_itself():
    Z, codes, _ = tied(300)
    near = near_of(Z, codes)
    before = near.leave_one_out()
    for row in np.flatnonzero(codes == UNLABELED)[:3]:
        changed = near_of(Z, codes)
        changed.own_ = changed.own_.copy()
        changed.own_[row] = 1
        after = changed.leave_one_out()
        assert_array_equal(after[row], before[row])
        assert not np.array_equal(after, before)


def test_row_does_not_vote_for_itself_among_many_ties():
    # More ties than neighbours: the row may be missing from its own list.
    Z = np.zeros((50, 1))
    codes = np.where(np.arange(50) < 10, 1, UNLABELED)
    near = near_of(Z, codes)
    _, neighbors = near._neighbors((0,), rows=np.arange(50))
    assert neighbors.shape == (50, near.n_neighbors)
    assert not (neighbors == np.arange(50)[:, None]).any()


def test_no_near_row_no_evidence():
    Z, codes, _ = tied()
    near = near_of(Z, codes)
    assert all(s["width"] == 0.0 for s in near.subsets_)
    assert_array_equal(near.evidence(Z[:4] + 0.123), np.zeros((4, 2)))
    assert (near.evidence(Z) != 0).any()


def test_given_prior_is_kept():
    Z, codes, _ = tied(300)
    prior = np.array([0.3, 0.7])
    assert near_of(Z, codes, prior=prior).prior_ is prior


def evidence_of(Z, codes, kind="auto", *, two_sample=False, seed=0):
    problem = PUProblem(
        codes,
        unlabeled_label=-1,
        pos_label=None,
        sampling="two_sample" if two_sample else "one_sample",
        copies=equal_rows(Z),
    )
    draw = np.random.RandomState(seed)
    return Evidence(kind).fit(
        Z, problem, groups=np.arange(Z.shape[1]), random_state=draw
    )


# -- forest ----------------------------------------------------------------------------


def gaussians(n=500, seed=0, share=0.5):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    Z = rng.normal(size=(n, 4)) + 1.5 * y[:, None]
    codes = np.where((y == 1) & (rng.random(n) < share), 1, UNLABELED)
    return Z, codes, y


@pytest.mark.parametrize("two_sample", [False, True])
def test_posterior_of_the_trees(two_sample):
    Z, codes, y = gaussians()
    if two_sample:  # the labeled rows come beside a whole population
        labeled = codes == 1
        more, _, truth = gaussians(seed=2)
        Z, y = np.vstack([Z[labeled], more]), np.append(y[labeled], truth)
        codes = np.append(codes[labeled], np.full(len(more), UNLABELED))
    forest = evidence_of(Z, codes, "trees", two_sample=two_sample).trees_
    assert 0 < forest.prior_std_ < 0.2
    u = codes == UNLABELED
    population = u if two_sample else slice(None)
    assert abs(forest.prior_[1] - y[population].mean()) < 0.1
    posterior = forest.posterior_
    assert_allclose(posterior.sum(axis=1), 1)
    if not two_sample:
        assert np.mean((posterior[:, 1] > 0.5) == (y == 1)) > 0.85
    new, _, truth = gaussians(seed=1)
    proba = forest.posterior(new)
    assert_allclose(proba.sum(axis=1), 1)
    assert np.mean((proba[:, 1] > 0.5) == (truth == 1)) > 0.85
    assert abs(proba[:, 1].mean() - truth.mean()) < 0.12


def test_forest_moves_to_a_prior():
    Z, _, y = gaussians()
    codes = y.astype(np.int64)
    prior = np.array([0.1, 0.9])
    forest = ForestEvidence().fit(
        Z, codes, model_of(codes), prior=prior, random_state=0
    )
    plain = ForestEvidence().fit(Z, codes, model_of(codes), random_state=0)
    assert_allclose(plain.prior_, np.bincount(y) / len(y))
    assert (forest.posterior(Z)[:, 1] >= plain.posterior(Z)[:, 1]).all()


def test_shares_of_classes_that_were_labeled_unevenly():
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    kept = rng.random(len(y)) < np.where(y % 2 == 0, 1, 0.4)
    X, y = X[kept], y[kept]
    labeled = rng.random(len(y)) < rng.uniform(0.1, 0.5, 10)[y]
    found = evidence_of(X, np.where(labeled, y, UNLABELED), "trees").prior_
    assert np.abs(found - np.bincount(y) / len(y)).max() < 0.03


@pytest.mark.parametrize("positive", [0, 1])
def test_prior_of_two_classes_stays_possible(positive):
    labels = np.where(np.arange(100) < 30, positive, 1 - positive)
    for sampling, least in [("one_sample", 0.3), ("two_sample", 0.1)]:
        problem = PUProblem(
            labels, unlabeled_label="auto", pos_label=positive, sampling=sampling
        )
        assert problem.vector(0.1, positive)[positive] == pytest.approx(least)
        assert problem.vector(1.5, positive)[positive] < 1


def test_forest_comes_back_from_arrays():
    Z, codes, _ = gaussians(200)
    forest = evidence_of(Z, codes, "trees").trees_.forests_[0]
    packed = pack_forest(forest)
    again = unpack_forest(pickle.loads(pickle.dumps(packed)))
    assert_array_equal(again.predict_proba(Z), forest.predict_proba(Z))
    for field, value in [("left_child", 10**6), ("feature", 99), ("right_child", 0)]:
        broken = {**packed, "nodes": packed["nodes"].copy()}
        broken["nodes"][field][0] = value
        with pytest.raises(ValueError, match="children among the nodes.*damaged"):
            unpack_forest(broken)


def test_boosted_trees_are_those_of_scikit_learn():
    Z, codes, _ = gaussians(300)
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_leaf_nodes=15, early_stopping=False, random_state=0
    ).fit(Z, codes == 1)
    trees = BoostedTrees().fit(Z, codes == 1, random_state=0)
    assert_allclose(trees.share(Z), model.predict_proba(Z)[:, 1])
    again = BoostedTrees.from_state(pickle.loads(pickle.dumps(trees.get_state())))
    assert_array_equal(again.share(Z), trees.share(Z))
    for field, value in [("left", 10**6), ("feature_idx", 99), ("right", 0)]:
        broken = {**trees.get_state(), "nodes_": trees.nodes_.copy()}
        broken["nodes_"][field][0] = value
        with pytest.raises(ValueError, match="children among the nodes.*damaged"):
            BoostedTrees.from_state(broken)


# -- linear ----------------------------------------------------------------------------


def slanted(n=1500, d=30, seed=0):
    """Labels along a direction that no single column tells much of."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, d))
    y = (Z @ np.cos(np.arange(d)) > 0).astype(int)
    return Z, np.where((y == 1) & (rng.random(n) < 0.4), 1, UNLABELED), y


def test_ridge_leaves_each_row_out():
    Z, codes, _ = slanted(12, 3)
    labeled = codes == 1
    residual, slopes = leave_one_out_ridge(Z, labeled, np.array([0.3]))
    scores = labeled - labeled.mean() - residual

    def ridge(rows):  # a penalty on the slopes but not on the mean
        left = np.delete(np.arange(12), rows)
        A = np.column_stack([Z - Z.mean(axis=0), np.ones(12)])[left]
        penalty = 0.3 * 12 * np.diag([1, 1, 1, 0])
        b = (labeled - labeled.mean())[left]
        return np.linalg.solve(A.T @ A + penalty, A.T @ b)

    assert_allclose(slopes, ridge([])[:3])
    for i in range(12):
        w = ridge([i])
        assert_allclose(scores[i], (Z[i] - Z.mean(axis=0)) @ w[:3] + w[3])


def test_linear_score_joins_where_it_tells_more():
    Z, codes, y = slanted()
    forest = evidence_of(Z, codes, "trees").trees_
    assert forest.linear_.gain_ > 4
    assert abs(forest.prior_[1] - y.mean()) < 0.1
    new, _, truth = slanted(seed=1)
    assert np.mean((forest.posterior(new)[:, 1] > 0.5) == truth) > 0.85
    Z, codes, _ = gaussians()
    crossed = np.where((Z[:, 0] > 0) ^ (Z[:, 1] > 0), codes, UNLABELED)
    assert evidence_of(Z, crossed, "trees").trees_.linear_ is None


def test_linear_score_comes_back_from_a_plain_state():
    Z, codes, _ = slanted()
    trees = evidence_of(Z, codes, "trees").trees_
    assert trees.linear_ is not None
    before = trees.posterior(Z)
    trees.forget()
    again = PositiveEvidence.from_state(pickle.loads(pickle.dumps(trees.get_state())))
    assert_array_equal(again.posterior(Z), before)


# -- both ------------------------------------------------------------------------------


def test_near_rows_are_trusted_only_where_they_tell_more():
    Z, codes, y = tied(900, n_cells=60)
    near = evidence_of(Z, codes)
    assert near.gain_ > 6 and near.neighbors_ is not None
    Z, codes, _ = gaussians(600)
    far = evidence_of(Z, codes)
    assert far.gain_ < 6 and far.neighbors_ is None
    posterior, hint = far.of_training_rows(Z, np.arange(600))
    assert_array_equal(hint, np.zeros((600, 2)))
    assert_array_equal(posterior, far.trees_.posterior_)


@pytest.mark.parametrize("seed", [0, 2])
def test_copies_of_labeled_rows_do_not_make_a_table_look_local(seed):
    X, y = load_breast_cancer(return_X_y=True)
    X, s, _ = make_pu(
        X,
        y,
        n_labeled=100,
        sampling="two_sample",
        disjoint=False,
        random_state=seed,
    )
    Z, codes = TableEncoder().fit(X).transform(X), np.where(s == 1, 1, UNLABELED)
    evidence = evidence_of(Z, codes, two_sample=True, seed=seed)
    assert evidence.neighbors_ is None
