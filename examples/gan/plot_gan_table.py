"""
Synthetic rows of a class
=========================

A census table in which the rich are rare: can a GAN draw rows of either class at will,
and are they like the real ones of that class? This example fits
:class:`~skgen.gan.GANSampler` with labels, draws as many rows of each class as are
held out, measures them by :func:`~skgen.metrics.sample_report`, and lets
:class:`~skgen.sampling.GANOverSampler` add rows of the rare class before a classifier.
"""

# %%
# The data
# --------
# Census rows; where Adult can neither be found nor downloaded, a table drawn with a few
# columns of the same names. Income is not a column here, it is the class.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skgen import GANOverSampler, GANSampler
from skgen.datasets import fetch_adult
from skgen.inspection import RealVsSyntheticDisplay
from skgen.metrics import sample_report

rng = np.random.default_rng(0)


def load():
    """Return a census table, its classes and its name."""
    try:
        X, y = fetch_adult(return_X_y=True, as_frame=True, n_retries=0)
    except (OSError, ImportError):
        n = 9000
        years = rng.choice([6, 9, 10, 13, 16], n, p=[0.1, 0.35, 0.25, 0.2, 0.1])
        age = rng.integers(17, 80, n)
        married = rng.random(n) < np.clip((age - 20) / 30, 0.05, 0.7)
        rich = rng.logistic(size=n) < 0.4 * (years - 14) + 2 * married
        X = pd.DataFrame({"age": age, "education-num": years})
        X["hours-per-week"] = (40 + 8 * rich + rng.normal(0, 6, n)).round()
        X["marital-status"] = np.where(married, "Married", "Never-married")
        return X, pd.Series(np.where(rich, ">50K", "<=50K")), "drawn table"
    # A weight of the sample, which depends on nothing, and a second name of education.
    return X.drop(columns=["fnlwgt", "education-num"]), y, "Adult"


table, income, name = load()
order = rng.permutation(len(table))
table = table.iloc[order].reset_index(drop=True)
income = pd.Series(np.asarray(income).astype(str)[order], name="income")
train, holdout = slice(0, 6000), slice(6000, 9000)
X, y = table[train], income[train]
X_test, y_test = (part[holdout].reset_index(drop=True) for part in (table, income))
print(f"{name}: {y.value_counts().to_dict()}")

# %%
# Fit and draw
# ------------
# The generator is told the class, and the critic judges whether a row is a likely one
# of its class. ``sample`` takes a class, or one for each row; here the classes of the
# held-out rows, so that both tables have the same shares.

model = GANSampler(max_epochs=50, random_state=0).fit(X, y)
drawn = model.sample(len(y_test), y=y_test, random_state=0)
for label in model.classes_:
    print(f"\n{label}")
    print(drawn[y_test == label].head(2).T.to_string(header=False))

# %%
# Measure
# -------
# With the class as a column, the report asks about rows and classes together:
# ``tstr_accuracy`` is that of a classifier fitted to drawn rows and classes, on real
# ones. Beside each value stands that of real rows in the place of the drawn ones.

report = sample_report(
    X.assign(income=y),
    drawn.assign(income=y_test),
    holdout=X_test.assign(income=y_test),
    target="income",
    random_state=0,
)
print(report.round(3).to_string())

# %%
# The rare class
# --------------
# Real and drawn rows of the smaller class only: older, longer in school, married, and
# with capital gains that others do not have.

rare = y.value_counts().index[-1]
RealVsSyntheticDisplay.from_samples(
    X_test[y_test == rare],
    drawn[y_test == rare],
    name=f"income {rare}",
    kind="marginals",
)
plt.show()

# %%
# Balance
# -------
# Now let the smaller class be rarer still, one row in twenty-one. A logistic
# regression then says ">50K" of hardly anyone. Rows drawn by the GAN bring the classes
# into balance, as does a weight of the classes, which costs nothing. Both move the
# threshold; only new knowledge could improve the ranking, which average precision
# measures, and a generator knows nothing but the rows it has seen.

many, few = np.flatnonzero(y != rare), np.flatnonzero(y == rare)
rows = np.sort(np.append(many, few[: len(many) // 20]))
X_rare, y_rare = X.iloc[rows], y.iloc[rows]
over = GANOverSampler(GANSampler(max_epochs=40), random_state=0)
X_more, y_more = over.fit_resample(X_rare, y_rare)
print(f"drawn: {over.sampling_strategy_}")


def measure(label, X, y, **options):
    """Fit a logistic regression, and judge it by the held-out rows."""
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore"),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    classifier = make_pipeline(columns, LogisticRegression(max_iter=2000, **options))
    classifier.fit(X, y)
    accuracy = balanced_accuracy_score(y_test, classifier.predict(X_test))
    place = list(classifier.classes_).index(rare)
    proba = classifier.predict_proba(X_test)[:, place]
    precision = average_precision_score(y_test == rare, proba)
    print(
        f"{label:18} balanced accuracy {accuracy:.3f}, "
        f"average precision {precision:.3f}"
    )


measure("as they are", X_rare, y_rare)
measure("class weights", X_rare, y_rare, class_weight="balanced")
measure("GANOverSampler", X_more, y_more)
