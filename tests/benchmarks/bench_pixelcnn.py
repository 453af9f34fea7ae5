"""PixelCNNDensity on small images, beside pixels without neighbours and mixtures.

Digits: 8 x 8 pixels, 17 levels; of a random permutation per seed 1,437 images to learn
from and 360 to test. MNIST: 28 x 28 pixels, thresholded at one half or drawn once with
the intensity as probability; of a permutation with seed 0 the first 9,000 images to
learn from and the last 1,000 to test. Of the images to learn from the estimator holds
140 or 1,000 out for early stopping, so that 1,297 or 8,000 train. Times are of one
process on one thread. Draws are of 64 images; beside them stands what a forward pass of
the network per pixel would cost, by the median of five passes.

    python tests/benchmarks/bench_pixelcnn.py [--seeds 3] [--data digits,threshold]
"""

import argparse
import math
import statistics
import time

import numpy as np
import torch
from _printing import write
from scipy.special import logsumexp
from sklearn.datasets import load_digits

from skgen.datasets import fetch_mnist10k
from skgen.density import PixelCNNDensity
from skgen.nn import GatedPixelCNN

N_DRAWN = 64
PRECISIONS = "float32", "float64"


def load(name, seed):
    """Rows to learn from, share held out, rows to test, shape, number of levels."""
    if name == "digits":
        X, _ = load_digits(return_X_y=True)
        X = X[np.random.default_rng(seed).permutation(len(X))]
        return X[:1437], 140 / 1437, X[1437:], (8, 8), 17
    X, _ = fetch_mnist10k(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(X))
    level = 0.5 if name == "threshold" else np.random.default_rng(1).random(X.shape)
    X = (X / 255 > level).astype(np.uint8)[order]
    return X[:9000], 1 / 9, X[9000:], (28, 28), 2


def independent(X, test, levels):
    """Mean log-probability under a product of smoothed shares of the levels."""
    X = X.astype(int)
    counts = np.stack([(X == v).sum(axis=0) for v in range(levels)]) + 0.5
    log_share = np.log(counts / counts.sum(axis=0))
    return log_share[test.astype(int), np.arange(X.shape[1])].sum(axis=1).mean()


def mixture(X, test, levels, n_components=40, n_steps=40):
    """Mean log-probability under a mixture of such products, by EM."""
    one_hot = (X.astype(int)[:, :, None] == np.arange(levels)).astype(np.float32)
    flat = one_hot.reshape(len(X), -1)
    rng = np.random.default_rng(0)
    share = rng.dirichlet(np.ones(n_components), len(X)).astype(np.float32)

    def joint(rows):
        code = (rows.astype(int)[:, :, None] == np.arange(levels)).astype(np.float32)
        return code.reshape(len(rows), -1) @ log_p.T + log_weight

    for _ in range(n_steps):
        counts = (share.T @ flat).reshape(n_components, -1, levels) + 0.1
        log_p = np.log(counts / counts.sum(axis=2, keepdims=True))
        log_p = log_p.reshape(n_components, -1)
        log_weight = np.log(share.sum(axis=0) + 1e-9) - math.log(len(X))
        scores = joint(X)
        share = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
    return logsumexp(joint(test), axis=1).mean()


def seconds(work):
    """Wall time and result of a call."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def pass_time(model, dtype):
    """Median time of a forward pass of the same network over as many images."""
    height, width, channels = model.image_shape_
    net = GatedPixelCNN(
        (channels, height, width),
        model.levels_,
        n_channels=model.n_channels,
        n_blocks=model.n_blocks,
    ).to(dtype)
    x = torch.zeros(N_DRAWN, channels, height, width, dtype=dtype)
    with torch.inference_mode():
        return statistics.median(seconds(lambda: net(x))[0] for _ in range(5))


def report(name, what, nats, n_pixels, rest=""):
    bits = -nats / n_pixels / math.log(2)
    write(f"{name:11s}{what:22s}{-nats:8.2f} nats {bits:7.4f} bits/dim  {rest}")


def run(name, seed):
    """Print the lines of one data set and one seed; give the nats."""
    X, share, test, shape, levels = load(name, seed)
    n = X.shape[1]
    if seed == 0:
        for baseline in (independent, mixture):
            nats = baseline(X, test, levels)
            report(name, f"{baseline.__name__} pixels", nats, n)
    model = PixelCNNDensity(
        shape,
        levels=levels,
        validation_fraction=share,
        random_state=seed,
    )
    cpu = time.process_time()
    fit_time, _ = seconds(lambda: model.fit(X))
    cpu = time.process_time() - cpu
    score_time, nats = seconds(lambda: model.score(test))
    model.sample(1, random_state=0)
    draw_time, drawn = seconds(lambda: model.sample(N_DRAWN, random_state=0))
    report(
        name,
        f"PixelCNN, seed {seed}",
        nats,
        n,
        f"fit {fit_time:.0f} s (CPU {cpu:.0f} s), {model.n_epochs_} epochs, "
        f"{len(test) / score_time:.0f} images/s, {N_DRAWN / draw_time:.0f} draws/s",
    )
    if seed == 0:
        passes = math.prod(shape)
        slow = {t: passes * pass_time(model, getattr(torch, t)) for t in PRECISIONS}
        write(
            f"{name:11s}{N_DRAWN} draws: {draw_time:.3f} s; a pass per pixel "
            + ", ".join(
                f"{t:.1f} s in {precision} ({t / draw_time:.0f} times)"
                for precision, t in slow.items()
            )
        )
    return -nats


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", default="digits,threshold,stochastic")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.data.split(","):
        found = [run(name, seed) for seed in range(options.seeds)]
        write(f"{name:11s}median of seeds {statistics.median(found):.2f} nats\n")


if __name__ == "__main__":
    main()
