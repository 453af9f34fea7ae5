"""Searches, stacks and ensembles by workers of joblib's backends equal those alone."""

import contextlib
import signal
import sys

import cloudpickle
import joblib
import numpy as np
import pytest
from instances import instances, neural, stack_for_tables
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate

from skgen import AutoregressiveDensity, BoostedSampler, MixtureDensity, PUClassifier
from skgen.gan import DensityRatioEstimator
from skgen.metrics import make_pu_scorer

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def under_dask(tmp_path):
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        dask.config.set(temporary_directory=str(tmp_path)),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        yield


@contextlib.contextmanager
def under_ray(tmp_path):
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    # Workers import the tests' helpers as this process does.
    environment = {"env_vars": {"PYTHONPATH": ":".join(sys.path)}}
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=10**8,
        runtime_env=environment,
    )
    register_ray()
    # A cluster that does not answer must fail, and not hang.
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(500)
    try:
        with joblib.parallel_config(backend="ray", n_jobs=2):
            yield
    finally:
        signal.alarm(0)
        ray.shutdown()


def _give_up(number, frame):
    raise TimeoutError("ray did not answer")


@contextlib.contextmanager
def under_loky(tmp_path):
    with joblib.parallel_config(backend="loky", n_jobs=2):
        yield


BACKENDS = {"dask": under_dask, "loky": under_loky, "ray": under_ray}


def everything(X, s):
    """Scores of a search, a validation and a stack, and rows of an ensemble."""
    density = AutoregressiveDensity(
        n_estimators=1, hidden=(8,), max_epochs=2, random_state=0
    )
    grid = GridSearchCV(density, {"learning_rate": [1e-3, 1e-2]}, cv=2).fit(X)
    scored = cross_validate(
        PUClassifier(max_epochs=2, random_state=0),
        X,
        s,
        cv=2,
        scoring=make_pu_scorer("accuracy", prior=0.5),
        return_estimator=True,
    )
    stack = stack_for_tables().set_params(n_jobs=2).fit(X, s)
    boosted = BoostedSampler(
        MixtureDensity(n_components=1),
        n_estimators=2,
        ratio=DensityRatioEstimator(max_epochs=2),
        random_state=0,
    )
    (ensemble,) = joblib.Parallel()([joblib.delayed(clone(boosted).fit)(X)])
    return {
        "search": grid.cv_results_["mean_test_score"],
        "validation": scored["test_score"],
        "models": np.stack([m.predict_proba(X) for m in scored["estimator"]]),
        "stack": stack.predict_proba(X),
        "ensemble": ensemble.sample(5, random_state=0),
    }


# Their threads and sockets outlive the test by a moment.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning:ray")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")
@pytest.mark.parametrize("backend", BACKENDS)
def test_workers_give_the_scores_of_one_process(backend, pu_data, tmp_path):
    X, s, _ = pu_data
    alone = everything(X, s)
    with BACKENDS[backend](tmp_path):
        found = everything(X, s)
    for name, expected in alone.items():
        # The last bit of numpy's exponentials depends on where an array lies.
        assert_allclose(found[name], expected, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("fitted", [False, True], ids=["unfitted", "fitted"])
def test_what_travels_to_workers_holds_no_torch(pu_data, fitted):
    X = np.random.default_rng(0).integers(0, 2, (60, 36)).astype(float)
    y = np.arange(60) % 2
    for model in neural().values() if fitted else instances():
        model = clone(model).fit(X, y) if fitted else model
        assert b"torch" not in cloudpickle.dumps(model), type(model).__name__
