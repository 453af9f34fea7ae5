"""Time of fits on a GPU beside those on the CPU; skipped without a GPU.

Each estimator learns from the same rows for the same epochs; the first GPU fit, which
loads kernels, does not count. Image nets train in bfloat16 where the device knows it.

    python tests/benchmarks/bench_gpu.py [--repetitions 3]
"""

import argparse
import statistics
import time

import numpy as np
import torch
from _printing import write

from skgen import (
    AutoregressiveDensity,
    GANSampler,
    PixelCNNDensity,
    PUGANClassifier,
    VAETransformer,
)
from skgen.datasets import fetch_mnist10k


def cases():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 20_000)
    table = rng.normal(size=(20_000, 20)) + y[:, None]
    known = ((y == 1) & (rng.random(20_000) < 0.3)).astype(int)
    images = fetch_mnist10k().data[:2000]
    shape = {"image_shape": (28, 28)}
    return {
        "AutoregressiveDensity, table": (AutoregressiveDensity(max_epochs=5), table),
        "VAETransformer, table": (VAETransformer(max_epochs=5), table),
        "GANSampler, table": (GANSampler(max_epochs=5), table),
        "PUGANClassifier, table": (PUGANClassifier(max_epochs=2), table, known),
        "GANSampler, images": (GANSampler(max_epochs=2, **shape), images),
        "VAETransformer, images": (VAETransformer(max_epochs=2, **shape), images),
        "PixelCNNDensity, images": (
            PixelCNNDensity(max_epochs=1, **shape),
            (images > 127).astype(float),
        ),
    }


def seconds(model, rows, device, repetitions):
    found = []
    for _ in range(repetitions):
        model.set_params(device=device, random_state=0)
        begin = time.perf_counter()
        model.fit(*rows)
        if device == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        write("There is no CUDA device: skipped.")
        return
    write(torch.cuda.get_device_name())
    write(f"{'':30s} {'CPU s':>8s} {'GPU s':>8s} {'ratio':>7s}")
    for name, (model, *rows) in cases().items():
        model.set_params(device="cuda").fit(*rows)
        cpu = seconds(model, rows, "cpu", 1)
        gpu = seconds(model, rows, "cuda", options.repetitions)
        write(f"{name:30s} {cpu:8.2f} {gpu:8.2f} {cpu / gpu:7.2f}")


if __name__ == "__main__":
    main()
