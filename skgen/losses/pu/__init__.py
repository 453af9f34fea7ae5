"""Losses of positive-unlabeled learning, one per file."""

from ._adversarial import adversarial_value
from ._mixup import mixup_consistency
from ._nonnegative import nonnegative
from ._unbiased import unbiased
from ._variational import variational

__all__ = [
    "adversarial_value",
    "mixup_consistency",
    "nonnegative",
    "unbiased",
    "variational",
]
