"""Filling gaps: `impute` beside scikit-learn's imputers.

30 % of the entries are hidden at random, in the rows that are fitted and filled. Error
of numbers: root mean square, in standard deviations of the column, mean over columns
(a mean for every gap has 1); categories: share that is right. "90 %" is the share of
hidden numbers inside `impute_interval`. Means of numbers and modes of categories
everywhere, but for "a draw". CPU seconds; run it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_imputation.py [--seeds 3] [--tables wine,adult]
"""

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from _printing import write
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from skgen import AutoregressiveDensity, MixtureDensity
from skgen.datasets import fetch_adult

TABLES = "wine", "breast_cancer", "magic", "adult"
N_ROWS = 8000


def load(name, seed):
    rng = np.random.default_rng(seed)
    if name == "wine":
        return load_wine(as_frame=True).data
    if name == "breast_cancer":
        return load_breast_cancer(as_frame=True).data
    if name == "magic":
        path = Path(os.environ.get("SKGEN_DATA", ""), "magic04.data")
        if not path.is_file():
            raise SystemExit(f"{path} must be there for the table magic: UCI, id 159.")
        X = pd.read_csv(path, header=None).rename(columns=lambda j: f"x{j}")
        X["x10"] = X["x10"].astype("category")
    else:
        X, y = fetch_adult(return_X_y=True)
        X = X.assign(income=pd.Categorical(np.asarray(y)))
    some = np.sort(rng.permutation(len(X))[:N_ROWS])
    return X.iloc[some].reset_index(drop=True)


def numeric(X):
    return [c for c in X.columns if pd.api.types.is_numeric_dtype(X[c].dtype)]


def encoded(run):
    """Imputer of numbers: categories become codes, and are rounded back."""

    def fill(X, seed):
        others = [c for c in X.columns if c not in numeric(X)]
        table, encoder = X.copy(), OrdinalEncoder()
        if others:
            table[others] = encoder.fit_transform(X[others].astype(object))
        Z = table.to_numpy(dtype=float)
        scaler = StandardScaler().fit(Z)
        filled = scaler.inverse_transform(run(scaler.transform(Z), seed))
        found = pd.DataFrame(filled, columns=X.columns)
        for c, kinds in zip(others, encoder.categories_ if others else [], strict=True):
            kinds = [k for k in kinds if isinstance(k, str)]
            codes = found[c].round().clip(0, len(kinds) - 1).astype(int)
            found[c] = np.array(kinds, dtype=object)[codes]
        return found

    return fill


def chain(make):
    def run(Z, seed):
        return IterativeImputer(
            make(seed), max_iter=5, random_state=seed
        ).fit_transform(Z)

    return encoded(run)


def boosting(X, seed, n_rounds=3):
    """A chain of boosted trees that classify categories."""
    places = numeric(X)
    table = X.copy()
    for c in X.columns:
        if c in places:
            table[c] = table[c].astype(float).fillna(table[c].mean())
        else:
            table[c] = table[c].astype(object).fillna(table[c].mode()[0])
            table[c] = table[c].astype("category")
    for _ in range(n_rounds):
        for c in X.columns:
            hidden = X[c].isna().to_numpy()
            if not hidden.any():
                continue
            kind = HistGradientBoostingRegressor if c in places else None
            kind = kind or HistGradientBoostingClassifier
            model = kind(
                learning_rate=0.1,
                max_iter=50,
                categorical_features="from_dtype",
                random_state=seed,
            )
            rest = table.drop(columns=c)
            model.fit(rest[~hidden], X[c][~hidden])
            values = table[c].astype(object)
            values[hidden] = model.predict(rest[hidden])
            table[c] = values.astype(float if c in places else "category")
    return table


def ours(make, **options):
    def run(X, seed):
        model = make(seed).fit(X)
        run.model = model
        return model.impute(X, **options)

    return run


METHODS = {
    "means and modes": encoded(lambda Z, seed: SimpleImputer().fit_transform(Z)),
    "20 neighbours": encoded(
        lambda Z, seed: KNNImputer(n_neighbors=20).fit_transform(Z)
    ),
    "BayesianRidge": chain(lambda seed: None),
    "extra trees": chain(
        lambda seed: ExtraTreesRegressor(50, min_samples_leaf=3, random_state=seed)
    ),
    "boosting": boosting,
    "Mixture": ours(lambda seed: MixtureDensity(random_state=seed), strategy="mean"),
    "Mixture, a draw": ours(lambda seed: MixtureDensity(random_state=seed)),
    "AR": ours(lambda seed: AutoregressiveDensity(random_state=seed), strategy="mean"),
}


def judge(X, hidden, filled):
    errors, right = [], []
    for j, c in enumerate(X.columns):
        rows = hidden[:, j] & X[c].notna().to_numpy()
        if c in numeric(X):
            true = X[c].to_numpy(dtype=float)
            gap = filled[c].to_numpy(dtype=float)[rows] - true[rows]
            errors.append(np.sqrt(np.mean(gap**2)) / np.nanstd(true))
        else:
            same = filled[c].astype(object)[rows] == X[c].astype(object)[rows]
            right.append(same.mean())
    return np.mean(errors), np.mean(right) if right else np.nan


def covered(X, hidden, model):
    """Share of the hidden numbers inside intervals of 90 %."""
    table = X.mask(hidden)
    low, high = model.impute_interval(table)
    places = [X.columns.get_loc(c) for c in numeric(X)]
    true = X.iloc[:, places].to_numpy(dtype=float)
    at = hidden[:, places]
    inside = (low[:, places] <= true + 1e-9) & (true <= high[:, places] + 1e-9)
    return inside[at].mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=",".join(METHODS).replace(", a", " a"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    wanted = options.methods.split(",")
    methods = {k: v for k, v in METHODS.items() if k.replace(",", "") in wanted}
    for name in options.tables.split(","):
        write(f"\n{name}: error of numbers, categories right, 90 % (CPU s)")
        found = {m: [] for m in methods}
        for seed in range(options.seeds):
            X = load(name, seed)
            rng = np.random.default_rng(seed)
            hidden = rng.random(X.shape) < 0.3
            table = X.mask(hidden)
            for m, run in methods.items():
                if name == "adult" and m == "extra trees":
                    continue  # minutes
                start = time.process_time()
                filled = run(table, seed)
                seconds = time.process_time() - start
                cover = np.nan
                if m in ("Mixture", "AR"):
                    cover = covered(X, hidden, run.model)
                found[m].append((*judge(X, hidden, filled), cover, seconds))
        for m, rows in found.items():
            if rows:
                error, right, cover, seconds = np.mean(rows, axis=0)
                deviation = np.std([r[0] for r in rows])
                write(
                    f"  {m:18}{error:7.3f} +-{deviation:.3f}{right:8.3f}{cover:8.3f}"
                    f" ({seconds:.1f})"
                )


if __name__ == "__main__":
    main()
