"""Adversarial losses of generative adversarial networks, one per file."""

from ._base import GANLoss
from ._boundary_equilibrium import BoundaryEquilibrium
from ._boundary_seeking import BoundarySeeking
from ._bregman import Bregman
from ._energy_based import EnergyBased
from ._f_divergence import FDivergence
from ._hinge import Hinge
from ._least_squares import LeastSquares
from ._minimax import Minimax
from ._relativistic import Relativistic
from ._wasserstein import Wasserstein, WassersteinGP

__all__ = [
    "LOSSES",
    "BoundaryEquilibrium",
    "BoundarySeeking",
    "Bregman",
    "EnergyBased",
    "FDivergence",
    "GANLoss",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "Relativistic",
    "Wasserstein",
    "WassersteinGP",
]

#: Ready losses by name: what a string selects.
LOSSES: dict[str, GANLoss] = {
    loss.name: loss
    for cls in list(globals().values())
    if isinstance(cls, type) and issubclass(cls, GANLoss) and cls is not GANLoss
    for loss in cls.variants()
}
