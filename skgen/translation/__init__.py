"""Translation of rows: along pairs, and between domains without pairs."""

from ._domain_games import (
    DRGAN,
    DTN,
    UNIT,
    CycleGAN,
    DeepFake,
    DiscoGAN,
    DomainGame,
    DualGAN,
    GeneGAN,
)
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
