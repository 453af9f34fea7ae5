"""Avila: who copied a row of the Avila Bible (De Stefano et al., 2018)."""

import numpy as np
import pandas as pd

from skgen.datasets._base import DataFile, make_result, read_files

_URL = "https://archive.ics.uci.edu/static/public/459/avila.zip"
_FILES = {
    "train": DataFile(
        name="avila-tr.txt",
        url=_URL,
        sha256="493332af20f750a6b0f7b0c581dd2236bb68a8ace52b412aea1c9c82b2076357",
    ),
    "test": DataFile(
        name="avila-ts.txt",
        url=_URL,
        sha256="0ec227d595dd8d8dc6804a7139c8b6d6e00e21aaea0d9052085057aa98c3e589",
    ),
}
_FEATURES = (
    "intercolumnar_distance",
    "upper_margin",
    "lower_margin",
    "exploitation",
    "row_number",
    "modular_ratio",
    "interlinear_spacing",
    "weight",
    "peak_number",
    "modular_ratio_interlinear_spacing",
)
_PAGE_FEATURES = _FEATURES[:3]


def fetch_avila(
    *,
    subset="train",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Load the Avila dataset (12-class classification of copyists).

    The files are looked for in the folder named by the environment variable
    `SKGEN_DATA`, then in `data_home`, and are downloaded from the UCI repository
    [1]_ otherwise. Every file is verified by its sha256 sum whenever it is read.

    =================   ==============
    Classes                         12
    Samples total                20867
    Dimensionality                  10
    Features                      real
    =================   ==============

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The publishers' 10,430 training rows, their 10,437 test rows, or the
        training rows followed by the test rows.
    data_home : str or path-like, default=None
        Folder for downloaded files; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an OSError when the files are not on disk.
    return_X_y : bool, default=False
        If True, return `(data, target)` instead of a Bunch.
    as_frame : bool, default=False
        If True, `data` is a DataFrame and `target` a Series named `"copyist"`.
    n_retries : int, default=3
        Number of further attempts, >= 0, when a download fails.
    delay : float, default=1.0
        Seconds between attempts, >= 0.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray or DataFrame of shape (n_samples, 10), float64
            The ten measures of each block of text.
        target : ndarray of str or Series of shape (n_samples,)
            The copyist, a letter.
        feature_names : list of str
            Column names, in UCI's order F1 to F10.
        target_names : ndarray of shape (12,)
            The letters, sorted.
        frame : DataFrame of shape (n_samples, 11) or None
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
        If a file is missing and may not or cannot be downloaded, or if its checksum
        is wrong.
    ImportError
        If a download is needed and pooch is not installed.
    ValueError
        If a parameter is out of range.

    Warnings
    --------
    The published split leaks the pages of the manuscript: rows of one page share
    the first three columns exactly, and 99.98 % of the test rows lie on a page that
    has training rows, so that a page lookup alone reaches 99 % accuracy for copyists
    {A, F} against the others. Use :func:`avila_pages` to hold out whole pages when
    the figure is meant for a new page.

    See Also
    --------
    avila_pages : The page of each row.
    load_avila_split : Ready splits for PU, PNU and supervised learning.

    References
    ----------
    .. [1] C. De Stefano, M. Maniaci, F. Fontanella and A. Scotto di Freca (2018).
       Reliable writer identification in medieval manuscripts through page layout
       features: The "Avila" Bible case. Engineering Applications of Artificial
       Intelligence 72, 99-110. Data: https://doi.org/10.24432/C5K02X

    Examples
    --------
    >>> from skgen.datasets import fetch_avila
    >>> avila = fetch_avila(subset="train")  # doctest: +SKIP
    >>> avila.data.shape  # doctest: +SKIP
    (10430, 10)
    >>> print(*avila.target_names)  # doctest: +SKIP
    A B C D E F G H I W X Y
    """
    if subset not in ("train", "test", "all"):
        raise ValueError(
            f"subset must be 'train', 'test' or 'all', got {subset!r}; "
            "'all' is the training rows followed by the test rows."
        )
    parts = ("train", "test") if subset == "all" else (subset,)
    files = _FILES.values()
    wanted = [_FILES[part] for part in parts]
    contents = read_files(
        wanted, data_home, download_if_missing, n_retries, delay, archive=files
    )
    fields = np.array([line.split(b",") for line in b"\n".join(contents).split()])
    fields = fields.astype(str)
    return make_result(
        pd.DataFrame(fields[:, :-1].astype(np.float64), columns=list(_FEATURES)),
        pd.Series(fields[:, -1], name="copyist"),
        files,
        as_frame=as_frame,
        return_X_y=return_X_y,
        target_names=np.unique(fields[:, -1]),
        descr="avila.rst",
        source="UCI machine learning repository, id 459",
        license="CC BY 4.0",
        doi="10.24432/C5K02X",
    )


def avila_pages(X):
    """Return the manuscript page of each Avila row, to be used as `groups`.

    Rows of one page share the intercolumnar distance and both margins exactly, so a
    page is a group of rows with equal F1, F2 and F3. The whole dataset has 759 of
    them, of about 27 rows.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Avila rows as :func:`fetch_avila` returns them, not rescaled per part. A
        DataFrame is read by its column names, an array by its first three columns.

    Returns
    -------
    pages : ndarray of shape (n_samples,), int64
        Numbers 0, 1, ... in the lexicographic order of (F1, F2, F3). They depend on
        the rows given: number training and test rows together.

    Raises
    ------
    ValueError
        If `X` is not 2-dimensional with at least three columns.

    See Also
    --------
    sklearn.model_selection.GroupKFold : Cross-validation that keeps groups whole.

    Examples
    --------
    >>> from skgen.datasets import avila_pages
    >>> avila_pages([[0.2, 1.0, 3.0, 7.0], [0.1, 1.0, 3.0, 8.0], [0.2, 1.0, 3.0, 9.0]])
    array([1, 0, 1])
    """
    if hasattr(X, "columns") and set(_PAGE_FEATURES) <= set(X.columns):
        X = X[list(_PAGE_FEATURES)]
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] < 3:
        raise ValueError(
            "X must have shape (n_samples, n_features) with n_features >= 3, got "
            f"{X.shape}; pass the columns of fetch_avila, F1 to F3 first."
        )
    groups = pd.DataFrame(X[:, :3]).groupby([0, 1, 2], dropna=False)
    return groups.ngroup().to_numpy(dtype=np.int64, copy=True)
