"""How estimators read their rows: checked tables, or flat images."""

import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from .encoding._columns import as_rows, only_numbers
from .encoding._pixels import check_flat


class RowReader:
    """What an estimator needs to read a table, or flat image rows.

    What a DataFrame holds its encoder judges, ``encoder_``.
    """

    image_shape = volume_shape = None
    # Whether tables may have missing values.
    _allows_nan = True
    # Whether arrays of whole numbers stay such; otherwise they become floats.
    _keeps_dtypes = False
    # What tables must hold if they may hold numbers alone, for messages.
    _only_numbers = None

    def _read_X(self, X, *, reset):
        """Check a table or image rows; what a DataFrame holds its encoder judges."""
        self._check_flat(X)
        X = as_rows(X if reset else self._as_frame(X))
        fewest = 2 if reset else 1
        if self._only_numbers is not None:
            X = only_numbers(X, self._only_numbers)
        elif isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if len(X) < fewest or not X.shape[1]:
                raise ValueError(
                    f"X must have rows and columns, at least {fewest} rows, got "
                    f"{len(X)}: Found array with {len(X)} sample(s) and {X.shape[1]} "
                    f"feature(s) while a minimum of {fewest} is required."
                )
            return X
        checked = validate_data(
            self,
            X,
            reset=reset,
            dtype="numeric" if self._only_numbers else [np.float64, np.float32],
            ensure_all_finite="allow-nan" if self._reads_nan else True,
            ensure_min_samples=fewest,
        )
        as_given = isinstance(X, np.ndarray) and X.dtype.kind in "biuf"
        return X if self._keeps_dtypes and as_given else checked

    def _check_flat(self, X):
        takes_images = "image_shape" in self._get_param_names()
        check_flat(X, self.image_shape, takes_images=takes_images)

    def _as_frame(self, X):
        """Give an array the names of the frame of the fit, for which it stands."""
        names = getattr(self, "feature_names_in_", None)
        framed = getattr(getattr(self, "encoder_", None), "names_", None) is not None
        if framed and names is not None and isinstance(X, np.ndarray) and X.ndim == 2:
            if X.shape[1] == len(names):
                return pd.DataFrame(X, columns=names).infer_objects()
        return X

    @property
    def _has_pixels(self):
        """Whether rows are images or volumes, and no rows of a table."""
        if self.image_shape is not None and self.volume_shape is not None:
            raise ValueError(
                "image_shape or volume_shape must be None: rows are images or volumes, "
                f"got image_shape={self.image_shape!r} and "
                f"volume_shape={self.volume_shape!r}."
            )
        return self.image_shape is not None or self.volume_shape is not None

    @property
    def _pixel_layout(self):
        """Shape of images or volumes, and how many axes they have."""
        if self.volume_shape is not None:
            return {"image_shape": self.volume_shape, "n_axes": 3}
        return {"image_shape": self.image_shape, "n_axes": 2}

    @property
    def _allows_nan_here(self):
        return self._allows_nan and not self._has_pixels

    @property
    def _reads_nan(self):
        """Whether NaN passes the first check; hook, for those that look again."""
        return self._allows_nan_here

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._allows_nan_here
        return tags
