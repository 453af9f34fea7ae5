"""Cost of the training loops over hand-written ones.

Run ``python tests/benchmarks/bench_training_loop.py``. Each line is a net, a batch size
and the median over the repetitions of time per epoch, in one process, on one thread,
the contenders taking turns. Module, order of the batches and fused AdamW are
the same for all but skorch's default, which brings its own loader.
"""

import argparse
import statistics
import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from _printing import write
from skorch import NeuralNet

from skgen.nn import MLP
from skgen.training import Batches, Net

N_ROWS, N_FEATURES = 10_000, 20
CASES = [((64, 64), 256), ((256, 256), 256), ((256, 256), 1024)]


def table():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_ROWS, N_FEATURES), dtype=np.float32)
    y = (X[:, :3].sum(axis=1) + rng.standard_normal(N_ROWS) > 0).astype(np.float32)
    return torch.from_numpy(X), torch.from_numpy(y)


def recipe(hidden):
    return partial(MLP, N_FEATURES, 1, hidden=hidden)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def adamw(module):
    return torch.optim.AdamW(module.parameters(), lr=1e-3, weight_decay=0.0, fused=True)


# -- one player ------------------------------------------------------------------------


def loss_of(module, x, y):
    return F.binary_cross_entropy_with_logits(module(x).squeeze(1), y)


def by_hand(module, X, y, batch_size, epochs):
    optimizer, draws = adamw(module), seeded()
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=draws)
        total = 0.0
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = loss_of(module, X[rows], y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)


def by_net(hidden, X, y, batch_size, epochs):
    net = Net(
        recipe(hidden),
        lambda step: loss_of(step.player, *step.batch),
        generator=seeded(),
        max_epochs=epochs,
    ).initialize()
    batches = Batches(X, y, batch_size=batch_size, generator=seeded())
    return lambda: net.partial_fit(batches)


def by_skorch(hidden, X, y, batch_size, epochs):
    net = NeuralNet(
        recipe(hidden),
        torch.nn.BCEWithLogitsLoss,
        optimizer=torch.optim.AdamW,
        optimizer__fused=True,
        lr=1e-3,
        batch_size=batch_size,
        max_epochs=epochs,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    ).initialize()
    target = y.unsqueeze(1)
    return lambda: net.partial_fit(X, target)


# -- two players -----------------------------------------------------------------------


def critic_loss(generator, critic, x, z):
    fake = generator(z).detach()
    return F.softplus(-critic(x)).mean() + F.softplus(critic(fake)).mean()


def generator_loss(generator, critic, z):
    return F.softplus(-critic(generator(z))).mean()


def two_by_hand(generator, critic, X, batch_size, epochs):
    optimizers = adamw(generator), adamw(critic)
    draws = seeded()
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=draws)
        totals = [0.0, 0.0]
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            x, z = X[rows], torch.randn(len(rows), N_FEATURES, generator=draws)
            optimizers[1].zero_grad()
            loss = critic_loss(generator, critic, x, z)
            loss.backward()
            optimizers[1].step()
            totals[0] += loss.item() * len(rows)
            optimizers[0].zero_grad()
            loss = generator_loss(generator, critic, z)
            loss.backward(inputs=list(generator.parameters()))
            optimizers[0].step()
            totals[1] += loss.item() * len(rows)


class Game:
    """Both objectives of a batch see the same noise, as in the loop by hand."""

    def critic(self, step):
        (x,), players = step.batch, step.players
        z = torch.randn(len(x), N_FEATURES, generator=step.generator)
        step.shared["z"] = z
        return critic_loss(players["generator"], players["critic"], x, z)

    def generator(self, step):
        players = step.players
        return generator_loss(players["generator"], players["critic"], step.shared["z"])


def two_by_net(hidden, X, batch_size, epochs):
    game = Game()
    generator = partial(MLP, N_FEATURES, N_FEATURES, hidden=hidden)
    net = Net(
        {"critic": recipe(hidden), "generator": generator},
        {"critic": game.critic, "generator": game.generator},
        generator=seeded(),
        max_epochs=epochs,
    ).initialize()
    batches = Batches(X, batch_size=batch_size, generator=seeded())
    return lambda: net.partial_fit(batches)


# -- measuring -------------------------------------------------------------------------


def medians(contenders, repetitions):
    """Median seconds of each; they take turns, the first round is thrown away."""
    times = {name: [] for name in contenders}
    names = list(contenders)
    for round_ in range(repetitions + 1):
        names = names[1:] + names[:1]
        for name in names:
            start = time.perf_counter()
            contenders[name]()
            if round_:
                times[name].append(time.perf_counter() - start)
    ratios = {
        name: statistics.median(
            a / b for a, b in zip(taken, times["hand"], strict=True)
        )
        for name, taken in times.items()
    }
    return {k: statistics.median(v) for k, v in times.items()}, ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    X, y = table()
    epochs = options.epochs
    write(f"{'net':>24} {'batch':>5} {'hand ms':>8} {'skgen':>6} {'skorch':>6}")
    for hidden, size in CASES:
        module = recipe(hidden)()
        contenders = {
            "hand": partial(by_hand, module, X, y, size, epochs),
            "skgen": by_net(hidden, X, y, size, epochs),
            "skorch": by_skorch(hidden, X, y, size, epochs),
        }
        seconds, ratios = medians(contenders, options.repetitions)
        name = "-".join(map(str, hidden))
        write(
            f"{name:>24} {size:>5} {1000 * seconds['hand'] / epochs:>8.1f} "
            f"{ratios['skgen']:>6.2f} {ratios['skorch']:>6.2f}"
        )
    for hidden, size in CASES:
        generator = MLP(N_FEATURES, N_FEATURES, hidden=hidden)
        contenders = {
            "hand": partial(two_by_hand, generator, recipe(hidden)(), X, size, epochs),
            "skgen": two_by_net(hidden, X, size, epochs),
        }
        seconds, ratios = medians(contenders, options.repetitions)
        name = "two players, " + "-".join(map(str, hidden))
        write(
            f"{name:>24} {size:>5} {1000 * seconds['hand'] / epochs:>8.1f} "
            f"{ratios['skgen']:>6.2f}"
        )


if __name__ == "__main__":
    main()
