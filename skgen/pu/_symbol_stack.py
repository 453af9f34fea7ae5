"""Answers of several members to "is labeled", joined into P(y=1|x); and the prior."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.base import clone

from ._bbe import best_bin_of_table
from ._pu_logit import fit_pu_logit, symbol_losses

FLOOR = 1e-3
GRID = np.linspace(0.02, 0.98, 25)
BELIEF = 0.1  # standard deviation of the best-bin estimate around the truth
N_BOOTSTRAPS = 50


class Symbols(NamedTuple):
    """Who is labeled, and how the rows count.

    Parameters
    ----------
    labeled, population : ndarray of bool, shape (n_rows,)
        Which rows are labeled positives, and which are drawn from p(x).
    two_sample : bool
        Whether only unlabeled rows are.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    copies : ndarray of shape (n_rows,) or None
        Group of rows that are no witnesses of their own.
    """

    labeled: np.ndarray
    population: np.ndarray
    two_sample: bool
    weight: np.ndarray | None = None
    copies: np.ndarray | None = None

    def mass(self, rows):
        """Weight of some rows together."""
        return float(rows.sum() if self.weight is None else self.weight[rows].sum())

    @property
    def share(self):
        """Labeled rows over those of the population."""
        return self.mass(self.labeled) / self.mass(self.population)

    def best_bin(self, scores):
        """Best-bin estimate of the prior."""
        return best_bin_of_table(
            scores, self.labeled, self.population, self.copies, self.weight
        )

    def mean_of(self, values, rows):
        """Mean over some rows."""
        weight = None if self.weight is None else self.weight[rows]
        return float(np.average(values[rows], weights=weight))

    def mean(self, values):
        """Mean over the population."""
        return self.mean_of(values, self.population)


class SymbolStack:
    r"""Weights w >= 0 that join the members' log-odds z of y, and the class prior.

    .. math:: P(s=1|x) = c \, \sigma(a + w^\top z), \qquad c = P(s=1|y=1),

    fitted by the log-loss of s; in two-sample data the odds of s are proportional to
    P(y=1|x) instead. The prior that gives c is found in three steps: the best-bin
    estimate (BBE) of the best member; that of the stack, fitted with the first; and the
    mean of the posterior that the stack with the second has on the population. What
    that leaves open the likelihood decides: the posterior mean over a grid of priors,
    each with a stack of its own, with a normal belief around the third step.

    Parameters
    ----------
    learners : list of bool
        Which members answer with P(y=1|x) already, not with P(s=1|x).
    final_estimator : classifier, default=None
        Predicts s from z, in place of the formula.

    Attributes
    ----------
    model_ : classifier
        The formula as a LogisticRegression, or the fitted final estimator.
    prior_ : float
        P(y=1) in the population.
    prior_std_ : float
        Standard deviation of that over bootstraps of groups of equal rows; 0 if given.
    log_odds_ : ndarray of shape (n_rows,)
        Log-odds of y of the rows it was fitted on, whose mean is the prior.
    """

    def __init__(self, learners, final_estimator=None):
        self.learners = learners
        self.final_estimator = final_estimator

    def fit(
        self, shares, symbols, *, prior=None, own=(), columns=None, random_state=None
    ):
        """Fit weights and prior to answers that no row took part in.

        Parameters
        ----------
        shares : ndarray of shape (n_rows, n_members)
            Answers of the members.
        symbols : Symbols
            Who is labeled.
        prior : float, default=None
            Known prior.
        own : sequence of float, default=()
            The members' own estimates of it.
        columns : ndarray of shape (n_rows, n_columns), default=None
            Columns that the final estimator sees as well.
        random_state : RandomState, default=None
            Draws the bootstraps.

        Returns
        -------
        self : SymbolStack
            Fitted stack.
        """
        self.two_sample_ = symbols.two_sample
        s = symbols.labeled.astype(np.float64)
        self.prior_std_ = 0.0
        if prior is None:
            losses = [
                np.average(symbol_log_losses(share, s), weights=symbols.weight)
                if not learner
                else np.inf
                for share, learner in zip(shares.T, self.learners, strict=True)
            ]
            p = symbols.best_bin(shares[:, int(np.argmin(losses))])
            score = self._fit(shares, symbols, self._bounded(p, symbols), columns)
            p = symbols.best_bin(score)
            if len(own):
                p = 0.5 * (p + np.mean(own))
            p = self._bounded(p, symbols)
            mean = symbols.mean(expit(self._fit(shares, symbols, p, columns)))
            prior = self._bounded(mean, symbols)
            if self.final_estimator is None:
                prior = self._weigh(
                    shares, symbols, prior, score, columns, random_state
                )
        score = self._fit(shares, symbols, prior, columns)
        # The mean posterior of the population is the prior.
        self.shift_ = brentq(
            lambda b: symbols.mean(expit(score + b)) - prior, -60.0, 60.0
        )
        self.log_odds_ = score + self.shift_
        self.prior_ = float(prior)
        return self

    def _bounded(self, p, symbols):
        """Keep a prior where the labels allow it to be."""
        least = FLOOR if symbols.two_sample else max(FLOOR, symbols.share)
        return float(np.clip(p, min(least, 1 - FLOOR), 1 - FLOOR))

    def _fit(self, shares, symbols, prior, columns=None):
        """Fit the stack for a prior; log-odds of y by it."""
        self.rate_ = symbols.share / prior
        Z, s = self._inputs(shares, columns), symbols.labeled.astype(np.int64)
        if self.final_estimator is not None:
            self.model_ = clone(self.final_estimator).fit(Z, s)
        else:
            self.model_ = fit_pu_logit(
                Z,
                s,
                n_members=len(self.learners),
                rate=self.rate_,
                two_sample=self.two_sample_,
                weight=symbols.weight,
            )
        return self._score(Z)

    def _weigh(self, shares, symbols, center, score, columns, random_state):
        """Mean of the priors of a grid, by likelihood and belief; also its spread."""
        grid = GRID[GRID > symbols.share] if not symbols.two_sample else GRID
        if not len(grid):
            return center
        s, losses = symbols.labeled.astype(np.float64), []
        for p in grid:
            found = self._fit(shares, symbols, p, columns)
            losses.append(symbol_losses(found, s, self.rate_, self.two_sample_))
        losses = np.stack(losses)
        weight = np.ones(len(s)) if symbols.weight is None else symbols.weight
        # In all as much as the rows say, not as their weights and copies pretend.
        groups = np.arange(len(s)) if symbols.copies is None else symbols.copies
        n_told = len(np.unique(groups))

        def mean(weight, center):
            total = losses @ weight * (n_told / weight.sum())
            log_share = total.min() - total - 0.5 * ((grid - center) / BELIEF) ** 2
            return np.average(grid, weights=np.exp(log_share - log_share.max()))

        prior = mean(weight, center)
        if random_state is not None:
            first, found = symbols.best_bin(score), []
            n_groups = groups.max() + 1
            for _ in range(N_BOOTSTRAPS):
                counts = np.bincount(
                    random_state.randint(n_groups, size=n_groups), minlength=n_groups
                )
                drawn = weight * counts[groups]
                if not (
                    drawn[symbols.labeled].any() and drawn[symbols.population].any()
                ):
                    continue
                again = symbols._replace(weight=drawn).best_bin(score)
                found.append(mean(drawn, center + again - first))
            self.prior_std_ = float(np.std(found)) if found else 0.0
        return self._bounded(prior, symbols)

    def _inputs(self, shares, columns=None):
        """Log-odds of y by each member, then other columns."""
        Z = np.empty(shares.shape)
        for j, learner in enumerate(self.learners):
            p = shares[:, j] if learner else self.of_share(shares[:, j])
            Z[:, j] = logit(np.clip(p, FLOOR, 1 - FLOOR))
        return Z if columns is None else np.hstack([Z, columns])

    def of_share(self, share):
        """P(y=1|x) from P(labeled|x)."""
        if self.two_sample_:
            share = share / np.maximum(1 - share, FLOOR)
        return np.clip(share / self.rate_, FLOOR, 1 - FLOOR)

    def _score(self, Z):
        if self.final_estimator is None:
            return self.model_.decision_function(Z)
        return logit(self.of_share(self.model_.predict_proba(Z)[:, 1]))

    def log_odds(self, shares, columns=None):
        """Log-odds of y of new rows, from the members' answers."""
        return self._score(self._inputs(shares, columns)) + self.shift_

    def labeled_share(self, log_odds):
        """P(labeled|x) from the log-odds of y."""
        p = expit(log_odds)
        if self.two_sample_:
            return self.rate_ * p / (1 + self.rate_ * p)
        return np.minimum(self.rate_ * p, 1.0)


def symbol_log_losses(share, s):
    """Log-loss of "is labeled" of each row, in nats, from P(labeled|x)."""
    share = np.clip(share, FLOOR, 1 - FLOOR)
    return -np.where(s == 1, np.log(share), np.log1p(-share))
