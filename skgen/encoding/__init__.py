"""Tables, images and labels as numbers, and back; no torch in here."""

from ._image import ImageEncoder
from ._table import TableEncoder
from .labels import LabelScheme, read_labels

__all__ = ["ImageEncoder", "LabelScheme", "TableEncoder", "read_labels"]
