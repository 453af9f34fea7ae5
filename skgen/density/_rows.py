"""Drawing rows column by column, freely or given some of their entries."""

import numpy as np
import torch

from ..training import few_threads, is_small
from ._draws import choose, precision_on, truncated

_ROWS = 16384  # rows, or particles, drawn at a time
_IMPOSSIBLE = -200.0


class RowSampler:
    """Draws of a `ColumnNets` model.

    Parameters
    ----------
    nets : ColumnNets
        The model, on the generator's device.
    encoder : TokenEncoder
        Turns tokens into codes and numbers.
    orders : ndarray of shape (n_members, n_columns)
        Order of each member of the model.
    generator : torch.Generator
        Source of the draws.
    n_particles : int
        Candidates per row where known entries come after unknown ones.
    experts : ColumnExperts, default=None
        Mixtures beside the nets; then all members, which have one order, are one model.
    """

    def __init__(self, nets, encoder, orders, *, generator, n_particles, experts=None):
        self.nets, self.encoder, self.experts = nets, encoder, experts
        self.orders = orders if experts is None else orders[:1]
        self.generator, self.n_particles = generator, n_particles
        self.device = generator.device
        self.dtype = precision_on(self.device)
        self.heads = [{} for _ in orders]
        for m, (k, j, kind) in enumerate(nets.heads):
            self.heads[k].setdefault(j, {})[kind] = m

    def draw(self, n):
        """Draw whole rows.

        Parameters
        ----------
        n : int
            Number of rows.

        Returns
        -------
        tokens, numbers : ndarray of shape (n, n_columns)
            Encoded rows.
        """
        d = self.orders.shape[1]
        member = self._uniform(n) * len(self.orders)
        member = member.long().cpu().numpy()
        tokens = np.zeros((n, d), dtype=np.int64)
        numbers = np.zeros((n, d))
        none = np.zeros((n, d), dtype=bool)
        for k in range(len(self.orders)):
            rows = np.flatnonzero(member == k)
            for start in range(0, len(rows), _ROWS):
                part = rows[start : start + _ROWS]
                drawn = self._complete(k, tokens[part], numbers[part], none[part], 1)
                tokens[part], numbers[part] = drawn[:2]
        return tokens, numbers

    def complete(self, tokens, numbers, known, *, full=False):
        """Draw the entries of rows that are not known, given those that are.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Encoded rows.
        known : ndarray of bool, shape (n_rows, n_columns)
            Which entries are given.
        full : bool, default=False
            Whether no missing values are to be drawn.

        Returns
        -------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Completed rows.
        """
        tokens, numbers = tokens.copy(), numbers.copy()
        size = max(1, _ROWS // self.n_particles)
        for start in range(0, len(tokens), size):
            part = slice(start, start + size)
            found = [
                self._complete(
                    k,
                    tokens[part],
                    numbers[part],
                    known[part],
                    self._n_needed(order, known[part]),
                    full,
                )
                for k, order in enumerate(self.orders)
            ]
            # A member counts as much as it expects the known entries.
            evidence = np.stack([f[2] for f in found])
            chosen = self._choose(torch.as_tensor(evidence.T)).cpu().numpy()
            for k, (own_tokens, own_numbers, _) in enumerate(found):
                rows = np.flatnonzero(chosen == k)
                tokens[part][rows] = own_tokens[rows]
                numbers[part][rows] = own_numbers[rows]
        return tokens, numbers

    def particles(self, tokens, numbers, known):
        """Draw many completions of each row, without missing values.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_columns)
            Encoded rows.
        known : ndarray of bool, shape (n_rows, n_columns)
            Which entries are given.

        Yields
        ------
        part : slice
            Some of the rows.
        tokens, numbers : ndarray of shape (n_some, n_particles, n_columns)
            Their completions, all alike probable.
        """
        size = max(1, _ROWS // self.n_particles)
        for start in range(0, len(tokens), size):
            part = slice(start, start + size)
            args = tokens[part], numbers[part], known[part], self.n_particles, True
            found = [
                self._complete(k, *args, all_=True) for k in range(len(self.orders))
            ]
            shape = (-1, self.n_particles, tokens.shape[1])
            own_tokens, own_numbers = (
                np.stack([f[i].reshape(shape) for f in found]) for i in range(2)
            )
            evidence = torch.as_tensor(np.stack([f[2] for f in found]).T)
            evidence = evidence.repeat_interleave(self.n_particles, dim=0)
            chosen = self._choose(evidence).cpu().numpy().reshape(-1, self.n_particles)
            at = chosen, *np.ogrid[: len(chosen), : self.n_particles]
            yield part, own_tokens[at], own_numbers[at]

    def _n_needed(self, order, known):
        """One candidate is exact where no known entry follows an unknown one."""
        unknown = np.logical_or.accumulate(~known[:, order], axis=1)
        return self.n_particles if (unknown & known[:, order]).any() else 1

    @torch.inference_mode()
    def _complete(self, k, tokens, numbers, known, n_particles, full=False, all_=False):
        """Complete rows by one member; also the log-likelihood of what is known."""
        n = len(tokens)
        self._tokens = np.repeat(tokens, n_particles, axis=0)
        self._numbers = np.repeat(numbers, n_particles, axis=0)
        evidence = np.zeros(n)
        shape = self._tokens.shape
        self._codes = torch.zeros(shape, dtype=torch.int64, device=self.device)
        self._inputs = torch.zeros(shape, device=self.device)
        with few_threads(self.device.type == "cpu" and is_small(self.nets, 512)):
            for j in self.orders[k]:
                heads = self.heads[k].get(j, {})
                free = np.repeat(~known[:, j], n_particles)
                if free.any():
                    self._draw_column(k, j, np.flatnonzero(free), full)
                self._enter(j)
                if heads and not free.all():
                    weights = self._log_likelihood(k, j)
                    weights[torch.as_tensor(free, device=self.device)] = 0
                    weights = weights.view(n, n_particles)
                    total = torch.logsumexp(weights, dim=1) - np.log(n_particles)
                    evidence += total.cpu().numpy()
                    if n_particles > 1:
                        self._resample(weights, known[:, j])
        if all_:
            return self._tokens, self._numbers, evidence
        chosen = torch.randint(
            n_particles, (n,), generator=self.generator, device=self.device
        )
        rows = np.arange(n) * n_particles + chosen.cpu().numpy()
        return self._tokens[rows], self._numbers[rows], evidence

    def _enter(self, j):
        """Let the nets see what column `j` holds by now."""
        z = self._numbers[:, j]
        codes, values = self.encoder.numbers_of(j, self._tokens[:, j], z)
        self._numbers[:, j] = values
        self._codes[:, j] = torch.as_tensor(codes, device=self.device)
        self._inputs[:, j] = torch.as_tensor(values, device=self.device)

    def _draw_column(self, k, j, rows, full):
        """Draw tokens and numbers of some rows."""
        if self.experts is None:
            self._draw_by_net(k, j, rows, full)
            return
        n_members, weights = len(self.heads), self.experts.weights[j]
        weights = np.append(np.full(n_members, weights[0] / n_members), weights[1:])
        logs = torch.as_tensor(np.log(np.maximum(weights, 1e-300)), device=self.device)
        source = self._choose(logs.expand(len(rows), -1)).cpu().numpy()
        column = self.encoder.columns_[j]
        bounds = None if column["continuous"] is None else self.encoder.in_range(j)
        barred = column["missing"] if full and column["n_tokens"] > 1 else None
        for i in np.unique(source):
            own = rows[source == i]
            if i < n_members:
                self._draw_by_net(i, j, own, full)
                continue
            self._tokens[own, j], self._numbers[own, j] = self.experts.draw(
                i - n_members,
                j,
                self._tokens[own],
                self._numbers[own],
                lambda n: self._uniform(n).cpu().numpy(),
                bounds,
                barred,
            )

    def _draw_by_net(self, k, j, rows, full):
        """Draw tokens and numbers of some rows by the nets of one member."""
        column, heads = self.encoder.columns_[j], self.heads[k].get(j, {})
        index = torch.as_tensor(rows, device=self.device)
        seen = self.nets.seen(self._codes[index], self._inputs[index])
        last = column["n_tokens"] - 1
        barred = full and column["missing"] is not None and last > 0
        token = torch.zeros(len(rows), dtype=torch.int64, device=self.device)
        if "token" in heads:
            logits = self.nets.outputs(heads["token"], seen)
            if barred:
                logits = _barred(logits, last)
            token = self._choose(logits)
        elif "group" in heads:
            logits = self.nets.outputs(heads["group"], seen)
            starts = self.nets.group_starts(j)
            place = last - int(starts[-1])  # of the last token in its group
            if barred and not place:
                logits = _barred(logits, logits.shape[1] - 1)
            group = self._choose(logits)
            token = starts[group]
            if "within" in heads:
                logits = self.nets.outputs(heads["within"], seen, group)
                if barred and place:
                    logits = _barred(logits, place, group == len(starts) - 1)
                token = token + self._choose(logits)
        token = token.cpu().numpy()
        self._tokens[rows, j] = token
        if "number" in heads:
            at = token == column["continuous"]
            m = heads["number"]
            seen = type(seen)(*[values[at] for values in seen])
            parts = self.nets.mixture(m, self.nets.outputs(m, seen), seen)
            low, high = self.encoder.in_range(j)
            drawn = truncated(
                *[p.to(self.dtype) for p in parts], low, high, self.generator
            )
            self._numbers[rows[at], j] = drawn.cpu().numpy()

    def _log_likelihood(self, k, j):
        """Log-likelihood of a column as it stands, for every candidate."""
        tokens = torch.as_tensor(self._tokens, device=self.device)
        members = [k] if self.experts is None else range(len(self.heads))
        seen = self.nets.seen(self._codes, self._inputs)
        found = [
            sum(
                self.nets.term(m, tokens, self._inputs, seen)
                for m in self.heads[member][j].values()
            )
            for member in members
        ]
        if self.experts is None:
            return found[0]
        nets = torch.logsumexp(torch.stack(found).double(), dim=0) - np.log(len(found))
        weights = np.log(np.maximum(self.experts.weights[j], 1e-300))
        own = self.experts.conditionals(self._tokens, self._numbers, j)
        own = torch.as_tensor(own + weights[1:], device=self.device)
        every = torch.cat([nets[:, None] + weights[0], own.to(nets.dtype)], dim=1)
        return torch.logsumexp(every, dim=1)

    def _resample(self, weights, known):
        """Replace the candidates of rows by draws from them (systematic)."""
        n, size = weights.shape
        shares = torch.softmax(weights.to(self.dtype), dim=1).cumsum(dim=1)
        places = torch.arange(size, device=self.device) + self._uniform(n)[:, None]
        ancestors = torch.searchsorted(shares, places / size)
        ancestors = ancestors.clamp(max=size - 1).cpu().numpy()
        ancestors[~known] = np.arange(size)
        rows = (np.arange(n)[:, None] * size + ancestors).ravel()
        self._tokens, self._numbers = self._tokens[rows], self._numbers[rows]
        index = torch.as_tensor(rows, device=self.device)
        self._codes, self._inputs = self._codes[index], self._inputs[index]

    def _choose(self, logits):
        return choose(logits.to(self.dtype), self.generator)

    def _uniform(self, n):
        return torch.rand(
            n, generator=self.generator, device=self.device, dtype=self.dtype
        )


def _barred(logits, place, rows=slice(None)):
    """Logits that leave one choice out, of some of the rows."""
    logits = logits.clone()
    logits[rows, place] = _IMPOSSIBLE
    return logits
