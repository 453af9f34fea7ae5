"""Equal rows are one witness: in folds, out-of-bag scores, neighbours and priors."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen.datasets import make_pu
from skgen.encoding.copies import equal_rows
from skgen.encoding.labels import UNLABELED
from skgen.pu import PUGANClassifier, PUStackingClassifier, estimate_prior
from skgen.pu._copies import stratified_folds, witness_weights
from skgen.pu._evidence import Evidence
from skgen.pu._forest import _out_of_bag
from skgen.pu._neighbors import NeighborEvidence, SymbolModel
from skgen.pu._problem import PUProblem

RNG = np.random.default_rng(0)
PICKS = {
    "each twice": lambda n: np.repeat(np.arange(n), 2),
    "30 % twice": lambda n: np.append(
        np.arange(n), np.random.default_rng(0).choice(n, int(0.3 * n), replace=False)
    ),
    "bootstrap": lambda n: np.random.default_rng(0).choice(n, n),
    "over-sampled": lambda n: np.append(np.arange(n), np.repeat(np.arange(n), 4)),
}


# -- which rows are equal --------------------------------------------------------------


def test_rows_are_equal_up_to_rounding():
    X = RNG.normal(size=(300, 4)) * [1, 1e-6, 1e6, 1] + [0, 0, 1e6, 1e3]
    assert equal_rows(X) is None
    for rounded in (X.copy(), X.astype(np.float32), X * (1 + 1e-8)):
        groups = equal_rows(np.concatenate([X, rounded]))
        assert_array_equal(groups[:300], groups[300:])
        assert len(np.unique(groups)) == 300


def test_rows_that_differ_in_one_column_are_not_equal():
    X = RNG.normal(size=(50, 20))
    other = X.copy()
    other[:, 7] += 0.01
    assert equal_rows(np.concatenate([X, other])) is None


@pytest.mark.parametrize("kind", ["frame", "objects", "sparse", "missing", "images"])
def test_rows_of_any_table(kind):
    n = 40
    X = RNG.normal(size=(n, 3))
    if kind == "frame":
        X = pd.DataFrame(X).assign(
            word=[f"w{i}" for i in range(n)],
            day=pd.date_range("2020", periods=n),
            level=pd.Categorical(np.arange(n) % 3),
            whole=pd.array([None, *range(1, n)], dtype="Int64"),
        )
        twice = pd.concat([X, X])
    elif kind == "sparse":
        twice = csr_array(np.concatenate([X, X]))
    else:
        if kind == "objects":
            X = X.astype(str).astype(object)
        if kind == "missing":
            X[::2, 1] = np.nan
        if kind == "images":
            X = RNG.integers(0, 256, size=(n, 4, 4, 3)).astype(np.uint8)
        twice = np.concatenate([X, X])
    groups = equal_rows(twice)
    assert_array_equal(groups[:n], groups[n:])
    assert len(np.unique(groups)) == n


def test_rows_that_are_equal_by_chance_are_several_witnesses():
    assert equal_rows(RNG.integers(0, 2, size=(500, 3))) is None
    assert equal_rows(np.ones((40, 2))) is None
    assert equal_rows(np.zeros((5, 0))) is None
    # Among many columns they are not equal by chance.
    X = RNG.integers(0, 2, size=(100, 40))
    assert len(np.unique(equal_rows(np.concatenate([X, X])))) == 100


def test_rounding_in_many_rows():
    X = RNG.normal(size=(20_000, 2))
    groups = equal_rows(np.concatenate([X, X + 1e-9]))
    assert_array_equal(groups[:20_000], groups[20_000:])


def test_folds_keep_copies_together_and_labels_even():
    codes = np.repeat([1, UNLABELED, 0], [60, 500, 30])
    groups = np.arange(590)
    groups[60:120] = groups[:60]  # labeled rows stand among the unlabeled as well
    folds = stratified_folds(codes, groups, 5, np.random.RandomState(0))
    assert_array_equal(np.sort(np.concatenate([t for _, t in folds])), np.arange(590))
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
        assert (codes[test] == 1).sum() == 12 and (codes[test] == 0).sum() == 6
        assert abs((codes[test] == UNLABELED).sum() - 100) <= 2
    assert len(stratified_folds(codes[:61], groups[:61], 5, None)) == 0
    few = np.array([1, 1, 1, 0, 0, 0, 0])
    same = np.array([0, 0, 1, 2, 3, 4, 5])
    assert len(stratified_folds(few, same, 5, np.random.RandomState(0))) == 2


def test_copies_with_one_label_have_one_vote():
    groups, labels = np.array([0, 0, 0, 1, 2, 2]), np.array([1, 1, -1, -1, -1, -1])
    weights = witness_weights(groups, labels)
    assert_array_equal(weights, [0.5, 0.5, 1, 1, 0.5, 0.5])
    assert_array_equal(witness_weights(None, labels), np.ones(6))


# -- what is learned from them ---------------------------------------------------------


def with_twins(X, y, n_labeled, seed=0):
    """Two samples; labeled rows stand among the unlabeled as well."""
    return make_pu(
        X,
        y,
        n_labeled=n_labeled,
        sampling="two_sample",
        disjoint=False,
        random_state=seed,
    )


def trees_of(X, labels, sampling):
    """What trees tell of the rows, none of which they saw."""
    problem = PUProblem(
        labels,
        unlabeled_label="auto",
        pos_label=None,
        sampling=sampling,
        copies=equal_rows(X),
    )
    draw = np.random.RandomState(0)
    groups = np.arange(X.shape[1])
    return Evidence("trees").fit(X, problem, groups=groups, random_state=draw).trees_


def told(X, labels, sampling):
    """Area under the curve of "is labeled"."""
    score = trees_of(X, labels, sampling).posterior_[:, 1]
    return roc_auc_score(labels == labels.max(), score)


def noisy(n=3000):
    """Classes that overlap: a row's copy tells more of its label than others do."""
    rng = np.random.default_rng(0)
    y = (rng.random(n) < 0.6).astype(int)
    return rng.normal(size=(n, 8)) + 0.45 * y[:, None], y


