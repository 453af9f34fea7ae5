"""Distributions of the columns of a table given a code."""

import math

import torch
from torch import nn

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_FAR = 4.0  # numbers are bounded smoothly before a net sees them
_PACE = 10.0
_LOG_SCALES = -6.0, 3.0
_EMBEDDING = 8


class ColumnLikelihood(nn.Module):
    """Columns that are independent given a code, each with a distribution of its own.

    A token (a category, a missing value, a number that repeats) has a softmax. A number
    that does not repeat has a Gaussian whose deviation is learned for the column, or a
    mixture of Gaussians that the code decides.

    Parameters
    ----------
    columns : list of dict
        ``columns_`` of a fitted `TokenEncoder`.
    ordered : list of bool
        Whether the tokens of a column are numbers in ascending order.
    n_components : int
        Components of the mixtures; 0 for one Gaussian.

    Notes
    -----
    *Shape*: outputs (batch, `output_shape`); rows are tokens, codes and numbers, each
    (batch, n_columns); expected and drawn rows are tokens, then numbers, side by side.
    """

    def __init__(self, columns, ordered, n_components):
        super().__init__()
        self.n_columns, self.n_components = len(columns), n_components
        # A token that is alone has no output, but where all columns are constant.
        varied = any(c["n_tokens"] > 1 or c["continuous"] is not None for c in columns)
        widths = {}
        for j, c in enumerate(columns):
            if c["n_tokens"] > 1 or not varied:
                widths.setdefault(c["n_tokens"], []).append(j)
        # Outputs of tokens come first, columns of as many tokens side by side.
        self.softmaxes, end = [], 0
        for width, places in sorted(widths.items()):
            self.softmaxes.append(_Softmaxes(end, width, places, columns, ordered))
            end = self.softmaxes[-1].end
        self.free = [j for j, c in enumerate(columns) if c["continuous"] is not None]
        self.first_number = end
        end += len(self.free) * max(1, 3 * n_components)
        continuous = [columns[j]["continuous"] for j in self.free]
        for name, places in (("numbers", self.free), ("continuous", continuous)):
            places = torch.tensor(places, dtype=torch.long)
            self.register_buffer(f"_{name}", places, persistent=False)
        self.output_shape = end
        self.noise_shape = (3 * len(columns),)
        self.register_buffer("base", torch.zeros(end))
        # Codes are looked up where they say more than the number does.
        coded = [
            j
            for j, c in enumerate(columns)
            if n_components or c["n_tokens"] > 1 or c["continuous"] is None
        ]
        n_codes = torch.tensor([columns[j]["n_codes"] for j in coded], dtype=torch.long)
        self.register_buffer("starts", n_codes.cumsum(0) - n_codes, persistent=False)
        self.register_buffer(
            "coded", torch.tensor(coded, dtype=torch.long), persistent=False
        )
        self.embedding = nn.Parameter(
            0.3 * torch.randn(int(n_codes.sum()), _EMBEDDING if coded else 0)
        )
        self.input_shape = len(coded) * _EMBEDDING + len(columns)
        if n_components:
            self.input_shape += len(columns)
        else:
            self.pace = nn.Parameter(torch.zeros(len(columns)))

    def start(self, tokens, codes, numbers):
        """Set ``base``, which is added to the outputs, by the rows to train on."""
        for group in self.softmaxes:
            for place, j in enumerate(group.columns):
                own = tokens[:, j]
                counts = torch.bincount(own[own >= 0], minlength=group.width) + 0.5
                start = group.start + place * group.width
                self.base[start : start + group.width] = torch.log(
                    counts / counts.sum()
                )
        k = self.n_components
        if k and self.free:
            own = self.base[self.first_number :].view(3, len(self.free), k)
            own[1], own[2] = torch.linspace(-1, 1, k), -0.5

    def seen(self, tokens, codes, numbers):
        """Give rows as an encoder sees them."""
        bounded = numbers / torch.sqrt(1 + (numbers / _FAR).square())
        parts = [bounded]
        if self.n_components:
            parts.append(bounded.square() / 2 - 0.5)
        if len(self.coded):
            rows = codes[:, self.coded] + self.starts
            parts.append(nn.functional.embedding(rows, self.embedding).flatten(1))
        return torch.cat(parts, dim=1)

    def log_prob(self, outputs, tokens, codes, numbers):
        """Log-likelihood of rows, (batch,); entries without a token count nothing."""
        outputs = outputs + self.base.to(outputs.dtype)
        total = outputs.new_zeros(len(outputs))
        for group in self.softmaxes:
            logits, own = group.logits(outputs), tokens[:, group.columns]
            found = logits.gather(2, own.clamp(min=0)[:, :, None])[:, :, 0]
            found = found - torch.logsumexp(logits, dim=2)
            total = total + torch.where(own >= 0, found, 0.0).sum(dim=1)
        if self.free:
            log_weights, means, log_scales = self._mixtures(outputs)
            z = (numbers[:, self._numbers, None] - means) * torch.exp(-log_scales)
            found = log_weights - 0.5 * z.square() - log_scales - _LOG_SQRT_2PI
            found = (
                torch.logsumexp(found, dim=2) if self.n_components else found[..., 0]
            )
            free = tokens[:, self._numbers] == self._continuous
            total = total + torch.where(free, found, 0.0).sum(dim=1)
        return total

    def expected(self, outputs):
        """Most probable token, or the median one of numbers; mean of a number."""
        outputs = outputs + self.base.to(outputs.dtype)
        rows = outputs.new_zeros(len(outputs), 2, self.n_columns)
        for group in self.softmaxes:
            rows[:, 0, group.columns] = group.typical(outputs).to(outputs.dtype)
        if self.free:
            log_weights, means, _ = self._mixtures(outputs)
            rows[:, 1, self.free] = (log_weights.exp() * means).sum(dim=2)
        return rows.flatten(1)

    def draw(self, outputs, u):
        """Draw rows."""
        outputs = outputs + self.base.to(outputs.dtype)
        u_token, u_part, u_number = u.view(len(u), 3, -1).unbind(dim=1)
        rows = outputs.new_zeros(len(outputs), 2, self.n_columns)
        for group in self.softmaxes:
            shares = torch.softmax(group.logits(outputs), dim=2)
            found = _chosen(shares, u_token[:, group.columns])
            rows[:, 0, group.columns] = found.to(outputs.dtype)
        if self.free:
            log_weights, means, log_scales = self._mixtures(outputs)
            part = _chosen(log_weights.exp(), u_part[:, self.free])[:, :, None]
            noise = torch.special.ndtri(u_number[:, self.free])
            scale = torch.exp(log_scales.expand_as(means).gather(2, part)[:, :, 0])
            rows[:, 1, self.free] = means.gather(2, part)[:, :, 0] + scale * noise
        return rows.flatten(1)

    def _mixtures(self, outputs):
        """Log-weights, means and log-deviations of numbers, (batch, numbers, k)."""
        own, n = outputs[:, self.first_number :], len(self.free)
        if not self.n_components:
            pace = _PACE * self.pace[self._numbers][None, :, None]
            return torch.zeros_like(own)[:, :, None], own[:, :, None], pace
        own = own.view(len(own), 3, n, self.n_components)
        logits, means, log_scales = own.unbind(dim=1)
        return torch.log_softmax(logits, dim=2), means, log_scales.clamp(*_LOG_SCALES)


