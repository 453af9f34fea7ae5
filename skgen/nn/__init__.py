"""Torch modules; they need nothing but torch."""

from ._conv import ConvNet
from ._embeddings import PeriodicEmbedding, PiecewiseLinearEmbedding
from ._mlp import MLP, MLPEnsemble

__all__ = [
    "MLP",
    "ConvNet",
    "MLPEnsemble",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
]
