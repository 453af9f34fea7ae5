"""Mixtures over encoded tables: shares of tokens times Gaussians of numbers."""

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri
from sklearn.cluster import KMeans
from sklearn.covariance import ledoit_wolf_shrinkage

PRIOR_ROWS = 0.3  # rows per number that the pooled covariance counts as
_MIN_VARIANCE = 1e-6
_TOLERANCE = 1e-3
_ROUNDS, _ROUNDS_WITH_GAPS, _FEW_ROUNDS = 60, 5, 4
_MANY_PATTERNS = 30
_ENTRIES = 2**21  # numbers that are held at a time
_BLOCK = 64  # rows of a product: always as many, so that a row has one result
_LOG_2PI = np.log(2 * np.pi)


class TableMixture:
    r"""Mixture of components in which tokens are independent and numbers Gaussian.

    .. math:: p(x) = \sum_k w_k \prod_j s_{kj}(t_j) \; N(z; m_k, C_k)

    of the tokens t and the standardised numbers z of a `TokenEncoder`; what a row lacks
    is left out of the product, and so is its part of the Gaussian. Any order of the
    columns gives exact conditionals.

    Parameters
    ----------
    columns : list of (int, int or None)
        Tokens of each column, and the token of its numbers.

    Attributes
    ----------
    log_weights : ndarray of shape (n_components,)
        Of the components.
    log_shares : list of ndarray of shape (n_components, n_tokens), or None
        Of the tokens of each column; None for a column with one token.
    means : ndarray of shape (n_components, n_numbers)
        Of the columns that hold numbers.
    widening : float
        By how much deviations of gaps are to grow in intervals.
    covariances : ndarray of shape (n_components, n_numbers, n_numbers)
        Of these.
    """

    widening = 1.0

    def __init__(self, columns):
        self.columns = [tuple(c) for c in columns]
        self.places = [
            j for j, (_, token) in enumerate(self.columns) if token is not None
        ]

    @classmethod
    def from_state(cls, state):
        """Rebuild a mixture from what `get_state` returned."""
        found = cls(state["columns"])
        vars(found).update(state)
        found.columns = [tuple(c) for c in found.columns]
        return found

    def get_state(self):
        """Everything learned, as plain values and arrays."""
        return {**vars(self), "columns": [list(c) for c in self.columns]}

    def __len__(self):
        return len(self.log_weights)

    def n_parameters(self):
        """Count free parameters."""
        p = len(self.places)
        tokens = sum(n - 1 for n, _ in self.columns)
        return len(self) * (tokens + p + p * (p + 1) // 2) + len(self) - 1

    # -- fit ---------------------------------------------------------------------------

    def fit(
        self,
        tokens,
        numbers,
        n_components,
        random_state,
        *,
        prior=PRIOR_ROWS,
        rough=False,
    ):
        """Fit by expectation maximisation with a conjugate prior.

        The covariance of a component with N rows and scatter S is
        (S + prior d P) / (N + prior d), with the covariance P within the components
        pooled, so that a component of few rows has the common shape. Shares of tokens
        have one row more, spread as the token is over the table.

        Parameters
        ----------
        tokens : ndarray of int, shape (n_rows, n_columns)
            -1 for what is missing.
        numbers : ndarray of shape (n_rows, n_columns)
            Standardised numbers.
        n_components : int
            Number of components.
        random_state : RandomState
            Of the clusters that it starts from.
        prior : float, default=0.3
            See above.
        rough : bool, default=False
            Whether fewer rounds are enough where rows with many different gaps make
            them slow.

        Returns
        -------
        self : TableMixture
            The fitted mixture.
        """
        self.prior_ = prior
        self._one_hot = [
            np.eye(n)[tokens[:, j]] * (tokens[:, j] >= 0)[:, None] if n > 1 else None
            for j, (n, _) in enumerate(self.columns)
        ]
        present = self.present(tokens)
        Z = np.where(present, numbers[:, self.places], 0.0)
        whole = present.all()
        filled = Z if whole else self._fill_roughly(Z, present, 2 if rough else 5)
        shares = _clusters(filled, self._one_hot, n_components, random_state)
        self._maximise(shares, filled)
        rounds, before = _ROUNDS, -np.inf
        while rounds:
            terms = self._token_terms(tokens) + self._log_gaussians(filled)
            before, shares, done = self._expect(terms, before)
            self._maximise(shares, filled)
            rounds = 0 if done else rounds - 1
        rounds, before = 0 if whole or not Z.shape[1] else _ROUNDS_WITH_GAPS, -np.inf
        if rounds and rough and len(np.unique(present, axis=0)) > _MANY_PATTERNS:
            rounds = _FEW_ROUNDS
        for _ in range(rounds):
            gaussian, filled, spread = self._filled(Z, present)
            before, shares, done = self._expect(
                self._token_terms(tokens) + gaussian, before
            )
            self._maximise(shares, filled, spread)
            if done:
                break
        del self._one_hot
        return self

    def _expect(self, terms, before):
        """Shares of the components in each row, and whether they have settled."""
        terms = terms + self.log_weights
        total = logsumexp(terms, axis=1)
        now = total.mean()
        return now, np.exp(terms - total[:, None]), now - before < _TOLERANCE

    def _maximise(self, shares, Z, spread=None):
        """Parameters from shares; `Z` may be (n, p), or (n_components, n, p)."""
        n, k = shares.shape
        sizes = shares.sum(axis=0) + 1e-9
        self.log_weights = np.log((sizes + 1) / (n + k))
        self.log_shares = []
        for own in self._one_hot:
            if own is None:
                self.log_shares.append(None)
                continue
            overall = (own.sum(axis=0) + 0.5) / (own.sum() + 0.5 * own.shape[1])
            counts = shares.T @ own + overall
            self.log_shares.append(np.log(counts / counts.sum(axis=1, keepdims=True)))
        p = Z.shape[-1]
        if not p:
            self.means, self.covariances = np.zeros((k, 0)), np.zeros((k, 0, 0))
            return
        self.means, scatter = np.empty((k, p)), np.empty((k, p, p))
        within = np.zeros((n, p)) if 3 * p > n else None
        for i, own in enumerate(shares.T):
            rows = Z[i] if Z.ndim == 3 else Z
            self.means[i] = own @ rows / sizes[i]
            D = rows - self.means[i]
            scatter[i] = (D * own[:, None]).T @ D
            if within is not None:
                within += D * own[:, None]
        if spread is not None:
            scatter += spread(shares)
        pooled = scatter.sum(axis=0) / n
        if within is not None:  # hardly more rows than numbers
            deviations = np.sqrt(np.maximum(np.diag(pooled), _MIN_VARIANCE))
            to = ledoit_wolf_shrinkage(within / deviations, assume_centered=True)
            pooled = (1 - to) * pooled + to * np.diag(np.diag(pooled))
        pooled = pooled + _MIN_VARIANCE * np.eye(p)
        if within is not None:  # no component has rows for a shape of its own
            self.covariances = np.repeat(pooled[None], k, axis=0)
            return
        rows = self.prior_ * p
        self.covariances = (scatter + rows * pooled) / (sizes + rows)[:, None, None]

    def _fill_roughly(self, Z, present, rounds):
        """Fill gaps by the conditional means of one Gaussian."""
        n, p = Z.shape
        self.log_weights, self.means = np.zeros(1), np.zeros((1, p))
        counts = np.maximum(present.sum(axis=0), 1)
        self.means[0] = Z.sum(axis=0) / counts
        centered = np.where(present, Z - self.means[0], 0.0)
        variances = np.maximum((centered**2).sum(axis=0) / counts, 1e-3)
        self.covariances = np.diag(variances)[None]
        for _ in range(rounds):
            _, filled, spread = self._filled(Z, present)
            filled = filled[0]
            self.means = filled.mean(axis=0)[None]
            D = filled - self.means
            scatter = D.T @ D + spread(np.ones((n, 1)))[0]
            # A row of the diagonal, lest it be singular.
            diagonal = np.diag(np.diag(scatter) / n + 1e-3)
            self.covariances = ((scatter + diagonal) / (n + 1))[None]
        return filled

    # -- terms -------------------------------------------------------------------------

    def present(self, tokens):
        """Which numbers rows have."""
        at = [self.columns[j][1] for j in self.places]
        return tokens[:, self.places] == np.array(at, dtype=np.int64)

    def _token_terms(self, tokens):
        """Log-shares of all tokens, (n_rows, n_components)."""
        found = np.zeros((len(tokens), len(self)))
        for j, shares in enumerate(self.log_shares):
            if shares is not None:
                found += _looked_up(shares, tokens[:, j])
        return found

    def _log_gaussians(self, Z):
        """Log-densities of numbers in rows without gaps, (n_rows, n_components)."""
        size = max(_BLOCK, _ENTRIES // max(1, self.means.size))
        parts = [
            _gaussian_terms(Z[i : i + size], self.means, self.covariances).sum(axis=2)
            for i in range(0, len(Z), size)
        ]
        return np.concatenate(parts)

    def terms(self, tokens, numbers, n_columns=None):
        """Logarithm of each column's share or density given those before, by component.

        Parameters
        ----------
        tokens : ndarray of int, shape (n_rows, n_columns)
            -1 for what is not known.
        numbers : ndarray of shape (n_rows, n_columns)
            Standardised numbers, where the token is that of numbers.
        n_columns : int, default=None
            Of how many first columns; None for all.

        Returns
        -------
        terms : ndarray of shape (n_rows, n_components, n_columns)
            In nats; 0 for what is not known.
        """
        d = len(self.columns) if n_columns is None else n_columns
        found = np.zeros((len(tokens), len(self), d))
        for j in range(d):
            if self.log_shares[j] is not None:
                found[:, :, j] = _looked_up(self.log_shares[j], tokens[:, j])
        places = [j for j in self.places if j < d]
        p = len(places)
        present = self.present(tokens)[:, :p]
        for rows, seen in _patterns(present):
            own = np.array(places)[seen]
            got = _gaussian_terms(
                numbers[rows][:, own],
                self.means[:, :p][:, seen],
                self.covariances[:, :p, :p][:, seen][:, :, seen],
            )
            found[rows[:, None], :, own] += got.transpose(0, 2, 1)
        return found

    def conditionals(self, tokens, numbers):
        """Logarithm of each column's share or density given those before it.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            See `terms`.

        Returns
        -------
        terms : ndarray of shape (n_rows, n_columns)
            In nats; their sum is the log-density of the row.
        """
        found = np.empty(tokens.shape)
        for part in self._parts_of(len(tokens)):
            terms = self.terms(tokens[part], numbers[part]).cumsum(axis=2)
            leading = logsumexp(terms + self.log_weights[:, None], axis=1)
            found[part] = np.diff(leading, axis=1, prepend=0.0)
        return found

    def log_joint(self, tokens, numbers):
        """Log-density of rows with each component, (n_rows, n_components)."""
        parts = [
            self._log_joint(tokens[part], numbers[part])
            for part in self._parts_of(len(tokens))
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self)))

    def _parts_of(self, n):
        """Slices of rows whose terms fit into memory."""
        size = _ENTRIES // max(1, len(self) * len(self.columns))
        size = max(_BLOCK, size // _BLOCK * _BLOCK)
        return [slice(i, i + size) for i in range(0, n, size)]

    def _log_joint(self, tokens, numbers):
        found = self.log_weights + self._token_terms(tokens)
        present = self.present(tokens)
        for rows, seen in _patterns(present):
            own = np.array(self.places)[seen]
            found[rows] += _gaussian_terms(
                numbers[rows][:, own],
                self.means[:, seen],
                self.covariances[:, seen][:, :, seen],
            ).sum(axis=2)
        return found

    # -- what is missing ---------------------------------------------------------------

    def _filled(self, Z, present):
        """Conditional means of gaps by component, and a function of their spread.

        Also the log-densities of the numbers that are there.
        """
        k, (n, p) = len(self.means), Z.shape
        terms = np.zeros((n, k))
        filled = np.broadcast_to(Z, (k, n, p)).copy()
        parts = []
        for rows, gone, to, noise, got in self._gaps(Z, present):
            terms[rows] = got
            filled[:, rows[:, None], gone] = to
            parts.append((rows, gone, noise))

        def spread(shares):
            """Covariances of gaps, summed over rows by their shares."""
            total = np.zeros((k, p, p))
            for rows, gone, noise in parts:
                size = shares[rows].sum(axis=0)
                total[np.ix_(np.arange(k), gone, gone)] += size[:, None, None] * noise
            return total

        return terms, filled, spread

    def _gaps(self, Z, present):
        """Rows with the same gaps, the gaps, and what `_given` says of them."""
        for rows, seen in _patterns(present, blank=True):
            found = _given(Z[rows][:, seen], self.means, self.covariances, seen)
            yield rows, np.flatnonzero(~seen), *found

    def moments(self, tokens, numbers):
        """Tell what rows with gaps are expected to hold.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            See `terms`.

        Returns
        -------
        shares : ndarray of shape (n_rows, n_components)
            Posterior probabilities of the components.
        means : ndarray of shape (n_components, n_rows, n_numbers)
            Conditional means of the numbers, or the numbers that are there.
        variances : ndarray of shape (n_components, n_rows, n_numbers)
            Conditional variances; 0 for what is there.
        """
        present = self.present(tokens)
        Z = np.where(present, numbers[:, self.places], 0.0)
        joint = self.log_weights + self._token_terms(tokens)
        means = np.broadcast_to(Z, (len(self), *Z.shape)).copy()
        variances = np.zeros(means.shape)
        for rows, gone, to, noise, terms in self._gaps(Z, present):
            joint[rows] += terms
            means[:, rows[:, None], gone] = to
            spread = np.diagonal(noise, axis1=1, axis2=2)
            variances[:, rows[:, None], gone] = spread[:, None]
        shares = _softmax(joint)
        return shares, means, variances

    # -- draws -------------------------------------------------------------------------

    def draw_column(self, j, tokens, numbers, uniform, bounds, *, barred=None):
        """Draw one column given those before it.

        Parameters
        ----------
        j : int
            The column.
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Rows whose first j columns count; a token of -1 is not known.
        uniform : callable
            ``uniform(n)`` draws n numbers between 0 and 1.
        bounds : (float, float) or None
            Lowest and highest number; None for a column without.
        barred : int, default=None
            A token that is not to be drawn.

        Returns
        -------
        token : ndarray of int, shape (n_rows,)
            Tokens.
        number : ndarray of shape (n_rows,)
            Numbers, 0 where the token has none.
        """
        n = len(tokens)
        weights = self.log_weights + self.terms(tokens, numbers, j).sum(axis=2)
        n_tokens, continuous = self.columns[j]
        token, z = np.zeros(n, dtype=np.int64), np.zeros(n)
        shares = self.log_shares[j]
        if barred is not None and shares is not None:
            shares = shares.copy()
            shares[:, barred] = -np.inf
            weights = weights + logsumexp(shares, axis=1)
        chosen = choose(weights, uniform(n))
        if shares is not None:
            token = choose(shares[chosen], uniform(n))
        if continuous is None:
            return token, z
        at = np.flatnonzero(token == continuous)
        mean, deviation = self._next_number(j, tokens[at], numbers[at], chosen[at])
        z[at] = _truncated(mean, deviation, bounds, uniform(len(at)))
        return token, z

    def _next_number(self, j, tokens, numbers, chosen):
        """Mean and deviation of a number given those before it, in one component."""
        place = self.places.index(j)
        mean, deviation = np.empty(len(tokens)), np.empty(len(tokens))
        present = self.present(tokens)[:, :place]
        for rows, seen in _patterns(present, blank=True):
            use = np.append(np.flatnonzero(seen), place)
            factors = np.linalg.cholesky(self.covariances[:, use][:, :, use])
            own = np.array(self.places)[use[:-1]]
            for k in np.unique(chosen[rows]):
                some = rows[chosen[rows] == k]
                L = factors[k]
                D = numbers[some][:, own] - self.means[k, use[:-1]]
                slopes = np.linalg.solve(L[:-1, :-1].T, L[-1, :-1])
                mean[some] = self.means[k, place] + D @ slopes
                deviation[some] = L[-1, -1]
        return mean, deviation

    def complete(self, tokens, numbers, rng, bounds, barred):
        """Draw what rows lack, given what they have.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Rows; a token of -1 is to be drawn.
        rng : RandomState
            Source of the draws.
        bounds : list of (float, float) or None
            Lowest and highest number of each column; None for one without.
        barred : list of int or None
            Of each column a token that is not to be drawn.

        Returns
        -------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Completed rows.
        """
        n = len(tokens)
        weights = self.log_joint(tokens, numbers)
        open_ = tokens < 0
        log_shares = list(self.log_shares)
        for j, token in enumerate(barred):
            if token is not None and log_shares[j] is not None:
                log_shares[j] = log_shares[j].copy()
                log_shares[j][:, token] = -np.inf
                possible = logsumexp(log_shares[j], axis=1)
                weights = weights + open_[:, j, None] * possible
        chosen = choose(weights, rng.random_sample(n))
        known = self.present(tokens)
        tokens, numbers = tokens.copy(), numbers.copy()
        for j, shares in enumerate(log_shares):
            rows = np.flatnonzero(open_[:, j])
            if shares is None:
                tokens[rows, j] = 0
            elif len(rows):
                tokens[rows, j] = choose(
                    shares[chosen[rows]], rng.random_sample(len(rows))
                )
        wanted = self.present(tokens) & open_[:, self.places]
        for rows, (seen, gone) in _pairs_of_patterns(known, wanted):
            order = np.concatenate([np.flatnonzero(seen), np.flatnonzero(gone)])
            columns = np.array(self.places)[order]
            factors = np.linalg.cholesky(self.covariances[:, order][:, :, order])
            n_seen = int(seen.sum())
            for k in np.unique(chosen[rows]):
                some = rows[chosen[rows] == k]
                L, m = factors[k], self.means[k, order]
                y = np.empty((len(some), len(order)))
                D = (numbers[some][:, columns[:n_seen]] - m[:n_seen]).T
                y[:, :n_seen] = np.linalg.solve(L[:n_seen, :n_seen], D).T
                for i in range(n_seen, len(order)):
                    mean = m[i] + y[:, :i] @ L[i, :i]
                    z = _truncated(
                        mean, L[i, i], bounds[columns[i]], rng.random_sample(len(some))
                    )
                    y[:, i] = (z - mean) / L[i, i]
                    numbers[some, columns[i]] = z
        return tokens, numbers


def joined(mixtures, weights):
    """One mixture of the components of several.

    Parameters
    ----------
    mixtures : list of TableMixture
        Mixtures over the same columns.
    weights : ndarray of shape (n_mixtures,)
        What each of them counts, summing to 1.

    Returns
    -------
    mixture : TableMixture
        Its density is the weighted mean of theirs.
    """
    found = TableMixture(mixtures[0].columns)
    found.prior_ = mixtures[0].prior_
    logs = np.log(weights)
    found.log_weights = np.concatenate(
        [m.log_weights + w for m, w in zip(mixtures, logs, strict=True)]
    )
    for name in ("means", "covariances"):
        setattr(found, name, np.concatenate([getattr(m, name) for m in mixtures]))
    found.log_shares = [
        None if own[0] is None else np.concatenate(own)
        for own in zip(*[m.log_shares for m in mixtures], strict=True)
    ]
    return found


def stack_weights(log_densities, *, rounds=200):
    """Weights of densities in their mixture, by expectation maximisation.

    Parameters
    ----------
    log_densities : ndarray of shape (n_rows, n_densities)
        Of rows that the densities have not seen.
    rounds : int, default=200
        At most so many.

    Returns
    -------
    weights : ndarray of shape (n_densities,)
        Nonnegative, summing to 1; one further row counts for all densities alike.
    """
    n, k = log_densities.shape
    weights = np.full(k, 1 / k)
    ratios = np.exp(log_densities - log_densities.max(axis=1, keepdims=True))
    for _ in range(rounds):
        shares = ratios * weights
        shares /= shares.sum(axis=1, keepdims=True)
        new = (shares.sum(axis=0) + 1 / k) / (n + 1)
        if np.abs(new - weights).max() < 1e-5:
            return new
        weights = new
    return weights


def choose(log_shares, u):
    """Draw an index per row, by the inverse of the distribution function."""
    shares = _softmax(log_shares).cumsum(axis=1)
    found = (shares < (u * shares[:, -1])[:, None]).sum(axis=1)
    return np.minimum(found, shares.shape[1] - 1)


def _truncated(mean, deviation, bounds, u):
    """Draw from Gaussians within bounds, by uniform numbers."""
    low, high = (ndtr((b - mean) / deviation) for b in bounds)
    u = np.clip(low + (high - low) * u, 1e-15, 1 - 1e-15)
    return np.clip(mean + deviation * ndtri(u), *bounds)


def _pairs_of_patterns(known, wanted):
    """Rows that have the same numbers and want the same ones, and which these are."""
    p = known.shape[1]
    rows = np.flatnonzero(wanted.any(axis=1))
    if not len(rows):
        return
    both = np.hstack([known, wanted])[rows]
    found, group = np.unique(both, axis=0, return_inverse=True)
    for i, pair in enumerate(found):
        yield rows[group.ravel() == i], (pair[:p], pair[p:])


def _softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _looked_up(log_shares, tokens):
    """Log-shares of tokens, (n_rows, n_components); 0 for the token -1."""
    with_none = np.vstack([log_shares.T, np.zeros(len(log_shares))])
    return with_none[tokens]


def _patterns(present, *, blank=False):
    """Rows that have the same numbers, and which; with `blank` also rows with none."""
    if not len(present):
        return
    if present.all():
        if present.shape[1] or blank:
            yield np.arange(len(present)), present[0]
        return
    found, group = np.unique(present, axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(group.ravel()))
    for seen, rows in zip(found, np.split(order, ends[:-1]), strict=True):
        if seen.any() or blank:
            yield rows, seen


def _gaussian_terms(Z, means, covariances):
    """Log-density of each number given those before it, (n_rows, n_components, p)."""
    return _factored(Z, means, covariances)[0]


def _factored(Z, means, covariances):
    """Terms as above, numbers in the axes of components, and inverse factors."""
    inverses = np.linalg.inv(np.linalg.cholesky(covariances))
    log_slopes = np.log(np.diagonal(inverses, axis1=1, axis2=2))
    y = _whiten(Z, means, inverses)
    terms = y * y
    terms *= -0.5
    terms += log_slopes - 0.5 * _LOG_2PI
    return terms, y, inverses


def _whiten(Z, means, inverses):
    """Numbers in the axes of each component, (n_rows, n_components, p)."""
    n, p = Z.shape
    blocks = -(-n // _BLOCK)
    padded = np.zeros((blocks * _BLOCK, p))
    padded[:n] = Z
    D = padded.reshape(blocks, 1, _BLOCK, p) - means[:, None]
    y = np.matmul(D, inverses.transpose(0, 2, 1))
    return y.transpose(0, 2, 1, 3).reshape(blocks * _BLOCK, len(means), p)[:n]


def _given(Z, means, covariances, seen):
    """Means and covariances of gaps given the numbers that rows have.

    Returns
    -------
    means : ndarray of shape (n_components, n_rows, n_gaps)
    covariances : ndarray of shape (n_components, n_gaps, n_gaps)
    log_densities : ndarray of shape (n_rows, n_components)
        Of the numbers that are there.
    """
    gone, k, n = ~seen, len(means), len(Z)
    if not seen.any():
        to = np.broadcast_to(means[:, None], (k, n, len(seen)))
        return to, covariances, np.zeros((n, k))
    known = covariances[:, seen][:, :, seen]
    terms, y, inverses = _factored(Z, means[:, seen], known)
    A = np.matmul(covariances[:, gone][:, :, seen], inverses.transpose(0, 2, 1))
    to = means[:, gone][:, None] + np.matmul(y.transpose(1, 0, 2), A.transpose(0, 2, 1))
    noise = covariances[:, gone][:, :, gone] - np.matmul(A, A.transpose(0, 2, 1))
    return to, noise, terms.sum(axis=2)


def _clusters(Z, one_hot, k, random_state):
    """Shares of the clusters that rows start in, (n_rows, k)."""
    if k == 1:
        return np.ones((len(Z), 1))
    # A token that differs is as far as numbers that differ by a deviation or two.
    parts = [Z] + [own for own in one_hot if own is not None and own.shape[1] <= 32]
    rows = np.hstack(parts)
    if not rows.shape[1] or len(rows) <= k:
        return random_state.dirichlet(np.ones(k), size=len(Z))
    with np.errstate(all="ignore"):
        spread = np.maximum(rows.std(axis=0), 1e-9)
    rows = np.clip(rows / np.where(rows.std(axis=0) > 1, spread, 1.0), -1e3, 1e3)
    n_distinct = len(np.unique(rows[: 10 * k + 100], axis=0))
    if n_distinct < k:
        return random_state.dirichlet(np.ones(k), size=len(Z))
    labels = KMeans(k, n_init=1, random_state=random_state.randint(2**31 - 1)).fit(rows)
    return np.eye(k)[labels.labels_]
