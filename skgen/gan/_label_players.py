"""Classifier and generator of a game with few labels: what surrounds the networks."""

import math

import torch
from torch import nn

from ._code_players import N_FEATURES, FeatureNet
from ._players import Generator


class LabelNet(FeatureNet):
    """A classifier with one output more, for generated rows.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)`` of the network that finds features.
    input_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder`.
    n_classes : int
        Number of classes.
    """

    def __init__(self, recipe, input_shape, blocks, n_classes):
        super().__init__(recipe, input_shape, blocks)
        self.head = nn.Linear(N_FEATURES, n_classes + 1)

    def forward(self, x):
        """Give logits of the classes, then that of generated rows."""
        return self.head(self.features(x))

    def logits(self, x):
        """Logits of the classes, (batch, n_classes)."""
        return self(x)[:, :-1]


class LabelGenerator(nn.Module):
    """A generator of rows from noise, or of what is hidden of others.

    Parameters
    ----------
    recipe : callable
        ``recipe(n_inputs, output_shape)``.
    n_latent : int
        Size of the noise.
    output_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder`.
    completes : bool
        Whether it is given rows with holes; the places of the holes are further inputs.
    """

    def __init__(self, recipe, n_latent, output_shape, blocks, completes):
        super().__init__()
        self.n_latent, self.completes = n_latent, completes
        self.shape = (
            (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        )
        n_more = 2 * math.prod(self.shape) if completes else 0
        self.rows = Generator(recipe, n_latent + n_more, 0, output_shape, blocks)
        places = [i for i, b in enumerate(blocks or ()) for _ in range(b["width"])]
        self.register_buffer("places", torch.tensor(places), persistent=False)

    def forward(self, z, context=None, mask=None, generator=None):
        """Rows to learn from, whose categories are relaxed draws."""
        fake = self.rows(self._inputs(z, context, mask), generator=generator)
        return fake if mask is None else mask * fake + (1 - mask) * context

    def draw(self, z, u=None):
        """Draw rows with a column for each block, from noise alone."""
        return self.rows.draw(self._inputs(z, None, None), u)

    def _inputs(self, z, context, mask):
        if not self.completes:
            return z
        if mask is None:
            mask = z.new_ones(len(z), *self.shape)
            context = torch.zeros_like(mask)
        parts = [z, ((1 - mask) * context).flatten(1), mask.flatten(1)]
        return torch.cat(parts, dim=1)

    def holes(self, x, share, generator):
        """Masks of what is hidden: a square of an image, or columns of a row.

        Parameters
        ----------
        x : Tensor of shape (batch, ...)
            Rows or images.
        share : float
            Side of a square over that of the image, or share of the columns.
        generator : torch.Generator
            Draws the places.

        Returns
        -------
        mask : Tensor of shape (batch, ...)
            1 where an entry is hidden, else 0.
        """
        device = generator.device
        if x.dim() == 2:
            n_blocks = int(self.places.max()) + 1
            u = torch.rand(len(x), n_blocks, generator=generator, device=device)
            return (u < share).to(x)[:, self.places]
        mask = torch.ones(len(x), 1, *x.shape[2:], device=device)
        for axis, size in enumerate(x.shape[2:]):
            side = max(1, round(share * size))
            first = torch.randint(
                size - side + 1, (len(x), 1), generator=generator, device=device
            )
            place = torch.arange(size, device=device)[None]
            own = ((place >= first) & (place < first + side)).to(x)
            mask = mask * own[:, None].unsqueeze(3 - axis)
        return mask.expand_as(x)
