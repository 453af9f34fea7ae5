"""What every model of continuous tables must do; see also test_common.py."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from instances import classes, instances, newcomer
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler
from skops import io as skops_io
from skorch.callbacks import Callback

from skgen.base import NeuralEstimator
from skgen.density import TransformedDensity
from skgen.training import TrainingCheckpoint

pytest.importorskip("zuko")
TINY = dict(zip(classes(), instances(), strict=True))
FLOW = TINY["FlowDensity"]
TABLE = TINY["AutoregressiveDensity"]
MODELS = {
    "AutoregressiveDensity": TABLE,
    "AutoregressiveDensity, averaged": clone(TABLE).set_params(n_estimators=2),
    "FlowDensity": FLOW,
    "FlowDensity, coupling": clone(FLOW).set_params(flow="coupling"),
    "FlowDensity, held out": clone(FLOW).set_params(early_stopping=True),
    "TransformedDensity": TINY["TransformedDensity"],
    "TransformedDensity, mixture": TransformedDensity(
        make_pipeline(StandardScaler(), PowerTransformer()),
        GaussianMixture(random_state=0),
    ),
    "TransformedDensity, flow": TransformedDensity(density=FLOW),
    "ICADensity of the documentation": newcomer(),
    "AutoencoderTransformer": TINY["AutoencoderTransformer"],
    "VAETransformer": TINY["VAETransformer"],
    "VAETransformer, normal": clone(TINY["VAETransformer"]).set_params(prior="normal"),
}
# These also draw, but say nothing of rows.
EVERY = {**MODELS, "GANSampler": TINY["GANSampler"]}
NEURAL = {k: m for k, m in EVERY.items() if isinstance(m, NeuralEstimator)}
DENSITIES = {k: m for k, m in MODELS.items() if hasattr(m, "score_samples")}
each_density = pytest.mark.parametrize("model", DENSITIES.values(), ids=DENSITIES)
every = pytest.mark.parametrize("model", EVERY.values(), ids=EVERY)
each = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
each_neural = pytest.mark.parametrize("model", NEURAL.values(), ids=NEURAL)


def draw(n=120, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.gamma(2.0, size=(n, d)).cumsum(axis=1)


@pytest.fixture(scope="module")
def rows():
    return draw()


@pytest.fixture(scope="module")
def fitted(rows):
    return {name: clone(model).fit(rows) for name, model in EVERY.items()}


def of(fitted, model):
    """The fitted one of a model."""
    return fitted[next(name for name, m in EVERY.items() if m is model)]


def outputs(model, X):
    """What a fitted model says of rows, log-densities or codes; else what it draws."""
    for name in ("score_samples", "transform"):
        if hasattr(model, name):
            return getattr(model, name)(X)
    return model.sample(len(X), random_state=0)


class Interrupt(Callback):
    """Interrupts at the end of an epoch, or before the first one ends."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, net, **kwargs):
        if self.epoch == 0:
            raise KeyboardInterrupt

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


# -- outputs ---------------------------------------------------------------------------


@each_density
def test_score_is_the_mean_log_density(model, fitted, rows):
    found = of(fitted, model).score_samples(rows)
    assert found.shape == (len(rows),)
    assert found.dtype == np.float64
    assert of(fitted, model).score(rows) == pytest.approx(found.mean())


@each
def test_a_row_does_not_depend_on_the_rows_around_it(model, fitted, rows):
    model = of(fitted, model)
    whole = outputs(model, rows)
    close = {"rtol": 1e-9, "atol": 1e-9}
    assert_allclose(outputs(model, rows[::-1]), whole[::-1], **close)
    many = outputs(model, np.vstack([rows] * 9))
    assert_allclose(many, np.concatenate([whole] * 9), **close)
    for i in range(5):
        assert_allclose(outputs(model, rows[i : i + 1]), whole[i : i + 1], **close)


@each_density
def test_the_units_are_those_of_the_rows(model, fitted, rows):
    again = clone(model).fit(8 * rows)
    expected = of(fitted, model).score_samples(rows) - 3 * np.log(8)
    assert_allclose(again.score_samples(8 * rows), expected, atol=1e-6)


