"""All measures of synthetic rows in one table."""

import numpy as np
import pandas as pd
from sklearn.utils import shuffle

from ..encoding.random_state import own_generator
from ._checks import check_integer
from ._discrepancy import frechet, mean_discrepancy
from ._memorization import memorization, twins
from ._neighbors import fidelity
from ._rows import Samples
from ._similarity import marginals, pairs
from ._two_sample import auc_test, held_out
from ._utility import train_synthetic_test_real

_MIN_ROWS = 10
_FOLDS = 5
_NEIGHBORS = 5


def sample_report(
    real,
    synthetic,
    *,
    holdout=None,
    target=None,
    embedding=None,
    max_rows=10_000,
    random_state=None,
):
    """Measure synthetic rows in every way that applies, beside real rows.

    Each measure stands beside its value for real rows in the place of the synthetic
    ones, as many of them, judged by the same reference. With `holdout` the reference is
    held-out rows, which the generator has not seen, and training rows take the
    synthetic ones' place. Without it the real rows are halved at random, one half the
    reference, the other the baseline, and copies cannot be detected: a generator that
    returns its training rows gets perfect marks. Pass `holdout` if there is one.

    Parameters
    ----------
    real : DataFrame or array-like of shape (n_real, n_features)
        The rows that the generator was fitted to.
    synthetic : DataFrame or array-like of shape (n_synthetic, n_features)
        Synthetic rows with the same columns; images as flat rows.
    holdout : DataFrame or array-like of shape (n_holdout, n_features), default=None
        Real rows that the generator has not seen.
    target : label or int, default=None
        Name or index of a column to predict from the others. None leaves out
        "tstr_accuracy" or "tstr_r2".
    embedding : callable or fitted transformer, default=None
        What gives the coordinates, finite numbers, of a table's rows, for the measures
        that need distances. None means numbers standardised by the reference rows, a
        flag where values are missing, and one-hot categories. Pass features of a
        network for images.
    max_rows : int, default=10_000
        Of larger samples as many rows are drawn at random; twins are counted in all.
        10,000 rows of 15 columns take some 20 seconds on one core, images take minutes.
    random_state : int, RandomState instance or None, default=None
        Seeds the choice of rows and the folds. Pass an int for reproducible output.

    Returns
    -------
    report : DataFrame
        One row per measure, with the columns `value`, of the synthetic rows,
        `baseline`, of real rows, and `ideal`, which is the baseline where real rows
        set the mark:

        ========================== ===================================================
        c2st_auc                   `classifier_two_sample_test`; ideal 0.5
        tstr_accuracy, tstr_r2     `train_synthetic_test_real`
        marginal_similarity        mean of `marginal_similarity`; ideal 1
        pairwise_similarity        mean of `pairwise_similarity`; ideal 1
        mmd2                       `maximum_mean_discrepancy`; ideal 0
        frechet                    `frechet_distance` in the coordinates; ideal 0
        precision, recall,         `precision_recall_density_coverage`; ideal the
        density, coverage          baseline
        closer_to_train            `memorization_score`; ideal 0.5. With `holdout` only
        twins                      share equal to a training row, that of held-out rows
                                   beside it. With `holdout` only
        closest_distance           median distance to the closest training row, that of
                                   held-out rows beside it. With `holdout` only
        ========================== ===================================================

    Raises
    ------
    ValueError
        If the columns differ, there are fewer than 10 rows in a sample (20 in `real`
        without `holdout`), `target` is not among the columns, or a column holds inf.
    TypeError
        If a column holds numbers in one sample and categories in the other, or values
        that are neither, such as dates.

    See Also
    --------
    classifier_two_sample_test : The measure that sees most.
    memorization_score : Without which no other can be believed.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.metrics import sample_report
    >>> rng = np.random.default_rng(0)
    >>> real, holdout = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], (2, 300))
    >>> synthetic = rng.normal(size=(300, 2))  # the correlation is lost
    >>> report = sample_report(real, synthetic, holdout=holdout, random_state=0)
    >>> report.loc[["marginal_similarity", "pairwise_similarity"]].round(1)
                         value  baseline  ideal
    marginal_similarity    0.9       0.9    1.0
    pairwise_similarity    0.6       1.0    1.0
    """
    check_integer("max_rows", max_rows, 2 * _MIN_ROWS)
    random_state = own_generator(random_state)
    given = Samples({"real": real, "synthetic": synthetic, "holdout": holdout})
    column = None if target is None else given.place(target)
    tables = {
        name: shuffle(X, n_samples=min(len(X), max_rows), random_state=random_state)
        for name, X in given.tables.items()
    }
    learned, test = tables["real"], tables.get("holdout")
    if test is None:
        half = len(learned) // 2
        learned, test = learned[:half], learned[half : 2 * half]
    roles = _roles(test, learned, tables["synthetic"])
    report = _comparisons(roles, embedding, random_state)
    if column is not None:
        n = min(len(learned), len(tables["synthetic"]))
        scores = train_synthetic_test_real(
            learned[:n], tables["synthetic"][:n], test, target=column
        )
        report.loc[f"tstr_{scores.metric}"] = scores.synthetic, scores.real, scores.real
    if holdout is not None:
        samples = Samples(tables)
        copies = memorization(samples, samples.points("real", embedding), random_state)
        report.loc["closer_to_train"] = copies.closer_to_train, 0.5, 0.5
        # Twins are counted in all rows, distances are taken in some.
        by_chance = twins(given["real"], given["holdout"])
        found = twins(given["real"], given["synthetic"])
        report.loc["twins"] = found, by_chance, by_chance
        usual = copies.holdout_distance
        report.loc["closest_distance"] = copies.distance, usual, usual
    return report