def test_no_copy_of_a_row_scores_it():
    X, s, _ = with_twins(*noisy(), 500)
    forest = ExtraTreesClassifier(
        200, min_samples_leaf=3, bootstrap=True, random_state=0
    ).fit(X, s)
    # Trees out of whose bag a row is have seen its copy: unlabeled, so that it seems.
    out_of_bag = roc_auc_score(s, _out_of_bag(forest, X)[:, 1])
    assert out_of_bag < 0.55 < 0.57 < told(X, s, "two_sample")


def test_labels_of_magic_can_be_told_with_twins():
    path = Path(os.environ.get("SKGEN_DATA", "")) / "magic04.data"
    if not path.is_file():
        pytest.skip("needs magic04.data in the folder SKGEN_DATA")
    table = pd.read_csv(path, header=None).sample(5000, random_state=0)
    X, y = table.iloc[:, :10].to_numpy(), (table[10] == "g").to_numpy()
    X, s, _ = with_twins(X, y, 1000)
    assert told(X, s, "two_sample") > 0.55


@pytest.mark.parametrize("mode", ["positive", "classes"])
def test_label_of_a_row_does_not_reach_the_scores_of_its_copies(mode):
    X, y = noisy(300)
    codes = np.where(np.arange(300) % 3 == 0, 1, UNLABELED)
    if mode == "classes":
        codes = np.where(np.arange(300) % 4 == 0, 0, codes)
    X, codes = np.concatenate([X, X]), np.concatenate([codes, codes])
    # Noise that only copies share: no score should know it.
    rng = np.random.RandomState(1)
    codes = rng.permutation(codes[:300]).repeat(2).reshape(300, 2).T.ravel()
    if mode == "positive":
        auc = told(X, codes, "one_sample")
    else:
        known = codes != UNLABELED
        trees = trees_of(X, codes, "one_sample")
        auc = roc_auc_score(codes[known], trees.raw_[known, 1])
    assert 0.35 < auc < 0.65


def test_near_rows_leave_all_copies_out():
    Z = np.repeat(RNG.normal(size=(60, 2)), 10, axis=0)
    codes = np.where(RNG.random(600) < 0.3, 1, UNLABELED)
    copies = equal_rows(Z)
    model = SymbolModel([0, (codes == 1).sum()], (codes == UNLABELED).sum(), False)
    near = NeighborEvidence().fit(
        Z,
        codes,
        model,
        groups=np.arange(2),
        copies=copies,
        random_state=np.random.RandomState(0),
    )
    _, neighbors = near._neighbors((0, 1), rows=np.arange(600))
    assert neighbors.shape == (600, 12)
    assert not (copies[neighbors] == copies[:, None]).any()


