"""Conditions of any kind: labels, tables, text and pictures as rows of numbers."""

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.validation import check_array

from ._columns import PlainState, check_lengths
from ._image import ImageEncoder
from ._pixels import read_image_shape
from ._table import TableEncoder
from .classes import ClassConditional

# A column of strings is text if there are more different ones, and if this share of the
# rows differs, or the second where most strings have several words.
_MOST_CATEGORIES, _TEXT_SHARES = 20, (0.5, 0.1)
_MOST_TERMS, _TEXT_WIDTH = 4096, 96
_NGRAMS = {"analyzer": "char_wb", "ngram_range": (2, 5), "sublinear_tf": True}
_KEPT_ROWS = 10_000  # conditions that draws without any are made with


def is_text(values):
    """Tell whether a column holds text: strings of which few are alike."""
    values = pd.Series(values)
    if pd.api.types.is_numeric_dtype(values) or isinstance(
        values.dtype, pd.CategoricalDtype
    ):
        return False
    known = values.dropna()
    if not len(known) or not all(isinstance(value, str) for value in known):
        return False
    unique = known.unique()
    words = np.mean([" " in value.strip() for value in unique]) > 0.5
    share = _TEXT_SHARES[int(words)] * len(known)
    return len(unique) > max(_MOST_CATEGORIES, share)


def is_continuous(values):
    """Tell whether a column holds numbers that are not all whole."""
    values = pd.Series(values)
    if values.dtype == object:
        values = values.convert_dtypes()
    if not pd.api.types.is_float_dtype(values):
        return False
    known = values.dropna().to_numpy(dtype=np.float64)
    return bool((known[np.isfinite(known)] % 1 != 0).any())


def _is_condition(values):
    """Whether the values of one column are conditions, and no labels."""
    return is_text(values) or is_continuous(values)


class TextEncoder(PlainState):
    """Character n-grams of texts by TF-IDF, brought to few dimensions.

    Attributes
    ----------
    terms_ : list of str
        The n-grams.
    idf_ : ndarray of shape (n_terms,)
        Their weights.
    axes_ : ndarray of shape (n_dimensions, n_terms)
        Singular vectors, scaled so that the texts of the fit have unit mean squares.
    """

    def fit(self, texts):
        """Learn n-grams and their singular vectors."""
        vectorizer = TfidfVectorizer(**_NGRAMS, max_features=_MOST_TERMS)
        found = vectorizer.fit_transform(texts)
        self.terms_ = vectorizer.get_feature_names_out().tolist()
        self.idf_ = vectorizer.idf_
        width = min(_TEXT_WIDTH, found.shape[1] - 1, len(texts) - 1)
        svd = TruncatedSVD(max(1, width), random_state=0)
        codes = svd.fit_transform(found)
        # Each of mean square one: rare words, of colours for instance, count as much
        # as what most texts share.
        scale = np.sqrt(np.mean(codes**2, axis=0))
        self.axes_ = svd.components_ / np.maximum(scale, 1e-6)[:, None]
        return self

    def transform(self, texts):
        """Encode texts, (n_texts, n_dimensions)."""
        vectorizer = TfidfVectorizer(**_NGRAMS, vocabulary=self.terms_)
        vectorizer.idf_ = self.idf_
        return vectorizer.transform(texts) @ self.axes_.T


