"""Bach's chorales as sequences of chords."""

import json

import numpy as np

from skgen.datasets._base import DataFile, make_bunch, read_files

N_SLOTS = 5
_PARTS = ("train", "valid", "test")
_FILE = DataFile(
    name="chorales-quarter.json",
    url=(
        "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/master/"
        "jsb-chorales-quarter.json"
    ),
    sha256="2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91",
    aliases=("chorales-quarter.json.gz", "jsb-chorales-quarter.json"),
)


def fetch_chorales(
    *,
    subset="train",
    data_home=None,
    download_if_missing=True,
    n_retries=3,
    delay=1.0,
):
    """Load Bach's four-part chorales, a chord each quarter note.

    The file is looked for in the folder named by the environment variable `SKGEN_DATA`,
    then in `data_home`, and is downloaded from the repository
    czhuang/JSB-Chorales-dataset otherwise. It is verified by its sha256 sum whenever it
    is read.

    =================   ==========================
    Samples                229 / 76 / 77
    Steps                      25 to 160
    Features            5 notes a step, MIDI or 0
    =================   ==========================

    Parameters
    ----------
    subset : {"train", "valid", "test", "all"}, default="train"
        Part of the split of Boulanger-Lewandowski et al., ICML 2012, or all three in
        this order.
    data_home : str or path-like, default=None
        Folder for downloaded files; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an OSError when a file is not on disk.
    n_retries : int, default=3
        Number of further attempts, >= 0, when a download fails.
    delay : float, default=1.0
        Seconds between attempts, >= 0.

    Returns
    -------
    data : Bunch
        With the attributes

        data : ndarray of shape (n_samples, 800), float64
            Flat rows in C order: ``sequence_shape=(160, 5)``. A step holds the MIDI
            numbers of its notes, the highest first, then zeros; a piece ends in NaN.
            See :func:`rows_to_chords`.
        target : ndarray of shape (n_samples,), int64
            Steps of each piece.
        sequence_shape : tuple of int
            (160, 5).
        DESCR : str
            Description with the source and the license.
        details : dict
            Source, license, URLs and checksums.

    Raises
    ------
    OSError
        If a file is missing and may not or cannot be downloaded, or if its checksum is
        wrong.
    ImportError
        If pooch is not installed where a download is needed.
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> from skgen.datasets import fetch_chorales
    >>> chorales = fetch_chorales(subset="test")  # doctest: +SKIP
    >>> chorales.data.shape  # doctest: +SKIP
    (77, 800)
    """
    if subset not in (*_PARTS, "all"):
        raise ValueError(
            f"subset must be 'train', 'valid', 'test' or 'all', got {subset!r}."
        )
    (text,) = read_files((_FILE,), data_home, download_if_missing, n_retries, delay)
    parts = json.loads(text)
    longest = max(len(piece) for pieces in parts.values() for piece in pieces)
    chosen = _PARTS if subset == "all" else (subset,)
    pieces = [piece for part in chosen for piece in parts[part]]
    return make_bunch(
        (_FILE,),
        data=chords_to_rows(pieces, n_steps=longest),
        target=np.array([len(piece) for piece in pieces]),
        sequence_shape=(longest, N_SLOTS),
        descr="chorales.rst",
        source="github.com/czhuang/JSB-Chorales-dataset",
        license="public domain",
    )


def chords_to_rows(pieces, *, n_slots=N_SLOTS, n_steps=None):
    """Write pieces of chords as flat rows.

    Parameters
    ----------
    pieces : list of list of list of int
        For each piece, for each step, the notes that sound, as MIDI numbers from 1.
    n_slots : int, default=5
        Notes that a step has room for.
    n_steps : int, default=None
        Steps of a row; None for those of the longest piece.

    Returns
    -------
    X : ndarray of shape (n_pieces, n_steps * n_slots), float64
        The notes of a step, the highest first, then zeros; NaN after the end.

    Raises
    ------
    ValueError
        If a step has more notes than slots, a note twice or one below 1, or a piece
        more steps.

    Examples
    --------
    >>> from skgen.datasets import chords_to_rows
    >>> chords_to_rows([[[60, 64], []], [[67]]], n_slots=2)
    array([[64., 60.,  0.,  0.],
           [67.,  0., nan, nan]])
    """
    longest = max((len(piece) for piece in pieces), default=0)
    n_steps = longest if n_steps is None else n_steps
    if longest > n_steps:
        raise ValueError(
            f"n_steps must be at least that of the longest piece, {longest}, got "
            f"{n_steps}."
        )
    X = np.full((len(pieces), n_steps, n_slots), np.nan)
    for i, piece in enumerate(pieces):
        for t, chord in enumerate(piece):
            notes = sorted(set(chord), reverse=True)
            if (
                len(notes) != len(chord)
                or len(notes) > n_slots
                or min(chord, default=1) < 1
            ):
                raise ValueError(
                    f"pieces must hold chords of at most {n_slots} different notes "
                    f"from 1, got {list(chord)} in piece {i}, step {t}."
                )
            X[i, t] = 0.0
            X[i, t, : len(notes)] = notes
    return X.reshape(len(pieces), -1)


def rows_to_chords(X, *, n_slots=N_SLOTS):
    """Read pieces of chords from flat rows.

    Parameters
    ----------
    X : array-like of shape (n_pieces, n_steps * n_slots)
        Rows as :func:`chords_to_rows` writes them, or draws like them: notes may be in
        any order, and twice.
    n_slots : int, default=5
        Notes of a step.

    Returns
    -------
    pieces : list of list of list of int
        For each piece, for each step, its notes from low to high, as MIDI numbers.

    Raises
    ------
    ValueError
        If rows have another length than steps of `n_slots` need.

    Examples
    --------
    >>> from skgen.datasets import chords_to_rows, rows_to_chords
    >>> rows_to_chords(chords_to_rows([[[60, 64], []], [[67]]]))
    [[[60, 64], []], [[67]]]
    """
    steps = _steps(X, n_slots)
    pieces = []
    for piece in steps:
        inside = piece[~np.isnan(piece).any(axis=1)]
        pieces.append([sorted({int(n) for n in chord if n > 0}) for chord in inside])
    return pieces


def transpose_chords(X, most=5):
    """Rows of chords in other keys, to learn from.

    Parameters
    ----------
    X : array-like of shape (n_pieces, n_columns)
        Rows as :func:`chords_to_rows` writes them: notes from 1, 0 for none, NaN after
        the end.
    most : int, default=5
        Half tones up and down.

    Returns
    -------
    X_new : ndarray of shape (2 * most * n_pieces, n_columns)
        The rows lower by `most` to higher by `most`, in blocks; those of `X` themselves
        are not among them.

    Examples
    --------
    >>> import numpy as np
    >>> from skgen.datasets import transpose_chords
    >>> transpose_chords(np.array([[64.0, 60.0, 0.0]]), most=1)
    array([[63., 59.,  0.],
           [65., 61.,  0.]])
    """
    X = np.asarray(X, dtype=np.float64)
    shifts = [k for k in range(-most, most + 1) if k]
    return np.concatenate([np.where(X > 0, X + k, X) for k in shifts])


def _steps(X, n_slots):
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] % n_slots:
        raise ValueError(
            f"X must hold rows of steps of {n_slots} notes, got shape {X.shape}; pass "
            "the n_slots of these rows."
        )
    return X.reshape(len(X), -1, n_slots)