@pytest.mark.parametrize("pick", PICKS)
def test_prior_of_a_table_with_copies(pick):
    X, y = load_breast_cancer(return_X_y=True)
    errors = []
    for seed in range(3):
        Xp, s, t = make_pu(X, y, n_labeled=150, random_state=seed)
        rows = PICKS[pick](len(s))
        once = estimate_prior(Xp, s, random_state=seed) - t.mean()
        found = estimate_prior(Xp[rows], s[rows], random_state=seed) - t[rows].mean()
        errors.append(found - once)
    # A bootstrap has two thirds of the rows only.
    assert abs(np.mean(errors)) < (0.06 if pick == "bootstrap" else 0.03)


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(100, min_samples_leaf=3, random_state=0),
        HistGradientBoostingClassifier(max_iter=50, random_state=0),
    ],
)
def test_prior_by_a_classifier(estimator):
    X, y = load_breast_cancer(return_X_y=True)
    X, s, y = make_pu(X, y, n_labeled=150, random_state=0)
    once = estimate_prior(X, s, estimator=estimator, random_state=0)
    twice = [np.concatenate([a, a]) for a in (X, s)]
    assert abs(estimate_prior(*twice, estimator=estimator, random_state=0) - once) < 0.1
    frame = pd.DataFrame(twice[0])
    found = estimate_prior(frame, twice[1], estimator=estimator, random_state=0)
    assert abs(found - once) < 0.1


@pytest.mark.parametrize(
    "model",
    [
        PUGANClassifier(random_state=0),
        PUGANClassifier(module=None, evidence="neighbors", random_state=0),
        PUStackingClassifier(
            [
                ("forest", RandomForestClassifier(100, random_state=0)),
                ("linear", make_pipeline(StandardScaler(), LogisticRegression())),
            ],
            random_state=0,
        ),
    ],
    ids=["networks", "neighbors", "stack"],
)
def test_accuracy_with_copies(model):
    X, y = load_breast_cancer(return_X_y=True)
    X, s, y = make_pu(X, y, n_labeled=150, random_state=0)
    once = np.mean(model.fit(X, s).predict(X) == y)
    # A bootstrap has two thirds of the rows only.
    for pick, lost in (("each twice", 0.025), ("bootstrap", 0.05)):
        rows = PICKS[pick](len(s))
        assert np.mean(model.fit(X[rows], s[rows]).predict(X) == y) > once - lost


def test_stack_scores_copies_fairly():
    X, s, _ = with_twins(*noisy(2000), 400)
    model = PUStackingClassifier(
        [("forest", RandomForestClassifier(50, min_samples_leaf=3, random_state=0))],
        sampling="two_sample",
        random_state=0,
    ).fit(X, s)
    assert abs(model.prior_ - 0.6) < 0.15


def test_stack_needs_labeled_rows_that_differ():
    X = np.repeat(RNG.normal(size=(20, 3)), 2, axis=0)
    s = (np.arange(40) < 2).astype(int)
    model = PUStackingClassifier([("linear", LogisticRegression())])
    with pytest.raises(ValueError, match="that differ, got 2 and 38, some of them eq"):
        model.fit(X, s)
    with pytest.raises(ValueError, match="rows that differ.*got 2 and 38"):
        estimate_prior(X, s, estimator=LogisticRegression())


def test_digits_of_the_same_writer_are_not_copies():
    assert equal_rows(load_digits().data) is None


def test_groups_of_rows_for_a_cross_validation_of_ones_own():  # docs/pitfalls.rst
    X = pd.DataFrame(RNG.normal(size=(50, 3)))
    X.iloc[::7, 1] = np.nan
    twice = pd.concat([X, X], ignore_index=True)
    groups = twice.groupby(list(twice), dropna=False).ngroup()
    assert_array_equal(groups[:50], groups[50:])
    assert groups.nunique() == 50


def test_calibration_learns_is_labeled():  # docs/pitfalls.rst
    X, y = load_breast_cancer(return_X_y=True)
    X, s, y = make_pu(X, y, n_labeled=100, random_state=0)
    model = PUGANClassifier(module=None, random_state=0)
    calibrated = CalibratedClassifierCV(model, cv=3).fit(X, s)
    assert calibrated.predict_proba(X)[:, 1].mean() < s.mean() + 0.1
    assert abs(model.fit(X, s).predict_proba(X)[:, 1].mean() - y.mean()) < 0.1
