"""Translation of rows: along pairs, and between domains without pairs."""

from ._paired import PairedTranslator

__all__ = ["PairedTranslator"]
