"""
A table larger than memory
==========================

Five million rows lie in a folder of parquet files. Four estimators learn from them, a
batch at a time, in one process that never holds the table. A first pass,
``fit_encoder``, looks at all batches, so that the first one need not show every
category; ``partial_fit`` then trains on each batch for an epoch.

Beside each stands the same estimator after `fit` on 200,000 of the rows, with as many
steps. The script is not run with the gallery; it takes some minutes::

    python examples/fit_parquet.py [--rows 5000000] [--estimators ar,vae,gan,pu]
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset
import torch
from sklearn.metrics import roc_auc_score

from skgen import (
    AutoregressiveDensity,
    GANSampler,
    PUGANClassifier,
    VAETransformer,
)
from skgen.metrics import classifier_two_sample_test

BATCH = 200_000  # rows of a batch
SAMPLE = 200_000  # rows of the `fit` to compare with
SIENA = 0.01

# %%
# The table: three groups of customers, of whom one part of the first is known. One town
# occurs in the last file alone, and there in one of a hundred rows.


def customers(n, seed, siena=0.0):
    rng = np.random.default_rng(seed)
    group = rng.choice(3, n, p=[0.3, 0.5, 0.2])
    centers = np.array([[0.0, 2, 1], [2, 0, -1], [-2, -1, 0]])
    numbers = centers[group] + rng.normal(size=(n, 3))
    towns = np.array(["Bari", "Pisa", "Roma"])
    town = towns[np.where(rng.random(n) < 0.7, group, rng.integers(0, 3, n))]
    town = np.where(rng.random(n) < siena, "Siena", town)
    table = pd.DataFrame(
        {
            "age": np.round(45 + 10 * numbers[:, 0] + 2 * numbers[:, 1]),
            "income": np.exp(10 + 0.3 * numbers[:, 1]),
            "score": numbers[:, 2],
            "change": numbers[:, 2] * (group == 1) + 0.3 * rng.normal(size=n),
            "calls": rng.poisson(2 + 2 * group),
            "town": town,
        }
    )
    positive = group == 0
    return table.assign(known=positive & (rng.random(n) < 0.1)), positive


def write(folder, n_rows, n_files):
    for k in range(n_files):
        siena = SIENA if k == n_files - 1 else 0.0
        table, _ = customers(n_rows // n_files, k, siena)
        table.to_parquet(folder / f"part-{k:04d}.parquet")


# %%
# Batches come from pyarrow; a dask DataFrame does as well, by
# ``for part in frame.partitions: model.partial_fit(part.compute())``.


def batches(folder, has_labels):
    for batch in pyarrow.dataset.dataset(folder).to_batches(batch_size=BATCH):
        table = batch.to_pandas()
        known = table.pop("known").astype(int)
        yield (table, known) if has_labels else table


def learn(model, folder, has_labels):
    model.fit_encoder(batches(folder, has_labels))
    for batch in batches(folder, has_labels):
        model.partial_fit(*(batch if has_labels else (batch,)))
    return model


# %%
# Each estimator with the measure of its own task, on rows that none has seen.


def likelihood(model, X, y):
    return model.score(X)


def two_samples(model, X, y):
    drawn = model.sample(len(X), random_state=0)
    return classifier_two_sample_test(X, drawn, random_state=0).auc


def ranking(model, X, y):
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


OPTIONS = {"batch_size": 1024, "random_state": 0}
MODELS = {
    "ar": (AutoregressiveDensity, OPTIONS, "nats per row", likelihood),
    "vae": (VAETransformer, OPTIONS, "C2ST, AUC", two_samples),
    "gan": (GANSampler, OPTIONS, "C2ST, AUC", two_samples),
    "pu": (PUGANClassifier, {"random_state": 0}, "AUC, hidden labels", ranking),
}


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


LINES = []


def say(text):
    print(text, flush=True)
    LINES.append(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--estimators", default=",".join(MODELS))
    parser.add_argument("--write", help="a file for the table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    n_files = max(2, options.rows // BATCH)
    new, positive = customers(10_000, 10**6, SIENA / n_files)
    new = new.drop(columns="known")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, options.rows, n_files)
        start = peak()
        say(f"{options.rows:,} rows in parquet files; {start:.0f} MB before any fit")
        for name in options.estimators.split(","):
            estimator, settings, measure, judge = MODELS[name]
            begin = time.process_time()
            model = learn(estimator(**settings), folder, name == "pu")
            seconds = time.process_time() - begin
            found = judge(model, new, positive)
            say(
                f"{estimator.__name__:22s} all rows  {measure:18s} {found:7.3f}"
                f" {seconds:6.0f} CPU s, peak {peak():.0f} MB"
            )
            sample = customers(SAMPLE, 10**7, SIENA / n_files)[0]
            n_steps = options.rows // settings.get("batch_size", 256)
            compare(name, sample, n_steps, (new, positive))
    if options.write:
        Path(options.write).write_text("\n".join(LINES) + "\n")


def compare(name, table, n_steps, new):
    estimator, settings, measure, judge = MODELS[name]
    known = table.pop("known").astype(int)
    if name != "pu":  # whose steps of an epoch are its own
        per_epoch = len(table) // settings["batch_size"]
        settings = {**settings, "max_epochs": max(1, n_steps // per_epoch)}
    begin = time.process_time()
    model = estimator(**settings).fit(table, known if name == "pu" else None)
    seconds = time.process_time() - begin
    found = judge(model, *new)
    say(f"{'':22s} a sample  {measure:18s} {found:7.3f} {seconds:6.0f} CPU s")


if __name__ == "__main__":
    main()
