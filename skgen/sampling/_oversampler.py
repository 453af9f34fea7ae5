"""GenerativeOverSampler: rows of rare classes drawn by a generative model."""

from collections.abc import Mapping
from inspect import signature
from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import validate_data

from .._compat import HasMethods, Interval, StrOptions, fit_context, safe_indexing
from ..density import AutoregressiveDensity
from ..encoding._columns import as_rows
from ..encoding.classes import read_classes
from ..encoding.random_state import give_seed, own_generator
from ..gan import GANSampler
from ..losses.penalties import R1

_N_STEPS = 2000
_TARGET = "the class"
_STRATEGIES = {"auto", "not majority", "not minority", "minority", "all"}


class GenerativeOverSampler(OneToOneFeatureMixin, BaseEstimator):
    """Draw rows of rare classes until the classes are balanced.

    A model learns all rows together with their labels, and then draws the rows that a
    class lacks, given its label: rare rows are drawn with what frequent ones teach
    about the columns. The interface is that of imbalanced-learn, whose pipelines take
    this estimator as a step: they resample in ``fit`` and never in ``predict``.

    Parameters
    ----------
    sampler : estimator, default=None
        What draws rows: a density whose ``sample`` takes `given`
        (:class:`~skgen.density.AutoregressiveDensity`,
        :class:`~skgen.density.MixtureDensity`), which learns the label as one more
        column; or a sampler of classes, by ``fit(X, y)`` and ``sample(n, y=...)``
        (:class:`~skgen.gan.GANSampler`, :class:`~skgen.density.PixelCNNDensity`,
        :class:`~skgen.latent.VAETransformer` with ``conditional=True``). It is cloned;
        None is an :class:`~skgen.density.AutoregressiveDensity` that has the label as
        its first column.
    sampling_strategy : str, float, dict or callable, default="auto"
        Classes that get more rows, and how many. ``"not majority"``, of which
        ``"auto"`` is another name, ``"minority"``, ``"not minority"`` and ``"all"`` are
        the classes that get as many as the largest class has. A float in (0, 1], for
        two classes, is the ratio of the smaller to the larger afterwards. A dict has
        for each class its number of rows afterwards, and a callable makes such a dict
        of `y`.
    random_state : int, RandomState or None, default=None
        Seed of everything random.

    Attributes
    ----------
    sampler_ : estimator or None
        The sampler that `fit_resample` fitted; None if no row was to be drawn, and
        after `fit`.
    sampling_strategy_ : dict
        How many rows are drawn of each class that gets more.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    GANOverSampler : The same with a GAN.
    skgen.density.AutoregressiveDensity : The default sampler.

    Notes
    -----
    Probabilities that a classifier learns from resampled rows are those of a population
    with the new shares. Where only the threshold is wrong, moving it costs nothing:
    `sklearn.model_selection.TunedThresholdClassifierCV`, or ``class_weight``. Drawn
    rows help trees, which have little to split on among few rare ones; a logistic
    regression gains nothing that class weights do not give it
    (``tests/benchmarks/bench_oversampling.py`` prints both beside SMOTE).

    Samplers of classes learn rows of rare classes repeated until the classes have the
    shares that are asked for [1]_, after one epoch of the rows as they are, which the
    encoding is of. If such a sampler stops early, it judges itself by rows of which it
    may have seen copies.

    References
    ----------
    .. [1] G. Mariani et al., "BAGAN: data augmentation with balancing GAN", 2018,
       arXiv:1803.09655 (training on balanced classes).
    .. [2] N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique",
       JAIR 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from skgen import GenerativeOverSampler, MixtureDensity
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> np.bincount(y)
    array([59, 71, 48])
    >>> over = GenerativeOverSampler(MixtureDensity(3), random_state=0)
    >>> X_resampled, y_resampled = over.fit_resample(X, y)
    >>> np.bincount(y_resampled)
    array([71, 71, 71])
    >>> over.sampling_strategy_
    {0: 12, 2: 23}
    """

    _parameter_constraints = {
        "sampler": [HasMethods(["fit", "sample"]), None],
        "sampling_strategy": [
            StrOptions(_STRATEGIES),
            Interval(Real, 0, 1, closed="right"),
            Mapping,
            callable,
        ],
        "random_state": ["random_state"],
    }

    def __init__(self, sampler=None, *, sampling_strategy="auto", random_state=None):
        self.sampler = sampler
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    # The parameters of the sampler are checked, too.
    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y):
        """Check rows and labels, and count the rows that classes lack; draw nothing.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that the sampler can learn from.
        y : array-like of shape (n_samples,)
            Labels of two or more classes.

        Returns
        -------
        self : GenerativeOverSampler
            Itself, with the counts.

        Raises
        ------
        ValueError
            As `fit_resample` does.
        """
        self._check(X, y)
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def fit_resample(self, X, y):
        """Train the sampler and draw the rows that classes lack.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that the sampler can learn from.
        y : array-like of shape (n_samples,)
            Labels of two or more classes.

        Returns
        -------
        X_resampled : ndarray, DataFrame or list of shape (n_resampled, n_features)
            The given rows in their order, then those drawn, class by class; in the
            container and dtypes of `X`, numbered anew if it has an index.
        y_resampled : ndarray, Series, DataFrame or list of shape (n_resampled,)
            Their labels, in the container and dtype of `y`.

        Raises
        ------
        ValueError
            If labels are missing or continuous or all alike; if the sampler cannot draw
            by class; if `sampling_strategy` names an unknown class or asks for fewer
            rows than there are; if a class that gets more rows has only one. All that
            before any training.
        """
        rows, codes = self._check(X, y)
        lacking = list(self.sampling_strategy_)
        draws = list(self.sampling_strategy_.values())
        drawn = None
        if sum(draws):
            random_state = own_generator(self.random_state)
            wanted = [np.argmax(self.classes_ == label) for label in lacking]
            drawn = self._draw(rows, codes, np.repeat(wanted, draws), random_state)
        # A label is repeated where it stands, whatever container and dtype hold it.
        first = [np.argmax(self.classes_[codes] == label) for label in lacking]
        order = np.append(np.arange(len(codes)), np.repeat(first, draws)).astype(int)
        y = safe_indexing(y, order)
        if isinstance(y, pd.Series | pd.DataFrame):
            y = y.reset_index(drop=True)
        return _append(X, rows, drawn), y

    # -- draws -------------------------------------------------------------------------

    def _prototype(self, n_rows=1):
        if self.sampler is not None:
            return clone(self.sampler)
        return self._default(n_rows)

    def _default(self, n_rows):
        """Give the sampler that None stands for; hook."""
        return AutoregressiveDensity(order=[_TARGET])

    def _draw(self, rows, codes, wanted, random_state):
        """Fit the sampler and draw a row of each of these classes, given by codes."""
        by_class = _draws_classes(self._prototype())
        learned = (
            self._balance(codes, random_state) if by_class else np.arange(len(codes))
        )
        sampler = give_seed(self._prototype(len(learned)), random_state)
        if by_class:
            self.sampler_ = _train(sampler, rows, self.classes_[codes], learned)
            return self.sampler_.sample(
                len(wanted), y=self.classes_[wanted], random_state=random_state
            )
        # The label as a category of its own, first of all columns.
        table = pd.DataFrame(rows).reset_index(drop=True)
        names = table.columns
        table.columns = [f"x{j}" for j in range(len(names))]
        words = [f"class {i}" for i in range(len(self.classes_))]
        table.insert(0, _TARGET, pd.Categorical.from_codes(codes, words))
        if self.sampler is None:
            sampler.set_params(order=table.columns.tolist())
        self.sampler_ = sampler.fit(table)
        labels = [words[code] for code in wanted]
        drawn = self.sampler_.sample(
            len(wanted), given={_TARGET: labels}, random_state=random_state
        )
        drawn = drawn.drop(columns=_TARGET)
        drawn.columns = names
        if isinstance(rows, pd.DataFrame):
            return drawn
        found = drawn.to_numpy(dtype=np.float64, na_value=np.nan)
        return (np.rint(found) if rows.dtype.kind in "iu" else found).astype(rows.dtype)

    # -- checks ------------------------------------------------------------------------

    def _balance(self, codes, random_state):
        """Places of all rows, those of classes that get more repeated as often."""
        places = [np.arange(len(codes))]
        for label, n in self.sampling_strategy_.items():
            own = np.flatnonzero(self.classes_[codes] == label)
            places.append(np.resize(random_state.permutation(own), n))
        return np.concatenate(places)

    def _check(self, X, y):
        """Learn what to draw; give rows that the sampler can read, and codes of y."""
        self.sampler_ = None
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None; pass the labels that are to be balanced."
            )
        sampler = self._prototype()
        if not _draws_classes(sampler) and not _takes_given(sampler):
            raise ValueError(
                "sampler must draw rows given their class, by sample(n, given=...) or "
                f"sample(n, y=...), got {sampler!r}; use AutoregressiveDensity, "
                "MixtureDensity, GANSampler, PixelCNNDensity or "
                "VAETransformer(conditional=True)."
            )
        # The sampler checks the columns of frames, before it trains.
        X = as_rows(X)
        rows = validate_data(
            self,
            X,
            skip_check_array=isinstance(X, pd.DataFrame),
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan" if _takes_nan(sampler) else True,
            ensure_min_samples=2,
        )
        if isinstance(X, np.ndarray) and X.dtype.kind in "biuf":
            rows = X  # in its own dtype, which comes back
        self.classes_, codes = read_classes(_as_column(y), len(rows))
        counts = np.bincount(codes)
        self.sampling_strategy_ = self._count_draws(self.classes_[codes])
        lone = [
            label
            for label, n in zip(self.classes_.tolist(), counts, strict=True)
            if n == 1 and self.sampling_strategy_.get(label)
        ]
        if lone:
            raise ValueError(
                "a class that gets more rows must have at least 2, got 1 row of "
                f"{lone[:5]}; drop such rows, or pass a dict of the other classes as "
                "sampling_strategy."
            )
        return rows, codes

    def _count_draws(self, y):
        """Rows to draw, by the classes that get more; imbalanced-learn counts."""
        try:
            from imblearn.utils import check_sampling_strategy
        except ImportError as error:
            raise ImportError(
                f"{type(self).__name__} needs the package imbalanced-learn, which is "
                'not installed; install it with: pip install "skgen[oversampling]".'
            ) from error
        strategy = self.sampling_strategy
        if callable(strategy):
            strategy = strategy(y)
        if isinstance(strategy, Mapping):
            for label, n in strategy.items():
                if not isinstance(n, Integral):
                    raise ValueError(
                        "sampling_strategy must give whole numbers of rows, got "
                        f"{n!r} for class {label!r}."
                    )
        elif callable(self.sampling_strategy):
            raise ValueError(
                "sampling_strategy must return a dict of the rows of each class, got "
                f"{type(strategy).__name__}."
            )
        found = check_sampling_strategy(strategy, y, "over-sampling")
        labels = dict(zip(self.classes_, self.classes_.tolist(), strict=True))
        return {labels[label]: int(n) for label, n in found.items()}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        sampler = self._prototype() if self.sampler is None else self.sampler
        tags.input_tags.allow_nan = _takes_nan(sampler)
        return tags


