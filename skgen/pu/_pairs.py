"""PUPairTransformer: embeddings in which rows of the same thing are near."""

from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from scipy.special import expit
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .. import nn
from .._compat import Interval, StrOptions, fit_context
from ..base import NeuralEstimator
from ..encoding import ImageEncoder, TableEncoder
from ..losses import pairs as losses
from ..losses.pairs import PairLoss
from ..training import (
    SeededDraws,
    TrainingData,
    as_tensor,
    build_network,
    run_network,
)
from ._pair_batches import PairGame, csls, k_reciprocal, partners
from ._pair_metric import PairMetric
from ._pair_rows import (
    Identities,
    PairRows,
    check_cameras,
    prior_of_a_match,
    read_pairs,
    shift_and_tint,
)
from ._pu_logit import fit_pu_logit

LOSSES = {
    "infonce": losses.InfoNCE,
    "triplet": losses.TripletMargin,
    "nonnegative": losses.NonNegativePairs,
    "adversarial": losses.AdversarialPairs,
}
OF_ROWS, OF_IMAGES = (
    ("ResidualEmbedder", "MLP"),
    ("ConvEmbedder", "ConvEncoder", "ConvNet"),
)
MOST_PAIRS = 200_000  # unlabeled pairs that the calibration looks at
FEWEST_HELD_OUT = 5


@dataclass
class PairData(TrainingData):
    """Rows to train on, who matches whom, and which identities are held out.

    Parameters
    ----------
    X : ndarray of shape (n_rows, ...)
        What the network sees of the rows; batches hold their numbers.
    linear : ndarray of shape (n_rows, n_axes)
        Linear embedding.
    told : Identities
        Identities and cameras.
    pairs : ndarray of int, shape (n_pairs, 2)
        Known matches, those of identities held out included.
    held_out : ndarray of bool, shape (n_rows,)
        Rows whose identities the network is not told.
    game : PairGame
        What was trained.
    """

    X: np.ndarray | None = None
    linear: np.ndarray | None = None
    told: Identities | None = None
    pairs: np.ndarray | None = None
    held_out: np.ndarray | None = None
    game: PairGame | None = None

    def are_held_out(self):
        """Whether the network is not told of each known match."""
        return self.held_out[self.pairs[:, 0]]


