"""Volumes and showers by `GANSampler`.

"solids": 2,000 solids of four kinds, 16 voxels a side. Of 1,000 draws the share whose
kind a forest finds, trained on the same rows (its accuracy on new solids stands in the
first line), and the share of a draw's voxels in its largest piece.

"showers": 6,000 showers in 144 cells with the energy as condition; asked for the
energies of 2,000 others. The slope of the measured energy against the energy asked for,
over that of the others; the deviation of measured over asked energy below 5 GeV, over
that of the others; the share of empty cells; and the AUC of a classifier that tells the
shares of the three layers (.5: as in the others). "of E" learns the cells
over the energy and multiplies its draws by it, as CaloGAN does inside its generator;
`ShowerGenerator` is locally connected and takes the cells, or their roots, for an
image.

    python tests/benchmarks/bench_volumes.py [--parts solids,showers] [--seeds 1]
        [--epochs 60]
"""

import argparse

import numpy as np
import pandas as pd
import torch
from _printing import head, show, timed
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier
from torch import nn

from skgen import GANSampler
from skgen.datasets import make_showers, make_solids
from skgen.gan import Conditions
from skgen.gan._players import RowCritic
from skgen.metrics import classifier_two_sample_test
from skgen.nn import ShowerGenerator

SHAPE = (16, 16, 16)


def largest_pieces(X):
    """Share of the voxels of each solid that its largest piece holds, in the mean."""
    found = []
    for volume in X.reshape(-1, *SHAPE) > 0:
        pieces, n = ndimage.label(volume)
        sizes = np.bincount(pieces.ravel())[1:]
        found.append(sizes.max() / sizes.sum() if n else 0.0)
    return np.mean(found)


def solids(options):
    X, y = make_solids(2000, random_state=0)
    new, asked = make_solids(1000, random_state=1)
    forest = RandomForestClassifier(300, random_state=0).fit(X, y)
    head("Solids", ["right", "chairs right", "largest piece", "CPU s"])

    def judged(rows, seconds):
        right = forest.predict(rows) == asked
        pieces = largest_pieces(rows)
        return right.mean(), right[asked == "chair"].mean(), pieces, seconds

    show("new solids", [judged(new, 0)])
    rows = []
    for seed in range(options.seeds):
        gan = GANSampler(
            volume_shape=SHAPE, max_epochs=options.epochs, random_state=seed
        )
        _, seconds = timed(gan.fit, X, y)
        rows.append(judged(gan.sample(y=asked, random_state=seed), seconds))
    show("GANSampler", rows)


def showers(options):
    train, new = (make_showers(n, random_state=s) for s, n in enumerate((6000, 2000)))
    ends = np.cumsum([height * width for height, width in new.layers])[:-1]

    def measured(X):
        total = X.sum(axis=1)
        layers = np.column_stack([p.sum(axis=1) for p in np.split(X, ends, axis=1)])
        slope = np.polyfit(new.target, total, 1)[0]
        spread = (total / new.target)[new.target < 5].std()
        return slope, spread, (X == 0).mean(), layers / np.maximum(total, 1e-9)[:, None]

    def asked(energy):
        return pd.DataFrame({"log_energy": np.log(energy), "energy": energy})

    def critic(shape, n_outputs):
        return nn.Sequential(nn.Flatten(), RowCritic(np.prod(shape), n_outputs))

    image = {
        "image_shape": (1, train.data.shape[1]),
        "generator": ShowerGenerator,
        "critic": critic,
        "critic_input": [],
        "max_epochs": 100,
    }
    # Whether cells are divided by the energy, and the power that is learned of them.
    models = {
        "auxiliary": (False, 1.0, "auxiliary", {}),
        "projection": (False, 1.0, "projection", {}),
        "auxiliary, of E": (True, 1.0, "auxiliary", {}),
        "projection, of E": (True, 1.0, "projection", {}),
        "ShowerGenerator": (False, 1.0, "auxiliary", image),
        "ShowerGenerator, of E": (True, 1.0, "auxiliary", image),
        "the same, roots": (True, 0.5, "auxiliary", image),
    }
    slope, spread, empty, shares = measured(new.data)
    head("Showers", ["slope", "deviation", "empty cells", "layers, AUC", "CPU s"])
    show("new showers", [(1, 1, empty, 0.5, 0)])
    for name, (divided, power, kind, more) in models.items():
        rows = []
        for seed in range(options.seeds):
            conditions = Conditions(critic=kind)
            gan = GANSampler(conditions=conditions, random_state=seed, **more)
            unit, new_unit = (
                s.target[:, None] if divided else 1.0 for s in (train, new)
            )
            cells = (train.data / unit) ** power
            _, seconds = timed(gan.fit, cells, asked(train.target))
            drawn = gan.sample(y=asked(new.target), random_state=seed)
            drawn = drawn ** (1 / power) * new_unit
            own, deviation, zeros, parts = measured(drawn)
            apart = classifier_two_sample_test(shares, parts, random_state=seed).auc
            rows.append((own / slope, deviation / spread, zeros, apart, seconds))
        show(name, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="solids,showers")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=60, help="of the solids")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for part in options.parts.split(","):
        {"solids": solids, "showers": showers}[part](options)


if __name__ == "__main__":
    main()