class ConditionEncoder(PlainState):
    """Turn conditions into rows of numbers.

    Numbers are standardised, booleans and categories of a frame become codes, text its
    character n-grams, pictures pixels from -1 to 1.

    Parameters
    ----------
    encoder : "auto" or transformer, default="auto"
        A transformer of scikit-learn in place of all that.
    shape : tuple or None, default=None
        ``(height, width)`` or ``(height, width, channels)`` of conditions that are
        pictures.

    Attributes
    ----------
    n_encoded_ : int
        Numbers of a condition.
    """

    def __init__(self, encoder="auto", shape=None):
        self.encoder, self.shape = encoder, shape

    def get_state(self):
        """All that was learned, as plain values."""
        parts = ("table_", "image_", "texts_")
        state = {k: v for k, v in vars(self).items() if k not in parts}
        for name in ("table_", "image_"):
            part = vars(self).get(name)
            state[name] = None if part is None else part.get_state()
        state["texts_"] = [[j, text.get_state()] for j, text in self.texts_]
        return state

    @classmethod
    def from_state(cls, state):
        """Rebuild the encoder from what `get_state` returned."""
        found = cls.__new__(cls)
        vars(found).update(state)
        for name, part in (("table_", TableEncoder), ("image_", ImageEncoder)):
            if state[name] is not None:
                setattr(found, name, part.from_state(state[name]))
        found.texts_ = [(j, TextEncoder.from_state(s)) for j, s in state["texts_"]]
        return found

    def fit(self, y, n_rows):
        """Learn how conditions are encoded.

        Parameters
        ----------
        y : DataFrame or array-like of shape (n_rows, n_conditions)
            Conditions.
        n_rows : int
            Number of rows that they belong to.

        Returns
        -------
        self : ConditionEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If there are not as many conditions as rows, or a text is missing.
        """
        y = _checked(y)
        self.table_ = self.image_ = self.fitted_ = None
        self.texts_, self.columns_ = [], None
        if not isinstance(self.encoder, str):
            self.fitted_ = clone(self.encoder).fit(_column(y))
        else:
            y = self._as_frame(y)
            self.columns_ = y.columns.tolist()
            if self.shape is not None:
                self.image_ = ImageEncoder(self.shape).fit(self._pixels(y))
            else:
                self._fit_columns(y)
        self.n_encoded_ = self.transform(y, n_rows).shape[1]
        return self

    def _fit_columns(self, y):
        plain = [j for j in range(y.shape[1]) if not is_text(y.iloc[:, j])]
        for j in range(y.shape[1]):
            if j not in plain:
                self.texts_.append((j, TextEncoder().fit(_whole(y, j))))
        if plain:
            encoder = TableEncoder(
                max_categories=1000, handle_unknown="error", linear=True
            )
            self.table_ = encoder.fit(y.iloc[:, plain])

    def transform(self, y, n_rows=None):
        """Encode conditions.

        Parameters
        ----------
        y : DataFrame or array-like of shape (n, n_conditions)
            Conditions, with the columns that `fit` saw.
        n_rows : int, default=None
            Number of rows that they belong to.

        Returns
        -------
        C : ndarray of shape (n, n_encoded), dtype float32
            Numbers.

        Raises
        ------
        ValueError
            If columns differ from those of `fit`, categories are new, a text is
            missing, or there are not as many conditions as rows.
        """
        y = _checked(y)
        if self.fitted_ is not None:
            C = self.fitted_.transform(_column(y))
            C = C.toarray() if sparse.issparse(C) else C
        else:
            C = self._transform_columns(self._as_frame(y))
        C = check_array(C, dtype=np.float32, input_name="y")
        if n_rows is not None and len(C) != n_rows:
            raise ValueError(
                f"X and y must have one condition per row: got {n_rows} rows and "
                f"{len(C)} conditions."
            )
        return C

    def _transform_columns(self, y):
        if y.columns.tolist() != self.columns_:
            raise ValueError(
                f"y must have the columns that fit saw, {self.columns_}, got "
                f"{y.columns.tolist()}."
            )
        if self.image_ is not None:
            return self.image_.transform(self._pixels(y)).reshape(len(y), -1)
        found = []
        if self.table_ is not None:
            text = [j for j, _ in self.texts_]
            plain = [j for j in range(y.shape[1]) if j not in text]
            found.append(self.table_.transform(y.iloc[:, plain]))
        found += [encoder.transform(_whole(y, j)) for j, encoder in self.texts_]
        return np.hstack(found)

    def _as_frame(self, y):
        """Conditions as a frame, arrays with their places for names.

        After a fit that may be one row, by its columns, or a value of the only column.
        """
        names = self.columns_
        if isinstance(y, pd.DataFrame):
            return y.reset_index(drop=True)
        if isinstance(y, pd.Series):
            if names is not None and y.index.tolist() == names:
                return y.to_frame().T.infer_objects().reset_index(drop=True)
            return y.to_frame(names[0] if names and len(names) == 1 else 0).reset_index(
                drop=True
            )
        if isinstance(y, dict):
            return pd.DataFrame([y])
        if isinstance(y, list | tuple) or np.ndim(y) == 0:
            y = pd.DataFrame([y] if np.ndim(y) == 0 else list(y))
            return self._named(y)
        y = np.asarray(y)
        if y.ndim > 2:
            raise ValueError(
                f"y must hold one flat row per condition, got shape {y.shape}; pass "
                "y.reshape(len(y), -1)."
            )
        return self._named(pd.DataFrame(y.reshape(len(y), -1)).infer_objects())

    def _named(self, y):
        """Give what has no names those of the fit, if it has as many columns."""
        if self.columns_ is not None and len(self.columns_) == y.shape[1]:
            y.columns = self.columns_
        return y

    @staticmethod
    def _pixels(y):
        return check_array(y.to_numpy(), dtype=np.float64, input_name="y")


def _whole(y, j):
    """Texts of a column, none of which may be missing."""
    values = y.iloc[:, j]
    if values.isna().any():
        raise ValueError(
            f"y must hold a text in each row, but column {y.columns[j]!r} lacks "
            f"{int(values.isna().sum())}, the first in row "
            f"{int(values.isna().argmax())}; fill them in, with '' for instance."
        )
    return values.astype(str).tolist()


