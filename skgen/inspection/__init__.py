"""Pictures of training and of searches; matplotlib is imported when one is drawn."""

from ._loss_curve import LossCurveDisplay
from ._prior_grid import PriorGridDisplay

__all__ = ["LossCurveDisplay", "PriorGridDisplay"]
