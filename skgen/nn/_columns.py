"""One small net per column: what comes next in a row of tokens and numbers."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_FAR = 4.0  # numbers are bounded smoothly before a net sees them
_IMPOSSIBLE = -200.0


class ColumnSpec(NamedTuple):
    """What the nets of a table have to know of a column.

    Parameters
    ----------
    n_tokens : int
        Tokens that the column can hold.
    n_codes : int
        Codes that stand for it as an input.
    continuous : int or None
        Token of the numbers that have a density.
    groups : tuple of int or None
        Ascending group of each token: the group is told first, the token within it by
        a second net.

    Examples
    --------
    >>> from skgen.nn import ColumnSpec
    >>> ColumnSpec(n_tokens=2, n_codes=3, continuous=None, groups=None).n_codes
    3
    """

    n_tokens: int
    n_codes: int
    continuous: int | None
    groups: tuple[int, ...] | None


class ColumnHead(NamedTuple):
    """What one net tells.

    Attributes
    ----------
    member : int
        Which of the orders it belongs to.
    column : int
        The column it is about.
    kind : {"token", "group", "within", "number"}
        Mass of the token; of its group; of the token within its group; or the density
        of a number.
    """

    member: int
    column: int
    kind: str


class Seen(NamedTuple):
    """What the nets of an order see of rows, columns in that order.

    Attributes
    ----------
    codes : Tensor of shape (batch, n_columns)
        Codes, counted through the columns.
    numbers : Tensor of shape (batch, n_columns)
        Standardised numbers.
    bounded, squares : Tensor of shape (batch, n_columns)
        The numbers smoothly bounded, and the squares of these, standardised too.
    """

    codes: Tensor
    numbers: Tensor
    bounded: Tensor
    squares: Tensor


class ColumnNet(nn.Module):
    r"""Two-layer net on the columns that come before one column.

    A code is embedded; a number enters bounded, with its square. The output is
    ``base + net(input)``, with a base that is not trained, so that weight decay draws
    the conditionals to what holds without the columns before.

    Parameters
    ----------
    n_codes : sequence of int
        Codes of each input column.
    n_numbers : int
        Numbers that are inputs.
    n_outputs : int
        Length of the output.
    hidden : sequence of int
        Widths of the hidden layers; from the second on, layers of equal width are
        residual.
    embedding_size : int
        Length of the embedding of a code.

    Notes
    -----
    *Shape*: codes (batch, len(n_codes)), counted through the columns, numbers and
    squares (batch, n_numbers) to (batch, n_outputs).
    """

    def __init__(
        self,
        n_codes: Sequence[int],
        n_numbers: int,
        n_outputs: int,
        hidden: Sequence[int],
        embedding_size: int,
    ) -> None:
        super().__init__()
        self.register_buffer("base", torch.zeros(n_outputs))
        width = len(n_codes) * embedding_size + 2 * n_numbers
        self.embedding = nn.Parameter(0.3 * torch.randn(sum(n_codes), embedding_size))
        layers = []
        for size in hidden if width else ():
            layer = nn.Linear(width, size)
            nn.init.normal_(layer.weight, std=width**-0.5)
            nn.init.zeros_(layer.bias)
            layers.append(layer)
            width = size
        self.layers = nn.ModuleList(layers)
        self.weight = nn.Parameter(torch.zeros(n_outputs, width))
        self.bias = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, codes: Tensor, numbers: Tensor, squares: Tensor) -> Tensor:
        """Tell the outputs from codes, bounded numbers and their squares."""
        if not len(self.layers):
            return (self.base + self.bias).expand(len(codes), -1)
        embedded = F.embedding(codes, self.embedding).flatten(1)
        h = torch.cat([embedded, numbers, squares], dim=1)
        in_place = not torch.is_grad_enabled()
        for layer in self.layers:
            new = F.hardswish(layer(h), inplace=in_place)
            h = new.add_(h) if new.shape == h.shape else new
        return F.linear(h, self.weight, self.base + self.bias)


class ColumnNets(nn.Module):
    r"""Autoregressive model of a table: a net for each column given those before.

    .. math:: \log p(x) = \sum_j \log p(x_{o(j)} \mid x_{o(1)}, \dots, x_{o(j-1)})

    for one order o, or several, each a model of its own. A token has a softmax; many
    tokens have two, of groups and within the group. A number has a mixture of Gaussians
    around a linear prediction from the numbers before.

    Parameters
    ----------
    columns : sequence of ColumnSpec
        The columns of the table.
    orders : sequence of sequence of int
        Orders of the columns.
    hidden : sequence of int, default=(64, 64)
        Widths of each net's hidden layers.
    embedding_size : int, default=8
        Length of the embedding of a code.
    n_components : int, default=8
        Components of each mixture.

    Attributes
    ----------
    heads : list of ColumnHead
        What each net tells.
    finished : set of int
        Nets that training leaves alone.

    References
    ----------
    M. Germain, K. Gregor, I. Murray, H. Larochelle, "MADE: masked autoencoder for
    distribution estimation", ICML 2015, equation 3 and section 4.2 (several orders);
    here the masks leave no weight shared between columns, so that each net can stop
    training when it overfits.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import ColumnNets, ColumnSpec
    >>> columns = [ColumnSpec(2, 3, None, None), ColumnSpec(1, 2, 0, None)]
    >>> net = ColumnNets(columns, [[0, 1]])
    >>> [head.kind for head in net.heads]
    ['token', 'number']
    >>> tokens = torch.tensor([[0, 0], [1, 0]])
    >>> net(tokens, tokens, torch.zeros(2, 2)).shape
    torch.Size([2, 2])
    """

    def __init__(
        self,
        columns: Sequence[ColumnSpec],
        orders: Sequence[Sequence[int]],
        *,
        hidden: Sequence[int] = (64, 64),
        embedding_size: int = 8,
        n_components: int = 8,
    ) -> None:
        super().__init__()
        self.n_components = n_components
        orders = [[int(j) for j in order] for order in orders]
        self.register_buffer("orders", torch.tensor(orders))
        self.in_order = [order == list(range(len(order))) for order in orders]
        self.heads: list[ColumnHead] = []
        self.before: list[list[int]] = []
        self.finished: set[int] = set()
        self.continuous = [c.continuous for c in columns]
        self.nets = nn.ModuleList()
        for k, order in enumerate(orders):
            codes = [columns[i].n_codes for i in order]
            first = torch.tensor(codes).cumsum(0) - torch.tensor(codes)
            self.register_buffer(f"first_{k}", first, persistent=False)
            for place, j in enumerate(order):
                for kind, n_outputs, more in _outputs(columns[j], n_components):
                    self.heads.append(ColumnHead(k, j, kind))
                    self.before.append(order[:place])
                    inputs = [*codes[:place], *more]
                    self.nets.append(
                        ColumnNet(inputs, place, n_outputs, hidden, embedding_size)
                    )
        for m, head in enumerate(self.heads):
            if head.kind == "number":
                self._init_mixture(m)
        for j, column in enumerate(columns):
            if column.groups is not None:
                groups = torch.tensor(column.groups)
                sizes = torch.bincount(groups)
                starts = sizes.cumsum(0) - sizes
                places = torch.arange(int(sizes.max()))
                absent = _IMPOSSIBLE * (places >= sizes[:, None]).float()
                self.register_buffer(f"groups_{j}", groups, persistent=False)
                self.register_buffer(f"absent_{j}", absent, persistent=False)
                self.register_buffer(f"starts_{j}", starts, persistent=False)

    def _init_mixture(self, m: int) -> None:
        """Start as about one Gaussian; buffers hold the linear prediction."""
        k, net = self.n_components, self.nets[m]
        net.base[k : 2 * k] = torch.linspace(-0.9, 0.9, k) if k > 1 else 0.0
        net.base[2 * k :] = -0.27 if k > 1 else 0.0
        nn.init.normal_(net.weight, std=0.01)
        net.register_buffer("slopes", torch.zeros(len(self.before[m])))
        net.register_buffer("intercept", torch.zeros(()))
        net.register_buffer("deviation", torch.ones(()))

    def start(self, m: int, **values: Tensor) -> None:
        """Set buffers of a net before training: ``base``, ``slopes`` and such."""
        for name, value in values.items():
            getattr(self.nets[m], name).copy_(torch.as_tensor(value))

    def group_starts(self, column: int) -> Tensor:
        """First token of each group of a column."""
        return getattr(self, f"starts_{column}")

    # -- one net -----------------------------------------------------------------------

    def seen(self, k: int, codes: Tensor, numbers: Tensor) -> Seen:
        """Tell what the nets of an order see.

        Parameters
        ----------
        k : int
            Index of the order.
        codes, numbers : Tensor of shape (batch, n_columns)
            Codes and standardised numbers, in the order of the table; what is not
            known yet may hold anything.

        Returns
        -------
        seen : Seen
            For `outputs` and `mixture`.
        """
        if not self.in_order[k]:
            codes, numbers = codes[:, self.orders[k]], numbers[:, self.orders[k]]
        bounded = numbers / torch.sqrt(1 + (numbers / _FAR).square())
        squares = bounded.square() / 2 - 0.5
        return Seen(codes + getattr(self, f"first_{k}"), numbers, bounded, squares)

    def outputs(self, m: int, seen: Seen, group: Tensor | None = None) -> Tensor:
        """Tell what one net says.

        Parameters
        ----------
        m : int
            Index of the net.
        seen : Seen
            What the nets of its order see; only columns before its own count.
        group : Tensor of shape (batch,), default=None
            Group of the token, for a net of kind "within".

        Returns
        -------
        outputs : Tensor of shape (batch, n_outputs)
            Log-masses, up to a constant, or logits, means and log-deviations of a
            mixture.
        """
        k, j, kind = self.heads[m]
        n = len(self.before[m])
        codes = seen.codes[:, :n]
        if kind == "within":
            own = group + getattr(self, f"first_{k}")[n]
            codes = torch.cat([codes, own[:, None]], dim=1)
        found = self.nets[m](codes, seen.bounded[:, :n], seen.squares[:, :n])
        if kind == "within":
            found = found + F.embedding(group, getattr(self, f"absent_{j}"))
        return found

    def mixture(
        self, m: int, outputs: Tensor, seen: Seen
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log-weights, means and deviations of a number's mixture, each (batch, k)."""
        net = self.nets[m]
        logits, means, scales = outputs.split(self.n_components, dim=1)
        center = seen.numbers[:, : len(self.before[m])] @ net.slopes + net.intercept
        means = center[:, None] + net.deviation * means
        deviations = torch.exp(scales.clamp(-7.0, 3.0)) * net.deviation
        return torch.log_softmax(logits, dim=1), means, deviations

    # -- all nets ----------------------------------------------------------------------

    def forward(self, tokens: Tensor, codes: Tensor, numbers: Tensor) -> Tensor:
        """Log-likelihood terms of rows.

        Parameters
        ----------
        tokens, codes : Tensor of shape (batch, n_columns)
            Tokens (-1: counts nothing) and codes, int64.
        numbers : Tensor of shape (batch, n_columns)
            Standardised numbers.

        Returns
        -------
        terms : Tensor of shape (batch, n_nets)
            What each net adds to the log-likelihood of its order, in nats.
        """
        seen = [self.seen(k, codes, numbers) for k in range(len(self.orders))]
        terms = [
            numbers.new_zeros(len(tokens))
            if self.training and m in self.finished
            else self.term(m, tokens, numbers, seen[head.member])
            for m, head in enumerate(self.heads)
        ]
        if not terms:
            return numbers.new_zeros(len(tokens), 0)
        return torch.stack(terms, dim=1)

    def term(self, m: int, tokens: Tensor, numbers: Tensor, seen: Seen) -> Tensor:
        """Log-likelihood terms of one net, (batch,); see `forward` and `outputs`."""
        _, j, kind = self.heads[m]
        token = tokens[:, j]
        known = token >= 0
        target = token.clamp(min=0)
        group = None
        if kind in ("group", "within"):
            group = getattr(self, f"groups_{j}")[target]
        outputs = self.outputs(m, seen, group)
        if kind == "number":
            log_weights, means, deviations = self.mixture(m, outputs, seen)
            z = (numbers[:, j, None] - means) / deviations
            log_densities = -0.5 * z * z - torch.log(deviations) - _LOG_SQRT_2PI
            found = torch.logsumexp(log_weights + log_densities, dim=1)
            known = token == self.continuous[j]
        else:
            if kind == "group":
                target = group
            elif kind == "within":
                target = target - self.group_starts(j)[group]
            # Twice as fast as cross_entropy on narrow rows.
            own = outputs.gather(1, target[:, None])[:, 0]
            found = own - torch.logsumexp(outputs, dim=1)
        return torch.where(known, found, torch.zeros_like(found))


def _outputs(column: ColumnSpec, n_components: int) -> list[tuple[str, int, list[int]]]:
    """Kinds of the nets of a column, their outputs, codes of further inputs."""
    found: list[tuple[str, int, list[int]]] = []
    if column.groups is not None:
        sizes = torch.bincount(torch.tensor(column.groups))
        found.append(("group", len(sizes), []))
        if int(sizes.max()) > 1:
            found.append(("within", int(sizes.max()), [len(sizes)]))
    elif column.n_tokens > 1:
        found.append(("token", column.n_tokens, []))
    if column.continuous is not None:
        found.append(("number", 3 * n_components, []))
    return found
