"""Codes beside the noise that the critic recovers (InfoGAN)."""

from typing import NamedTuple

import torch
from torch.nn import functional as F

__all__ = ["NO_CODES", "Codes"]

_WEIGHT = 0.1  # of numbers, whose squared errors count beside an entropy


class Codes(NamedTuple):
    """A code of classes, one-hot, and numbers between -1 and 1.

    Parameters
    ----------
    n_classes : int
        Classes of the code, 0 for none.
    n_numbers : int
        Numbers.
    """

    n_classes: int
    n_numbers: int

    @property
    def width(self):
        """Columns of the codes of a row."""
        return self.n_classes + self.n_numbers

    def draw(self, n, generator):
        """Codes of n rows, (n, width)."""
        options = {"generator": generator, "device": generator.device}
        numbers = 2 * torch.rand(n, self.n_numbers, **options) - 1
        if not self.n_classes:
            return numbers
        classes = torch.randint(self.n_classes, (n,), **options)
        return torch.cat([F.one_hot(classes, self.n_classes).to(numbers), numbers], 1)

    def loss(self, found, codes):
        """Bound of minus the mutual information, up to constants.

        Equation 5 of Chen et al. (2016), with a Gaussian of fixed deviation for the
        numbers.
        """
        loss = 0.0
        if self.n_classes:
            wanted = codes[:, : self.n_classes].argmax(dim=1)
            loss = F.cross_entropy(found[:, : self.n_classes], wanted)
        if self.n_numbers:
            error = found[:, self.n_classes :] - codes[:, self.n_classes :]
            loss = loss + _WEIGHT * error.square().sum(dim=1).mean()
        return loss

    def read(self, found):
        """Probabilities of the classes and numbers, of a critic's outputs."""
        classes = torch.softmax(found[:, : self.n_classes], dim=1)
        numbers = found[:, self.n_classes :].clamp(-1, 1)
        return torch.cat([classes, numbers], dim=1)


NO_CODES = Codes(0, 0)
