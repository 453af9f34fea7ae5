"""Inference: rows alone, in chunks, or together are the same rows."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from skgen.nn import MLP, ConvNet, MLPEnsemble, PeriodicEmbedding
from skgen.training import infer

MODULES = {
    "MLP": partial(MLP, 5, 3),
    "embedded": partial(MLP, 5, 3, embedding=PeriodicEmbedding),
    "ensemble": partial(MLPEnsemble, 5, 3, n_members=4),
    "batch norm": lambda: nn.Sequential(
        nn.BatchNorm1d(5), nn.Dropout(), nn.Linear(5, 2)
    ),
}


@pytest.mark.parametrize("name", MODULES)
def test_rows_do_not_depend_on_chunks_or_neighbours(name):
    module = MODULES[name]()
    X = np.random.RandomState(0).randn(301, 5)
    whole = infer(module, X)
    assert whole.dtype == np.float64 and whole.shape[-2] == 301
    for size in (1, 7, 64):
        assert np.allclose(whole, infer(module, X, chunk_size=size), atol=1e-12, rtol=0)
    alone = np.concatenate([infer(module, X[i : i + 1]) for i in range(50)], axis=-2)
    assert np.allclose(whole[..., :50, :], alone, atol=1e-12, rtol=0)
    order = np.random.RandomState(1).permutation(301)
    assert np.allclose(
        whole[..., order, :], infer(module, X[order]), atol=1e-12, rtol=0
    )


def test_equals_the_module_in_double_precision():
    module = MLP(5, 3)
    X = np.random.RandomState(0).randn(30, 5)
    expected = MLP(5, 3).double()
    expected.load_state_dict(module.state_dict())
    expected = expected(torch.from_numpy(X)).detach().numpy()
    assert np.allclose(infer(module, X), expected, atol=1e-13)
    single = infer(module, X, dtype=torch.float32)
    assert single.dtype == np.float64 and 0 < abs(single - expected).max() < 1e-5


def test_module_stays_as_it_was():
    module = nn.Sequential(nn.Linear(5, 2), nn.Dropout(), nn.BatchNorm1d(2))
    module[1].eval()
    flags = [m.training for m in module.modules()]
    before = {k: v.clone() for k, v in module.state_dict().items()}
    parameters = list(module.parameters())
    infer(module, np.ones((9, 5)))
    assert [m.training for m in module.modules()] == flags
    after = module.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert all(a is b for a, b in zip(parameters, module.parameters(), strict=True))
    assert all(p.dtype == torch.float32 and p.requires_grad for p in parameters)


def test_new_weights_are_seen():
    module = nn.Linear(2, 1)
    X = np.ones((1, 2))
    before = infer(module, X)
    module.weight.data.add_(1.0)
    assert infer(module, X) == pytest.approx(before + 2)


def test_zero_rows_and_images():
    assert infer(MLPEnsemble(4, 2, n_members=3), np.empty((0, 4))).shape == (3, 0, 2)
    net = ConvNet((1, 8, 8), 2, width=8)
    images = np.random.RandomState(0).rand(21, 1, 8, 8).astype(np.float32)
    whole = infer(net, images)
    assert whole.shape == (21, 2)
    assert np.allclose(whole, infer(net, images, chunk_size=4), atol=1e-12, rtol=0)


def test_several_arrays_of_several_kinds():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(4, 2)

        def forward(self, x, k):
            return x.sum(dim=1) + self.table(k).sum(dim=1)

    x, k = np.ones((9, 2), np.float32), np.arange(9) % 4
    x.flags.writeable = False
    out = infer(Both(), x[:, ::-1], k.astype(">i8"), row_axis=-1, chunk_size=4)
    assert out.shape == (9,) and np.allclose(out[:4], out[4:8])


def test_lost_rows_are_reported():
    with pytest.raises(ValueError, match="must return a row per row on axis -2"):
        infer(_Half(), np.ones((16, 2)))


class _Half(nn.Module):
    def forward(self, x):
        return x[::2]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_agrees_with_the_cpu():
    module = MLPEnsemble(5, 3)
    X = np.random.RandomState(0).randn(100, 5)
    on_cuda = infer(module.cuda(), X, device="cuda")
    assert np.array_equal(on_cuda[:, :1], infer(module, X[:1], device="cuda"))
    assert np.allclose(on_cuda, infer(module, X), atol=1e-12)
