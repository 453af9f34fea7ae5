"""Displays: what is drawn, in whose axes, and what is said when nothing can be."""

import builtins
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skgen.datasets import make_pu
from skgen.density import FlowDensity
from skgen.inspection import (
    DensityDisplay,
    LatentSpaceDisplay,
    LossCurveDisplay,
    PriorGridDisplay,
    RealVsSyntheticDisplay,
    SampleGridDisplay,
)
from skgen.inspection._loss_curve import _styles
from skgen.metrics import make_pu_scorer
from skgen.pu import PUClassifier, PUGANClassifier

HISTORY = [
    {"epoch": 1, "train_loss": 0.9, "valid_loss": 1.0},
    {"epoch": 2, "train_loss": 0.5, "valid_loss": 0.7, "note": "best"},
    {"epoch": 3, "train_loss": 0.4},
]


@pytest.fixture(scope="module")
def table():
    X, y = load_breast_cancer(return_X_y=True)
    return make_pu(X[:, :4], y, n_labeled=100, random_state=0)


@pytest.fixture(scope="module")
def search(table):
    X, s, _ = table
    model = Pipeline(
        [("scale", StandardScaler()), ("pu", PUClassifier(max_epochs=1, module="MLP"))]
    ).set_params(pu__random_state=0)
    scoring = {
        "fixed": make_pu_scorer("accuracy", prior=0.63),
        "ranks": make_pu_scorer("roc_auc"),
    }
    grid = {"pu__prior": [0.7, 0.4], "pu__learning_rate": [1e-3, 1e-2]}
    return GridSearchCV(model, grid, scoring=scoring, refit="fixed", cv=2).fit(X, s)


def test_history_is_drawn_with_gaps_and_whole_epochs():
    display = LossCurveDisplay.from_history(HISTORY, name="net")
    assert list(display.lines_) == ["train_loss", "valid_loss"]  # the note is no loss
    x, y = display.lines_["valid_loss"].get_data()
    np.testing.assert_array_equal(x, [1, 2, 3])
    np.testing.assert_array_equal(y, [1.0, 0.7, np.nan])
    assert display.ax_.get_title() == "net"
    assert display.ax_.get_xlabel() == "epoch"
    assert display.figure_ is display.ax_.figure
    display.figure_.canvas.draw()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_lines_differ_without_colour():
    history = [{f"loss_{i}": i + e for i in range(4)} for e in range(3)]
    display = LossCurveDisplay.from_history(history)
    styles = {str(line.get_linestyle()) for line in display.lines_.values()}
    assert len(styles) == 4
    labels = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert labels == list(display.lines_)


def test_pairs_of_losses_share_a_colour_and_a_marker():
    stems = ("loss", "kl", "reconstruction")
    history = [
        {f"{part}_{stem}": 1.0 / e for stem in stems for part in ("train", "valid")}
        for e in range(1, 20)
    ]
    display = LossCurveDisplay.from_history(history)
    looks = {}
    for stem in stems:
        train, valid = (display.lines_[f"{p}_{stem}"] for p in ("train", "valid"))
        assert (train.get_linestyle(), valid.get_linestyle()) == ("-", "--")
        assert train.get_color() == valid.get_color()
        assert train.get_marker() == valid.get_marker() != "None"
        looks[stem] = train.get_color(), train.get_marker()
    assert len({color for color, _ in looks.values()}) == 3
    assert len({marker for _, marker in looks.values()}) == 3
    assert display.ax_.get_ylabel() == "loss"
    one = LossCurveDisplay.from_history(history, losses=["kl"])
    assert list(one.lines_) == ["train_kl", "valid_kl"]
    assert one.ax_.get_ylabel() == "kl"


def test_many_losses_without_pairs_and_flags():
    history = [{f"train_{k}": k / e for k in range(9)} for e in (1, 2)]
    history[0]["best"] = True
    display = LossCurveDisplay.from_history(history)
    assert "best" not in display.lines_
    styles = _styles(list(display.lines_), 2).values()
    assert len({(str(s["linestyle"]), s.get("marker")) for s in styles}) == 9


def test_the_losses_of_a_density():
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = FlowDensity(n_transforms=1, hidden=(4,), max_epochs=3).fit(X)
    display = LossCurveDisplay.from_estimator(model, c="k")
    assert list(display.lines_) == ["train_loss", "valid_loss"]
    assert [v.get_linestyle() for v in display.lines_.values()] == ["-", "--"]
    assert {v.get_color() for v in display.lines_.values()} == {"k"}
    assert display.ax_.get_ylabel() == "loss"


