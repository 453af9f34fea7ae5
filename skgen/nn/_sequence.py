"""Autoregressive nets of sequences: what comes next after the steps before."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_FAR = 4.0  # numbers are bounded smoothly before a net sees them
_MOST_SEEN = 16  # earlier features of its step that a feature sees


class RecurrentBody(nn.Module):
    """Gated recurrent units: what a sequence was up to each step.

    Parameters
    ----------
    n_inputs : int
        Numbers of a step.
    n_channels : int
        Units.

    Notes
    -----
    *Shape*: (batch, n_steps, n_inputs) to (batch, n_steps, n_channels).

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import RecurrentBody
    >>> RecurrentBody(3, 8)(torch.zeros(2, 5, 3)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, n_inputs: int, n_channels: int = 256) -> None:
        super().__init__()
        self.cell = nn.GRU(n_inputs, n_channels, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Summarise each step and those before it."""
        return self.cell(x)[0]

    def advance(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Summary of one step more, (batch, n_channels), and the state after it."""
        out, state = self.cell(x[:, None], state)
        return out[:, 0], state


class CausalConvBody(nn.Module):
    """Dilated causal convolutions: what a sequence was up to each step.

    Parameters
    ----------
    n_inputs : int
        Numbers of a step.
    n_channels : int
        Channels.
    n_layers : int, default=5
        Residual layers; each doubles the steps that are seen.

    Notes
    -----
    *Shape*: (batch, n_steps, n_inputs) to (batch, n_steps, n_channels).

    References
    ----------
    A. van den Oord et al., "WaveNet: a generative model for raw audio", 2016.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import CausalConvBody
    >>> CausalConvBody(3, 8)(torch.zeros(2, 5, 3)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, n_inputs: int, n_channels: int = 256, n_layers: int = 5) -> None:
        super().__init__()
        self.first = nn.Linear(n_inputs, n_channels)
        self.layers = nn.ModuleList(
            nn.Conv1d(n_channels, 2 * n_channels, 2, dilation=2**i)
            for i in range(n_layers)
        )
        self.n_seen = 2**n_layers

    def forward(self, x: Tensor) -> Tensor:
        """Summarise each step and those before it."""
        h = self.first(x).transpose(1, 2)
        for layer in self.layers:
            new = layer(F.pad(h, (layer.dilation[0], 0)))
            h = h + F.glu(new, dim=1)
        return h.transpose(1, 2)

    def advance(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Summary of one step more, (batch, n_channels), and the steps it saw."""
        seen = x[:, None] if state is None else torch.cat([state, x[:, None]], dim=1)
        # Before the first step there is the padding, which is not a step of zeros.
        full = seen.shape[1] > self.n_seen
        seen = seen[:, -self.n_seen :] if full else seen
        return self(seen)[:, -1], seen


BODIES = {"gru": RecurrentBody, "conv": CausalConvBody}


class SequenceNet(nn.Module):
    r"""Likelihood of sequences, step by step and within a step feature by feature.

    .. math:: \log p(x) = \sum_t \sum_f \log p(x_{tf} \mid x_{<t}, x_{t,<f})

    A body sums up the steps before; a small net per feature sees that and the features
    of its step before it (at most the last 16). Tokens have a softmax, numbers a
    mixture of Gaussians around a multiple of the number a step before. With `ends`
    each step after the first has a probability that the sequence is over.

    Parameters
    ----------
    features : sequence of (int, int, int or None)
        Tokens and codes of each feature, and the token of its numbers.
    body : callable
        Recipe ``body(n_inputs)`` of a causal network, (batch, n_steps, n_inputs) to
        (batch, n_steps, n_outputs).
    ends : bool, default=False
        Whether sequences have an end of their own.
    embedding_size : int, default=16
        Length of the embedding of a code.
    n_components : int, default=8
        Components of each mixture.
    hidden : int, default=128
        Width of the net of a feature.
    dropout : float, default=0.0
        Share of the inputs and of the outputs of the body that are dropped in training.

    Examples
    --------
    >>> import torch
    >>> from skgen.nn import RecurrentBody, SequenceNet
    >>> net = SequenceNet([(5, 6, None)], RecurrentBody)
    >>> tokens = torch.zeros(2, 7, 1, dtype=torch.long)
    >>> net(tokens, tokens, torch.zeros(2, 7, 1), torch.tensor([7, 4])).shape
    torch.Size([2, 7, 2])
    """

    def __init__(
        self,
        features: Sequence[tuple[int, int, int | None]],
        body: Callable,
        *,
        ends: bool = False,
        embedding_size: int = 16,
        n_components: int = 8,
        hidden: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.features = [tuple(feature) for feature in features]
        self.n_components, self.ends = n_components, ends
        self.embeddings = nn.ModuleList(
            nn.Embedding(n_codes, embedding_size) for _, n_codes, _ in self.features
        )
        widths = [
            embedding_size + 2 * (token is not None) for *_, token in self.features
        ]
        n_inputs = sum(widths)
        self.body = body(n_inputs)
        self.begin = nn.Parameter(torch.zeros(n_inputs))
        with torch.no_grad():
            n_outputs = self.body.eval()(torch.zeros(2, 2, n_inputs)).shape[-1]
        self.body.train()
        self.heads = nn.ModuleList()
        for f, (n_tokens, _, token) in enumerate(self.features):
            seen = n_outputs + sum(widths[max(0, f - _MOST_SEEN) : f])
            last = nn.Linear(hidden, n_tokens + 3 * n_components * (token is not None))
            nn.init.normal_(last.weight, std=0.01)
            nn.init.zeros_(last.bias)
            if token is not None and n_components > 1:
                spread = torch.linspace(-0.9, 0.9, n_components)
                last.bias.data[n_tokens + n_components :][:n_components] = spread
            self.heads.append(
                nn.Sequential(nn.Linear(seen, hidden), nn.Hardswish(), last)
            )
        self.slopes = nn.Parameter(torch.zeros(len(self.features)))
        if ends:
            self.end = nn.Linear(n_outputs, 1)
        self.dropout = nn.Dropout(dropout)

    # -- parts -------------------------------------------------------------------------

    def embed(self, codes: Tensor, numbers: Tensor) -> list[Tensor]:
        """Embed each feature, (..., width)."""
        return [
            self.embed_feature(f, codes[..., f], numbers[..., f])
            for f in range(len(self.features))
        ]

    def embed_feature(self, f: int, codes: Tensor, numbers: Tensor) -> Tensor:
        """Embed one feature, (..., width)."""
        found = self.embeddings[f](codes)
        if self.features[f][2] is not None:
            z = (numbers / torch.sqrt(1 + (numbers / _FAR).square()))[..., None]
            found = torch.cat([found, z, z.square() / 2 - 0.5], dim=-1)
        return found

    def outputs(self, f: int, summary: Tensor, earlier: list[Tensor]) -> Tensor:
        """Logits of the tokens of a feature, and what makes up its mixture."""
        seen = torch.cat([summary, *earlier[max(0, f - _MOST_SEEN) : f]], dim=-1)
        return self.heads[f](seen)

    def mixture(
        self, f: int, outputs: Tensor, before: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log-weights, means and deviations of a number, given that a step before."""
        n_tokens = self.features[f][0]
        logits, means, scales = outputs[:, n_tokens:].split(self.n_components, dim=1)
        means = means + self.slopes[f] * before[:, None]
        return torch.log_softmax(logits, dim=1), means, scales.clamp(-7.0, 3.0).exp()

    # -- whole sequences ---------------------------------------------------------------

    def forward(
        self, tokens: Tensor, codes: Tensor, numbers: Tensor, lengths: Tensor
    ) -> Tensor:
        """Log-likelihood terms of sequences.

        Parameters
        ----------
        tokens, codes : Tensor of shape (batch, n_steps, n_features)
            Tokens (-1: counts nothing) and codes, int64.
        numbers : Tensor of shape (batch, n_steps, n_features)
            Standardised numbers.
        lengths : Tensor of shape (batch,)
            Steps of each sequence; what comes after them may hold anything.

        Returns
        -------
        terms : Tensor of shape (batch, n_steps, n_features + 1)
            What each feature adds to the log-likelihood, and last what each step adds
            by not being the end, or by being it, in nats; 0 after the end.
        """
        n_steps = tokens.shape[1]
        terms = numbers.new_zeros(*tokens.shape[:2], len(self.features) + 1)
        longest = int(lengths.max()) if len(lengths) else 0
        if not longest:
            return terms
        # The step after the last says whether there is one.
        seen = slice(0, min(longest + 1, n_steps))
        tokens, codes, numbers = (a[:, seen] for a in (tokens, codes, numbers))
        inputs = self.embed(codes, numbers)
        x = torch.cat(inputs, dim=-1)
        begin = self.begin.expand(len(x), 1, -1)
        summary = self.body(self.dropout(torch.cat([begin, x[:, :-1]], dim=1)))
        summary = self.dropout(summary)
        steps = torch.arange(x.shape[1], device=x.device)
        inside = steps < lengths[:, None]
        own = summary[inside]
        before = F.pad(numbers, (0, 0, 1, 0))[:, :-1][inside]
        earlier = [part[inside] for part in inputs]
        token, z = tokens[inside], numbers[inside]
        found = [
            self._term(f, self.outputs(f, own, earlier), token[:, f], z[:, f], before)
            for f in range(len(self.features))
        ]
        rows, places = inside.nonzero(as_tuple=True)
        terms[rows, places, :-1] = torch.stack(found, dim=1)
        if self.ends:
            over = self.end(summary)[..., 0]
            goes_on = F.logsigmoid(-over) * (inside & (steps > 0))
            stops = F.logsigmoid(over) * (steps == lengths[:, None])
            terms[:, seen, -1] = goes_on + stops * (lengths > 0)[:, None]
        return terms

    def _term(
        self, f: int, outputs: Tensor, token: Tensor, z: Tensor, before: Tensor
    ) -> Tensor:
        """Log-likelihood of one feature at some steps."""
        n_tokens, _, continuous = self.features[f]
        logs = torch.log_softmax(outputs[:, :n_tokens], dim=1)
        found = logs.gather(1, token.clamp(min=0)[:, None])[:, 0]
        if continuous is not None:
            log_weights, means, deviations = self.mixture(f, outputs, before[:, f])
            score = (z[:, None] - means) / deviations
            parts = log_weights - 0.5 * score.square() - deviations.log()
            density = parts.logsumexp(dim=1) - _LOG_SQRT_2PI
            found = found + torch.where(token == continuous, density, 0.0)
        return torch.where(token < 0, 0.0, found)

    def advance(self, x: Tensor, before: list[Tensor] | None) -> Any:
        """Summary of one step more, for bodies with or without a state.

        Parameters
        ----------
        x : Tensor of shape (batch, n_inputs)
            Inputs of the step before; `begin` for the first.
        before : object or None
            What the last call returned beside the summary.

        Returns
        -------
        summary : Tensor of shape (batch, n_outputs)
            Of all steps so far.
        state : object
            For the next call.
        """
        if hasattr(self.body, "advance"):
            return self.body.advance(x, before)
        seen = [*(before or ()), x]
        return self.body(torch.stack(seen, dim=1))[:, -1], seen


def named_body(name: str, n_channels: int) -> Callable:
    """Recipe of a body by its name."""
    return partial(BODIES[name], n_channels=n_channels)
