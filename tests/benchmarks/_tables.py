"""Mixed tables, and two simple generators of rows."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GroupShuffleSplit
from sklearn.preprocessing import QuantileTransformer
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skgen.datasets import avila_pages, fetch_adult, fetch_avila
from skgen.metrics import (
    classifier_two_sample_test,
    memorization_score,
    train_synthetic_test_real,
)

# -- tables ----------------------------------------------------------------------------


def visits(n, rng):
    """Integers, categories that depend on numbers, zeros in excess, missing values."""
    age = rng.integers(18, 90, n)
    region = rng.choice(["north", "south", "east"], n, p=[0.5, 0.35, 0.15])
    risk = (age - 50) / 15 + np.where(region == "east", 1.0, 0.0)
    plan = np.array(["basic", "plus", "full"])[
        np.argmax(
            np.column_stack([np.zeros(n), 0.6 * risk, 1.5 * risk - 1])
            + rng.gumbel(size=(n, 3)),
            axis=1,
        )
    ]
    count = rng.poisson(np.exp(0.6 + 0.4 * risk.clip(-2, 3)))
    pays = rng.random(n) < 1 / (1 + np.exp(1.5 - count / 3))
    cost = np.where(pays, np.round(rng.gamma(2 + count, 60.0), 2), 0.0)
    # Two branches: which one is told by the region, the slope by the plan.
    slope = np.where(plan == "full", 1.4, 0.5)
    pulse = 70 + slope * risk * 8 + np.where(region == "south", -9, 9)
    pulse = pulse + rng.normal(0, 3, n)
    pulse[rng.random(n) < np.where(plan == "basic", 0.3, 0.05)] = np.nan
    score = risk + (cost > 300) - 0.4 * (count == 0) + rng.logistic(0, 0.6, n)
    returned = np.where(score > 0.4, "yes", "no")
    return pd.DataFrame(
        {
            "age": age,
            "region": region,
            "plan": plan,
            "visits": count,
            "cost": cost,
            "pulse": pulse,
            "returned": returned,
        }
    )


def curves(n, rng):
    """Numbers with densities on curved, forked and heteroscedastic shapes."""
    a = rng.normal(size=n)
    b = a**2 + rng.normal(0, 0.2 + 0.3 / (1 + np.exp(-2 * a)))
    side = rng.choice([-1, 1], n)
    c = side * (1 + 0.5 * a) + rng.normal(0, 0.2, n)
    d = np.exp(0.5 * b + 0.3 * rng.standard_t(4, n))
    e = np.sin(2 * c) + 0.3 * a + rng.normal(0, 0.3, n)
    group = np.where(e + 0.3 * rng.normal(size=n) > 0, "up", "down")
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "e": e, "group": group})


def bundled(load):
    """A table of scikit-learn; a class becomes a category."""
    X, y = load(return_X_y=True, as_frame=True)
    X["target"] = y if y.dtype.kind == "f" else y.map("class {}".format)
    return X


def adult():
    X, y = fetch_adult(return_X_y=True, as_frame=True)
    return X.assign(income=np.asarray(y)).reset_index(drop=True)


def avila(pages_held_out, seed=0):
    """Rows to train and to test: the published split, or whole pages for the test."""
    parts = [
        fetch_avila(subset=subset, return_X_y=True, as_frame=True)
        for subset in ("train", "test")
    ]
    parts = [X.assign(copyist=np.asarray(y)) for X, y in parts]
    if not pages_held_out:
        return parts
    table = pd.concat(parts, ignore_index=True)
    split = GroupShuffleSplit(1, test_size=0.5, random_state=seed)
    pages = avila_pages(table.iloc[:, :10].to_numpy())
    train, test = next(split.split(table, groups=pages))
    return [table.iloc[rows].reset_index(drop=True) for rows in (train, test)]


# name: rows to train, as many to test; None: half of the table
TABLES = {
    "adult": 10_000,
    "avila": None,
    "avila pages": None,
    "visits": 5000,
    "curves": 5000,
    "wine": None,
    "breast_cancer": None,
    "diabetes": None,
}


def load_table(name, seed):
    """Rows to train, rows to test, and further real rows or None.

    The last column is the target.
    """
    if name.startswith("avila"):
        return *avila(name == "avila pages", seed), None
    n, rng = TABLES[name], np.random.default_rng(seed)
    if name in ("visits", "curves"):
        make = visits if name == "visits" else curves
        return tuple(make(n, rng) for _ in range(3))
    if name == "adult":
        table = adult()
    else:
        table = bundled(
            {
                "wine": load_wine,
                "breast_cancer": load_breast_cancer,
                "diabetes": load_diabetes,
            }[name]
        )
    table = table.iloc[rng.permutation(len(table))]
    n = n or len(table) // 2
    parts = [table[k * n : (k + 1) * n].reset_index(drop=True) for k in range(3)]
    return parts[0], parts[1], parts[2] if len(parts[2]) == n else None


def judge_table(train, test, drawn, seed):
    """C2ST, TSTR, and the share of draws nearer to training than to test rows.

    The last column is the target.
    """
    return (
        classifier_two_sample_test(test, drawn, random_state=seed).auc,
        train_synthetic_test_real(None, drawn, test, target=-1).synthetic,
        memorization_score(
            train, drawn[:4000], test, random_state=seed
        ).closer_to_train,
    )


def shared_dtypes(*tables):
    """The dtype of each column in all of the tables, categories for text."""
    whole = pd.concat(tables)
    return {
        name: dtype
        if pd.api.types.is_numeric_dtype(dtype)
        else pd.CategoricalDtype(whole[name].dropna().astype(object).unique())
        for name, dtype in whole.dtypes.items()
    }


def convert(table, dtypes):
    """The table in these dtypes."""
    # To pandas unordered categories are equal in any order, and would stay in theirs.
    plain = {
        name: object
        for name, dtype in dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype)
    }
    return table.astype(plain).astype(dtypes)


def to_codes(table):
    """A table as a matrix: numbers, codes of categories, NaN where missing."""
    columns = []
    for name in table:
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy(dtype=float)
            columns.append(np.where(codes < 0, np.nan, codes))
        else:
            columns.append(column.to_numpy(dtype=float, na_value=np.nan))
    return np.column_stack(columns)


def from_codes(X, dtypes):
    """The table of a matrix of `to_codes`; numbers stay float64."""
    columns = {}
    for x, (name, dtype) in zip(X.T, dtypes.items(), strict=True):
        if isinstance(dtype, pd.CategoricalDtype):
            codes = np.where(np.isnan(x), -1, x).astype(int)
            columns[name] = pd.Categorical.from_codes(codes, dtype=dtype)
        else:
            columns[name] = x
    return pd.DataFrame(columns)


# -- generators of codes ---------------------------------------------------------------


def trees(X, is_category, n, rng, *, leaf):
    """Each column from the rows of a leaf of a tree on the columns before it."""
    drawn = X[rng.integers(len(X), size=n), :1]
    for j in range(1, X.shape[1]):
        target = np.nan_to_num(X[:, j], nan=np.nanmin(X[:, j]) - 1)
        kind = DecisionTreeClassifier if is_category[j] else DecisionTreeRegressor
        tree = kind(min_samples_leaf=leaf, random_state=0).fit(X[:, :j], target)
        own, found = tree.apply(X[:, :j]), tree.apply(drawn)
        order = np.argsort(own, kind="stable")
        start = np.searchsorted(own[order], found)
        size = np.searchsorted(own[order], found, side="right") - start
        chosen = order[start + (rng.random(n) * size).astype(int)]
        drawn = np.column_stack([drawn, X[chosen, j]])
    return drawn


def mixture(X, is_category, n, rng):
    """Gaussian mixture on normal scores of numbers and one-hot categories."""
    parts, back = [], []
    for j, column in enumerate(X.T):
        missing = np.isnan(column)
        if is_category[j]:
            levels, code = np.unique(column, return_inverse=True)
            parts.append(np.eye(len(levels))[code.ravel()])
            back.append(lambda z, levels=levels: levels[z.argmax(axis=1)])
            continue
        scores = QuantileTransformer(
            n_quantiles=min(1000, len(X)), output_distribution="normal", random_state=0
        ).fit(column[~missing, None])
        z = np.zeros((len(X), 2))
        z[~missing, :1], z[missing, 1] = scores.transform(column[~missing, None]), 1
        # Values of the table, not between them.
        known = np.unique(column[~missing])

        def decode(z, scores=scores, known=known):
            x = scores.inverse_transform(z[:, :1])[:, 0]
            place = np.searchsorted(known, x).clip(1, len(known) - 1)
            left = x - known[place - 1] < known[place] - x
            x = np.where(left, known[place - 1], known[place])
            return np.where(z[:, 1] > 0.5, np.nan, x)

        parts.append(z)
        back.append(decode)
    k = min(40, len(X) // 50)
    model = GaussianMixture(max(k, 1), reg_covar=1e-4, random_state=0)
    model.fit(np.hstack(parts))
    Z = model.sample(n)[0]
    Z = Z[rng.permutation(n)]
    ends = np.cumsum([p.shape[1] for p in parts])[:-1]
    pieces = np.split(Z, ends, axis=1)
    return np.column_stack([f(z) for f, z in zip(back, pieces, strict=True)])