def test_chosen_losses_axes_and_style():
    _, ax = plt.subplots()
    display = LossCurveDisplay.from_history(
        HISTORY, losses=["valid_loss"], ax=ax, color="black"
    )
    assert display.ax_ is ax
    assert list(display.lines_) == ["valid_loss"]
    assert display.lines_["valid_loss"].get_color() == "black"
    assert ax.get_ylabel() == "valid_loss"
    assert ax.get_legend() is None


def test_a_single_epoch_can_be_seen():
    display = LossCurveDisplay.from_history(HISTORY[:1])
    assert display.lines_["train_loss"].get_marker() == "o"
    display.figure_.canvas.draw()
    low, high = display.ax_.get_xlim()
    assert [t for t in display.ax_.get_xticks() if low <= t <= high] == [1]


def test_an_estimator_is_found_inside_searches_and_pipelines(table, search):
    X, s, _ = table
    model = PUGANClassifier(max_epochs=2, random_state=0).fit(X, s)
    display = LossCurveDisplay.from_estimator(model)
    assert display.ax_.get_title() == "PUGANClassifier"
    _, y = display.lines_["train_value"].get_data()
    np.testing.assert_array_equal(y, [e["train_value"] for e in model.history_])
    assert LossCurveDisplay.from_estimator(search).estimator_name == "PUClassifier"


def test_drawing_again_starts_afresh():
    display = LossCurveDisplay.from_history(HISTORY)
    first = display.ax_
    assert display.plot(name="again").ax_ is not first
    assert display.ax_.get_title() == "again"


def test_errors_of_loss_curves_name_the_remedy():
    with pytest.raises(NotFittedError, match="history_.*call fit first"):
        LossCurveDisplay.from_estimator(LogisticRegression())
    with pytest.raises(ValueError, match="losses must be among .*got \\['lose'\\]"):
        LossCurveDisplay.from_history(HISTORY, losses=["lose"])
    with pytest.raises(ValueError, match="at least one epoch, got none"):
        LossCurveDisplay.from_history([])


def test_prior_grid_draws_the_best_of_each_candidate(search):
    display = PriorGridDisplay.from_estimator(
        search, metric="fixed", true_prior=0.63, name="accuracy"
    )
    mean = search.cv_results_["mean_test_fixed"]
    prior = np.asarray(search.cv_results_["param_pu__prior"], dtype=float)
    x, y = display.line_.get_data()
    np.testing.assert_array_equal(x, [0.4, 0.7])
    np.testing.assert_allclose(y, [mean[prior == p].max() for p in (0.4, 0.7)])
    best = mean.argmax()
    assert display.chosen_.get_xdata()[0] == prior[best]
    np.testing.assert_allclose(display.true_prior_.get_xdata(), 0.63)
    std = search.cv_results_["std_test_fixed"][best]
    top = display.band_.get_paths()[0].vertices[:, 1].max()
    assert top >= mean[best] + std / np.sqrt(2) - 1e-12
    labels = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert "accuracy" in labels
    assert "true prior: 0.63" in labels
    assert any(label.startswith("chosen") for label in labels)


def test_prior_grid_into_given_axes_without_a_true_prior(search):
    _, ax = plt.subplots()
    display = PriorGridDisplay.from_estimator(search, metric="ranks", ax=ax)
    assert display.ax_ is ax
    assert display.true_prior_ is None


def test_errors_of_prior_grids_name_the_remedy(search, table):
    X, s, _ = table
    with pytest.raises(NotFittedError, match="call fit first"):
        PriorGridDisplay.from_estimator(GridSearchCV(LogisticRegression(), {}))
    with pytest.raises(ValueError, match="must have 'score', got one with"):
        PriorGridDisplay.from_estimator(search)
    other = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2).fit(X, s)
    with pytest.raises(ValueError, match="one parameter named 'prior'.*param="):
        PriorGridDisplay.from_estimator(other)
    model = PUClassifier(max_epochs=1, random_state=0)
    auto = GridSearchCV(model, {"prior": ["auto", 0.6]}, cv=2).fit(X[:200], s[:200])
    with pytest.raises(ValueError, match="must be numbers"):
        PriorGridDisplay.from_estimator(auto)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: LossCurveDisplay.from_history(HISTORY),
        lambda: PriorGridDisplay(priors=[0.4], mean=[1.0], stderr=[0.0]).plot(),
        lambda: SampleGridDisplay.from_samples(np.eye(4)),
        lambda: LatentSpaceDisplay.from_codes(np.eye(4)),
        lambda: DensityDisplay(grid=[[0, 1]], log_density=[0, 0]).plot(),
        lambda: RealVsSyntheticDisplay.from_samples(np.eye(4), np.eye(4)),
    ],
)
def test_without_matplotlib_the_extra_is_named(draw, monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=r"pip install skgen\[plot\]"):
        draw()


def test_importing_the_displays_does_not_import_matplotlib():
    code = "import sys, skgen.inspection; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