class GANOverSampler(GenerativeOverSampler):
    """Draw rows of rare classes by a GAN until the classes are balanced.

    :class:`GenerativeOverSampler` with another default. On tables its rows help less
    than those of a density, which also costs a quarter
    (``tests/benchmarks/bench_oversampling.py``); images are what it is for.

    Parameters
    ----------
    sampler : estimator, default=None
        See :class:`GenerativeOverSampler`; None is a :class:`~skgen.gan.GANSampler`
        with some 2,000 steps and ten times its usual penalty, since a longer game
        learns repeated rows by heart.
    sampling_strategy : str, float, dict or callable, default="auto"
        Classes that get more rows, and how many. ``"not majority"``, of which
        ``"auto"`` is another name, ``"minority"``, ``"not minority"`` and ``"all"`` are
        the classes that get as many as the largest class has. A float in (0, 1], for
        two classes, is the ratio of the smaller to the larger afterwards. A dict has
        for each class its number of rows afterwards, and a callable makes such a dict
        of `y`.
    random_state : int, RandomState or None, default=None
        Seed of everything random.

    Attributes
    ----------
    sampler_ : estimator or None
        The sampler that `fit_resample` fitted; None if no row was to be drawn, and
        after `fit`.
    sampling_strategy_ : dict
        How many rows are drawn of each class that gets more.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if all are strings.

    See Also
    --------
    GenerativeOverSampler : The same with any sampler.

    References
    ----------
    G. Mariani et al., "BAGAN: data augmentation with balancing GAN", 2018,
    arXiv:1803.09655. G. Douzas, F. Bacao, "Effective data generation for imbalanced
    learning using conditional generative adversarial networks", Expert Systems with
    Applications 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from skgen import GANOverSampler, GANSampler
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> over = GANOverSampler(GANSampler(max_epochs=3), random_state=0)
    >>> X_resampled, y_resampled = over.fit_resample(X, y)
    >>> np.bincount(y_resampled)
    array([71, 71, 71])
    """

    def _default(self, n_rows):
        batches = max(4, -(-n_rows // 256))
        epochs = int(np.clip(-(-_N_STEPS // batches), 10, 400))
        return GANSampler(penalty=R1(1.0), max_epochs=epochs)


def _train(sampler, rows, y, places):
    """Fit a sampler to rows of which some are repeated."""
    repeated = safe_indexing(rows, places), y[places]
    if not (hasattr(sampler, "partial_fit") and hasattr(sampler, "warm_start")):
        return sampler.fit(*repeated)
    # Encoded as they are: values that repeat would be taken for masses of their own.
    warm_start = sampler.warm_start
    sampler.partial_fit(rows, y).set_params(warm_start=True)
    sampler.fit(*repeated).set_params(warm_start=warm_start)
    if not warm_start:
        sampler.training_state_ = None
    return sampler


def _draws_classes(sampler):
    """Whether a sampler draws by class; an autoencoder has to be told to."""
    names = signature(sampler.sample).parameters
    return "y" in names and getattr(sampler, "conditional", True)


def _takes_given(sampler):
    """Whether a density draws columns given others."""
    return "given" in signature(sampler.sample).parameters


def _takes_nan(sampler):
    return get_tags(sampler).input_tags.allow_nan


def _as_column(y):
    """Labels in one column as an array of one dimension."""
    shape = np.shape(y)
    if len(shape) == 2 and shape[1] == 1:
        return y.iloc[:, 0] if isinstance(y, pd.DataFrame) else np.ravel(y)
    return y


def _append(X, rows, drawn):
    """Rows and those drawn, in the container and the dtypes of `X`."""
    if isinstance(X, pd.DataFrame):
        parts = [X] if drawn is None else [X, drawn.astype(X.dtypes)]
        return pd.concat(parts, ignore_index=True)
    found = rows.copy() if drawn is None else np.concatenate([rows, drawn])
    return found.tolist() if isinstance(X, list) else found
