"""What every estimator of the package must do, swept over `skgen.__all__`.

scikit-learn's checks run on all; what follows them on classifiers. For densities the
same is asked in density/test_contract.py.
"""

import copy
import pickle
import sys
import warnings
from unittest import SkipTest

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from instances import (
    has_parameter,
    instances,
    neural,
    newcomer,
    stack_for_tables,
    variants,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import (
    check_get_feature_names_out_error,
    parametrize_with_checks,
)
from sklearn.utils.fixes import parse_version
from skops import io as skops_io
from skorch.callbacks import Callback

from skgen.datasets import make_pu
from skgen.metrics import make_pu_scorer
from skgen.pu import estimate_prior
from skgen.training import TrainingCheckpoint

OLD_SKLEARN = parse_version(sklearn.__version__) < parse_version("1.7")
VARIANTS = {k: m for k, m in variants().items() if is_classifier(m)}
NEURAL = {k: m for k, m in neural().items() if is_classifier(m)}
CLASSIFIERS = [m for m in instances() if is_classifier(m)]
TABULAR = {
    **{k: m for k, m in VARIANTS.items() if has_parameter(m, "max_epochs")},
    "PUStackingClassifier": stack_for_tables(),
}
each_variant = pytest.mark.parametrize("model", VARIANTS.values(), ids=VARIANTS)
each_instance = pytest.mark.parametrize(
    "model", [*instances(), newcomer()], ids=lambda m: type(m).__name__
)
each_classifier = pytest.mark.parametrize(
    "model", CLASSIFIERS, ids=lambda m: type(m).__name__
)
each_neural = pytest.mark.parametrize("model", NEURAL.values(), ids=NEURAL)
each_tabular = pytest.mark.parametrize("model", TABULAR.values(), ids=TABULAR)


@pytest.fixture(scope="module")
def fitted(pu_data):
    """Fit a variant once for all tests that only look at it."""
    X, s, _ = pu_data
    memory = {}

    def fit(model):
        if id(model) not in memory:
            memory[id(model)] = clone(model).fit(X, s)
        return memory[id(model)]

    return fit


def outputs(model, X):
    """All that a fitted estimator says of rows, as columns."""
    found = [
        np.asarray(getattr(model, name)(X), dtype=np.float64).reshape(len(X), -1)
        for name in ("predict_proba", "decision_function", "score_samples", "transform")
        if hasattr(model, name)
    ]
    return np.hstack(found)


class Recorder(Callback):
    """Notes the hooks that are called."""

    def initialize(self):
        self.calls_ = []
        return self

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.calls_.append("on_train_begin")

    def on_train_end(self, net, X=None, y=None, **kwargs):
        self.calls_.append("on_train_end")

    def on_epoch_begin(self, net, **kwargs):
        self.calls_.append("on_epoch_begin")

    def on_epoch_end(self, net, **kwargs):
        self.calls_.append("on_epoch_end")

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        self.calls_.append("on_batch_begin")

    def on_batch_end(self, net, batch=None, training=None, **kwargs):
        self.calls_.append("on_batch_end")

    def on_grad_computed(self, net, named_parameters, **kwargs):
        self.calls_.append("on_grad_computed")


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


# -- scikit-learn's own checks ---------------------------------------------------------


@pytest.mark.filterwarnings("ignore:2 was taken as the positive label")
# Of a check of scikit-learn 1.6 with very few rows.
@pytest.mark.filterwarnings("ignore:the class prior is estimated from")
@parametrize_with_checks([*instances(), newcomer()])
def test_scikit_learn_check(estimator, check):
    name = check.func.__name__
    if OLD_SKLEARN and name == "check_positive_only_tag_during_fit":
        if get_tags(estimator).input_tags.categorical:
            pytest.skip("the check of scikit-learn 1.6 shifts whole numbers to others")
    try:
        check(estimator)
    except SkipTest as reason:
        pytest.fail(f"a check of scikit-learn was skipped: {reason}")


@pytest.mark.filterwarnings("ignore:2 was taken as the positive label")
@each_instance
@pytest.mark.parametrize(
    "name", ["check_param_validation", "check_dataframe_column_names_consistency"]
)
def test_check_that_scikit_learn_leaves_out(model, name):
    getattr(estimator_checks, name)(type(model).__name__, clone(model))


# The checks transform arrays after a fit on frames, and frames after one on arrays.
@pytest.mark.filterwarnings("ignore:X (does not have|has) (valid )?feature names")
def test_transformers_name_their_columns():
    checks = [
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_global_output_transform_pandas",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
    ]
    for model in instances():
        if not hasattr(model, "transform"):
            continue
        check_get_feature_names_out_error(type(model).__name__, clone(model))
        for name in checks:
            check = getattr(estimator_checks, name, None)
            if check is not None:
                check(type(model).__name__, clone(model))


# -- randomness ------------------------------------------------------------------------


@each_variant
def test_refit_is_cold(model, fitted, pu_data, draw_pu):
    X, s, _ = pu_data
    again = clone(model).fit(*draw_pu(80, 3, seed=9)[:2])
    again.fit(X, s)
    assert_array_equal(outputs(again, X), outputs(fitted(model), X))


@each_variant
def test_seed_decides_whatever_ran_before_and_global_state_stays(
    model, fitted, pu_data
):
    X, s, _ = pu_data
    expected = outputs(fitted(model), X)
    np.random.seed(12)  # noqa: NPY002
    np.random.rand(7)  # noqa: NPY002
    torch.manual_seed(34)
    torch.rand(7)
    before = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = outputs(pickle.loads(pickle.dumps(clone(model).fit(X, s))), X)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert_array_equal(found, expected)
    after = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    assert_array_equal(after[0][1], before[0][1])
    assert after[0][2] == before[0][2]
    assert torch.equal(after[1], before[1])


@each_variant
def test_fits_in_threads_equal_fits_in_turn(model, pu_data):
    X, s, _ = pu_data

    def fit(seed):
        return outputs(clone(model).set_params(random_state=seed).fit(X, s), X)

    found = joblib.Parallel(n_jobs=2, backend="threading")(
        joblib.delayed(fit)(seed) for seed in range(3)
    )
    for seed in range(3):
        assert_array_equal(found[seed], fit(seed))


def test_random_state_may_be_a_generator_or_none(pu_data):
    X, s, _ = pu_data
    for model in CLASSIFIERS:
        seeded = [
            clone(model).set_params(random_state=np.random.RandomState(3)).fit(X, s)
            for _ in range(2)
        ]
        assert_array_equal(outputs(seeded[0], X), outputs(seeded[1], X))
        clone(model).set_params(random_state=None).fit(X, s)


def has(model, name):
    return name in model.get_params()


@pytest.mark.filterwarnings("ignore:The generator collapsed")
@each_instance
def test_no_seed_leaves_the_global_generators_alone(model):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [40, 20])
    X = rng.integers(0, 5, (60, 4)) + y[:, None]
    seeds = [n for n in ("random_state", "sampler__random_state") if has(model, n)]
    model = clone(model).set_params(**dict.fromkeys(seeds))
    before = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    getattr(model, "fit_resample", model.fit)(X, y)
    for name in ("sample", "score_samples", "predict", "transform"):
        if hasattr(model, name):
            getattr(model, name)(*([X] if name != "sample" else [3]))
    after = np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    assert_array_equal(after[0][1], before[0][1])
    assert after[0][2] == before[0][2]
    assert torch.equal(after[1], before[1])


