"""A network for images with the distribution of its pixels: likelihood and draws."""

import torch
import torch.nn.functional as F
from torch import nn

from ..losses.likelihood import (
    categorical_log_probs,
    logistic_mixture_log_prob,
    logistic_mixture_log_probs,
)
from ..training import SeededDraws, build_network, run_network

OUTPUTS = ("softmax", "logistic")
# Components of a mixture of logistics; PixelCNN++ has ten.
N_COMPONENTS = 10


def n_outputs(output, levels):
    """Parameters of the distribution of a pixel."""
    return levels if output == "softmax" else 3 * N_COMPONENTS


class PixelModel(nn.Module):
    """Log-likelihood of images under a network.

    Parameters
    ----------
    recipe : callable
        ``recipe(image_shape, n_outputs, n_classes)``.
    image_shape : tuple (channels, height, width)
        Shape of an image.
    levels : int
        Number of levels.
    output : {"softmax", "logistic"}
        Distribution of a pixel.
    n_classes : int
        Classes that the network is given, 0 for none.
    """

    def __init__(self, recipe, image_shape, levels, output, n_classes):
        super().__init__()
        self.image_shape, self.levels, self.output = image_shape, levels, output
        self.n_classes = n_classes
        self.net = build_network(
            "module",
            recipe,
            image_shape,
            n_outputs(output, levels),
            n_classes,
            call="module((channels, height, width), n_outputs, n_classes)",
        )

    def forward(self, x, y=None, counted=None, shift=None):
        """Log-probability of each image in nats, of its counted pixels if given.

        Parameters
        ----------
        x : Tensor of shape (batch, channels, height, width), dtype uint8
            Levels.
        y : Tensor of shape (batch,), dtype int64, default=None
            Classes.
        counted : Tensor of shape (batch, channels, height, width), default=None
            True where a pixel counts.
        shift : Tensor of shape (batch, 2), default=None
            How far the images were moved.

        Returns
        -------
        log_prob : Tensor of shape (batch,)
            In nats.
        """
        outputs = self.outputs(self.scaled(x), y, shift)
        if outputs.dtype == torch.bfloat16:
            outputs = outputs.float()
        x = x.long()
        if self.output == "softmax":
            log_prob = -F.cross_entropy(outputs.transpose(1, 2), x, reduction="none")
        else:
            outputs = outputs.movedim(2, -1)
            log_prob = logistic_mixture_log_prob(outputs, x, self.levels)
        if counted is not None:
            log_prob = log_prob * counted
        return log_prob.flatten(1).sum(dim=1)

    def outputs(self, x, y=None, shift=None):
        """Run the network on scaled images, telling it only what there is to tell."""
        given = {"y": y, "shift": shift}
        return self.net(x, **{k: v for k, v in given.items() if v is not None})

    def scaled(self, x):
        """Levels as numbers in [-1, 1], in the precision of the network."""
        dtype = next(
            (p.dtype for p in self.net.parameters()), torch.get_default_dtype()
        )
        return x.to(dtype) * (2.0 / (self.levels - 1)) - 1.0

    def log_probs(self, outputs):
        """Log-probabilities of the levels, from (..., n_outputs) to (..., levels)."""
        if self.output == "softmax":
            return categorical_log_probs(outputs)
        return logistic_mixture_log_probs(outputs, self.levels)

    def scan(self, x, y=None):
        """Walk through images as `PixelCNN.scan` does; any network can do it slowly."""
        if hasattr(self.net, "scan"):
            yield from self.net.scan(x) if y is None else self.net.scan(x, y)
            return
        channels, height, width = self.image_shape
        for i in range(height):
            for j in range(width):
                for k in range(channels):
                    yield k, i, j, self.outputs(x, y)[:, k, :, i, j]

    @torch.inference_mode()
    def fill(self, x, missing, uniform, y=None, tick=None):
        """Draw the missing pixels of images, in raster order, by inverse distribution.

        Parameters
        ----------
        x : Tensor of shape (batch, channels, height, width), dtype uint8
            Levels; anything where they are missing.
        missing : Tensor of shape (batch, channels, height, width), dtype bool
            Which pixels to draw.
        uniform : Tensor of shape (batch, channels, height, width)
            Uniform draws in [0, 1), one per pixel.
        y : Tensor of shape (batch,), default=None
            Classes.
        tick : callable, default=None
            Called without arguments after each row of pixels.

        Returns
        -------
        x : Tensor of shape (batch, channels, height, width), dtype uint8
            Levels.
        """
        x = torch.where(missing, 0, x)
        scaled = self.scaled(x)
        values = self.scaled(torch.arange(self.levels, device=x.device))
        last_channel, last_column = x.shape[1] - 1, x.shape[3] - 1
        for k, i, j, outputs in self.scan(scaled, y):
            below = self.log_probs(outputs).exp().cumsum(dim=1)
            level = (uniform[:, k, i, j, None] >= below).sum(dim=1)
            # The sum of the probabilities may fall short of 1 by a rounding error.
            level = level.clamp(max=self.levels - 1)
            level = torch.where(missing[:, k, i, j], level, x[:, k, i, j])
            x[:, k, i, j] = level
            scaled[:, k, i, j] = values[level]
            if tick is not None and (k, j) == (last_channel, last_column):
                tick()
        return x


