"""Mixtures beside the networks of a small table, weighted column by column."""

import numpy as np
from scipy.special import logsumexp

from ..encoding._columns import PlainState
from ..encoding._powers import yeo_johnson, yeo_johnson_inverse
from ._mixture_sizes import sizes_for
from ._table_mixture import PRIOR_ROWS, TableMixture, stack_weights

_LEAST = 0.02  # of a weight, in the column where it is largest
_FAR = 1e6


class ColumnExperts(PlainState):
    """Mixture of experts for each column: the networks, and small mixtures.

    The conditional of a column is the weighted mean of what the networks and the
    conditionals of several `TableMixture` say; weights are fitted to what they say of
    rows left out. Mixtures see the standardised numbers of the encoder, half of them
    before its power transformation.

    Parameters
    ----------
    encoder : TokenEncoder
        Knows the columns.
    order : ndarray of int, shape (n_columns,)
        Order of the columns.

    Attributes
    ----------
    weights : ndarray of shape (n_columns, 1 + n_mixtures)
        Of the networks first, in the order of the table.
    mixtures : list of TableMixture
        Over the columns in `order`.
    is_raw : list of bool
        Which of them see numbers before the power transformation.
    """

    def __init__(self, encoder, order):
        self.columns = [
            {
                name: column.get(name)
                for name in ("n_tokens", "continuous", "power", "mean", "deviation")
            }
            for column in encoder.columns_
        ]
        self.order = np.asarray(order)
        self.place = np.argsort(self.order)

    def get_state(self):
        """Plain values; mixtures as theirs."""
        state = super().get_state()
        return {**state, "mixtures": [m.get_state() for m in self.mixtures]}

    @classmethod
    def from_state(cls, state):
        """Rebuild the experts from what `get_state` returned."""
        found = super().from_state(state)
        found.mixtures = [TableMixture.from_state(m) for m in found.mixtures]
        return found

    def __len__(self):
        return len(self.mixtures)

    def fit(self, tokens, numbers, fold, terms, random_state):
        """Fit the mixtures, and the weights by expectation maximisation.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Encoded rows.
        fold : ndarray of int, shape (n_rows,)
            Fold of each row.
        terms : ndarray of shape (n_rows, n_columns)
            Conditionals by networks that have not seen the fold of the row.
        random_state : RandomState
            Source of starts.

        Returns
        -------
        self : ColumnExperts
            The fitted experts.
        """
        own = self._specs()
        sizes = sizes_for(own, tokens[fold > 0][:, self.order])
        kinds = [(size, raw) for raw in (False, True) for size in sizes]
        if not any(c["continuous"] is not None for c in self.columns):
            kinds = kinds[: len(sizes)]
        found = np.empty((*tokens.shape, 1 + len(kinds)))
        found[:, :, 0] = terms
        for f in np.unique(fold):
            out, rest = fold == f, fold != f
            models = self._mixtures(
                tokens[rest], numbers[rest], kinds, random_state, rough=True
            )
            self._keep(models, kinds)
            found[out, :, 1:] = self.conditionals(tokens[out], numbers[out])
        weights = np.array(
            [stack_weights(column) for column in found.transpose(1, 0, 2)]
        )
        used = np.flatnonzero(weights[:, 1:].max(axis=0) >= _LEAST)
        self.weights = weights[:, np.append(0, used + 1)]
        self.weights /= self.weights.sum(axis=1, keepdims=True)
        kinds = [kinds[i] for i in used]
        self._keep(self._mixtures(tokens, numbers, kinds, random_state), kinds)
        return self

    def _keep(self, mixtures, kinds):
        self.mixtures, self.is_raw = mixtures, [raw for _, raw in kinds]

    def _specs(self):
        return [
            (self.columns[j]["n_tokens"], self.columns[j]["continuous"])
            for j in self.order
        ]

    def _mixtures(self, tokens, numbers, kinds, random_state, rough=False):
        rows = {
            raw: self._seen(tokens, numbers, raw) for raw in {raw for _, raw in kinds}
        }
        return [
            TableMixture(self._specs()).fit(
                *rows[raw][:2], size, random_state, prior=PRIOR_ROWS, rough=rough
            )
            for size, raw in kinds
        ]

    # -- the two scales ----------------------------------------------------------------

    def _seen(self, tokens, numbers, raw):
        """Rows as mixtures see them, and what makes densities those of numbers."""
        tokens, Z = tokens[:, self.order], numbers[:, self.order]
        if not raw:
            return tokens, Z, np.zeros(Z.shape)
        R, slopes = np.zeros(Z.shape), np.zeros(Z.shape)
        for i, j in enumerate(self.order):
            column = self.columns[j]
            if column["continuous"] is not None:
                at = tokens[:, i] == column["continuous"]
                R[at, i], slopes[at, i] = self._to_raw(j, Z[at, i])
        return tokens, R, slopes

    def _to_raw(self, j, z):
        """Numbers before the power transformation, and the log of the derivative."""
        column = self.columns[j]
        y = z * column["deviation"] + column["mean"]
        with np.errstate(over="ignore"):
            r = np.clip(yeo_johnson_inverse(y, column["power"]), -_FAR, _FAR)
        _, slope = yeo_johnson(r, column["power"])
        return r, np.log(column["deviation"]) - slope

    def _from_raw(self, j, r):
        column = self.columns[j]
        y, _ = yeo_johnson(r, column["power"])
        return (y - column["mean"]) / column["deviation"]

    # -- conditionals ------------------------------------------------------------------

    def conditionals(self, tokens, numbers, columns=None):
        """Logarithm of what each mixture says of each column given those before it.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Encoded rows.
        columns : int, default=None
            One column only.

        Returns
        -------
        terms : ndarray of shape (n_rows, n_columns, n_mixtures)
            In nats and in standardised numbers; with `columns` (n_rows, n_mixtures).
        """
        shape = (len(tokens), len(self.mixtures))
        found = np.empty((*tokens.shape, len(self)) if columns is None else shape)
        rows = {}
        for e, (mixture, raw) in enumerate(
            zip(self.mixtures, self.is_raw, strict=True)
        ):
            if raw not in rows:
                rows[raw] = self._seen(tokens, numbers, raw)
            own_tokens, Z, slopes = rows[raw]
            if columns is None:
                terms = mixture.conditionals(own_tokens, Z) + slopes
                found[:, :, e] = terms[:, self.place]
                continue
            i = self.place[columns]
            terms = mixture.terms(own_tokens, Z, i + 1)
            before = terms[:, :, :i].sum(axis=2) + mixture.log_weights
            found[:, e] = logsumexp(before + terms[:, :, i], axis=1)
            found[:, e] += slopes[:, i] - logsumexp(before, axis=1)
        return found

    def mix(self, terms, tokens, numbers):
        """Conditionals of networks and mixtures together.

        Parameters
        ----------
        terms : ndarray of shape (n_rows, n_columns)
            What the networks say.
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Encoded rows.

        Returns
        -------
        terms : ndarray of shape (n_rows, n_columns)
            In nats and in standardised numbers.
        """
        own = self.conditionals(tokens, numbers)
        return np.logaddexp(
            terms + np.log(self.weights[:, 0]),
            logsumexp(own + np.log(np.maximum(self.weights[:, 1:], 1e-300)), axis=2)
            if len(self)
            else -np.inf,
        )

    def draw(self, e, j, tokens, numbers, uniform, bounds, barred):
        """Draw a column from one mixture given the columns before it.

        Parameters
        ----------
        e, j : int
            Mixture and column.
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Rows.
        uniform : callable
            ``uniform(n)`` draws n numbers between 0 and 1.
        bounds : (float, float) or None
            Lowest and highest standardised number.
        barred : int or None
            A token that is not to be drawn.

        Returns
        -------
        tokens, numbers : ndarray of shape (n_rows,)
            Of the column.
        """
        raw = self.is_raw[e]
        own_tokens, Z, _ = self._seen(tokens, numbers, raw)
        if raw and bounds is not None:
            bounds = tuple(self._to_raw(j, np.array(bounds))[0])
        token, z = self.mixtures[e].draw_column(
            self.place[j], own_tokens, Z, uniform, bounds, barred=barred
        )
        return token, self._from_raw(j, z) if raw and bounds is not None else z
