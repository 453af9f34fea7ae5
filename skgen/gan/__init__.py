"""Generative adversarial networks."""

from ._codes import InfoCodes
from ._conditions import Conditions
from ._critic_inputs import InstanceNoise, MinibatchDeviation, Packing
from ._ratio import DensityRatioEstimator
from ._sampler import GANSampler

__all__ = [
    "Conditions",
    "DensityRatioEstimator",
    "GANSampler",
    "InfoCodes",
    "InstanceNoise",
    "MinibatchDeviation",
    "Packing",
]
