"""zuko's flows as modules that the training loop and `infer` can run."""

import copy

import torch
from torch import nn

from ..training import SeededDraws, build_network

FLOWS = ("nsf", "maf", "coupling")


def _import_zuko():
    """Import zuko, and keep torch's validation of distributions as it was."""
    before = torch.distributions.Distribution._validate_args
    try:
        import zuko
    except ImportError as error:
        raise ImportError(
            "FlowDensity needs the package zuko, which is not installed; install it "
            'with: pip install "skgen[flow]".'
        ) from error
    torch.distributions.Distribution._validate_args = before
    return zuko


def named_flow(name, n_features, *, n_transforms, hidden):
    """Build a flow of zuko that begins as the identity."""
    flows = _import_zuko().flows
    options = {"transforms": n_transforms, "hidden_features": hidden}
    if name == "maf":
        flow = flows.MAF(n_features, **options)
    elif name == "nsf":
        flow = flows.NSF(n_features, **options)
    else:
        flow = flows.NSF(n_features, passes=2, randperm=True, **options)
    for layer in flow.transform.transforms:
        # One column has free parameters in place of a network.
        net = getattr(layer, "hyper", None)
        last = layer if net is None else net[-1]
        for p in last.parameters():
            nn.init.zeros_(p)
        if net is not None:
            layer.hyper = nn.Sequential(SoftClip(), *net)
    return flow


class SoftClip(nn.Module):
    """Bound what a network sees of outliers, whose own map stays linear.

    Deviation from the papers: their networks extrapolate, and one column far out moves
    all columns after it by as much.
    """

    def forward(self, x):
        """Map the line to (-5, 5)."""
        return x / torch.sqrt(1 + (x / 5) ** 2)


class FlowModule(nn.Module):
    """A flow of zuko; its forward gives all that is known of a row.

    Parameters
    ----------
    flow : zuko.flows.Flow
        The flow.
    """

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    @classmethod
    def build(cls, recipe, n_features):
        """Build from a recipe of the flow, or raise if it makes something else."""
        flow = build_network("flow", recipe, n_features, call="flow(features)")
        lazy = _import_zuko().lazy.Flow
        if not isinstance(flow, lazy):
            raise TypeError(
                "flow must be a recipe flow(features) that returns a zuko.flows.Flow, "
                f"got one that returns {type(flow).__name__}."
            )
        return cls(flow)

    @staticmethod
    def check(recipe, rows):
        """Refuse a recipe whose flow does not fit the rows, before any training."""
        x = torch.as_tensor(rows, dtype=torch.float32)
        with SeededDraws(torch.Generator().manual_seed(0)), torch.no_grad():
            module = recipe().eval()
            try:
                z = module(x)
                shape = tuple(z[:, :-2].shape)
            except (RuntimeError, ValueError, IndexError) as error:
                raise ValueError(
                    f"flow must map rows of {x.shape[1]} columns, but fails: {error}. "
                    "The recipe is called as flow(features)."
                ) from error
        if shape != tuple(x.shape):
            raise ValueError(
                f"flow must map {x.shape[1]} columns to as many, got {shape[1]}; the "
                "recipe is called as flow(features)."
            )

    def log_prob(self, x):
        """Log-density of rows, of shape (batch,)."""
        return self.flow().log_prob(x)

    def forward(self, x):
        """Give base points, log-determinant and base log-density, as columns."""
        # Some flows differentiate inside, which inference mode forbids.
        with torch.inference_mode(False):
            distribution = self.flow()
            z, log_det = distribution.transform.call_and_ladj(x.clone())
            log_base = distribution.base.log_prob(z)
        return torch.cat([z, log_det[:, None], log_base[:, None]], dim=1).detach()

    def inverse(self, z):
        """Give the encoded rows of base points."""
        with torch.inference_mode(False), torch.no_grad():
            layers = getattr(self.flow.transform, "transforms", [])
            if not layers or not all(_has_hyper(layer) for layer in layers):
                return self.flow().transform.inv(z.clone())
            for layer in reversed(layers):
                z = _inverse_by_turns(layer, z)
            return z


def _has_hyper(layer):
    """Whether a layer is one of ours, autoregressive in columns that take turns."""
    return isinstance(getattr(layer, "hyper", None), nn.Sequential) and isinstance(
        layer.hyper[0], SoftClip
    )


def _inverse_by_turns(layer, y):
    """Invert a layer as zuko does, but map only the columns whose turn it is."""
    unpack = _import_zuko().utils.unpack
    x = torch.zeros_like(y)
    body, last = layer.hyper[:-1], layer.hyper[-1]
    weight = (last.mask * last.weight).view(y.shape[1], layer.total, -1)
    bias = last.bias.view(y.shape[1], layer.total)
    for turn in range(layer.passes):
        own = layer.order == turn
        phi = nn.functional.linear(
            body(x), weight[own].flatten(0, 1), bias[own].flatten()
        )
        phi = unpack(phi.unflatten(-1, (-1, layer.total)), layer.shapes)
        x[:, own] = layer.univariate(*phi).inv(y[:, own])
    return x


def draw_base(module, n_samples, generator):
    """Draw points of the base space, in float64 and independently of the device."""
    base = copy.deepcopy(module.flow.base).cpu().double()
    with SeededDraws(generator), torch.no_grad():
        return base().sample((n_samples,)).numpy()
