"""Differentiable augmentation of the images that a critic sees."""

from dataclasses import dataclass
from numbers import Real

import torch

_KINDS = ("colour", "shift", "cutout")
# Share of real images that the critic calls real above which "adaptive" adds more, and
# images in which the probability can rise from 0 to 1.
_TARGET, _IMAGES = 0.6, 100_000


@dataclass(frozen=True)
class DiffAugment:
    """The critic sees real and generated images changed at random, alike in kind.

    So it cannot learn the images of a small table by heart, and what it says still
    reaches the generator, since the changes have gradients.

    Parameters
    ----------
    kinds : tuple of str, default=("colour", "shift", "cutout")
        ``"colour"``: brightness, contrast and, of images with colours, saturation;
        ``"shift"``: by up to an eighth of the sides, what comes in is empty;
        ``"cutout"``: a square of half the sides is empty.
    probability : float in [0, 1] or "adaptive", default=1.0
        With which each image is changed in each of these ways. ``"adaptive"`` raises it
        from 0 while the critic calls more than four fifths of the real images real,
        which it does once it knows them (for losses whose scores are above 0 for
        real rows).

    Raises
    ------
    ValueError
        If a field is out of its range.

    References
    ----------
    S. Zhao et al., "Differentiable augmentation for data-efficient GAN training",
    NeurIPS 2020. T. Karras et al., "Training generative adversarial networks with
    limited data", NeurIPS 2020, section 3 (adaptive).

    Examples
    --------
    >>> from skgen.gan import DiffAugment, GANSampler
    >>> gan = GANSampler(image_shape=(32, 32, 3), critic_input=[DiffAugment()])
    """

    kinds: tuple = _KINDS
    probability: float | str = 1.0

    def __post_init__(self):
        if isinstance(self.kinds, str) or not set(self.kinds) <= set(_KINDS):
            raise ValueError(f"kinds must be some of {_KINDS}, got {self.kinds!r}.")
        p = self.probability
        if p != "adaptive" and not (isinstance(p, Real) and 0 <= p <= 1):
            raise ValueError(
                f'probability must be a number in [0, 1] or "adaptive", got {p!r}.'
            )

    @property
    def adaptive(self):
        """Whether the probability changes during a fit."""
        return self.probability == "adaptive"

    def __call__(self, x, generator, probability=None):
        """Change images.

        Parameters
        ----------
        x : Tensor of shape (batch, channels, height, width)
            Images, from -1 to 1.
        generator : torch.Generator
            Source of the draws.
        probability : float or Tensor, default=None
            In place of that of the object.

        Returns
        -------
        x : Tensor
            Changed images, of the same shape.
        """
        p = self.probability if probability is None else probability
        for kind in _KINDS:
            if kind in self.kinds:
                changed = _CHANGES[kind](x, generator)
                chosen = _uniform(x, generator) < p
                x = torch.where(chosen[:, None, None, None], changed, x)
        return x

    @staticmethod
    def adapted(probability, scores):
        """Probability after a batch of scores of real images."""
        called = torch.sign(scores).mean()
        change = torch.sign(called - _TARGET) * len(scores) / _IMAGES
        return (probability + change).clamp(0, 1)


def _uniform(x, generator):
    return torch.rand(len(x), generator=generator, device=x.device)


def _colour(x, generator):
    brightness, contrast, saturation = (
        _uniform(x, generator)[:, None, None, None] for _ in range(3)
    )
    x = x + (brightness - 0.5)
    if x.shape[1] > 1:
        grey = x.mean(dim=1, keepdim=True)
        x = grey + (x - grey) * 2 * saturation
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (x - mean) * (contrast + 0.5)


def _shift(x, generator):
    n, _, height, width = x.shape
    places = []
    for side in (height, width):
        most = max(1, round(side / 8))
        move = ((2 * most + 1) * _uniform(x, generator)).long() - most
        places.append(torch.arange(side, device=x.device) + move[:, None])
    rows, columns = places
    inside = ((rows >= 0) & (rows < height))[:, :, None]
    inside = inside & ((columns >= 0) & (columns < width))[:, None, :]
    batch = torch.arange(n, device=x.device)[:, None, None]
    rows, columns = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
    moved = x.permute(0, 2, 3, 1)[batch, rows[:, :, None], columns[:, None, :]]
    return torch.where(inside[:, None], moved.permute(0, 3, 1, 2), _empty(x))


def _cutout(x, generator):
    hidden = None
    for axis, side in ((2, x.shape[2]), (3, x.shape[3])):
        size = max(1, side // 2)
        begin = (_uniform(x, generator) * (side + 1)).long() - size // 2
        place = torch.arange(side, device=x.device)
        own = (place >= begin[:, None]) & (place < begin[:, None] + size)
        own = own[:, None, :, None] if axis == 2 else own[:, None, None, :]
        hidden = own if hidden is None else hidden & own
    return torch.where(hidden, _empty(x), x)


def _empty(x):
    """Grey of no contrast, the middle of the range."""
    return x.new_zeros(())


_CHANGES = {"colour": _colour, "shift": _shift, "cutout": _cutout}
