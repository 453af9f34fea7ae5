"""PUStackingClassifier: any classifiers, stacked on who is labeled."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import ClassifierMixin, clone
from sklearn.utils import Bunch, get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from .._compat import BaseComposition, HasMethods, Interval, StrOptions, fit_context
from ..encoding._columns import as_rows
from ..encoding.copies import equal_rows
from ..encoding.random_state import own_generator
from ._copies import stratified_folds
from ._members import (
    default_members,
    fit_and_score,
    for_stack,
    is_pu_learner,
    labeled_share,
)
from ._problem import PUProblem, check_pu_labels
from ._symbol_stack import Symbols, SymbolStack


class PUStackingClassifier(ClassifierMixin, BaseComposition):
    r"""Stack classifiers of "is labeled" and PU learners into P(y=1|x).

    Each member predicts the rows of folds it has not seen. A scikit-learn classifier
    learns who is labeled, a PU learner of skgen learns y; both answers are turned into
    log-odds z of y. The stack combines them with weights w >= 0,

    .. math:: P(s=1|x) = c \, \sigma(a + w^\top z), \qquad c = P(s=1|y=1)

    (in two-sample data the odds of s are proportional to P(y=1|x) instead), fitted by
    the log-loss of s, so no negatives are needed. The class prior that gives c is
    estimated from the out-of-fold answers: by the best-bin estimate (BBE), first of the
    best member, then of the stack itself, weighed by the likelihood that stacks with
    other priors have.

    Parameters
    ----------
    estimators : list of (str, estimator), default=None
        Members. Learners of skgen (anything with a parameter `sampling`) get the PU
        labels, other classifiers 1 for labeled and 0 for unlabeled; they need
        ``predict_proba``. By default :class:`PUGANClassifier`, :class:`PUClassifier`
        with the variational risk, gradient boosting and a random forest.
    final_estimator : classifier, default=None
        Predicts "is labeled" from the members' log-odds, instead of the stack above.
    cv : int, default=4
        Number of folds. Equal rows share a fold.
    passthrough : bool, default=False
        Whether the final estimator also sees the columns of `X`, which must be numbers
        then.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        ``"one_sample"``: one table, in which some positives were flagged.
        ``"two_sample"``: the unlabeled rows alone are drawn from the population, and
        the labeled rows come beside them.
    prior : float, "auto" or None, default="auto"
        P(y=1) in the population; ``"auto"`` and None estimate it.
    unlabeled_label : "auto" or a label, default="auto"
        The label of unlabeled rows.
    pos_label : label, default=None
        The positive class of two; by default the larger label, unless words tell.
    n_jobs : int, default=None
        Members and folds that are fitted at the same time.
    random_state : int, RandomState or None, default=None
        Seed of the folds and of the default members.
    verbose : int, default=0
        Verbosity of joblib.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The label of unlabeled rows, which stands for a negative, and the positive.
    estimators_ : list of estimator
        Members fitted on all rows.
    fold_estimators_ : list of list of estimator
        For each member its copies fitted without one fold each. The mean answer of the
        copies and of the member is what the stack combines.
    named_estimators_ : Bunch
        Fitted members by name.
    final_estimator_ : classifier
        The stack; by default a LogisticRegression that holds w as ``coef_`` and a as
        ``intercept_``.
    prior_ : float
        P(y=1) in the population.
    prior_std_ : float
        Its standard deviation over bootstraps of the rows; 0 if it was given.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    PUGANClassifier : The member that brings networks and neighbourhoods, and has a
        stack of this kind inside.

    Notes
    -----
    The formula, the prior and the folds are those of the evidence of
    :class:`PUGANClassifier`, whose own members are forests, boosting and a linear
    score. What this class adds is members of your choice; with the default ones it
    costs about seven times as much, and is not ahead on most tables
    (``tests/benchmarks/bench_pu_tables.py``).

    References
    ----------
    C. Elkan, K. Noto, "Learning classifiers from only positive and unlabeled data",
    KDD 2008; S. Garg et al., "Mixture proportion estimation and PU learning", NeurIPS
    2021.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skgen.datasets import make_pu
    >>> from skgen.pu import PUStackingClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, s, y = make_pu(X, y, n_labeled=100, random_state=0)
    >>> members = [
    ...     ("forest", RandomForestClassifier(50, random_state=0)),
    ...     ("linear", make_pipeline(StandardScaler(), LogisticRegression())),
    ... ]
    >>> model = PUStackingClassifier(members, random_state=0).fit(X, s)
    >>> bool((model.predict(X) == y).mean() > 0.85)
    True
    """

    _parameter_constraints = {
        "estimators": [list, None],
        "final_estimator": [HasMethods(["fit", "predict_proba"]), None],
        "cv": [Interval(Integral, 2, None, closed="left")],
        "passthrough": ["boolean"],
        "sampling": [StrOptions({"one_sample", "two_sample"})],
        "prior": [Real, StrOptions({"auto"}), None],
        "unlabeled_label": "no_validation",
        "pos_label": "no_validation",
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimators=None,
        *,
        final_estimator=None,
        cv=4,
        passthrough=False,
        sampling="one_sample",
        prior="auto",
        unlabeled_label="auto",
        pos_label=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.passthrough = passthrough
        self.sampling = sampling
        self.prior = prior
        self.unlabeled_label = unlabeled_label
        self.pos_label = pos_label
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    # -- members -----------------------------------------------------------------------

    def get_params(self, deep=True):
        """Parameters, those of the members included.

        Parameters
        ----------
        deep : bool, default=True
            Whether to list the members and their parameters.

        Returns
        -------
        params : dict
            Parameters by name.
        """
        if self.estimators is None:
            return super().get_params(deep=deep)
        return self._get_params("estimators", deep=deep)

    def set_params(self, **params):
        """Set parameters, members and their parameters.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self : PUStackingClassifier
            Itself.
        """
        if self.estimators is None:
            return super().set_params(**params)
        return self._set_params("estimators", **params)

    @property
    def named_estimators_(self):
        """Fitted members by name."""
        return Bunch(**dict(zip(self._names, self.estimators_, strict=True)))

    def _members(self, X, random_state):
        if self.estimators is None:
            return default_members(X, random_state.randint(2**31 - 1))
        if not self.estimators:
            raise ValueError("estimators must hold at least one (name, estimator).")
        names, members = zip(*self.estimators, strict=True)
        self._validate_names(names)
        members = list(zip(names, members, strict=True))
        members = [
            (n, m) for n, m in members if not (isinstance(m, str) and m == "drop")
        ]
        if not members:
            raise ValueError("estimators must hold a member that is not dropped.")
        for name, member in members:
            if not hasattr(member, "fit") or not hasattr(member, "predict_proba"):
                raise TypeError(
                    f"member {name!r} must have fit and predict_proba, got {member!r}."
                )
        return members

    # -- fit ---------------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, *, groups=None):
        """Fit the members and the stack.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows, of whatever kind the members take.
        y : array-like of shape (n_samples,)
            PU labels.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group, of a page or a patient, share a fold, as equal rows do.

        Returns
        -------
        self : PUStackingClassifier
            Fitted estimator.

        Raises
        ------
        ValueError
            If `y` is not positive-unlabeled data or has fewer than two labeled or
            unlabeled rows that differ; if `groups` is of another length or the prior
            does not fit the labels.
        """
        X = self._read_X(X, reset=True)
        y = check_pu_labels(self, y, X.shape[0])
        problem = PUProblem(
            y,
            unlabeled_label=self.unlabeled_label,
            pos_label=self.pos_label,
            sampling=self.sampling,
            copies=equal_rows(X),
            groups=groups,
        )
        if problem.scheme.setting != "pu":
            raise ValueError(
                "PUStackingClassifier learns from labeled rows of one class and "
                "unlabeled rows. Only binary classification is supported, with two "
                "labels or one label and a marker; got the classes "
                f"{problem.scheme.classes.tolist()} and unlabeled_label="
                f"{self.unlabeled_label!r}. Use PUGANClassifier for labels of several "
                "classes."
            )
        prior = problem.check_prior(self.prior)
        random_state = own_generator(self.random_state)
        members = self._members(X, random_state)
        s = problem.labeled.astype(np.int64)
        folds = stratified_folds(s, problem.apart, self.cv, random_state)
        if not folds:
            n_labeled = s.sum()
            alike = ""
            if problem.apart is not None:
                alike = ", some of them equal" + " or of one group" * (
                    groups is not None
                )
            raise ValueError(
                "PUStackingClassifier needs at least 2 labeled and 2 unlabeled rows "
                f"that differ, got {n_labeled} and {len(s) - n_labeled}{alike}: this "
                "class has too few samples to be split into folds; use PUGANClassifier."
            )
        self.classes_ = problem.scheme.classes
        self._positive = problem.scheme.positive
        self._names = [name for name, _ in members]
        self._learners = [is_pu_learner(member) for _, member in members]
        splits = [*folds, (np.arange(len(s)), np.arange(0))]
        members = [
            for_stack(m, pu, self)
            for (_, m), pu in zip(members, self._learners, strict=True)
        ]
        parallel = Parallel(n_jobs=self.n_jobs, verbose=self.verbose)
        fitted = parallel(
            delayed(fit_and_score)(clone(m), X, s, train, test)
            for m in members
            for train, test in splits
        )
        self.estimators_, self.fold_estimators_ = [], []
        shares = np.empty((len(s), len(members)))
        for j in range(len(members)):
            *parts, (whole, _) = fitted[j * len(splits) : (j + 1) * len(splits)]
            self.estimators_.append(whole)
            self.fold_estimators_.append([model for model, _ in parts])
            for (_, share), (_, test) in zip(parts, splits, strict=False):
                shares[test, j] = share
        if prior is None:
            problem.warn_of_few_labels()
        pairs = zip(self.estimators_, self._learners, strict=True)
        stack = SymbolStack(self._learners, self.final_estimator).fit(
            shares,
            Symbols(
                problem.labeled,
                problem.population,
                problem.two_sample,
                copies=problem.copies,
            ),
            prior=None if prior is None else float(prior[self._positive]),
            own=[m.prior_ for m, pu in pairs if pu and hasattr(m, "prior_")],
            columns=self._columns(X),
            random_state=random_state,
        )
        del stack.log_odds_
        self.final_estimator_ = stack.model_
        self.prior_, self.prior_std_ = stack.prior_, stack.prior_std_
        self._stack = dict(vars(stack))  # plain, for files
        return self

    def _columns(self, X):
        """Columns that pass through to the final estimator."""
        return np.asarray(X, dtype=np.float64) if self.passthrough else None

    # -- prediction --------------------------------------------------------------------

    def decision_function(self, X):
        """Log-odds of ``classes_[1]``, in nats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Positive where ``classes_[1]`` is predicted.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        # The stack was fitted on answers of the folds' copies, so they answer as well.
        groups = zip(self.estimators_, self.fold_estimators_, strict=True)
        shares = [
            np.mean([labeled_share(m, X) for m in [e, *f]], axis=0) for e, f in groups
        ]
        stack = SymbolStack(self._learners)
        vars(stack).update(self._stack)
        score = stack.log_odds(np.stack(shares, axis=1), self._columns(X))
        return score if self._positive == 1 else -score

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : ndarray of shape (n_samples, 2)
            In the order of ``classes_``; rows sum to 1.
        """
        p = expit(self.decision_function(X))
        return np.stack([1 - p, p], axis=1)

    def predict(self, X):
        """More probable class of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels out of ``classes_``.
        """
        score = self.decision_function(X)
        return self.classes_[(score > 0).astype(int)]

    def _read_X(self, X, *, reset):
        X = as_rows(X)
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if not X.shape[0]:
                raise ValueError(
                    f"X must have rows, got shape {X.shape}: Found array with 0 "
                    "sample(s) while a minimum of 1 is required."
                )
            return X
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan"
            if get_tags(self).input_tags.allow_nan
            else True,
            ensure_min_samples=2 if reset else 1,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = self.estimators is None or all(
            get_tags(m).input_tags.allow_nan
            for _, m in self.estimators
            if hasattr(m, "fit")
        )
        return tags
