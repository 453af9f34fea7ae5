"""Generative adversarial networks."""

from ._oversampler import GANOverSampler
from ._ratio import DensityRatioEstimator
from ._sampler import GANSampler

__all__ = ["DensityRatioEstimator", "GANOverSampler", "GANSampler"]
