"""Do drawn rows help a classifier, beside what costs less or nothing?

Imbalanced tables: Adult with an income above 50K to 20 others, MAGIC with a hadron to
50 gammas (the file magic04.data of `SKGEN_DATA`), and four of scikit-learn's makers and
tables. Half of the rows train. A boosted forest and a logistic regression are fitted to
the training rows as they are, with the threshold at the rare class's share, with class
weights, with rows of SMOTE (SMOTENC where there are categories), and with rows drawn by
over-samplers, the classes balanced by each: balanced accuracy and average precision on
the test rows. "AR, rare rows" fits `AutoregressiveDensity` to the rare rows only. CPU
seconds; run it with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_oversampling.py [--seeds 3] [--tables adult,magic]
        [--gan]
"""

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from _printing import write
from imblearn.over_sampling import SMOTE, SMOTENC
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skgen import (
    AutoregressiveDensity,
    GANOverSampler,
    GenerativeOverSampler,
    MixtureDensity,
)
from skgen.datasets import fetch_adult

# name: rows of the frequent class to one of the rare class
TABLES = {
    "adult": 20,
    "magic": 50,
    "breast_cancer": 15,
    "digits 8": 9,
    "8 features": 40,
    "20 features": 30,
}


def load(name, seed):
    """A frame, and 1 for rows of the rare class."""
    if name == "adult":
        X, y = fetch_adult(return_X_y=True)
        some = np.random.default_rng(seed).permutation(len(X))[:26_000]
        X, y = X.iloc[some], np.asarray(y)[some]
        return X.reset_index(drop=True), (y == y.max()).astype(int)
    if name == "magic":
        path = Path(os.environ.get("SKGEN_DATA", ""), "magic04.data")
        if not path.is_file():
            raise SystemExit(f"{path} must be there for the table magic: UCI, id 159.")
        table = pd.read_csv(path, header=None)
        X = table.iloc[:, :10].rename(columns=lambda j: f"x{j}")
        return X, (table[10] == "h").to_numpy(int)
    if name == "breast_cancer":
        X, y = load_breast_cancer(return_X_y=True)
        y = 1 - y
    elif name == "digits 8":
        X, y = load_digits(return_X_y=True)
        y = (y == 8).astype(int)
    else:
        d = int(name.split()[0])
        X, y = make_classification(
            20_000,
            d,
            n_informative=d // 2,
            n_redundant=d // 4,
            n_clusters_per_class=3,
            class_sep=0.8,
            weights=[0.5],
            flip_y=0.02,
            random_state=seed,
        )
    return pd.DataFrame(X).rename(columns=lambda j: f"x{j}"), y


