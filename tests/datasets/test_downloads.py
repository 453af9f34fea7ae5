"""Fetchers: how they locate, download and verify files."""

import gzip
import hashlib
import re
import sys
import zipfile
from pathlib import Path

import pytest

from skgen.datasets import (
    _adult,
    _avila,
    _base,
    _mnist,
    fetch_adult,
    fetch_avila,
    fetch_mnist10k,
)

FETCHERS = [fetch_avila, fetch_adult, fetch_mnist10k]


@pytest.fixture
def retrieve(monkeypatch):
    """Return a setter of what pooch.retrieve does with (url, path to write)."""
    pooch = pytest.importorskip("pooch")

    def install(write):
        calls = []

        def fake(url, known_hash, fname, path, **_):
            calls.append(url)
            write(url, Path(path) / fname)
            return str(Path(path) / fname)

        monkeypatch.setattr(pooch, "retrieve", fake)
        return calls

    return install


@pytest.fixture
def tiny_avila(monkeypatch):
    """Stand in two rows for Avila; returns a writer of its zip file."""
    row = ",".join(["0.5"] * 10)
    contents = {
        "train": f"{row},A\n{row},F\n".encode(),
        "test": f"{row},A\n{row},E\n".encode(),
    }
    files = {
        part: _base.DataFile(
            _avila._FILES[part].name, _avila._URL, hashlib.sha256(content).hexdigest()
        )
        for part, content in contents.items()
    }
    monkeypatch.setattr(_avila, "_FILES", files)

    def write(url, path, **replaced):
        with zipfile.ZipFile(path, "w") as archive:
            for part, file in files.items():
                archive.writestr(
                    f"avila/{file.name}", replaced.get(part, contents[part])
                )

    return write


def test_avila_download_is_cached_and_brings_both_parts(home, retrieve, tiny_avila):
    calls = retrieve(tiny_avila)
    X, y = fetch_avila(return_X_y=True)
    assert X.shape == (2, 10) and y.tolist() == ["A", "F"]
    assert fetch_avila(subset="all", download_if_missing=False).data.shape == (4, 10)
    assert calls == [_avila._URL]
    assert sorted(p.name for p in home.iterdir()) == ["avila-tr.txt", "avila-ts.txt"]


def test_skgen_data_comes_before_the_data_home(
    home, retrieve, tiny_avila, tmp_path, monkeypatch
):
    retrieve(tiny_avila)
    fetch_avila()
    given = tmp_path / "given"
    given.mkdir()
    (given / "avila-tr.txt").write_text("not Avila")
    monkeypatch.setenv("SKGEN_DATA", str(given))
    with pytest.raises(OSError, match=re.escape(str(given))):
        fetch_avila()
    assert fetch_avila(subset="test").data.shape == (2, 10)  # falls back to home


def test_adult_download_has_uci_layout(home, retrieve, data_folder):
    rows = gzip.decompress((data_folder / "adult.csv.gz").read_bytes()).partition(
        b"\n"
    )[2]
    published = _adult._as_published(rows)
    assert len(published) == 3974305  # the size of UCI's file

    def write(url, path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("adult.data", published)

    calls = retrieve(write)
    assert fetch_adult().data.shape == (32561, 14)
    assert (home / "adult.data").read_bytes() == published
    assert calls == ["https://archive.ics.uci.edu/static/public/2/adult.zip"]


def test_mnist_download_does_not_depend_on_the_gzip_header(home, retrieve, data_folder):
    def write(url, path):
        raw = gzip.decompress((data_folder / url.rpartition("/")[2]).read_bytes())
        path.write_bytes(gzip.compress(raw, compresslevel=1, mtime=1))

    calls = retrieve(write)
    assert fetch_mnist10k(return_X_y=True)[0].shape == (10000, 784)
    assert calls == [file.url for file in _mnist._FILES]


def test_wrong_checksum_names_file_and_both_sums(home, retrieve, tiny_avila):
    retrieve(lambda url, path: tiny_avila(url, path, test=b"tampered"))
    expected = _avila._FILES["test"].sha256
    received = hashlib.sha256(b"tampered").hexdigest()
    with pytest.raises(OSError, match=f"avila-ts.txt.*{expected}.*{received}"):
        fetch_avila()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("fetch", FETCHERS)
def test_a_login_page_instead_of_the_file_is_refused(home, retrieve, fetch):
    retrieve(lambda url, path: path.write_bytes(b"<html>Please log in</html>"))
    with pytest.raises(OSError, match="must have the content sha256"):
        fetch()
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("cut", [12, 5])
def test_a_damaged_cache_file_is_reported(home, cut):
    home.mkdir()
    whole = gzip.compress(b"pixels" * 99)
    (home / "t10k-images-idx3-ubyte.gz").write_bytes(whole[:-cut])
    (home / "t10k-labels-idx1-ubyte.gz").write_bytes(whole)
    with pytest.raises(OSError, match="whole gzip file.*delete .*t10k-images"):
        fetch_mnist10k()


def test_a_zip_without_the_file_is_refused(home, retrieve):
    def write(url, path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "moved")

    retrieve(write)
    with pytest.raises(OSError, match="must hold avila-tr.txt"):
        fetch_avila()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_interrupted_download_leaves_no_file(home, retrieve, error):
    def write(url, path):
        path.write_bytes(b"half")
        raise error("stop")

    retrieve(write)
    with pytest.raises(error):
        fetch_avila(n_retries=1, delay=0)
    assert list(home.iterdir()) == []


def test_interrupted_write_leaves_no_file(home, retrieve, tiny_avila, monkeypatch):
    retrieve(tiny_avila)
    write_bytes = Path.write_bytes

    def half(self, content):
        write_bytes(self, content[: len(content) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(KeyboardInterrupt):
        fetch_avila()
    assert list(home.iterdir()) == []


def test_download_is_tried_again(home, retrieve, tiny_avila):
    def write(url, path):
        if len(calls) < 3:
            raise ConnectionError("reset")
        tiny_avila(url, path)

    calls = retrieve(write)
    fetch_avila(n_retries=2, delay=0)
    assert len(calls) == 3


@pytest.mark.parametrize("fetch", FETCHERS)
def test_offline_error_is_one_line_with_the_remedy(home, retrieve, fetch):
    def write(url, path):
        raise ConnectionError("no route\nto host")

    calls = retrieve(write)
    with pytest.raises(OSError, match="set SKGEN_DATA.*by hand") as caught:
        fetch(n_retries=1, delay=0)
    message = str(caught.value)
    assert "\n" not in message and "no route" in message and str(home) in message
    assert calls[0] in message and "2 attempt" in message


@pytest.mark.parametrize("fetch", FETCHERS)
def test_download_if_missing_false_raises(home, fetch):
    with pytest.raises(OSError, match="download_if_missing=False.*SKGEN_DATA"):
        fetch(download_if_missing=False)
    assert not home.exists()


def test_without_pooch_the_error_names_the_extra(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install skgen\[datasets\]"):
        fetch_avila()


def test_pooch_logger_is_left_as_it_was(home, retrieve, tiny_avila):
    import pooch

    level = pooch.get_logger().level
    retrieve(tiny_avila)
    fetch_avila()
    assert pooch.get_logger().level == level
