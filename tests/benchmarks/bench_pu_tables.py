"""PU learning on many tables: the defaults beside forests, VPU, nnPU and Elkan-Noto.

Each table is made positive-unlabeled by `make_pu`, from 20 to 1000 labels, with class
priors from .2 to .8; accuracy is measured on unseen rows. The boosted forest is told
the true prior, everything else finds its own.

    python tests/benchmarks/bench_pu_tables.py [--seeds 2] [--tables moons,adult]
"""

import argparse
import time
import warnings

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_wine,
    make_classification,
    make_moons,
)
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import OrdinalEncoder

from skgen.datasets import fetch_adult, make_pu
from skgen.pu import PUClassifier, PUGANClassifier, PUStackingClassifier

# name: (n_labeled, sampling)
TABLES = {
    "breast_cancer": (100, "one_sample"),
    "wine": (20, "one_sample"),
    "digits even": (200, "one_sample"),
    "digits < 5": (200, "one_sample"),
    "20 features": (200, "one_sample"),
    "20 features hard": (1000, "one_sample"),
    "prior .8": (500, "one_sample"),
    "prior .2": (150, "two_sample"),
    "10-D Gaussians": (200, "one_sample"),
    "moons + 6 noise columns": (200, "two_sample"),
    "linear in 50 columns": (400, "one_sample"),
    "adult": (600, "one_sample"),
}


def load(name, seed):
    """X and y in {0, 1} of a table."""
    rng = np.random.default_rng(seed)
    if name == "breast_cancer":
        return load_breast_cancer(return_X_y=True)
    if name == "wine":
        X, y = load_wine(return_X_y=True)
        return X, (y != 2).astype(int)
    if name == "digits even":
        X, y = load_digits(return_X_y=True)
        return X, (y % 2 == 0).astype(int)
    if name == "digits < 5":
        X, y = load_digits(return_X_y=True)
        return X, (y < 5).astype(int)
    if name == "20 features":
        return make_classification(3000, 20, n_informative=5, random_state=seed)
    if name == "20 features hard":
        return make_classification(
            6000,
            20,
            n_informative=5,
            n_clusters_per_class=3,
            class_sep=0.8,
            flip_y=0.05,
            random_state=seed,
        )
    if name in ("prior .8", "prior .2"):
        share = 0.2 if name.endswith("2") else 0.8
        weights = [1 - share, share]
        return make_classification(
            4000, 12, n_informative=6, weights=weights, random_state=seed
        )
    if name == "10-D Gaussians":
        y = (rng.random(3000) < 0.4).astype(int)
        signs = rng.choice([-1, 1], 10)
        return rng.normal(size=(3000, 10)) + 0.75 * y[:, None] * signs, y
    if name == "moons + 6 noise columns":
        X, y = make_moons(3000, noise=0.3, random_state=seed)
        return np.hstack([X, rng.normal(size=(3000, 6))]), y
    if name == "linear in 50 columns":
        X = rng.normal(size=(4000, 50))
        score = X @ rng.normal(size=50) / np.sqrt(50)
        return X, (score + 0.2 * rng.normal(size=4000) > 0).astype(int)
    X, y = fetch_adult(return_X_y=True)
    rows = rng.choice(len(X), 8000, replace=False)
    y = np.asarray(y)[rows]
    return X.iloc[rows].reset_index(drop=True), (y == y.max()).astype(int)


def numbers(X, X_test):
    """Categories as codes, for the baselines that need numbers."""
    if not isinstance(X, pd.DataFrame):
        return X, X_test
    others = X.select_dtypes(exclude="number").columns
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    ).fit(X[others].astype(object))

    def convert(table):
        table = table.copy()
        table[others] = codes.transform(table[others].astype(object))
        return table.to_numpy(dtype=float)

    return convert(X), convert(X_test)


def posterior(share, rate, sampling):
    """P(y=1|x) from P(labeled|x)."""
    if sampling == "two_sample":
        share = share / np.maximum(1 - share, 1e-9)
    return share / rate


