"""CPU seconds and memory of PU fits and predictions, beside plain boosting.

Each size runs in a process of its own, so that its peak memory is its own; the memory
is that beyond the data and the imports.

    python tests/benchmarks/bench_pu_scale.py [--sizes 100000x10,1000000x10]
        [--stack] [--stream]

``--stack`` times PUStackingClassifier, ``--stream`` `partial_fit` in chunks of 50,000.
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
from sklearn.ensemble import HistGradientBoostingClassifier

from skgen.pu import PUGANClassifier, PUStackingClassifier

SIZES = "10000x10,100000x10,100000x50,1000000x10"
STACK_SIZES = "240x3,20000x10"
CHUNK = 50_000


def table(n, d, seed=0):
    """Two clusters of overlapping classes; one in ten positives is labeled."""
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.4
    X = rng.normal(size=(n, d)).astype(np.float32)
    X += 0.9 * y[:, None] * np.sin(np.arange(d)).astype(np.float32)
    X[:, 0] *= np.where(y, 1.5, 1.0)
    return X, (y & (rng.random(n) < 0.1)).astype(int), y


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(kind, n, d):
    """Fit and predict once, and print a line."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    X, s, y = table(n, d)
    if kind == "boosting":
        model = HistGradientBoostingClassifier(random_state=0)
    elif kind == "stack":
        model = PUStackingClassifier(random_state=0)
    else:
        model = PUGANClassifier(random_state=0)
    before, start = megabytes(), time.process_time()
    if kind == "stream":
        for i in range(0, n, CHUNK):
            model.partial_fit(X[i : i + CHUNK], s[i : i + CHUNK])
    else:
        model.fit(X, s)
    fitted, peak = time.process_time() - start, megabytes() - before
    start = time.process_time()
    p = model.predict_proba(X)[:, 1]
    seconds = time.process_time() - start
    if kind == "boosting":
        p = np.clip(p / (s.sum() / y.sum()), 0, 1)  # told the true prior
    p = np.clip(p, 1e-6, 1 - 1e-6)
    loss = -np.mean(np.where(y, np.log(p), np.log1p(-p)))
    prior = getattr(model, "prior_", np.nan)
    print(
        f"{kind:10}{n:9} x {d:<4}{fitted:8.1f}{peak:8.0f}{seconds:10.1f}"
        f"{100 * np.mean((p > 0.5) == y):8.1f}{loss:9.4f}{prior:8.3f}",
        flush=True,
    )


def main():
    """Run each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default=None)
    parser.add_argument("--stack", action="store_true")
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--one", nargs=3, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, n, d = options.one
        run(kind, int(n), int(d))
        return
    write("boosting* is told the true prior; the prior of the table is .400")
    write(
        f"{'':10}{'rows':>9}   {'':4}{'fit s':>8}{'MB':>8}{'predict s':>10}"
        f"{'acc. %':>8}{'log-loss':>9}{'prior':>8}"
    )
    kinds = ["boosting", "pugan"]
    if options.stack or options.stream:
        kinds = ["boosting", "stack" if options.stack else "stream"]
    sizes = options.sizes or (STACK_SIZES if options.stack else SIZES)
    for size in sizes.split(","):
        for kind in kinds:
            done = subprocess.run(
                [sys.executable, __file__, "--one", kind, *size.split("x")],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            write(done.stdout.rstrip())


if __name__ == "__main__":
    main()
