"""A restricted Boltzmann machine over tokens and numbers of a table's columns."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LOG_2PI = math.log(2 * math.pi)
# Bounds of the log-precision of a standardised number.
_PRECISIONS = (-2.0, 9.0)


class Column(NamedTuple):
    """Where a column has its units, and where its number."""

    start: int
    n_tokens: int
    token: int | None
    number: int | None

    @property
    def units(self) -> slice:
        """Units of its tokens but the first."""
        return slice(self.start, self.start + self.n_tokens - 1)


class TableUnits:
    """Places of the visible units of a table.

    For each column there is a unit for each token but the first, then come the numbers
    of the columns that have a density. A number is 0 where its column has another
    token.

    Parameters
    ----------
    columns : list of (int, int or None)
        Number of tokens of each column, and the token of its numbers.
    """

    def __init__(self, columns: list) -> None:
        self.columns: list[Column] = []
        n_units = n_numbers = 0
        for n_tokens, token in columns:
            number = None if token is None else n_numbers
            self.columns.append(Column(n_units, n_tokens, token, number))
            n_units += n_tokens - 1
            n_numbers += token is not None
        self.n_indicators, self.n_numbers = n_units, n_numbers

    def __len__(self) -> int:
        return self.n_indicators + self.n_numbers

    def encode(self, tokens: Tensor, numbers: Tensor) -> Tensor:
        """Visible units of encoded rows.

        Parameters
        ----------
        tokens : Tensor of shape (batch, n_columns), dtype int64
            Tokens; -1 for none counts as the first.
        numbers : Tensor of shape (batch, n_columns)
            Standardised numbers.

        Returns
        -------
        v : Tensor of shape (batch, n_units)
            Units.
        """
        v = numbers.new_zeros(len(tokens), len(self))
        starts = torch.tensor([c.start for c in self.columns], device=tokens.device)
        rows, columns = (tokens > 0).nonzero(as_tuple=True)
        v[rows, starts[columns] + tokens[rows, columns] - 1] = 1.0
        for j, c in enumerate(self.columns):
            if c.number is not None:
                own = torch.where(tokens[:, j] == c.token, numbers[:, j], 0.0)
                v[:, self.n_indicators + c.number] = own
        return v

    def decode(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens and numbers of rows of units, each (batch, n_columns)."""
        tokens = torch.zeros(len(v), len(self.columns), dtype=torch.long)
        numbers = torch.zeros(len(v), len(self.columns), dtype=v.dtype)
        for j, c in enumerate(self.columns):
            if c.n_tokens > 1:
                own = v[:, c.units]
                tokens[:, j] = (own.argmax(dim=1) + 1) * (own.sum(dim=1) > 0)
            if c.number is not None:
                numbers[:, j] = v[:, self.n_indicators + c.number]
        return tokens, numbers


