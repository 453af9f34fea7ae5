"""Samples of `GANSampler`: rings and grids, tables, images, and its speed.

"ring", "grid": 10,000 rows of a ring of 8 Gaussians (radius 2, deviation 0.02) or of a
grid of 25 (2 apart, deviation 0.05). Of as many samples the share within 3 deviations
of a mode, the modes that have at least a tenth of their share of these, and the share
of the rarest mode over an even one.

"tables": Adult, 10,000 rows to train and as many others to test; Avila as published.
C2ST is the AUC of a boosted forest that tells samples from test rows, TSTR the accuracy
on test rows of one fitted to samples, "closer" the share of samples nearer to training
than to test rows. "by class" is fitted with fit(X, y) and asked for the classes of the
training rows.

"images": MNIST, 8,000 rows to train; as many samples as other images, 2,000, given the
digits of those. The Frechet distance to these, in 64 features of a small classifier;
the share of samples that it takes for the digit that was asked for, and the share of
the rarest digit over an even one, with digits drawn by the model; the mean distance to
the nearest training image over that of the other images (below 1: nearer than new
images are), in pixels, and in the features.

"speed": the time of a training step over that of a hand-written loop with the same
networks, loss, penalty and running average, taking turns; rows drawn per second.

All times are CPU seconds; run it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_gan.py [--parts ring,grid,tables,images,speed]
        [--seeds 3]
"""

import argparse
import statistics
from functools import partial

import numpy as np
import torch
from _images import Judge, mnist, nearest
from _printing import head, show, timed, write
from _tables import judge_table, load_table
from torch.nn import functional as F

from skgen import GANSampler
from skgen.encoding import RankEncoder
from skgen.gan._players import Critic, Generator, RowCritic, RowGenerator
from skgen.metrics import frechet_distance, mode_coverage

# -- rings and grids -------------------------------------------------------------------


def ring(n, rng):
    angles = np.arange(8) * np.pi / 4
    centers = 2 * np.column_stack([np.cos(angles), np.sin(angles)])
    rows = centers[rng.integers(8, size=n)] + 0.02 * rng.normal(size=(n, 2))
    return rows, centers, 0.02


def grid(n, rng):
    centers = np.array([(i, j) for i in range(-4, 5, 2) for j in range(-4, 5, 2)])
    rows = centers[rng.integers(25, size=n)] + 0.05 * rng.normal(size=(n, 2))
    return rows, centers, 0.05


def judge_modes(rows, centers, deviation):
    even = len(rows) / len(centers)
    found = mode_coverage(rows, centers, scale=deviation, min_count=int(0.1 * even))
    return found.high_quality, found.n_modes, found.counts.min() / even


GAMES = ["minimax", "least_squares", "hinge", "relativistic", "jensen_shannon"]


def modes(title, make, seeds):
    head(title, ["within 3 sd", "modes", "rarest", "fit s"])
    for loss in GAMES:
        found = []
        for seed in range(seeds):
            rows, *truth = make(10_000, np.random.default_rng(seed))
            gan, seconds = timed(GANSampler(loss, random_state=seed).fit, rows)
            drawn = gan.sample(10_000, random_state=seed)
            found.append((*judge_modes(drawn, *truth), seconds))
        show(loss, found)


# -- tables ----------------------------------------------------------------------------


def tables(seeds):
    for name in ("adult", "avila"):
        head(name, ["C2ST", "TSTR", "closer", "fit s"])
        whole, by_class = [], []
        for seed in range(seeds):
            train, test, _ = load_table(name, seed)
            gan, seconds = timed(GANSampler(random_state=seed).fit, train)
            drawn = gan.sample(len(test), random_state=seed)
            whole.append((*judge_table(train, test, drawn, seed), seconds))
            *_, target = train.columns
            X, y = train.drop(columns=target), train[target]
            gan, seconds = timed(GANSampler(random_state=seed).fit, X, y)
            y = y.sample(len(test), replace=True, random_state=seed)
            drawn = gan.sample(len(test), y=y, random_state=seed)
            drawn[target] = y.to_numpy()
            drawn[target] = drawn[target].astype(train[target].dtype)
            by_class.append((*judge_table(train, test, drawn, seed), seconds))
        show("GANSampler", whole)
        show("GANSampler, by class", by_class)


# -- images ----------------------------------------------------------------------------


