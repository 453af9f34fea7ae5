"""
Anomalies in a table of mixed types
===================================

A row can be odd although each of its entries is common: a husband who never married, a
doctorate after nine years of school. A density sees this, for it knows each column
given the others. This example swaps entries between rows of a census table, ranks all
rows by :meth:`score_samples` of :class:`~skgen.density.AutoregressiveDensity`, beside
an isolation forest, and then asks the same model for rows of a kind, and for entries
that are missing.
"""

# %%
# The data
# --------
# Census rows with numbers, categories and missing values; where Adult can neither be
# found nor downloaded, a table drawn with a few columns of the same names.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.preprocessing import OrdinalEncoder

from skgen.datasets import fetch_adult
from skgen.density import AutoregressiveDensity

rng = np.random.default_rng(0)


def load():
    """Return a census table, and its name."""
    try:
        X, y = fetch_adult(return_X_y=True, as_frame=True, n_retries=0)
    except (OSError, ImportError):
        n = 9000
        years = rng.choice([6, 9, 10, 13, 16], n, p=[0.1, 0.35, 0.25, 0.2, 0.1])
        age = rng.integers(17, 80, n)
        married = rng.random(n) < np.clip((age - 20) / 30, 0.05, 0.7)
        rich = rng.logistic(size=n) < 0.4 * (years - 14) + 2 * married
        names = {6: "9th", 9: "HS-grad", 10: "College", 13: "Bachelors"}
        X = pd.DataFrame({"age": age, "education-num": years})
        X["education"] = X["education-num"].map(names).fillna("Doctorate")
        X["hours-per-week"] = (40 + 8 * rich + rng.normal(0, 6, n)).round()
        X["marital-status"] = np.where(married, "Married", "Never-married")
        wife = np.where(rng.random(n) < 0.3, "Wife", "Husband")
        X["relationship"] = np.where(married, wife, "Unmarried")
        return X.assign(income=np.where(rich, ">50K", "<=50K")), "drawn table"
    # A weight of the sample, which depends on nothing.
    X = X.drop(columns="fnlwgt").assign(income=np.asarray(y))
    return X, "Adult"


table, name = load()
table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
train, test = table[:6000], table[6000:9000].reset_index(drop=True)
print(f"{name}: {len(train)} rows to learn from, {len(test)} to rank")

# %%
# Three entries of every tenth row come from other rows, each from one of its own. No
# value is new, and no column has another distribution; only what goes together has
# changed. Where an entry meets its like nothing has, so no ranking can be perfect.

odd = np.zeros(len(test), dtype=bool)
odd[: len(test) // 10] = True
mixed = test.copy()
for row in np.flatnonzero(odd):
    for j in rng.choice(test.shape[1], 3, replace=False):
        mixed.iat[row, j] = test.iat[rng.integers(len(test)), j]

# %%
# Ranking the rows
# ----------------
# Both models learn from clean rows. The forest, which wants numbers, gets ordinal codes
# of the categories. Low scores are odd, for both.

model = AutoregressiveDensity(max_epochs=20, random_state=0).fit(train)
others = train.select_dtypes(exclude="number").columns
codes = OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
).fit(train[others].astype(object))


def numbers(X):
    codes_of_X = codes.transform(X[others].astype(object))
    return np.hstack([X.drop(columns=others).to_numpy(dtype=float), codes_of_X])


forest = IsolationForest(n_estimators=300, random_state=0).fit(numbers(train))
scores = {
    "AutoregressiveDensity": model.score_samples(mixed),
    "IsolationForest": forest.score_samples(numbers(mixed)),
}
areas = {title: roc_auc_score(odd, -score) for title, score in scores.items()}
for title, area in areas.items():
    oddest = np.argsort(scores[title])[:100]
    print(
        f"{title:22} ROC-AUC {area:.3f}; of the 100 oddest rows "
        f"{odd[oddest].mean():.0%} are mixed"
    )

# %%
# The forest isolates extreme values, and nothing here is more extreme than before. The
# density has a long tail of mixed rows on the left; the others hide among clean ones.

fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.8), layout="constrained")
density = scores["AutoregressiveDensity"]
bins = np.linspace(np.quantile(density, 0.005), density.max(), 30)
shown = np.clip(density, bins[0], None)
left.hist(shown[~odd], bins, density=True, color="0.85", edgecolor="0.6", label="clean")
left.hist(
    shown[odd],
    bins,
    density=True,
    histtype="step",
    hatch="////",
    edgecolor="C0",
    linewidth=1.4,
    label="three entries swapped",
)
left.set(
    xlabel="log-density (nats)",
    ylabel="share of rows per nat",
    title="Scores; the first bin holds all below",
)
left.legend(loc="upper left")
for (title, score), line in zip(scores.items(), ("-", "--"), strict=True):
    false, true, _ = roc_curve(odd, -score)
    right.plot(false, true, line, label=f"{title}: {areas[title]:.2f}")
right.plot([0, 1], [0, 1], ":", color="0.5")
right.set(
    xlabel="share of clean rows flagged",
    ylabel="share of mixed rows flagged",
    title="ROC curves, and the areas under them",
)
right.legend(loc="lower right", fontsize="small")
plt.show()

# %%
# Rows of a kind
# --------------
# The same model draws rows given some columns, whatever their place in the order.

asked = {"education": "Doctorate"}
drawn = model.sample(1000, given=asked, random_state=0)
real = train[train["education"] == "Doctorate"]
for title, rows in {"everybody": train, "doctorates": real, "drawn": drawn}.items():
    print(f"{title:11}earning >50K: {np.mean(rows['income'] == '>50K'):.2f}")

# %%
# Missing entries
# ---------------
# `impute` draws what is missing given the rest of a row. The mode of twenty draws
# is a guess; where ``relationship`` is hidden it is to be compared with the truth.

hidden = test[:300].copy()
hidden["relationship"] = pd.Series(np.nan, index=hidden.index, dtype=object)
draws = [model.impute(hidden, random_state=k)["relationship"] for k in range(20)]
guess = pd.concat(draws, axis=1).mode(axis=1)[0]
truth = test["relationship"][:300].astype(str)
usual = train["relationship"].mode()[0]
print(f"draws that are right {np.mean([d.astype(str) == truth for d in draws]):.2f}")
print(f"the most frequent draw {np.mean(guess.astype(str) == truth):.2f}")
print(f"the most frequent value {np.mean(truth == usual):.2f}")
