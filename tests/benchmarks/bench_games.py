"""Games with an encoder and games with few labels, beside what a user would pick.

"labels": digits (50 labels, 1,247 rows without, 500 to test) and MNIST (100 labels of
8,000 rows, 1,000 to test). Accuracy on the test rows, as many labels of each class,
mean and standard deviation over draws of the labels; CPU seconds of one fit.

"codes": MNIST, 8,000 images to train on and 1,000 to test, codes of 10 numbers. "near"
is the accuracy of the nearest neighbour among the codes of the training rows; "error"
the mean squared error of reconstructions over that of PCA; "Frechet" the distance of
2,000 draws from as many images that no fit saw, in 64 features of a small classifier
(training rows have 5).

"edits": digits, of which the upper half is given; the mean squared error there (pixels
from 0 to 1), and how often a classifier finds the digit of the whole image; beside it
the nearest training row by the given half. "relabel": MNIST by `CVAEGAN`; how often the
classifier finds the new label, and the correlation of slant and thickness with those of
the image before.

"outliers": MNIST without one digit, 200 images of it among 800 others; mean ROC AUC
over ten digits beside the error of PCA.

"boosted": 5,000 rows of a ring of 8 Gaussians, and the energy-based loss, which drops
modes; modes found and share of good draws, one sampler beside the same boosted.

"several": the same ring, and MNIST, by games of several generators beside the plain
game; on MNIST the Frechet distance of 2,000 draws, in about equal time.

    python tests/benchmarks/bench_games.py
        [--parts labels,codes,edits,relabel,outliers,boosted,several]
        [--seeds 3] [--games vaegan,aegan]
"""

import argparse
import time
import warnings

import numpy as np
import torch
from _images import Judge, mnist, slant_and_thickness
from _printing import write
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC

from skgen import (
    BoostedSampler,
    GANSampler,
    GANTransformer,
    SemiSupervisedGANClassifier,
    VAETransformer,
)
from skgen.gan import BayesianGAN, GoGAN
from skgen.metrics import frechet_distance, mode_coverage

SHAPE = (28, 28)


def few_labels(y, n, seed):
    """As many labels of each class, the rest -1."""
    rng = np.random.default_rng(seed)
    found = np.full(len(y), -1)
    for k in np.unique(y):
        found[rng.choice(np.flatnonzero(y == k), n, replace=False)] = k
    return found


def timed(fit):
    start = time.process_time()
    model = fit()
    return model, time.process_time() - start


def line(name, *numbers):
    write(f"{name:34}" + "".join(f"{n:>16}" for n in numbers))


# -- few labels ------------------------------------------------------------------------


def supervised(model):
    """Fit to the labeled rows alone."""
    return lambda X, y: model.fit(X[y >= 0], y[y >= 0])


def classifiers(shape, seed):
    """What a user would pick, and ours."""
    spreading = LabelSpreading(kernel="knn", n_neighbors=7, alpha=0.2, max_iter=100)
    pca = PCA(30, random_state=0)
    options = {"image_shape": shape, "random_state": seed}
    alone = {"game": None, "consistency": None, "teacher": None, "entropy_weight": 0.0}
    return {
        "logistic regression": supervised(LogisticRegression(max_iter=2000)),
        "SVC": supervised(SVC()),
        "first neighbour": supervised(KNeighborsClassifier(1)),
        "self-training SVC": SelfTrainingClassifier(
            CalibratedClassifierCV(SVC(), ensemble=False, cv=2)
        ).fit,
        "label spreading, 30 PCA columns": make_pipeline(pca, spreading).fit,
        "the network, labels alone": SemiSupervisedGANClassifier(
            **alone, validate=False, **options
        ).fit,
        "feature matching alone": SemiSupervisedGANClassifier(
            consistency=None,
            teacher=None,
            entropy_weight=0.0,
            validate=False,
            **options,
        ).fit,
        "without the teacher": SemiSupervisedGANClassifier(
            teacher=None, validate=False, **options
        ).fit,
        "SemiSupervisedGANClassifier": SemiSupervisedGANClassifier(**options).fit,
        'game="catgan"': SemiSupervisedGANClassifier(
            "catgan", validate=False, **options
        ).fit,
    }