def images(seeds):
    (X, y), (X_valid, y_valid), (X_test, y_test) = mnist()
    judge = Judge(X, y)
    new, digits = np.vstack([X_valid, X_test]), np.concatenate([y_valid, y_test])
    accuracy = np.mean(judge.predict(new) == digits)
    head(
        f"MNIST, classifier {accuracy:.1%} right",
        ["Frechet", "right", "rarest", "near, pixels", "near, features", "fit s"],
    )
    base = nearest(X, new), nearest(judge.features(X), judge.features(new))

    def measure(rows):
        return (
            nearest(X, rows) / base[0],
            nearest(judge.features(X), judge.features(rows)) / base[1],
        )

    def distance(rows):
        return frechet_distance(new, rows, embedding=judge.features)

    plain = distance(X[:2000]), np.mean(judge.predict(X[:2000]) == y[:2000]), np.nan
    show("training rows", [(*plain, *measure(X[:2000]), 0)])
    for name, labels in {"by class": y, "without classes": None}.items():
        found = []
        for seed in range(seeds):
            gan = GANSampler(image_shape=(28, 28), random_state=seed)
            gan, seconds = timed(gan.fit, X, labels)
            wanted = None if labels is None else digits
            drawn = gan.sample(len(new), y=wanted, random_state=seed)
            right = np.nan
            if wanted is not None:
                right = np.mean(judge.predict(drawn) == digits)
            own = judge.predict(gan.sample(len(new), random_state=seed))
            rarest = np.bincount(own, minlength=10).min() / (0.1 * len(own))
            found.append((distance(drawn), right, rarest, *measure(drawn), seconds))
        show(name, found)


# -- speed -----------------------------------------------------------------------------


def by_hand(rows, blocks, epochs, size=256):
    """Play the game that GANSampler plays by default, without any of its comforts."""
    torch.manual_seed(0)
    G = Generator(RowGenerator, 64, 0, rows.shape[1], blocks)
    D = Critic(RowCritic, rows.shape[1], blocks=blocks)
    optimizers = [
        torch.optim.AdamW(
            net.parameters(), lr=rate, betas=(0.5, 0.99), weight_decay=0, fused=True
        )
        for net, rate in ((D, 2e-3), (G, 1e-3))
    ]
    weights = list(G.parameters())
    average = [p.detach().clone() for p in weights]
    step = 0
    for _ in range(epochs):
        order = torch.randperm(len(rows))
        for part in order[: len(rows) // size * size].view(-1, size):
            x = rows[part]
            fake = G(torch.randn(size, 64))
            loss = F.softplus(-D(x).scores).mean()
            loss = loss + F.softplus(D(fake.detach()).scores).mean()
            if step % 4 == 0:
                seen = x.clone().requires_grad_()
                (slope,) = torch.autograd.grad(
                    D(seen).scores.sum(), seen, create_graph=True
                )
                loss = loss + 4 * 0.05 * slope.square().sum(dim=1).mean()
            optimizers[0].zero_grad()
            loss.backward()
            optimizers[0].step()
            loss = F.softplus(-D(fake).scores).mean()
            optimizers[1].zero_grad()
            loss.backward()
            optimizers[1].step()
            with torch.no_grad():
                torch._foreach_lerp_(average, weights, 0.001)
            step += 1
    return step


def speed(seeds):
    train, _, _ = load_table("adult", 0)
    encoder = RankEncoder().fit(train)
    rows = torch.as_tensor(encoder.transform(train, np.random.RandomState(0)))
    ratios = []
    for _ in range(2 * seeds + 1):
        steps, own = timed(by_hand, rows, encoder.blocks_, 4)
        short = timed(GANSampler(random_state=0, max_epochs=1).fit, train)[1]
        gan, long = timed(GANSampler(random_state=0, max_epochs=6).fit, train)
        # Five epochs more, without what a fit does once.
        batches = -(-len(train) // 256)
        ratios.append((long - short) / (5 * batches) / (own / steps))
    write(f"\ntraining step / hand-written: {statistics.median(ratios):.2f}")
    write("  all: " + " ".join(f"{r:.2f}" for r in ratios))
    for name in ("adult", "avila"):
        train, _, _ = load_table(name, 0)
        gan = GANSampler(random_state=0, max_epochs=1).fit(train)
        gan.sample(1000)
        rates = [50_000 / timed(gan.sample, 50_000)[1] for _ in range(2 * seeds + 1)]
        write(f"{name}: {statistics.median(rates):,.0f} rows drawn per second")


def main():
    parts = {
        "ring": partial(modes, "ring of 8", ring),
        "grid": partial(modes, "grid of 25", grid),
        "tables": tables,
        "images": images,
        "speed": speed,
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(parts))
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    for name in args.parts.split(","):
        parts[name](args.seeds)


if __name__ == "__main__":
    main()
