"""Codes, likelihoods and samples of `VAETransformer`, beside PCA.

"codes": accuracy on test rows of 5 nearest neighbours and of logistic regression on the
codes of the training rows, mean squared error of the pixels (from 0 to 1) of
reconstructed test rows, and dimensions that are active (divergence of at least 0.05
nats in the mean). MNIST: 8,000 rows to train, 1,000 for early stopping, 1,000 to test;
digits: a fifth to test, by seed. PCA is fitted to the same rows.

"likelihoods": MNIST thresholded at 0.5, 20 dimensions; the ELBO and the bound by 128
importance samples, in nats, by the mixture of codes and by N(0, I).

"samples": as many images as there are to validate and to test, 2,000. The Frechet
distance to these, in 64 features of a small classifier, beside that of training rows;
the mean distance to the nearest training image over that of those real images (below 1:
nearer than new images are), in pixels, and in the features. "reconstructed" are new
images as they come back from their codes: smooth, and so nearer, but no copies. Samples
of Bernoulli pixels are drawn given the code, those of Gaussian pixels are means.

"tables": Adult, 10,000 rows to train and as many others to test. C2ST is the AUC of a
boosted forest that tells samples from test rows, TSTR the accuracy on test rows of one
fitted to samples, "closer" the share of samples nearer to training than to test rows.

All times are CPU seconds; run it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_vae.py [--parts codes,likelihoods,samples,tables]
        [--seeds 3]
"""

import argparse

import numpy as np
import torch
from _images import Judge, mnist, nearest
from _printing import head, show, timed
from _tables import judge_table, load_table
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from skgen import VAETransformer
from skgen.losses.elbo import gaussian_kl
from skgen.metrics import frechet_distance

ACTIVE = 0.05

# -- codes -----------------------------------------------------------------------------


def judge_codes(model, train, test, seconds):
    (X, y), (X_test, y_test) = train, test
    Z, Z_test = model.transform(X), model.transform(X_test)
    if isinstance(model, PCA):
        active = model.n_components
        back = model.inverse_transform(Z_test)
    else:
        mean, std = (
            torch.as_tensor(a) for a in model.transform(X_test, return_std=True)
        )
        kl = gaussian_kl(mean, 2 * torch.log(std)).mean(dim=0)
        active = int((kl > ACTIVE).sum())
        back = model.reconstruct(X_test)
    return (
        KNeighborsClassifier(5).fit(Z, y).score(Z_test, y_test),
        LogisticRegression(max_iter=5000).fit(Z, y).score(Z_test, y_test),
        np.mean((back - X_test) ** 2),
        active,
        seconds,
    )


def codes(seeds):
    columns = "k-NN", "logistic", "MSE", "active", "fit s"
    (X, y), (X_valid, _), test = mnist()
    whole = np.vstack([X, X_valid])
    for d in (10, 2):
        head(f"MNIST, {d} dimensions", columns)
        found = []
        for seed in range(seeds):
            model = VAETransformer(
                d,
                image_shape=(28, 28),
                validation_fraction=1 / 9,
                random_state=seed,
            )
            model, seconds = timed(model.fit, whole)
            found.append(judge_codes(model, (X, y), test, seconds))
        show("VAETransformer", found, 4)
        pca, seconds = timed(PCA(d, random_state=0).fit, whole)
        show("PCA", [judge_codes(pca, (X, y), test, seconds)], 4)
    head("digits, 10 dimensions", columns)
    X, y = load_digits(return_X_y=True)
    found, plain = [], []
    for seed in range(seeds):
        X_train, X_test, y_train, y_test = train_test_split(
            X / 16, y, test_size=0.2, random_state=seed
        )
        parts = (X_train, y_train), (X_test, y_test)
        model = VAETransformer(10, image_shape=(8, 8), random_state=seed)
        model, seconds = timed(model.fit, X_train)
        found.append(judge_codes(model, *parts, seconds))
        pca, seconds = timed(PCA(10, random_state=0).fit, X_train)
        plain.append(judge_codes(pca, *parts, seconds))
    show("VAETransformer", found, 4)
    show("PCA", plain, 4)


