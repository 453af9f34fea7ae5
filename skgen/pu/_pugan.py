"""PUGANClassifier: discriminative adversarial networks for PU data, with evidence."""

import warnings
from functools import partial
from numbers import Integral, Real

import numpy as np
from scipy.special import logsumexp
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions
from ._base import NeuralPUClassifier
from ._evidence import Evidence, information
from ._game import PUGame
from ._neighbors import softmax
from ._prior import find_prior
from ._problem import FEWEST_LABELS, shift_to_prior

N_CHUNK = 65_536
MANY_ROWS = 50_000
DOUBT = 0.5  # share of the predictions


class PUGANClassifier(NeuralPUClassifier):
    r"""Adversarial learning from positive and unlabeled rows.

    Two discriminative networks play against each other: the classifier
    Phi(x) = P(y=1|x) reweighs the unlabeled rows until the critic D cannot tell them
    from the labeled positives,

    .. math:: \min_\Phi \max_D \; \frac1{n_P} \sum_{x \in P} \log D(x)
              + \frac{\sum_{x \in U} \Phi(x) \log(1 - D(x))}{\sum_{x \in U} \Phi(x)}.

    One `fit` serves four settings, told apart by the labels: positive and unlabeled
    rows (PU); positive, negative and unlabeled rows (PNU); K classes and unlabeled rows
    (a softmax Phi, one critic output per class); all rows labeled. The networks are
    joined by neighbourhood evidence, and what each counts for is decided by how well it
    predicts which rows are labeled.

    Parameters
    ----------
    module : "auto", str, callable or None, default="auto"
        Recipe of the networks: called as ``module(n_features, n_outputs)``, or with
        ``(channels, height, width)`` in place of ``n_features`` when `image_shape` is
        given, it returns a ``torch.nn.Module`` that maps rows to (batch, n_outputs).
        ``"auto"`` is an ensemble of 8 small :class:`~skgen.nn.MLPEnsemble` members (4
        if there are more than 50,000 rows), or :class:`~skgen.nn.ConvNet` for images;
        another string names a class of :mod:`skgen.nn`. None trains no networks and
        uses the evidence alone.
    evidence : {"auto", "neighbors", "trees"} or None, default="auto"
        Evidence beside the networks. ``"trees"``: in PU data forests and boosted trees
        that tell who is labeled, each grown without one fold of the rows, joined by a
        stack (and a ridge regression, where that tells significantly more); with labels
        of several classes a forest. ``"neighbors"``: near rows in a few columns, chosen
        by how well neighbours predict which rows are labeled. ``"auto"``: the trees,
        and near rows in addition if they predict the labels' symbols far better (paired
        z of 3, and half of what can be told); then they teach both a forest and the
        networks. None trains the networks by the game alone.
    adversarial_weight : float, default=0.3
        Weight of the game's value in the loss of Phi.
    risk_weight : float, default=3.0
        Weight of the non-negative PU risk (Kiryo et al., 2017) in PU data whose near
        rows are not trusted: then the trees alone are a weak teacher where rows that
        look alike say little.
    mixup_weight : float, default=1.0
        Weight of the mixup term (Chen et al., 2020) when there is no evidence to
        anchor the scale of Phi; unused otherwise.
    sampling : {"one_sample", "two_sample"}, default="one_sample"
        ``"one_sample"``: one table, in which some positives were flagged.
        ``"two_sample"``: the unlabeled rows alone are drawn from the population, and
        the labeled rows come beside them.
    prior : float, array-like of shape (n_classes,), "auto" or None, default=None
        Class prior of the population that predictions are for: the whole table in
        one-sample data, the unlabeled rows in two-sample data. A float is P(y=1). With
        None or ``"auto"`` it is found by the evidence; without evidence, None leaves
        Phi as the game made it and ``"auto"`` calls :func:`estimate_prior`.
    unlabeled_label : "auto", None or a label, default="auto"
        The label of unlabeled rows. ``"auto"``: -1, or a word such as "unlabeled",
        among three or more labels; with exactly two labels the one that is not
        `pos_label`. None: every row is labeled.
    pos_label : label, default=None
        The positive class of two; by default the larger label, unless words tell.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    max_epochs : int or "auto", default="auto"
        Passes over the population. An epoch has at least 20 steps with evidence, and 60
        without. ``"auto"``: 10, and fewer in large tables, for about 1,500 steps. The
        networks see at most 200,000 rows drawn from the population.
    batch_size : int, default=256
        Rows of the population in a step, and as many labeled rows in all.
    learning_rate : float, default=2e-3
        Step size of AdamW for both players (betas 0.5 and 0.99), with warm-up and
        cosine decay.
    weight_decay : float, default=1e-4
        Decoupled weight decay.
    early_stopping : bool, default=False
        Whether to hold rows out, to stop when their loss no longer falls and to keep
        the best weights.
    validation_fraction : float, default=0.1
        Share of the rows held out for early stopping.
    n_iter_no_change : int, default=10
        Epochs without improvement before stopping early.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights and optimizers of the last fit.
    callbacks : list of skorch callbacks, default=None
        Called during training.
    device : str, default="auto"
        ``"auto"``: CUDA, then MPS, then the CPU.
    random_state : int, RandomState or None, default=None
        Seed of everything random.
    verbose : int, default=0
        1 shows a progress bar with the losses.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels that predictions return. In PU data these are the label of unlabeled
        rows, which stands for a negative, and the positive label.
    prior_ : float or ndarray of shape (n_classes,)
        Class prior of the population, P(y=1) for two classes.
    prior_std_ : float
        Standard deviation of `prior_` over bootstraps of the rows, in PU data; 0 if it
        was given, NaN where it comes from labels of several classes or near rows.
    setting_ : {"pu", "semi_supervised", "supervised"}
        How the labels were read.
    evidence_ : object
        Fitted evidence; ``evidence_.neighbors_`` is None unless near rows are trusted.
    history_ : list of dict
        Losses of each epoch: ``train_value`` is the value of the game, at most 0 and
        -2 log 2 = -1.386 when the critic is beaten.
    weights_ : dict of ndarray
        Weights of both networks.
    n_members_ : int
        Networks of the default ensemble.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    Warns
    -----
    UserWarning
        If more than half of the predictions change within one standard deviation of
        the estimated prior, or the prior rests on next to no labels.

    See Also
    --------
    PUClassifier : One network with an unbiased, non-negative or variational PU risk.
    PUStackingClassifier : Any classifiers, stacked on who is labeled.

    Notes
    -----
    Deviations from the paper, each measured in ``tests/benchmarks``: the networks are
    ensembles whose weights are averaged over the steps; Phi is also taught, by
    cross-entropy, the posterior that the evidence implies for rows outside its own vote
    (the game alone fixes Phi only up to a factor, and drifts), and in PU data without
    trusted near rows the non-negative risk is added; the evidence is shown to
    Phi inside the game for a random half of the rows; the logits are shifted so that
    the mean of Phi over the population is `prior_`. ``evidence=None,
    mixup_weight=0`` is the paper's objective.

    Rows that are exact neighbours of training rows, pages of one manuscript for
    example, let the evidence look better than it is on new groups: hold out whole
    groups to measure that.

    References
    ----------
    F. Liu, H. Chen, H. Wu, "Discriminative adversarial networks for positive-unlabeled
    learning", arXiv 1906.00642, 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skgen.datasets import make_pu
    >>> from skgen.pu import PUGANClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, s, y = make_pu(X, y, n_labeled=100, random_state=0)
    >>> model = PUGANClassifier(max_epochs=2, random_state=0).fit(X, s)
    >>> bool((model.predict(X) == y).mean() > 0.85)
    True
    """

    _parameter_constraints = {
        "module": [str, callable, None],
        "evidence": [StrOptions({"auto", "neighbors", "trees"}), None],
        "adversarial_weight": [Interval(Real, 0, None, closed="left")],
        "risk_weight": [Interval(Real, 0, None, closed="left")],
        "mixup_weight": [Interval(Real, 0, None, closed="left")],
        "prior": [Real, "array-like", StrOptions({"auto"}), None],
        "max_epochs": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
    }
    _parts = {**NeuralPUClassifier._parts, "evidence_": (Evidence,)}
    _auto_steps, _auto_epochs = 1500, (1, 10)
    _player = "classifier"

    def __init__(
        self,
        module="auto",
        *,
        evidence="auto",
        adversarial_weight=0.3,
        risk_weight=3.0,
        mixup_weight=1.0,
        sampling="one_sample",
        prior=None,
        unlabeled_label="auto",
        pos_label=None,
        image_shape=None,
        max_epochs="auto",
        batch_size=256,
        learning_rate=2e-3,
        weight_decay=1e-4,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    # -- learning ----------------------------------------------------------------------

    @property
    def _min_steps(self):
        # A teacher shortens the way.
        return 60 if self.evidence_ is None else 20

    def _prepare(self, X, problem, goes_on, streams):
        if not goes_on:
            # Many rows need no large ensemble, and are predicted in half the time.
            self.n_members_ = 4 if problem.n_rows > MANY_ROWS else 8
        return super()._prepare(X, problem, goes_on, streams)

    def _teach(self, table, problem, prior, streams, rows, sample):
        """Gather the evidence: the prior, and a posterior that teaches Phi."""
        if self.module is None and self.evidence is None:
            raise ValueError(
                "module and evidence must not both be None: nothing is left to fit."
            )
        if self.module is not None:
            self._check_recipe(len(self.classes_), table)
        flat = table.reshape(len(table), -1)
        random_state, extra, self.evidence_ = streams("evidence"), [], None
        self.prior_std_ = np.nan if prior is None else 0.0
        if self.evidence is not None:
            self.evidence_ = Evidence(self.evidence).fit(
                flat,
                problem,
                groups=getattr(self.encoder_, "groups_", np.arange(flat.shape[1])),
                prior=prior,
                sample=sample,
                random_state=random_state,
            )
            if prior is None:
                self.prior_std_ = self.evidence_.prior_std_
            prior = self.evidence_.prior_
            teacher, hint = self.evidence_.of_training_rows(flat, rows)
            teacher, weight = teacher.copy(), np.ones(len(rows))
            if self.evidence_.neighbors_ is not None:
                weight = information(teacher, prior)
            if problem.scheme.setting != "pu":
                known = problem.labeled[rows]
                teacher[known] = np.eye(teacher.shape[1])[problem.codes[rows[known]]]
                weight[known] = 1.0
            places = np.flatnonzero(problem.population[rows])
            self.evidence_.teach_trees(
                flat,
                rows[places],
                teacher[places],
                weight[places],
                random_state=random_state,
            )
            extra = [hint, teacher, weight]
        elif prior is None and self.prior is not None:
            prior = find_prior(
                flat, problem, sample=sample, random_state=streams("prior")
            )
        self._prior, self._shift = prior, np.zeros(len(self.classes_))
        return extra

    def _networks(self, data):
        if self.module is None:
            return {}
        recipe = partial(self._recipe(), self._net_shape)
        players = {"classifier": partial(recipe, len(self.classes_))}
        if data is not None:
            players["critic"] = partial(recipe, len(data.problem.labeled_classes))
        return players

    def _objectives(self, data):
        labeled = [int(k) for k in data.problem.labeled_classes]
        is_pu = data.problem.scheme.setting == "pu"
        evidence = self.evidence_
        near = evidence is not None and evidence.neighbors_ is not None
        anchored = evidence is not None and is_pu and not near
        game = PUGame(
            labeled,
            adversarial=self.adversarial_weight,
            mixup=self.mixup_weight if evidence is None else 0.0,
            supervised=float(evidence is None and not is_pu),
            risk=self.risk_weight if anchored else 0.0,
            prior=float(self._prior[labeled[0]]) if anchored else None,
            hide=near,
        )
        return {
            "classifier": game.classifier,
            "critic": game.critic,
            "valid": game.valid,
        }

    def _net_options(self, data):
        return {"betas": (0.5, 0.99), "schedule": "cosine", "ema": 0.99}

    def _finish(self, data, streams):
        """Shift the logits so that Phi averages to the prior over the population."""
        problem, evidence, parts = data.problem, self.evidence_, {}
        places = data.population(streams("shift"))
        if self.module is not None:
            parts["networks"] = self._network_posterior(data.arrays[0][places])
        if evidence is not None and evidence.trees_ is not None:
            flat = data.table.reshape(len(data.table), -1)
            parts["trees"] = evidence.trees_without_own_vote(flat, data.rows[places])
        # Without the near rows: their evidence saturates Phi, and then a shift that
        # repairs the mean would be huge on the rows that have no near rows.
        scores = self._join(parts, None, len(places))
        if self._prior is not None and problem.scheme.setting != "supervised":
            self._shift = shift_to_prior(scores, self._prior)
            # Of fewer labels another warning told.
            if self.prior_std_ > 0 and problem.n_labeled >= FEWEST_LABELS:
                self._warn_of_doubt(scores)
        if self._prior is None:
            self._prior = softmax(scores).mean(axis=0)
        if evidence is not None:
            evidence.forget()
        self.prior_ = self._prior
        if problem.scheme.positive is not None:
            self.prior_ = float(self._prior[problem.scheme.positive])

    def _warn_of_doubt(self, scores):
        """Warn if many predictions change within a standard deviation of the prior."""
        positive, std = self._positive, self.prior_std_
        p, found = float(self._prior[positive]), []
        for bound in (p - std, p + std):
            prior = np.empty(2)
            prior[positive] = np.clip(bound, 0.01, 0.99)
            prior[1 - positive] = 1 - prior[positive]
            found.append((scores + shift_to_prior(scores, prior)).argmax(axis=1))
        changed = np.mean(found[0] != found[1])
        if changed > DOUBT:
            warnings.warn(
                f"{changed:.0%} of the predictions change within a standard deviation "
                f"of the estimated class prior, P(y=1) = {p:.2f} +- {std:.2f}; give "
                "more labels, or pass the prior as prior=...",
                UserWarning,
                stacklevel=2,
            )

    # -- prediction --------------------------------------------------------------------

    def _network_posterior(self, Z):
        """Log-posterior of the networks: the mean of their members' logits."""
        logits = self._run(Z, row_axis=-2)
        logits = logits.mean(axis=0) if logits.ndim == 3 else logits
        return logits - logsumexp(logits, axis=1, keepdims=True)

    def _join(self, parts, near, n_rows):
        """Mean of the log-posteriors; plus the shift and the near rows."""
        if parts:
            scores = np.mean(list(parts.values()), axis=0)
        else:
            scores = np.tile(np.log(self._prior), (n_rows, 1))
        scores = scores + self._shift
        return scores if near is None else scores + near

    def _encoded(self, X):
        check_is_fitted(self)
        return self._encode(self._read_X(X, reset=False))

    def _parts_of(self, Z):
        """Log-posterior of each part, evidence of near rows, and how many rows."""
        parts, near = {}, None
        if self.weights_:
            parts["networks"] = self._network_posterior(Z)
        if self.evidence_ is not None:
            near, trees = self.evidence_.parts(Z.reshape(len(Z), -1))
            if trees is not None:
                parts["trees"] = trees
        return parts, near, len(Z)

    def _log_proba(self, X):
        Z = self._encoded(X)
        # Trees answer in double precision: not for a million rows at once.
        chunks = [Z[i : i + N_CHUNK] for i in range(0, len(Z), N_CHUNK)]
        scores = np.concatenate([self._join(*self._parts_of(part)) for part in chunks])
        return scores - logsumexp(scores, axis=1, keepdims=True)

    def predict_proba_parts(self, X):
        """Class probabilities by each part of the model alone.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        proba : dict of ndarray of shape (n_samples, n_classes)
            ``"networks"``, ``"trees"`` and ``"neighbors"`` (the near rows' evidence
            with the class prior), as far as they were fitted. ``"neighborhood"`` is the
            trees and the near rows together.
        """
        parts, near, n_rows = self._parts_of(self._encoded(X))
        found = {name: softmax(scores) for name, scores in parts.items()}
        if near is not None:
            found["neighbors"] = softmax(near + np.log(self._prior))
        if self.evidence_ is not None:
            rest = {k: v for k, v in parts.items() if k != "networks"}
            found["neighborhood"] = softmax(self._join(rest, near, n_rows))
        return found

    def _recipe(self):
        return self._resolve(
            partial(
                nn.MLPEnsemble,
                n_members=self.n_members_,
                hidden=(64, 64, 64),
                column_share=1.0,
            )
        )
