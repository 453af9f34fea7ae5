"""Settings and data that all tests share."""

import os
from pathlib import Path

# Before scipy is imported: scikit-learn's array API checks are skipped without it.
os.environ["SCIPY_ARRAY_API"] = "1"
_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
if "SKGEN_DATA" not in os.environ and _DATA.is_dir():
    os.environ["SKGEN_DATA"] = str(_DATA)

import pytest  # noqa: E402
import torch  # noqa: E402


def pytest_collection_modifyitems(items):
    """Skip tests that need a GPU where there is none."""
    if torch.cuda.is_available():
        return
    skip = pytest.mark.skip(reason="needs a CUDA device")
    for item in items:
        if "gpu" in item.keywords:
            item.add_marker(skip)
