"""Orthogonal regularisation of weights, as a callback."""

from collections.abc import Iterable
from typing import Any

import torch
from skorch.callbacks import Callback
from torch import Tensor


class OrthogonalRegularization(Callback):
    r"""Draw the filters of each layer apart from each other, as BigGAN does.

    The loss of each step gains

    .. math:: \beta\, \lVert W^\top W \odot (1 - I) \rVert_F^2

    for each weight W, whose columns are the filters of the layer, flattened: it asks
    for right angles, and leaves the lengths free. A generator so trained can be cut to
    a smaller noise, ``sample(truncation=...)``, more often [1]_.

    Parameters
    ----------
    weight : float, default=1e-4
        The factor beta.
    players : iterable of str, default=("generator",)
        Which networks it is for.

    Raises
    ------
    ValueError
        When training begins, if `weight` is negative or the net lacks a player.

    References
    ----------
    .. [1] A. Brock, J. Donahue, K. Simonyan, "Large scale GAN training for high
           fidelity natural image synthesis", ICLR 2019, equation 3.

    Examples
    --------
    >>> from skgen.gan import GANSampler
    >>> from skgen.training import OrthogonalRegularization
    >>> gan = GANSampler(callbacks=[OrthogonalRegularization(1e-4)])
    """

    def __init__(
        self, weight: float = 1e-4, players: Iterable[str] = ("generator",)
    ) -> None:
        self.weight = weight
        self.players = players

    def on_train_begin(self, net: Any, *args: Any, **kwargs: Any) -> None:
        """Check the parameters."""
        if not self.weight >= 0:
            raise ValueError(f"weight must be a number >= 0, got {self.weight!r}.")
        lacking = [name for name in self.players if name not in net.module_]
        if lacking:
            raise ValueError(
                f"players must be among those of the net, {list(net.module_)}, got "
                f"{lacking}."
            )
        self._own = {
            id(p) for name in self.players for p in net.module_[name].parameters()
        }

    def on_grad_computed(
        self, net: Any, named_parameters: Iterable[tuple[str, Tensor]], **kwargs: Any
    ) -> None:
        """Add the gradient of the penalty."""
        for _, p in named_parameters:
            if p.ndim > 1 and p.grad is not None and id(p) in self._own:
                p.grad.add_(orthogonal_gradient(p.detach()), alpha=self.weight)


def orthogonal_gradient(weight: Tensor) -> Tensor:
    """Gradient of the squared products of different filters.

    Parameters
    ----------
    weight : Tensor of shape (n_filters, ...)
        Weight of a layer.

    Returns
    -------
    gradient : Tensor of shape (n_filters, ...)
        Of the squared norm of the products of all pairs, each counted twice.
    """
    rows = weight.flatten(1)
    products = rows @ rows.T
    products = products - torch.diag(products.diagonal())
    return (4 * products @ rows).view_as(weight)
