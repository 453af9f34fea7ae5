"""Entropy, cross entropy and divergences of discrete distributions."""

import math

import numpy as np
from scipy.special import entr, rel_entr, xlogy

from ._checks import is_positive

# Probabilities in float32 add up to one as closely as this.
_TOLERANCE = 1e-4


def entropy(p, *, base=None, axis=-1):
    r"""Entropy of discrete distributions.

    .. math::

        H(p) = -\sum_i p_i \log p_i, \qquad 0 \log 0 = 0

    The mean surprise at a draw, and the mean length of the best code for draws:
    between 0, for a distribution of one outcome, and the logarithm of the number of
    outcomes, for the uniform one.

    Parameters
    ----------
    p : array-like
        Probabilities along `axis`; the other axes hold a batch of distributions. They
        are divided by their sum, which must be 1 up to 1e-4.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    axis : int, default=-1
        The axis of the outcomes.

    Returns
    -------
    entropy : float or ndarray
        One number per distribution, a float for a single one.

    Raises
    ------
    ValueError
        If a probability is negative, infinite or NaN, the sum is not 1, or `base` is
        not a positive number other than 1.

    See Also
    --------
    cross_entropy : Mean code length if the code was made for another distribution.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd edition,
       Wiley 2006, chapter 2.

    Examples
    --------
    >>> from skgen.metrics import entropy
    >>> entropy([0.5, 0.25, 0.25, 0], base=2)
    1.5
    """
    p = _distribution(p, "p", axis)
    return _in_base(entr(p).sum(axis=-1), base)


def cross_entropy(p, q, *, base=None, axis=-1):
    r"""Cross entropy of `q` under `p`: entropy plus Kullback-Leibler divergence.

    .. math::

        H(p, q) = -\sum_i p_i \log q_i = H(p) + \mathrm{KL}(p \,\|\, q)

    The mean length of a code that was made for `q`, for draws from `p`; with `p` the
    shares in the data, minus the mean log-likelihood of the model `q`.

    Parameters
    ----------
    p, q : array-like
        Probabilities along `axis`; the other axes hold batches, which are broadcast.
        They are divided by their sum, which must be 1 up to 1e-4.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    axis : int, default=-1
        The axis of the outcomes.

    Returns
    -------
    cross_entropy : float or ndarray
        One number per pair, at least the entropy of `p`; inf where `q` calls impossible
        what happens under `p`.

    Raises
    ------
    ValueError
        If a probability is negative, infinite or NaN, a sum is not 1, the numbers of
        outcomes differ, or `base` is not a positive number other than 1.

    See Also
    --------
    kl_divergence : What is left when the entropy of `p` is taken off.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd edition,
       Wiley 2006, chapter 5.

    Examples
    --------
    >>> from skgen.metrics import cross_entropy
    >>> cross_entropy([0.5, 0.5], [0.25, 0.75], base=2)
    1.2075
    >>> cross_entropy([0.5, 0.5], [1, 0])
    inf
    """
    p, q = _pair(p, q, axis)
    # xlogy(0, 0) is 0 as it should be.
    return _in_base(-xlogy(p, q).sum(axis=-1), base)


def kl_divergence(p, q, *, base=None, axis=-1):
    r"""Kullback-Leibler divergence of discrete distributions, KL(p || q).

    .. math::

        \mathrm{KL}(p \,\|\, q) = \sum_i p_i \log \frac{p_i}{q_i}
        = H(p, q) - H(p) \ge 0

    Zero only for equal distributions, and not symmetric: it punishes a `q` that calls
    rare what happens often under `p`. Fitting `q` by maximum likelihood minimises it.

    Parameters
    ----------
    p, q : array-like
        Probabilities along `axis`; the other axes hold batches, which are broadcast.
        They are divided by their sum, which must be 1 up to 1e-4.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    axis : int, default=-1
        The axis of the outcomes.

    Returns
    -------
    divergence : float or ndarray
        One number per pair, at least 0; inf where `q` has no mass and `p` has.

    Raises
    ------
    ValueError
        If a probability is negative, infinite or NaN, a sum is not 1, the numbers of
        outcomes differ, or `base` is not a positive number other than 1.

    See Also
    --------
    js_divergence : Symmetric and always finite.
    kl_divergence_knn : From samples of continuous distributions.

    References
    ----------
    .. [1] S. Kullback, R. A. Leibler, "On information and sufficiency", Annals of
       Mathematical Statistics 22, 1951.

    Examples
    --------
    >>> from skgen.metrics import kl_divergence
    >>> p, q = [0.5, 0.5, 0], [0.25, 0.25, 0.5]
    >>> kl_divergence(p, q, base=2), kl_divergence(q, p, base=2)
    (1.0, inf)
    """
    p, q = _pair(p, q, axis)
    return _in_base(_kl(p, q), base)