def labels(options):
    """Accuracy with few labels."""
    digits, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    digits, y = digits[order] / 16, y[order]
    (X, codes), _, (test, truth) = mnist()
    tables = {
        "digits, 50 labels": (digits[:1297], y[:1297], digits[1297:], y[1297:], 5),
        "MNIST, 100 labels": (X, codes, test, truth, 10),
    }
    for title, (X, y, test, truth, n) in tables.items():
        line(title, "accuracy", "CPU s")
        shape = (8, 8) if X.shape[1] == 64 else SHAPE
        found = {}
        for seed in range(options.seeds):
            given = few_labels(y, n, seed + 1)
            for name, fit in classifiers(shape, seed).items():
                model, seconds = timed(lambda f=fit, g=given, rows=X: f(rows, g))
                found.setdefault(name, []).append((model.score(test, truth), seconds))
        for name, results in found.items():
            (accuracy, seconds), (spread, _) = np.mean(results, 0), np.std(results, 0)
            line("  " + name, f"{accuracy:.3f} +- {spread:.3f}", f"{seconds:.1f}")


# -- codes -----------------------------------------------------------------------------


def codes(options):
    """Codes, reconstructions and draws of MNIST."""
    (X, y), (valid, _), (test, truth) = mnist()
    judge = Judge(X, y)
    new = np.vstack([valid, test])
    pca = PCA(10).fit(X)
    least = np.square(pca.inverse_transform(pca.transform(test)) - test).mean()
    line("MNIST, 10 dimensions", "near", "error", "Frechet", "CPU s")
    near = KNeighborsClassifier(1).fit(pca.transform(X), y)
    line("  PCA", f"{near.score(pca.transform(test), truth):.3f}", "1.000", "", "")
    models = {"VAETransformer": VAETransformer(10, image_shape=SHAPE, random_state=0)}
    for game in options.games.split(","):
        model = GANTransformer(10, game=game, image_shape=SHAPE, random_state=0)
        models[f"game={game!r}"] = model
    for name, model in models.items():
        _, seconds = timed(lambda model=model: model.fit(X, y))
        near = KNeighborsClassifier(1).fit(model.transform(X), y)
        conditional = getattr(model, "_n_classes", 0)
        back = model.reconstruct(test)
        drawn = model.sample(2000, random_state=0)
        line(
            "  " + name + (" (with labels)" if conditional else ""),
            f"{near.score(model.transform(test), truth):.3f}",
            f"{np.square(back - test).mean() / least:.3f}",
            f"{frechet_distance(new, drawn, embedding=judge.features):.1f}",
            f"{seconds:.0f}",
        )


