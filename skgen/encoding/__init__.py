"""Tables, images and labels as numbers, and back; no torch in here."""

from ._gaussian import GaussianEncoder
from ._image import ImageEncoder
from ._layout import dump_layout, to_layout
from ._levels import LevelEncoder
from ._ranks import RankEncoder
from ._table import TableEncoder
from ._tokens import TokenEncoder
from .labels import LabelScheme, read_labels

__all__ = [
    "GaussianEncoder",
    "ImageEncoder",
    "LabelScheme",
    "LevelEncoder",
    "RankEncoder",
    "TableEncoder",
    "TokenEncoder",
    "dump_layout",
    "read_labels",
    "to_layout",
]
