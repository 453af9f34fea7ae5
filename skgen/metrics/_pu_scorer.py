"""Scorers of PU classifiers for grid search and cross-validation."""

from dataclasses import dataclass, fields

import numpy as np

from ._pu_predictions import lee_liu_score, pu_accuracy_score, pu_f1_score
from ._pu_rows import check_prior, check_sampling, plain
from ._pu_scores import check_loss, pu_risk_score, pu_roc_auc_score, vpu_score

# Why a metric cannot do without a prior; the others are not listed.
_WHY = {
    "accuracy": "the metric 'accuracy' weighs true positives by",
    "f1": "the metric 'f1' weighs recall by",
    "risk": "the metric 'risk' weighs the errors of either class by",
}


def make_pu_scorer(
    metric,
    *,
    prior=None,
    sampling="one_sample",
    pos_label=None,
    unlabeled_label="auto",
    loss="sigmoid",
    nonnegative=True,
):
    """Make a scorer for `GridSearchCV` that judges by positive and unlabeled rows.

    The prior is fixed here and never read from the estimator: scored by their own
    priors, candidates with a wrong one win, as the constant prediction "positive" has
    an estimated accuracy equal to whatever prior is believed in.

    Parameters
    ----------
    metric : {"accuracy", "f1", "lee_liu", "risk", "roc_auc", "vpu"}
        "accuracy", "f1" and "lee_liu" score `predict` by `pu_accuracy_score`,
        `pu_f1_score`, `lee_liu_score`. "risk" and "roc_auc" score `decision_function`,
        or `predict_proba` where there is none, by minus `pu_risk_score` and by
        `pu_roc_auc_score`. "vpu" scores `predict_proba` by minus `vpu_score`. "roc_auc"
        and "vpu" compare models; they are blind to an estimator's prior.
    prior : float in (0, 1), default=None
        P(y=1) in the population: the whole table in one-sample data, the unlabeled
        sample in two-sample data. "accuracy", "f1" and "risk" need it; "roc_auc" is
        corrected by it; "lee_liu" and "vpu" ignore it.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        Whether some positives of one table were flagged, or positives and unlabeled
        rows were drawn separately.
    pos_label : label, default=None
        The positive class. None means the largest in the estimator's `classes_` that is
        not the marker, so that a fold without positives is noticed.
    unlabeled_label : "auto" or a label, default="auto"
        The marker of unlabeled rows; "auto" means -1 among three or more numbers,
        and the label that is not positive of two. Name the marker for PNU data, where a
        fold that has lost a class would be read as PU data.
    loss : {"sigmoid", "zero_one"}, default="sigmoid"
        The loss of the metric "risk".
    nonnegative : bool, default=True
        Whether "risk" cuts the negatives' part at zero.

    Returns
    -------
    scorer : callable
        Called as `scorer(estimator, X, y)`; returns a float, greater is better. It can
        be pickled and cloned, and serves as `scoring` wherever scikit-learn takes a
        callable.

    Raises
    ------
    ValueError
        If the metric needs a prior and has none, or a parameter is out of range. The
        scorer itself raises it where a fold has no labeled positives or no unlabeled
        rows.

    See Also
    --------
    sklearn.metrics.make_scorer : For scores that need labels of every class.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skgen.datasets import make_pu
    >>> from sklearn.datasets import make_blobs
    >>> from skgen.metrics import make_pu_scorer
    >>> X, y = make_blobs(400, centers=2, cluster_std=4, random_state=0)
    >>> X, y_pu, _ = make_pu(X, y, n_labeled=100, random_state=0)
    >>> scorer = make_pu_scorer("roc_auc", prior=0.5)
    >>> scorer
    make_pu_scorer('roc_auc', prior=0.5, sampling='one_sample')
    >>> grid = GridSearchCV(LogisticRegression(), {"C": [1e-3, 1]}, scoring=scorer)
    >>> grid = grid.fit(X, y_pu)
    >>> bool(grid.best_score_ > 0.7)  # the true area is 0.8
    True
    """
    return PUScorer(
        metric,
        prior=prior,
        sampling=sampling,
        pos_label=pos_label,
        unlabeled_label=unlabeled_label,
        loss=loss,
        nonnegative=nonnegative,
    )


