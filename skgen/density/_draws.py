"""Draws from softmaxes and mixtures, and of sequences step by step."""

import numpy as np
import torch

from ..training import few_threads, is_small

_ROWS = 4096  # sequences drawn at a time


def precision_on(device):
    """Precision of draws: double, but Apple's GPUs know only single."""
    return torch.float32 if device.type == "mps" else torch.float64


def choose(logits, generator):
    """Draw an index per row, by the inverse of the distribution function."""
    shares = torch.softmax(logits, dim=1).cumsum(dim=1)
    # Of the last share, which rounding may leave off 1.
    u = _uniform(logits[:, 0], generator) * shares[:, -1]
    found = torch.searchsorted(shares, u[:, None], right=True)[:, 0]
    return found.clamp(max=logits.shape[1] - 1)


def truncated(log_weights, means, deviations, low, high, generator):
    """Draw from mixtures of Gaussians within a range.

    Parameters
    ----------
    log_weights, means, deviations : Tensor of shape (n, n_components)
        Of the mixtures.
    low, high : float
        The range.
    generator : torch.Generator
        Source of the draws.

    Returns
    -------
    z : Tensor of shape (n,)
        Numbers.
    """
    below = torch.special.ndtr((low - means) / deviations)
    mass = torch.special.ndtr((high - means) / deviations) - below
    component = choose(log_weights + torch.log(mass.clamp(min=1e-300)), generator)

    def own(values):
        return values.gather(1, component[:, None])[:, 0]

    u = _uniform(means[:, 0], generator) * own(mass) + own(below)
    z = own(means) + own(deviations) * torch.special.ndtri(u.clamp(1e-15, 1 - 1e-15))
    return z.clamp(low, high)


def _uniform(like, generator):
    return torch.rand(
        len(like), generator=generator, device=like.device, dtype=like.dtype
    )


class SequenceSampler:
    """Draws of a `SequenceNet`.

    Parameters
    ----------
    net : SequenceNet
        The model, on the generator's device.
    encoder : TokenEncoder
        Of the features of a step.
    generator : torch.Generator
        Source of the draws.
    """

    def __init__(self, net, encoder, generator):
        self.net, self.encoder, self.generator = net, encoder, generator
        self.device = generator.device
        self.dtype = precision_on(self.device)

    def complete(self, tokens, numbers, lengths):
        """Draw what follows the given steps.

        Parameters
        ----------
        tokens, numbers : ndarray of shape (n_rows, n_steps, n_features)
            Encoded sequences.
        lengths : ndarray of int, shape (n_rows,)
            Steps that are given.

        Returns
        -------
        tokens, numbers : ndarray of shape (n_rows, n_steps, n_features)
            Completed sequences.
        lengths : ndarray of int, shape (n_rows,)
            Their steps.
        """
        with (
            few_threads(self.device.type == "cpu" and is_small(self.net, _ROWS)),
            torch.inference_mode(),
        ):
            parts = [
                self._complete(
                    *(a[start : start + _ROWS] for a in (tokens, numbers, lengths))
                )
                for start in range(0, len(tokens), _ROWS)
            ]
        return tuple(np.concatenate(found) for found in zip(*parts, strict=True))

    def _complete(self, tokens, numbers, lengths):
        n, n_steps, _ = tokens.shape
        tokens, numbers, ends = tokens.copy(), numbers.copy(), np.full(n, n_steps)
        x, state = self.net.begin.expand(n, -1), None
        for t in range(n_steps):
            summary, state = self.net.advance(x, state)
            drawn = (t >= lengths) & (t < ends)
            if self.net.ends and t:
                over = torch.sigmoid(self.net.end(summary)[:, 0]).to(self.dtype)
                stops = _uniform(over, self.generator) < over
                ends[drawn & stops.cpu().numpy()] = t
                drawn &= t < ends
            if (t >= ends).all():
                break
            x = self._step(summary, tokens, numbers, t, drawn)
        return tokens, numbers, ends

    def _floats(self, array):
        return torch.as_tensor(array.astype(np.float32), device=self.device)

    def _step(self, summary, tokens, numbers, t, drawn):
        """Draw the features of a step, and give the inputs that they make."""
        before = self._floats(numbers[:, t - 1] if t else np.zeros_like(numbers[:, 0]))
        earlier = []
        for f, (n_tokens, _, continuous) in enumerate(self.net.features):
            if drawn.any():
                out = self.net.outputs(f, summary, earlier)
                token = choose(out[:, :n_tokens].to(self.dtype), self.generator)
                token = token.cpu().numpy()
                tokens[drawn, t, f] = token[drawn]
                if continuous is not None:
                    parts = self.net.mixture(f, out, before[:, f])
                    parts = [p.to(self.dtype) for p in parts]
                    bounds = self.encoder.in_range(f)
                    z = truncated(*parts, *bounds, self.generator).cpu().numpy()
                    numbers[drawn, t, f] = z[drawn]
            codes, z = self.encoder.numbers_of(f, tokens[:, t, f], numbers[:, t, f])
            numbers[:, t, f] = z
            codes = torch.as_tensor(codes, device=self.device)
            earlier.append(self.net.embed_feature(f, codes, self._floats(z)))
        return torch.cat(earlier, dim=-1)
