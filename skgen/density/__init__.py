"""Densities with exact likelihoods."""

from ._autoregressive import AutoregressiveDensity
from ._flow import FlowDensity
from ._mixture import MixtureDensity
from ._pixelcnn import PixelCNNDensity
from ._rbm import RBMDensity
from ._sequence import SequenceDensity
from ._stacked import StackedDensity
from ._transformed import TransformedDensity

__all__ = [
    "AutoregressiveDensity",
    "FlowDensity",
    "MixtureDensity",
    "PixelCNNDensity",
    "RBMDensity",
    "SequenceDensity",
    "StackedDensity",
    "TransformedDensity",
]
