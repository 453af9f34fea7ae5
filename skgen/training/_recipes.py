"""Networks of recipes, whose errors say little of what is wrong."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


def build_network(name: str, recipe: Callable, *args: Any, call: str) -> nn.Module:
    """Call a recipe, and say how it was called if that fails.

    Parameters
    ----------
    name : str
        The parameter that the recipe was given as.
    recipe : callable
        The recipe.
    *args : object
        What it is called with.
    call : str
        How it is called, in words of the documentation.

    Returns
    -------
    network : torch.nn.Module
        The network.

    Raises
    ------
    TypeError
        If the recipe cannot be called so, or returns something else.
    ValueError
        If it refuses the values.
    """
    try:
        network = recipe(*args)
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{name} must be a recipe that is called as {call}, here with "
            f"{', '.join(map(repr, args))}; that ends in {type(error).__name__}: "
            f"{error}."
        ) from error
    if not isinstance(network, nn.Module):
        raise TypeError(
            f"{name} must be a recipe that returns a torch.nn.Module, got one that "
            f"returns {type(network).__name__}."
        )
    return network


def run_network(
    name: str, network: nn.Module, *inputs: Tensor, **given: Tensor
) -> Tensor:
    """Run a network, and say what it was given if that fails.

    Parameters
    ----------
    name : str
        The parameter that its recipe was given as.
    network : torch.nn.Module
        The network.
    *inputs, **given : Tensor
        What it is given.

    Returns
    -------
    outputs : Tensor
        What it returns.

    Raises
    ------
    TypeError
        If it does not return a tensor.
    ValueError
        If it fails.
    """
    try:
        outputs = network(*inputs, **given)
    except Exception as error:
        shape = tuple(inputs[0].shape)
        raise ValueError(
            f"{name} must be a recipe of a network that takes a batch of shape "
            f"{shape}, but {type(network).__name__} ends in {type(error).__name__}: "
            f"{error}."
        ) from error
    if not isinstance(outputs, Tensor):
        raise TypeError(
            f"{name} must be a recipe of a network that returns one tensor, got "
            f"{type(outputs).__name__} of {type(network).__name__}."
        )
    return outputs