def test_functions_without_a_seed_leave_the_global_generator_alone(pu_data):
    X, s, y = pu_data
    before = np.random.get_state()  # noqa: NPY002
    estimate_prior(X, s)
    make_pu(X, y, n_labeled=10)
    after = np.random.get_state()  # noqa: NPY002
    assert_array_equal(after[1], before[1])
    assert after[2] == before[2]


# -- in the company of scikit-learn ----------------------------------------------------


SCORERS = {
    "accuracy": make_pu_scorer("accuracy", prior=0.5),
    "auc": make_pu_scorer("roc_auc", prior=0.5),
}


def scores_of(model, X, s, **options):
    found = cross_validate(model, X, s, cv=2, scoring=SCORERS, **options)
    return np.stack([found[f"test_{name}"] for name in SCORERS])


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_cross_validation_by_two_workers_equals_one(backend, pu_data):
    X, s, _ = pu_data
    for model in CLASSIFIERS:
        alone = scores_of(model, X, s)
        with joblib.parallel_config(backend=backend, n_jobs=2):
            assert_array_equal(scores_of(model, X, s), alone)


@each_classifier
def test_works_in_pipeline_with_column_transformer_and_grid(model, mixed_data):
    X, s, y = mixed_data
    columns = make_column_transformer(
        (StandardScaler(), ["number", "count"]),
        (OneHotEncoder(sparse_output=False), make_column_selector(pattern="category")),
    )
    steps = make_pipeline(columns, model)
    searched = "prior" if has_parameter(model, "prior") else "validation_fraction"
    searched = f"{type(model).__name__.lower()}__{searched}"
    grid = GridSearchCV(
        steps,
        {searched: [0.45, 0.6]},
        scoring=make_pu_scorer("accuracy", prior=0.5),
        cv=2,
        error_score="raise",
    ).fit(X, s)
    assert grid.best_params_[searched] in (0.45, 0.6)
    assert np.mean(grid.predict(X) == y) > 0.7


