"""Translation of rows: along pairs, and between domains without pairs."""

from ._coded_games import DRGAN, DTN, UNIT, DeepFake, GeneGAN
from ._domain_games import CycleGAN, DiscoGAN, DomainGame, DualGAN
from ._domains import DomainTranslator
from ._paired import PairedTranslator

__all__ = [
    "DRGAN",
    "DTN",
    "UNIT",
    "CycleGAN",
    "DeepFake",
    "DiscoGAN",
    "DomainGame",
    "DomainTranslator",
    "DualGAN",
    "GeneGAN",
    "PairedTranslator",
]
