"""Settings and data that all tests share."""

import os
import sys
from pathlib import Path

# Before scipy is imported: scikit-learn's array API checks are skipped without it.
os.environ["SCIPY_ARRAY_API"] = "1"
_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
if "SKGEN_DATA" not in os.environ and _DATA.is_dir():
    os.environ["SKGEN_DATA"] = str(_DATA)
# The table of tiny estimators is imported as `instances` by tests of every folder.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402


def pytest_collection_modifyitems(config, items):
    """Leave out the nightly tests unless asked for; skip those without their GPU."""
    if "nightly" not in config.getoption("-m"):
        left_out = [item for item in items if "nightly" in item.keywords]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if "nightly" not in item.keywords]
    if torch.cuda.is_available():
        return
    skip = pytest.mark.skip(reason="needs a CUDA device")
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(skip)


def draw_pu(n=160, n_features=4, share=0.5, seed=0):
    """Rows of two Gaussians, PU labels with 1 for labeled, and the hidden classes."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.5).astype(int)
    X = rng.normal(size=(n, n_features)) + 1.5 * y[:, None]
    s = ((y == 1) & (rng.random(n) < share)).astype(int)
    return X, s, y


def draw_mixed(n=160, seed=0):
    """Return a DataFrame of every kind of column, PU labels and the hidden classes."""
    rng = np.random.default_rng(seed)
    X, s, y = draw_pu(n, 3, seed=seed)
    group = np.where(rng.random(n) < 0.8, y, 1 - y)
    frame = pd.DataFrame(
        {
            "number": X[:, 0],
            "single": X[:, 1].astype(np.float32),
            "count": np.round(10 * X[:, 2]).astype(np.int64),
            "flag": rng.random(n) < 0.5,
            "category": pd.Categorical(np.array(["red", "blue"])[group]),
            "word": np.array(["no", "yes"])[rng.integers(0, 2, n)],
            "nullable": pd.array(rng.integers(0, 9, n), dtype="Int64"),
            "missing": np.where(rng.random(n) < 0.2, np.nan, X[:, 0]),
        }
    )
    frame.loc[frame.index[:5], "nullable"] = pd.NA
    frame.loc[frame.index[5:9], "word"] = None
    return frame, s, y


@pytest.fixture(scope="session")
def pu_data():
    """Small PU data: rows, labels, hidden classes; not to be changed."""
    return draw_pu()


@pytest.fixture(scope="session")
def mixed_data():
    """Small mixed table: rows, labels, hidden classes; not to be changed."""
    return draw_mixed()


@pytest.fixture(name="draw_pu")
def _draw_pu():
    return draw_pu


@pytest.fixture(name="draw_mixed")
def _draw_mixed():
    return draw_mixed