# -- persistence -----------------------------------------------------------------------


@each_variant
def test_pickle_predicts_the_same_and_holds_no_torch(model, fitted, pu_data):
    X, _, _ = pu_data
    model = fitted(model)
    expected = outputs(model, X)
    written = pickle.dumps(model)
    assert b"torch" not in written
    assert_array_equal(outputs(pickle.loads(written), X), expected)
    assert_array_equal(outputs(copy.deepcopy(model), X), expected)


def own_labels(model, data):
    """PU data, or for a classifier of few labels some of the hidden classes."""
    X, s, y = data
    if has_parameter(model, "teacher"):
        s = np.where(np.arange(len(y)) % 3 == 0, -1, y)
    return X, s, y


@each_neural
def test_pickle_of_a_model_that_can_go_on_holds_no_torch(model, pu_data):
    X, s, _ = pu_data
    whole = clone(model).set_params(warm_start=True).fit(X, s)
    written = pickle.dumps(whole)
    assert b"torch" not in written
    again = pickle.loads(written)
    assert_array_equal(outputs(again.fit(X, s), X), outputs(whole.fit(X, s), X))


@each_variant
def test_state_holds_no_torch_objects(model, fitted):
    seen = set()

    def look(thing, path):
        if id(thing) in seen or isinstance(thing, str | bytes | int | float | type):
            return
        seen.add(id(thing))
        home = type(thing).__module__
        assert not home.startswith(("torch", "skorch")), f"{type(thing)} at {path}"
        if isinstance(thing, dict):
            for key, value in thing.items():
                look(value, f"{path}[{key!r}]")
        elif isinstance(thing, list | tuple | set):
            for value in thing:
                look(value, f"{path}[...]")
        elif hasattr(thing, "__getstate__"):
            look(thing.__getstate__(), f"{path}.{type(thing).__name__}")

    look(fitted(model).__getstate__(), type(model).__name__)


def trusted(model):
    """Our estimators, and what scikit-learn's own members of a stack ask for."""
    names = {f"{type(m).__module__}.{type(m).__name__}" for m in instances()}
    for member in getattr(model, "estimators_", ()):
        if not type(member).__module__.startswith("skgen."):
            written = skops_io.dumps(member)
            names |= set(skops_io.get_untrusted_types(data=written))
    return names


@each_variant
def test_skops_trusts_only_the_estimators_own_classes(model, fitted, pu_data):
    X, _, _ = pu_data
    model = fitted(model)
    written = skops_io.dumps(model)
    untrusted = skops_io.get_untrusted_types(data=written)
    assert set(untrusted) <= trusted(model)
    again = skops_io.loads(written, trusted=untrusted)
    assert_array_equal(outputs(again, X), outputs(model, X))


@each_variant
def test_clone_keeps_parameters_and_nothing_else(model, fitted):
    copied = clone(fitted(model))
    assert not [name for name in vars(copied) if name.endswith("_")]
    simple = str, int, float, bool, type(None)
    for name, value in fitted(model).get_params(deep=False).items():
        if isinstance(value, simple):
            assert getattr(copied, name) == value


# -- rows ------------------------------------------------------------------------------


