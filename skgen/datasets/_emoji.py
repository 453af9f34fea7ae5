"""The same emoji drawn by two houses: pairs for re-identification."""

import json
from io import BytesIO

import numpy as np
import pandas as pd

from skgen.datasets._base import DataFile, make_result, read_files

HOUSES = ("google", "twitter")
_SIDE, _TILE = 32, 34
_URL = "https://raw.githubusercontent.com/iamcal/emoji-data/v16.0.0/"
_FILES = (
    DataFile(
        name="emoji.json",
        url=_URL + "emoji.json",
        sha256="1d602e65be88772bf8cc368ce16b855d719eeddbafe128d471b80203f494d29f",
        aliases=("emoji.json.gz",),
    ),
    DataFile(
        name="sheet_google_32_clean.png",
        url=_URL + "sheets-clean/sheet_google_32_clean.png",
        sha256="b417e9f6cd4bbc10656bbfd5e13b6e9a2545b55e6a4cf7312d75be1faaa34952",
    ),
    DataFile(
        name="sheet_twitter_32_clean.png",
        url=_URL + "sheets-clean/sheet_twitter_32_clean.png",
        sha256="2767ef2e87cbfb6cc12ac46596c339549afaf0ae8771cf51100c8853f6bde632",
    ),
)


def fetch_emoji_pairs(
    *,
    subset="all",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
    n_retries=3,
    delay=1.0,
):
    """Load the emoji that Google and Twitter both drew, as flat colour images.

    The identity of a row is its emoji, its camera the house that drew it. The files are
    looked for in the folder named by the environment variable `SKGEN_DATA`, then in
    `data_home`, and are downloaded from the repository iamcal/emoji-data otherwise.
    Every file is verified by its sha256 sum whenever it is read.

    =================   ===============
    Identities                     1911
    Cameras                           2
    Samples total                  3822
    Dimensionality                 3072
    Features            integers 0..255
    =================   ===============

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        ``"train"``: the first 1,400 identities of a permutation with seed 0;
        ``"test"``: the other 511.
    data_home : str or path-like, default=None
        Folder for downloaded files; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an OSError when a file is not on disk.
    return_X_y : bool, default=False
        If True, return `(data, target)` instead of a Bunch.
    as_frame : bool, default=False
        If True, `data` is a DataFrame and `target` a Series.
    n_retries : int, default=3
        Number of further attempts, >= 0, when a download fails.
    delay : float, default=1.0
        Seconds between attempts, >= 0.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray or DataFrame of shape (n_samples, 3072), uint8
            Flat rows in C order over white: ``image_shape=(32, 32, 3)``. First those
            of Google, then those of Twitter, in the same order.
        target : ndarray or Series of shape (n_samples,), int64
            The identity, 0 to 1910.
        groups : ndarray of str, shape (n_samples,)
            The house.
        names, categories : ndarray of str, shape (n_samples,)
            Name and category of the emoji.
        feature_names : list of str
            Row, column and channel of each pixel, `pixel_0_0_0` to `pixel_31_31_2`.
        frame : DataFrame of shape (n_samples, 3073) or None
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
        If a file is missing and may not or cannot be downloaded, or if its checksum is
        wrong.
    ImportError
        If Pillow is not installed, or pooch where a download is needed.
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> from skgen.datasets import fetch_emoji_pairs
    >>> emoji = fetch_emoji_pairs(subset="test")  # doctest: +SKIP
    >>> emoji.data.shape, sorted(set(emoji.groups.tolist()))  # doctest: +SKIP
    ((1022, 3072), ['google', 'twitter'])
    """
    if subset not in ("all", "train", "test"):
        raise ValueError(f"subset must be 'all', 'train' or 'test', got {subset!r}.")
    table, *sheets = read_files(
        _FILES, data_home, download_if_missing, n_retries, delay
    )
    emoji = json.loads(table)
    chosen = np.random.RandomState(0).permutation(len(emoji))
    parts = {
        "all": np.arange(len(emoji)),
        "train": chosen[:1400],
        "test": chosen[1400:],
    }
    chosen = parts[subset]
    images = np.concatenate([_tiles(sheet, emoji)[chosen] for sheet in sheets])
    identity = np.tile(chosen, 2)
    names = [
        f"pixel_{row}_{column}_{channel}"
        for row in range(_SIDE)
        for column in range(_SIDE)
        for channel in range(3)
    ]

    def told(field):
        return np.array([emoji[i][field] for i in identity])

    return make_result(
        pd.DataFrame(images.reshape(len(images), -1), columns=names),
        pd.Series(identity, name="emoji"),
        _FILES,
        as_frame=as_frame,
        return_X_y=return_X_y,
        groups=np.repeat(HOUSES, len(chosen)),
        names=told("name"),
        categories=told("category"),
        descr="emoji.rst",
        source="github.com/iamcal/emoji-data, v16.0.0",
        license="Google: Apache-2.0; Twitter: CC BY 4.0",
    )


def read_picture(file):
    """Read a picture by Pillow as an array of bytes, with its channels last."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "Reading pictures needs Pillow, which is not installed; run "
            "`pip install skgen[datasets]`."
        ) from None
    with Image.open(file) as picture:
        kept = picture.mode in ("RGB", "RGBA")
        return np.asarray(picture if kept else picture.convert("RGB"))


def _tiles(sheet, emoji):
    """Cut the sheet of a house into images over white, (n_emoji, 32, 32, 3)."""
    sheet = read_picture(BytesIO(sheet))
    corners = [(_TILE * e["sheet_y"] + 1, _TILE * e["sheet_x"] + 1) for e in emoji]
    tiles = np.stack([sheet[y : y + _SIDE, x : x + _SIDE] for y, x in corners])
    alpha = tiles[..., 3:] / 255.0
    return np.rint(tiles[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
