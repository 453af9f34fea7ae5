"""Generative adversarial networks."""

from ._sampler import GANSampler

__all__ = ["GANSampler"]
