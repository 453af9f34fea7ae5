"""What is done to rows before the critic of a GAN sees them, against collapse."""

from dataclasses import dataclass
from numbers import Integral, Real

import torch

from ._augment import DiffAugment


@dataclass(frozen=True)
class Packing:
    """The critic judges several rows together, of one distribution (PacGAN).

    Parameters
    ----------
    size : int, default=2
        Rows of a pack.

    Raises
    ------
    ValueError
        If `size` is no whole number of at least 1.

    References
    ----------
    Z. Lin, A. Khetan, G. Fanti, S. Oh, "PacGAN: the power of two samples in generative
    adversarial networks", NeurIPS 2018.

    Examples
    --------
    >>> from skgen.gan import GANSampler, Packing
    >>> gan = GANSampler(critic_input=[Packing(4)])
    """

    size: int = 2

    def __post_init__(self):
        if not isinstance(self.size, Integral) or self.size < 1:
            raise ValueError(
                f"size must be a whole number >= 1, got {self.size!r}; 2 to 4 is usual."
            )


@dataclass(frozen=True)
class MinibatchDeviation:
    """The critic sees the mean standard deviation of the numbers of a batch.

    References
    ----------
    T. Karras, T. Aila, S. Laine, J. Lehtinen, "Progressive growing of GANs for improved
    quality, stability, and variation", ICLR 2018, section 3.

    Examples
    --------
    >>> from skgen.gan import GANSampler, MinibatchDeviation
    >>> gan = GANSampler(critic_input=[MinibatchDeviation()])
    """


@dataclass(frozen=True)
class InstanceNoise:
    """Normal noise on real and generated rows, which decays to zero over a fit.

    Parameters
    ----------
    scale : float, default=0.1
        Standard deviation at the start, in the units of encoded rows (normal scores of
        columns, pixels from -1 to 1); `partial_fit`, which knows no end, adds none.

    Raises
    ------
    ValueError
        If `scale` is negative.

    References
    ----------
    C. Sonderby et al., "Amortised MAP inference for image super-resolution", ICLR 2017,
    section 3.2. M. Arjovsky, L. Bottou, "Towards principled methods for training
    generative adversarial networks", ICLR 2017, section 3.

    Examples
    --------
    >>> from skgen.gan import GANSampler, InstanceNoise
    >>> gan = GANSampler(critic_input=[InstanceNoise(0.2)])
    """

    scale: float = 0.1

    def __post_init__(self):
        if not isinstance(self.scale, Real) or not self.scale >= 0:
            raise ValueError(
                f"scale must be a number >= 0, got {self.scale!r}; 0.1 is a start."
            )

    def add(self, x, step):
        """Rows with the noise of this step."""
        draws = torch.randn(x.shape, generator=step.generator, device=x.device)
        return x + self.scale * (1 - step.progress) * draws


def read_critic_input(items, augments=False):
    """Give each kind of input by its class, defaults for those that are missing.

    Of "auto" there is a `DiffAugment` where it is said to be one.
    """
    if isinstance(items, str):
        items = [DiffAugment(probability="adaptive")] if augments else []
    found = {
        Packing: Packing(1),
        MinibatchDeviation: None,
        InstanceNoise: None,
        DiffAugment: None,
    }
    for item in items:
        if type(item) not in found:
            raise ValueError(
                "critic_input must hold objects of the classes "
                f"{', '.join(kind.__name__ for kind in found)}, got {item!r}; write "
                "critic_input=[Packing(4)] for instance."
            )
        found[type(item)] = item
    return found
