"""CPU seconds and memory of fits on wide and long tables, beside a Gaussian.

Rows of eight clusters with three common factors. Each size runs in a process of its
own, so that its peak memory is its own; it is that beyond the data and the imports.
"nats" is the log-density of 2,000 new rows per column, beside that of one Gaussian with
the covariance of Ledoit and Wolf and of the truth; samplers have "C2ST" instead, the
AUC of a boosted forest that tells their rows from new ones. The last column is the
exponent of the fit's time over rows, between the last two sizes of as many columns.

    python tests/benchmarks/bench_scale.py [--estimators AR,VAE]
        [--sizes 100000x10,1000000x10]
"""

import argparse
import resource
import subprocess
import sys
import time
import warnings

import numpy as np
import torch
from _printing import write
from sklearn.covariance import ledoit_wolf

from skgen import (
    AutoregressiveDensity,
    FlowDensity,
    GANSampler,
    GenerativeOverSampler,
    MixtureDensity,
    OutlierDetector,
    VAETransformer,
)
from skgen.metrics import classifier_two_sample_test

SIZES = {
    "AR": "100000x10,1000000x10,100000x50,1000x200,1000x2000",
    "mixture": "100000x10,1000000x10,100000x50,1000x200,1000x2000",
    "outliers": "100000x10,1000000x10,100000x50,1000x200,1000x2000",
    "VAE": "100000x10,1000000x10,100000x50,1000x2000",
    "GAN": "100000x10,1000000x10,100000x50",
    "flow": "100000x10,1000000x10,300x500",
    "over-sampling": "100000x10",
}
MAKE = {
    "AR": AutoregressiveDensity,
    "mixture": MixtureDensity,
    "outliers": OutlierDetector,
    "VAE": VAETransformer,
    "GAN": GANSampler,
    "flow": FlowDensity,
    "over-sampling": GenerativeOverSampler,
}
N_NEW = 2000


class Truth:
    """A mixture of eight Gaussians with three common factors each."""

    def __init__(self, d):
        rng = np.random.default_rng(0)
        self.means = 2 * rng.normal(size=(8, d))
        self.loads = rng.normal(size=(8, 3, d)) / np.sqrt(3)
        self.d = d

    def sample(self, n, seed):
        rng = np.random.default_rng(seed)
        k = rng.integers(8, size=n)
        X = 0.5 * rng.normal(size=(n, self.d)).astype(np.float32)
        for i in range(8):
            own = k == i
            factors = rng.normal(size=(own.sum(), 3))
            X[own] += (factors @ self.loads[i] + self.means[i]).astype(np.float32)
        return X, k

    def score(self, X):
        found = []
        for mean, load in zip(self.means, self.loads, strict=True):
            found.append(gaussian(X, mean, load.T @ load + 0.25 * np.eye(self.d)))
        return np.logaddexp.reduce(found, axis=0).mean() - np.log(8)


def gaussian(X, mean, covariance):
    L = np.linalg.cholesky(covariance)
    y = np.linalg.solve(L, (X - mean).T)
    log_det = np.log(np.diag(L)).sum()
    return -0.5 * (y**2).sum(axis=0) - log_det - 0.5 * len(L) * np.log(2 * np.pi)


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(kind, n, d):
    """Fit once and print a line."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    truth = Truth(d)
    (X, k), (new, _) = truth.sample(n, 1), truth.sample(N_NEW, 2)
    model = MAKE[kind](random_state=0)
    before, start = megabytes(), time.process_time()
    if kind == "over-sampling":
        y = (k == 0).astype(int)
        model.fit_resample(X, y)
    else:
        model.fit(X)
    fitted, peak = time.process_time() - start, megabytes() - before
    quality, scored, drawn = "", np.nan, np.nan
    if hasattr(model, "score_samples") and kind != "outliers":
        rows = X[: min(n, 100_000)]
        start = time.process_time()
        model.score_samples(rows)
        scored = (time.process_time() - start) / len(rows) * 1e6
        mean, covariance = X.mean(axis=0), ledoit_wolf(X[:20_000])[0]
        own = model.score_samples(new).mean()
        quality = (
            f"{own / d:8.3f} nats ({gaussian(new, mean, covariance).mean() / d:.3f}, "
            f"{truth.score(new) / d:.3f})"
        )
    if hasattr(model, "sample"):
        start = time.process_time()
        n_drawn = 10_000 if d <= 50 else 500
        rows = model.sample(n_drawn, random_state=0)
        drawn = (time.process_time() - start) / n_drawn * 1e6
        if d <= 50:
            auc = classifier_two_sample_test(new, rows[:N_NEW], random_state=0).auc
            quality += f" C2ST {auc:.3f}"
    if kind == "outliers":
        start = time.process_time()
        flagged = (model.predict(new) == -1).mean()
        scored = (time.process_time() - start) / len(new) * 1e6
        quality = f"{100 * flagged:8.1f} % flagged"
    print(
        f"{kind:14}{n:9} x {d:<5}{fitted:8.1f}{peak:8.0f}{scored:9.1f}{drawn:9.1f}"
        f"  {quality}",
        flush=True,
    )


def main():
    """Run each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--estimators", default=",".join(SIZES))
    parser.add_argument("--sizes", default=None)
    parser.add_argument("--one", nargs=3, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, n, d = options.one
        run(kind, int(n), int(d))
        return
    head = f"{'':14}{'rows':>9}   {'':5}{'fit s':>8}{'MB':>8}{'1M score':>9}{'draw':>9}"
    write(f"{head}  quality (Gaussian, truth)")
    for kind in options.estimators.split(","):
        times = {}
        for size in (options.sizes or SIZES[kind]).split(","):
            n, d = map(int, size.split("x"))
            done = subprocess.run(
                [sys.executable, __file__, "--one", kind, str(n), str(d)],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            line = done.stdout.strip().splitlines()[-1]
            seconds = float(line[14:].split()[3])
            if d in times:
                before, smaller = times[d]
                exponent = np.log(seconds / before) / np.log(n / smaller)
                line += f"  exponent {exponent:.2f}"
            times[d] = seconds, n
            write(line)


if __name__ == "__main__":
    main()
