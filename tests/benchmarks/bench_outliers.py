"""Finding outliers: `OutlierDetector` beside what scikit-learn has.

The sets of the folder outliers in `SKGEN_DATA` (ODDS): fitted to half of the ordinary
rows, standardised, judged on the other half and all outliers by ROC AUC; of large sets
the first 12,000 rows. CPU seconds are those of the fit and of the scores together; run
it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_outliers.py [--seeds 3] [--slow]

``--slow`` adds detectors over `VAETransformer` and `AutoregressiveDensity`. The last
column says which share of the ordinary rows left out the default flags (1 % wanted).
"""

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from _printing import write
from scipy.io import loadmat
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler

from skgen import AutoregressiveDensity, MixtureDensity, OutlierDetector, VAETransformer

N_ROWS = 12_000


def load(path, seed):
    """Ordinary rows to fit to; rows to judge, and which of them are outliers."""
    table = loadmat(path)
    X, y = table["X"][:N_ROWS].astype(float), table["y"].ravel()[:N_ROWS].astype(bool)
    train, test = train_test_split(X[~y], test_size=0.5, random_state=seed)
    scaler = StandardScaler().fit(train)
    test = np.concatenate([test, X[y]])
    odd = np.arange(len(test)) >= len(test) - y.sum()
    return scaler.transform(train), scaler.transform(test), odd


def neighbor(k):
    """Minus the distance to a neighbour."""

    def run(train, test, seed):
        search = NearestNeighbors(n_neighbors=k).fit(train)
        return -search.kneighbors(test)[0][:, -1]

    return run


def scored(make):
    """Scores of an estimator."""

    def run(train, test, seed):
        return make(seed).fit(train).score_samples(test)

    return run


def factor(train, test, seed):
    return LocalOutlierFactor(novelty=True).fit(train).score_samples(test)


def detector(estimator=None):
    def make(seed):
        if estimator is None:
            return OutlierDetector(random_state=seed)
        return OutlierDetector(estimator(seed), random_state=seed)

    return scored(make)


METHODS = {
    "nearest": neighbor(1),
    "fifth": neighbor(5),
    "forest": scored(lambda seed: IsolationForest(random_state=seed)),
    "LOF": factor,
    "mixture": detector(lambda seed: MixtureDensity(random_state=seed)),
    "default": detector(),
}
SLOW = {
    "VAE": detector(lambda seed: VAETransformer(random_state=seed)),
    "AR": detector(lambda seed: AutoregressiveDensity(random_state=seed)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    methods = {**METHODS, **(SLOW if options.slow else {})}
    paths = sorted(Path(os.environ.get("SKGEN_DATA", ""), "outliers").glob("*.mat"))
    if not paths:
        raise SystemExit("SKGEN_DATA must name a folder with outliers/*.mat.")
    write("ROC AUC, mean over seeds (CPU s)")
    write(
        f"{'set':12}{'rows':>12}" + "".join(f"{m:>14}" for m in methods) + "   flagged"
    )
    everything, times = {m: [] for m in methods}, {m: [] for m in methods}
    for path in paths:
        flagged = []
        found = {m: [] for m in methods}
        seconds = {m: [] for m in methods}
        for seed in range(options.seeds):
            train, test, odd = load(path, seed)
            for m, run in methods.items():
                start = time.process_time()
                scores = run(train, test, seed)
                seconds[m].append(time.process_time() - start)
                found[m].append(roc_auc_score(odd, -scores))
            model = OutlierDetector(random_state=seed).fit(train)
            flagged.append(np.mean(model.predict(test[~odd]) == -1))
        line = f"{path.stem:12}{len(train):6} x {train.shape[1]:<3}"
        for m in methods:
            everything[m].append(np.mean(found[m]))
            times[m].append(np.mean(seconds[m]))
            line += f"{np.mean(found[m]):8.3f}({np.mean(seconds[m]):4.1f})"
        write(f"{line}{100 * np.mean(flagged):9.1f} %")
    line = f"{'mean; median s':24}"
    for m in methods:
        line += f"{np.mean(everything[m]):8.3f}({np.median(times[m]):4.1f})"
    write(line)


if __name__ == "__main__":
    main()