class PUPairTransformer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, NeuralEstimator
):
    """Embed rows so that those of the same thing are near: re-identification.

    Some rows are known to show the same thing, the same person before two cameras say.
    Pairs of these rows are the positives, and every other pair is unlabeled: among them
    hide matches that nobody has marked. A network learns an embedding from both; rows
    that are each other's nearest are taken for matches, round by round; and a linear
    metric, learned from the same pairs, has half a say in every similarity. Of tables
    the network sees the columns of that metric.

    Parameters
    ----------
    n_components : int, default=128
        Outputs of the network. The linear metric adds its own columns.
    loss : {"infonce", "triplet", "nonnegative", "adversarial"} or PairLoss, \
            default="infonce"
        What is minimised, see :mod:`skgen.losses.pairs`; an object of there has options
        of its own. The first two take every other pair for a mismatch, the others for
        unlabeled.
    prior : float or "auto", default="auto"
        P(match) of an unlabeled pair. ``"auto"``: as if every row had one match in each
        other camera, or one in all without `groups`.
    n_rounds : int, default=2
        How often rows that are each other's nearest are taken for matches, at even
        intervals of the training; 0 for never.
    linear_weight : float, default=0.5
        Weight of the linear metric in the similarity, from 0 to 1.
    module : "auto", str or callable, default="auto"
        Recipe of the network, called as ``module(n_features, n_components)``, or with
        ``(channels, height, width)`` for images. ``"auto"`` is
        :class:`~skgen.nn.ResidualEmbedder` for tables and
        :class:`~skgen.nn.ConvEmbedder` for images.
    augment : "auto" or None, default="auto"
        ``"auto"`` shifts images by up to a sixteenth of their sides and changes colour
        and brightness at random; tables stay as they are.
    image_shape : tuple, default=None
        ``(height, width)`` or ``(height, width, channels)`` of image rows in C order.
    max_epochs : int or "auto", default="auto"
        Passes over the rows; ``"auto"`` for about 700 steps.
    batch_size : int, default=64
        Rows of a step beside the known pairs, of which there are up to 64.
    learning_rate : float, default=2e-3
        Step size of AdamW, with warm-up and cosine decay.
    weight_decay : float, default=1e-2
        Decoupled weight decay.
    calibration_fraction : float, default=0.1
        Share of the known identities that the network is not trained on, but that tell
        how similar a match is; none if there are fewer than fifty.
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
    prior_ : float
        P(match) of an unlabeled pair.
    cameras_ : ndarray or None
        Cameras seen in `fit`.
    n_known_ : int
        Known pairs.
    n_taken_ : int
        Pairs taken for matches in the last round.
    history_ : list of dict
        Losses of each epoch.
    weights_ : dict of ndarray
        Weights of the network.
    n_epochs_ : int
        Epochs trained.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` has string names.

    See Also
    --------
    skgen.metrics.cmc_curve : How early the match comes.
    PUClassifier : Positive and unlabeled rows instead of pairs.

    Notes
    -----
    The prior of a match is small, one in the number of things. It hardly moves the
    ranking, which InfoNCE learns best in ``tests/benchmarks/bench_reid.py``; it is what
    makes :meth:`pair_proba` a probability. ``loss="nonnegative"`` loses to the default
    there.

    References
    ----------
    A. van den Oord, Y. Li, O. Vinyals, "Representation learning with contrastive
    predictive coding", arXiv 1807.03748; R. Kiryo et al., "Positive-unlabeled learning
    with non-negative risk estimator", NeurIPS 2017; F. Liu, H. Chen, H. Wu,
    "Discriminative adversarial networks for positive-unlabeled learning", arXiv
    1906.00642.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import rank_k_accuracy
    >>> from skgen.pu import PUPairTransformer
    >>> rng = np.random.default_rng(0)
    >>> things = rng.normal(size=(150, 8))
    >>> first = things + 0.3 * rng.normal(size=(150, 8))
    >>> second = 3 + things + 0.3 * rng.normal(size=(150, 8))  # another camera
    >>> X, groups = np.vstack([first, second]), np.repeat([0, 1], 150)
    >>> y = np.where(np.arange(150) < 75, np.arange(150), -1)  # half are known
    >>> model = PUPairTransformer(max_epochs=30, random_state=0)
    >>> model = model.fit(X, np.tile(y, 2), groups=groups)
    >>> ranking = model.rank(first[75:], second[75:], cameras=(0, 1))
    >>> bool(np.mean(ranking[:, 0] == np.arange(75)) > 0.5)
    True
    """

    _parameter_constraints = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "loss": [StrOptions(set(LOSSES)), PairLoss],
        "prior": [Interval(Real, 0, 1, closed="neither"), StrOptions({"auto"})],
        "n_rounds": [Interval(Integral, 0, None, closed="left")],
        "linear_weight": [Interval(Real, 0, 1, closed="both")],
        "module": [str, callable],
        "augment": [StrOptions({"auto"}), None],
        "calibration_fraction": [Interval(Real, 0, 1, closed="left")],
    }
    _parts = {"encoder_": (TableEncoder, ImageEncoder), "metric_": (PairMetric,)}
    _player = "embedding"
    _auto_steps, _auto_epochs = 700, (5, 400)

    def __init__(
        self,
        n_components=128,
        *,
        loss="infonce",
        prior="auto",
        n_rounds=2,
        linear_weight=0.5,
        module="auto",
        augment="auto",
        image_shape=None,
        max_epochs="auto",
        batch_size=64,
        learning_rate=2e-3,
        weight_decay=1e-2,
        calibration_fraction=0.1,
        warm_start=False,
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    # -- learning ----------------------------------------------------------------------

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, *, groups=None):
        """Learn from rows, some of which are known to show the same thing.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            A table, or flat image rows.
        y : array-like of shape (n_samples,)
            Identity of each row: rows that share one match. -1 is unknown, and an
            identity that occurs once says nothing.
        groups : array-like of shape (n_samples,), default=None
            Camera of each row. With them a match is one of two cameras, and each camera
            has a mean of its own.

        Returns
        -------
        self : PUPairTransformer
            Fitted estimator.

        Raises
        ------
        ValueError
            If no identity is known in two rows, of two cameras where there are
            `groups`; if `groups` are of another length; if `X` cannot be read.
        TypeError
            If a column cannot be encoded, dates for instance.
        """
        return self._fit(X, PairRows(y, groups), goes_on=self.warm_start)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, classes=None, *, groups=None):
        """Train for one more epoch, on these rows; see `fit`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Identities.
        classes : None
            Not used.
        groups : array-like of shape (n_samples,), default=None
            Cameras, out of those of the first call.

        Returns
        -------
        self : PUPairTransformer
            Fitted estimator.
        """
        return self._fit(X, PairRows(y, groups), goes_on=True, epochs=1)

    def _wrap_labels(self, y):
        return PairRows(y, None)

    def _read(self, X, y, goes_on, classes):
        X = self._read_X(X, reset=not goes_on)
        known = self.cameras_ if goes_on else None
        return X, read_pairs(self, y, X.shape[0], known)

    def _prepare(self, X, rows, goes_on, streams):
        if not goes_on:
            self.encoder_ = self._fit_encoder(X)
            self.cameras_ = rows.cameras
        Z = self._encode(X)
        self.prior_ = self.prior
        if self.prior == "auto":
            self.prior_ = prior_of_a_match(rows)
        pairs = partners(rows.identities, rows.groups)
        self.n_known_, self.n_taken_ = len(pairs), 0
        # Some identities tell how similar matches are that were not trained on.
        held_out = np.zeros(len(Z), dtype=bool)
        known = np.unique(rows.identities[pairs[:, 0]])
        n = round(self.calibration_fraction * len(known))
        if n >= FEWEST_HELD_OUT:
            drawn = streams("calibration").permutation(known)[:n]
            held_out = np.isin(rows.identities, drawn)
        known = pairs[~held_out[pairs[:, 0]]]
        flat = Z.reshape(len(Z), -1)
        n_cameras = 0 if self.cameras_ is None else len(self.cameras_)
        self.metric_ = PairMetric().fit(flat, rows.groups, known, n_cameras)
        linear = self.metric_.transform(flat, rows.groups)
        seen = self._net_input(Z, linear)
        self._check_recipe(seen)
        return PairData(
            [np.arange(len(Z))],
            X=seen,
            linear=linear,
            told=rows,
            pairs=pairs,
            held_out=held_out,
        )

    def _net_input(self, Z, linear):
        """Give what the network sees: images, or of tables the linear embedding."""
        if isinstance(self.encoder_, ImageEncoder):
            return Z
        return np.float32(np.sqrt(linear.shape[1]) * linear)

    @property
    def _net_shape(self):
        is_image = isinstance(self.encoder_, ImageEncoder)
        return super()._net_shape if is_image else self.metric_.axes_.shape[1]

    def _recipe(self):
        if callable(self.module):
            return self.module
        fits = OF_ROWS if self.image_shape is None else OF_IMAGES
        if self.module == "auto":
            is_table = self.image_shape is None
            return nn.ResidualEmbedder if is_table else nn.ConvEmbedder
        if self.module not in fits:
            raise ValueError(
                f'module must be "auto", a recipe or one of {list(fits)} for '
                f"image_shape={self.image_shape!r}, got {self.module!r}."
            )
        return getattr(nn, self.module)

    def _check_recipe(self, X):
        """Refuse a recipe whose outputs do not fit, before any training."""
        x = torch.as_tensor(X[:2], dtype=torch.float32)
        call = "module(n_features, n_components)"
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            recipe, shape = self._recipe(), self._net_shape
            module = build_network(
                "module", recipe, shape, self.n_components, call=call
            )
            found = tuple(run_network("module", module.eval(), x).shape)
        if found != (len(x), self.n_components):
            raise ValueError(
                "module must map rows to (batch, n_components); for "
                f"{len(x)} rows and {self.n_components} components it returned shape "
                f"{found}. The recipe is called as {call}."
            )

    def _networks(self, data):
        recipe = partial(self._recipe(), self._net_shape, self.n_components)
        players = {"embedding": recipe}
        if data is not None and self._loss.has_critic:
            players["critic"] = recipe
        return players

    @property
    def _loss(self):
        return LOSSES[self.loss]() if isinstance(self.loss, str) else self.loss

    def _objectives(self, data):
        rows, weight = data.told, self.linear_weight
        # Held-out identities are unknown to the network.
        identities = np.where(data.held_out, -1, rows.identities)
        linear = None
        if weight:
            linear = np.sqrt(weight / max(1 - weight, 1e-6)) * data.linear
        is_image = isinstance(self.encoder_, ImageEncoder)
        data.game = PairGame(
            self._loss,
            as_tensor(data.X, data.device),
            identities,
            rows.groups,
            data.pairs[~data.are_held_out()],
            prior=self.prior_,
            linear=linear,
            n_rounds=self.n_rounds,
            augment=shift_and_tint if is_image and self.augment else None,
        )
        found = {"embedding": data.game.embedding}
        if self._loss.has_critic:
            found["critic"] = data.game.critic
        return found

    def _net_options(self, data):
        return {"schedule": "cosine", "ema": 0.99}

    def _finish(self, data, streams):
        """Calibrate the similarity: P(match) of a pair by a logistic regression."""
        self.n_taken_ = data.game.n_taken
        rows, random_state = data.told, streams("pairs")
        E = self._join(data.X, data.linear)
        held_out = data.pairs[data.are_held_out()]
        known = held_out if len(held_out) >= FEWEST_HELD_OUT else data.pairs
        a, b = random_state.randint(len(E), size=(2, MOST_PAIRS))
        apart = a != b if rows.groups is None else rows.groups[a] != rows.groups[b]
        same = (rows.identities[a] == rows.identities[b]) & (rows.identities[a] >= 0)
        a, b = a[apart & ~same], b[apart & ~same]
        scores = [(E[i] * E[j]).sum(axis=1) for i, j in (known.T, (a, b))]
        s = np.repeat([1, 0], [len(scores[0]), len(scores[1])])
        # The slope of two normals, which the fit's ridge draws to.
        apart, spread = scores[0].mean() - scores[1].mean(), scores[1].var()
        scale = max(apart, 1e-3) / max(spread, 1e-6)
        model = fit_pu_logit(
            scale * np.concatenate(scores)[:, None],
            s,
            n_members=1,
            rate=len(scores[0]) / (self.prior_ * max(len(scores[1]), 1)),
            two_sample=True,
        )
        self._slope, self._intercept = (
            scale * float(model.coef_[0, 0]),
            float(model.intercept_[0]),
        )

    # -- output ------------------------------------------------------------------------

    @property
    def _n_features_out(self):
        n_linear = self.metric_.axes_.shape[1] if self.linear_weight else 0
        return self.n_components + n_linear

    def _join(self, X, linear):
        """Embeddings of length one: network and linear metric."""
        network = self._run(X).astype(np.float64)
        network /= np.maximum(np.linalg.norm(network, axis=1, keepdims=True), 1e-12)
        if not self.linear_weight:
            return network
        weight = self.linear_weight
        return np.hstack([np.sqrt(1 - weight) * network, np.sqrt(weight) * linear])

    def transform(self, X, *, groups=None):
        """Embed rows.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        groups : array-like of shape (n_samples,) or a single camera, default=None
            Camera of each row, out of those of `fit`; None takes the mean of all.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_outputs)
            Rows of length one, `n_components` columns of the network and then those of
            the linear metric. Their inner products are the similarities, from -1 to 1.
        """
        check_is_fitted(self)
        X = self._read_X(X, reset=False)
        groups = check_cameras(groups, self.cameras_, X.shape[0])
        Z = self._encode(X)
        linear = self.metric_.transform(Z.reshape(len(Z), -1), groups)
        return self._join(self._net_input(Z, linear), linear)

    def pair_proba(self, A, B, *, cameras=(None, None), prior=None):
        """Probability that rows match, row by row.

        Parameters
        ----------
        A, B : array-like or DataFrame of shape (n_pairs, n_features)
            The two rows of each pair.
        cameras : tuple of two, default=(None, None)
            Cameras of either side, see `transform`.
        prior : float, default=None
            P(match) of such a pair before it is looked at; by default `prior_`.

        Returns
        -------
        proba : ndarray of shape (n_pairs,)
            P(match).
        """
        A = self.transform(A, groups=cameras[0])
        B = self.transform(B, groups=cameras[1])
        if A.shape != B.shape:
            raise ValueError(
                f"A and B must have as many rows, got {len(A)} and {len(B)}; rank "
                "compares each row of one with all of the other."
            )
        score = self._slope * (A * B).sum(axis=1) + self._intercept
        if prior is not None:
            if not 0 < prior < 1:
                raise ValueError(f"prior must lie in (0, 1), got {prior!r}.")
            odds = np.log(prior / (1 - prior))
            score = score + odds - np.log(self.prior_ / (1 - self.prior_))
        return expit(score)

    def distances(self, query, gallery, *, cameras=(None, None), rerank=None):
        """Distances of queries to a gallery, for the metrics of retrieval.

        Parameters
        ----------
        query : array-like or DataFrame of shape (n_queries, n_features)
            Rows that are looked for.
        gallery : array-like or DataFrame of shape (n_gallery, n_features)
            Rows among which they are looked for.
        cameras : tuple of two, default=(None, None)
            Cameras of queries and gallery, see `transform`.
        rerank : {"csls", "k_reciprocal"} or None, default=None
            ``"csls"`` takes off how near a row is to its ten nearest on the other side:
            some rows are near to all. ``"k_reciprocal"`` compares the sets of rows that
            are each other's neighbours. Both look at all queries together.

        Returns
        -------
        distances : ndarray of shape (n_queries, n_gallery)
            Smaller is nearer; without re-ranking one less the similarity.
        """
        if rerank not in (None, "csls", "k_reciprocal"):
            raise ValueError(
                f"rerank must be 'csls', 'k_reciprocal' or None, got {rerank!r}."
            )
        Q = self.transform(query, groups=cameras[0])
        G = self.transform(gallery, groups=cameras[1])
        if rerank == "k_reciprocal":
            return k_reciprocal(Q, G)
        similarity = Q @ G.T
        return 1 - (csls(similarity) if rerank else similarity)

    def rank(self, query, gallery, *, k=None, cameras=(None, None), rerank=None):
        """Rank a gallery for each query, nearest first.

        Parameters
        ----------
        query : array-like or DataFrame of shape (n_queries, n_features)
            Rows that are looked for.
        gallery : array-like or DataFrame of shape (n_gallery, n_features)
            Rows among which they are looked for.
        k : int, default=None
            Entries to return; None for all.
        cameras : tuple of two, default=(None, None)
            Cameras of queries and gallery, see `transform`.
        rerank : {"csls", "k_reciprocal"} or None, default=None
            As in :meth:`distances`.

        Returns
        -------
        ranking : ndarray of int, shape (n_queries, k)
            Row numbers of the gallery.
        """
        found = self.distances(query, gallery, cameras=cameras, rerank=rerank)
        return np.argsort(found, axis=1, kind="stable")[:, :k]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
