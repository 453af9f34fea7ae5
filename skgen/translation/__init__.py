"""Translation of rows: along pairs, and between domains without pairs."""

from ._domain_games import (
    DTN,
    UNIT,
    CycleGAN,
    DeepFake,
    DiscoGAN,
    DomainGame,
    DualGAN,
)
from ._domains import DomainTranslator
from ._paired import PairedTranslator

__all__ = [
    "DTN",
    "UNIT",
    "CycleGAN",
    "DeepFake",
    "DiscoGAN",
    "DomainGame",
    "DomainTranslator",
    "DualGAN",
    "PairedTranslator",
]
