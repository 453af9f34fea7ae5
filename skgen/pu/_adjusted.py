"""Class shares among unlabeled rows, where rows of every class are labeled."""

import numpy as np
from scipy.optimize import nnls

from ..encoding.labels import UNLABELED

HEAVY = 100.0
LEAST = 1e-3


def adjusted_prior(answers, codes, model):
    """Class prior by adjusted counts of probabilities.

    The mean answer on unlabeled rows is the mean over the classes of the mean answer on
    rows of each, weighted by their shares: answers need not be calibrated for that, as
    they must for expectation maximisation.

    Parameters
    ----------
    answers : ndarray of shape (n_rows, n_classes)
        P(class | x) by any model that a row took no part in.
    codes : ndarray of shape (n_rows,)
        Index of the class, -1 for unlabeled.
    model : SymbolModel
        Labeled and unlabeled rows of the table.

    Returns
    -------
    prior : ndarray of shape (n_classes,)
        Class prior of the population.

    References
    ----------
    A. Bella, C. Ferri, J. Hernandez-Orallo, M. J. Ramirez-Quintana, "Quantification via
    probability estimators", ICDM 2010.
    """
    if not model.n_unlabeled:
        return model.counts / model.counts.sum()
    means = [answers[codes == k].mean(axis=0) for k in range(len(model.counts))]
    inside = answers[codes == UNLABELED].mean(axis=0)
    # Shares that are not negative and, by a heavy row, sum to 1.
    A = np.vstack([np.transpose(means), np.full(len(means), HEAVY)])
    shares, _ = nnls(A, np.append(inside, HEAVY))
    shares = np.maximum(shares, LEAST)
    mass = model.counts + model.n_unlabeled * shares / shares.sum()
    return model.prior_of_mass(mass)
