"""Distributions of pixels given a code: what a decoder's outputs mean."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from ..losses.likelihood import categorical_log_probs, logistic_mixture_log_prob

# A learned log-deviation moves this many times faster than other weights.
_PACE = 10.0
_SMALLEST = 1e-3  # probability of a pixel that never changes, where nets start


class _Pixels(nn.Module):
    """Independent pixels given a code.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
        Shape of an image, or of a volume with its depth before the height.
    levels : int or None
        Number of levels, of pixels that are integers.
    """

    n_maps = 1  # outputs for each pixel
    n_noise = 1  # uniform numbers for a draw of each pixel

    def __init__(self, image_shape, levels=None):
        super().__init__()
        self.levels = levels
        channels, *sides = self.input_shape = tuple(image_shape)
        if levels is not None and self.n_maps is None:
            self.n_maps = levels
        self.output_shape = (channels * self.n_maps, *sides)
        self.noise_shape = (self.n_noise * math.prod(self.input_shape),)
        self.register_buffer("base", torch.zeros(self.output_shape))

    def start(self, x):
        """Set ``base``, which is added to the outputs, by the images to train on."""
        self.base.copy_(self._marginal(x.double()).reshape(self.output_shape))

    def seen(self, x):
        """Give images as an encoder sees them."""
        return x

    def _maps(self, outputs):
        """Shape outputs to (batch, channels, maps, height, width)."""
        channels, *sides = self.input_shape
        outputs = outputs + self.base.to(outputs.dtype)
        return outputs.view(len(outputs), channels, self.n_maps, *sides)

    def _noise(self, u):
        return u.view(len(u), *self.input_shape)


class BernoulliPixels(_Pixels):
    """Pixels of two values, -1 and 1 here; those between count by their share."""

    def log_prob(self, outputs, x):
        """Log-mass of images, (batch,)."""
        logits = self._maps(outputs)[:, :, 0]
        target = (x + 1) / 2
        return (
            -F.binary_cross_entropy_with_logits(logits, target, reduction="none")
            .flatten(1)
            .sum(dim=1)
        )

    def expected(self, outputs):
        """Mean image."""
        return torch.tanh(self._maps(outputs)[:, :, 0] / 2)

    def draw(self, outputs, u):
        """Draw images."""
        share = torch.sigmoid(self._maps(outputs)[:, :, 0])
        return 2 * (self._noise(u) < share).to(u.dtype) - 1

    def _marginal(self, x):
        share = ((x + 1) / 2).mean(dim=0).clamp(_SMALLEST, 1 - _SMALLEST)
        return torch.logit(share)


class GaussianPixels(_Pixels):
    """Pixels around their means, with one deviation for all, which is learned."""

    def __init__(self, image_shape, levels=None):
        super().__init__(image_shape)
        self.pace = nn.Parameter(torch.zeros(()))
        self.register_buffer("first", torch.zeros(()))

    @property
    def log_scale(self):
        """Logarithm of the deviation."""
        return self.first + _PACE * self.pace

    def start(self, x):
        """Set ``base`` and the first deviation by the images to train on."""
        super().start(x)
        residual = x.double() - x.double().mean(dim=0)
        self.first.copy_(residual.square().mean().sqrt().clamp(min=1e-3).log())

    def log_prob(self, outputs, x):
        """Log-density of images, (batch,)."""
        scale = torch.exp(self.log_scale)
        z = (x - self._maps(outputs)[:, :, 0]) / scale
        constant = self.log_scale + 0.5 * torch.log(torch.tensor(2 * torch.pi))
        return -(0.5 * z.square() + constant).flatten(1).sum(dim=1)

    def expected(self, outputs):
        """Mean image."""
        return self._maps(outputs)[:, :, 0]

    def draw(self, outputs, u):
        """Draw images."""
        noise = torch.special.ndtri(self._noise(u))
        return self.expected(outputs) + torch.exp(self.log_scale) * noise

    def _marginal(self, x):
        return x.mean(dim=0)


class _Levels(_Pixels):
    def seen(self, x):
        """Give images as an encoder sees them, in [-1, 1]."""
        return x.to(self.base.dtype) * (2 / (self.levels - 1)) - 1


class CategoricalPixels(_Levels):
    """Pixels of integer levels, a softmax over the levels for each."""

    n_maps = None  # one for each level

    def log_prob(self, outputs, x):
        """Log-mass of images, (batch,)."""
        logits = self._maps(outputs).movedim(2, -1)
        found = categorical_log_probs(logits).gather(-1, x.long()[..., None])
        return found.flatten(1).sum(dim=1)

    def expected(self, outputs):
        """Mean image, rounded to levels."""
        shares = torch.softmax(self._maps(outputs), dim=2)
        levels = torch.arange(self.levels, dtype=shares.dtype, device=shares.device)
        return (shares.movedim(2, -1) @ levels).round()

    def draw(self, outputs, u):
        """Draw images."""
        below = torch.softmax(self._maps(outputs), dim=2).cumsum(dim=2)
        found = (self._noise(u)[:, :, None] >= below).sum(dim=2)
        return found.clamp(max=self.levels - 1).to(u.dtype)

    def _marginal(self, x):
        shares = F.one_hot(x.long(), self.levels).double().mean(dim=0) + _SMALLEST
        return shares.log().movedim(-1, 1)


class LogisticPixels(_Levels):
    """Pixels of integer levels, a discretised logistic for each."""

    n_maps = 2

    def log_prob(self, outputs, x):
        """Log-mass of images, (batch,)."""
        found = logistic_mixture_log_prob(self._one(outputs), x.long(), self.levels)
        return found.flatten(1).sum(dim=1)

    def expected(self, outputs):
        """Image of the medians, as levels."""
        return self._to_levels(self._maps(outputs)[:, :, 0])

    def draw(self, outputs, u):
        """Draw images."""
        mean, log_scale = self._maps(outputs).unbind(dim=2)
        noise = torch.logit(self._noise(u))
        return self._to_levels(mean + torch.exp(log_scale.clamp(-7, 7)) * noise)

    def _one(self, outputs):
        """Parameters of a mixture of one component."""
        mean, log_scale = self._maps(outputs).unbind(dim=2)
        return torch.stack([torch.zeros_like(mean), mean, log_scale], dim=-1)

    def _to_levels(self, x):
        levels = ((x + 1) / 2 * (self.levels - 1)).round()
        return levels.clamp(0, self.levels - 1)

    def _marginal(self, x):
        x = self.seen(x).double()
        deviation = x.std(dim=0, correction=0)
        # Of a logistic the deviation is pi / sqrt(3) times the scale.
        log_scale = (deviation / 1.8).clamp(min=1 / self.levels).log()
        return torch.stack([x.mean(dim=0), log_scale], dim=1)


PIXELS = {
    "bernoulli": BernoulliPixels,
    "categorical": CategoricalPixels,
    "gaussian": GaussianPixels,
    "logistic": LogisticPixels,
}
