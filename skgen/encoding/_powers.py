"""Increasing maps of the line onto itself, with their log-derivatives and inverses."""

import numpy as np

_TAIL = 4.0  # where tails begin, in standard deviations


def yeo_johnson(U, powers):
    """Powers of columns, and the logarithms of their derivatives."""
    log = np.log1p(np.abs(U))
    above = U >= 0
    return (
        np.where(above, _box_cox(log, powers), -_box_cox(log, 2 - powers)),
        np.where(above, powers - 1, 1 - powers) * log,
    )


def soften(Y):
    """Make tails logarithmic, and give the logarithms of the derivatives."""
    excess = np.maximum(np.abs(Y) - _TAIL, 0)
    log = np.log1p(excess)
    return np.copysign(np.minimum(np.abs(Y), _TAIL) + log, Y), -log


def unsoften(T):
    excess = np.maximum(np.abs(T) - _TAIL, 0)
    return np.copysign(np.minimum(np.abs(T), _TAIL) + np.expm1(excess), T)


def bend(Z):
    """Make tails grow as square roots, and give the logarithms of the derivatives."""
    root = np.sqrt(1 + 2 * np.maximum(np.abs(Z) - _TAIL, 0))
    return np.copysign(np.minimum(np.abs(Z), _TAIL) + root - 1, Z), -np.log(root)


def unbend(Z):
    excess = np.maximum(np.abs(Z) - _TAIL, 0)
    inside = np.minimum(np.abs(Z), _TAIL)
    return np.copysign(inside + excess * (1 + excess / 2), Z)


def _box_cox(log, power):
    """Compute (exp(power * log) - 1) / power."""
    flat = power == 0
    return np.where(flat, log, np.expm1(power * log) / np.where(flat, 1, power))


def yeo_johnson_inverse(Y, powers):
    above = Y >= 0
    size = np.abs(Y)
    return np.where(
        above, _box_cox_inverse(size, powers), -_box_cox_inverse(size, 2 - powers)
    )


def _box_cox_inverse(size, power):
    flat = power == 0
    log = np.where(flat, size, np.log1p(power * size) / np.where(flat, 1, power))
    return np.expm1(log)