def js_divergence(p, q, *, base=None, axis=-1):
    r"""Jensen-Shannon divergence of discrete distributions.

    .. math::

        \mathrm{JS}(p, q) = \tfrac12 \mathrm{KL}(p \,\|\, m)
        + \tfrac12 \mathrm{KL}(q \,\|\, m)
        = H(m) - \tfrac12 H(p) - \tfrac12 H(q), \qquad m = \tfrac12 (p + q)

    Symmetric, and finite whatever the supports: 0 for equal distributions and log 2,
    one bit, for those without a common outcome. It is the information that a draw
    carries about which of the two it comes from, and its square root is a metric. The
    value of the GAN game with the best discriminator is 2 JS - 2 log 2 [2]_.

    Parameters
    ----------
    p, q : array-like
        Probabilities along `axis`; the other axes hold batches, which are broadcast.
        They are divided by their sum, which must be 1 up to 1e-4.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    axis : int, default=-1
        The axis of the outcomes.

    Returns
    -------
    divergence : float or ndarray
        One number per pair, from 0 to log 2.

    Raises
    ------
    ValueError
        If a probability is negative, infinite or NaN, a sum is not 1, the numbers of
        outcomes differ, or `base` is not a positive number other than 1.

    See Also
    --------
    divergence_from_classifier : From samples.

    References
    ----------
    .. [1] J. Lin, "Divergence measures based on the Shannon entropy", IEEE
       Transactions on Information Theory 37, 1991, section IV.
    .. [2] I. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014, theorem 1.

    Examples
    --------
    >>> from skgen.metrics import js_divergence
    >>> js_divergence([1, 0], [[1, 0], [0.5, 0.5], [0, 1]], base=2).round(3)
    array([0.   , 0.311, 1.   ])
    """
    p, q = _pair(p, q, axis)
    mean = (p + q) / 2
    return _in_base((_kl(p, mean) + _kl(q, mean)) / 2, base)


def _kl(p, q):
    # Rounding can take equal distributions below zero.
    return np.maximum(rel_entr(p, q).sum(axis=-1), 0.0)


def _distribution(p, name, axis):
    """Return probabilities as float64, the outcomes in the last axis."""
    p = np.asarray(p, dtype=np.float64)
    if p.ndim == 0 or 0 in p.shape:
        raise ValueError(
            f"{name} must hold at least one probability, got shape {p.shape}."
        )
    if not -p.ndim <= axis < p.ndim:
        raise ValueError(
            f"axis must be an axis of {name}, got {axis} for shape {p.shape}."
        )
    p = np.moveaxis(p, axis, -1)
    if not (np.isfinite(p).all() and p.min() >= 0):
        bad = p[~(np.isfinite(p) & (p >= 0))][0]
        raise ValueError(
            f"{name} must hold probabilities of at least 0, got {bad:.6g}; pass "
            "softmax(logits) if these are logits."
        )
    total = p.sum(axis=-1, keepdims=True)
    off = np.abs(total - 1)
    if off.max() > _TOLERANCE:
        raise ValueError(
            f"{name} must add up to 1 along axis {axis}, got a sum of "
            f"{total.flat[off.argmax()]:.6g}; divide counts by their sum, or set axis."
        )
    return p / total


def _pair(p, q, axis):
    p, q = _distribution(p, "p", axis), _distribution(q, "q", axis)
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(
            f"p and q must have as many outcomes, got {p.shape[-1]} and "
            f"{q.shape[-1]}; give outcomes that one of them lacks a probability of 0."
        )
    try:
        np.broadcast_shapes(p.shape, q.shape)
    except ValueError as error:
        raise ValueError(
            f"The batches of p and q must broadcast, got the shapes {p.shape[:-1]} and "
            f"{q.shape[:-1]} besides the axis of outcomes."
        ) from error
    return p, q


def _in_base(nats, base):
    if base is not None:
        if not (is_positive(base) and base != 1):
            raise ValueError(
                "base must be None (nats) or a positive number other than 1, got "
                f"{base!r}; 2 gives bits."
            )
        nats = nats / math.log(base)
    return float(nats) if np.ndim(nats) == 0 else nats
