"""The partition function of a restricted Boltzmann machine, exact or estimated."""

import math

import torch

from ..nn import RestrictedBoltzmann
from ._draws import precision_on

# Units of one side at most, for a sum over all their states, and states at a time.
MOST_UNITS, _STATES = 20, 4096


@torch.no_grad()
def log_partition(machine: RestrictedBoltzmann, n_temperatures, n_chains, generator):
    """Logarithm of the partition function, and the standard error of the estimate.

    Parameters
    ----------
    machine : RestrictedBoltzmann
        The machine, in double precision for an exact sum.
    n_temperatures : int
        Steps of annealed importance sampling.
    n_chains : int
        Its chains.
    generator : torch.Generator
        Source of its draws.

    Returns
    -------
    log_partition : float
        In nats.
    error : float
        Its standard error; 0 where one side has at most 20 units of two states, all of
        whose states are summed.
    """
    bias = machine.hidden_bias
    if len(bias) <= MOST_UNITS:
        density = machine.at(None).log_density_of_hidden
        parts = _states(len(bias), bias)
    elif _is_binary(machine) and machine.units.n_indicators <= MOST_UNITS:
        density, parts = machine, _states(machine.units.n_indicators, bias)
    else:
        return annealed(machine, n_temperatures, n_chains, generator)
    found = [density(part).logsumexp(dim=0) for part in parts]
    return float(torch.stack(found).logsumexp(dim=0)), 0.0


def _is_binary(machine):
    columns = machine.units.columns
    return all(c.number is None and c.n_tokens <= 2 for c in columns)


def _states(n_units, like):
    """All states of units that are 0 or 1, some thousand at a time."""
    bits = torch.arange(n_units, device=like.device)
    for start in range(0, 2**n_units, _STATES):
        stop = min(start + _STATES, 2**n_units)
        numbers = torch.arange(start, stop, device=like.device)
        yield ((numbers[:, None] >> bits) & 1).to(like.dtype)


@torch.no_grad()
def annealed(machine, n_temperatures, n_chains, generator):
    """Estimate by annealed importance sampling, see `log_partition`.

    Chains begin at the base, which has no links, and are led to the machine; the mean
    of their weights is the ratio of the partition functions (Salakhutdinov and Murray,
    2008, equations 14 to 18).
    """
    here = machine.at(0.0)
    n_hidden = len(machine.hidden_bias)
    h = machine.hidden_bias.new_zeros(n_chains, n_hidden)
    v = here.draw_rows(h, generator)
    log_base = float(here.log_sums(here.visible_bias[None])) + n_hidden * math.log(2)
    precision = precision_on(h.device)
    log_weights = torch.zeros(n_chains, dtype=precision, device=h.device)
    for step in range(1, n_temperatures + 1):
        there = machine.at(step / n_temperatures)
        change = there.log_density(v) - here.log_density(v)
        log_weights += change.to(precision)
        v = there.gibbs(v, 1, generator)
        here = there
    highest = log_weights.max()
    weights = (log_weights - highest).exp()
    mean = weights.mean()
    error = float(weights.std() / mean) / math.sqrt(n_chains)
    return log_base + float(highest + mean.log()), error