# -- likelihoods -----------------------------------------------------------------------


def likelihoods(seeds):
    (X, _), (X_valid, _), (X_test, _) = mnist()
    X, X_test = np.vstack([X, X_valid]) >= 0.5, X_test >= 0.5
    head("MNIST, thresholded, 20 dimensions", ["ELBO", "128 samples", "fit s"])
    variants = {
        "random_shift=1": {"random_shift": 1},
        "random_shift=1, N(0, I)": {"random_shift": 1, "prior": "normal"},
        "defaults": {},
    }
    for name, options in variants.items():
        found = []
        for seed in range(seeds):
            model = VAETransformer(
                20,
                image_shape=(28, 28),
                validation_fraction=1 / 9,
                random_state=seed,
                **options,
            )
            model, seconds = timed(model.fit, X.astype(float))
            rows = X_test.astype(float)
            bound = model.score_samples(rows, method="importance", n_samples=128)
            found.append((model.score(rows), bound.mean(), seconds))
        show(name, found, 2)


# -- samples ---------------------------------------------------------------------------


def samples(seeds):
    (X, y), (X_valid, y_valid), (X_test, y_test) = mnist()
    judge = Judge(X, y)
    new, digits = np.vstack([X_valid, X_test]), np.concatenate([y_valid, y_test])
    accuracy = np.mean(judge.predict(new) == digits)
    head(
        f"MNIST samples, classifier {accuracy:.1%} right",
        ["Frechet", "near, pixels", "near, features"],
    )
    base = nearest(X, new), nearest(judge.features(X), judge.features(new))

    def measure(rows):
        return (
            frechet_distance(new, rows, embedding=judge.features),
            nearest(X, rows) / base[0],
            nearest(judge.features(X), judge.features(rows)) / base[1],
        )

    show("training rows", [measure(X[:2000])])
    pca = PCA(50, random_state=0).fit(X)
    mixture = GaussianMixture(50, reg_covar=1e-3, random_state=0)
    mixture.fit(pca.transform(X))
    drawn = pca.inverse_transform(mixture.sample(len(new))[0]).clip(0, 1)
    show("PCA, mixture", [measure(drawn)])
    variants = {
        "bernoulli": {"likelihood": "bernoulli"},
        "bernoulli, N(0, I)": {"likelihood": "bernoulli", "prior": "normal"},
        "bernoulli, 16 dimensions": {"likelihood": "bernoulli", "n_components": 16},
        "gaussian": {},
    }
    for name, options in variants.items():
        found, back = [], []
        for seed in range(seeds):
            # Trained without the rows that samples are compared with.
            model = VAETransformer(image_shape=(28, 28), random_state=seed, **options)
            model.fit(X)
            found.append(measure(model.sample(len(new), random_state=seed)))
            back.append(measure(model.reconstruct(new)))
        show(name, found)
        show("  reconstructed", back)


# -- tables ----------------------------------------------------------------------------


def tables(seeds):
    head("Adult", ["C2ST", "TSTR", "closer", "fit s", "samples/s"])
    for name, options in {"defaults": {}, "beta=0.3": {"beta": 0.3}}.items():
        found = []
        for seed in range(seeds):
            train, test, _ = load_table("adult", seed)
            model = VAETransformer(random_state=seed, **options)
            model, seconds = timed(model.fit, train)
            drawn, spent = timed(model.sample, len(test), random_state=seed)
            judged = judge_table(train, test, drawn, seed)
            found.append((*judged, seconds, len(test) / spent))
        show(name, found)


def main():
    parts = {
        "codes": codes,
        "likelihoods": likelihoods,
        "samples": samples,
        "tables": tables,
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(parts))
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    for name in args.parts.split(","):
        parts[name](args.seeds)


if __name__ == "__main__":
    main()
