"""Checks of arguments of the displays."""

from numbers import Integral


def check_count(name, value, least, remedy=""):
    """Refuse what is no whole number, or too small a one."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, got {value!r}{remedy}."
        )


def check_choice(name, value, choices):
    """Refuse what is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}.")
