"""Networks of a GANSampler: how they are built, checked and kept as they were."""

import numpy as np
import torch

from .. import nn
from ..encoding import RankEncoder
from ..training import SeededDraws
from ._asked import Asked
from ._codes import Codes
from ._players import Critic, Generator, RowCritic, RowGenerator

__all__ = ["RECIPES", "Networks"]

_MOST_NOISE = 64  # numbers of noise with n_latent="auto"
_N_CODES = 32  # of an autoencoding critic of images
# Generator and critic.
RECIPES = {
    "mlp": (RowGenerator, RowCritic),
    "dcgan": (nn.DCGANGenerator, nn.DCGANCritic),
    "resnet": (nn.ResNetGenerator, nn.ResNetCritic),
}
# Parameters that networks and encoding depend on.
_LASTING = (
    "image_shape",
    "n_latent",
    "n_code_classes",
    "n_code_numbers",
    "conditions",
    "conditioning",
    "pack",
    "minibatch_deviation",
)


class Networks:
    """What the networks of a `GANSampler` are, also after its parameters changed."""

    def _described(self):
        """Describe what must stay as it was at the first fit."""
        found = {name: getattr(self, name) for name in _LASTING}
        for name, value in found.items():
            if np.ndim(value):
                found[name] = [v.item() if hasattr(v, "item") else v for v in value]
        found["autoencoding"] = self._loss.autoencoding
        found["state"] = sorted(self._loss.initial_state())
        return found

    def _check_same(self, structure):
        for name, value in self._structure.items():
            if structure[name] != value:
                what = "loss" if name in ("autoencoding", "state") else name
                raise ValueError(
                    f"{what} must be what it was in the fit that this one goes on from "
                    f"({name}={value!r}), got {structure[name]!r}; set "
                    "warm_start=False and call fit to begin anew."
                )

    def _noise_size(self):
        if self.n_latent != "auto":
            return int(self.n_latent)
        shape = self._net_shape
        return _MOST_NOISE if isinstance(shape, tuple) else min(_MOST_NOISE, shape)

    @property
    def _is_table(self):
        return isinstance(self.encoder_, RankEncoder)

    @property
    def _codes(self):
        asked = getattr(self, "_structure", None) or vars(self)
        return Codes(int(asked["n_code_classes"]), int(asked["n_code_numbers"]))

    @property
    def _asked(self):
        """Columns whose values can be asked for, or None."""
        if not self._is_table or not self.encoder_.keep:
            return None
        return Asked([self.encoder_.category_block(j) for j in self.encoder_.keep])

    def _some_inputs(self, rng, n):
        """Draw inputs of the generator that ask for nothing."""
        z = torch.as_tensor(self._noise(rng, n))
        y = given = None
        if self._n_classes:
            y = torch.as_tensor(rng.integers(self._n_classes, size=n))
        if self._asked is not None:
            given = torch.zeros(n, self._asked.n_inputs)
        return z, y, given

    def _recipe(self, name):
        """Recipe of the network of a player."""
        asked = getattr(self, name)
        if callable(asked):
            return asked
        if asked == "auto":
            asked = "mlp" if self._is_table else "dcgan"
        if name == "critic" and asked != "mlp" and self._structure["autoencoding"]:
            return _image_autoencoder
        return RECIPES[asked][name == "critic"]

    @property
    def _blocks(self):
        return self.encoder_.blocks_ if self._is_table else None

    def _generator(self):
        return Generator(
            self._recipe("generator"),
            self.n_latent_ + self._codes.width,
            self._n_classes,
            self._net_shape,
            self._blocks,
            self._asked,
        )

    def _critic(self):
        asked, start = self._structure, self._loss.initial_state()
        return Critic(
            self._recipe("critic"),
            self._net_shape,
            self._n_classes,
            asked["conditioning"],
            asked["pack"],
            self._blocks,
            asked["autoencoding"],
            self._codes.width,
            asked["minibatch_deviation"],
            0 if self._asked is None else len(self._asked.widths),
            {name: start.get(name, torch.zeros(())) for name in asked["state"]},
        )

    def _build_module(self):
        return self._generator()

    def _weights_of_module(self):
        return self._weights_of("generator")

    def _weights_of(self, player):
        prefix = f"{player}."
        return {
            k.removeprefix(prefix): a
            for k, a in self.weights_.items()
            if k.startswith(prefix)
        }

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        for name in ("generator", "critic"):
            asked = getattr(self, name)
            if self.image_shape is None and asked in ("dcgan", "resnet"):
                raise ValueError(
                    f"{name}={asked!r} needs images; set image_shape=(height, width), "
                    'or use "mlp".'
                )
            if self.image_shape is not None and asked == "mlp":
                raise ValueError(
                    f'{name}="mlp" is for tables; set image_shape=None, or use '
                    '"dcgan" or "resnet".'
                )
        if self._loss.autoencoding and self.critic in ("dcgan", "resnet"):
            raise ValueError(
                f"loss={self._loss.name!r} needs a critic that brings images back; set "
                'critic="auto", or to a recipe critic(input_shape, input_shape).'
            )
        if self._loss.autoencoding and self._codes.width:
            raise ValueError(
                f"loss={self._loss.name!r} has a critic that brings rows back and "
                "recovers no codes; set n_code_classes=0 and n_code_numbers=0, or "
                "take another loss."
            )
        n = 2 * self.pack
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            net, critic = self._generator().eval(), self._critic().eval()
            inputs = self._some_inputs(np.random.default_rng(0), n)
            rows = _run_or_say("generator", net, *inputs)
        shape = self._net_shape
        want = (n, *(shape if isinstance(shape, tuple) else (shape,)))
        if tuple(rows.shape) != want:
            more = 0 if self._asked is None else self._asked.n_inputs
            raise ValueError(
                "generator must be a recipe of a network that maps (batch, "
                f"{net.n_noise + self._n_classes + more}) to (batch, "
                f"{', '.join(map(str, want[1:]))}), got {tuple(rows.shape)} for {n} "
                "rows."
            )
        # An output too few ends in a shape that does not fit, or in an error.
        mask = None if inputs[2] is None else self._asked.mask(inputs[2])
        with torch.no_grad():
            judged = _run_or_say("critic", critic, rows, inputs[1], mask)
        if tuple(judged.scores.shape) != (2,):
            raise ValueError(
                "critic must be a recipe critic(input_shape, n_outputs) of a network "
                f"that gives (batch, n_outputs), got scores of shape "
                f"{tuple(judged.scores.shape)} for a batch of 2."
            )


def _image_autoencoder(image_shape, _):
    """Critic that brings images back."""
    return torch.nn.Sequential(
        nn.ConvEncoder(image_shape, _N_CODES), nn.ConvDecoder(_N_CODES, image_shape)
    )


def _run_or_say(name, module, *inputs):
    """Run a network of the user, whose errors hardly say what is wrong."""
    try:
        return module(*inputs)
    except (RuntimeError, IndexError, TypeError) as error:
        shape = tuple(inputs[0].shape)
        raise ValueError(
            f"{name} does not take its input, rows or noise of shape {shape}: {error}"
        ) from error
