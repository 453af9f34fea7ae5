"""Find, download and verify the files of a dataset; pack them into a Bunch."""

import gzip
import hashlib
import logging
import os
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

# What reading a damaged archive raises.
_DAMAGE = OSError, EOFError, zlib.error, zipfile.BadZipFile


@dataclass(frozen=True)
class DataFile:
    """One file of a dataset: its name, its publisher and its checksum.

    `sha256` is that of the content: unpacked when gzipped (the same content is
    published under several gzip headers), then passed through `canonical`.
    """

    name: str
    url: str
    sha256: str
    aliases: tuple[str, ...] = ()
    canonical: Callable[[bytes], bytes] = bytes


def get_data_home(data_home=None):
    """Return the folder that downloaded datasets are kept in.

    The folder is made by the first download, not by this function.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder. None means the environment variable `SKGEN_HOME` or, when that
        is unset, `~/skgen_data`. A leading `~` is expanded.

    Returns
    -------
    data_home : pathlib.Path
        Absolute path of the folder.

    Examples
    --------
    >>> from skgen.datasets import get_data_home
    >>> get_data_home("~/corpora").name
    'corpora'
    """
    if data_home is None:
        data_home = os.environ.get("SKGEN_HOME") or Path("~", "skgen_data")
    return Path(data_home).expanduser().absolute()


def read_files(wanted, data_home, download_if_missing, n_retries, delay, *, archive=()):
    """Return the verified contents (bytes) of the files `wanted`.

    Each is looked for in `SKGEN_DATA`, then in the data home, then downloaded. What a
    download brings of the other files in an `archive` is kept too.
    """
    if not isinstance(n_retries, Integral) or n_retries < 0:
        raise ValueError(
            f"n_retries must be an integer >= 0, got {n_retries!r}; "
            "0 means a single attempt."
        )
    if not isinstance(delay, Real) or not delay >= 0:
        raise ValueError(
            f"delay must be a number of seconds >= 0, got {delay!r}; 0 retries at once."
        )
    home = get_data_home(data_home)
    missing = [file for file in wanted if _find(file, home) is None]
    if missing and not download_if_missing:
        names = " and ".join(file.name for file in missing)
        raise OSError(
            f"{names} must be on disk when download_if_missing=False, but SKGEN_DATA "
            f"({os.environ.get('SKGEN_DATA') or 'not set'}) and {home} lack it; "
            f"{_remedy(missing, home)}, or pass download_if_missing=True."
        )
    for url in dict.fromkeys(file.url for file in missing):
        files = [f for f in archive or wanted if f.url == url and not _find(f, home)]
        _download(url, files, home, n_retries, delay)
    return [_read(file, _find(file, home)) for file in wanted]


def _find(file, home):
    """Return the path of `file`, or None."""
    given = os.environ.get("SKGEN_DATA")
    folders = [Path(given).expanduser(), home] if given else [home]
    names = (file.name, *file.aliases)
    paths = (folder / name for folder in folders for name in names)
    return next((path for path in paths if path.is_file()), None)


def _read(file, path):
    remedy = f"delete {path} to have it fetched again"
    return _verify(file, path.read_bytes(), path, remedy)


def _verify(file, raw, origin, remedy):
    """Return the canonical content of `raw`, or raise OSError."""
    try:
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except _DAMAGE as error:
        raise OSError(
            f"{file.name} from {origin} must be a whole gzip file, got a damaged "
            f"one ({error}); {remedy}."
        ) from None
    content = file.canonical(content)
    received = hashlib.sha256(content).hexdigest()
    if received != file.sha256:
        raise OSError(
            f"{file.name} from {origin} must have the content sha256 {file.sha256}, "
            f"got {received}; {remedy}."
        )
    return content


def _remedy(files, home):
    names = " and ".join(file.name for file in files)
    urls = " and ".join(dict.fromkeys(file.url for file in files))
    return (
        f"set SKGEN_DATA to a folder that holds {names}, or get {urls} by hand and "
        f"put {names} into {home}"
    )


def _download(url, files, home, n_retries, delay):
    """Put `files` into `home`, each of them whole and verified or not at all."""
    home.mkdir(parents=True, exist_ok=True)
    remedy = _remedy(files, home)
    # Beside the files, since os.replace is atomic within one file system only.
    with tempfile.TemporaryDirectory(prefix=".skgen-", dir=home) as scratch:
        received = _retrieve(url, scratch, remedy, n_retries, delay)
        for file in files:
            raw = _extract(file, received, url, remedy)
            _verify(file, raw, url, remedy)
            Path(scratch, file.name).write_bytes(raw)
        for file in files:
            os.replace(Path(scratch, file.name), home / file.name)


def _retrieve(url, folder, remedy, n_retries, delay):
    """Download `url` into `folder` and return the path."""
    try:
        import pooch
    except ImportError:
        raise ImportError(
            f"Downloading {url} needs pooch, which is not installed; "
            f"run `pip install skgen[datasets]`, or {remedy}."
        ) from None

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)  # it would print the sum as one to be trusted
    try:
        for attempt in range(n_retries + 1):
            time.sleep(delay if attempt else 0)
            try:
                return pooch.retrieve(url, None, fname="received", path=folder)
            except OSError as error:  # requests' exceptions are OSErrors
                reason = f"{type(error).__name__}: {error}".splitlines()[0][:160]
    finally:
        logger.setLevel(level)
    raise OSError(
        f"Could not download {url} in {n_retries + 1} attempt(s) ({reason}); {remedy}."
    )


def _extract(file, received, url, remedy):
    """Return the bytes of `file`: a member of the zip, or the download itself."""
    if not zipfile.is_zipfile(received):
        return Path(received).read_bytes()
    try:
        with zipfile.ZipFile(received) as archive:
            for member in archive.namelist():
                if Path(member).name == file.name:
                    return archive.read(member)
    except _DAMAGE as error:
        raise OSError(
            f"{url} must be a whole zip file, got a damaged one ({error}); {remedy}."
        ) from None
    raise OSError(f"{url} must hold {file.name}, got a zip file without it; {remedy}.")


def make_result(X, y, files, *, as_frame, return_X_y, descr, **fields):
    """Return `X` (DataFrame) and `y` (Series) in the form that was asked for.

    A Bunch has the description in the file `descr`, and what is known of the origin.
    """
    frame = pd.concat([X, y], axis=1) if as_frame and not return_X_y else None
    fields["feature_names"] = list(X.columns)
    if not as_frame:
        X = np.array(X, order="C")  # a copy, since pandas' own arrays are read-only
        y = np.array(y.tolist())
    if return_X_y:
        return X, y
    return make_bunch(files, descr=descr, data=X, target=y, frame=frame, **fields)


def make_bunch(files, *, descr, **fields):
    """Return a Bunch with a description and what is known of the origin."""
    origin = ("source", "license", "doi")
    details = {name: fields.pop(name) for name in origin if name in fields}
    details["urls"] = tuple(dict.fromkeys(file.url for file in files))
    details["sha256"] = {file.name: file.sha256 for file in files}
    text = Path(__file__).with_name("descr").joinpath(descr).read_text("utf-8")
    return Bunch(DESCR=text, details=details, **fields)
