"""Generator and critic of rows: what surrounds the networks."""

import torch
from torch import nn
from torch.nn import functional as F

__all__ = [
    "Critic",
    "Drawn",
    "Generator",
    "RowCritic",
    "RowGenerator",
    "energy_distance",
]

_TEMPERATURE = 0.5  # of the relaxed draws of categories
_KNOTS = 16
_RARE = 1e-4


class Generator(nn.Module):
    """A network that maps noise, and classes, to encoded rows.

    Parameters
    ----------
    recipe : callable
        ``recipe(n_inputs, output_shape)``.
    n_latent : int
        Size of the noise.
    n_classes : int
        Classes that it is told, 0 for none.
    output_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder` that belong together.
    """

    def __init__(self, recipe, n_latent, n_classes, output_shape, blocks=None):
        super().__init__()
        self.n_latent, self.n_classes = n_latent, n_classes
        self.net = recipe(n_latent + n_classes, output_shape)
        self.categories = [
            (b["start"], b["width"]) for b in blocks or () if b["kind"] == "category"
        ]
        self.n_noise = sum(width for _, width in self.categories)
        base = torch.zeros(output_shape if blocks else ())
        for b in blocks or ():
            if b["kind"] == "category":
                shares = torch.as_tensor(b["shares"]) + _RARE
                base[b["start"] : b["start"] + b["width"]] = shares.log()
        self.register_buffer("base", base)

    def forward(self, z, u=None, y=None):
        """Rows of noise z (batch, n_latent), categories drawn by uniform numbers u."""
        if y is not None:
            z = torch.cat([z, F.one_hot(y, self.n_classes).to(z)], dim=1)
        h = self.net(z)
        if not self.categories:
            return h
        h = h + self.base
        rows, end, place = [], 0, 0
        for start, width in self.categories:
            rows.append(h[:, end:start])
            own = slice(place, place + width)
            rows.append(_relaxed(h[:, start : start + width], u[:, own]))
            end, place = start + width, place + width
        rows.append(h[:, end:])
        return torch.cat(rows, dim=1)


def _relaxed(logits, u):
    """Draw one-hot codes whose gradient is that of a softmax (Jang et al., 2017)."""
    logits = logits - torch.log(-torch.log(u))
    soft = torch.softmax(logits / _TEMPERATURE, dim=1)
    hard = F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(soft)
    return hard + soft - soft.detach()


class ScoreView(nn.Module):
    """Rows with a piecewise linear code of each normal score's rank beside them.

    Parameters
    ----------
    blocks : list of dict
        Columns of a `RankEncoder`.
    """

    def __init__(self, blocks):
        super().__init__()
        scores = [b["start"] for b in blocks if b["kind"] == "score"]
        self.register_buffer(
            "scores", torch.tensor(scores, dtype=torch.long), persistent=False
        )
        self.register_buffer(
            "knots", torch.arange(_KNOTS, dtype=torch.float32), persistent=False
        )
        self.n_more = _KNOTS * len(scores)

    def forward(self, x):
        """Map (batch, n_columns) to (batch, n_columns + n_more)."""
        if not self.n_more:
            return x
        rank = torch.special.ndtr(x[:, self.scores])[:, :, None]
        code = (rank * _KNOTS - self.knots).clamp(0, 1)
        return torch.cat([x, code.flatten(1)], dim=1)


class Critic(nn.Module):
    """A network that scores rows, given their classes if there are any.

    With classes it has a score more for each, linear in the last hidden layer: added to
    the first that is the projection of Miyato and Koyama (2018), or they are the logits
    of an auxiliary classifier (Odena et al., 2017).

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)``.
    input_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    n_classes : int
        Number of classes, 0 for none.
    auxiliary : bool
        Whether to classify.
    pack : int
        Rows that are scored together (Lin et al., 2018).
    blocks : list of dict or None
        Columns of a `RankEncoder`.
    autoencoding : bool
        Whether the network brings rows back; the score is then its squared error, and
        classes are not told.
    """

    def __init__(
        self,
        recipe,
        input_shape,
        n_classes,
        auxiliary,
        pack,
        blocks=None,
        autoencoding=False,
    ):
        super().__init__()
        self.n_classes, self.auxiliary, self.pack = n_classes, auxiliary, pack
        self.view = None if blocks is None else ScoreView(blocks)
        if self.view is not None:
            input_shape = pack * (input_shape + self.view.n_more)
        else:
            input_shape = (pack * input_shape[0], *input_shape[1:])
        self.autoencoding = autoencoding
        self.net = recipe(input_shape, input_shape if autoencoding else 1 + n_classes)

    def forward(self, x, y=None):
        """Scores of rows, (batch / pack,); with an auxiliary classifier also logits."""
        if self.view is not None:
            x = self.view(x)
        if self.pack > 1:
            n = len(x) // self.pack
            x = x[: n * self.pack].reshape(n, self.pack * x.shape[1], *x.shape[2:])
        found = self.net(x)
        if self.autoencoding:
            return (found - x).square().flatten(1).mean(dim=1)
        if not self.n_classes:
            return found[:, 0]
        if self.auxiliary:
            return found[:, 0], found[:, 1:]
        own = found[:, 1:].gather(1, y[:: self.pack][: len(found), None])[:, 0]
        return found[:, 0] + own


class Drawn(nn.Module):
    """A generator whose inputs come one after the other, for `infer`.

    Parameters
    ----------
    generator : Generator
        The fitted generator.
    """

    def __init__(self, generator):
        super().__init__()
        self.generator = generator

    def forward(self, z, *more):
        """Rows of noise, of uniform numbers and of classes, if it takes such."""
        more = list(more)
        u = more.pop(0) if self.generator.n_noise else None
        return self.generator(z, u, more[0] if more else None)


def energy_distance(x, y):
    """Energy distance of two samples, rows flattened (Szekely and Rizzo, 2013)."""
    x, y = x.flatten(1), y.flatten(1)

    def within(rows):
        return torch.cdist(rows, rows).sum() / max(1, len(rows) * (len(rows) - 1))

    return 2 * torch.cdist(x, y).mean() - within(x) - within(y)


class RowGenerator(nn.Sequential):
    """Residual perceptron from noise to the columns of an encoded table.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Sizes of input and output.
    width : int
        Width of the hidden layers.
    n_blocks : int
        Number of residual blocks.
    """

    def __init__(self, n_inputs, n_outputs, *, width=256, n_blocks=2):
        super().__init__(
            nn.Linear(n_inputs, width),
            nn.ReLU(),
            *[_Residual(width) for _ in range(n_blocks)],
            nn.Linear(width, n_outputs),
        )


class RowCritic(nn.Sequential):
    """Perceptron with LeakyReLU from an encoded row to scores.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Sizes of input and output.
    width : int
        Width of the hidden layers.
    """

    def __init__(self, n_inputs, n_outputs, *, width=256):
        super().__init__(
            nn.Linear(n_inputs, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, n_outputs),
        )


class _Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, h):
        return h + F.relu(self.linear(h))