class RestrictedBoltzmann(nn.Module):
    r"""Units of columns above hidden units of two states, without links among either.

    .. math:: E(v, h) = -b^T v - c^T h - v^T W h + \tfrac12 \sum_j e^{s_j} z_j^2

    The visible units v are, for each column, one for each token but the first, then the
    standardised numbers z of the columns that have a density. A number is 0 where its
    column has another token. The hidden units are 0 or 1. Given one side the units of
    the other are independent: hidden ones Bernoulli, tokens categorical, and numbers
    Gaussian.

    Parameters
    ----------
    columns : list of (int, int or None)
        Number of tokens of each column, and the token of its numbers.
    n_hidden : int
        Number of hidden units.
    n_chains : int, default=0
        Markov chains that the buffer ``chains`` holds.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import RestrictedBoltzmann
    >>> module = RestrictedBoltzmann([(2, None)] * 3, n_hidden=4)
    >>> module(torch.zeros(5, 3)).shape
    torch.Size([5])
    """

    def __init__(self, columns: list, n_hidden: int, n_chains: int = 0) -> None:
        super().__init__()
        self.units = TableUnits(columns)
        n = len(self.units)
        self.weight = nn.Parameter(torch.randn(n, n_hidden) * 0.01)
        self.visible_bias = nn.Parameter(torch.zeros(n))
        self.hidden_bias = nn.Parameter(torch.zeros(n_hidden))
        self.log_precision = nn.Parameter(torch.zeros(self.units.n_numbers))
        # A model without hidden units, fitted to the rows: annealing begins there.
        self.register_buffer("base_bias", torch.zeros(n))
        self.register_buffer("base_precision", torch.ones(self.units.n_numbers))
        self.register_buffer("chains", torch.zeros(n_chains, n))
        self._place_units()

    def _place_units(self) -> None:
        """Find which units are whose."""
        two, many, owner, firsts, holders, held, always = [], [], [], [], [], [], []
        for c in self.units.columns:
            units = range(c.start, c.start + c.n_tokens - 1)
            if c.n_tokens == 1:
                always += [c.number] * (c.number is not None)
            elif c.n_tokens == 2 and c.number is None:
                two += units
            else:
                firsts.append(len(many))
                owner += [len(firsts) - 1] * c.n_tokens
                if c.number is not None:
                    holders.append(len(many) + c.token)
                    held.append(c.number)
                # The first token has no unit: it is written as -1.
                many += [-1, *units]
        # Columns of two tokens; units, columns and first places of the other tokens;
        # places of the tokens of numbers, these numbers, and those of every row.
        places = {
            "two": two,
            "many": many,
            "owner": owner,
            "firsts": firsts,
            "holders": holders,
            "held": held,
            "always": always,
        }
        for name, values in places.items():
            values = torch.tensor(values, dtype=torch.long)
            self.register_buffer(f"_{name}", values, persistent=False)

    # -- scores ------------------------------------------------------------------------

    def forward(self, v: Tensor) -> Tensor:
        """Log-density of rows but for the partition function, shape (batch,)."""
        return self.at(None).log_density(v)

    def hidden(self, v: Tensor) -> Tensor:
        """Probability of 1 of each hidden unit given rows, (batch, n_hidden)."""
        return self.at(None).hidden(v)

    def at(self, beta: float | None) -> "Tempered":
        """Machine between the base and this one.

        Parameters
        ----------
        beta : float in [0, 1] or None
            1 or None is the machine itself, 0 has no links and the base's biases.

        Returns
        -------
        tempered : Tempered
            Its parameters.
        """
        precision = self.log_precision.clamp(*_PRECISIONS).exp()
        own = (self.visible_bias, self.hidden_bias, self.weight, precision)
        if beta is not None:
            b, c, w, p = own
            b = beta * b + (1 - beta) * self.base_bias
            p = beta * p + (1 - beta) * self.base_precision
            own = (b, beta * c, beta * w, p)
        return Tempered(self, *own)

    @torch.no_grad()
    def set_base(self, v: Tensor) -> None:
        """Fit the base to rows, and begin there: with these biases and no links."""
        k, least = self.units.n_indicators, 1 / len(v)
        means, squares = v.mean(dim=0), v[:, k:].square().mean(dim=0)
        for c in self.units.columns:
            shares = means[c.units]
            shares = torch.cat([1 - shares.sum(dim=0, keepdim=True), shares])
            logs = (shares.clamp(min=0) + least).log()
            if c.number is not None:
                share = shares[c.token].clamp(min=least)
                mean = means[k + c.number] / share
                variance = squares[c.number] / share - mean.square()
                precision = (1 / variance.clamp(min=1e-3)).clamp(
                    *map(math.exp, _PRECISIONS)
                )
                self.base_precision[c.number] = precision
                self.base_bias[k + c.number] = mean * precision
                # The integral over its numbers is part of the share of their token.
                logs[c.token] -= _integral(mean * precision, precision)
            self.base_bias[c.units] = logs[1:] - logs[0]
        self.visible_bias.copy_(self.base_bias)
        self.log_precision.copy_(self.base_precision.log())


