"""Large tables and streams: fair samples, weights, groups, and doubt of the prior."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from skgen.datasets import make_pu
from skgen.encoding.copies import equal_rows
from skgen.encoding.labels import UNLABELED
from skgen.pu import (
    PUClassifier,
    PUGANClassifier,
    PUStackingClassifier,
    _evidence,
    _pugan,
    _reservoir,
    estimate_prior,
)
from skgen.pu._base import NeuralPUClassifier
from skgen.pu._bbe import best_bin_estimate
from skgen.pu._problem import PUProblem, join_groups
from skgen.pu._pu_logit import fit_pu_logit
from skgen.pu._reservoir import Reservoir
from skgen.pu._symbol_stack import Symbols, SymbolStack


def gaussians(n, seed=0, share=0.3, shift=1.0):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    X = rng.normal(size=(n, 4)) + shift * y[:, None]
    return X, ((y == 1) & (rng.random(n) < share)).astype(int), y


def problem_of(s, **options):
    options = {"sampling": "one_sample", **options}
    return PUProblem(s, unlabeled_label="auto", pos_label=None, **options)


# -- samples of large tables -----------------------------------------------------------


def test_drawn_rows_stand_for_the_table():
    _, s, _ = gaussians(5000, share=0.1)
    problem = problem_of(s)
    rows, weight = problem.draw_rows(1000, np.random.RandomState(0))
    assert len(rows) == 1000 and (np.diff(rows) > 0).all()
    assert weight.sum() == pytest.approx(5000)
    assert weight[s[rows] == 1].sum() == pytest.approx(s.sum())
    assert s[rows].sum() == min(s.sum(), 500)
    assert problem.draw_rows(5000, np.random.RandomState(0))[1] is None


@pytest.mark.parametrize("sampling", ["one_sample", "two_sample"])
def test_a_sample_says_what_the_table_says(monkeypatch, sampling):
    X, s, y = gaussians(6000)
    if sampling == "two_sample":
        X, s, y = make_pu(
            X, y, n_labeled=700, sampling=sampling, disjoint=False, random_state=0
        )
    options = {"sampling": sampling, "random_state": 0}
    model = PUGANClassifier(max_epochs=1, module=None, **options)
    whole = clone(model).fit(X, s)
    monkeypatch.setattr(_evidence, "MAX_ROWS", 1500)
    monkeypatch.setattr(_evidence, "MAX_NEAR_ROWS", 1000)
    monkeypatch.setattr(_evidence, "FOLD_ROWS", 700)
    part = clone(model).fit(X, s)
    assert whole.prior_ == pytest.approx(0.4, abs=0.1)
    assert part.prior_ == pytest.approx(0.4, abs=0.1)
    a, b = (m.predict_proba(X)[:, 1] for m in (whole, part))
    assert np.corrcoef(a, b)[0, 1] > 0.93
    assert np.mean((b > 0.5) == y) > np.mean((a > 0.5) == y) - 0.03


def test_networks_see_a_part_of_many_rows(monkeypatch):
    X, s, y = gaussians(3000)
    monkeypatch.setattr(NeuralPUClassifier, "_most_rows", 600)
    for model in (PUGANClassifier(random_state=0), PUClassifier(random_state=0)):
        model.set_params(max_epochs=4).fit(X, s)
        assert np.mean(model.predict(X) == y) > 0.8


def test_epochs_are_fewer_in_large_tables(monkeypatch):
    X, s, _ = gaussians(3000)
    model = PUGANClassifier(batch_size=32, random_state=0)
    monkeypatch.setattr(PUGANClassifier, "_auto_steps", 300)
    assert model.fit(X, s).n_epochs_ == 4  # of 94 steps
    assert model.set_params(max_epochs=2).fit(X, s).n_epochs_ == 2


def test_predictions_do_not_depend_on_chunks(monkeypatch):
    X, s, _ = gaussians(700)
    model = PUGANClassifier(max_epochs=1, random_state=0).fit(X, s)
    whole = model.predict_proba(X)
    monkeypatch.setattr(_pugan, "N_CHUNK", 64)
    np.testing.assert_array_equal(model.predict_proba(X), whole)


# -- streams ---------------------------------------------------------------------------


def test_reservoir_is_a_fair_sample(monkeypatch):
    monkeypatch.setattr(_reservoir, "MAX_ROWS", 400)
    rng = np.random.default_rng(0)
    reservoir, seen = Reservoir(), 0
    for chunk in range(20):
        codes = np.where(rng.random(500) < 0.1, 1, UNLABELED)
        Z = np.full((500, 1), chunk, dtype=np.float32)
        table, all_codes, rows, weight, even = reservoir.add(
            Z, codes, np.random.RandomState(chunk)
        )
        seen += 500
        assert len(rows) == min(400, seen) == len(reservoir.Z_)
        # The chunk stands last, whole.
        np.testing.assert_array_equal(table[-500:], Z)
        np.testing.assert_array_equal(all_codes[-500:], codes)
    labeled = reservoir.codes_ == 1
    assert labeled.sum() == 200 and weight.sum() == pytest.approx(10_000)
    assert weight[labeled].sum() == pytest.approx(reservoir.n_seen_[0])
    # Chunks are drawn alike, the first as the last.
    for some in (labeled, ~labeled):
        assert 6 < reservoir.Z_[some].mean() < 13
    share = np.mean(all_codes[even] == 1)
    assert share == pytest.approx(reservoir.n_seen_[0] / 10_000, abs=0.07)
    again = Reservoir.from_state(pickle.loads(pickle.dumps(reservoir.get_state())))
    np.testing.assert_array_equal(again.Z_, reservoir.Z_)


@pytest.mark.parametrize("size", [pytest.param(400, marks=pytest.mark.nightly), 10_000])
def test_chunks_say_together_what_they_say_at_once(monkeypatch, size):
    """The last chunk alone has five labels, and of one corner."""
    monkeypatch.setattr(_reservoir, "MAX_ROWS", size)
    X, s, y = gaussians(2000, shift=1.5)
    model = PUGANClassifier(random_state=0)
    chunks = np.array_split(np.arange(2000), 4)
    s[chunks[-1][5:]] = np.where(np.cumsum(s[chunks[-1][5:]]) < 5, s[chunks[-1][5:]], 0)
    for rows in chunks:
        model.partial_fit(X[rows], s[rows])
    assert model.prior_ == pytest.approx(y.mean(), abs=0.12)
    assert np.mean(model.predict(X) == y) > 0.88
    assert model.reservoir_.n_seen_.sum() == 2000
    assert len(model.reservoir_.Z_) == min(size, 2000)
    again = pickle.loads(pickle.dumps(model))
    more = [m.partial_fit(X, s).predict_proba(X) for m in (model, again)]
    np.testing.assert_array_equal(*more)
    # A fit begins anew.
    assert model.fit(X, s).reservoir_ is None


def test_class_shares_of_a_stream(monkeypatch):
    """Kept rows are half labeled, the rows of all chunks a tenth."""
    monkeypatch.setattr(_reservoir, "MAX_ROWS", 600)
    rng = np.random.default_rng(0)
    y = (rng.random(6000) < 0.2).astype(int)
    X = rng.normal(size=(6000, 3)) + 3 * y[:, None]
    # Labels of the rare class are as many as those of the other.
    s = np.where(rng.random(6000) < np.where(y == 1, 0.25, 0.0625), y, -1)
    model = PUGANClassifier(module=None, random_state=0)
    for rows in np.array_split(np.arange(6000), 5):
        model.partial_fit(X[rows], s[rows])
    assert model.prior_ == pytest.approx(0.2, abs=0.04)


# -- groups ----------------------------------------------------------------------------


def pages(seed=0):
    """Rows of one page share a column that tells nothing of other pages."""
    rng = np.random.default_rng(seed)
    page = np.repeat(np.arange(150), 8)
    y = (rng.random(150) < 0.5).astype(int)[page]
    mark = rng.normal(size=150)[page]
    X = np.column_stack([mark, rng.normal(size=(1200, 3)) + 0.7 * y[:, None]])
    s = ((y == 1) & (rng.random(1200) < 0.4)).astype(int)
    return X, s, y, page


def test_groups_do_not_vouch_for_themselves():
    X, s, y, page = pages()
    model = PUGANClassifier(max_epochs=2, random_state=0)
    alone, grouped = clone(model).fit(X, s), clone(model).fit(X, s, groups=page)
    assert alone.evidence_.neighbors_ is not None  # the mark, which tells of the page
    assert grouped.evidence_.neighbors_ is None
    new, _, truth, _ = pages(seed=1)
    scores = [np.mean(m.predict(new) == truth) for m in (alone, grouped)]
    # Seeing through the mark costs nothing on pages that have others.
    assert scores[1] > scores[0] - 0.05 > 0.6
    assert grouped.prior_ == pytest.approx(y.mean(), abs=0.12)


def test_groups_share_a_fold():
    X, s, _, page = pages()
    seen = []

    class Recorder(LogisticRegression):
        def fit(self, X, y):
            seen.append(set(X[:, 0]))
            return super().fit(X, y)

        def predict_proba(self, X):
            if len(X) < 1200:
                assert not seen[-1] & set(X[:, 0])
            return super().predict_proba(X)

    member = [("linear", Recorder())]
    PUStackingClassifier(member, random_state=0).fit(X, s, groups=page)
    estimate_prior(X, s, estimator=Recorder(), groups=page, random_state=0)
    assert len(seen) > 5


def test_groups_join_copies():
    copies, groups = np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8])
    assert join_groups(copies, np.array([0, 1, 1, 2, 3])).tolist() == [0, 0, 0, 1, 2]
    assert join_groups(None, groups) is groups and join_groups(copies, None) is copies


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.arange(5), "one group for each of the 160 rows"),
        ([None] * 160, "groups must not be missing, got 160 rows"),
    ],
)
def test_bad_groups(groups, message, pu_data):
    X, s, _ = pu_data
    for model in (PUGANClassifier(), PUClassifier(), PUStackingClassifier()):
        with pytest.raises(ValueError, match=message):
            model.fit(X, s, groups=groups)
    with pytest.raises(ValueError, match=message):
        estimate_prior(X, s, groups=groups)


# -- weights ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["bbe", "elkan_noto"])
@pytest.mark.parametrize("estimator", [None, LogisticRegression()])
def test_weights_say_how_many_rows_each_stands_for(method, estimator):
    X, s, y = gaussians(2500, shift=2.0)
    # Half of the negatives are missing; the others count twice.
    rng = np.random.default_rng(1)
    kept = (y == 1) | (rng.random(len(y)) < 0.5)
    weight = np.where(y == 1, 1.0, 2.0)[kept]
    options = {"method": method, "estimator": estimator, "random_state": 0}
    even = estimate_prior(X[kept], s[kept], **options)
    found = estimate_prior(X[kept], s[kept], sample_weight=weight, **options)
    assert even == pytest.approx(y[kept].mean(), abs=0.12)
    assert even - found > 0.08
    assert found == pytest.approx(y.mean(), abs=0.12)
    same = estimate_prior(
        X[kept], s[kept], sample_weight=np.full(kept.sum(), 3.0), **options
    )
    assert same == pytest.approx(even, abs=0.01)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), "one number for each of the 160 rows"),
        (-np.ones(160), "finite and not negative"),
        (np.full(160, np.nan), "finite and not negative"),
        (np.zeros(160), "not be 0 for all labeled rows"),
    ],
)
def test_bad_weights(weight, message, pu_data):
    X, s, _ = pu_data
    with pytest.raises(ValueError, match=message):
        estimate_prior(X, s, sample_weight=weight)


def test_whole_weights_are_repetitions():
    rng = np.random.default_rng(0)
    p, u = rng.normal(1, 1, 60), rng.normal(0, 1, 200)
    w = rng.integers(1, 4, 200)
    n = 60.0, 150.0
    assert best_bin_estimate(p, u, weight_u=w * 1.0, n_different=n) == pytest.approx(
        best_bin_estimate(p, np.repeat(u, w), n_different=n)
    )
    Z = 2 * rng.normal(size=(4000, 2))
    s = (rng.random(4000) < 0.5 / (1 + np.exp(-Z.sum(axis=1)))).astype(int)
    w = rng.integers(1, 4, 4000)
    options = {"n_members": 2, "rate": 0.5, "two_sample": False}
    one = fit_pu_logit(Z, s, weight=w * 1.0, **options)
    two = fit_pu_logit(np.repeat(Z, w, axis=0), np.repeat(s, w), **options)
    np.testing.assert_allclose(one.coef_, two.coef_, atol=0.05)


# -- the prior and its doubt -----------------------------------------------------------


def test_prior_of_a_stack_and_its_standard_deviation():
    """A member that knows the log-odds of y leaves the prior to be found."""
    errors, told = [], []
    for seed in range(6):
        X, s, y = gaussians(1500, seed=seed)
        slope = np.full(4, 1.0)
        p = 1 / (1 + np.exp(-(X @ slope - 2 + np.log(0.4 / 0.6))))
        symbols = Symbols(s == 1, np.ones(len(s), dtype=bool), False)
        stack = SymbolStack([False]).fit(
            0.3 * p[:, None], symbols, random_state=np.random.RandomState(0)
        )
        errors.append(stack.prior_ - y.mean())
        told.append(stack.prior_std_)
        mean = np.mean(1 / (1 + np.exp(-stack.log_odds_)))
        assert mean == pytest.approx(stack.prior_, abs=1e-6)
    assert np.abs(errors).mean() < 0.08
    assert 0.3 < np.sqrt(np.mean(np.square(errors))) / np.mean(told) < 3


def test_more_labels_leave_less_doubt():
    X, y = load_breast_cancer(return_X_y=True)
    found = []
    for n in (30, 200):
        Xp, s, _ = make_pu(X, y, n_labeled=n, random_state=0)
        model = PUGANClassifier(module=None, random_state=0).fit(Xp, s)
        found.append(model.prior_std_)
    assert found[0] > found[1] > 0
    assert model.set_params(prior=0.6).fit(Xp, s).prior_std_ == 0


def test_predictions_that_hang_on_the_prior_are_doubted(monkeypatch):
    X, s, _ = gaussians(300, shift=0.3, share=0.1)
    monkeypatch.setattr(_pugan, "DOUBT", 0.02)
    model = PUGANClassifier(module=None, random_state=0)
    with pytest.warns(
        UserWarning, match=r"% of the predictions change.*pass the prior"
    ):
        model.fit(X, s)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(prior=0.4).fit(X, s)  # what the message advises


def test_equal_rows_are_looked_for_once_per_fit(monkeypatch, pu_data):
    X, s, _ = pu_data
    calls = []
    monkeypatch.setattr(
        "skgen.pu._base.equal_rows", lambda X: calls.append(0) or equal_rows(X)
    )
    monkeypatch.setattr("skgen.base.equal_rows", lambda X: calls.append(0))
    PUGANClassifier(max_epochs=1, early_stopping=True, random_state=0).fit(X, s)
    assert len(calls) == 1
