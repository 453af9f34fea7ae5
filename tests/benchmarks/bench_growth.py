"""Emoji drawn after equal time: plain, residual and growing networks.

2,800 emoji of two houses, 32 x 32 in colour. Each network gets the same CPU seconds: a
short fit finds how many steps those are. Of 1,022 draws the Frechet distance to as many
other emoji, in 64 features of a classifier of categories; and the mean distance to the
nearest training image over that of the other emoji, in these features (below 1: nearer
than new images are). The first line is of training images in place of draws.

    python tests/benchmarks/bench_growth.py [--seconds 600] [--seeds 1]
        [--networks dcgan,resnet,growing] [--inputs auto,none,always]
"""

import argparse

import numpy as np
import torch
from _emoji import SHAPE, Judge, emoji
from _images import nearest
from _printing import head, show, timed

from skgen import GANSampler
from skgen.gan import DiffAugment, Growth
from skgen.metrics import frechet_distance

# What the critic sees, and its name.
INPUTS = {
    "auto": ("auto", "adaptive"),
    "none": ([], "images as they are"),
    "always": ([DiffAugment()], "DiffAugment"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--networks", default="dcgan,resnet,growing")
    parser.add_argument("--inputs", default="auto,none", help="auto, none or always")
    parser.add_argument("--save", help="folder for the draws")
    options = parser.parse_args()
    torch.set_num_threads(1)
    X, _, categories, _ = emoji("train")
    test, *_ = emoji("test")
    judge = Judge(X, categories)
    known, new = judge.features(X), judge.features(test)
    base = nearest(known, new)
    head(f"emoji, {options.seconds:g} CPU s", ["Frechet", "near", "epochs", "fit s"])
    chosen = np.random.default_rng(0).permutation(len(X))[: len(test)]
    show("training images", [[frechet_distance(new, known[chosen]), 0, 0, 0]], 2)
    for name in options.networks.split(","):
        for given in options.inputs.split(","):
            rows = []
            for seed in range(options.seeds):

                def fitted(n_epochs, name=name, given=given, seed=seed):
                    gan = GANSampler(
                        image_shape=SHAPE,
                        generator=name,
                        critic=name,
                        growth=Growth() if name == "growing" else None,
                        critic_input=INPUTS[given][0],
                        max_epochs=n_epochs,
                        random_state=seed,
                    )
                    return timed(gan.fit, X)

                # Growing networks are slower towards their end: judge by more.
                short = 10 if name == "growing" else 3
                _, seconds = fitted(short)
                n_epochs = max(1, round(options.seconds / seconds * short))
                gan, seconds = fitted(n_epochs)
                drawn = gan.sample(len(test), random_state=seed)
                found = judge.features(drawn)
                distance = frechet_distance(new, found)
                rows.append((distance, nearest(known, found) / base, n_epochs, seconds))
                if options.save:
                    np.save(f"{options.save}/{name}_{given}_{seed}.npy", drawn[:64])
            show(f"{name}, {INPUTS[given][1]}", rows, 2)


if __name__ == "__main__":
    main()
