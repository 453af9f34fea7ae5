"""Does `GANOverSampler` help a classifier, beside what costs nothing?

Adult, 10,000 rows to train and 20,000 others to test, of which rows with an income
above 50K are dropped until they are one to twenty others. A boosted forest and a
logistic regression are fitted to the training rows as they are, with class weights,
with rows of the rare class repeated at random, and with rows drawn by `GANOverSampler`,
the classes balanced by each. Balanced accuracy (at the threshold 1/2) and average
precision on the test rows.

"C2ST" is the AUC of a boosted forest that tells drawn rows from real test rows of the
rare class (1/2: it cannot), "closer" the share of drawn rows nearer to a training row
of that class than to one of as many test rows (1/2: no copies). CPU seconds; run it
with OMP_NUM_THREADS=1.

    python tests/benchmarks/bench_oversampling.py [--seeds 3] [--ratio 20]
"""

import argparse
import time

import numpy as np
import pandas as pd
from _printing import head, show
from _tables import convert, load_table, shared_dtypes
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skgen import GANOverSampler
from skgen.metrics import classifier_two_sample_test, memorization_score


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
    return make_pipeline(columns, LogisticRegression(max_iter=5000, **options))


CLASSIFIERS = {"boosted forest": forest, "logistic regression": logistic}


def imbalanced(table, ratio):
    """Rows and whether income is above 50K, one row of these to `ratio` others."""
    y = table["income"].astype(str).str.contains(">50K").to_numpy().astype(int)
    few = np.flatnonzero(y)[: np.sum(y == 0) // ratio]
    rows = np.sort(np.append(np.flatnonzero(y == 0), few))
    return table.drop(columns="income").iloc[rows].reset_index(drop=True), y[rows]


def repeated(X, y, seed):
    """The rows, and rows of the rare class again until there are as many of both."""
    few = np.flatnonzero(y)
    n = np.sum(y == 0) - len(few)
    rows = np.append(np.arange(len(y)), np.random.default_rng(seed).choice(few, size=n))
    return X.iloc[rows].reset_index(drop=True), y[rows]


def judge(make, train, test, **options):
    classifier = make(**options).fit(*train)
    X, y = test
    proba = classifier.predict_proba(X)[:, 1]
    return (
        balanced_accuracy_score(y, classifier.predict(X)),
        average_precision_score(y, proba),
    )


def measure(seed, ratio):
    """Scores by classifier and way, and what is said of the drawn rows."""
    train, test, more = load_table("adult", seed)
    dtypes = shared_dtypes(train, test, more)
    train, test = (
        imbalanced(convert(table, dtypes), ratio)
        for table in (train, pd.concat([test, more], ignore_index=True))
    )
    X, y = train
    start = time.process_time()
    over = GANOverSampler(random_state=seed)
    X_more, y_more = over.fit_resample(X, y)
    seconds = time.process_time() - start
    ways = {
        "as they are": (train, {}),
        "class weights": (train, {"class_weight": "balanced"}),
        "random over-sampling": (repeated(X, y, seed), {}),
        "GANOverSampler": ((X_more, y_more), {}),
    }
    scores = {
        (kind, way): judge(make, rows, test, **options)
        for kind, make in CLASSIFIERS.items()
        for way, (rows, options) in ways.items()
    }
    real, drawn = test[0][test[1] == 1], X_more[len(X) :]
    n = min(len(real), len(drawn), np.sum(y))
    rows = (
        classifier_two_sample_test(real[:n], drawn[:n], random_state=seed).auc,
        memorization_score(
            X[y == 1], drawn[:4000], real[:n], random_state=seed
        ).closer_to_train,
        seconds,
    )
    return scores, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ratio", type=int, default=20)
    args = parser.parse_args()
    scores, rows = zip(
        *[measure(seed, args.ratio) for seed in range(args.seeds)], strict=True
    )
    for kind in CLASSIFIERS:
        head(kind, ["balanced accuracy", "precision"])
        for own, way in scores[0]:
            if own == kind:
                show(way, [found[kind, way] for found in scores])
    head("drawn rows", ["C2ST", "closer", "seconds"])
    show("GANOverSampler", rows)


if __name__ == "__main__":
    main()
