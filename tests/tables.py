"""Tables and labels of every kind, as hypothesis strategies.

A table is drawn as a recipe, of kinds of columns, names and a seed, so that a failing
one shrinks to few columns of few rows and prints as a line.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import strategies as st


def _holes(values, rng, share=0.3):
    """Values with some missing, as a Series of objects."""
    values = pd.Series(values, dtype=object)
    return values.where(rng.random(len(values)) > share, None)


def _words(rng, n, words):
    return np.array(words, dtype=object)[rng.integers(0, len(words), n)]


def _cats(rng, n, values, unused, **options):
    column = np.array(values, dtype=object)[rng.integers(0, len(values), n)]
    return pd.Categorical(column, categories=[*values, *unused], **options)


# Columns that estimators of mixed tables read, as functions of (rng, n).
READ = {
    "normal": lambda r, n: r.normal(size=n),
    "float32": lambda r, n: r.normal(size=n).astype(np.float32),
    "float16": lambda r, n: r.normal(size=n).astype(np.float16),
    "int8": lambda r, n: r.integers(-9, 9, n).astype(np.int8),
    "uint8": lambda r, n: r.integers(0, 255, n).astype(np.uint8),
    "int64": lambda r, n: r.integers(-(10**6), 10**6, n),
    "large integers": lambda r, n: r.integers(2**52, 2**53, n),
    "boolean": lambda r, n: r.random(n) < 0.3,
    "nullable boolean": lambda r, n: _holes(r.random(n) < 0.3, r).astype("boolean"),
    "boolean objects": lambda r, n: _holes(r.random(n) < 0.3, r),
    "nullable integers": lambda r, n: _holes(r.integers(0, 50, n), r).astype("Int64"),
    "nullable floats": lambda r, n: _holes(r.normal(size=n), r).astype("Float64"),
    "numbers as objects": lambda r, n: _holes(r.normal(size=n), r),
    "levels unused": lambda r, n: _cats(r, n, ["a", "b"], ["never", "ever"]),
    "ordered": lambda r, n: _cats(r, n, ["low", "high"], ["higher"], ordered=True),
    "categories of numbers": lambda r, n: _cats(r, n, [1, 2.5, 7], []),
    "categories of booleans": lambda r, n: _cats(r, n, [True, False], []),
    "levels with holes": lambda r, n: pd.Series(_cats(r, n, ["a", "b"], ["c"])).where(
        r.random(n) > 0.3
    ),
    "words": lambda r, n: _words(r, n, ["", " ", "nan", "déjà vu", "x" * 300]),
    "string dtype": lambda r, n: pd.array(_words(r, n, ["u", "v"]), dtype="string"),
    "words with holes": lambda r, n: _holes(_words(r, n, ["u", "v"]), r),
    "rare words": lambda r, n: _words(r, n, ["usual"] * 99 + ["rare"]),
    "ids": lambda r, n: np.array([f"id-{i}" for i in r.permutation(n)], dtype=object),
    "row numbers": lambda r, n: np.arange(n),
    "constant": lambda r, n: np.full(n, 3.7),
    "constant word": lambda r, n: np.full(n, "same", dtype=object),
    "constant zero": lambda r, n: np.zeros(n, dtype=np.int64),
    "all missing": lambda r, n: np.full(n, np.nan),
    "all None": lambda r, n: np.full(n, None, dtype=object),
    "holes": lambda r, n: np.where(r.random(n) < 0.3, np.nan, r.normal(size=n)),
    "one number": lambda r, n: np.where(np.arange(n) == 0, 1.0, np.nan),
    "huge": lambda r, n: 1e300 * r.normal(size=n),
    "tiny": lambda r, n: 1e-300 * r.normal(size=n),
    "denormal": lambda r, n: 5e-324 * r.integers(0, 4, n),
    "huge and tiny": lambda r, n: np.exp(100 * r.normal(size=n)),
    "Cauchy": lambda r, n: r.standard_cauchy(n),
    "far from zero": lambda r, n: 1e12 + r.normal(size=n),
    "nearly constant": lambda r, n: np.where(np.arange(n) == 0, 1.0 + 1e-15, 1.0),
    "one outlier": lambda r, n: np.where(np.arange(n) == 0, 1e200, r.normal(size=n)),
    "rounded": lambda r, n: np.round(r.normal(size=n), 1),
    "mostly zero": lambda r, n: np.where(r.random(n) < 0.8, 0, r.exponential(size=n)),
    "negative zero": lambda r, n: np.where(r.random(n) < 0.5, -0.0, 0.0),
    "sparse": lambda r, n: pd.arrays.SparseArray(
        np.where(r.random(n) < 0.8, 0, r.normal(size=n))
    ),
}
# Columns that are refused by name.
REFUSED = {
    "dates": lambda r, n: (
        pd.Timestamp("2020-01-01") + pd.to_timedelta(r.integers(0, 999, n), unit="D")
    ),
    "time zones": lambda r, n: pd.Series(
        pd.date_range("2020-01-01", periods=n, tz="UTC")
    ),
    "durations": lambda r, n: pd.to_timedelta(r.integers(0, 999, n), unit="s"),
    "periods": lambda r, n: pd.period_range("2020-01", periods=n, freq="M"),
    "intervals": lambda r, n: pd.interval_range(0, n, periods=n) if n else [],
    "infinite": lambda r, n: np.where(np.arange(n) == 0, np.inf, r.normal(size=n)),
    "beyond 2**53": lambda r, n: np.full(n, 2**53 + 5) + 2 * np.arange(n),
    "complex": lambda r, n: r.normal(size=n) + 1j,
    "bytes": lambda r, n: np.full(n, b"x", dtype=object),
    "numbers and words": lambda r, n: pd.Series([1, "a"] * n, dtype=object)[:n],
    "lists": lambda r, n: pd.Series([[1]] * n, dtype=object),
}
KINDS = {**READ, **REFUSED}
INDICES = {
    "range": lambda n: pd.RangeIndex(n),
    "words": lambda n: pd.Index([f"r{i}" for i in range(n)]),
    "all equal": lambda n: pd.Index([7] * n),
    "dates": lambda n: pd.date_range("2020-01-01", periods=n),
    "two levels": lambda n: pd.MultiIndex.from_arrays([range(n), ["a"] * n]),
}
NAMES = {
    "words": lambda d: [f"c{j}" for j in range(d)],
    "numbers": lambda d: list(range(d)),
    "all equal": lambda d: ["same"] * d,
    "strange": lambda d: (
        ["", " ", "é", "a.b", "[x]", "c" * 200][:d] + [f"c{j}" for j in range(6, d)]
    ),
    "words and numbers": lambda d: [j if j % 2 else f"c{j}" for j in range(d)],
    "missing": lambda d: [None, *(f"c{j}" for j in range(1, d))],
}


@dataclass(frozen=True)
class Recipe:
    """What a table is made of."""

    kinds: tuple
    n_rows: int
    names: str = "words"
    index: str = "range"
    as_array: bool = False
    seed: int = 0

    def table(self):
        """Make the table."""
        rng = np.random.default_rng(self.seed)
        columns = [pd.Series(KINDS[k](rng, self.n_rows)) for k in self.kinds]
        frame = pd.DataFrame(dict(enumerate(columns)))
        frame.columns = NAMES[self.names](len(columns))
        frame.index = INDICES[self.index](self.n_rows)
        return frame.to_numpy() if self.as_array else frame

    def labels(self, kind):
        """Make labels of a kind, after the table."""
        return LABELS[kind](np.random.default_rng(self.seed + 1), self.n_rows)


LABELS = {
    "0 and 1": lambda r, n: np.arange(n) % 2,
    "few ones": lambda r, n: (np.arange(n) % 10 == 0).astype(int),
    "-1, 0, 1": lambda r, n: np.arange(n) % 3 - 1,
    "words": lambda r, n: np.array(["unlabeled", "yes"] * n, dtype=object)[:n],
    "booleans": lambda r, n: np.arange(n) % 2 == 0,
    "a Series": lambda r, n: pd.Series(np.arange(n) % 2, index=np.arange(n)[::-1]),
    "categories": lambda r, n: pd.Series(pd.Categorical(np.arange(n) % 2)),
    "floats": lambda r, n: (np.arange(n) % 2).astype(float),
    "one class": lambda r, n: np.zeros(n, dtype=int),
    "a hole": lambda r, n: np.where(np.arange(n) == 1, np.nan, np.arange(n) % 2),
    "numbers": lambda r, n: r.normal(size=n),
    "too many": lambda r, n: np.arange(n + 1) % 2,
    "a column": lambda r, n: (np.arange(n) % 2)[:, None],
}


def _lists(kinds, most):
    return st.lists(st.sampled_from(tuple(kinds)), min_size=1, max_size=most)


def recipes():
    """Recipes of tables: most narrow, of columns that can be read and named apart."""
    wide = st.builds(
        lambda few, times: few * times, _lists(READ, 3), st.integers(10, 30)
    )
    kinds = st.one_of(*[_lists(READ, 6)] * 6, _lists(KINDS, 3), wide)
    return st.builds(
        Recipe,
        kinds=kinds.map(tuple),
        n_rows=st.sampled_from([60, 40, 200, 25, 12, 5, 2, 1, 0, 400]),
        names=st.sampled_from(["words"] * 6 + list(NAMES)),
        index=st.sampled_from(tuple(INDICES)),
        as_array=st.sampled_from([False, False, False, False, True]),
        seed=st.integers(0, 2**16),
    )


def labels():
    """Kinds of labels, most of them of two classes."""
    return st.sampled_from(["0 and 1", "few ones", "words"] * 3 + list(LABELS))
