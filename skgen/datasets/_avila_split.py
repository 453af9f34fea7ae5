"""One split of Avila for PU, PNU and supervised learning (the lecture's settings)."""

import numpy as np
from sklearn.utils import Bunch

from skgen.datasets._avila import avila_pages, fetch_avila

from ..encoding.random_state import own_generator

_N_TRAIN = 10430
# Copyists of class 0, 1, ...; "" stands for the others.
_BINARY, _TERNARY = ("", "AF"), ("A", "EF", "")
# Copyists, labeled rows of each class (None: all rows), label of unlabeled rows.
_SETTINGS = {
    "pu": (_BINARY, {1: 2000}, 0),
    "pnu": (_BINARY, {0: 2000, 1: 2000}, -1),
    "pn": (_BINARY, {0: 2000, 1: 2000}, None),
    "pn_all": (_BINARY, None, None),
    "multiclass_u": (_TERNARY, {0: 1000, 1: 1000, 2: 1000}, -1),
    "multiclass": (_TERNARY, {0: 1000, 1: 1000, 2: 1000}, None),
    "multiclass_all": (_TERNARY, None, None),
}


def load_avila_split(
    setting,
    *,
    random_state,
    pages_held_out=False,
    data_home=None,
    download_if_missing=True,
):
    """Load one split of Avila for PU, PNU or supervised learning.

    The data are two-sample: labeled rows are drawn from their class in the training
    part, and the unlabeled sample is the whole training part, so a labeled row
    appears a second time among the unlabeled ones. The training rows are shuffled.

    Parameters
    ----------
    setting : str
        What the learner is given.

        ================  ===========================  ==========================
        Setting           Training labels              Training rows
        ================  ===========================  ==========================
        "pu"              1 positive, 0 unlabeled      2000 P, all U
        "pnu"             1, 0, -1 unlabeled           2000 P, 2000 N, all U
        "pn"              1, 0                         2000 P, 2000 N
        "pn_all"          1, 0                         all
        "multiclass_u"    0, 1, 2, -1 unlabeled        1000 of each class, all U
        "multiclass"      0, 1, 2                      1000 of each class
        "multiclass_all"  0, 1, 2                      all
        ================  ===========================  ==========================

        Positive are the copyists A and F. The three classes are A, {E, F} and the
        others. "All" is 10,430 rows on the published split.
    random_state : int, RandomState instance or None
        Controls the labeled rows, the order and, with `pages_held_out`, the pages.
        Pass an int for a reproducible split.
    pages_held_out : bool, default=False
        If False, the publishers' split: test figures are comparable with the
        literature, but 99.98 % of the test rows lie on a page with training rows. If
        True, both parts are pooled and whole pages are dealt at random to the
        training part until it has at least 10,430 rows; the rest is the test part.
    data_home : str or path-like, default=None
        Folder for downloaded files; see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an OSError when the files are not on disk.

    Returns
    -------
    split : Bunch
        With the attributes

        X_train : ndarray of shape (n_train, 10), float64
            Labeled and unlabeled rows, shuffled.
        y_train : ndarray of shape (n_train,), int64
            What the learner sees.
        y_train_true : ndarray of shape (n_train,), int64
            The classes of the training rows, hidden from the learner.
        groups_train : ndarray of shape (n_train,), int64
            Page of each row; numbered over both parts.
        X_test : ndarray of shape (n_test, 10), float64
            10,437 rows on the published split.
        y_test : ndarray of shape (n_test,), int64
            Classes, 0/1 or 0/1/2.
        groups_test : ndarray of shape (n_test,), int64
            Page of each row.
        prior : float or ndarray of shape (3,)
            P(y=1) in the unlabeled sample, that is the whole training part (0.599 on
            the published split); with three classes, the share of each.
        prior_test : float or ndarray of shape (3,)
            The same in the test part.
        classes : ndarray of shape (n_classes,)
            The classes, 0/1 or 0/1/2.
        class_copyists : list of str
            The copyists of each class.
        description : str
            The setting and the numbers of rows in a sentence.

    Raises
    ------
    ValueError
        If `setting` is unknown.
    OSError
        If the files are missing and may not or cannot be downloaded.

    See Also
    --------
    fetch_avila : The dataset itself, with its source.
    make_pu : The same for any labeled table.

    Examples
    --------
    >>> from skgen.datasets import load_avila_split
    >>> split = load_avila_split("pu", random_state=0)  # doctest: +SKIP
    >>> split.X_train.shape, split.X_test.shape  # doctest: +SKIP
    ((12430, 10), (10437, 10))
    >>> f"{split.prior:.3f}"  # doctest: +SKIP
    '0.599'
    """
    if setting not in _SETTINGS:
        raise ValueError(
            f"setting must be one of {', '.join(_SETTINGS)}, got {setting!r}; "
            "see the table in the docstring."
        )
    copyists, n_labeled, unlabeled_label = _SETTINGS[setting]
    rng = own_generator(random_state)
    source = {"data_home": data_home, "download_if_missing": download_if_missing}
    X, copyist = fetch_avila(subset="all", return_X_y=True, **source)
    y, class_copyists = _classes(copyist, copyists)
    pages = avila_pages(X)
    in_train = np.arange(len(X)) < _N_TRAIN
    if pages_held_out:
        in_train = np.isin(pages, _deal(pages, rng))
    train, test = np.flatnonzero(in_train), np.flatnonzero(~in_train)

    rows, labels = _label(train, y, n_labeled, unlabeled_label, rng)
    order = rng.permutation(len(rows))
    rows, labels = rows[order], labels[order]
    return Bunch(
        X_train=X[rows],
        y_train=labels,
        y_train_true=y[rows],
        groups_train=pages[rows],
        X_test=X[test],
        y_test=y[test],
        groups_test=pages[test],
        prior=_prior(y[train]),
        prior_test=_prior(y[test]),
        classes=np.unique(y),
        class_copyists=class_copyists,
        description=_describe(setting, labels, class_copyists, pages_held_out),
    )


