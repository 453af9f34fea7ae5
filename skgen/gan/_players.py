"""Generator and critic of rows: what surrounds the networks."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from ..nn import ConvEncoder
from ..nn._conditions import as_vectors

_TEMPERATURE = 0.5  # of the relaxed draws of categories
_KNOTS = 16, 4  # of a score, where there are few of them and where there are many
_MANY_SCORES = 24
_RARE = 1e-4
_EMBEDDED, _HIDDEN = 64, 128  # numbers of an embedded condition


class Generator(nn.Module):
    """A network that maps noise, classes and conditions to encoded rows.

    Parameters
    ----------
    recipe : callable
        ``recipe(n_inputs, output_shape)``.
    n_noise : int
        Size of the noise, codes included.
    n_classes : int
        Classes among its inputs, or numbers of a condition; 0 for none.
    output_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder` that belong together.
    columns : ConditionColumns or None
        Columns that can have conditions.
    picture : tuple or None
        Shape of conditions that are pictures, (channels, height, width).
    """

    def __init__(
        self,
        recipe,
        n_noise,
        n_classes,
        output_shape,
        blocks=None,
        columns=None,
        picture=None,
    ):
        super().__init__()
        self.n_noise, self.n_classes, self.columns = n_noise, n_classes, columns
        self.picture = None if picture is None else PictureCode(picture)
        n_more = 0 if columns is None else columns.n_inputs
        n_given = n_classes if picture is None else self.picture.n_outputs
        self.net = recipe(n_noise + n_given + n_more, output_shape)
        self.categories = [
            (b["start"], b["width"]) for b in blocks or () if b["kind"] == "category"
        ]
        base = torch.zeros(output_shape if blocks else ())
        for b in blocks or ():
            if b["kind"] == "category":
                shares = torch.as_tensor(b["shares"]) + _RARE
                base[b["start"] : b["start"] + b["width"]] = shares.log()
        self.register_buffer("base", base)

    def forward(self, z, y=None, given=None, generator=None):
        """Rows to learn from, whose categories are relaxed draws."""

        def draw(logits, _):
            u = torch.rand(logits.shape, generator=generator, device=logits.device)
            return _relaxed(logits, u.clamp(1e-7, 1 - 1e-7))

        rows = self._rows(self._outputs(z, y, given), draw)
        return rows if given is None else self.columns.impose(rows, given)

    def expected(self, z, y=None):
        """Rows whose categories are their probabilities."""

        def shares(logits, _):
            return torch.softmax(logits, dim=1)

        return self._rows(self._outputs(z, y, None), shares)

    def draw(self, z, u=None, y=None, given=None):
        """Draw rows, their categories by uniform numbers u, one for each.

        Without numbers they are the most probable ones. Rows of a table come with a
        column for each block: a score, or the place of a category.
        """

        def draw(logits, place):
            if u is None:
                codes = logits.argmax(dim=1)
            else:
                masses = torch.exp(logits - logits.amax(dim=1, keepdim=True)).cumsum(1)
                codes = (masses < u[:, place, None] * masses[:, -1:]).sum(dim=1)
            return codes[:, None].to(logits)

        return self._rows(self._outputs(z, y, given), draw)

    def _outputs(self, z, y, given):
        parts = [z]
        if self.n_classes:
            own = as_vectors(y, self.n_classes).to(z)
            parts.append(own if self.picture is None else self.picture(own))
        if given is not None:
            parts.append(given)
        return self.net(torch.cat(parts, dim=1) if len(parts) > 1 else z)

    def _rows(self, h, draw):
        if not self.categories:
            return h
        h = h + self.base
        rows, end = [], 0
        for place, (start, width) in enumerate(self.categories):
            rows.append(h[:, end:start])
            rows.append(draw(h[:, start : start + width], place))
            end = start + width
        rows.append(h[:, end:])
        return torch.cat(rows, dim=1)


def _relaxed(logits, u):
    """Draw one-hot codes whose gradient is that of a softmax (Jang et al., 2017)."""
    logits = logits - torch.log(-torch.log(u))
    soft = torch.softmax(logits / _TEMPERATURE, dim=1)
    hard = F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(soft)
    return hard + soft - soft.detach()


class PictureCode(nn.Module):
    """Few numbers of a condition that is a picture.

    Parameters
    ----------
    shape : tuple
        (channels, height, width).
    n_outputs : int
        Numbers.
    """

    def __init__(self, shape, n_outputs=64):
        super().__init__()
        self.shape, self.n_outputs = tuple(shape), n_outputs
        self.net = ConvEncoder(self.shape, n_outputs)

    def forward(self, rows):
        """Map flat pictures (batch, n) to (batch, n_outputs)."""
        return self.net(self.images(rows))

    def images(self, rows):
        """Flat pictures as images."""
        return rows.reshape(-1, *self.shape)


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
        # Many columns with a fine code each hide what is between columns.
        n_knots = _KNOTS[len(scores) > _MANY_SCORES]
        self.register_buffer(
            "knots", torch.arange(n_knots, dtype=torch.float32), persistent=False
        )
        self.n_more = n_knots * len(scores)

    def forward(self, x):
        """Map (batch, n_columns) to (batch, n_columns + n_more)."""
        if not self.n_more:
            return x
        rank = torch.special.ndtr(x[:, self.scores])[:, :, None]
        code = (rank * len(self.knots) - self.knots).clamp(0, 1)
        return torch.cat([x, code.flatten(1)], dim=1)


class CriticOutput(NamedTuple):
    """Outputs of a critic for a batch of rows."""

    scores: torch.Tensor  # (batch / pack,)
    classes: torch.Tensor | None  # logits of an auxiliary classifier, (batch, n)
    codes: torch.Tensor | None  # of rows, (batch, n)


class Critic(nn.Module):
    """A network that scores rows, given their classes if there are any.

    With classes it has a score more for each, linear in the last hidden layer: added to
    the first that is the projection of Miyato and Koyama (2018), or they are the logits
    of an auxiliary classifier (Odena et al., 2017). Or else classes are part of the
    input, and the first layer embeds them (Mirza and Osindero, 2014). Conditions that
    are rows of numbers are embedded before the projection, and an auxiliary critic
    tells the numbers. Codes are more outputs (Chen et al., 2016).

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)``.
    input_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    blocks : list of dict or None
        Columns of a `RankEncoder`.
    classes : tuple (int, str), default=(0, "projection")
        Number of classes, or numbers of a condition, 0 for none, and how the critic
        learns of them.
    vectors : bool, default=False
        Whether conditions are rows of numbers, and no classes.
    picture : tuple, default=None
        Shape of conditions that are pictures, (channels, height, width).
    n_codes : int
        Codes that it recovers.
    n_conditions : int
        Columns that can have conditions; it sees which have.
    pack : int
        Rows that are scored together (Lin et al., 2018).
    deviation : bool
        Whether it sees the mean deviation of the numbers of a batch (Karras et al.,
        2018).
    autoencoding : bool
        Whether the network brings rows back; the score is then its squared error, and
        classes are left out.
    state : dict of Tensor, default=None
        State of a loss that has such; kept as buffers.
    adaptive : bool, default=False
        Whether the share of images that are changed adapts; kept as a buffer.
    """

    def __init__(
        self,
        recipe,
        input_shape,
        *,
        blocks=None,
        classes=(0, "projection"),
        vectors=False,
        picture=None,
        n_codes=0,
        n_conditions=0,
        pack=1,
        deviation=False,
        autoencoding=False,
        state=None,
        adaptive=False,
    ):
        super().__init__()
        self.n_classes, self.conditioning = classes
        self.autoencoding, self.n_codes, self.pack = autoencoding, n_codes, pack
        self.view = None if blocks is None else ScoreView(blocks)
        embeds = self.conditioning == "embedding" and not autoencoding
        n_more = self.n_classes if embeds else 0
        self.picture = picture
        is_image = blocks is None and len(input_shape) == 3
        if picture is not None and embeds and is_image:
            n_more = picture[0]
        if self.view is not None:
            n_more += self.view.n_more + n_conditions
            shape = pack * (input_shape + n_more) + deviation
        else:
            shape = (pack * (input_shape[0] + n_more) + deviation, *input_shape[1:])
        per_class = {"projection": 1, "embedding": 0, "auxiliary": pack}
        n_own, self.embedding = self.n_classes, None
        if vectors and self.conditioning == "projection" and not autoencoding:
            n_own, self.embedding = _EMBEDDED, _embedding(self.n_classes, picture)
        n_outputs = 1 + n_own * per_class[self.conditioning] + pack * n_codes
        self.net = recipe(shape, shape if autoencoding else n_outputs)
        self.names = tuple(state or ())
        for name in self.names:
            self.register_buffer(f"state_{name}", state[name])
        share = torch.zeros(()) if adaptive else None
        self.register_buffer("augment_share", share)
        # Not in training all rows have the same, so that each is judged on its own.
        self.register_buffer("deviation", torch.ones(()) if deviation else None)

    def forward(self, x, y=None, given=None):
        """Judge rows (batch, ...)."""
        if self.view is not None:
            x = self.view(x)
            if given is not None:
                x = torch.cat([x, given], dim=1)
        if self.conditioning == "embedding" and self.n_classes:
            x = self._with_classes(x, y)
        pack, n = self.pack, len(x) // self.pack
        if pack > 1:
            x = x[: n * pack].reshape(n, pack * x.shape[1], *x.shape[2:])
        if self.deviation is not None:
            x = self._with_deviation(x)
        found = self.net(x)
        if self.autoencoding:
            return CriticOutput((found - x).square().flatten(1).mean(dim=1), None, None)
        scores, found = found[:, 0], found[:, 1:]
        codes = classes = None
        if self.n_codes:
            n_own = found.shape[1] - pack * self.n_codes
            found, codes = found[:, :n_own], found[:, n_own:]
            codes = codes.reshape(n * pack, self.n_codes)
        if self.n_classes and self.conditioning == "auxiliary":
            classes = found.reshape(n * pack, self.n_classes)
        elif self.n_classes and self.conditioning == "projection" and y is not None:
            own = y[: n * pack]
            if self.embedding is None:
                scores = scores + found.gather(1, own.reshape(n, pack)).mean(dim=1)
            else:
                own = self.embedding(own).reshape(n, pack, -1).mean(dim=1)
                scores = scores + (found * own).sum(dim=1) / _EMBEDDED**0.5
        return CriticOutput(scores, classes, codes)

    @property
    def state(self):
        """State of the loss."""
        return {name: getattr(self, f"state_{name}") for name in self.names}

    @state.setter
    def state(self, state):
        for name in self.names:
            setattr(self, f"state_{name}", state[name])

    def _with_classes(self, x, y):
        if self.autoencoding:
            return x
        y = as_vectors(y, self.n_classes).to(x)
        if self.picture is not None and x.ndim == 4:
            images = y.reshape(-1, *self.picture)
            y = F.interpolate(images, x.shape[2:], mode="bilinear", antialias=True)
            return torch.cat([x, y], dim=1)
        y = y.reshape(*y.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])
        return torch.cat([x, y], dim=1)

    def _with_deviation(self, x):
        if self.training:
            # Columns that are constant in a batch have gradients too.
            found = (x.var(dim=0, correction=0) + 1e-8).sqrt().mean()
            self.deviation.lerp_(found.detach(), 0.01)
        else:
            found = self.deviation
        return torch.cat([x, found.expand_as(x[:, :1])], dim=1)


def _embedding(n_conditions, picture):
    """Network from conditions to what the critic projects on."""
    if picture is not None:
        return PictureCode(picture, _EMBEDDED)
    return nn.Sequential(
        nn.Linear(n_conditions, _HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(_HIDDEN, _EMBEDDED),
    )


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

    def __init__(self, n_inputs, n_outputs, *, width=192, n_blocks=5):
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
