"""Log-ratios and divergences of `DensityRatioEstimator` on pairs of Gaussians.

Fitted to n rows of each, asked of 20,000 others. Root mean squared error of log p / q
(tails of both included), mean absolute error of D*, and the bounds of KL and of
Jensen-Shannon beside their true values, in nats.

    python tests/benchmarks/bench_ratio.py [--rows 300 2000 10000] [--seeds 5]
"""

import argparse

import numpy as np
from _printing import head, show, timed
from scipy.special import expit
from scipy.stats import multivariate_normal as normal

from skgen import DensityRatioEstimator

CORRELATED = 0.5 + 0.5 * np.eye(5)
PAIRS = {
    "1-D shift": (normal([1.0]), normal([0.0])),
    "1-D scale": (normal([0.5], [[0.36]]), normal([0.0])),
    "5-D shift": (normal(np.full(5, 0.5)), normal(np.zeros(5))),
    "5-D correlated": (normal(np.full(5, 0.3), CORRELATED), normal(np.zeros(5))),
}


def draw(law, n, seed):
    return np.asarray(law.rvs(n, random_state=seed)).reshape(n, -1)


def judge(p, q, n, seed):
    P, Q, P_new, Q_new = (
        draw(law, size, 10 * seed + k)
        for k, (law, size) in enumerate([(p, n), (q, n), (p, 20_000), (q, 20_000)])
    )
    ratio, seconds = timed(DensityRatioEstimator(random_state=seed).fit_samples, P, Q)
    found = np.concatenate([ratio.log_ratio(P_new), ratio.log_ratio(Q_new)])
    true = np.concatenate([p.logpdf(X) - q.logpdf(X) for X in (P_new, Q_new)])
    # The value of the game by the best discriminator.
    value = np.log(expit(true[:20_000])).mean() + np.log(expit(-true[20_000:])).mean()
    return (
        np.sqrt(np.mean((found - true) ** 2)),
        np.abs(expit(found) - expit(true)).mean(),
        ratio.divergence("kl", P_new, Q_new),
        true[:20_000].mean(),
        ratio.divergence("jensen_shannon", P_new, Q_new),
        value / 2 + np.log(2),
        seconds,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[300, 2000, 10_000])
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    for n in args.rows:
        head(
            f"{n} rows of each",
            ["log-ratio", "D*", "KL", "true", "JS", "true", "fit s"],
        )
        for name, (p, q) in PAIRS.items():
            show(name, [judge(p, q, n, seed) for seed in range(args.seeds)])


if __name__ == "__main__":
    main()
