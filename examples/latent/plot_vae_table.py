"""
Synthetic rows of a census table
================================

Can rows drawn by an autoencoder stand in for those of a table with numbers, categories
and missing values? This example fits :class:`~skgen.latent.VAETransformer` to a census
table, draws as many rows as are held out, and asks the questions that
:func:`~skgen.metrics.sample_report` asks.
"""

# %%
# The data
# --------
# Census rows; where Adult can neither be found nor downloaded, a table drawn with a few
# columns of the same names.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skgen import VAETransformer
from skgen.datasets import fetch_adult
from skgen.inspection import LossCurveDisplay, RealVsSyntheticDisplay
from skgen.metrics import sample_report

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
        X = pd.DataFrame({"age": age, "education-num": years})
        X["hours-per-week"] = (40 + 8 * rich + rng.normal(0, 6, n)).round()
        X["marital-status"] = np.where(married, "Married", "Never-married")
        return X.assign(income=np.where(rich, ">50K", "<=50K")), "drawn table"
    # A weight of the sample, which depends on nothing.
    X = X.drop(columns="fnlwgt").assign(income=np.asarray(y))
    return X, "Adult"


table, name = load()
table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
train, holdout = table[:6000], table[6000:9000].reset_index(drop=True)

# %%
# Fit
# ---
# Each column has a distribution of its own given the code: shares of categories, of
# numbers that repeat and of missing values. So a row has a log-mass, and the two parts
# of the bound are nats per row: what the reconstruction costs, and how many
# the code tells.

model = VAETransformer(8, max_epochs=30, random_state=0).fit(train)
print(f"{name}: likelihood {model.likelihood_}, {model.n_epochs_} epochs")
print(f"bound of held-out rows: {model.score(holdout):.2f} nats")
LossCurveDisplay.from_estimator(model, losses=["reconstruction", "kl"])
plt.show()

# %%
# Draw
# ----
# Rows come in the columns, categories and dtypes of the table. A row is drawn given its
# code, not expected: the most probable category everywhere would make a table of
# stereotypes.

drawn = model.sample(len(holdout), random_state=0)
print(drawn.head(3).T.to_string())

# %%
# Measure
# -------
# Beside each value stands that of real rows in the place of the drawn ones. An area of
# 1/2 in the first line would mean that a boosted forest cannot tell drawn rows from
# held-out ones; ``tstr_accuracy`` is that of a classifier fitted to drawn rows, and
# ``closer_to_train`` asks whether rows were copied.

report = sample_report(train, drawn, holdout=holdout, target="income", random_state=0)
print(report.round(3).to_string())

# %%
# Columns and pairs
# -----------------
# Each column by itself, real rows filled, drawn ones outlined or hatched; then by how
# much pairs of columns differ. In Adult the darkest pair is education and its number of
# years, which say the same: columns are independent given the code, so that the code
# has to carry an exact link. :class:`~skgen.density.AutoregressiveDensity`, which draws
# each column given those before it, does not have this trouble.

RealVsSyntheticDisplay.from_samples(holdout, drawn, name="VAETransformer")
plt.show()