@every
def test_draws_are_rows_and_repeat(model, fitted, rows):
    model = of(fitted, model)
    drawn = model.sample(40, random_state=0)
    assert drawn.shape == (40, 3)
    assert_array_equal(model.sample(40, random_state=0), drawn)
    assert (model.sample(40) != model.sample(40)).any()
    assert len(np.unique(drawn, axis=0)) == 40
    assert model.sample().shape == (1, 3)


@each
def test_array_and_frame_agree(model, fitted, rows):
    frame = pd.DataFrame(rows, columns=list("abc"))
    again = clone(model).fit(frame)
    expected = outputs(of(fitted, model), rows)
    assert_allclose(outputs(again, frame), expected, atol=1e-6)
    assert isinstance(again.sample(2, random_state=0), pd.DataFrame)
    with pytest.raises(ValueError, match="same order"):
        outputs(again, frame[["c", "a", "b"]])
    with pytest.raises(ValueError, match="unseen at fit time"):
        outputs(again, frame.rename(columns={"a": "z"}))


@each
def test_integers_and_read_only_memmaps(model, fitted, rows, tmp_path):
    joblib.dump(rows, tmp_path / "rows")
    mapped = joblib.load(tmp_path / "rows", mmap_mode="r")
    again = clone(model).fit(mapped)
    expected = outputs(of(fitted, model), rows)
    assert_array_equal(outputs(again, mapped), expected)
    whole = np.round(10 * rows).astype(np.int32)
    as_float = outputs(clone(model).fit(whole.astype(np.float64)), whole)
    assert_allclose(outputs(clone(model).fit(whole), whole), as_float, atol=1e-9)


@each
def test_what_is_refused(model, fitted, rows):
    with pytest.raises(TypeError, match="[Ss]parse"):
        clone(model).fit(sparse.csr_array(rows))
    with pytest.raises(ValueError, match="NaN"):
        outputs(of(fitted, model), np.full((1, 3), np.nan))
    with pytest.raises(ValueError, match="features"):
        outputs(of(fitted, model), rows[:, :2])
    for call in ("score_samples", "score", "transform"):
        if hasattr(model, call):
            with pytest.raises(NotFittedError):
                getattr(clone(model), call)(rows)
    with pytest.raises(NotFittedError):
        clone(model).sample()


# -- randomness ------------------------------------------------------------------------


@every
def test_refit_is_cold_and_leaves_global_state_alone(model, fitted, rows):
    expected = outputs(of(fitted, model), rows)
    np.random.seed(12)  # noqa: NPY002
    torch.manual_seed(34)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    again = clone(model).fit(draw(60, 2, seed=9)).fit(rows)
    assert_array_equal(outputs(again, rows), expected)
    again.sample(3)
    assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


@each_neural
def test_fits_in_threads_equal_fits_in_turn(model, rows):
    def fit(seed):
        return outputs(clone(model).set_params(random_state=seed).fit(rows), rows)

    found = joblib.Parallel(n_jobs=2, backend="threading")(
        joblib.delayed(fit)(seed) for seed in range(3)
    )
    for seed in range(3):
        assert_array_equal(found[seed], fit(seed))


def test_cross_validation_by_two_workers_equals_one(rows):
    for model in DENSITIES.values():
        alone = cross_val_score(model, rows, cv=2)
        with joblib.parallel_config(backend="loky", n_jobs=2):
            assert_array_equal(cross_val_score(model, rows, cv=2), alone)


# -- persistence -----------------------------------------------------------------------


@every
def test_pickles_hold_no_torch(model, fitted, rows):
    model = of(fitted, model)
    expected = outputs(model, rows)
    written = pickle.dumps(model)
    assert b"torch" not in written
    assert_array_equal(outputs(pickle.loads(written), rows), expected)
    assert_array_equal(outputs(copy.deepcopy(model), rows), expected)
    again = pickle.loads(written).sample(5, random_state=0)
    assert_array_equal(again, model.sample(5, random_state=0))


