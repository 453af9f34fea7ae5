"""Coder and critic of games with an encoder: what surrounds the networks."""

import math
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from ._players import RowGenerator, ScoreView

_LOG_VARS = -10.0, 4.0  # bounds of the logarithm of a code's variance
N_FEATURES = 128


class Coder(nn.Module):
    """Encoder and generator, one player that learns by one objective.

    Parameters
    ----------
    encoder : torch.nn.Module
        Maps rows, or features of the critic, to means and log-variances of codes, and
        then logits of classes.
    generator : Generator
        Maps codes and classes to rows.
    view : torch.nn.Module or None
        What the rows pass before the encoder sees them.
    stochastic : bool
        Whether a row has a distribution of codes.
    """

    def __init__(self, encoder, generator, view, stochastic):
        super().__init__()
        self.encoder, self.generator, self.view = encoder, generator, view
        self.n_codes, self.stochastic = generator.n_noise, stochastic

    def encode(self, x):
        """Give means, log-variances or None, and logits of classes or None."""
        found = self.encoder(x if self.view is None else self.view(x))
        n = self.n_codes
        mean, found = found[:, :n], found[:, n:]
        log_var = None
        if self.stochastic:
            log_var, found = found[:, :n].clamp(*_LOG_VARS), found[:, n:]
        return mean, log_var, found if found.shape[1] else None

    def code(self, x, generator):
        """Draw codes of rows, with their means and log-variances."""
        mean, log_var, logits = self.encode(x)
        if log_var is None:
            return mean, mean, log_var, logits
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        return mean + torch.exp(0.5 * log_var) * noise, mean, log_var, logits

    def codes(self, x):
        """Means of codes and logits of classes, side by side."""
        mean, _, logits = self.encode(x)
        return mean if logits is None else torch.cat([mean, logits], dim=1)

    def spread_codes(self, x):
        """Means and deviations of codes, side by side."""
        mean, log_var, _ = self.encode(x)
        if log_var is None:
            return torch.cat([mean, torch.zeros_like(mean)], dim=1)
        return torch.cat([mean, torch.exp(0.5 * log_var)], dim=1)

    def typical(self, z, y=None):
        """Give the expected rows, categories as probabilities."""
        return self.generator.expected(z, y)

    def drawn(self, z, u, y=None):
        """Rows with a column for each block, categories by uniform numbers."""
        return self.generator.draw(z, u, y)

    def decoded(self, z, y=None):
        """Rows with a column for each block, the most probable categories."""
        return self.generator.draw(z, None, y)


class FeatureNet(nn.Module):
    """A network that finds features of rows, which a `head` judges.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)``.
    input_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder`.
    """

    def __init__(self, recipe, input_shape, blocks):
        super().__init__()
        self.view = None if blocks is None else ScoreView(blocks)
        shape = input_shape if self.view is None else input_shape + self.view.n_more
        self.net = recipe(shape, N_FEATURES)

    def features(self, x):
        """Features of rows, (batch, n_features)."""
        return F.leaky_relu(self.net(x if self.view is None else self.view(x)), 0.2)


class FeatureCritic(FeatureNet):
    """A critic with features of rows, which may judge them with their codes.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)`` of the network that finds the features.
    input_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder`.
    n_codes : int
        Codes that it judges beside the row, 0 for none.
    n_classes : int
        Classes that it is told, 0 for none.
    """

    def __init__(self, recipe, input_shape, blocks, n_codes, n_classes):
        super().__init__(recipe, input_shape, blocks)
        self.n_classes = n_classes
        width = N_FEATURES + n_codes
        self.head = nn.Sequential(
            nn.Linear(width, N_FEATURES),
            nn.LeakyReLU(0.2),
            nn.Linear(N_FEATURES, 1 + n_classes),
        )

    def forward(self, x, z=None, y=None):
        """Scores of rows, (batch,), with their codes and classes where there are any.

        The score of a class is added, the projection of Miyato and Koyama (2018).
        """
        return self.judge(self.features(x), z, y)

    def judge(self, features, z=None, y=None):
        """Scores of rows whose features are known."""
        h = features if z is None else torch.cat([features, z], dim=1)
        found = self.head(h)
        if y is None:
            return found[:, 0]
        return found[:, 0] + found[:, 1:].gather(1, y[:, None])[:, 0]