class Tempered(NamedTuple):
    """Parameters of a machine, and what follows from them."""

    machine: RestrictedBoltzmann
    visible_bias: Tensor
    hidden_bias: Tensor
    weight: Tensor
    precision: Tensor

    def log_density(self, v: Tensor) -> Tensor:
        """Log-density of rows but for the partition function, shape (batch,)."""
        found = v @ self.visible_bias
        found = found + F.softplus(v @ self.weight + self.hidden_bias).sum(dim=1)
        if self.machine.units.n_numbers:
            numbers = v[:, self.machine.units.n_indicators :]
            found = found - 0.5 * numbers.square() @ self.precision
        return found

    def log_density_of_hidden(self, h: Tensor) -> Tensor:
        """Log-density of hidden states, the visible units summed out."""
        field = h @ self.weight.T + self.visible_bias
        return h @ self.hidden_bias + self.log_sums(field)

    def log_sums(self, field: Tensor) -> Tensor:
        """Log of the sum over all rows of exp(v^T field - squares), shape (batch,)."""
        machine, k = self.machine, self.machine.units.n_indicators
        found = F.softplus(field[:, machine._two]).sum(dim=1)
        integrals = _integral(field[:, k:], self.precision)
        logits = self._logits(field, integrals)
        if len(machine._firsts):
            # Columns are summed one by one; there are few with several tokens.
            ends = [*machine._firsts.tolist()[1:], logits.shape[1]]
            for first, end in zip(machine._firsts.tolist(), ends, strict=True):
                found = found + logits[:, first:end].logsumexp(dim=1)
        return found + integrals[:, machine._always].sum(dim=1)

    def _logits(self, field: Tensor, integrals: Tensor) -> Tensor:
        """Logits of the tokens of columns with more than two."""
        machine = self.machine
        padded = torch.cat([field, field.new_zeros(len(field), 1)], dim=1)
        logits = padded[:, machine._many]
        if len(machine._holders):
            logits = logits.index_add(1, machine._holders, integrals[:, machine._held])
        return logits

    def hidden(self, v: Tensor) -> Tensor:
        """Probability of 1 of each hidden unit given rows."""
        return torch.sigmoid(v @ self.weight + self.hidden_bias)

    def draw_hidden(self, v: Tensor, generator: torch.Generator) -> Tensor:
        """Draw hidden states given rows."""
        p = self.hidden(v)
        return (_uniform(p, generator) < p).to(v)

    def draw_rows(self, h: Tensor, generator: torch.Generator) -> Tensor:
        """Draw rows given hidden states."""
        machine, k = self.machine, self.machine.units.n_indicators
        field = h @ self.weight.T + self.visible_bias
        if len(machine._two) == field.shape[1]:
            p = torch.sigmoid(field)
            return (_uniform(p, generator) < p).to(h)
        v = torch.zeros_like(field)
        p = torch.sigmoid(field[:, machine._two])
        v[:, machine._two] = (_uniform(p, generator) < p).to(h)
        chosen = None
        if len(machine._many):
            logits = self._logits(field, _integral(field[:, k:], self.precision))
            noise = _uniform(logits, generator).clamp(min=1e-30)
            noisy = logits - (-noise.log()).log()
            owner = machine._owner.expand(len(h), -1)
            best = noisy.new_full((len(h), len(machine._firsts)), -torch.inf)
            best = best.scatter_reduce(1, owner, noisy, "amax")
            chosen = (noisy == best.gather(1, owner)).to(h)
            seen = machine._many >= 0
            v[:, machine._many[seen]] = chosen[:, seen]
        if machine.units.n_numbers:
            noise = torch.randn(
                len(h),
                machine.units.n_numbers,
                generator=generator,
                device=h.device,
                dtype=h.dtype,
            )
            numbers = field[:, k:] / self.precision + noise / self.precision.sqrt()
            if len(machine._held):
                present = torch.ones_like(numbers)
                present[:, machine._held] = chosen[:, machine._holders]
                numbers = numbers * present
            v[:, k:] = numbers
        return v

    def gibbs(self, v: Tensor, n_steps: int, generator: torch.Generator) -> Tensor:
        """Go on with Markov chains: hidden states given rows, rows given these."""
        for _ in range(n_steps):
            v = self.draw_rows(self.draw_hidden(v, generator), generator)
        return v


def _integral(field: Tensor, precision: Tensor) -> Tensor:
    """Log of the integral of exp(z field - z^2 precision / 2) over z."""
    return 0.5 * (field.square() / precision + _LOG_2PI - precision.log())


def _uniform(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(
        like.shape, generator=generator, device=like.device, dtype=like.dtype
    )