class _Softmaxes:
    """Columns with equally many tokens, whose logits lie side by side."""

    def __init__(self, start, width, places, columns, ordered):
        self.start, self.width, self.columns = start, width, places
        self.end = start + width * len(places)
        own = [columns[j] for j in places]
        # Among numbers alone the median one is typical.
        self.medians = torch.tensor(
            [
                bool(ordered[j]) and c["continuous"] is None
                for j, c in zip(places, own, strict=True)
            ]
        )
        # Whether one is missing is decided first; it is the last token.
        self.n_values = torch.tensor(
            [c["n_tokens"] if c["missing"] is None else c["missing"] for c in own]
        )

    def logits(self, outputs):
        """Logits of the tokens, (batch, columns, tokens)."""
        own = outputs[:, self.start : self.end]
        return own.view(len(own), len(self.columns), self.width)

    def typical(self, outputs):
        """Most probable token, or the median of numbers, (batch, columns)."""
        logits = self.logits(outputs)
        most = logits.argmax(dim=2)
        if not self.medians.any():
            return most
        n_values = self.n_values.to(logits.device)
        is_value = torch.arange(self.width, device=logits.device) < n_values[:, None]
        shares = torch.softmax(logits.masked_fill(~is_value, -torch.inf), dim=2)
        below = (shares.cumsum(dim=2) < 0.5) & is_value
        median = torch.minimum(below.sum(dim=2), (n_values - 1).clamp(min=0))
        median = torch.where(most >= n_values, most, median)
        return torch.where(self.medians.to(logits.device), median, most)


def _chosen(shares, u):
    """Index by the inverse of the distribution function, along the last axis."""
    below = shares.cumsum(dim=-1)
    found = (u[..., None] * below[..., -1:] >= below).sum(dim=-1)
    return found.clamp(max=shares.shape[-1] - 1)
