"""Checks of the numbers and choices that a loss is made with."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any


def check_number(
    name: str,
    value: Any,
    holds: Callable[[float], bool],
    requirement: str,
    remedy: str,
) -> None:
    """Raise a ValueError unless `value` is a finite number for which `holds`."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and holds(value)):
        raise ValueError(f"{name} must be {requirement}, got {value!r}; {remedy}.")


def check_flag(name: str, value: Any, remedy: str) -> None:
    """Raise a ValueError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}; {remedy}.")
