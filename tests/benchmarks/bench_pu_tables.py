"""PU learning on many tables: the defaults beside forests, VPU, nnPU and Elkan-Noto.

Each table is made positive-unlabeled by `make_pu`, from 20 to 1000 labels, with class
priors from .2 to .8; accuracy is measured on unseen rows. The boosted forest is told
the true prior, everything else finds its own.

    python tests/benchmarks/bench_pu_tables.py [--seeds 3] [--tables wine,adult]

"copies": two samples whose labeled rows stand among the unlabeled as well, which is the
lecture's protocol. The last lines say how far each candidate is behind the best
baseline at worst, and how far its prior is off.
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
    "magic": (1000, "one_sample"),
    "8 classes merged": (400, "one_sample"),
    "frequencies": (300, "one_sample"),
    "interactions of 12": (500, "one_sample"),
    "interactions of 30": (800, "one_sample"),
    "magic, copies": (1000, "copies"),
    "magic, few copies": (500, "copies"),
    "adult, copies": (1000, "copies"),
    "breast_cancer, copies": (150, "copies"),
    "digits < 5, copies": (400, "copies"),
    "20 features hard, copies": (1000, "copies"),
    "8 classes merged, copies": (600, "copies"),
    "frequencies, copies": (600, "copies"),
    "interactions of 30, copies": (800, "copies"),
}


def load(name, seed):
    """X and y in {0, 1} of a table."""
    rng = np.random.default_rng(seed)
    if name == "magic":
        return magic()
    if name == "8 classes merged":
        X, y = make_classification(
            5000,
            16,
            n_informative=10,
            n_classes=8,
            n_clusters_per_class=1,
            class_sep=1.5,
            random_state=seed,
        )
        return X, np.isin(y, rng.permutation(8)[:3]).astype(int)
    if name == "frequencies":
        # Shares of words in a text: most are zero, a few are large.
        y = (rng.random(5000) < 0.4).astype(int)
        rate = rng.gamma(0.3, 1, size=40) * np.exp(rng.normal(0, 0.7, size=(2, 40)))[y]
        counts = rng.poisson(rate * rng.gamma(1.0, 1, size=(5000, 1)))
        counts = counts * rng.lognormal(0, 0.5, size=(5000, 40))
        return 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-9), y
    if name.startswith("interactions"):
        d = int(name.split()[-1])
        X, W = rng.normal(size=(5000, d)), rng.normal(size=(d, d)) / d
        score = X @ rng.normal(size=d) / np.sqrt(d)
        score += 1.5 * np.einsum("ij,jk,ik->i", X, W, X)
        score += 0.7 * np.sin(2 * X[:, 0]) * X[:, 1] + 0.3 * rng.normal(size=5000)
        return X, (score > np.quantile(score, 0.55)).astype(int)
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


def magic():
    """MAGIC gamma telescope, positive = gamma, from the folder `SKGEN_DATA`."""
    path = Path(os.environ.get("SKGEN_DATA", ""), "magic04.data")
    if not path.is_file():
        raise SystemExit(f"{path} must be there for the table magic: UCI, id 159.")
    table = pd.read_csv(path, header=None)
    return table.iloc[:, :10].to_numpy(float), (table[10] == "g").to_numpy(int)


def draw(name, seed):
    """PU data of a table, its unseen rows, the kind of sampling and the prior."""
    n_labeled, kind = TABLES[name]
    X, y = load(name.split(",")[0], seed)
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=0.3, stratify=y, random_state=seed
    )
    options = {"n_labeled": n_labeled, "sampling": kind, "random_state": seed}
    if kind == "copies":
        options |= {"sampling": "two_sample", "disjoint": False}
    X, s, y = make_pu(X, y, **options)
    prior = y[s == 0].mean() if options["sampling"] == "two_sample" else y.mean()
    return X, s, X_test, y_test, options["sampling"], prior


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
        return model.predict(X_test) == 1, model.prior_

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
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", default=";".join(TABLES), help="separated by ;")
    parser.add_argument("--methods", default=",".join(METHODS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    methods = options.methods.split(",")
    write("accuracy %, mean +- sd over seeds (CPU s); * knows the prior")
    write(f"{'table':28}" + "".join(f"{m:>19}" for m in methods))
    means, off = {m: [] for m in methods}, {m: [] for m in CANDIDATES}
    behind = {m: [] for m in CANDIDATES}
    for name in options.tables.split(";"):
        found = {m: [] for m in methods}
        # Small tables have small test parts: three times the draws.
        small = len(load(name.split(",")[0], 0)[0]) < 1000
        errors = {m: [] for m in CANDIDATES}
        for seed in range(options.seeds * (3 if small else 1)):
            X, s, X_test, y_test, sampling, prior = draw(name, seed)
            for m in methods:
                start = time.process_time()
                says = METHODS[m](X, s, X_test, sampling, prior, seed)
                seconds = time.process_time() - start
                says, own = says if isinstance(says, tuple) else (says, None)
                if m in CANDIDATES:
                    errors[m].append(own - prior)
                found[m].append((100 * np.mean(says == y_test), seconds, says.mean()))
        line = f"{name:28}"
        for m in methods:
            accuracy, seconds, _ = np.array(found[m]).T
            means[m].append(accuracy.mean())
            line += f"{accuracy.mean():8.1f} +-{accuracy.std():4.1f} "
            line += f"({seconds.mean():2.0f})"
        write(line)
        for m in CANDIDATES:
            if m not in methods:
                continue
            rivals = [means[o][-1] for o in methods if o not in ("PUGAN", m)]
            behind[m].append(max(rivals, default=0.0) - means[m][-1])
            off[m].append(np.abs(errors[m]).mean())
            shares = [share for _, _, share in found[m]]
            if min(shares) < 0.01 or max(shares) > 0.99:
                write(f"  {m} collapsed to one class: {shares}")
    write(
        f"{'mean of all tables':28}"
        + "".join(f"{np.mean(means[m]):8.1f}" + 11 * " " for m in methods)
    )
    for m in CANDIDATES:
        if m in methods:
            write(
                f"{m}: at worst {max(behind[m]):.1f} points behind the best rival; "
                f"prior off by {np.mean(off[m]):.3f} in the mean over tables, "
                f"{max(off[m]):.3f} at worst"
            )


if __name__ == "__main__":
    main()
