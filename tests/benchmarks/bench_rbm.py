"""RBMDensity on thresholded MNIST, beside scikit-learn's BernoulliRBM.

Of 28 x 28 images, thresholded at one half, 8,000 train and 1,000 test. BernoulliRBM has
the same number of hidden units, its learning rate and number of iterations chosen on
1,000 further images. The partition function of all is estimated by the same annealed
importance sampling, 1,000 temperatures and 100 chains. A PixelCNN reaches -56 nats on
these images, see bench_pixelcnn.py. Times are of one process on one thread.

    python tests/benchmarks/bench_rbm.py [--seeds 3] [--units 256]
"""

import argparse

import numpy as np
import torch
from _images import mnist
from _printing import head, show, timed
from sklearn.neural_network import BernoulliRBM

from skgen.density import MixtureDensity, RBMDensity
from skgen.density._partition import log_partition
from skgen.nn import RestrictedBoltzmann

# Learning rate and iterations; batches of ten rows, the default.
GRID = (0.1, 10), (0.03, 20), (0.01, 30), (0.003, 30)


def densities(model, parts):
    """Mean log-density of rows, and the standard error of the constant."""
    machine = RestrictedBoltzmann([(2, None)] * parts[0].shape[1], model.n_components)
    machine = machine.double().requires_grad_(False)
    rows = torch.as_tensor(parts[0])
    machine.set_base(rows)
    machine.weight.copy_(torch.as_tensor(model.components_.T))
    machine.visible_bias.copy_(torch.as_tensor(model.intercept_visible_))
    machine.hidden_bias.copy_(torch.as_tensor(model.intercept_hidden_))
    generator = torch.Generator().manual_seed(0)
    value, error = log_partition(machine, 1000, 100, generator)
    return [float(machine(torch.as_tensor(p)).mean()) - value for p in parts], error


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--units", type=int, default=256)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train, valid, test = ((X > 0.5).astype(float) for X, _ in mnist())
    head("Nats per image", ["train", "test", "error of log Z", "CPU s"])
    q = np.clip(train.mean(axis=0), 1e-4, 1 - 1e-4)
    alone = [
        (X * np.log(q) + (1 - X) * np.log1p(-q)).sum(1).mean() for X in (train, test)
    ]
    show("independent pixels", [[*alone, 0, 0]], 2)
    mixture, spent = timed(MixtureDensity(random_state=0).fit, train)
    show("MixtureDensity", [[mixture.score(train), mixture.score(test), 0, spent]], 2)
    ours, theirs = [], {key: [] for key in GRID}
    for seed in range(options.seeds):
        model = RBMDensity(options.units, random_state=seed)
        _, spent = timed(model.fit, train)
        error = model.log_partition_error_
        ours.append([model.score(train), model.score(test), error, spent])
        for rate, n in GRID:
            model = BernoulliRBM(
                options.units, learning_rate=rate, n_iter=n, random_state=seed
            )
            _, spent = timed(model.fit, train)
            (a, v, b), error = densities(model, (train, valid, test))
            theirs[rate, n].append([v, a, b, error, spent])
    best = max(GRID, key=lambda key: np.mean(theirs[key], axis=0)[0])
    for key, rows in theirs.items():
        mark = " (chosen)" if key == best else ""
        show(f"BernoulliRBM {key[0]:g}, {key[1]}{mark}", [row[1:] for row in rows], 2)
    show("RBMDensity", ours, 2)


if __name__ == "__main__":
    main()