def check_network(model):
    """Refuse a network of the wrong shape, or one that sees what it has to predict.

    Two random images agree before some place; what the network says of that place and
    of earlier ones must agree too.
    """
    generator = torch.Generator().manual_seed(0)
    channels, height, width = model.image_shape
    shape = 2, *model.image_shape
    x = torch.randint(model.levels, shape, generator=generator, dtype=torch.uint8)
    y = torch.zeros(2, dtype=torch.long) if model.n_classes else None
    model = model.eval()
    # Position of each value in the order of generation.
    order = torch.arange(channels * height * width).reshape(height, width, channels)
    order = order.permute(2, 0, 1)
    start = order.numel() // 2
    x[1] = torch.where(order < start, x[0], model.levels - 1 - x[0])
    with SeededDraws(generator), torch.no_grad():
        given = {} if y is None else {"y": y}
        outputs = run_network("module", model.net, model.scaled(x), **given).detach()
    expected = (2, channels, n_outputs(model.output, model.levels), height, width)
    if tuple(outputs.shape) != expected:
        raise ValueError(
            "module must map images to (batch, channels, n_outputs, height, width), "
            f"here {expected}; it returned shape {tuple(outputs.shape)}. The recipe is "
            "called as module((channels, height, width), n_outputs, n_classes)."
        )
    seen = (outputs[0] - outputs[1]).abs().amax(dim=1)
    if float(seen[order <= start].max()) > 1e-5 * (1 + float(outputs.abs().max())):
        raise ValueError(
            "module must be autoregressive: what it says of a pixel may depend on "
            "earlier pixels only, in raster order, but it changes with the pixel "
            "itself or with later ones. Mask the first layer, without the pixel "
            "itself, and all others."
        )


def objective(mixed, max_shift, step):
    """Mean negative log-likelihood in nats, of moved images if asked for."""
    x, *y = step.batch
    y = y[0] if y else None
    shift = None
    if max_shift and step.training:
        shift = _draw_shifts(len(x), max_shift, step.generator).to(x.device)
        x = _move(x, shift, max_shift)
    device = x.device.type
    with torch.autocast(device, torch.bfloat16, enabled=mixed):
        log_prob = step.player(x, y, shift=shift)
    return -log_prob.mean()


def _draw_shifts(n, largest, generator):
    """Shifts by rows and columns; every other image stays."""
    device = generator.device
    shift = torch.randint(
        -largest, largest + 1, (n, 2), generator=generator, device=device
    )
    stays = torch.rand(n, 1, generator=generator, device=device) < 0.5
    return torch.where(stays, 0, shift)


def _move(x, shift, largest):
    """Move images; the pixels of the edge are repeated."""
    n, channels, height, width = x.shape
    rows = torch.arange(height, device=x.device) - shift[:, :1]
    columns = torch.arange(width, device=x.device) - shift[:, 1:]
    rows, columns = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
    moved = x.gather(2, rows[:, None, :, None].expand(-1, channels, -1, width))
    return moved.gather(3, columns[:, None, None, :].expand(-1, channels, height, -1))
