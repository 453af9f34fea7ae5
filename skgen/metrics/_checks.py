"""Checks of numbers that several measures make."""

from numbers import Integral, Real

import numpy as np


def check_integer(name, value, least):
    """Refuse what is no integer, or too small a one."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} must be an integer of at least {least}, got {value!r}."
        )


def is_positive(value):
    """Whether a value is a finite number above 0."""
    number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    return number and 0 < value < np.inf
