"""Checks of arguments of the displays."""


def check_choice(name, value, choices):
    """Refuse what is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {choices}, got {value!r}.")
