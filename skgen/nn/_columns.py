"""One small net per column: what comes next in a row of tokens and numbers."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

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
    """What the nets see of rows.

    Attributes
    ----------
    codes : Tensor of shape (batch, n_columns)
        Codes.
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
    r"""Weights of a net on some columns that come before one column.

    A code is embedded; a number enters bounded, with its square. The output is
    ``base + net(input)``, with a base that is not trained, so that weight decay draws
    the conditionals to what holds without the columns before. `ColumnNets` runs all its
    nets together, so they have the places of the one with the most inputs; outputs that
    are there for the same reason have no mass.

    Parameters
    ----------
    n_codes : sequence of int
        Codes of each input.
    n_numbers : int
        Numbers that are inputs.
    n_outputs : int
        Length of the output.
    hidden : sequence of int
        Widths of the hidden layers; from the second on, layers of equal width are
        residual.
    embedding_size : int
        Length of the embedding of a code.
    places : tuple of (int, int)
        Places for codes and for numbers, not all of which need be used.
    n_places : int
        Places for outputs.

    Notes
    -----
    *Shape*: codes (batch, len(n_codes)), numbers and squares (batch, n_numbers) to
    (batch, n_outputs).
    """

    def __init__(
        self,
        n_codes: Sequence[int],
        n_numbers: int,
        n_outputs: int,
        hidden: Sequence[int],
        embedding_size: int,
        places: tuple[int, int],
        n_places: int,
    ) -> None:
        super().__init__()
        self.n_outputs = n_outputs
        self.first = [sum(n_codes[:i]) for i in range(len(n_codes))]
        base = torch.zeros(n_places)
        base[n_outputs:] = _IMPOSSIBLE
        self.register_buffer("base", base)
        e, (n_slots, n_values) = embedding_size, places
        real = len(n_codes) * e + 2 * n_numbers
        self.embedding = nn.Parameter(0.3 * torch.randn(sum(n_codes), e))
        width, layers = n_slots * e + 2 * n_values, []
        for size in hidden:
            layer = nn.Linear(width, size)
            nn.init.normal_(layer.weight, std=max(real, 1) ** -0.5)
            nn.init.zeros_(layer.bias)
            layers.append(layer)
            width = real = size
        self.layers = nn.ModuleList(layers)
        self.weight = nn.Parameter(torch.zeros(n_places, width))
        self.bias = nn.Parameter(torch.zeros(n_places))
        # Columns of the first weight that inputs are at.
        at = [
            *range(len(n_codes) * e),
            *range(n_slots * e, n_slots * e + n_numbers),
            *range(n_slots * e + n_values, n_slots * e + n_values + n_numbers),
        ]
        self.register_buffer("used", torch.tensor(at, dtype=torch.long), False)

    def forward(self, codes: Tensor, numbers: Tensor, squares: Tensor) -> Tensor:
        """Tell the outputs from codes, bounded numbers and their squares."""
        first = torch.tensor(self.first, dtype=torch.long, device=codes.device)
        embedded = F.embedding(codes + first, self.embedding).flatten(1)
        h = torch.cat([embedded, numbers, squares], dim=1)
        weight = self.layers[0].weight[:, self.used]
        h = F.hardswish(F.linear(h, weight, self.layers[0].bias))
        for layer in list(self.layers)[1:]:
            new = F.hardswish(layer(h))
            h = new + h if new.shape == h.shape else new
        n = self.n_outputs
        return F.linear(h, self.weight[:n], (self.base + self.bias)[:n])


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
    inputs : sequence of sequence of sequence of int, default=None
        For each order and each column, by its index, the earlier columns that its nets
        see; None for all of them.

    Attributes
    ----------
    heads : list of ColumnHead
        What each net tells.
    before : list of list of int
        The columns that each net sees.
    earlier : list of list of int
        The columns before that of each net, from which numbers are predicted linearly.
    finished : set of int
        Nets that training leaves alone.
    width : int
        Inputs of each net.

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
        inputs: Sequence[Sequence[Sequence[int]]] | None = None,
    ) -> None:
        super().__init__()
        self.n_components = n_components
        orders = [[int(j) for j in order] for order in orders]
        self.register_buffer("orders", torch.tensor(orders))
        self.heads: list[ColumnHead] = []
        self.before: list[list[int]] = []
        self.earlier: list[list[int]] = []
        self.finished: set[int] = set()
        self.continuous = [c.continuous for c in columns]
        self.nets = nn.ModuleList()
        outputs, more = [], []
        for k, order in enumerate(orders):
            for place, j in enumerate(order):
                seen = order[:place] if inputs is None else inputs[k][j]
                for kind, n_outputs, own in _outputs(columns[j], n_components):
                    self.heads.append(ColumnHead(k, j, kind))
                    self.before.append([int(i) for i in seen])
                    self.earlier.append(order[:place])
                    outputs.append(n_outputs)
                    more.append(own)
        # One at least, though the only column has no input.
        places = (
            max(
                [1, *(len(b) + len(m) for b, m in zip(self.before, more, strict=True))]
            ),
            max([1, *(len(b) for b in self.before)]),
        )
        for m, head in enumerate(self.heads):
            codes = [columns[i].n_codes for i in self.before[m]]
            n_places = outputs[m]
            if head.kind != "number":
                n_places = max(4, 1 << (n_places - 1).bit_length())
            self.nets.append(
                ColumnNet(
                    [*codes, *more[m]],
                    len(codes),
                    outputs[m],
                    hidden,
                    embedding_size,
                    places,
                    n_places,
                )
            )
            if head.kind == "number":
                self._init_mixture(m)
        for j, column in enumerate(columns):
            if column.groups is not None:
                groups = torch.tensor(column.groups)
                sizes = torch.bincount(groups)
                starts = sizes.cumsum(0) - sizes
                spots = torch.arange(int(sizes.max()))
                absent = _IMPOSSIBLE * (spots >= sizes[:, None]).float()
                self.register_buffer(f"groups_{j}", groups, persistent=False)
                self.register_buffer(f"absent_{j}", absent, persistent=False)
                self.register_buffer(f"starts_{j}", starts, persistent=False)
        self._places = places
        self.width = places[0] * embedding_size + 2 * places[1]
        self._plans: dict[tuple[int, ...], _Plan] = {}

    def _init_mixture(self, m: int) -> None:
        """Start as about one Gaussian; buffers hold the linear prediction."""
        k, net = self.n_components, self.nets[m]
        net.base[k : 2 * k] = torch.linspace(-0.9, 0.9, k) if k > 1 else 0.0
        net.base[2 * k :] = -0.27 if k > 1 else 0.0
        nn.init.normal_(net.weight, std=0.01)
        net.register_buffer("slopes", torch.zeros(len(self.earlier[m])))
        net.register_buffer("intercept", torch.zeros(()))
        net.register_buffer("deviation", torch.ones(()))

    def start(self, m: int, **values: Tensor) -> None:
        """Set buffers of a net before training: ``base``, ``slopes`` and such."""
        self._plans = {}
        for name, value in values.items():
            value, buffer = torch.as_tensor(value), getattr(self.nets[m], name)
            (buffer[: len(value)] if name == "base" else buffer).copy_(value)

    def group_starts(self, column: int) -> Tensor:
        """First token of each group of a column."""
        return getattr(self, f"starts_{column}")

    # -- one net -----------------------------------------------------------------------

    def seen(self, codes: Tensor, numbers: Tensor) -> Seen:
        """Tell what the nets see.

        Parameters
        ----------
        codes, numbers : Tensor of shape (batch, n_columns)
            Codes and standardised numbers; what is not known yet may hold anything.

        Returns
        -------
        seen : Seen
            For `outputs` and `mixture`.
        """
        bounded = numbers / torch.sqrt(1 + (numbers / _FAR).square())
        return Seen(codes, numbers, bounded, bounded.square() / 2 - 0.5)

    def outputs(self, m: int, seen: Seen, group: Tensor | None = None) -> Tensor:
        """Tell what one net says.

        Parameters
        ----------
        m : int
            Index of the net.
        seen : Seen
            What the nets see; only columns before its own count.
        group : Tensor of shape (batch,), default=None
            Group of the token, for a net of kind "within".

        Returns
        -------
        outputs : Tensor of shape (batch, n_outputs)
            Log-masses, up to a constant, or logits, means and log-deviations of a
            mixture.
        """
        _, j, kind = self.heads[m]
        before = self.before[m]
        codes = seen.codes[:, before]
        if kind == "within":
            codes = torch.cat([codes, group[:, None]], dim=1)
        found = self.nets[m](codes, seen.bounded[:, before], seen.squares[:, before])
        if kind == "within":
            found = found + F.embedding(group, getattr(self, f"absent_{j}"))
        return found

    def mixture(
        self, m: int, outputs: Tensor, seen: Seen
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log-weights, means and deviations of a number's mixture, each (batch, k)."""
        net = self.nets[m]
        logits, means, scales = outputs.split(self.n_components, dim=1)
        center = seen.numbers[:, self.earlier[m]] @ net.slopes + net.intercept
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
        terms = numbers.new_zeros(len(tokens), len(self.heads))
        active = tuple(
            m
            for m in range(len(self.heads))
            if not (self.training and m in self.finished)
        )
        if not active:
            return terms
        plan = self._plan(active, numbers)
        h = self._hidden(plan, tokens, self.seen(codes, numbers))
        parts = [
            self._bucket(bucket, h[bucket.at], tokens, numbers)
            for bucket in plan.buckets
        ]
        found = torch.cat(parts).T
        if len(active) == len(self.heads):
            return found[:, plan.back]
        return terms.index_copy(1, plan.order, found)

    def _plan(self, active: tuple[int, ...], like: Tensor) -> "_Plan":
        """Index tensors to run some of the nets together."""
        key = (*active, str(like.device), str(like.dtype))
        plan = self._plans.get(key)
        if plan is None:
            plan = _Plan(self, active, like)
            self._plans = {key: plan}
        return plan

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        self._plans = {}
        super()._load_from_state_dict(*args, **kwargs)

    def _hidden(self, plan: "_Plan", tokens: Tensor, seen: Seen) -> Tensor:
        """Last hidden layer of all nets of a plan, (n_nets, batch, width)."""
        nets = [self.nets[m] for m in plan.active]
        n = len(tokens)
        codes = torch.cat([seen.codes, seen.codes.new_zeros(n, 1)], dim=1)
        if plan.within:
            groups = [
                getattr(self, f"groups_{j}")[tokens[:, j].clamp(min=0)]
                for j in plan.within
            ]
            codes = torch.cat([codes, torch.stack(groups, dim=1)], dim=1)
        # The last row stands for an empty place.
        nothing = self.nets[0].embedding.new_zeros(1, self.nets[0].embedding.shape[1])
        table = torch.cat([*[net.embedding for net in nets], nothing])
        embedded = F.embedding(codes[:, plan.slots] + plan.first, table)
        none = seen.bounded.new_zeros(n, 1)
        values = [
            torch.cat([x, none], dim=1)[:, plan.values]
            for x in (seen.bounded, seen.squares)
        ]
        h = torch.cat([embedded.flatten(2), *values], dim=2).transpose(0, 1)
        for i in range(len(nets[0].layers)):
            weight = torch.stack([net.layers[i].weight for net in nets])
            bias = torch.stack([net.layers[i].bias for net in nets])
            new = F.hardswish(torch.baddbmm(bias[:, None], h, weight.transpose(1, 2)))
            h = new + h if i and new.shape == h.shape else new
        return h

    def _bucket(
        self, bucket: "_Bucket", h: Tensor, tokens: Tensor, numbers: Tensor
    ) -> Tensor:
        """Terms of nets whose outputs have as many places, (n_nets, batch)."""
        nets = [self.nets[m] for m in bucket.heads]
        weight = torch.stack([net.weight for net in nets])
        bias = torch.stack([net.base + net.bias for net in nets])
        outputs = torch.baddbmm(bias[:, None], h, weight.transpose(1, 2))
        token = tokens[:, bucket.columns].T
        if bucket.kind == "number":
            logits, means, scales = outputs.split(self.n_components, dim=2)
            center = (numbers @ bucket.slopes + bucket.intercepts).T[:, :, None]
            deviation = bucket.deviations[:, None, None]
            deviations = torch.exp(scales.clamp(-7.0, 3.0)) * deviation
            z = (numbers[:, bucket.columns].T[:, :, None] - center) - deviation * means
            z = z / deviations
            parts = -0.5 * z * z - torch.log(deviations) - _LOG_SQRT_2PI
            found = torch.logsumexp(torch.log_softmax(logits, dim=2) + parts, dim=2)
            known = token == bucket.continuous[:, None]
            return torch.where(known, found, torch.zeros_like(found))
        target = token.clamp(min=0)
        if bucket.kind != "token":
            rows = list(zip(bucket.heads, target, strict=True))
            groups = [
                getattr(self, f"groups_{self.heads[m].column}")[own] for m, own in rows
            ]
            if bucket.kind == "within":
                pads = outputs.new_zeros(outputs.shape)
                for i, (m, _) in enumerate(rows):
                    absent = getattr(self, f"absent_{self.heads[m].column}")
                    pads[i, :, : absent.shape[1]] = F.embedding(groups[i], absent)
                outputs = outputs + pads
                target = torch.stack(
                    [
                        own - self.group_starts(self.heads[m].column)[group]
                        for (m, own), group in zip(rows, groups, strict=True)
                    ]
                )
            else:
                target = torch.stack(groups)
        # Twice as fast as cross_entropy on narrow rows.
        own = outputs.gather(2, target[:, :, None])[:, :, 0]
        found = own - torch.logsumexp(outputs, dim=2)
        return torch.where(token >= 0, found, torch.zeros_like(found))

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


class _Bucket:
    """Nets of one kind whose outputs have as many places."""

    def __init__(
        self, nets: ColumnNets, heads: list[int], at: list[int], like: Tensor
    ) -> None:
        device = like.device
        self.heads, self.kind = heads, nets.heads[heads[0]].kind
        self.at = torch.tensor(at, device=device)
        columns = [nets.heads[m].column for m in heads]
        self.columns = torch.tensor(columns, device=device)
        if self.kind != "number":
            return
        own = [nets.nets[m] for m in heads]
        self.continuous = torch.tensor(
            [nets.continuous[j] for j in columns], device=device
        )
        self.slopes = like.new_zeros(nets.orders.shape[1], len(heads))
        for i, m in enumerate(heads):
            self.slopes[nets.earlier[m], i] = own[i].slopes.to(like)
        self.intercepts = torch.stack([net.intercept for net in own]).to(like)
        self.deviations = torch.stack([net.deviation for net in own]).to(like)


class _Plan:
    """Which entries of a batch go where, to run nets together."""

    def __init__(self, nets: ColumnNets, active: tuple[int, ...], like: Tensor) -> None:
        device, d = like.device, nets.orders.shape[1]
        self.active = active
        self.within = [
            nets.heads[m].column for m in active if nets.heads[m].kind == "within"
        ]
        n_slots, n_values = nets._places
        n_rows = sum(len(nets.nets[m].embedding) for m in active)
        slots = torch.full((len(active), n_slots), d)
        first = torch.full((len(active), n_slots), n_rows)
        values = torch.full((len(active), n_values), d)
        start, n_within = 0, 0
        for i, m in enumerate(active):
            net, before = nets.nets[m], nets.before[m]
            places = list(before)
            if nets.heads[m].kind == "within":
                places.append(d + 1 + n_within)
                n_within += 1
            n = len(places)
            slots[i, :n] = torch.tensor(places, dtype=torch.long)
            first[i, :n] = start + torch.tensor(net.first, dtype=torch.long)
            values[i, : len(before)] = torch.tensor(before, dtype=torch.long)
            start += len(net.embedding)
        self.slots, self.first = slots.to(device), first.to(device)
        self.values = values.to(device)
        alike: dict[tuple[str, int], list[int]] = {}
        for i, m in enumerate(active):
            key = nets.heads[m].kind, len(nets.nets[m].base)
            alike.setdefault(key, []).append(i)
        self.buckets = [
            _Bucket(nets, [active[i] for i in at], at, like) for at in alike.values()
        ]
        order = torch.tensor([m for bucket in self.buckets for m in bucket.heads])
        self.order = order.to(device)
        self.back = torch.argsort(order).to(device)


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
