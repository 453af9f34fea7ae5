"""Rows drawn for a purpose, by any model of the house."""

from ._oversampler import GANOverSampler, GenerativeOverSampler

__all__ = ["GANOverSampler", "GenerativeOverSampler"]
