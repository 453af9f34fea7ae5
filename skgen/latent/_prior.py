"""Density of codes: standard normal, or a mixture fitted to those of the rows."""

import torch
from torch import nn

from ..losses.elbo import standard_normal_log_prob


class LatentPrior(nn.Module):
    """Log-density of codes: a mixture of Gaussians for each class.

    Parameters
    ----------
    n_classes : int
        Number of classes, 1 if there are none.
    n_components : int
        Components for each class; 0 for the standard normal.
    n_latent : int
        Dimensions of a code.
    n_given : int, default=0
        Numbers of a condition, which move the mixture linearly.
    """

    def __init__(self, n_classes, n_components, n_latent, n_given=0):
        super().__init__()
        shape = n_classes, n_components
        self.n_components = n_components
        if n_components:
            double = {"dtype": torch.float64}
            self.register_buffer("log_weights", torch.zeros(shape, **double))
            self.register_buffer("means", torch.zeros(*shape, n_latent, **double))
            # Upper triangular R of each inverse covariance R R'.
            roots = torch.eye(n_latent, **double).repeat(*shape, 1, 1)
            self.register_buffer("roots", roots)
            if n_given:
                slopes = torch.zeros(n_given, n_latent, **double)
                self.register_buffer("slopes", slopes)

    def forward(self, z, y=None):
        """Log-density of codes (batch, n_latent), given conditions if any: (batch,)."""
        if not self.n_components:
            return standard_normal_log_prob(z)
        if y is not None and y.is_floating_point():
            z, y = z - y.to(z.dtype) @ self.slopes.to(z.dtype), None
        if y is None:
            return self._of_class(z, 0)
        found = z.new_zeros(len(z))
        for k in range(len(self.means)):
            rows = y == k
            found[rows] = self._of_class(z[rows], k).to(z.dtype)
        return found

    def _of_class(self, z, k):
        root, mean = self.roots[k].to(z.dtype), self.means[k].to(z.dtype)
        # (components, batch, n_latent)
        whitened = z @ root - (mean[:, None] @ root)
        volume = torch.log(torch.diagonal(root, dim1=1, dim2=2)).sum(dim=1)
        found = standard_normal_log_prob(whitened) + volume[:, None]
        return torch.logsumexp(found + self.log_weights[k].to(z.dtype)[:, None], dim=0)
