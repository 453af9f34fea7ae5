"""Codes of rows: read, two dimensions chosen, a grid of them decoded."""

from numbers import Integral

import numpy as np
import pandas as pd

from ..encoding.checks import check_count
from ._estimators import name_of
from ._images import read_images

# The grid reaches over the middle of the codes: there the decoder has seen some.
_INNER = 2, 98


def read_codes(codes):
    """Return codes as a matrix, and the names of its columns."""
    names = list(codes.columns) if isinstance(codes, pd.DataFrame) else None
    if hasattr(codes, "toarray"):
        codes = codes.toarray()
    codes = np.asarray(codes, dtype=np.float64)
    if codes.ndim != 2 or not codes.size:
        raise ValueError(
            "codes must have shape (n_samples, n_dims), with at least one row and one "
            f"column, got {codes.shape}; use codes.reshape(len(codes), -1)."
        )
    return codes, names


def read_dims(dims, codes):
    """Return the columns to show."""
    n_dims = codes.shape[1]
    if dims is None:
        if n_dims <= 2:
            return tuple(range(n_dims))
        widest = np.argsort(-np.nanvar(codes, axis=0), kind="stable")[:2]
        return tuple(sorted(int(d) for d in widest))
    dims = list(dims) if np.ndim(dims) else [dims]
    known = all(isinstance(d, Integral) and -n_dims <= d < n_dims for d in dims)
    if not known or len(dims) != min(2, n_dims) or len(set(dims)) < len(dims):
        raise ValueError(
            f"dims must be {min(2, n_dims)} of the columns 0 to {n_dims - 1} of the "
            f"codes, got {dims}."
        )
    return tuple(int(d) % n_dims for d in dims)


def decode(estimator, codes, dims, n_decoded, image_shape):
    """Return the images of a grid of codes, and the ends of the grid."""
    check_count("n_decoded", n_decoded, 2, "; leave it out to decode nothing")
    if not hasattr(estimator, "inverse_transform"):
        raise TypeError(
            "estimator must have a method inverse_transform to decode, got "
            f"{name_of(estimator)} without it; leave n_decoded out."
        )
    if len(dims) == 1:
        raise ValueError(
            "codes must have two dimensions for a grid of decoded images, got one; "
            "leave n_decoded out and draw them with SampleGridDisplay.from_samples."
        )
    limits = np.percentile(codes[:, list(dims)], _INNER, axis=0).T
    across, up = (np.linspace(*ends, n_decoded) for ends in limits)
    grid = np.tile(np.median(codes, axis=0), (n_decoded**2, 1))
    grid[:, dims[0]] = np.tile(across, n_decoded)
    grid[:, dims[1]] = np.repeat(up, n_decoded)
    rows = estimator.inverse_transform(grid)
    images = read_images(rows, image_shape)
    return images.reshape(n_decoded, n_decoded, *images.shape[1:]), limits
