"""Networks of a GANSampler: how they are built, checked and kept as they were."""

from functools import partial

import numpy as np
import torch

from .. import nn
from ..encoding.conditions import picture_shape
from ..losses.gan import LOSSES
from ..training import SeededDraws, build_network
from ._augment import DiffAugment
from ._codes import NO_CODES, InfoCodes
from ._conditions import ConditionColumns, Conditions
from ._critic_inputs import MinibatchDeviation, Packing, read_critic_input
from ._players import Critic, Generator, RowCritic, RowGenerator
from ._rows import GameRows
from ._sampler_games import GeneratorMixture, SamplerGame

_INPUTS = {"generator": "n_inputs, output_shape", "critic": "input_shape, n_outputs"}
_OF_IMAGES = "dcgan", "resnet", "biggan", "growing"
_N_CODES = 32  # of an autoencoding critic of images
# Generator and critic.
RECIPES = {
    "mlp": (RowGenerator, RowCritic),
    "dcgan": (nn.DCGANGenerator, nn.DCGANCritic),
    "resnet": (nn.ResNetGenerator, nn.ResNetCritic),
    "biggan": (nn.BigGANGenerator, nn.ResNetCritic),
    "growing": (nn.GrowingGenerator, nn.GrowingCritic),
}


class GANNetworks(GameRows):
    """What the networks of a `GANSampler` are, also after its parameters changed."""

    def _describe(self):
        """Describe what must stay as it was at the first fit, in plain values."""
        inputs = self._critic_input
        codes, conditions = self.codes or NO_CODES, self._conditions
        columns = conditions.columns
        if columns is not None and not isinstance(columns, str):
            columns = [plain(name) for name in columns]
        layout, augment = self._pixel_layout, inputs[DiffAugment]
        shape = layout["image_shape"]
        return {
            "grows": self.growth is not None,
            "image_shape": None if shape is None else [int(n) for n in shape],
            "n_axes": layout["n_axes"],
            "n_latent": self.n_latent,
            "codes": [int(codes.n_classes), int(codes.n_numbers)],
            "conditions": {"columns": columns, "critic": conditions.critic},
            "critic_input": {
                "pack": int(inputs[Packing].size),
                "deviation": inputs[MinibatchDeviation] is not None,
                "adaptive": bool(augment is not None and augment.adaptive),
            },
            "loss": {
                "generators": 1 if self._other_game is None else self.loss.n_generators,
                "third": None if self._other_game is None else self.loss.third,
                "autoencoding": self._loss.autoencoding,
                "state": sorted(self._loss.initial_state()),
            },
        }

    def _check_same(self, structure):
        for name, value in self._structure.items():
            if structure[name] != value:
                raise ValueError(
                    f"{name} must be what it was in the fit that this one goes on from "
                    f"({value!r}), got {structure[name]!r}; set warm_start=False and "
                    "call fit to begin anew."
                )

    @property
    def _loss(self):
        if isinstance(self.loss, SamplerGame):
            return self.loss.adversarial_loss()
        return LOSSES[self.loss] if isinstance(self.loss, str) else self.loss

    @property
    def _other_game(self):
        """The game that is played in place of the plain one, or None."""
        return self.loss if isinstance(self.loss, SamplerGame) else None

    @property
    def _conditions(self):
        found = self.conditions
        return found if isinstance(found, Conditions) else Conditions(found)

    @property
    def _critic_input(self):
        """What is done to rows before the critic sees them, by its kind."""
        return read_critic_input(self.critic_input, self._augments_itself)

    @property
    def _is_volume(self):
        return self.volume_shape is not None

    @property
    def _augments(self):
        return self._critic_input[DiffAugment] is not None

    @property
    def _condition_options(self):
        """Encoder and shape of the conditions of ``fit(X, y)``."""
        return self._conditions.encoder, self._conditions.shape

    @property
    def _fitted_codes(self):
        """Codes of the fitted networks."""
        if not hasattr(self, "_structure"):
            return self.codes or NO_CODES
        return InfoCodes(*self._structure["codes"])

    @property
    def _columns(self):
        """Columns that can have conditions, or None."""
        if not self._is_table or not self.encoder_.keep:
            return None
        blocks = [self.encoder_.category_block(j) for j in self.encoder_.keep]
        return ConditionColumns(blocks)

    def _some_inputs(self, rng, n):
        """Draw inputs of the generator, without conditions on columns."""
        z = torch.as_tensor(self._noise(rng, n))
        y = given = None
        if self._is_vector:
            rows = self.condition_rows_
            y = torch.as_tensor(rows[rng.integers(len(rows), size=n)])
        elif self._n_classes:
            y = torch.as_tensor(rng.integers(self._n_classes, size=n))
        if self._columns is not None:
            given = torch.zeros(n, self._columns.n_inputs)
        return z, y, given

    def _recipe(self, player):
        """Recipe of the network of a player."""
        recipe = getattr(self, player)
        if callable(recipe):
            call = f"{player}({_INPUTS[player]})"
            return partial(build_network, player, recipe, call=call)
        if recipe == "auto":
            recipe = "mlp" if self._is_table else "dcgan"
            if self._structure["grows"]:
                recipe = "growing"
        autoencoding = self._structure["loss"]["autoencoding"]
        if player == "critic" and recipe != "mlp" and autoencoding:
            return _image_autoencoder
        return RECIPES[recipe][player == "critic"]

    def _build_generator(self):
        recipe, n = self._recipe("generator"), self._structure["loss"]["generators"]
        return Generator(
            recipe if n == 1 else partial(GeneratorMixture, recipe, int(n)),
            self.n_latent_ + self._fitted_codes.width,
            self._condition_width,
            self._net_shape,
            self._blocks,
            self._columns,
            self._picture,
        )

    @property
    def _picture(self):
        """Shape of conditions that are pictures, or None."""
        if not self._is_vector:
            return None
        return picture_shape(self.condition_encoder_.shape)

    def _build_critic(self):
        structure, start = self._structure, self._loss.initial_state()
        names = structure["loss"]["state"]
        return Critic(
            self._recipe("critic"),
            self._net_shape,
            blocks=self._blocks,
            classes=(self._condition_width, structure["conditions"]["critic"]),
            vectors=self._is_vector,
            picture=self._picture,
            n_codes=self._fitted_codes.width,
            n_conditions=0 if self._columns is None else len(self._columns.widths),
            autoencoding=structure["loss"]["autoencoding"],
            state={name: start.get(name, torch.zeros(())) for name in names},
            **structure["critic_input"],
        )

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        for name in ("generator", "critic"):
            recipe = getattr(self, name)
            if self._is_volume and recipe in _OF_IMAGES[1:]:
                raise ValueError(
                    f'{name}={recipe!r} is for images; use "dcgan" for volumes, or a '
                    "recipe."
                )
            if not self._has_pixels and recipe in _OF_IMAGES:
                raise ValueError(
                    f"{name}={recipe!r} needs images; set image_shape=(height, width), "
                    'or use "mlp".'
                )
            if self._has_pixels and recipe == "mlp":
                raise ValueError(
                    f'{name}="mlp" is for tables; set image_shape=None, or use '
                    '"dcgan" or "resnet".'
                )
        if self.image_shape is None and (self.growth is not None or self._augments):
            what = "growth" if self.growth is not None else "DiffAugment"
            raise ValueError(
                f"{what} is for images; set image_shape=(height, width), or leave it "
                "out."
            )
        if self._loss.autoencoding and self.critic in _OF_IMAGES:
            raise ValueError(
                f"loss={self._loss.name!r} needs a critic that brings images back; set "
                'critic="auto", or to a recipe critic(input_shape, input_shape).'
            )
        if self._loss.autoencoding and self._fitted_codes.width:
            raise ValueError(
                f"loss={self._loss.name!r} has a critic that brings rows back and "
                "recovers no codes; set codes=None, or take another loss."
            )
        n = 2 * self._structure["critic_input"]["pack"]
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            net, critic = self._build_generator().eval(), self._build_critic().eval()
            inputs = self._some_inputs(np.random.default_rng(0), n)
            rows = _run("generator", net, *inputs)
        mismatch = self._conditions.mismatch
        if mismatch and not self._condition_width:
            raise ValueError(
                f"mismatch={mismatch!r} needs conditions; call fit(X, y), or set it "
                "to 0."
            )
        critic_of = self._structure["conditions"]["critic"]
        if mismatch and (critic_of == "auxiliary" or self._loss.autoencoding):
            raise ValueError(
                f"mismatch={mismatch!r} needs a critic whose score depends on the "
                'condition; set critic="projection" or "embedding", and a loss without '
                "an autoencoding critic."
            )
        if self.growth is not None and self.early_stopping:
            raise ValueError(
                "early_stopping must be False with growth: networks that are still "
                "small would be the best."
            )
        if self.growth is not None and self._loss.autoencoding:
            raise ValueError(
                f"loss={self._loss.name!r} has a critic that brings images back and "
                "does not grow; set growth=None, or take another loss."
            )
        if self.growth is not None:
            for name, module in (("generator", net), ("critic", critic)):
                if not any(hasattr(m, "n_stages") for m in module.modules()):
                    raise ValueError(
                        f"growth needs a {name} that grows, with n_stages and level as "
                        f'nn.GrowingGenerator has them; set {name}="auto".'
                    )
        shape = self._net_shape
        want = (n, *(shape if isinstance(shape, tuple) else (shape,)))
        if tuple(rows.shape) != want:
            more = 0 if self._columns is None else self._columns.n_inputs
            raise ValueError(
                "generator must be a recipe of a network that maps (batch, "
                f"{net.n_noise + self._condition_width + more}) to (batch, "
                f"{', '.join(map(str, want[1:]))}), got {tuple(rows.shape)} for {n} "
                "rows."
            )
        # An output too few ends in a shape that does not fit, or in an error.
        mask = None if inputs[2] is None else self._columns.mask(inputs[2])
        with torch.no_grad():
            output = _run("critic", critic, rows, inputs[1], mask)
            if self._other_game is not None:
                self._other_game.check(critic, rows, inputs[1], mask)
        if tuple(output.scores.shape) != (2,):
            raise ValueError(
                "critic must be a recipe critic(input_shape, n_outputs) of a network "
                f"that gives (batch, n_outputs), got scores of shape "
                f"{tuple(output.scores.shape)} for a batch of 2."
            )


def _image_autoencoder(image_shape, _):
    """Critic that brings images back."""
    return torch.nn.Sequential(
        nn.ConvEncoder(image_shape, _N_CODES), nn.ConvDecoder(_N_CODES, image_shape)
    )


def _run(name, module, *inputs):
    """Run a network of the user, whose errors hardly say what is wrong."""
    try:
        return module(*inputs)
    except (RuntimeError, IndexError, TypeError) as error:
        shape = tuple(inputs[0].shape)
        raise ValueError(
            f"{name} does not take its input, rows or noise of shape {shape}: {error}"
        ) from error


def plain(value):
    """Give a numpy scalar as Python's."""
    return value.item() if isinstance(value, np.generic) else value
