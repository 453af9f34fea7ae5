"""Torch modules; they need nothing but torch."""

from ._biggan import BigGANGenerator, ConditionalBatchNorm2d
from ._boltzmann import RestrictedBoltzmann
from ._codes import ConvDecoder, ConvEncoder
from ._columns import ColumnNets, ColumnSpec
from ._conv import ConvNet
from ._conv_embedder import ConvEmbedder
from ._dcgan import DCGANCritic, DCGANGenerator, ResNetCritic, ResNetGenerator
from ._embeddings import PeriodicEmbedding, PiecewiseLinearEmbedding
from ._gated_pixelcnn import GatedPixelCNN
from ._growing import GrowingCritic, GrowingGenerator
from ._local import LocallyConnected2d, ShowerGenerator
from ._mlp import MLP, MLPEnsemble
from ._pixelcnn import PixelCNN
from ._recurrent_game import RecurrentCritic, RecurrentGenerator
from ._residual_embedder import ResidualEmbedder
from ._sequence import CausalConvBody, RecurrentBody, SequenceNet
from ._translators import PatchCritic, ResidualTranslator, RowTranslator, UNet

__all__ = [
    "MLP",
    "BigGANGenerator",
    "CausalConvBody",
    "ColumnNets",
    "ColumnSpec",
    "ConditionalBatchNorm2d",
    "ConvDecoder",
    "ConvEmbedder",
    "ConvEncoder",
    "ConvNet",
    "DCGANCritic",
    "DCGANGenerator",
    "GatedPixelCNN",
    "GrowingCritic",
    "GrowingGenerator",
    "LocallyConnected2d",
    "MLPEnsemble",
    "PatchCritic",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "PixelCNN",
    "RecurrentBody",
    "RecurrentCritic",
    "RecurrentGenerator",
    "ResNetCritic",
    "ResNetGenerator",
    "ResidualEmbedder",
    "ResidualTranslator",
    "RestrictedBoltzmann",
    "RowTranslator",
    "SequenceNet",
    "ShowerGenerator",
    "UNet",
]