def draw(name, seed):
    """Training and test rows, the rare class as rare in both."""
    X, y = load(name, seed)
    rng = np.random.default_rng(seed)
    few = rng.permutation(np.flatnonzero(y))[: max(12, (y == 0).sum() // TABLES[name])]
    rows = np.sort(np.append(np.flatnonzero(y == 0), few))
    X, y = X.iloc[rows].reset_index(drop=True), y[rows]
    return train_test_split(X, y, test_size=0.5, stratify=y, random_state=seed)


def forest(**options):
    return HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=0, **options
    )


def logistic(**options):
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore"),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=2000, **options))


CLASSIFIERS = {"boosting": forest, "logistic": logistic}


def smote(X, y, seed):
    """Rows between neighbours; of categories the most frequent of the neighbours."""
    places = [j for j, t in enumerate(X.dtypes) if not pd.api.types.is_numeric_dtype(t)]
    # It takes no missing values.
    X = X.copy()
    for j in places:
        X[X.columns[j]] = X[X.columns[j]].astype(object).fillna("?").astype("category")
    if not places:
        return SMOTE(random_state=seed).fit_resample(X, y)
    return SMOTENC(places, random_state=seed).fit_resample(X, y)


def rare_only(X, y, seed):
    """Rows drawn by a density of the rare rows."""
    model = AutoregressiveDensity(random_state=seed).fit(X[y == 1])
    drawn = model.sample((y == 0).sum() - y.sum(), random_state=seed)
    more = pd.concat([X, drawn], ignore_index=True)
    return more, np.append(y, np.ones(len(drawn), dtype=int))


def over(make):
    return lambda X, y, seed: make(seed).fit_resample(X, y)


WAYS = {
    "SMOTE": smote,
    "AR, rare rows": rare_only,
    "default": over(lambda seed: GenerativeOverSampler(random_state=seed)),
    "mixture": over(
        lambda seed: GenerativeOverSampler(MixtureDensity(), random_state=seed)
    ),
}


def scores(model, X, y, threshold=0.5):
    p = model.predict_proba(X)[:, 1]
    return balanced_accuracy_score(y, p > threshold), average_precision_score(y, p)


def categories_of(X, like):
    """Frame with the dtypes of another, categories of strings included."""
    X = X.copy()
    for name, dtype in like.dtypes.items():
        if not pd.api.types.is_numeric_dtype(dtype):
            kinds = pd.concat([like[name].astype(object), X[name].astype(object)])
            X[name] = pd.Categorical(
                X[name].astype(object), sorted(kinds.dropna().unique())
            )
    return X


def measure(name, seed, ways):
    """Scores of each way by classifier, and its CPU seconds."""
    X, X_test, y, y_test = draw(name, seed)
    whole = categories_of(pd.concat([X, X_test], ignore_index=True), X)
    X, X_test = whole.iloc[: len(X)], whole.iloc[len(X) :]
    X, X_test = X.reset_index(drop=True), X_test.reset_index(drop=True)
    found = {}
    for kind, make in CLASSIFIERS.items():
        if kind == "logistic" and X.isna().any().any():
            X_plain, X_test_plain = (filled(table) for table in (X, X_test))
        else:
            X_plain, X_test_plain = X, X_test
        plain = make().fit(X_plain, y)
        found[kind, "as it is"] = (*scores(plain, X_test_plain, y_test), 0)
        found[kind, "threshold"] = (*scores(plain, X_test_plain, y_test, y.mean()), 0)
        weighted = make(class_weight="balanced").fit(X_plain, y)
        found[kind, "class weights"] = (*scores(weighted, X_test_plain, y_test), 0)
    for way, run in ways.items():
        start = time.process_time()
        X_more, y_more = run(X, y, seed)
        seconds = time.process_time() - start
        for kind, make in CLASSIFIERS.items():
            rows, test = categories_of(X_more, X), X_test
            for column in X.columns:
                if not pd.api.types.is_numeric_dtype(X[column].dtype):
                    rows[column] = pd.Categorical(
                        rows[column].astype(object), X[column].cat.categories
                    )
            if kind == "logistic":
                rows, test = filled(rows), filled(test)
            model = make().fit(rows, y_more)
            found[kind, way] = (*scores(model, test, y_test), seconds)
    return found


def filled(table):
    """Categories without missing values, for a one-hot encoding."""
    table = table.copy()
    for name, dtype in table.dtypes.items():
        if not pd.api.types.is_numeric_dtype(dtype):
            table[name] = table[name].astype(object).fillna("?")
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--gan", action="store_true", help="GANOverSampler as well")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    ways = dict(WAYS)
    if options.gan:
        ways["GAN"] = over(lambda seed: GANOverSampler(random_state=seed))
    write("balanced accuracy / average precision, mean +- sd over seeds (CPU s)")
    for name in options.tables.split(","):
        found = [measure(name, seed, ways) for seed in range(options.seeds)]
        write(f"\n{name}, one to {TABLES[name]}")
        for key in found[0]:
            accuracy, precision, seconds = np.array([f[key] for f in found]).T
            write(
                f"  {key[0]:10}{key[1]:16}"
                f"{accuracy.mean():7.3f} +-{accuracy.std():.3f}"
                f"{precision.mean():9.3f} +-{precision.std():.3f}"
                f" ({seconds.mean():.1f})"
            )


if __name__ == "__main__":
    main()