def edits(options):
    """Digits whose upper half is given."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order] / 16, y[order]
    train, test, truth = X[:1297], X[1297:], y[1297:]
    judge = SVC().fit(train, y[:1297])
    mask = np.arange(64) < 32
    half = np.where(mask, test, 0.0)
    line("digits, upper half given", "error", "digit right", "CPU s")
    distances = np.square(test[:, None, mask] - train[None][..., mask]).sum(axis=2)
    nearest = train[distances.argmin(axis=1)]
    models = {"nearest training row": lambda: nearest}
    model = GANTransformer(10, image_shape=(8, 8), random_state=0).fit(train)
    models["GANTransformer.edit"] = lambda: model.edit(half, mask)
    for name, complete in models.items():
        found, seconds = timed(complete)
        error = np.square(found - test)[:, mask].mean()
        right = judge.score(found, truth)
        line("  " + name, f"{error:.4f}", f"{right:.3f}", f"{seconds:.1f}")
    line("  the whole image", "", f"{judge.score(test, truth):.3f}", "")


def relabel(options):
    """MNIST with other labels."""
    (X, y), _, (test, truth) = mnist()
    judge = Judge(X, y)
    wanted = (truth + 1 + np.arange(len(truth)) % 9) % 10
    line("MNIST, another label", "label right", "slant", "thickness", "CPU s")
    for game in ("cvaegan", "icgan"):
        model = GANTransformer(10, game=game, image_shape=SHAPE, random_state=0)
        _, seconds = timed(lambda model=model: model.fit(X, y))
        changed = model.relabel(test, wanted)
        kept = [
            np.corrcoef(a, b)[0, 1]
            for a, b in zip(
                slant_and_thickness(test), slant_and_thickness(changed), strict=True
            )
        ]
        right = (judge.predict(changed) == wanted).mean()
        line(
            f"  game={game!r}",
            f"{right:.3f}",
            *[f"{r:.2f}" for r in kept],
            f"{seconds:.0f}",
        )


def outliers(options):
    """MNIST without one digit."""
    (X, y), _, (test, truth) = mnist()
    rng = np.random.default_rng(0)
    found = []
    for digit in range(10):
        train = X[y != digit][:4000]
        others = rng.choice(np.flatnonzero(truth != digit), 800, replace=False)
        odd = X[y == digit][:200]
        rows = np.vstack([test[others], odd])
        is_odd = np.arange(len(rows)) >= 800
        pca = PCA(10).fit(train)
        error = np.square(pca.inverse_transform(pca.transform(rows)) - rows).mean(
            axis=1
        )
        model = GANTransformer(10, image_shape=SHAPE, random_state=0)
        _, seconds = timed(lambda model=model, train=train: model.fit(train))
        found.append(
            (
                roc_auc_score(is_odd, error),
                roc_auc_score(is_odd, model.anomaly_scores(rows)),
                seconds,
            )
        )
    line("MNIST without one digit", "ROC AUC", "CPU s")
    pca, own, seconds = np.mean(found, axis=0)
    line("  PCA, 10 columns", f"{pca:.3f}", "")
    line("  GANTransformer.anomaly_scores", f"{own:.3f}", f"{seconds:.0f}")


def ring_of_8(title, models, options):
    """Print modes and good draws of samplers, each a function of the seed."""
    angles = 2 * np.pi * np.arange(8) / 8
    centers = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    line(f"ring of 8, {title}", "modes", "good share", "CPU s")
    found = {}
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        X = centers[rng.integers(8, size=5000)] + 0.02 * rng.normal(size=(5000, 2))
        for name, make in models.items():
            model = make(seed)
            _, seconds = timed(lambda model=model, X=X: model.fit(X))
            drawn = model.sample(5000, random_state=0)
            seen = mode_coverage(drawn, centers, scale=0.02, min_count=62)
            result = seen.n_modes, seen.high_quality, seconds
            found.setdefault(name, []).append(result)
    for name, results in found.items():
        modes, good, seconds = np.mean(results, axis=0)
        line("  " + name, f"{modes:.1f}", f"{good:.3f}", f"{seconds:.0f}")


def boosted(options):
    """A ring of Gaussians by a loss that drops modes."""

    def sampler(seed):
        return GANSampler("energy_based", random_state=seed)

    def boost(n):
        return lambda seed: BoostedSampler(
            sampler(seed), n_estimators=n, random_state=seed
        )

    models = {"GANSampler": sampler}
    models |= {f"BoostedSampler, {n}": boost(n) for n in (4, 8)}
    ring_of_8("energy_based", models, options)


def several(options):
    """A ring of Gaussians by games of several generators."""
    games = {
        "minimax": "minimax",
        "BayesianGAN": BayesianGAN(),
        "BayesianGAN without noise": BayesianGAN(friction=0.0),
        "GoGAN": GoGAN(),
        "bregman": "bregman",
    }
    models = {
        name: lambda seed, game=game: GANSampler(game, random_state=seed)
        for name, game in games.items()
    }
    ring_of_8("several generators", models, options)
    (X, y), (valid, _), (test, _) = mnist()
    judge, new = Judge(X, y), np.vstack([valid, test])
    line("MNIST, several generators", "Frechet", "CPU s")
    for name, (game, n_epochs) in {
        "minimax": ("minimax", 12),
        "BayesianGAN, 2": (BayesianGAN(2), 12),
        "GoGAN": (GoGAN(every=500), 9),
    }.items():
        model = GANSampler(game, image_shape=SHAPE, max_epochs=n_epochs, random_state=0)
        _, seconds = timed(lambda model=model: model.fit(X))
        drawn = model.sample(2000, random_state=0)
        distance = frechet_distance(new, drawn, embedding=judge.features)
        line("  " + name, f"{distance:.1f}", f"{seconds:.0f}")


def main():
    """Print each part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--parts", default="labels,codes,edits,relabel,outliers,boosted,several"
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--games", default="vaegan,ian,bigan,ali,aegan,cvaegan,icgan")
    options = parser.parse_args()
    # Label spreading divides zero by zero where no label reaches a row.
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    torch.set_num_threads(1)
    parts = {
        "labels": labels,
        "codes": codes,
        "edits": edits,
        "relabel": relabel,
        "outliers": outliers,
        "boosted": boosted,
        "several": several,
    }
    for part in options.parts.split(","):
        parts[part](options)


if __name__ == "__main__":
    main()
