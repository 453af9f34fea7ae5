"""Densities of tables: synthetic rows, held-out log-densities and speed.

"tables": `AutoregressiveDensity` with its defaults draws as many rows as there are to
test. C2ST is the AUC of a boosted forest that tells them from test rows (0.5: it
cannot), TSTR the accuracy (R2 for numbers) on test rows of one fitted to them, "closer"
the share of them nearer to a training row than to a test row (0.5: nothing copied), and
"copies" the share equal to a training row, beside that of test rows, "twins". Beside it
stand the training rows themselves, further real rows where there are any, trees that
draw each column from the leaf of the columns before it, and a Gaussian mixture. On
"avila pages", whose test rows are of other pages, even training rows are told apart and
only TSTR means something.

"densities": held-out log-density per row in nats. 8 of the 10 columns of Avila lie on a
grid, and there a density is as high as one likes: raw densities compare nothing. What
compares is this. A value that repeats has a cell, half-way to its neighbours;
`score_samples(X, ties="density")` spreads its mass evenly over the cell, which is a
density, and the integral of any other density over the cell is the mass that it gives
to the value. Continuous models are fitted to rows drawn uniformly from the cells,
`dequantize(X)`, and scored on such draws, where the mean of their log-density is a
lower bound of the logarithm of that mass over the cell's width (Jensen). All are on
columns standardised by the dequantised training rows. In the published split nearly
every test row lies on a page that has training rows, and the first five columns are
those of the page: a model of masses knows them by heart. "avila pages" holds out whole
pages instead, a random half of them by seed. Then wine and breast_cancer by five folds,
where all models are densities. The median row, beside the mean, does not mind the few
rows that a model finds impossible or that a narrow peak favours, the zeros of
breast_cancer for one.

"speed": rows/s of `score_samples` and samples/s on the rows of Avila.

All times are CPU seconds, those of one core; run it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_density.py [--parts tables,densities,speed]
        [--seeds 3] [--tables adult,avila] [--sets avila,wine]
"""

import argparse
import statistics
import time
import warnings
from functools import cache

import numpy as np
import torch
from _printing import write
from _tables import (
    TABLES,
    avila,
    convert,
    from_codes,
    load_table,
    mixture,
    shared_dtypes,
    to_codes,
    trees,
)
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KernelDensity

from skgen.density import AutoregressiveDensity, FlowDensity
from skgen.metrics import (
    classifier_two_sample_test,
    memorization_score,
    train_synthetic_test_real,
    twin_share,
)

N_TIMED = 10_000
N_QUERIES = 4000
SETS = "avila", "avila pages", "wine", "breast_cancer"