def row_errors(rows, x, blocks):
    """Errors of expected rows, of numbers and of categories.

    Parameters
    ----------
    rows : Tensor of shape (batch, ...)
        Expected rows, categories as probabilities.
    x : Tensor of shape (batch, ...)
        Encoded rows.
    blocks : list of dict or None
        Columns of a `RankEncoder`.

    Returns
    -------
    squared : Tensor of shape (batch, n_numbers)
        Squared errors.
    surprise : Tensor of shape (batch, n_categories)
        Minus the log-probability of each category, in nats.
    """
    if blocks is None:
        return (rows - x).square().flatten(1), rows.new_zeros(len(rows), 0)
    squared, surprise = [rows.new_zeros(len(rows), 0)], [rows.new_zeros(len(rows), 0)]
    for block in blocks:
        own = slice(block["start"], block["start"] + block["width"])
        if block["kind"] == "category":
            share = (rows[:, own] * x[:, own]).sum(dim=1, keepdim=True)
            surprise.append(-torch.log(share.clamp(min=1e-6)))
        else:
            squared.append((rows[:, own] - x[:, own]).square())
    return torch.cat(squared, dim=1), torch.cat(surprise, dim=1)


def weighted_errors(rows, x, weights, blocks):
    """Errors of each row, whose entries have weights; see `row_errors`.

    Parameters
    ----------
    rows, x, weights : Tensor of shape (batch, ...)
        Expected rows, encoded rows, and the weights of their entries.
    blocks : list of dict or None
        Columns of a `RankEncoder`.

    Returns
    -------
    squared, surprise : Tensor of shape (batch,)
        Weighted sums.
    """
    squared, surprise = row_errors(rows, x, blocks)
    if blocks is None:
        return (squared * weights.flatten(1)).sum(dim=1), surprise.sum(dim=1)
    found = []
    for kind, errors in (("score", squared), ("category", surprise)):
        starts = [b["start"] for b in blocks if b["kind"] == kind]
        found.append((errors * weights[:, starts]).sum(dim=1))
    return tuple(found)


def distortion(rows, x, blocks):
    """Mean negative log-likelihood of rows, but for a constant.

    Numbers have one deviation, the best there is for the batch (Rybkin et al., 2021).
    """
    squared, surprise = row_errors(rows, x, blocks)
    n = squared.shape[1]
    loss = surprise.sum(dim=1).mean()
    if n:
        loss = loss + 0.5 * n * torch.log(squared.mean() + 1e-6)
    return loss


def class_loss(logits, y):
    """Cross-entropy of classes; 0 without any."""
    return 0.0 if logits is None or y is None else F.cross_entropy(logits, y)


@contextmanager
def frozen(module):
    """Let gradients through a module, but none into its weights."""
    weights = [p for p in module.parameters() if p.requires_grad]
    for p in weights:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in weights:
            p.requires_grad_(True)


def image_bounded(recipe):
    """End a generator of images in tanh: that is the range of the rows."""

    def build(n_inputs, output_shape):
        return nn.Sequential(recipe(n_inputs, output_shape), nn.Tanh())

    return build


def flat_generator(n_inputs, output_shape):
    """Build a residual perceptron of images."""
    return nn.Sequential(
        RowGenerator(n_inputs, math.prod(output_shape)),
        nn.Unflatten(1, output_shape),
    )


class FlatMLP(nn.Sequential):
    """Multilayer perceptron of rows, or of images that are flattened.

    Parameters
    ----------
    input_shape : int or tuple
        Shape of a row.
    n_outputs : int
        Size of the output.
    width : int
        Width of the two hidden layers.
    """

    def __init__(self, input_shape, n_outputs, *, width=256):
        size = input_shape if isinstance(input_shape, int) else math.prod(input_shape)
        super().__init__(
            nn.Flatten(),
            nn.Linear(size, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, n_outputs),
        )
