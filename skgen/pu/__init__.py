"""Learning from positive and unlabeled data."""

from ._classifier import PUClassifier
from ._pairs import PUPairTransformer
from ._prior import estimate_prior
from ._pugan import PUGANClassifier
from ._stacking import PUStackingClassifier

__all__ = [
    "PUClassifier",
    "PUGANClassifier",
    "PUPairTransformer",
    "PUStackingClassifier",
    "estimate_prior",
]