def _classes(copyist, named):
    """Return the class of each row and the copyists of each class."""
    others = "".join(sorted(set(copyist) - set("".join(named))))
    groups = [letters or others for letters in named]
    number = {letter: k for k, letters in enumerate(groups) for letter in letters}
    return np.array([number[letter] for letter in copyist], dtype=np.int64), groups


def _deal(pages, rng):
    """Return pages, in random order, until they hold as many rows as published."""
    order = rng.permutation(pages.max() + 1)
    n_rows = np.cumsum(np.bincount(pages)[order])
    return order[: np.searchsorted(n_rows, _N_TRAIN) + 1]


def _label(train, y, n_labeled, unlabeled_label, rng):
    """Return the rows and the labels that the learner is given."""
    if n_labeled is None:
        return train, y[train]
    drawn = [
        rng.choice(train[y[train] == label], n, replace=False)
        for label, n in n_labeled.items()
    ]
    rows = np.concatenate(drawn)
    labels = y[rows]
    if unlabeled_label is not None:
        rows = np.concatenate([rows, train])
        unlabeled = np.full(len(train), unlabeled_label, dtype=np.int64)
        labels = np.concatenate([labels, unlabeled])
    return rows, labels


def _prior(y):
    shares = np.bincount(y) / len(y)
    return float(shares[1]) if len(shares) == 2 else shares


def _describe(setting, labels, class_copyists, pages_held_out):
    *_, unlabeled_label = _SETTINGS[setting]
    counts = ", ".join(
        f"{n} {'unlabeled as' if label == unlabeled_label else 'of class'} {label}"
        for label, n in zip(*np.unique(labels, return_counts=True), strict=True)
    )
    classes = ", ".join(f"{k}: {letters}" for k, letters in enumerate(class_copyists))
    split = "whole pages held out" if pages_held_out else "published split"
    return f"Avila, {setting}, {split}. Training rows: {counts}. Copyists: {classes}."
