"""MNIST, the 10,000 test images (LeCun et al., 1998)."""

import numpy as np
import pandas as pd

from skgen.datasets._base import DataFile, make_result, read_files

_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
# Sums of the unpacked files: mirrors differ in the time stamps of their gzip headers.
_FILES = (
    DataFile(
        name="t10k-images-idx3-ubyte.gz",
        url=_URL + "t10k-images-idx3-ubyte.gz",
        sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        aliases=("t10k-images-idx3-ubyte",),
    ),
    DataFile(
        name="t10k-labels-idx1-ubyte.gz",
        url=_URL + "t10k-labels-idx1-ubyte.gz",
        sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        aliases=("t10k-labels-idx1-ubyte",),
    ),
)


def fetch_mnist10k(
    *,
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Load the 10,000 MNIST test images as flat rows (10 classes).

    A download of 1.7 MB that is enough for examples and tests. The files are looked
    for in the folder named by the environment variable `SKGEN_DATA`, then in
    `data_home`, and are downloaded otherwise [1]_. Their unpacked content is
    verified by its sha256 sum whenever they are read.

    =================   ===============
    Classes                          10
    Samples total                 10000
    Dimensionality                  784
    Features            integers 0..255
    =================   ===============

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder for downloaded files; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an OSError when the files are not on disk.
    return_X_y : bool, default=False
        If True, return `(data, target)` instead of a Bunch.
    as_frame : bool, default=False
        If True, `data` is a DataFrame with columns `pixel_0_0` to `pixel_27_27`
        (row, column) and `target` a Series named `"digit"`.
    n_retries : int, default=3
        Number of further attempts, >= 0, when a download fails.
    delay : float, default=1.0
        Seconds between attempts, >= 0.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray or DataFrame of shape (10000, 784), uint8
            Flat rows in C order: `image_shape=(28, 28)`.
        target : ndarray or Series of shape (10000,), int64
            The digit, 0 to 9.
        images : ndarray of shape (10000, 28, 28), uint8
            The same pixels, unflattened.
        feature_names : list of str
            Row and column of each pixel, `pixel_0_0` to `pixel_27_27`.
        target_names : ndarray of shape (10,)
            The digits.
        frame : DataFrame of shape (10000, 785) or None
            Data and target together, when `as_frame=True`.
        DESCR : str
            Description with the source and the license.
        details : dict
            Source, license, URLs and checksums.
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

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998). Gradient-based
       learning applied to document recognition. Proceedings of the IEEE 86,
       2278-2324. https://doi.org/10.1109/5.726791

    Examples
    --------
    >>> from skgen.datasets import fetch_mnist10k
    >>> mnist = fetch_mnist10k()  # doctest: +SKIP
    >>> mnist.data.shape, mnist.images.shape  # doctest: +SKIP
    ((10000, 784), (10000, 28, 28))
    >>> mnist.target[:3]  # doctest: +SKIP
    array([7, 2, 1])
    """
    images, digits = read_files(
        _FILES, data_home, download_if_missing, n_retries, delay
    )
    # IDX: big-endian magic number, number of items and extents; then the bytes.
    images = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28).copy()
    digits = np.frombuffer(digits, np.uint8, offset=8).astype(np.int64)
    names = [f"pixel_{row}_{column}" for row in range(28) for column in range(28)]
    return make_result(
        pd.DataFrame(images.reshape(-1, 784), columns=names),
        pd.Series(digits, name="digit"),
        _FILES,
        as_frame=as_frame,
        return_X_y=return_X_y,
        images=images,
        target_names=np.arange(10),
        descr="mnist.rst",
        source="yann.lecun.com, mirrored by PyTorch",
        license="CC BY-SA 3.0",
    )