@each_variant
def test_a_row_does_not_depend_on_the_rows_around_it(model, fitted, pu_data):
    X, _, _ = pu_data
    model = fitted(model)
    whole = outputs(model, X)
    order = np.random.default_rng(0).permutation(len(X))
    close = {"rtol": 1e-9, "atol": 1e-9}
    assert_allclose(outputs(model, X[order]), whole[order], **close)
    assert_allclose(outputs(model, X[3:20]), whole[3:20], **close)
    assert_allclose(outputs(model, np.vstack([X] * 9))[-len(X) :], whole, **close)
    alone = np.vstack([outputs(model, X[i : i + 1]) for i in range(5)])
    assert_allclose(alone, whole[:5], **close)


# -- tables ----------------------------------------------------------------------------


@each_tabular
def test_table_of_every_kind_of_column(model, mixed_data):
    X, s, y = mixed_data
    model = clone(model).fit(X, s)
    assert model.n_features_in_ == X.shape[1]
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    assert np.mean(model.predict(X) == y) > 0.7
    whole = outputs(model, X)
    assert_allclose(outputs(model, X.iloc[::-1])[::-1], whole, rtol=1e-9, atol=1e-9)
    assert_allclose(outputs(model, X.iloc[[4]]), whole[[4]], rtol=1e-9, atol=1e-9)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(outputs(again, X), whole)
    untrusted = skops_io.get_untrusted_types(data=skops_io.dumps(model))
    assert set(untrusted) <= trusted(model)


@each_tabular
def test_category_that_fit_did_not_see(model, mixed_data):
    X, s, _ = mixed_data
    model = clone(model).fit(X, s)
    new = X.copy()
    new["category"] = new["category"].astype(str).replace("red", "green")
    new.loc[new.index[0], "word"] = "perhaps"
    found = outputs(model, new)
    assert np.isfinite(found).all()


@each_tabular
def test_wrong_columns_are_refused(model, mixed_data):
    X, s, _ = mixed_data
    model = clone(model).fit(X, s)
    with pytest.raises(
        ValueError, match="(?s)Feature names unseen at fit time.*- size"
    ):
        model.predict(X.rename(columns={"number": "size"}))
    with pytest.raises(
        ValueError, match="(?s)seen at fit time, yet now missing.*- flag"
    ):
        model.predict(X.drop(columns="flag"))
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict(X[X.columns[::-1]])
    with pytest.raises(ValueError, match="[Ff]eature"):
        model.predict(X.assign(extra=0.0))
    moved = X.assign(number=X["word"])
    with pytest.raises(TypeError, match="'number' was numeric in fit and is category"):
        model.predict(moved)
    holes = X.assign(count=X["count"].astype("Int64").where(X["count"] > 0))
    with pytest.raises(ValueError, match="'count' has missing values.*impute them"):
        model.predict(holes)


@each_tabular
def test_missing_numbers_in_an_array(model, pu_data):
    X, s, _ = pu_data
    X = X.copy()
    X[::7, 1] = np.nan
    found = outputs(clone(model).fit(X, s), X)
    assert np.isfinite(found).all()


@each_classifier
def test_array_and_frame_agree(model, fitted, pu_data):
    X, s, _ = pu_data
    frame = pd.DataFrame(X, columns=list("abcd"))
    found = outputs(clone(model).fit(frame, s), frame)
    assert_allclose(found, outputs(fitted(model), X), rtol=1e-6, atol=1e-6)
    assert "feature_names_in_" not in vars(fitted(model))


@each_variant
def test_single_precision_integers_and_read_only_memmaps(
    model, fitted, pu_data, tmp_path
):
    X, s, _ = pu_data
    expected = fitted(model)
    joblib.dump((X, s), tmp_path / "rows")
    mapped, labels = joblib.load(tmp_path / "rows", mmap_mode="r")
    assert_array_equal(
        outputs(clone(model).fit(mapped, labels), mapped), outputs(expected, X)
    )
    single = clone(model).fit(X.astype(np.float32), s)
    close = np.abs(single.predict_proba(X.astype(np.float32))[:, 1])
    assert np.abs(close - expected.predict_proba(X)[:, 1]).mean() < 0.05
    whole = np.round(10 * X).astype(np.int32)
    as_float = outputs(clone(model).fit(whole.astype(np.float64), s), whole)
    assert_allclose(outputs(clone(model).fit(whole, s), whole), as_float, atol=1e-9)


