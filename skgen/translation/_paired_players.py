"""Generator and critic of pairs: what surrounds the networks, and their game."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from ..losses.penalties import R1
from ._augment import change_alike

_PENALTY = R1(0.1)  # of critics of tables; those of images have spectral norm
_END = 0.999  # from which on a pixel is at the end of the range


class PairGenerator(nn.Module):
    """A network that maps rows, and codes where there are some, to answers.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, output_shape)``.
    input_shape, output_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    n_latent : int
        Size of the code of noise.
    projection : tuple (float, float) or None
        Scale and shift that give pixels of the input the units of the answer, where the
        answer's means over blocks shall be the input.
    begins : bool
        Whether it sees first answers, images, beside the rows.
    """

    def __init__(
        self,
        recipe,
        input_shape,
        output_shape,
        n_latent=0,
        projection=None,
        begins=False,
    ):
        super().__init__()
        self.n_latent, self.projection, self.begins = n_latent, projection, begins
        self.is_image = isinstance(input_shape, tuple)
        self.factor = 1
        if projection is not None:
            self.factor = output_shape[1] // input_shape[1]
        if begins:
            shape = (output_shape[0] + input_shape[0] + n_latent, *output_shape[1:])
        elif self.is_image:
            shape = (input_shape[0] + n_latent, *input_shape[1:])
        else:
            shape = input_shape + n_latent
        self.net = recipe(shape, output_shape)

    def forward(self, x, *more):
        """Answers to rows, with the code at zero if there is none given."""
        found = self.net(self.seen(x, *more))
        if self.projection is None:
            return found
        scale, shift = self.projection
        missing = scale * x + shift - F.avg_pool2d(found, self.factor)
        return found + F.interpolate(missing, scale_factor=self.factor, mode="nearest")

    def draw(self, x, *more):
        """Answers with the dropout of the network at work."""
        nets = [m for m in self.net.modules() if hasattr(m, "noisy")]
        for net in nets:
            net.noisy = True
        try:
            return self(x, *more)
        finally:
            for net in nets:
                net.noisy = False

    def seen(self, x, *more):
        """Rows, first answers and codes as the network takes them."""
        more = list(more)
        if self.begins:
            first = more.pop(0)
            if x.shape[2:] != first.shape[2:]:
                x = F.interpolate(x, size=first.shape[2:], mode="nearest")
            x = torch.cat([first, x], dim=1)
        if not self.n_latent:
            return x
        z = more[0] if more else x.new_zeros(len(x), self.n_latent)
        if self.is_image:
            z = z[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return torch.cat([x, z], dim=1)


class PairCritic(nn.Module):
    """A network that judges answers beside their questions.

    Parameters
    ----------
    recipe : callable
        ``recipe(input_shape, n_outputs)``.
    input_shape, output_shape : int or tuple
        Columns of encoded rows, or (channels, height, width).
    """

    def __init__(self, recipe, input_shape, output_shape):
        super().__init__()
        if isinstance(output_shape, tuple):
            n_own = input_shape[0] if isinstance(input_shape, tuple) else input_shape
            shape = (n_own + output_shape[0], *output_shape[1:])
        else:
            sides = input_shape if isinstance(input_shape, tuple) else (input_shape,)
            shape = math.prod(sides) + output_shape
        self.net = recipe(shape, 1)

    def forward(self, x, y):
        """Scores, one for each answer or for each of its patches, flat."""
        return self.net(self.pair(x, y)).flatten()

    @staticmethod
    def pair(x, y):
        """Rows and answers as the network takes them."""
        if y.ndim == 2:
            x = x.flatten(1)
        elif x.ndim == 2:
            x = x[:, :, None, None].expand(-1, -1, *y.shape[2:])
        elif x.shape[2:] != y.shape[2:]:
            x = F.interpolate(x, size=y.shape[2:], mode="nearest")
        return torch.cat([x, y], dim=1)


class PairGame:
    """Objectives of the players ``"critic"`` and ``"generator"``.

    In ``step.shared`` they have in common the changed rows as ``"rows"`` and the
    answers as ``"fake"``.

    Parameters
    ----------
    distance : {"l1", "l2"}
        Mean absolute or squared error.
    weight : float
        Weight of what the critic says; 0 for no critic.
    loss : GANLoss
        Adversarial loss.
    changes : tuple of str
        Changes of images, of both sides alike.
    clipped : bool
        Whether answers are clipped to the range from -1 to 1. Those beyond it are no
        error then where the truth is at the end of it, and the critic sees the end.
    """

    def __init__(self, distance, weight, loss, changes=(), clipped=False):
        self.distance, self.weight, self.loss = distance, weight, loss
        self.changes, self.clipped = changes, clipped

    def objectives(self):
        """Objectives by the names of the players."""
        found = {"generator": self.generator, "valid": self.valid}
        return {"critic": self.critic, **found} if self.weight else found

    def critic(self, step):
        """Loss of the critic: true answers against those of the generator."""
        critic = step.players["critic"]
        x, *_, y = self._rows(step)
        fake = self._shown(self._fake(step).detach())
        real_scores, fake_scores = critic(x, y), critic(x, fake)
        loss = self.loss.critic(real_scores, fake_scores, state={})
        logs = {"real_score": real_scores.mean(), "fake_score": fake_scores.mean()}
        if y.ndim == 2 and step.total % _PENALTY.every == 0:
            term = _PENALTY(lambda rows: critic(x, rows), y, fake, step.generator)
            loss = loss + _PENALTY.every * term
        return loss, {name: value.detach() for name, value in logs.items()}

    def generator(self, step):
        """Error of the answers, and what the critic says of them."""
        x, *_, y = self._rows(step)
        fake = self._fake(step)
        error = self._error(fake, y)
        if not self.weight:
            return error
        scores = step.players["critic"](x, self._shown(fake))
        loss = error + self.weight * self.loss.generator(scores)
        return loss, {"error": error.detach()}

    def valid(self, step):
        """Error of answers to rows held out."""
        *seen, y = step.batch
        return self._error(step.players["generator"](*seen), y)

    def _error(self, fake, y):
        apart = fake - y
        if self.clipped:
            beyond = (y.abs() > _END) & (apart * y > 0)
            apart = torch.where(beyond, 0.0, apart)
        return apart.abs().mean() if self.distance == "l1" else apart.square().mean()

    def _shown(self, fake):
        return fake.clamp(-1, 1) if self.clipped else fake

    def _rows(self, step):
        """Rows, first answers where there are such, and true answers."""
        if "rows" not in step.shared:
            rows = list(step.batch)
            if self.changes:
                rows = change_alike(rows, self.changes, step.generator)
            step.shared["rows"] = rows
        return step.shared["rows"]

    def _fake(self, step):
        if "fake" not in step.shared:
            *seen, y = self._rows(step)
            generator = step.players["generator"]
            if generator.n_latent:
                shape = len(y), generator.n_latent
                draw = {"generator": step.generator, "device": y.device}
                seen.append(torch.randn(shape, **draw))
            step.shared["fake"] = generator(*seen)
        return step.shared["fake"]
