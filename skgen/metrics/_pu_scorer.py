"""Scorers of PU classifiers for grid search and cross-validation."""

from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from sklearn import get_config
from sklearn.utils.metadata_routing import MetadataRequest

from ..encoding.checks import check_labels, plain
from ..encoding.labels import read_labels
from ._pu_predictions import lee_liu_score, pu_accuracy_score, pu_f1_score
from ._pu_rows import check_prior, check_sampling
from ._pu_scores import check_loss, pu_risk_score, pu_roc_auc_score, vpu_score


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
        The positive class. None means the one that the estimator's `classes_` show, the
        largest unless words tell, so that a fold without positives is noticed.
    unlabeled_label : "auto" or a label, default="auto"
        The marker of unlabeled rows; "auto" means -1 or a word such as "unlabeled"
        among three or more labels, and the label that is not positive of two. Name the
        marker for PNU data, where a fold that has lost a class would be read as PU.
    loss : {"sigmoid", "zero_one"}, default="sigmoid"
        The loss of the metric "risk".
    nonnegative : bool, default=True
        Whether "risk" cuts the negatives' part at zero.

    Returns
    -------
    scorer : callable
        Called as `scorer(estimator, X, y)`; returns a float, greater is better. It can
        be pickled and cloned, and serves as `scoring` wherever scikit-learn takes a
        callable. :class:`~sklearn.model_selection.TunedThresholdClassifierCV` takes
        "accuracy", "f1", "lee_liu" and "risk" (with the zero-one loss). With metadata
        routing `set_score_request` asks for `sample_weight`.

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
        metric, prior, sampling, pos_label, unlabeled_label, loss, nonnegative
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
        needed = self.metric in ("accuracy", "f1", "risk")
        why = f"the metric {self.metric!r} weighs the two classes by"
        check_prior(self.prior, why if needed else None)
        check_sampling(self.sampling)
        check_loss(self.loss)
        if self.unlabeled_label is None:
            raise ValueError(
                "unlabeled_label must be 'auto' or the marker of unlabeled rows, got "
                "None; where every row is labeled use scikit-learn's scorers."
            )

    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Score `estimator` on rows `X` with PU labels `y`; greater is better."""
        read = _METRICS[self.metric][1]
        pos_label = self._positive(estimator)
        return self._signed(y, read(estimator, X, pos_label), pos_label, sample_weight)

    def _signed(self, y, output, pos_label, sample_weight, **changed):
        function, _, sign, *options = _METRICS[self.metric]
        return sign * function(
            y,
            output,
            sampling=self.sampling,
            pos_label=pos_label,
            unlabeled_label=self.unlabeled_label,
            sample_weight=sample_weight,
            **{name: getattr(self, name) for name in options} | changed,
        )

    # What TunedThresholdClassifierCV takes of a scorer: a function of labels and PU
    # labels, its sign, its options.

    _sign = 1

    @property
    def _kwargs(self):
        return {}

    def _score_func(self, y, y_pred, sample_weight=None):
        if self.metric in ("roc_auc", "vpu"):
            raise ValueError(
                "metric must be 'accuracy', 'f1', 'lee_liu' or 'risk' to choose a "
                f"threshold, got {self.metric!r}, which does not look at labels."
            )
        pos_label, changed = self.pos_label, {}
        if pos_label is None:
            scheme = read_labels(
                check_labels(y, None), unlabeled_label=self.unlabeled_label
            )
            pos_label = plain(scheme.classes[scheme.positive])
        if self.metric == "risk":
            y_pred = np.where(np.asarray(y_pred) == pos_label, 1.0, -1.0)
            changed["loss"] = "zero_one"
        return self._signed(y, y_pred, pos_label, sample_weight, **changed)

    def set_score_request(self, *, sample_weight):
        """Say whether metadata routing passes `sample_weight` to the scorer.

        Parameters
        ----------
        sample_weight : bool, None or str
            As in scikit-learn: True asks for it, False refuses it, None raises an error
            if it is given, a string is the name that it is given by.

        Returns
        -------
        self : PUScorer
            Itself.
        """
        if not get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "set_score_request needs metadata routing; switch it on with "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=sample_weight)
        object.__setattr__(self, "_metadata_request", request)
        return self

    def get_metadata_routing(self):
        """Metadata that the scorer takes.

        Returns
        -------
        request : MetadataRequest
            None is asked for before `set_score_request`.
        """
        found = self.__dict__.get("_metadata_request")
        if found is None:
            found = MetadataRequest(owner=self)
            found.score.add_request(param="sample_weight", alias=None)
        return found

    # What the tuned threshold of scikit-learn 1.6 asks for.
    _get_metadata_request = get_metadata_routing

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
        classes = np.asarray([plain(c) for c in classes if c != self.unlabeled_label])
        if len(classes) > 1:
            scheme = read_labels(classes)
            if scheme.positive is not None:
                return plain(scheme.classes[scheme.positive])
        return plain(classes[-1]) if len(classes) else None


def _labels(estimator, X, pos_label):
    return estimator.predict(X)


def _probabilities(estimator, X, pos_label):
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            "estimator must have predict_proba for the metric 'vpu', got "
            f"{type(estimator).__name__}; use the metric 'roc_auc', which takes "
            "decision_function as well."
        )
    return estimator.predict_proba(X)[:, _column(estimator, pos_label)]


def _scores(estimator, X, pos_label, log_odds=False):
    """Return scores of the positive class: decisions, else probabilities."""
    column = _column(estimator, pos_label)
    if hasattr(estimator, "decision_function") and len(estimator.classes_) == 2:
        score = np.asarray(estimator.decision_function(X))
        return score if column == 1 else -score
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            "estimator must have predict_proba, or two classes and decision_function, "
            f"got {type(estimator).__name__}; use the metric 'accuracy' or 'lee_liu'."
        )
    proba = np.asarray(estimator.predict_proba(X))[:, column]
    if not log_odds:
        return proba
    with np.errstate(divide="ignore"):  # infinite log-odds are fine
        return np.log(proba) - np.log1p(-proba)


def _column(estimator, pos_label):
    """Return the index of the positive class in the estimator's `classes_`."""
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise ValueError(
            "estimator must have classes_, to find the scores of the positive class, "
            f"got {type(estimator).__name__}; score a fitted classifier."
        )
    classes = [plain(c) for c in classes]
    if pos_label not in classes:
        raise ValueError(
            f"pos_label must be one of the estimator's classes {classes}, got "
            f"{pos_label!r}; fit it to labeled positives of that name."
        )
    return classes.index(pos_label)


_log_odds = partial(_scores, log_odds=True)
# The score, what it takes of an estimator, its sign, and its further parameters.
_METRICS = {
    "accuracy": (pu_accuracy_score, _labels, 1, "prior"),
    "f1": (pu_f1_score, _labels, 1, "prior"),
    "lee_liu": (lee_liu_score, _labels, 1),
    "risk": (pu_risk_score, _log_odds, -1, "prior", "loss", "nonnegative"),
    "roc_auc": (pu_roc_auc_score, _scores, 1, "prior"),
    "vpu": (vpu_score, _probabilities, -1),
}