@each_variant
def test_sparse_rows_are_refused(model, fitted, pu_data):
    X, s, _ = pu_data
    rows = sparse.csr_array(X)
    with pytest.raises(TypeError, match="[Ss]parse.*toarray|dense"):
        clone(model).fit(rows, s)
    with pytest.raises(TypeError, match="[Ss]parse.*toarray|dense"):
        fitted(model).predict(rows)


@each_variant
def test_not_fitted(model, pu_data):
    X, _, _ = pu_data
    for name in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(clone(model), name)(X)


# -- training --------------------------------------------------------------------------


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@each_neural
def test_absent_device_is_an_error_before_training(model, pu_data, no_gpu):
    X, s, _ = pu_data
    with pytest.raises(ValueError, match="device must be present.*'cuda'.*auto"):
        clone(model).set_params(device="cuda").fit(X, s)
    with pytest.raises(ValueError, match="device must be.*'nonsense'"):
        clone(model).set_params(device="nonsense").fit(X, s)


@each_neural
@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_model_fitted_on_cuda_opens_with_one_warning(
    model, device, fitted, pu_data, no_gpu
):
    X, _, _ = pu_data
    expected = outputs(fitted(model), X)
    moved = copy.deepcopy(fitted(model)).set_params(device=device)
    moved.fitted_on_ = "cuda"
    moved = pickle.loads(pickle.dumps(moved))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = outputs(moved, X)
        moved.predict(X)
    assert_array_equal(found, expected)
    assert [str(w.message) for w in caught] == [
        "This model was fitted on 'cuda', which this machine lacks; it runs on the CPU."
    ]
    assert caught[0].filename != sys.modules["skgen.base"].__file__


@pytest.mark.gpu
@each_neural
def test_gpu_fit_opens_on_the_cpu(model, pu_data, monkeypatch):
    X, s, y = pu_data
    model = clone(model).set_params(device="cuda").fit(X, s)
    assert model.fitted_on_ == "cuda"
    assert np.mean(model.predict(X) == y) > 0.8
    expected = model.predict_proba(X)
    written = pickle.dumps(model)
    assert b"torch" not in written
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.warns(UserWarning, match="runs on the CPU"):
        found = pickle.loads(written).predict_proba(X)
    assert_allclose(found, expected, atol=1e-5)


@each_classifier
def test_silent_unless_asked(model, pu_data, capfd):
    X, s, _ = pu_data
    model = clone(model).fit(X, s)
    model.predict(X)
    assert capfd.readouterr() == ("", "")


@each_neural
def test_verbose_shows_a_bar_with_the_losses(model, pu_data, capsys):
    X, s, _ = pu_data
    clone(model).set_params(verbose=1).fit(X, s)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{model.max_epochs}/{model.max_epochs}" in shown.err
    assert "epoch" in shown.err
    assert "train_" in shown.err


@each_neural
def test_callbacks_are_called(model, pu_data):
    X, s, _ = pu_data
    recorder = Recorder()
    # Validation batches have an end, but no gradient.
    model = clone(model).set_params(callbacks=[recorder], max_epochs=2)
    model.set_params(early_stopping=False).fit(X, s)
    counts = {name: recorder.calls_.count(name) for name in recorder.calls_}
    assert recorder.calls_[0] == "on_train_begin"
    assert recorder.calls_[-1] == "on_train_end"
    assert counts["on_epoch_begin"] == counts["on_epoch_end"] == 2
    assert counts["on_batch_begin"] == counts["on_batch_end"] >= model.n_epochs_
    assert counts["on_grad_computed"] >= counts["on_batch_end"]
    plain = clone(model).set_params(callbacks=None).fit(X, s)
    assert_array_equal(outputs(plain, X), outputs(model, X))


@each_neural
def test_history_is_a_list_of_plain_dicts(model, fitted):
    history = fitted(model).history_
    assert type(history) is list and len(history) == model.max_epochs
    assert fitted(model).n_epochs_ == model.max_epochs
    for k, row in enumerate(history):
        assert type(row) is dict
        assert row["epoch"] == k + 1
        assert {type(v) for v in row.values()} <= {int, float, str, bool}
        assert any(name.startswith("train_") and "loss" in name for name in row)


