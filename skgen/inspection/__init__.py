"""Pictures of models, samples and searches; matplotlib is imported to draw one."""

from ._cmc import CMCDisplay
from ._density import DensityDisplay
from ._latent_space import LatentSpaceDisplay
from ._loss_curve import LossCurveDisplay
from ._prior_grid import PriorGridDisplay
from ._ranking import RankingDisplay
from ._real_synthetic import RealVsSyntheticDisplay
from ._sample_grid import SampleGridDisplay
from ._translation import TranslationDisplay
from ._volumes import VolumeDisplay

__all__ = [
    "CMCDisplay",
    "DensityDisplay",
    "LatentSpaceDisplay",
    "LossCurveDisplay",
    "PriorGridDisplay",
    "RankingDisplay",
    "RealVsSyntheticDisplay",
    "SampleGridDisplay",
    "TranslationDisplay",
    "VolumeDisplay",
]