def _checked(y):
    """Conditions without a mask; refuse rows of different lengths or of none."""
    if isinstance(y, np.ma.MaskedArray):
        return y.astype(np.float64).filled(np.nan)
    check_lengths(y, "y")
    if np.ndim(y) == 2 and np.shape(y)[1] == 0:
        raise ValueError(f"y must have a column, got shape {np.shape(y)}.")
    return y


def _column(y):
    """Numbers of one condition as a column, which transformers ask for."""
    if isinstance(y, pd.DataFrame) or np.ndim(y) > 1:
        return y
    values = np.asarray(y)
    return values.reshape(-1, 1) if values.dtype.kind in "biuf" else y


class Conditional(ClassConditional):
    """What models share whose rows have conditions: labels, or anything else.

    A class has a ``_condition_options``, what `ConditionEncoder` is made with.
    """

    _condition_options = ("auto", None)

    @property
    def _condition_width(self):
        """Numbers that networks are told of a condition: one per class for labels."""
        encoder = getattr(self, "condition_encoder_", None)
        return self._n_classes if encoder is None else encoder.n_encoded_

    @property
    def _is_vector(self):
        """Whether conditions are rows of numbers, and not classes."""
        return getattr(self, "condition_encoder_", None) is not None

    def _read_y(self, y, n_rows, goes_on, classes):
        """Codes of labels, rows of other conditions, or None; learns or checks them."""
        y = _checked(y)
        if goes_on:
            if y is not None and self._is_vector:
                return self.condition_encoder_.transform(y, n_rows)
            if y is not None and self._takes_vectors(y) and self._n_classes:
                raise ValueError(
                    "a fit that goes on from one with labels must have labels too, "
                    "got conditions; begin anew, and let fit_encoder see all batches "
                    "first where a batch of whole numbers came before others."
                )
            if self._is_vector:
                raise ValueError(
                    "a fit that goes on from one with conditions must have conditions "
                    "too; set warm_start=False to begin anew."
                )
            return super()._read_y(y, n_rows, goes_on, classes)
        for name in ("condition_encoder_", "condition_rows_"):
            self.__dict__.pop(name, None)
        if y is None or not self._takes_vectors(y):
            return super()._read_y(y, n_rows, goes_on, classes)
        if classes is not None:
            raise ValueError(
                "classes must be None with conditions that are no labels, got "
                f"{classes!r}; leave it out."
            )
        super()._read_y(None, n_rows, goes_on, None)
        encoder, shape = self._condition_options
        self.condition_encoder_ = ConditionEncoder(encoder, shape).fit(y, n_rows)
        found = self.condition_encoder_.transform(y, n_rows)
        self.condition_rows_ = found[:: -(-len(found) // _KEPT_ROWS)]
        return found

    def _takes_vectors(self, y):
        """Whether these are conditions, and no labels."""
        encoder, shape = self._condition_options
        if not isinstance(encoder, str) or shape is not None:
            return True
        if isinstance(y, pd.DataFrame):
            return y.shape[1] != 1 or _is_condition(y.iloc[:, 0])
        if isinstance(y, list | tuple) and len(y) and isinstance(y[0], list | tuple):
            return len(y[0]) > 1 or _is_condition([row[0] for row in y])
        if np.ndim(y) == 2:
            return np.shape(y)[1] != 1 or _is_condition(np.asarray(y)[:, 0])
        return np.ndim(y) == 1 and _is_condition(y)

    def _class_codes(self, y, n_rows):
        """Codes or rows of given conditions, one for all rows or one per row."""
        if not self._is_vector:
            return super()._class_codes(y, n_rows)
        found = self.condition_encoder_.transform(y)
        if len(found) == 1:
            found = np.repeat(found, n_rows, axis=0)
        if len(found) != n_rows:
            raise ValueError(
                f"y must have one condition for all rows or one for each of {n_rows}, "
                f"got {len(found)}."
            )
        return found

    def _needed_codes(self, y, n_rows):
        """Codes or rows of conditions, which a conditional model needs."""
        if y is None and self._is_vector:
            raise ValueError(
                "y must give the conditions of the rows, since the model is "
                "conditional; see condition_encoder_ for their columns."
            )
        return super()._needed_codes(y, n_rows)

    def _drawn_codes(self, y, n_rows, random_state):
        """Codes or rows of conditions, drawn as in the fit if there are none."""
        if self._is_vector and y is None:
            places = random_state.randint(len(self.condition_rows_), size=n_rows)
            return self.condition_rows_[places]
        return super()._drawn_codes(y, n_rows, random_state)


def n_drawn(n_samples, y):
    """Rows to draw: as many as conditions, where only these were given."""
    if n_samples == 1 and y is not None and not np.ndim(y) == 0 and len(y) > 1:
        return len(y)
    return n_samples


def picture_shape(shape):
    """Shape of pictures inside networks, (channels, height, width), or None."""
    if shape is None:
        return None
    height, width, channels = read_image_shape(shape)
    return channels, height, width
