"""DomainTranslator: rows of one domain as rows of another, without pairs."""

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from numbers import Integral, Real

import numpy as np
import pandas as pd
import torch
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions, fit_context
from ..base import NeuralEstimator
from ..encoding import ImageEncoder
from ..encoding.classes import class_codes, read_classes
from ..training import (
    Group,
    SeededDraws,
    TrainingData,
    as_tensor,
    build_network,
    run_network,
)
from ._closed_form import level_starts, transports
from ._coded_games import DRGAN, DTN, UNIT, DeepFake, GeneGAN
from ._domain_games import CycleGAN, DiscoGAN, DomainGame, DualGAN
from ._domain_players import (
    AttributeTranslator,
    CodeDecoder,
    CodeEncoder,
    CodeTranslator,
    Columns,
    DomainCritic,
    Levels,
    PairwiseTranslator,
)

#: Games by name: what ``DomainTranslator(game="...")`` selects.
DOMAIN_GAMES = {
    "cyclegan": CycleGAN(),
    "discogan": DiscoGAN(),
    "dualgan": DualGAN(),
    "unit": UNIT(),
    "dtn": DTN(),
    "deepfake": DeepFake(),
    "drgan": DRGAN(),
    "genegan": GeneGAN(),
}
_RECIPES = {
    "unet": nn.UNet,
    "resnet": nn.ResidualTranslator,
    "mlp": nn.RowTranslator,
}
_CALLS = {
    "generator": "generator(input_shape, output_shape)",
    "critic": "critic(input_shape, n_outputs)",
}


@dataclass
class DomainData(TrainingData):
    """Rows of all domains.

    Parameters
    ----------
    pairs : dict of ndarray of shape (n_pairs, 2)
        Places of known pairs, by their two domains.
    start : dict of ndarray or None
        The closed-form maps that networks begin at; None for those that go on.
    """

    pairs: dict = field(default_factory=dict)
    start: dict | None = None


