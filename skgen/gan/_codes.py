"""Codes beside the noise that the critic recovers (InfoGAN)."""

from dataclasses import dataclass
from numbers import Integral, Real

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class InfoCodes:
    """A code of classes and numbers that the critic has to recover (InfoGAN).

    Parameters
    ----------
    n_classes : int, default=0
        Classes of the code, drawn evenly; 0 for none.
    n_numbers : int, default=0
        Numbers, evenly distributed from -1 to 1.
    weight : float, default=0.1
        Weight of the squared errors of the numbers, beside the cross-entropy of the
        classes.

    Raises
    ------
    ValueError
        If a number is negative.

    References
    ----------
    X. Chen et al., "InfoGAN: interpretable representation learning by information
    maximizing generative adversarial nets", NeurIPS 2016, equation 5.

    Examples
    --------
    >>> from skgen.gan import GANSampler, InfoCodes
    >>> gan = GANSampler(codes=InfoCodes(n_classes=10, n_numbers=2))
    """

    n_classes: int = 0
    n_numbers: int = 0
    weight: float = 0.1

    def __post_init__(self):
        for name in ("n_classes", "n_numbers"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 0:
                raise ValueError(
                    f"{name} must be a whole number >= 0, got {value!r}; 0 is for none."
                )
        if not isinstance(self.weight, Real) or not self.weight >= 0:
            raise ValueError(
                f"weight must be a number >= 0, got {self.weight!r}; 0.1 is usual."
            )

    @property
    def width(self):
        """Columns of the codes of a row."""
        return int(self.n_classes + self.n_numbers)

    def draw(self, n, generator):
        """Codes of n rows, (n, width)."""
        options = {"generator": generator, "device": generator.device}
        numbers = 2 * torch.rand(n, self.n_numbers, **options) - 1
        if not self.n_classes:
            return numbers
        classes = torch.randint(self.n_classes, (n,), **options)
        return torch.cat([F.one_hot(classes, self.n_classes).to(numbers), numbers], 1)

    def loss(self, outputs, codes):
        """Bound of minus the mutual information, up to constants.

        Equation 5 of Chen et al. (2016), with a Gaussian of fixed deviation for the
        numbers.
        """
        loss = 0.0
        if self.n_classes:
            target = codes[:, : self.n_classes].argmax(dim=1)
            loss = F.cross_entropy(outputs[:, : self.n_classes], target)
        if self.n_numbers:
            error = outputs[:, self.n_classes :] - codes[:, self.n_classes :]
            loss = loss + self.weight * error.square().sum(dim=1).mean()
        return loss

    def read(self, outputs):
        """Probabilities of the classes and numbers, of a critic's outputs."""
        classes = torch.softmax(outputs[:, : self.n_classes], dim=1)
        numbers = outputs[:, self.n_classes :].clamp(-1, 1)
        return torch.cat([classes, numbers], dim=1)


NO_CODES = InfoCodes()
