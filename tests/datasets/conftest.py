"""Where the datasets of these tests come from."""

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
_DATA = Path(os.environ.get("SKGEN_DATA") or _DEFAULT)


@pytest.fixture(scope="session")
def data_folder():
    """Return the folder of the real data; skip where there is none."""
    if not (_DATA / "avila-tr.txt").is_file():
        pytest.skip(f"real data not found in {_DATA}; set SKGEN_DATA")
    return _DATA


@pytest.fixture
def real_data(data_folder, monkeypatch, tmp_path):
    """Let the fetchers read the real data, and nothing else."""
    monkeypatch.setenv("SKGEN_DATA", str(data_folder))
    monkeypatch.setenv("SKGEN_HOME", str(tmp_path / "home"))


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Give an empty data home, and nothing in SKGEN_DATA."""
    monkeypatch.delenv("SKGEN_DATA", raising=False)
    monkeypatch.setenv("SKGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
