"""How a flow is trained: rows held out, noise, likelihood."""

import numpy as np
import torch

from ..training import PairedBatches

# Steps of an epoch at least, on small tables.
MIN_STEPS = 20
# Of fewer rows none is held out.
_FEWEST = 10
# Training sees multiples of this: rounding errors of a * X must not reach the weights.
_GRAIN = 2.0**-16


def split_rows(net, Z, batch_size, share, random_state):
    """Part encoded rows into those to train on and those to stop by.

    Parameters
    ----------
    net : Net
        The net to be trained.
    Z : ndarray of shape (n_samples, n_features)
        Encoded rows.
    batch_size : int
        Rows of a step.
    share : float
        Share of the rows to hold out, 0 for none.
    random_state : RandomState
        Draws them.

    Returns
    -------
    batches : PairedBatches
        Batches to train on.
    valid : list or None
        One batch of the rows held out.
    """
    Z = np.round(Z / _GRAIN) * _GRAIN
    rows = torch.as_tensor(Z, dtype=torch.float32, device=net.device)
    valid = None
    if share and len(rows) >= _FEWEST:
        n_valid = min(max(1, round(share * len(rows))), len(rows) - 2)
        order = torch.as_tensor(random_state.permutation(len(rows)))
        valid = [((rows[order[:n_valid]],),)]
        rows = rows[order[n_valid:]]
    batches = PairedBatches(
        (rows,),
        batch_size=batch_size,
        n_steps=max(MIN_STEPS, -(-len(rows) // batch_size)),
        generator=net.generator,
    )
    return batches, valid


def rule_of_thumb(n_samples, n_features):
    """Scale of the noise, the smaller the denser the rows lie."""
    return n_samples ** -(1 / 4 + 1 / (n_features + 1))


def noisy_likelihood(noise, module, batch, generator):
    """Mean negative log-density of encoded rows, of noisy ones in training."""
    ((x,),) = batch
    if noise and module.training:
        draws = torch.randn(x.shape, generator=generator, device=generator.device)
        x = x + noise * draws.to(x.device)
    return -module.log_prob(x).mean()