def seconds(work):
    """CPU time and result of a call."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


# -- tables ----------------------------------------------------------------------------

MEASURES = "C2ST", "TSTR", "closer", "copies"
GENERATORS = {
    "trees, leaf 30": lambda *args: trees(*args, leaf=30),
    "trees, leaf 5": lambda *args: trees(*args, leaf=5),
    "mixture": mixture,
}


def measure(drawn, train, test, seed):
    """The four measures of synthetic rows."""
    copies = memorization_score(train, drawn[:N_QUERIES], test, random_state=seed)
    return (
        classifier_two_sample_test(test, drawn, random_state=seed).auc,
        train_synthetic_test_real(None, drawn, test, target=-1).synthetic,
        copies.closer_to_train,
        twin_share(train, drawn),
    )


def one_table(name, seed):
    """Measures of each source of rows, fit seconds and samples/s; twins."""
    train, test, more = load_table(name, seed)
    dtypes = shared_dtypes(train, test, *([] if more is None else [more]))
    found = {}
    model = AutoregressiveDensity(random_state=seed)
    fit, _ = seconds(lambda: model.fit(train))
    draw, _ = seconds(lambda: model.sample(N_TIMED, random_state=seed))
    drawn = convert(model.sample(len(test), random_state=seed), dtypes)
    train, test = convert(train, dtypes), convert(test, dtypes)
    found["AutoregressiveDensity"] = (
        *measure(drawn, train, test, seed),
        fit,
        N_TIMED / draw,
    )
    X = to_codes(train)
    is_category = np.array([dtype == "category" for dtype in dtypes.values()])
    for title, generator in GENERATORS.items():
        rng = np.random.default_rng(seed)
        both, drawn = seconds(lambda: generator(X, is_category, len(test), rng))  # noqa: B023
        drawn = from_codes(drawn, dtypes)
        found[title] = *measure(drawn, train, test, seed), both, np.nan
    real = {"training rows": train}
    if more is not None:
        real["further real rows"] = convert(more, dtypes)
    for title, rows in real.items():
        found[title] = *measure(rows, train, test, seed), np.nan, np.nan
    return found, twin_share(train, test)


def bench_tables(names, n_seeds):
    """Print the measures of each table."""
    write("tables: mean +- sd over seeds; fit of the others is with the draws")
    for name in names:
        small = len(load_table(name, 0)[0]) < 1000
        # Small tables have small test parts: more seeds.
        seeds = range(n_seeds * (4 if small else 1))
        runs = [one_table(name, seed) for seed in seeds]
        shared = np.mean([share for _, share in runs])
        write(f"\n{name}, {len(seeds)} seeds; twins {shared:.4f}")
        write(
            f"{'':22}"
            + "".join(f"{m:>16}" for m in MEASURES)
            + f"{'fit s':>9}{'samples/s':>11}"
        )
        for title in runs[0][0]:
            values = np.array([found[title] for found, _ in runs])
            mean, spread = values.mean(axis=0), values.std(axis=0)
            line = "".join(
                f"{m:9.3f} +-{s:5.3f}" for m, s in zip(mean[:4], spread, strict=False)
            )
            rest = "" if np.isnan(mean[4]) else f"{mean[4]:9.1f}"
            rest += "" if np.isnan(mean[5]) else f"{mean[5]:11.0f}"
            write(f"{title:22}{line}{rest}")


# -- densities -------------------------------------------------------------------------


def kernel(X):
    """Kernel density, its bandwidth chosen by five-fold cross-validation."""
    folds = KFold(5, shuffle=True, random_state=0)
    grid = {"bandwidth": np.geomspace(0.02, 1.5, 14)}
    return GridSearchCV(KernelDensity(), grid, cv=folds).fit(X).best_estimator_


def best_mixture(X, sizes, kinds=("full", "tied", "diag", "spherical")):
    """Gaussian mixture, number of components and kind of covariance by BIC."""
    models = [
        GaussianMixture(k, covariance_type=kind, random_state=0).fit(X)
        for k in sizes
        for kind in kinds
        if k * X.shape[1] < len(X)
    ]
    return min(models, key=lambda model: model.bic(X))


@cache
def avila_models(seed, pages_held_out=False):
    """Fit seconds, model and rows to score, for each model; log-scale of the rows."""
    X, X_test = (
        part.drop(columns="copyist").to_numpy() for part in avila(pages_held_out, seed)
    )
    auto = AutoregressiveDensity(random_state=seed)
    fit, _ = seconds(lambda: auto.fit(X))
    Z, Z_test = (auto.dequantize(part, random_state=seed) for part in (X, X_test))
    center, scale = Z.mean(axis=0), Z.std(axis=0)
    Z, Z_test = (Z - center) / scale, (Z_test - center) / scale
    found = {"AutoregressiveDensity": (fit, auto, X_test)}
    makers = {
        "  discrete=None": lambda: AutoregressiveDensity(
            discrete=None, random_state=seed
        ).fit(Z),
        "FlowDensity": lambda: FlowDensity(random_state=seed).fit(Z),
        "GaussianMixture": lambda: best_mixture(Z, (5, 10, 20, 40, 60), ("full",)),
        "KernelDensity": lambda: kernel(Z),
    }
    for name, make in makers.items():
        found[name] = *seconds(make), Z_test
    return found, np.log(scale).sum()


def bench_avila(name, n_seeds):
    """Print dequantised log-densities of test rows."""
    write(f"\n{name}, dequantised; mean +- sd over seeds")
    rows = {}
    for seed in range(n_seeds):
        models, log_scale = avila_models(seed, name == "avila pages")
        for title, (fit, model, X_test) in models.items():
            if title == "AutoregressiveDensity":
                scores = model.score_samples(X_test, ties="density") + log_scale
            else:
                scores = model.score_samples(X_test)
            rows.setdefault(title, []).append((scores.mean(), np.median(scores), fit))
    for title, values in rows.items():
        (mean, median, fit), spread = np.mean(values, axis=0), np.std(values, axis=0)[0]
        write(
            f"{title:24}{mean:8.3f} +-{spread:6.3f} nats, median row {median:8.3f}, "
            f"fit {fit:6.1f} s"
        )


def bench_folds(name, n_seeds):
    """Print log-densities of held-out folds of a small table."""
    load = {"wine": load_wine, "breast_cancer": load_breast_cancer}[name]
    X, _ = load(return_X_y=True)
    auto = AutoregressiveDensity
    makers = {
        "AutoregressiveDensity": lambda s: auto(discrete=None, random_state=s),
        "  n_estimators=1": lambda s: auto(
            discrete=None, n_estimators=1, random_state=s
        ),
        "FlowDensity": lambda s: FlowDensity(random_state=s),
    }
    baselines = {"GaussianMixture": lambda Z: best_mixture(Z, range(1, 9))}
    baselines["KernelDensity"] = kernel
    scores = {m: np.zeros((n_seeds, len(X))) for m in [*makers, *baselines]}
    times = {m: [] for m in scores}
    for train, test in KFold(5, shuffle=True, random_state=0).split(X):
        center, scale = X[train].mean(axis=0), X[train].std(axis=0)
        Z, Z_test = (X[train] - center) / scale, (X[test] - center) / scale
        for m in scores:
            for seed in range(n_seeds if m in makers else 1):
                fit, model = seconds(
                    (lambda: makers[m](seed).fit(Z))  # noqa: B023
                    if m in makers
                    else (lambda: baselines[m](Z))  # noqa: B023
                )
                times[m].append(fit)
                own = seed if m in makers else slice(None)
                scores[m][own, test] = model.score_samples(Z_test)
    write(f"\n{name}, five folds; mean +- standard error over rows; beside the mixture")
    reference = scores["GaussianMixture"].mean(axis=0)
    for m, found in scores.items():
        rows, root = found.mean(axis=0), np.sqrt(len(X))
        gain, spread = (rows - reference).mean(), (rows - reference).std() / root
        write(
            f"{m:24}{rows.mean():8.3f} +-{rows.std() / root:6.3f} nats, "
            f"median {np.median(rows):8.3f}, "
            f"{gain:+7.3f} +-{spread:6.3f}, fit {np.mean(times[m]):5.1f} s"
        )


def bench_densities(names, n_seeds):
    """Print the log-densities of all sets."""
    write("densities: held-out log-density per row, standardised columns")
    for name in names:
        (bench_avila if name.startswith("avila") else bench_folds)(name, n_seeds)


# -- speed -----------------------------------------------------------------------------


def bench_speed():
    """Print rows/s and samples/s on Avila, the median of five calls."""
    write("\nspeed on Avila, median of 5")
    models, _ = avila_models(0)
    for name, (_, model, X) in models.items():
        slow = isinstance(model, KernelDensity)
        rows = X[:1000] if slow else X
        score, draw = (
            statistics.median(seconds(work)[0] for _ in range(5))
            for work in (
                lambda: model.score_samples(rows),  # noqa: B023
                lambda: model.sample(len(rows)),  # noqa: B023
            )
        )
        write(
            f"{name:24}{len(rows) / score:10.0f} rows/s {len(rows) / draw:10.0f} "
            "samples/s"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="tables,densities,speed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--sets", default=",".join(SETS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    parts = options.parts.split(",")
    if "tables" in parts:
        bench_tables(options.tables.split(","), options.seeds)
    if "densities" in parts:
        bench_densities(options.sets.split(","), options.seeds)
    if "speed" in parts:
        bench_speed()


if __name__ == "__main__":
    main()
