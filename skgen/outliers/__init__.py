"""Finding rows that are unlike the others, by any model of the house."""

from ._detector import OutlierDetector

__all__ = ["OutlierDetector"]
