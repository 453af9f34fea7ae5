"""The network of an autoencoder, its objective, and what runs on fitted ones."""

import torch
from torch import nn

from ..losses.elbo import (
    free_bits,
    gaussian_kl,
    importance_bound,
    standard_normal_log_prob,
)
from ..nn._conditions import as_vectors
from ..training import build_network

# Bounds of the logarithm of a posterior's variance.
_LOG_VARS = -14.0, 6.0


class AutoencoderModel(nn.Module):
    """Encoder, decoder, distribution of a row given its code, and of the codes.

    Parameters
    ----------
    encoder, decoder : callable
        ``encoder(input_shape, n_outputs)`` and ``decoder(n_inputs, output_shape)``.
    likelihood : torch.nn.Module
        Distribution of rows given a code.
    prior : torch.nn.Module
        Distribution of codes; training takes the standard normal.
    n_latent : int
        Dimensions of a code.
    n_classes : int
        Classes that the decoder is given, or numbers of a condition; 0 for none.
    variational : bool
        Whether a row has a distribution of codes.
    """

    def __init__(
        self, encoder, decoder, likelihood, prior, n_latent, n_classes, variational
    ):
        super().__init__()
        self.n_latent, self.n_classes = n_latent, n_classes
        self.variational = variational
        self.encoder = build_network(
            "encoder",
            encoder,
            likelihood.input_shape,
            n_latent * (1 + variational),
            call="encoder(input_shape, n_outputs)",
        )
        self.decoder = build_network(
            "decoder",
            decoder,
            n_latent + n_classes,
            likelihood.output_shape,
            call="decoder(n_inputs, output_shape)",
        )
        self.likelihood, self.prior = likelihood, prior

    def split(self, batch):
        """Part a batch into the arrays of the rows, and the classes or None."""
        return (batch[:-1], batch[-1]) if self.n_classes else (batch, None)

    def encode(self, x, blur=None):
        """Mean and log-variance of the codes of rows, (batch, n_latent) each."""
        seen = self.likelihood.seen(*x)
        found = self.encoder(seen if blur is None else blur(seen))
        if not self.variational:
            return found, None
        mean, log_var = found.chunk(2, dim=1)
        return mean, log_var.clamp(*_LOG_VARS)

    def decode(self, z, y=None):
        """Map codes (batch, n_latent) and their classes to outputs."""
        if y is not None:
            z = torch.cat([z, as_vectors(y, self.n_classes).to(z)], dim=1)
        return self.decoder(z)

    def codes(self, *x):
        """Means of the codes of rows, and their deviations after them if they have."""
        mean, log_var = self.encode(x)
        if log_var is None:
            return mean
        return torch.cat([mean, torch.exp(0.5 * log_var)], dim=1)

    def expected(self, z, y=None):
        """Give the expected rows of codes and classes."""
        return self.likelihood.expected(self.decode(z, y)).flatten(1)

    def drawn(self, z, u, y=None):
        """Draw rows given codes, by uniform numbers, and classes."""
        return self.likelihood.draw(self.decode(z, y), u).flatten(1)

    def bound(self, *batch, points, importance):
        """Lower bounds of the log-likelihood of rows, from the same points for all.

        Parameters
        ----------
        *batch : Tensor
            Arrays of the rows, and their classes.
        points : ndarray of shape (n_points, n_latent)
            Draws from the standard normal.
        importance : bool
            Whether the draws are importance samples; else their mean is the ELBO.

        Returns
        -------
        bounds : Tensor of shape (batch, 1)
            In nats of encoded rows.
        """
        x, y = self.split(batch)
        mean, log_var = self.encode(x)
        deviation = torch.exp(0.5 * log_var)
        log_weights = []
        for point in torch.as_tensor(points, dtype=mean.dtype, device=mean.device):
            z = mean + deviation * point
            log_q = standard_normal_log_prob(point) - 0.5 * log_var.sum(dim=1)
            log_p = self.likelihood.log_prob(self.decode(z, y), *x)
            log_weights.append(log_p + self.prior(z, y) - log_q)
        found = torch.stack(log_weights)
        if importance:
            return importance_bound(found)[:, None]
        return found.mean(dim=0)[:, None]


def shifted(images, most, generator):
    """Move a batch of images by up to so many pixels; their edges are repeated."""
    height, width = images.shape[-2:]
    move = torch.randint(
        -most, most + 1, (2,), generator=generator, device=generator.device
    ).tolist()
    rows, columns = (
        (torch.arange(n, device=images.device) + m).clamp(0, n - 1)
        for n, m in zip((height, width), move, strict=True)
    )
    return images[..., rows[:, None], columns]


def negative_elbo(step, *, weight, floor, noise, max_shift):
    r"""Negative ELBO in nats, the mean over rows, with its two parts.

    .. math:: -E_{q(z|x)} \log p(x|z) + \beta\, KL(q(z|x) \,\|\, N(0, I))

    Without a distribution of codes the second part is absent. In training the encoder
    sees noisy rows (Im et al., "Denoising criterion for variational auto-encoding
    framework", AAAI 2017), and images may be moved.
    """
    module, generator = step.player, step.generator
    x, y = module.split(step.batch)
    blur = None
    if module.training:
        if max_shift:
            x = (shifted(x[0], max_shift, generator),)
        if noise:

            def blur(seen):
                return seen + noise * torch.randn(
                    seen.shape,
                    generator=generator,
                    device=seen.device,
                    dtype=seen.dtype,
                )

    mean, log_var = module.encode(x, blur)
    if log_var is None:
        outputs = module.decode(mean, y)
        return -module.likelihood.log_prob(outputs, *x).mean()
    if not module.training:
        # The same draws after each epoch, so that epochs compare.
        generator = torch.Generator(device=mean.device).manual_seed(0)
    draw = torch.randn(
        mean.shape, generator=generator, device=mean.device, dtype=mean.dtype
    )
    outputs = module.decode(mean + torch.exp(0.5 * log_var) * draw, y)
    distortion = -module.likelihood.log_prob(outputs, *x).mean()
    weight = weight(step.progress) if step.training else weight(1.0)
    kl = gaussian_kl(mean, log_var)
    rate = kl.sum(dim=1).mean()
    loss = distortion + weight * (free_bits(kl, floor) if floor else rate)
    return loss, {"reconstruction": distortion, "kl": rate}
