"""Threads are borrowed and given back; devices are found or refused."""

import threading
import warnings

import pytest
import torch
from torch import nn

from skgen.training import few_threads, is_small, resolve_device


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_setting_is_back_afterwards_also_when_nested():
    with few_threads():
        assert torch.get_num_threads() == 1
        with few_threads():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with few_threads(False):
        assert torch.get_num_threads() == 2
    with pytest.raises(RuntimeError), few_threads():
        raise RuntimeError
    assert torch.get_num_threads() == 2


def test_setting_is_back_in_every_thread():
    entered, leave = threading.Barrier(3), threading.Event()
    found = {}

    def work(name):
        with few_threads():
            entered.wait(10)
            leave.wait(10)
            found[name, "inside"] = torch.get_num_threads()
        found[name, "after"] = torch.get_num_threads()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    with few_threads():
        # Born while the setting is one, which is not what they shall go back to.
        for thread in threads:
            thread.start()
        entered.wait(10)
        leave.set()
        for thread in threads:
            thread.join()
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    assert found == {
        (i, k): n for i in range(2) for k, n in (("inside", 1), ("after", 2))
    }


def test_threads_that_outlast_the_first_leave_its_setting():
    inside, leave = threading.Event(), threading.Event()

    def work():
        with few_threads():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=work)
    with few_threads():
        thread.start()
        inside.wait(10)
    leave.set()
    thread.join()
    assert torch.get_num_threads() == 2
    fresh = []
    late = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
    late.start()
    late.join()
    assert fresh == [2]


def test_small_nets():
    assert is_small(nn.Linear(100, 100), 256)
    assert not is_small(nn.Linear(4000, 4000), 1024)
    assert not is_small(nn.Conv2d(1, 1, 3), 1)


def test_devices():
    assert resolve_device("cpu").type == "cpu"
    with pytest.raises(ValueError, match="must be \"auto\" or a torch device .*'gpu'"):
        resolve_device("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="must be present on this machine"):
            resolve_device("cuda:3")
        with pytest.warns(UserWarning, match="fitted on 'cuda'") as caught:
            assert resolve_device("cuda", fitted_on="cuda").type == "cpu"
        assert len(caught) == 1
        if not torch.backends.mps.is_available():
            with pytest.warns(UserWarning, match="runs on the CPU"):
                resolve_device("auto", fitted_on="cuda")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve_device("auto", fitted_on="cpu")