@dataclass(frozen=True, repr=False)
class PUScorer:
    """A scorer that knows its prior; see `make_pu_scorer`, which makes it."""

    metric: str
    prior: float | None = None
    sampling: str = "one_sample"
    pos_label: object = None
    unlabeled_label: object = "auto"
    loss: str = "sigmoid"
    nonnegative: bool = True

    def __post_init__(self):
        if not (isinstance(self.metric, str) and self.metric in _METRICS):
            raise ValueError(
                f"metric must be one of {list(_METRICS)}, got {self.metric!r}."
            )
        check_prior(self.prior, _WHY.get(self.metric))
        check_sampling(self.sampling)
        check_loss(self.loss)
        if self.unlabeled_label is None:
            raise ValueError(
                "unlabeled_label must be 'auto' or the marker of unlabeled rows, got "
                "None; where every row is labeled use scikit-learn's scorers."
            )

    def __call__(self, estimator, X, y):
        """Score `estimator` on rows `X` with PU labels `y`; greater is better."""
        labels = {
            "sampling": self.sampling,
            "pos_label": self._positive(estimator),
            "unlabeled_label": self.unlabeled_label,
        }
        return _METRICS[self.metric](self, estimator, X, y, labels)

    def __sklearn_clone__(self):
        return self  # immutable

    def __repr__(self):
        shown = [repr(self.metric)]
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if field.name in ("prior", "sampling") or value != field.default:
                shown.append(f"{field.name}={value!r}")
        return f"make_pu_scorer({', '.join(shown)})"

    @property
    def __name__(self):
        # The displays of learning and validation curves label an axis by it.
        return f"pu_{self.metric}"

    def _positive(self, estimator):
        classes = getattr(estimator, "classes_", None)
        if self.pos_label is not None or classes is None:
            return self.pos_label
        classes = [plain(c) for c in classes if not _same(c, self.unlabeled_label)]
        return classes[-1] if classes else None


def _accuracy(scorer, estimator, X, y, labels):
    return pu_accuracy_score(y, estimator.predict(X), prior=scorer.prior, **labels)


def _f1(scorer, estimator, X, y, labels):
    return pu_f1_score(y, estimator.predict(X), prior=scorer.prior, **labels)


def _lee_liu(scorer, estimator, X, y, labels):
    return lee_liu_score(y, estimator.predict(X), **labels)


def _risk(scorer, estimator, X, y, labels):
    score, from_zero_to_one = _score(estimator, X, labels["pos_label"])
    if from_zero_to_one:
        with np.errstate(divide="ignore"):  # infinite log-odds are fine
            score = np.log(score) - np.log1p(-score)
    return -pu_risk_score(
        y,
        score,
        prior=scorer.prior,
        loss=scorer.loss,
        nonnegative=scorer.nonnegative,
        **labels,
    )


def _roc_auc(scorer, estimator, X, y, labels):
    score, _ = _score(estimator, X, labels["pos_label"])
    return pu_roc_auc_score(y, score, prior=scorer.prior, **labels)


def _vpu(scorer, estimator, X, y, labels):
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            "estimator must have predict_proba for the metric 'vpu', got "
            f"{type(estimator).__name__}; wrap it in CalibratedClassifierCV or use "
            "another metric."
        )
    column = _column(estimator, labels["pos_label"])
    return -vpu_score(y, estimator.predict_proba(X)[:, column], **labels)


_METRICS = {
    "accuracy": _accuracy,
    "f1": _f1,
    "lee_liu": _lee_liu,
    "risk": _risk,
    "roc_auc": _roc_auc,
    "vpu": _vpu,
}


def _score(estimator, X, symbol):
    """Return scores of the positive class, and whether they are probabilities."""
    column = _column(estimator, symbol)
    if hasattr(estimator, "decision_function") and len(estimator.classes_) == 2:
        score = np.asarray(estimator.decision_function(X))
        return (score if column == 1 else -score), False
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(X))[:, column], True
    raise ValueError(
        "estimator must have predict_proba, or two classes and decision_function, got "
        f"{type(estimator).__name__}; use the metric 'accuracy' or 'lee_liu'."
    )


def _column(estimator, symbol):
    """Return the index of the positive class in the estimator's `classes_`."""
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise ValueError(
            "estimator must have classes_, to find the scores of the positive class, "
            f"got {type(estimator).__name__}; score a fitted classifier."
        )
    hits = [k for k, label in enumerate(classes) if _same(label, symbol)]
    if not hits:
        raise ValueError(
            "pos_label must be one of the estimator's classes "
            f"{[plain(c) for c in classes]}, got {symbol!r}; it saw no labeled "
            "positives in fit, or labels of other names."
        )
    return hits[0]


def _same(a, b):
    return bool(a == b)