def boosting(X, s, X_test, sampling, prior, seed):
    """Cross-fitted gradient boosting on "is labeled", told the true prior."""
    X, X_test = numbers(X, X_test)
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_leaf_nodes=15, random_state=seed
    )
    folds = StratifiedKFold(4, shuffle=True, random_state=seed).split(X, s)
    share = np.mean(
        [model.fit(X[i], s[i]).predict_proba(X_test)[:, 1] for i, _ in folds], axis=0
    )
    n = (s == 0).sum() if sampling == "two_sample" else len(s)
    return posterior(share, s.sum() / (prior * n), sampling) > 0.5


def elkan_noto(X, s, X_test, sampling, prior, seed):
    """Random forest on "is labeled", c by the mean out-of-bag score of positives."""
    X, X_test = numbers(X, X_test)
    model = RandomForestClassifier(
        200, min_samples_leaf=3, oob_score=True, random_state=seed
    ).fit(X, s)
    c = model.oob_decision_function_[s == 1, 1].mean()
    rate = c / (1 - c) if sampling == "two_sample" else c
    return posterior(model.predict_proba(X_test)[:, 1], rate, sampling) > 0.5


def by_estimator(make):
    """Baseline or candidate that is an estimator of skgen with its defaults."""

    def run(X, s, X_test, sampling, prior, seed):
        model = make(sampling=sampling, random_state=seed).fit(X, s)
        return model.predict(X_test) == 1

    return run


METHODS = {
    "boosting*": boosting,
    "Elkan-Noto": elkan_noto,
    "nnPU": by_estimator(lambda **kw: PUClassifier("nonnegative", **kw)),
    # The variational risk collapses in a long fit: a short and strongly mixed one.
    "VPU": by_estimator(
        lambda **kw: PUClassifier(
            "variational",
            mixup_weight=3.0,
            learning_rate=3e-4,
            max_epochs=10,
            **kw,
        )
    ),
    "PUGAN": by_estimator(PUGANClassifier),
    "stacking": by_estimator(PUStackingClassifier),
}
CANDIDATES = ("PUGAN", "stacking")


def main():
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=",".join(METHODS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    methods = options.methods.split(",")
    print("accuracy %, mean +- sd over seeds (fit and predict s); * knows the prior")
    print(f"{'table':28}" + "".join(f"{m:>19}" for m in methods), flush=True)
    worst = dict.fromkeys(CANDIDATES, -np.inf)
    for name in options.tables.split(","):
        n_labeled, sampling = TABLES[name]
        found = {m: [] for m in methods}
        # Small tables have small test parts: three times the draws.
        small = len(load(name, 0)[0]) < 1000
        for seed in range(options.seeds * (3 if small else 1)):
            X, y = load(name, seed)
            X, X_test, y, y_test = train_test_split(
                X, y, test_size=0.3, stratify=y, random_state=seed
            )
            X, s, y = make_pu(
                X, y, n_labeled=n_labeled, sampling=sampling, random_state=seed
            )
            prior = y[s == 0].mean() if sampling == "two_sample" else y.mean()
            for m in methods:
                start = time.perf_counter()
                says = METHODS[m](X, s, X_test, sampling, prior, seed)
                seconds = time.perf_counter() - start
                found[m].append((100 * np.mean(says == y_test), seconds, says.mean()))
        line = f"{name:28}"
        for m in methods:
            accuracy, seconds, _ = np.array(found[m]).T
            mean, spread = accuracy.mean(), accuracy.std()
            line += f"{mean:8.1f} +-{spread:4.1f} ({seconds.mean():2.0f})"
        print(line, flush=True)
        means = {m: np.mean([a for a, _, _ in found[m]]) for m in methods}
        best = max((v for m, v in means.items() if m not in CANDIDATES), default=0.0)
        for m in CANDIDATES:
            if m in methods:
                worst[m] = max(worst[m], best - means[m])
                shares = [share for _, _, share in found[m]]
                if min(shares) < 0.01 or max(shares) > 0.99:
                    print(f"  {m} collapsed to one class: {shares}")
    for m in CANDIDATES:
        if m in methods:
            print(f"{m}: at worst {worst[m]:.1f} points below the best baseline")


if __name__ == "__main__":
    main()