@each_neural
def test_interrupt_leaves_a_usable_estimator(model, pu_data):
    X, s, y = own_labels(model, pu_data)
    model = clone(model).set_params(max_epochs=9, callbacks=[Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, s)
    assert len(model.history_) == model.n_epochs_ == 2
    assert np.mean(model.predict(X) == y) > 0.7
    model.set_params(callbacks=None)
    assert_array_equal(outputs(pickle.loads(pickle.dumps(model)), X), outputs(model, X))
    model.set_params(max_epochs=1).fit(X, s)
    assert model.n_epochs_ == 1


@each_neural
def test_interrupt_before_the_first_epoch_ends_leaves_nothing(model, pu_data):
    X, s, _ = pu_data
    model = clone(model).set_params(callbacks=[Interrupt(0)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, s)
    with pytest.raises(NotFittedError):
        model.predict(X)


@each_neural
def test_checkpoint_resumes_to_the_same_predictions(model, pu_data, tmp_path):
    X, s, _ = pu_data
    whole = clone(model).set_params(max_epochs=4).fit(X, s)
    saved = TrainingCheckpoint(tmp_path / "fit.ckpt")
    parts = clone(model).set_params(max_epochs=4, callbacks=[saved, Interrupt(2)])
    with pytest.raises(KeyboardInterrupt):
        parts.fit(X, s)
    parts.set_params(callbacks=[saved]).fit(X, s)
    assert parts.n_epochs_ == 4
    assert not (tmp_path / "fit.ckpt").exists()
    assert_array_equal(outputs(parts, X), outputs(whole, X))


def first_loss(row):
    names = [n for n in ("train_loss", "train_teacher", "train_mixup") if n in row]
    return row[names[0]]


@each_neural
def test_warm_start_goes_on(model, pu_data):
    X, s, _ = pu_data
    model = clone(model).set_params(warm_start=True, max_epochs=3).fit(X, s)
    first = model.history_
    model.fit(X, s)
    assert model.n_epochs_ == len(model.history_) == 6
    assert model.history_[:3] == first
    losses = [first_loss(row) for row in model.history_]
    assert losses[3] < losses[0]
    assert losses[-1] < losses[1]
    model.set_params(warm_start=False).fit(X, s)
    assert model.n_epochs_ == 3


@each_neural
def test_partial_fit_goes_on(model, pu_data):
    X, s, y = own_labels(model, pu_data)
    model = clone(model)
    for epoch in range(3):
        assert model.partial_fit(X, s) is model
        assert model.n_epochs_ == epoch + 1
    assert np.mean(model.predict(X) == y) > 0.75
    in_between = clone(model)
    for _ in range(3):
        in_between = pickle.loads(pickle.dumps(in_between.partial_fit(X, s)))
    assert_array_equal(outputs(in_between, X), outputs(model, X))
    with pytest.raises(ValueError, match="seen in fit.*got \\[7\\]"):
        model.partial_fit(X, np.where(s == 1, 7, 0))
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :2], s)


@each_neural
def test_loss_that_turns_infinite_stops_the_fit(model, pu_data):
    X, s, _ = pu_data
    model = clone(model).set_params(learning_rate=1e30)
    with pytest.raises(FloatingPointError, match="epoch [12].*lower learning_rate"):
        model.fit(X, s)
    with pytest.raises(NotFittedError):
        model.predict(X)


@each_neural
def test_early_stopping_restores_the_best_epoch(model, draw_pu):
    X, s, y = own_labels(model, draw_pu(150))
    model = clone(model).set_params(
        early_stopping=True,
        n_iter_no_change=2,
        validation_fraction=0.3,
        max_epochs=40,
        learning_rate=0.02,
    )
    model.fit(X, s)
    losses = [row["valid_loss"] for row in model.history_]
    assert len(losses) < 40
    assert np.argmin(losses) == len(losses) - 3
    assert np.mean(model.predict(X) == y) > 0.75


@each_neural
@pytest.mark.filterwarnings("ignore:the class prior is estimated from")
@pytest.mark.parametrize("n, batch_size", [(100, 256), (100, 4096), (30, 7)])
def test_few_rows_and_large_batches(model, n, batch_size, draw_pu):
    X, s, y = own_labels(model, draw_pu(n))
    model = clone(model).set_params(batch_size=batch_size).fit(X, s)
    assert np.mean(model.predict(X) == y) > 0.7
