"""Identities and cameras of rows, read and checked; and images changed at random."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch

from ..encoding.checks import check_labels
from ..nn._shift import shifted
from ._problem import check_groups

UNKNOWN = -1


class PairRows(NamedTuple):
    """What a user gives beside the rows: identities and cameras."""

    y: Any
    groups: Any


class Identities(NamedTuple):
    """Numbers of identities, -1 for unknown, and of cameras.

    Parameters
    ----------
    identities : ndarray of int, shape (n_rows,)
        From 0; -1 is unknown, and so is what occurs once.
    groups : ndarray of int, shape (n_rows,) or None
        Place in `cameras`.
    cameras : ndarray or None
        Names of the cameras.
    """

    identities: np.ndarray
    groups: np.ndarray | None
    cameras: np.ndarray | None


def read_pairs(estimator, told, n_rows, cameras=None):
    """Read identities and cameras; ValueError if nothing is known to match."""
    y, groups = told if isinstance(told, PairRows) else (told, None)
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None: the identity of each row, -1 for unknown."
        )
    y = check_labels(y, n_rows, discrete=False)
    codes, _ = pd.factorize(y)
    codes = np.where(_is_unknown(y), UNKNOWN, codes)
    names, counts = np.unique(codes, return_counts=True)
    codes = np.where(np.isin(codes, names[counts < 2]), UNKNOWN, codes)
    if (codes == UNKNOWN).all():
        raise ValueError(
            "y must name the same identity for two rows at least, got none that occurs "
            f"twice among {len(np.unique(y))} labels; -1 marks rows of unknown "
            "identity."
        )
    if (codes == codes[0]).all():
        raise ValueError(
            "y must leave rows that may differ, got one identity for all "
            f"{n_rows} rows; -1 marks rows of unknown identity."
        )
    places = None
    if groups is not None:
        check_groups(groups, n_rows)
        names = np.unique(np.asarray(groups))
        cameras = names if cameras is None else cameras
        places = check_cameras(groups, cameras, n_rows)
        if len(names) < 2:
            raise ValueError(
                f"groups must name at least two cameras, got {names.tolist()} only; "
                "without cameras leave groups out."
            )
        table = pd.DataFrame({"identity": codes, "camera": places})
        known = table[codes != UNKNOWN].groupby("identity")["camera"].nunique()
        if (known < 2).all():
            raise ValueError(
                "y must name an identity that two cameras saw, got none: all known "
                "pairs are of one camera; if matches within a camera are wanted, leave "
                "groups out."
            )
    elif cameras is not None:
        raise ValueError("groups must be given again, as in the first fit.")
    return Identities(codes, places, cameras)


def _is_unknown(y):
    return np.array([label in (UNKNOWN, "-1") for label in y.tolist()])


def check_cameras(groups, cameras, n_rows):
    """Give the places of cameras among those of the fit; None where none are told."""
    if groups is None:
        return None
    if cameras is None:
        raise ValueError(
            f"groups must be None, got {groups!r}: fit saw no cameras; fit with groups."
        )
    given = np.asarray(groups)
    if not given.ndim:
        given = np.full(n_rows, given)
    check_groups(given, n_rows)
    known = {name: place for place, name in enumerate(cameras.tolist())}
    unknown = sorted({str(g) for g in given.tolist() if g not in known})
    if unknown:
        raise ValueError(
            f"groups must be among the cameras of fit, {cameras.tolist()}, got "
            f"{unknown[:5]}; leave groups out for a new camera."
        )
    return np.array([known[g] for g in given.tolist()], dtype=np.int64)


def prior_of_a_match(rows):
    """P(match) of an unlabeled pair, if every row has one match in another camera."""
    n = len(rows.identities)
    if rows.groups is None:
        return 1.0 / max(n - 1, 2)
    others = n - np.bincount(rows.groups, minlength=len(rows.cameras))[rows.groups]
    n_cameras = len(np.unique(rows.groups))
    return float(min(0.5, np.mean((n_cameras - 1) / np.maximum(others, 1))))


def shift_and_tint(x, generator):
    """Shift images, and change their contrast and colours, each in its own way.

    Parameters
    ----------
    x : Tensor of shape (n, channels, height, width)
        Images.
    generator : torch.Generator
        Draws the changes.

    Returns
    -------
    x : Tensor of the same shape
        By up to a sixteenth of a side shifted, edges repeated.
    """
    n, channels, height, width = x.shape

    def uniform(*shape):
        draws = torch.rand(*shape, generator=generator, device=x.device)
        return 2 * draws - 1

    reach = [max(1, round(side / 16)) for side in (height, width)]
    offsets = [
        torch.randint(0, 2 * far + 1, (n, 1), generator=generator, device=x.device)
        for far in reach
    ]
    moved = shifted(x, reach, *offsets)
    gain = 1 + 0.2 * uniform(n, channels, 1, 1) + 0.2 * uniform(n, 1, 1, 1)
    offset = 0.1 * uniform(n, channels, 1, 1) + 0.1 * uniform(n, 1, 1, 1)
    scale = x.std().clamp_min(1e-6)
    return moved * gain + offset * scale
