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
        self.n_columns, self.ordered = len(columns), ordered
        self.n_components = n_components
        self.continuous = [c["continuous"] for c in columns]
        self.missing = [c["missing"] for c in columns]
        self.n_tokens = [c["n_tokens"] for c in columns]
        self.spans, end = [], 0  # outputs of each column: of tokens, of numbers
        # A token that is alone has no output, but where all columns are constant.
        varied = any(c["n_tokens"] > 1 or c["continuous"] is not None for c in columns)
        for c in columns:
            middle = end + (c["n_tokens"] if c["n_tokens"] > 1 or not varied else 0)
            start, end = end, middle
            if c["continuous"] is not None:
                end += max(1, 3 * n_components)
            self.spans.append((start, middle, end))
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
        k = self.n_components
        for j, (start, middle, end) in enumerate(self.spans):
            own = tokens[:, j]
            if middle > start:
                counts = torch.bincount(own[own >= 0], minlength=middle - start) + 0.5
                self.base[start:middle] = torch.log(counts / counts.sum())
            if end > middle and k:
                self.base[middle + k : middle + 2 * k] = torch.linspace(-1, 1, k)
                self.base[middle + 2 * k : end] = -0.5

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
        for j, (start, middle, end) in enumerate(self.spans):
            token = tokens[:, j]
            if middle > start:
                logits = outputs[:, start:middle]
                own = logits.gather(1, token.clamp(min=0)[:, None])[:, 0]
                found = own - torch.logsumexp(logits, dim=1)
                total = total + torch.where(token >= 0, found, 0.0)
            if end > middle:
                log_weights, means, log_scales = self._mixture(outputs, j)
                z = (numbers[:, j, None] - means) * torch.exp(-log_scales)
                found = log_weights - 0.5 * z.square() - log_scales - _LOG_SQRT_2PI
                found = torch.logsumexp(found, dim=1)
                free = token == self.continuous[j]
                total = total + torch.where(free, found, 0.0)
        return total

    def expected(self, outputs):
        """Most probable token, or the median one of numbers; mean of a number."""
        outputs = outputs + self.base.to(outputs.dtype)
        tokens, numbers = [], []
        for j, (start, middle, end) in enumerate(self.spans):
            token = outputs.new_zeros(len(outputs))
            number = outputs.new_zeros(len(outputs))
            if middle > start:
                token = self._typical(outputs[:, start:middle], j).to(outputs.dtype)
            if end > middle:
                log_weights, means, _ = self._mixture(outputs, j)
                number = (log_weights.exp() * means).sum(dim=1)
            tokens.append(token)
            numbers.append(number)
        return torch.stack(tokens + numbers, dim=1)

    def draw(self, outputs, u):
        """Draw rows."""
        outputs = outputs + self.base.to(outputs.dtype)
        u_token, u_part, u_number = u.view(len(u), 3, -1).unbind(dim=1)
        tokens, numbers = [], []
        for j, (start, middle, end) in enumerate(self.spans):
            token = outputs.new_zeros(len(outputs))
            number = outputs.new_zeros(len(outputs))
            if middle > start:
                shares = torch.softmax(outputs[:, start:middle], dim=1)
                token = _chosen(shares, u_token[:, j]).to(outputs.dtype)
            if end > middle:
                log_weights, means, log_scales = self._mixture(outputs, j)
                part = _chosen(log_weights.exp(), u_part[:, j])[:, None]
                noise = torch.special.ndtri(u_number[:, j])
                scale = torch.exp(log_scales.expand_as(means).gather(1, part)[:, 0])
                number = means.gather(1, part)[:, 0] + scale * noise
            tokens.append(token)
            numbers.append(number)
        return torch.stack(tokens + numbers, dim=1)

    def _mixture(self, outputs, j):
        """Log-weights, means and log-deviations of a number, each (batch, k)."""
        _, middle, end = self.spans[j]
        own = outputs[:, middle:end]
        if not self.n_components:
            return torch.zeros_like(own), own, _PACE * self.pace[j].expand(1, 1)
        logits, means, log_scales = own.split(self.n_components, dim=1)
        return torch.log_softmax(logits, dim=1), means, log_scales.clamp(*_LOG_SCALES)

    def _typical(self, logits, j):
        most = logits.argmax(dim=1)
        if not self.ordered[j] or self.continuous[j] is not None:
            return most
        # Numbers alone; whether one is missing is decided first.
        missing = self.missing[j]
        kept = logits if missing is None else logits[:, :missing]
        below = torch.softmax(kept, dim=1).cumsum(dim=1)
        median = (below < 0.5).sum(dim=1).clamp(max=max(kept.shape[1] - 1, 0))
        return median if missing is None else torch.where(most == missing, most, median)


def _chosen(shares, u):
    """Index by the inverse of the distribution function."""
    below = shares.cumsum(dim=1)
    found = (u[:, None] * below[:, -1:] >= below).sum(dim=1)
    return found.clamp(max=shares.shape[1] - 1)