@every
def test_skops_trusts_only_the_estimators_own_classes(model, fitted, rows):
    model = of(fitted, model)
    untrusted = skops_io.get_untrusted_types(data=skops_io.dumps(model))
    models = [*instances(), newcomer()]
    own = {f"{type(m).__module__}.{type(m).__name__}" for m in models}
    # scikit-learn's own members may ask for something of scikit-learn's.
    assert all(name in own or name.startswith("sklearn.") for name in untrusted)
    again = skops_io.loads(skops_io.dumps(model), trusted=untrusted)
    assert_array_equal(outputs(again, rows), outputs(model, rows))


# -- training --------------------------------------------------------------------------


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@each_neural
def test_device_that_is_not_there(model, fitted, rows, no_gpu):
    with pytest.raises(ValueError, match="device must be present.*'cuda'.*auto"):
        clone(model).set_params(device="cuda").fit(rows)
    moved = copy.deepcopy(of(fitted, model))
    moved.fitted_on_ = "cuda"
    moved = pickle.loads(pickle.dumps(moved))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = outputs(moved, rows)
        moved.sample()
    assert_array_equal(found, outputs(of(fitted, model), rows))
    assert len(caught) == 1
    assert "it runs on the CPU" in str(caught[0].message)


@each_neural
def test_verbose_shows_a_bar_with_the_losses(model, rows, capsys):
    clone(model).fit(rows)
    assert capsys.readouterr() == ("", "")
    clone(model).set_params(verbose=1).fit(rows)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "2/2" in shown.err and "_loss=" in shown.err


@each_neural
def test_history_is_a_list_of_plain_dicts(model, fitted):
    model = of(fitted, model)
    assert len(model.history_) == model.n_epochs_ == 2
    for k, row in enumerate(model.history_):
        assert row["epoch"] == k + 1
        assert {type(v) for v in row.values()} <= {int, float, str, bool}


@each_neural
def test_interrupt_leaves_a_usable_estimator(model, rows):
    stopped = clone(model).set_params(max_epochs=9, callbacks=[Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(rows)
    assert stopped.n_epochs_ == 2
    assert np.isfinite(outputs(stopped, rows)).all()
    assert stopped.sample(2, random_state=0).shape == (2, 3)
    nothing = clone(model).set_params(callbacks=[Interrupt(0)])
    with pytest.raises(KeyboardInterrupt):
        nothing.fit(rows)
    with pytest.raises(NotFittedError):
        outputs(nothing, rows)


@each_neural
def test_checkpoint_resumes_to_the_same_density(model, rows, tmp_path):
    whole = clone(model).set_params(max_epochs=4).fit(rows)
    saved = TrainingCheckpoint(tmp_path / "fit.ckpt")
    parts = clone(model).set_params(max_epochs=4, callbacks=[saved, Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        parts.fit(rows)
    parts.set_params(callbacks=[saved]).fit(rows)
    assert parts.n_epochs_ == 4
    assert_array_equal(outputs(parts, rows), outputs(whole, rows))


@each_neural
def test_loss_that_turns_infinite_stops_the_fit(model, rows):
    model = clone(model).set_params(learning_rate=1e38)
    with pytest.raises(FloatingPointError, match="epoch [12].*lower learning_rate"):
        model.fit(rows)
    with pytest.raises(NotFittedError):
        outputs(model, rows)


@each_neural
def test_random_state_may_be_a_generator_or_none(model, rows):
    one, other = (
        clone(model).set_params(random_state=np.random.RandomState(3)).fit(rows)
        for _ in range(2)
    )
    assert_array_equal(outputs(one, rows), outputs(other, rows))
    clone(model).set_params(random_state=None).fit(rows)


@pytest.mark.gpu
@each_neural
def test_gpu_fit_opens_on_the_cpu(model, rows, monkeypatch):
    model = clone(model).set_params(device="cuda").fit(rows)
    assert model.fitted_on_ == "cuda"
    expected = outputs(model, rows)
    written = pickle.dumps(model)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.warns(UserWarning, match="runs on the CPU"):
        found = outputs(pickle.loads(written), rows)
    assert_allclose(found, expected, atol=1e-6)
