"""PU scores against the truth that they estimate."""

from math import erf, sqrt

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from skgen.metrics import (
    lee_liu_score,
    pu_accuracy_score,
    pu_f1_score,
    pu_risk_score,
    pu_roc_auc_score,
    vpu_score,
)

# Positives are N(1, 1), negatives N(-0.5, 1.5^2); the classifier's score is x - CUT.
CUT, N, C, REPEATS = 0.4, 20_000, 0.5, 20
SAMPLINGS = ["one_sample", "two_sample"]
PRIORS = [0.2, 0.4, 0.7]


def normal_cdf(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def truth(name, prior):
    """Return the true value of a score in the population."""
    tpr, fpr = normal_cdf(1 - CUT), normal_cdf(-(CUT + 0.5) / 1.5)
    flagged = prior * tpr + (1 - prior) * fpr
    grid = np.linspace(-14, 14, 20_001)
    p_pos = np.exp(-((grid - 1) ** 2) / 2)
    p_neg = np.exp(-(((grid + 0.5) / 1.5) ** 2) / 2)
    p_pos, p_neg = p_pos / p_pos.sum(), p_neg / p_neg.sum()
    phi = sigmoid(grid - CUT)
    mean_phi = prior * p_pos @ phi + (1 - prior) * p_neg @ phi
    return {
        "accuracy": prior * tpr + (1 - prior) * (1 - fpr),
        "f1": 2 / (1 / tpr + flagged / (prior * tpr)),
        "lee_liu": (prior * tpr / flagged) * tpr / prior,
        "zero_one": prior * (1 - tpr) + (1 - prior) * fpr,
        "sigmoid": prior * p_pos @ (1 - phi) + (1 - prior) * p_neg @ phi,
        "unbiased": prior * p_pos @ (1 - phi) + (1 - prior) * p_neg @ phi,
        "roc_auc": normal_cdf(1.5 / sqrt(1 + 1.5**2)),
        "vpu": np.log(mean_phi) - p_pos @ np.log(phi),
    }[name]


def estimate(name, x, s, prior, sampling):
    score, known = x - CUT, {"prior": prior, "sampling": sampling}
    return {
        "accuracy": lambda: pu_accuracy_score(s, score > 0, **known),
        "f1": lambda: pu_f1_score(s, score > 0, **known),
        "lee_liu": lambda: lee_liu_score(s, score > 0, sampling=sampling),
        "zero_one": lambda: pu_risk_score(s, score, loss="zero_one", **known),
        "sigmoid": lambda: pu_risk_score(s, score, **known),
        "unbiased": lambda: pu_risk_score(s, score, nonnegative=False, **known),
        "roc_auc": lambda: pu_roc_auc_score(s, score, **known),
        "vpu": lambda: vpu_score(s, sigmoid(score), sampling=sampling),
    }[name]()


def draw(prior, sampling, rng, n=N):
    """Draw PU data; labels are 1 and 0."""
    y = rng.random(n) < prior
    x = np.where(y, rng.normal(1, 1, n), rng.normal(-0.5, 1.5, n))
    if sampling == "one_sample":
        return x, (y & (rng.random(n) < C)).astype(int)
    n_labeled = round(C * prior * n)
    s = np.repeat([1, 0], [n_labeled, n])
    return np.concatenate([rng.normal(1, 1, n_labeled), x]), s


def z_value(name, prior, drawn_as, scored_as):
    """Deviation of the mean estimate from the truth, in standard errors."""
    rng = np.random.default_rng(0)
    values = [
        estimate(name, *draw(prior, drawn_as, rng), prior, scored_as)
        for _ in range(REPEATS)
    ]
    assert np.std(values) < 0.06  # one estimate is near, too
    error = np.std(values, ddof=1) / sqrt(REPEATS)
    return abs(np.mean(values) - truth(name, prior)) / error


NAMES = [
    "accuracy",
    "f1",
    "lee_liu",
    "zero_one",
    "sigmoid",
    "unbiased",
    "roc_auc",
    "vpu",
]


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("name", NAMES)
def test_estimates_the_truth(name, sampling, prior):
    assert z_value(name, prior, sampling, sampling) < 4


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("name", NAMES)
def test_the_wrong_population_is_seen(name, sampling):
    wrong = SAMPLINGS[1 - SAMPLINGS.index(sampling)]
    assert z_value(name, 0.4, sampling, wrong) > 10


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_wrong_sign_is_seen(sampling):
    x, s = draw(0.4, sampling, np.random.default_rng(0), 200_000)
    flagged = x > CUT
    population = flagged if sampling == "one_sample" else flagged[s == 0]
    tpr, negative = flagged[s == 1].mean(), 1 - population.mean()
    true = truth("accuracy", 0.4)
    assert 2 * 0.4 * tpr + negative - 0.4 == pytest.approx(true, abs=0.01)
    for wrong in (
        2 * 0.4 * tpr + (1 - negative) - 0.4,
        2 * 0.4 * tpr - negative + 0.4,
        2 * 0.4 * tpr + negative,
        0.4 * tpr + negative - 0.4,
    ):
        assert abs(wrong - true) > 0.05


@pytest.fixture
def full():
    """A small table whose labels are all known, with ties in the scores."""
    rng = np.random.default_rng(1)
    y = np.repeat([1, 0], [30, 50])
    return y, np.round(rng.normal(y, 1.0), 1) - 0.5


def check_exact(s, score, y, true_score, sampling):
    known = {"prior": y.mean(), "sampling": sampling}
    true, pred = true_score > 0, score > 0
    got = pu_accuracy_score(s, pred, **known)
    assert got == pytest.approx(accuracy_score(y, true))
    assert pu_f1_score(s, pred, **known) == pytest.approx(f1_score(y, true))
    got = pu_roc_auc_score(s, score, **known)
    assert got == pytest.approx(roc_auc_score(y, true_score))
    for loss in ("zero_one", "sigmoid"):
        margin = np.where(y == 1, true_score, -true_score)
        losses = sigmoid(-margin) if loss == "sigmoid" else (true != y)
        got = pu_risk_score(s, score, loss=loss, nonnegative=False, **known)
        assert got == pytest.approx(losses.mean())
        assert pu_risk_score(s, score, loss=loss, **known) == pytest.approx(got)


def test_equals_the_supervised_score_if_all_positives_are_labeled(full):
    y, score = full
    check_exact(y, score, y, score, "one_sample")


def test_equals_the_supervised_score_if_the_sample_is_the_table(full):
    y, score = full
    s = np.repeat([1, 0], [30, 80])
    check_exact(s, np.concatenate([score[:30], score]), y, score, "two_sample")


def test_labeled_negatives_are_rows_of_a_one_sample_table(full):
    y, score = full
    s = np.where(y == 1, 1, -1)
    s[-20:] = 0
    check_exact(s, score, y, score, "one_sample")


def test_labeled_negatives_are_ignored_in_two_samples(full):
    y, score = full
    s = np.repeat([1, -1, 0], [30, 80, 7])
    both = np.concatenate([score[:30], score, np.full(7, 9.0)])
    check_exact(s, both, y, score, "two_sample")
    proba = sigmoid(both)
    got = vpu_score(s, proba, sampling="two_sample")
    assert got == pytest.approx(vpu_score(s[:-7], proba[:-7], sampling="two_sample"))
    assert pu_roc_auc_score(s, both) == pu_roc_auc_score(s[:-7], both[:-7])


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("name", NAMES)
def test_labels_may_be_any_two_symbols(name, sampling):
    x, s = draw(0.4, sampling, np.random.default_rng(0), 500)
    expected = estimate(name, x, s, 0.4, sampling)
    assert estimate(name, x, 2 * s - 1, 0.4, sampling) == expected
    assert estimate(name, x, s.astype(bool), 0.4, sampling) == expected
    assert (
        estimate(name, x.tolist() * np.ones(1), s.tolist(), 0.4, sampling) == expected
    )


def test_string_labels_and_pos_label():
    x, s = draw(0.4, "one_sample", np.random.default_rng(0), 500)
    expected = pu_accuracy_score(s, x > CUT, prior=0.4)
    words = np.where(s == 1, "fraud", "unknown")
    pred = np.where(x > CUT, "fraud", "fine")  # the other label may be any
    assert pu_accuracy_score(words, pred, prior=0.4, pos_label="fraud") == expected
    named = pu_accuracy_score(words, pred, prior=0.4, unlabeled_label="unknown")
    assert named == expected
    got = pu_roc_auc_score(words.astype(object), x, pos_label="fraud")
    assert got == pu_roc_auc_score(s, x)


def test_area_without_prior_is_positives_against_unlabeled(full):
    y, score = full
    s = y * (np.arange(80) % 3 == 0)
    for sampling in SAMPLINGS:
        got = pu_roc_auc_score(s, score, sampling=sampling)
        assert got == roc_auc_score(s, score)
    # With the prior, one-sample data are corrected by the share left in U.
    left = (30 - s.sum()) / (80 - s.sum())
    got = pu_roc_auc_score(s, score, prior=30 / 80)
    assert got == pytest.approx((roc_auc_score(s, score) - left / 2) / (1 - left))


def test_constant_predictions():
    s = np.repeat([1, 0], [10, 90])
    for prior in (0.3, 0.6):
        assert pu_accuracy_score(s, np.ones(100), prior=prior) == pytest.approx(prior)
        got = pu_accuracy_score(s, np.zeros(100), prior=prior)
        assert got == pytest.approx(1 - prior)
        assert pu_roc_auc_score(s, np.ones(100), prior=prior) == pytest.approx(0.5)
        assert pu_f1_score(s, np.zeros(100), prior=prior) == 0
    assert lee_liu_score(s, np.ones(100)) == 1
    assert lee_liu_score(s, np.zeros(100)) == 0
    assert vpu_score(s, np.full(100, 0.3)) == pytest.approx(0)


def test_no_prediction_scores_infinity():
    s = np.repeat([1, 0], [10, 90])
    pred = np.repeat([1, 0], [5, 95])  # some of P, none of U
    assert lee_liu_score(s, pred, sampling="two_sample") == pytest.approx(0.25 * 90)
    assert np.isfinite(vpu_score(s, np.zeros(100)))
    assert vpu_score(s, np.repeat([0.0, 1.0], [10, 90])) > 30
    endless = np.repeat([np.inf, -np.inf], [10, 90])
    assert pu_risk_score(s, endless, prior=0.1) == pytest.approx(0)
    assert pu_risk_score(s, -endless, prior=0.1) == pytest.approx(1)
    assert pu_roc_auc_score(s, endless) == 1


def test_nonnegative_risk_cuts_the_negative_part():
    s = np.repeat([1, 0], [10, 90])
    score = np.where(s == 1, 5.0, -5.0)  # labeled positives learned by heart
    known = {"prior": 0.5, "loss": "zero_one"}
    assert pu_risk_score(s, score, **known) == 0
    got = pu_risk_score(s, score, nonnegative=False, **known)
    assert got == pytest.approx(0.1 - 0.5)


def test_same_formulas_as_the_training_losses():
    torch = pytest.importorskip("torch")
    from skgen.losses.pu import nonnegative, variational

    x, s = draw(0.4, "two_sample", np.random.default_rng(0), 500)
    score_p, score_u = torch.tensor(x[s == 1]), torch.tensor(x[s == 0])
    got = pu_risk_score(s, x, prior=0.4, sampling="two_sample")
    assert got == pytest.approx(nonnegative(score_p, score_u, prior=0.4).item())
    got = vpu_score(s, sigmoid(x), sampling="two_sample")
    assert got == pytest.approx(variational(score_p, score_u).item())
