"""Losses of pairs of rows, of which some are known to match."""

from ._adversarial import AdversarialPairs
from ._base import PairLoss, PairScores
from ._infonce import InfoNCE
from ._nonnegative import NonNegativePairs
from ._triplet import TripletMargin

__all__ = [
    "AdversarialPairs",
    "InfoNCE",
    "NonNegativePairs",
    "PairLoss",
    "PairScores",
    "TripletMargin",
]
