"""Drawing the missing pixels of images: masks, classes, chunks, the progress bar."""

import copy
import math

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted, validate_data

from ..encoding.checks import check_n_samples
from ..encoding.random_state import own_generator
from ..training import few_threads

# Images whose activations are kept at a time.
CHUNK = 256


class PixelDraws:
    """Draws of a `ConditionalDensity` whose module is a `PixelModel`."""

    def sample(self, n_samples=1, *, y=None, random_state=None):
        """Draw images.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows.
        y : label or array-like of shape (n_samples,), default=None
            Classes to draw from, one for all rows or one per row; by default drawn
            themselves, by their shares.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Rows in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        n_samples = check_n_samples(n_samples)
        random_state = own_generator(random_state)
        codes = None if y is None else self._class_codes(y, n_samples)
        shape = n_samples, *self.encoder_.net_shape_
        images = np.zeros(shape, dtype=np.uint8)
        missing = np.ones(shape, dtype=bool)
        return self._draw(images, missing, codes, random_state)

    def complete(self, X, mask=None, *, y=None, random_state=None):
        """Draw the missing pixels of images, given the known ones.

        Pixels come in raster order, each given those before it, drawn or known. That is
        a draw from the conditional distribution if the missing pixels follow the known
        ones, as the lower half of an image follows the upper. Elsewhere known pixels
        are only clamped: a missing pixel does not know those after it.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Flat image rows; what they hold where pixels are missing does not matter.
        mask : array-like of shape (n_features,) or (n_samples, n_features), \
                default=None
            True where a pixel is missing, for all rows or row by row; by default where
            `X` is NaN.
        y : label or array-like of shape (n_samples,), default=None
            Classes, for a class-conditional density; by default drawn given the pixels
            before the first missing one.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws; None draws anew at each call.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            Completed rows, in the container and the dtypes that `fit` saw.
        """
        check_is_fitted(self)
        self._check_flat(X)
        rows = validate_data(
            self, X, reset=False, dtype="numeric", ensure_all_finite=False
        )
        missing = read_mask(mask, rows)
        rows = np.where(missing, 0, rows)
        if rows.dtype.kind == "f" and not np.isfinite(rows).all():
            raise ValueError(
                "X must be finite where mask is False, got NaN or infinity; mark such "
                "pixels as missing."
            )
        images = self.encoder_.transform(rows)
        missing = self.encoder_.transform(missing).astype(bool)
        random_state = own_generator(random_state)
        codes = None if y is None else self._class_codes(y, len(rows))
        return self._draw(images, missing, codes, random_state)

    def _draw(self, images, missing, codes, random_state):
        """Fill missing pixels; classes are drawn first where they are not given."""
        if codes is None and self._n_classes:
            codes = self._draw_codes(images, known_before(missing), random_state)
        uniform = random_state.random_sample(images.shape)
        device, module = self._fitted_module()
        drawn = draw_pixels(
            module, device, images, missing, uniform, codes, self.verbose
        )
        return self.encoder_.inverse_transform(drawn)


def read_mask(mask, rows):
    """Which pixels are missing, one truth value per pixel of the rows."""
    if mask is None:
        return np.isnan(rows) if rows.dtype.kind == "f" else np.zeros(rows.shape, bool)
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(
            f"mask must be boolean, True where a pixel is missing, got {mask.dtype}; "
            "convert it with mask.astype(bool)."
        )
    if mask.shape not in (rows.shape, rows.shape[1:]):
        raise ValueError(
            f"mask must have shape {rows.shape[1:]} or {rows.shape}, one entry per "
            f"pixel, got {mask.shape}."
        )
    return np.broadcast_to(mask, rows.shape)


def known_before(missing):
    """Which pixels come before the first missing one, in the order of generation."""
    # Pixel by pixel, the channels of each together.
    known = ~missing.transpose(0, 2, 3, 1)
    first = np.logical_and.accumulate(known.reshape(len(known), -1), axis=1)
    return np.ascontiguousarray(first.reshape(known.shape).transpose(0, 3, 1, 2))


def draw_pixels(module, device, images, missing, uniform, codes, verbose):
    """Fill the missing pixels of images by uniform draws.

    Parameters
    ----------
    module : PixelModel
        Fitted model; it stays as it is.
    device : torch.device
        Where to run.
    images : ndarray of shape (n_samples, channels, height, width), dtype uint8
        Levels.
    missing : ndarray of shape (n_samples, channels, height, width), dtype bool
        Which pixels to draw.
    uniform : ndarray of shape (n_samples, channels, height, width)
        Draws in [0, 1).
    codes : ndarray of shape (n_samples,) or None
        Classes.
    verbose : int
        Whether to show a bar over the rows of pixels.

    Returns
    -------
    images : ndarray of shape (n_samples, channels, height, width), dtype uint8
        Levels.
    """
    from tqdm.auto import tqdm

    # Rounding in float64 is too small to make a draw depend on how it is computed.
    dtype = torch.float32 if device.type == "mps" else torch.float64
    module = copy.deepcopy(module).to(device, dtype).eval()
    n_chunks, parts = math.ceil(len(images) / CHUNK), []
    bar = tqdm(
        total=n_chunks * images.shape[2],
        desc="drawing",
        unit="row",
        disable=not verbose,
        leave=False,
    )
    with few_threads(device.type == "cpu"), bar:
        for start in range(0, len(images), CHUNK):
            chunk = slice(start, start + CHUNK)
            x, m, u = (torch.as_tensor(a[chunk]) for a in (images, missing, uniform))
            y = None if codes is None else torch.as_tensor(codes[chunk]).to(device)
            u = u.to(dtype)
            filled = module.fill(
                x.to(device), m.to(device), u.to(device), y, bar.update
            )
            parts.append(filled.cpu().numpy())
    return np.concatenate(parts)
