"""PU scores refuse what they cannot judge, and say why."""

import numpy as np
import pytest

from skgen.metrics import (
    lee_liu_score,
    pu_accuracy_score,
    pu_f1_score,
    pu_risk_score,
    pu_roc_auc_score,
    vpu_score,
)

SCORES = [
    (pu_accuracy_score, {"prior": 0.5}),
    (pu_f1_score, {"prior": 0.5}),
    (lee_liu_score, {}),
    (pu_risk_score, {"prior": 0.5}),
    (pu_roc_auc_score, {"prior": 0.5}),
    (vpu_score, {}),
]


@pytest.mark.parametrize(("function", "params"), SCORES)
@pytest.mark.parametrize(
    ("y", "labels", "message"),
    [
        (
            [1, 1],
            {},
            r"labeled positives and unlabeled rows, got only the labels \[1\]",
        ),
        (
            [0, 0],
            {"pos_label": 1},
            r"labeled positives \(pos_label=1\).*StratifiedKFold",
        ),
        ([-1, 0], {"pos_label": 1}, r"labeled positives \(pos_label=1\), got only"),
        ([1, 1], {"pos_label": 1}, "unlabeled rows beside the positives.*Stratified"),
        ([-1, -1], {"unlabeled_label": -1}, "labeled positives, got only.*label more"),
        ([1, 1], {"unlabeled_label": -1}, "unlabeled rows beside the positives"),
        ([0, 1], {"unlabeled_label": -1}, "must hold unlabeled rows, got the labels"),
        ([0, 1, 2], {}, "must hold unlabeled rows.*name the marker"),
        ([-1, 0, 1, 2], {}, "one or two classes beside the unlabeled rows"),
        ([0, 1], {"unlabeled_label": None}, "got None, which means that every row"),
        ([0, 1], {"sampling": "three_sample"}, "'one_sample' or 'two_sample', got 'th"),
        (
            [0.0, 1.0, np.nan],
            {},
            "Input y contains NaN.*mark unlabeled rows by a label",
        ),
    ],
)
def test_labels(function, params, y, labels, message):
    with pytest.raises(ValueError, match=message):
        function(y, np.zeros(len(y)), **params, **labels)


@pytest.mark.parametrize("prior", [0, 1, 0.0, 1.0, -0.2, 40, np.nan, True, "auto"])
@pytest.mark.parametrize(
    "function", [pu_accuracy_score, pu_f1_score, pu_risk_score, pu_roc_auc_score]
)
def test_prior_outside_0_1(function, prior):
    with pytest.raises(ValueError, match=r"prior must be a number in \(0, 1\), got"):
        function([0, 1], [0, 1], prior=prior)


@pytest.mark.parametrize("function", [pu_accuracy_score, pu_f1_score, pu_risk_score])
def test_prior_is_needed(function):
    with pytest.raises(TypeError, match="prior"):
        function([0, 1], [0, 1])
    with pytest.raises(ValueError, match="must be given, got None.*estimate_prior"):
        function([0, 1], [0, 1], prior=None)


def test_prior_below_the_labeled_share():
    s = np.repeat([1, 0], [300, 700])
    with pytest.raises(ValueError, match=r"prior=0.2 with 0.3 of 1000.*two_sample"):
        pu_accuracy_score(s, s, prior=0.2)
    pu_accuracy_score(s, s, prior=0.29)  # may be chance
    pu_accuracy_score(s, s, prior=0.2, sampling="two_sample")


def test_predictions():
    with pytest.raises(ValueError, match=r"y_pred must hold 1.*\[0.2, 0.4\].*not sco"):
        pu_accuracy_score([0, 1, 1], [0.2, 0.4, 1.0], prior=0.5)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        lee_liu_score([0, 1, 1], [0, 1])


@pytest.mark.parametrize("function", [pu_risk_score, pu_roc_auc_score, vpu_score])
def test_scores(function):
    params = {} if function is vpu_score else {"prior": 0.5}
    with pytest.raises(ValueError, match="must hold no NaN, got 1 in 2 rows"):
        function([0, 1], [0.1, np.nan], **params)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        function([0, 1, 1], [0, 1], **params)


def test_probabilities_and_losses():
    with pytest.raises(ValueError, match=r"proba must lie in \[0, 1\], got .* -1 to 2"):
        vpu_score([0, 1], [-1, 2])
    with pytest.raises(ValueError, match="loss must be 'sigmoid' or 'zero_one', got"):
        pu_risk_score([0, 1], [0, 1], prior=0.5, loss="hinge")
