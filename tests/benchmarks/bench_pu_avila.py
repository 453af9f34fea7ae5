"""PUGANClassifier with its defaults on the lecture's splits of the Avila data.

Two columns for each setting. The published split shares manuscript pages between its
training and its test part, and rows of a page share columns exactly; with whole pages
held out nothing is shared, which is what a new manuscript page meets.

    python tests/benchmarks/bench_pu_avila.py [--seeds 3] [--settings pu,pnu]

``--column published`` or ``--column pages`` prints one of them. With ``--stability`` it
fits the PU setting with 10 seeds, and once with three times the epochs.
"""

import argparse
import time
import warnings

import numpy as np
import torch
from _printing import write
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from skgen.datasets import load_avila_split
from skgen.pu import PUGANClassifier, estimate_prior

# setting: (title, accuracy of the lecture in %, sampling of the split)
SETTINGS = {
    "pu": ("PU", 87.1, "two_sample"),
    "pnu": ("PNU", 91.6, "two_sample"),
    "pn": ("PN 2000+2000", 86.4, "one_sample"),
    "pn_all": ("PN, all labels", 94.1, "one_sample"),
    "multiclass_u": ("3 classes + U", 77.2, "two_sample"),
    "multiclass": ("3 classes, 1000 each", 67.3, "one_sample"),
    "multiclass_all": ("3 classes, all labels", 81.7, "one_sample"),
}


def boosting(setting, split, seed):
    """Accuracy of gradient boosting.

    PU: cross-fitted on "is labeled" and told the true prior; else on the labels alone.
    """
    X, y = split.X_train, split.y_train
    if setting != "pu":
        known = y >= 0
        model = HistGradientBoostingClassifier(random_state=seed)
        says = model.fit(X[known], y[known]).predict(split.X_test)
        return np.mean(says == split.y_test)
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_leaf_nodes=15, random_state=seed
    )
    folds = StratifiedKFold(4, shuffle=True, random_state=seed).split(X, y)
    share = np.mean(
        [model.fit(X[i], y[i]).predict_proba(split.X_test)[:, 1] for i, _ in folds],
        axis=0,
    )
    # The odds of being labeled are P(y=1|x) times n_P / (prior n_U).
    phi = share / (1 - share) * split.prior * (y == 0).sum() / (y == 1).sum()
    return np.mean((phi > 0.5) == split.y_test)


def one_fit(setting, seed, pages, **options):
    """Accuracies of the model and of its parts in %, the prior, the seconds."""
    split = load_avila_split(setting, random_state=seed, pages_held_out=pages)
    start = time.perf_counter()
    model = PUGANClassifier(
        sampling=SETTINGS[setting][2], random_state=seed, **options
    ).fit(split.X_train, split.y_train)
    seconds = time.perf_counter() - start
    found = {"skgen": np.mean(model.predict(split.X_test) == split.y_test)}
    for part, proba in model.predict_proba_parts(split.X_test).items():
        says = model.classes_[proba.argmax(axis=1)]
        found[part] = np.mean(says == split.y_test)
    found["boosting"] = boosting(setting, split, seed) if not options else np.nan
    return {k: 100 * v for k, v in found.items()}, model.prior_, seconds


def show(values):
    """Mean and standard deviation."""
    return f"{np.mean(values):6.2f} +-{np.std(values):5.2f}"


def table(settings, seeds, pages):
    """Print one column of the comparison."""
    write("whole pages held out" if pages else "published split")
    write(
        f"{'accuracy %':22} {'lecture':>8} {'skgen':>14} {'networks alone':>15} "
        f"{'neighbourhood':>14} {'boosting':>14} {'fit s':>6}"
    )
    for setting in settings:
        title, lecture, _ = SETTINGS[setting]
        rows, _, seconds = zip(
            *[one_fit(setting, seed, pages) for seed in range(seeds)], strict=True
        )
        column = {k: [row[k] for row in rows] for k in rows[0]}
        write(
            f"{title:22} {'' if pages else lecture:>8} {show(column['skgen'])} "
            f"{show(column['networks']):>15} {show(column['neighborhood']):>14} "
            f"{show(column['boosting'])} {np.median(seconds):6.1f}"
        )


def main():
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="draws of each split")
    parser.add_argument("--page-seeds", type=int, default=5)
    parser.add_argument("--settings", default=",".join(SETTINGS))
    parser.add_argument("--column", choices=["published", "pages"], default=None)
    parser.add_argument("--stability", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=UserWarning)
    if options.stability:
        found = [one_fit("pu", seed, False)[0]["skgen"] for seed in range(10)]
        write(f"PU, 10 seeds: {show(found)}, worst {min(found):.2f}")
        longer = one_fit("pu", 0, False, max_epochs=30)[0]
        write(f"PU, three times as long: {longer['skgen']:.2f}")
        return
    settings = options.settings.split(",")
    if options.column != "pages":
        table(settings, options.seeds, pages=False)
    if options.column != "published":
        table(settings, options.page_seeds, pages=True)
    if "pu" in settings and options.column is None:
        priors = []
        for seed in range(3):
            split = load_avila_split("pu", random_state=seed)
            priors.append(
                estimate_prior(
                    split.X_train,
                    split.y_train,
                    sampling="two_sample",
                    random_state=seed,
                )
            )
        write(f"estimate_prior: {np.mean(priors):.3f}, true {split.prior:.3f}")


if __name__ == "__main__":
    main()
