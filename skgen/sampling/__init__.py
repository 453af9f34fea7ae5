"""Rows drawn for a purpose, by any model of the house."""

from ._boosted import BoostedSampler
from ._oversampler import GANOverSampler, GenerativeOverSampler

__all__ = ["BoostedSampler", "GANOverSampler", "GenerativeOverSampler"]
