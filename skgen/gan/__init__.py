"""Generative adversarial networks."""

from ._augment import DiffAugment
from ._code_games import AEGAN, ALI, CVAEGAN, IAN, VAEGAN, BiGAN, CodeGame, IcGAN
from ._codes import InfoCodes
from ._conditions import Conditions
from ._critic_inputs import InstanceNoise, MinibatchDeviation, Packing
from ._growth import Growth
from ._label_games import (
    AMGAN,
    CCGAN,
    CatGAN,
    FeatureMatching,
    LabelGame,
    VirtualAdversarial,
)
from ._ratio import DensityRatioEstimator
from ._sampler import GANSampler
from ._sampler_games import BayesianGAN, FeatureMatchingGAN, GoGAN, SamplerGame
from ._semi_supervised import SemiSupervisedGANClassifier
from ._transformer import GANTransformer

__all__ = [
    "AEGAN",
    "ALI",
    "AMGAN",
    "CCGAN",
    "CVAEGAN",
    "IAN",
    "VAEGAN",
    "BayesianGAN",
    "BiGAN",
    "CatGAN",
    "CodeGame",
    "Conditions",
    "DensityRatioEstimator",
    "DiffAugment",
    "FeatureMatching",
    "FeatureMatchingGAN",
    "GANSampler",
    "GANTransformer",
    "GoGAN",
    "Growth",
    "IcGAN",
    "InfoCodes",
    "InstanceNoise",
    "LabelGame",
    "MinibatchDeviation",
    "Packing",
    "SamplerGame",
    "SemiSupervisedGANClassifier",
    "VirtualAdversarial",
]