class DomainTranslator(OneToOneFeatureMixin, TransformerMixin, NeuralEstimator):
    """Translation between domains of rows that nobody paired.

    The labels of `fit` name the domain of each row: photographs and drawings, the
    instruments of two laboratories. Networks learn to make rows of one domain look like
    those of another in a `game` against a critic, and to keep what they show.

    Parameters
    ----------
    game : str or DomainGame, default="cyclegan"
        :class:`CycleGAN`, :class:`DiscoGAN`, :class:`DualGAN`, :class:`UNIT`,
        :class:`DTN`, :class:`DRGAN`, :class:`GeneGAN` or :class:`DeepFake`, or their
        names in lower case.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    generator : {"auto", "unet", "resnet", "mlp"} or callable, default="auto"
        Network of a direction, or a recipe ``generator(input_shape, output_shape)`` of
        one; with more than two domains its input has the codes of both. A shape is an
        int for tables, else ``(channels, height, width)``; values of images are from -1
        to 1. ``"auto"``: ``"unet"`` for images, ``"mlp"`` for tables; games with
        codes have networks of their own.
    critic : {"auto", "patch", "mlp"} or callable, default="auto"
        Network, or a recipe ``critic(input_shape, n_outputs)`` of one, with an output
        for each domain. ``"auto"``: ``"patch"`` for images, without spectral norm,
        which holds translations where they are; ``"mlp"`` for tables.
    ema : float in [0, 1), default=0.99
        Decay of the running average of the weights.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"``: 1,500 steps, in 2 to 400 epochs.
    batch_size : int or "auto", default="auto"
        Rows of a domain in a batch; ``"auto"``: 128 of a table, 8 images.
    learning_rate : float, default=5e-4
        Step size of AdamW, decaying to zero by a cosine; the critic's is twice as
        large, and that of a game without critic four times.
    weight_decay : float, default=0.0
        Decoupled weight decay.
    early_stopping : bool, default=False
        Whether to hold rows out, to stop when their loss no longer falls and to keep
        the best weights.
    validation_fraction : float, default=0.1
        Share of the rows held out for early stopping.
    n_iter_no_change : int, default=20
        Epochs without improvement before stopping early.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights and optimizers of the last fit.
    callbacks : list of skorch callbacks, default=None
        Called during training.
    device : str, default="auto"
        ``"auto"``: CUDA, then MPS, then the CPU.
    random_state : int, RandomState or None, default=None
        Seed of everything random.
    verbose : int, default=0
        1 shows a progress bar with the losses.

    Attributes
    ----------
    encoder_ : object
        How rows become numbers.
    classes_ : ndarray of shape (n_domains,)
        Names of the domains, sorted.
    weights_ : dict of ndarray
        Weights of the networks.
    history_ : list of dict
        Losses and scores of each epoch.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    PairedTranslator : Translation along known pairs.

    Notes
    -----
    What a map keeps is not in the data: any map that turns one distribution into the
    other fools the critic. Networks that begin as the identity, cycles and identity
    terms prefer maps that move little. Where the true map moves far (turned digits) a
    few known pairs decide, ``fit(X, y, pairs=...)``.

    Rows begin at a map in closed form, and the network learns what that leaves. Tables
    begin at the optimal transport of one Gaussian to another. Images begin as they are,
    with the mean and the deviation that channels have in the other domain, or with
    these and brightness turned round: what is nearest to the other domain by the energy
    distance. On tables that start alone (``max_epochs=1``) can be as good as the game;
    ``CycleGAN(content_weight=1.0)`` was ahead of both.

    The loss of the held-out rows is the energy distance of translations from rows of
    the domain they shall be of; it never looks at pairs.

    References
    ----------
    J.-Y. Zhu, T. Park, P. Isola, A. Efros, "Unpaired image-to-image translation using
    cycle-consistent adversarial networks", ICCV 2017.

    Examples
    --------
    Digits, and digits whose brightness is inverted:

    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skgen import DomainTranslator
    >>> X, _ = load_digits(return_X_y=True)
    >>> X[900:] = 16 - X[900:]
    >>> y = np.repeat(["black", "white"], [900, 897])
    >>> model = DomainTranslator(image_shape=(8, 8), max_epochs=1, random_state=0)
    >>> model.fit(X, y).transform(X[:2]).shape
    (2, 64)
    """

    _parameter_constraints = {
        "game": [StrOptions(set(DOMAIN_GAMES)), DomainGame],
        "generator": [StrOptions({"auto", *_RECIPES}), callable],
        "critic": [StrOptions({"auto", "patch", "mlp"}), callable],
        "ema": [Interval(Real, 0, 1, closed="left")],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"auto"}),
        ],
    }
    _player = "translator"
    _min_steps = 4
    _linear_numbers = True
    _auto_steps, _auto_epochs = 1500, (2, 400)
    # Translations are rows: they come back in the dtypes that the rows have.
    _keeps_dtypes = True

    def __init__(
        self,
        game="cyclegan",
        *,
        image_shape=None,
        generator="auto",
        critic="auto",
        ema=0.99,
        max_epochs="auto",
        batch_size="auto",
        learning_rate=5e-4,
        weight_decay=0.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=20,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    # -- fit ---------------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, pairs=None):
        """Learn from rows of two domains or more.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows of all domains.
        y : array-like of shape (n_samples,)
            Name of the domain of each row.
        pairs : array-like of int, shape (n_pairs, 2), default=None
            Places in `X` of rows that are each other's translations, if a few are
            known.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If there are fewer than two domains or a domain has fewer than two rows, if
            a pair is of rows of one domain, or if a column of a table holds what the
            encoder cannot read.
        TypeError
            If a column cannot be encoded, dates for instance.
        FloatingPointError
            If a loss is no longer finite.
        """
        self._given_pairs = pairs
        try:
            return self._fit(X, y, goes_on=self.warm_start)
        finally:
            del self._given_pairs

    def fit_domains(self, *domains):
        """Learn from the rows of each domain; their names are 0, 1, ...

        Parameters
        ----------
        *domains : array-like or DataFrame of shape (n_rows, n_features)
            Rows of each domain, with the same columns.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        if len(domains) < 2:
            raise ValueError(
                "fit_domains needs the rows of two domains or more, got "
                f"{len(domains)}."
            )
        y = np.repeat(np.arange(len(domains)), [len(rows) for rows in domains])
        if all(hasattr(rows, "columns") for rows in domains):
            return self.fit(pd.concat(domains, ignore_index=True), y)
        return self.fit(np.concatenate([np.asarray(rows) for rows in domains]), y)

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of the domains; learns or checks them."""
        if y is None:
            raise ValueError(
                "This DomainTranslator estimator requires y to be passed, but the "
                "target y is None: fit(X, y) takes the domain of each row."
            )
        if goes_on:
            return class_codes(y, self.classes_, n_rows)
        known, codes = read_classes(y, n_rows, classes)
        counts = np.bincount(codes, minlength=len(known))
        if len(known) < 2 or counts.min() < 2:
            raise ValueError(
                "y must name two domains or more, with two rows each at least, got "
                f"{known[counts > 0].tolist()[:10]} with {counts.tolist()[:10]} rows: "
                f"one class is no domain to translate into."
            )
        self.classes_ = known
        return codes

    def _prepare(self, X, y, goes_on, streams):
        structure = [type(self._game).__name__, int(self._game.pool)]
        if not goes_on:
            self._structure = structure
            self.encoder_ = self._fit_encoder(X)
            self._check_networks()
        elif structure != self._structure:
            raise ValueError(
                "game and its pool must be what they were in the fit that this one "
                f"goes on from, {self._structure}, got {structure}; set "
                "warm_start=False and call fit to begin anew."
            )
        counts = np.bincount(y, minlength=len(self.classes_))
        if counts.min() == 0:
            raise ValueError(
                "y must have rows of each domain, got none of "
                f"{self.classes_[counts == 0].tolist()}."
            )
        Z = self._encode(X)
        groups = [Group(y == k, [Z]) for k in range(len(self.classes_))]
        pairs = self._read_pairs(y)
        start = None if goes_on else self._closed_form(Z, y)
        return DomainData([Z, y], strata=y, groups=groups, pairs=pairs, start=start)

    def _closed_form(self, Z, codes):
        """Fit the maps that networks begin at; None for a game that takes none."""
        if self._game.attributes:
            return None
        rows = [Z[codes == k] for k in range(len(self.classes_))]
        return level_starts(rows) if self._is_image else transports(rows, self._blocks)

    def _read_pairs(self, codes):
        """Known pairs by their domains: places of the one and of the other."""
        pairs = getattr(self, "_given_pairs", None)
        if pairs is None:
            return {}
        pairs = np.asarray(pairs)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
            raise ValueError(
                "pairs must hold two places in X for each pair, whole numbers of shape "
                f"(n_pairs, 2), got shape {pairs.shape} and dtype {pairs.dtype}."
            )
        if len(pairs) and not (0 <= pairs.min() and pairs.max() < len(codes)):
            raise ValueError(f"pairs must hold places in X, 0 to {len(codes) - 1}.")
        domains = codes[pairs]
        if (domains[:, 0] == domains[:, 1]).any():
            raise ValueError("pairs must be of rows of two domains, not of one.")
        found = {}
        for pair, (a, b) in zip(pairs, domains.tolist(), strict=True):
            found.setdefault((a, b), []).append(pair)
        return {key: np.array(rows) for key, rows in found.items()}

    def _networks(self, data):
        start = None if data is None else (data.foreseen or data).start
        found = {"translator": partial(self._build_translator, start)}
        if self._game.adversarial:
            found = {"critic": self._build_critic, **found}
        return found

    def _objectives(self, data):
        Z = data.arrays[0]
        pairs = [
            (a, b, *(as_tensor(Z[rows[:, side]], data.device) for side in (0, 1)))
            for (a, b), rows in data.pairs.items()
        ]
        return self._game.objectives(pairs)

    def _net_options(self, data):
        rates = {"translator": self._game.pace * self.learning_rate}
        if self._game.adversarial:
            rates["critic"] = 2 * self.learning_rate
        loss = self._game._loss
        return {
            "learning_rate": rates,
            "schedule": "cosine",
            "ema": self.ema,
            "betas": (0.5, 0.99),
            "every": {"translator": loss.n_critic if self._game.adversarial else 1},
        }

    # -- translations ------------------------------------------------------------------

    def transform(self, X):
        """Translate rows of the first domain into the second.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows of ``classes_[0]``.

        Returns
        -------
        X_translated : ndarray or DataFrame of shape (n_samples, n_features)
            Rows as ``classes_[1]`` has them, in the container and the dtypes that `fit`
            saw.
        """
        check_is_fitted(self)
        return self._translate(X, 0, 1)

    def inverse_transform(self, X):
        """Translate rows of the second domain into the first.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows of ``classes_[1]``.

        Returns
        -------
        X_translated : ndarray or DataFrame of shape (n_samples, n_features)
            Rows as ``classes_[0]`` has them.
        """
        check_is_fitted(self)
        return self._translate(X, 1, 0)

    def translate(self, X, *, source, target):
        """Translate rows of one domain into another.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows of the source.
        source, target : label
            Names of domains.

        Returns
        -------
        X_translated : ndarray or DataFrame of shape (n_samples, n_features)
            Rows as the target has them; with ``target=source`` rows as they come back
            from a game with codes, or as they are.

        Raises
        ------
        ValueError
            If a name is none of a domain of `fit`.
        """
        check_is_fitted(self)
        source, target = (self._domain(name) for name in (source, target))
        return self._translate(X, source, target)

    def cycle(self, X, *, source=None, target=None):
        """Translate rows there and back.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows of the source.
        source, target : label, default=None
            Names of domains; None: the first and the second.

        Returns
        -------
        X_back : ndarray or DataFrame of shape (n_samples, n_features)
            Rows of the source.
        """
        check_is_fitted(self)
        a = 0 if source is None else self._domain(source)
        b = 1 if target is None else self._domain(target)
        return self._translate(X, a, b, a)

    def _domain(self, name):
        return int(class_codes([name], self.classes_, 1)[0])

    def _translate(self, X, *domains):
        """Translate rows from domain to domain."""
        Z = self._encode(self._read_X(X, reset=False))
        for source, target in pairwise(domains):
            Z = self._moved(Z, source, target)
        rows = self.encoder_.inverse_transform(Z, clip=True)
        if hasattr(rows, "index") and hasattr(X, "iloc"):
            rows.index = X.index
        return rows

    def _moved(self, Z, source, target):
        """Translate encoded rows."""
        if source == target and not self._game.coded:
            return Z

        def call(net, x):
            return net.translate(x, source, target)

        return self._run(Z, call=call)

    # -- networks ----------------------------------------------------------------------

    @property
    def _game(self):
        return DOMAIN_GAMES[self.game] if isinstance(self.game, str) else self.game

    @property
    def _is_image(self):
        return isinstance(self.encoder_, ImageEncoder)

    @property
    def _blocks(self):
        """First column and width of each category of a table, missing ones included."""
        encoder = self.encoder_
        widths = encoder.widths_ + encoder.has_missing_
        return [
            (int(encoder.starts_[j]), int(widths[j]))
            for j, kind in enumerate(encoder.kinds_)
            if kind == "category"
        ]

    @property
    def _batch_size(self):
        if self.batch_size != "auto":
            return self.batch_size
        return 128 if self.image_shape is None else 8

    def _recipe(self, player):
        recipe = getattr(self, player)
        if callable(recipe):
            return partial(build_network, player, recipe, call=_CALLS[player])
        if player == "critic":
            if self._is_image:
                return partial(nn.PatchCritic, spectral=False)
            return partial(nn.MLP, hidden=(128, 128))
        if recipe == "auto":
            recipe = "unet" if self._is_image else "mlp"
        return _RECIPES[recipe]

    def _build_translator(self, start=None):
        shape, n = self._net_shape, len(self.classes_)
        if self._is_image:
            around = Levels(shape[0], n)
        else:
            around = Columns(shape, n, self._blocks)
        for name, value in (start or {}).items():
            setattr(around, name, torch.as_tensor(value, dtype=torch.float32))
        if self._game.attributes:
            return AttributeTranslator(CodeEncoder, CodeDecoder, shape, around)
        if self._game.coded:
            return CodeTranslator(CodeEncoder, CodeDecoder, shape, n, around)
        return PairwiseTranslator(self._recipe("generator"), shape, n, around)

    def _build_critic(self):
        return DomainCritic(
            self._recipe("critic"),
            self._net_shape,
            len(self.classes_),
            self._game.pool,
            CodeEncoder(self._net_shape).code_shape
            if self._game.judges_codes
            else None,
        )

    def _build_module(self, player):
        return self._networks(None)[player]()

    def _check_networks(self):
        """Refuse networks that do not fit, before any training."""
        for name, of_images in (
            ("generator", ("unet", "resnet")),
            ("critic", ("patch",)),
        ):
            value = getattr(self, name)
            if isinstance(value, str) and value != "auto":
                if (value in of_images) != self._is_image:
                    kind = "tables" if self._is_image else "images"
                    raise ValueError(
                        f'{name}="{value}" is for {kind}; set image_shape accordingly, '
                        'or use "auto".'
                    )
        if self._game.attributes and len(self.classes_) != 2:
            raise ValueError(
                f"game={self.game!r} is for two domains, without and with an attribute,"
                f" got {len(self.classes_)}."
            )
        if self._game.coded and self.generator != "auto":
            raise ValueError(
                f"game={self.game!r} has an encoder and decoders of its own; set "
                'generator="auto", or take a game such as "cyclegan".'
            )
        shape, n = self._net_shape, len(self.classes_)
        rows = torch.zeros(2, *(shape if isinstance(shape, tuple) else (shape,)))
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            if not self._game.coded:
                net = self._build_translator().eval()
                seen = net.with_codes(rows, 0, 1)
                found = run_network("generator", net.net_of(0), seen)
                if found.shape != rows.shape:
                    raise ValueError(
                        f"generator must be a recipe {_CALLS['generator']} of a "
                        f"network that maps {tuple(seen.shape)} to "
                        f"{tuple(rows.shape)}, got {tuple(found.shape)}."
                    )
            if self._game.adversarial:
                critic = self._build_critic().eval()
                found = run_network("critic", critic.net, rows)
                if found.ndim < 2 or found.shape[:2] != (2, n):
                    raise ValueError(
                        f"critic must be a recipe {_CALLS['critic']} of a network that "
                        f"maps {tuple(rows.shape)} to (2, {n}) or (2, {n}, n_patches), "
                        f"got {tuple(found.shape)}."
                    )
