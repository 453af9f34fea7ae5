"""Densities of small tables: nats of rows left out, and draws whatever the order.

"nats": five shuffled folds, in the units of the columns; values that repeat are spread
over their cells once, the same rows for all models. Gaussian, mixtures of scikit-learn
by BIC and by cross-validation, a kernel density by cross-validation, and models of
skgen with their defaults (`discrete` None). "behind" is the largest number of paired
standard errors that `AutoregressiveDensity` is behind another model.

"order": iris and wine with the label first, in the middle and last, ten splits: the
accuracy on real rows of a forest and of a logistic regression fitted to draws, and the
AUC of a forest that tells draws from rows left out.

CPU seconds of a fit; run it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_small_tables.py [--parts nats,order] [--tables iris]
        [--flow]
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
from scipy.stats import multivariate_normal
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgen import (
    AutoregressiveDensity,
    FlowDensity,
    MixtureDensity,
    TransformedDensity,
)
from skgen.metrics import classifier_two_sample_test

TABLES = (
    "iris",
    "wine",
    "breast_cancer",
    "diabetes",
    "digits",
    "avila",
    "moons",
    "ring",
    "t(2)",
)
SIZES = 1, 2, 3, 4, 6, 8, 10, 15, 20


def spread(X, rng):
    """Spread values that repeat over cells that reach half-way to their neighbours."""
    X = X.astype(float)
    for j in range(X.shape[1]):
        values, place, counts = np.unique(
            X[:, j], return_inverse=True, return_counts=True
        )
        if counts.max() == 1:
            continue
        gaps = np.diff(values)
        gaps = np.concatenate([gaps[:1], gaps, gaps[-1:]])
        low, width = values - gaps[:-1] / 2, (gaps[:-1] + gaps[1:]) / 2
        noisy = low[place] + rng.random(len(X)) * width[place]
        X[:, j] = np.where(counts[place] > 1, noisy, X[:, j])
    return X


def load(name):
    rng = np.random.default_rng(0)
    if name == "iris":
        X = datasets.load_iris().data
    elif name == "wine":
        X = datasets.load_wine().data
    elif name == "breast_cancer":
        X = datasets.load_breast_cancer().data
    elif name == "diabetes":  # without sex
        X = np.delete(datasets.load_diabetes(scaled=False).data, 1, axis=1)
    elif name == "digits":
        X = PCA(10, random_state=0).fit_transform(datasets.load_digits().data)
    elif name == "avila":
        path = Path(os.environ.get("SKGEN_DATA", ""), "avila-tr.txt")
        if not path.is_file():
            raise SystemExit(f"{path} must be there for the table avila: UCI, id 459.")
        X = np.loadtxt(path, delimiter=",", usecols=range(10))
        X = X[rng.choice(len(X), 1000, replace=False)]
    elif name == "moons":
        X = datasets.make_moons(500, noise=0.1, random_state=0)[0]
    elif name == "ring":
        angle = rng.uniform(0, 2 * np.pi, 500)
        radius = 1 + 0.1 * rng.normal(size=500)
        X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    else:
        common = np.sqrt(rng.chisquare(2, size=(500, 1)) / 2)
        X = rng.normal(size=(500, 5)) / common
    return spread(X, rng)


class Gaussian:
    def fit(self, X):
        covariance = np.cov(X.T)
        self.law = multivariate_normal(X.mean(axis=0), covariance, allow_singular=True)
        return self

    def score_samples(self, X):
        return self.law.logpdf(X)


class Bic:
    """The mixture with the least criterion, on standardised columns."""

    def fit(self, X):
        fits = [
            TransformedDensity(density=GaussianMixture(k, random_state=0)).fit(X)
            for k in SIZES
            if 4 * k < len(X)
        ]
        Z = fits[0].transformer_.transform(X)
        self.model = min(fits, key=lambda m: m.density_.bic(Z))
        return self

    def score_samples(self, X):
        return self.model.score_samples(X)


def searched(density, grid):
    model = TransformedDensity(density=density)
    grid = {f"density__{k}": v for k, v in grid.items()}
    return GridSearchCV(model, grid, cv=KFold(4, shuffle=True, random_state=0))


def models(flow):
    found = {
        "Gaussian": Gaussian(),
        "GMM, BIC": Bic(),
        "GMM, CV": searched(
            GaussianMixture(random_state=0), {"n_components": list(SIZES[:-2])}
        ),
        "KDE, CV": searched(KernelDensity(), {"bandwidth": np.logspace(-1.5, 0.3, 12)}),
        "Mixture": MixtureDensity(discrete=None, random_state=0),
        "AR": AutoregressiveDensity(discrete=None, random_state=0),
    }
    if flow:
        found["Flow"] = FlowDensity(random_state=0)
    return found


def bench_nats(names, flow):
    write("nats of rows left out (CPU s of a fit)")
    write(f"{'table':20}" + "".join(f"{m:>17}" for m in models(flow)) + "   behind")
    for name in names:
        X = load(name)
        scores = {m: np.empty(len(X)) for m in models(flow)}
        seconds = dict.fromkeys(scores, 0.0)
        for train, test in KFold(5, shuffle=True, random_state=0).split(X):
            for m, model in models(flow).items():
                start = time.process_time()
                model.fit(X[train])
                seconds[m] += (time.process_time() - start) / 5
                best = getattr(model, "best_estimator_", model)
                scores[m][test] = best.score_samples(X[test])
        gaps = {m: s - scores["AR"] for m, s in scores.items() if m != "AR"}
        behind = max(
            g.mean() / (g.std() / np.sqrt(len(g))) for g in gaps.values() if g.std() > 0
        )
        line = f"{name:10}{len(X):5} x {X.shape[1]:<2}"
        for m, values in scores.items():
            line += f"{values.mean():10.2f} ({seconds[m]:4.1f})"
        write(f"{line}{max(0.0, behind):9.1f}")


def bench_order(n_splits=10):
    write("\ndraws: accuracy of a forest and of a logistic regression; C2ST")
    for name, load_table in (
        ("iris", datasets.load_iris),
        ("wine", datasets.load_wine),
    ):
        X, y = load_table(return_X_y=True, as_frame=True)
        d = X.shape[1]
        found = {}
        for seed in range(n_splits):
            label = pd.Categorical(y.map(lambda c: f"class {c}"))
            rows = X.assign(label=label)
            train, test = train_test_split(
                rows, test_size=0.5, stratify=y, random_state=seed
            )
            found.setdefault("real rows", []).append((*judge(train, test), np.nan))
            for where, place in (("first", 0), ("middle", d // 2), ("last", d)):
                names = X.columns.tolist()
                names.insert(place, "label")
                for m, model in (
                    ("AR", AutoregressiveDensity(random_state=seed)),
                    ("Mixture", MixtureDensity(random_state=seed)),
                ):
                    drawn = model.fit(train[names]).sample(len(test), random_state=seed)
                    auc = classifier_two_sample_test(
                        test[names], drawn, random_state=seed
                    ).auc
                    row = (*judge(drawn, test), auc)
                    found.setdefault(f"{m}, label {where}", []).append(row)
        write(name)
        for key, values in found.items():
            mean, deviation = np.mean(values, axis=0), np.std(values, axis=0)
            cells = [f"{a:.3f} +-{b:.3f}" for a, b in zip(mean, deviation, strict=True)]
            write(f"  {key:22}" + "   ".join(cells))


def judge(train, test):
    found = []
    for model in (
        RandomForestClassifier(100, random_state=0),
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
    ):
        model.fit(train.drop(columns="label"), train["label"].astype(str))
        found.append(
            model.score(
                test.drop(columns="label")[list(train.columns.drop("label"))],
                test["label"].astype(str),
            )
        )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="nats,order")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--flow", action="store_true", help="FlowDensity as well")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    if "nats" in options.parts:
        bench_nats(options.tables.split(","), options.flow)
    if "order" in options.parts:
        bench_order()


if __name__ == "__main__":
    main()
