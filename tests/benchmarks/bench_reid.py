"""Re-identification of emoji that two houses drew: PUPairTransformer and its rivals.

1,400 identities to train, of which K are known in both houses; the other rows are
unlabeled. 511 identities of Google are then looked for among those of Twitter.

    python tests/benchmarks/bench_reid.py [--seeds 3] [--known 200,700,1400]
        [--methods infonce,adversarial] [--tables]

``--tables`` does the same with scikit-learn's wine and digits, each row under two noisy
cameras.
"""

import argparse
import time
import warnings

import numpy as np
import torch
from _printing import write
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA

from skgen.datasets import fetch_emoji_pairs
from skgen.metrics import mean_average_precision, rank_k_accuracy
from skgen.pu import PUPairTransformer
from skgen.pu._pair_batches import csls, partners
from skgen.pu._pair_metric import PairMetric

KNOWN = (200, 700, 1400)


def emoji(seed, n_known):
    """Rows to train on with identities and houses, and both houses' test rows."""
    parts = {}
    for subset in ("train", "test"):
        bunch = fetch_emoji_pairs(subset=subset)
        parts[subset] = bunch.data, bunch.target, bunch.groups
    X, y, groups = parts["train"]
    drawn = np.random.RandomState(seed).permutation(np.unique(y))[:n_known]
    y = np.where(np.isin(y, drawn), y, -1)
    X_test, _, houses = parts["test"]
    first = houses == houses[0]
    return X, y, groups, X_test[first], X_test[~first], {"image_shape": (32, 32, 3)}


def two_cameras(load):
    """Rows of a table under two noisy cameras; half of them to train."""

    def problem(seed, n_known):
        X = load(return_X_y=True)[0]
        X = X[:, X.std(axis=0) > 0]
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        rng = np.random.RandomState(seed)
        gain = rng.lognormal(0, 0.5, size=(2, X.shape[1]))
        mixing = np.eye(X.shape[1]) + 0.3 * rng.normal(size=(2, *X.shape[1:] * 2)) / (
            np.sqrt(X.shape[1])
        )
        # A camera's own noise lies in a few directions.
        ways = rng.normal(size=(2, 3, X.shape[1])) / np.sqrt(3)
        A, B = (
            np.tanh(0.7 * X @ mixing[c] * gain[c])
            + 0.4 * rng.normal(size=(len(X), 3)) @ ways[c]
            + 0.1 * rng.normal(size=X.shape)
            for c in range(2)
        )
        order = rng.permutation(len(X))
        train, test = order[: len(X) // 2], order[len(X) // 2 :]
        y = np.where(np.arange(len(train)) < n_known, np.arange(len(train)), -1)
        X = np.vstack([A[train], B[train]])
        return X, np.tile(y, 2), np.repeat([0, 1], len(train)), A[test], B[test], {}

    return problem


def judge(distances):
    """rank-1 and mean average precision; row i of the gallery is the right one."""
    ids = np.arange(len(distances))
    return (
        rank_k_accuracy(distances, ids, ids),
        mean_average_precision(distances, ids, ids),
    )


def unit(Z):
    return Z / np.maximum(np.linalg.norm(Z, axis=1, keepdims=True), 1e-12)


def raw(X, y, groups, A, B, options, seed):
    return {"raw columns": 1 - unit(A * 1.0) @ unit(B * 1.0).T}


def half_whitened(X, y, groups, A, B, options, seed):
    """Principal axes centred by camera, divided by the root of their spread."""
    names = np.unique(groups)
    centers = [X[groups == g].mean(axis=0) for g in names]
    C = np.vstack([X[groups == g] - c for g, c in zip(names, centers, strict=True)])
    pca = PCA(min(150, *C.shape), random_state=0).fit(C)
    axes = pca.components_.T / np.sqrt(np.sqrt(pca.explained_variance_))
    E = [unit((Z - c) @ axes) for Z, c in zip((A, B), centers, strict=True)]
    return {"half-whitened PCA": 1 - E[0] @ E[1].T}


def whitening(X, y, groups, A, B, options, seed):
    """The linear metric alone."""
    places = np.unique(groups, return_inverse=True)[1]
    metric = PairMetric().fit(X, places, partners(y, places), 2)
    E = [metric.transform(Z, np.full(len(Z), place)) for place, Z in enumerate((A, B))]
    similarity = E[0] @ E[1].T
    return {"whitening metric": 1 - similarity, "  with CSLS": -csls(similarity)}


def network(loss, **parameters):
    """Our estimator; its network alone, and fused with the metric."""

    def run(X, y, groups, A, B, options, seed):
        model = PUPairTransformer(
            loss=loss, random_state=seed, **options, **parameters
        ).fit(X, y, groups=groups)
        cameras = tuple(np.unique(groups))
        E = [model.transform(Z, groups=c) for Z, c in zip((A, B), cameras, strict=True)]
        n = model.n_components
        alone = unit(E[0][:, :n]) @ unit(E[1][:, :n]).T
        name = loss + (", no rounds" if parameters else "")
        return {
            f"{name}: network": 1 - alone,
            "  network with CSLS": -csls(alone),
            "  fused": 1 - E[0] @ E[1].T,
            "  fused with CSLS": model.distances(A, B, cameras=cameras, rerank="csls"),
        }

    return run


METHODS = {
    "raw": raw,
    "pca": half_whitened,
    "whitening": whitening,
    "infonce": network("infonce"),
    "infonce0": network("infonce", n_rounds=0),
    "triplet": network("triplet", n_rounds=0),
    "nonnegative": network("nonnegative", n_rounds=0),
    "adversarial": network("adversarial", n_rounds=0),
}


def main():
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--known", default=",".join(map(str, KNOWN)))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--tables", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    known = [int(k) for k in options.known.split(",")]
    problems = {f"emoji, {k} known": (emoji, k) for k in known}
    if options.tables:
        problems = {
            "wine, 45 known": (two_cameras(load_wine), 45),
            "digits, 200 known": (two_cameras(load_digits), 200),
        }
    for title, (problem, n_known) in problems.items():
        write(f"{title}: rank-1 / mAP, mean +- sd over seeds (s)")
        for method in options.methods.split(","):
            found = {}
            for seed in range(options.seeds):
                data = problem(seed, n_known)
                start = time.perf_counter()
                distances = METHODS[method](*data, seed)
                seconds = time.perf_counter() - start
                for name, d in distances.items():
                    found.setdefault(name, []).append((*judge(d), seconds))
            for name, values in found.items():
                mean, sd = np.mean(values, axis=0), np.std(values, axis=0)
                write(
                    f"{name:28} {mean[0]:.3f} +- {sd[0]:.3f} / {mean[1]:.3f} +- "
                    f"{sd[1]:.3f} ({mean[2]:.0f})"
                )


if __name__ == "__main__":
    main()
