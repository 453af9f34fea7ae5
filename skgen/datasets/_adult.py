"""Adult: census income, a table of mixed types (Becker and Kohavi, 1996)."""

import re
from io import BytesIO

import numpy as np
import pandas as pd

from skgen.datasets._base import DataFile, make_result, read_files

_DTYPES = {
    "age": "int64",
    "workclass": "category",
    "fnlwgt": "int64",
    "education": "category",
    "education-num": "int64",
    "marital-status": "category",
    "occupation": "category",
    "relationship": "category",
    "race": "category",
    "sex": "category",
    "capital-gain": "int64",
    "capital-loss": "int64",
    "hours-per-week": "int64",
    "native-country": "category",
}


def _as_published(content):
    """Return the rows as UCI writes them: ", " between fields, a blank line last."""
    content = content.replace(b"\r\n", b"\n").removeprefix(b"\xef\xbb\xbf")
    if content.startswith(b"age,"):
        content = content.partition(b"\n")[2]
    return re.sub(rb", *", b", ", content).rstrip(b"\n") + b"\n\n"


_FILE = DataFile(
    name="adult.data",
    url="https://archive.ics.uci.edu/static/public/2/adult.zip",
    sha256="5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
    aliases=("adult.csv.gz", "adult.csv"),
    canonical=_as_published,
)


def fetch_adult(
    *,
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=True,
    n_retries=3,
    delay=1.0,
):
    """Load the Adult census income dataset (binary classification, mixed types).

    The file is looked for in the folder named by the environment variable
    `SKGEN_DATA` (`adult.data`, `adult.csv.gz` or `adult.csv`), then in `data_home`,
    and is downloaded from the UCI repository [1]_ otherwise. Its rows are verified
    by the sha256 sum of UCI's file whenever it is read.

    =================   ==============
    Classes                          2
    Samples total                32561
    Dimensionality                  14
    Features             6 int, 8 category
    =================   ==============

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder for downloaded files; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an OSError when the file is not on disk.
    return_X_y : bool, default=False
        If True, return `(data, target)` instead of a Bunch.
    as_frame : bool, default=True
        If True, `data` is a DataFrame with columns of dtype int64 and category, and
        `target` a Series of strings. If False, they are an object array, with
        missing values as NaN, and an array of strings.
    n_retries : int, default=3
        Number of further attempts, >= 0, when a download fails.
    delay : float, default=1.0
        Seconds between attempts, >= 0.

    Returns
    -------
    data : Bunch
        With the attributes

        data : DataFrame or ndarray of shape (32561, 14)
            "?" is read as missing; blanks around values are stripped.
        target : Series or ndarray of str of shape (32561,)
            `"<=50K"` or `">50K"`.
        feature_names : list of str
            Column names.
        target_names : ndarray of shape (2,)
            The two labels, sorted.
        frame : DataFrame of shape (32561, 15) or None
            Data and target together, when `as_frame=True`.
        DESCR : str
            Description with the source and the license.
        details : dict
            Source, license, DOI, URLs and checksums.
    (data, target) : tuple
        If `return_X_y=True`.

    Raises
    ------
    OSError
        If the file is missing and may not or cannot be downloaded, or if its
        checksum is wrong.
    ImportError
        If a download is needed and pooch is not installed.
    ValueError
        If a parameter is out of range.

    References
    ----------
    .. [1] B. Becker and R. Kohavi (1996). Adult. UCI machine learning repository.
       https://doi.org/10.24432/C5XW20

    Examples
    --------
    >>> from skgen.datasets import fetch_adult
    >>> X, y = fetch_adult(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (32561, 14)
    >>> int(X["workclass"].isna().sum())  # doctest: +SKIP
    1836
    """
    (content,) = read_files([_FILE], data_home, download_if_missing, n_retries, delay)
    frame = pd.read_csv(
        BytesIO(content),
        header=None,
        names=[*_DTYPES, "income"],
        dtype=_DTYPES,
        skipinitialspace=True,
        na_values="?",
        keep_default_na=False,
    )
    return make_result(
        frame[list(_DTYPES)],
        frame["income"],
        [_FILE],
        as_frame=as_frame,
        return_X_y=return_X_y,
        target_names=np.unique(frame["income"].tolist()),
        descr="adult.rst",
        source="UCI machine learning repository, id 2",
        license="CC BY 4.0",
        doi="10.24432/C5XW20",
    )