def _roles(reference, baseline, synthetic):
    """Return the rows that are compared, as many in each role."""
    roles = {"reference": reference, "baseline": baseline, "synthetic": synthetic}
    sizes = {name: len(X) for name, X in roles.items()}
    n = min(sizes.values())
    if n < _MIN_ROWS:
        raise ValueError(
            f"There must be at least {_MIN_ROWS} rows of each kind, got "
            f"{sizes['synthetic']} synthetic ones, {sizes['reference']} to compare "
            f"with and {sizes['baseline']} for the baseline; without a holdout the "
            "latter two are halves of real."
        )
    return {name: X[:n] for name, X in roles.items()}


def _comparisons(roles, embedding, random_state):
    """Return the measures of synthetic and of real rows by reference rows."""
    samples = Samples(roles)
    points = samples.points("reference", embedding)
    seed = random_state.randint(2**31 - 1)
    columns = {}
    for name in ("synthetic", "baseline"):
        y, proba = held_out(samples, ("reference", name), None, _FOLDS, seed)
        two = samples.only("reference", name)
        X, Y = points["reference"], points[name]
        found = {"c2st_auc": auc_test(y, proba, _FOLDS).auc}
        found["marginal_similarity"] = marginals(two).mean()
        if len(samples.names) > 1:
            found["pairwise_similarity"] = np.nanmean(pairs(two).to_numpy())
        generator = np.random.RandomState(seed)
        found["mmd2"] = mean_discrepancy(X, Y, None, 0, generator).mmd2
        found["frechet"] = frechet(X, Y)
        found |= fidelity(X, Y, _NEIGHBORS)._asdict()
        columns[name] = found
    report = pd.DataFrame(columns).set_axis(["value", "baseline"], axis=1)
    ideals = {"c2st_auc": 0.5, "mmd2": 0.0, "frechet": 0.0}
    ideals |= dict.fromkeys(("marginal_similarity", "pairwise_similarity"), 1.0)
    ideal = pd.Series(ideals).reindex(report.index)
    return report.assign(ideal=ideal.fillna(report["baseline"]))
