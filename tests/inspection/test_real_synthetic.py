"""RealVsSyntheticDisplay: shares of columns, map of pairs, points, columns aligned."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from skgen.density import AutoregressiveDensity
from skgen.inspection import RealVsSyntheticDisplay
from skgen.metrics import marginal_similarity, pairwise_similarity


def table(n, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "count": rng.poisson(40, n),
            "flag": rng.random(n) < 0.3,
            "code": rng.integers(0, 4, n),
        }
    )
    frame.loc[:9, "size"] = np.nan
    frame.loc[:4, "colour"] = None
    return frame


@pytest.fixture(scope="module")
def tables():
    return table(200, 0), table(150, 1)


def bars(ax):
    """Lengths of the bars of the real and of the synthetic rows, by label."""
    labels = [t.get_text() for t in ax.get_yticklabels()]
    return [
        dict(zip(labels, [b.get_width() for b in box], strict=True))
        for box in ax.containers
    ]


def test_panels_show_the_shares(tables):
    real, synthetic = tables
    display = RealVsSyntheticDisplay.from_samples(real, synthetic, name="copies")
    size, colour, count, flag, code, pairs = display.axes_
    for found, frame in zip(bars(colour), tables, strict=True):
        assert list(found) == ["blue", "green", "red", "missing"]
        assert found["red"] == pytest.approx((frame["colour"] == "red").mean())
        assert found["missing"] == pytest.approx(5 / len(frame))
    assert [list(found) for found in bars(code)] == [["0", "1", "2", "3"]] * 2
    assert bars(flag)[1]["True"] == pytest.approx(synthetic["flag"].mean())
    for ax in (size, count):
        for step in ax.patches:
            values, edges, _ = step.get_data()
            assert values.sum() == pytest.approx(1)
    assert size.get_xlabel() == "missing: 5.0% and 6.7%"
    np.testing.assert_allclose(np.diff(edges) % 1, 0)  # as many whole numbers in each
    assert "similarity of pairs" in pairs.get_title()
    assert display.figure_.get_suptitle() == "copies"


def test_the_numbers_are_those_of_the_metrics(tables):
    display = RealVsSyntheticDisplay.from_samples(*tables)
    expected = marginal_similarity(*tables)
    pd.testing.assert_series_equal(display.similarity_, expected)
    titles = [ax.get_title() for ax in display.axes_[:5]]
    assert titles == [f"{name}: {value:.2f}" for name, value in expected.items()]
    pairs = pairwise_similarity(*tables)
    pd.testing.assert_frame_equal(display.pairs_, pairs)
    (image,) = display.axes_[-1].images
    shown = np.ma.filled(image.get_array(), np.nan)
    assert shown[2, 1] == pytest.approx(1 - pairs.loc["flag", "colour"])
    assert np.isnan(shown[1, 2])
    texts = {t.get_position(): t.get_text() for t in display.axes_[-1].texts}
    assert len(texts) == 10
    assert float(texts[1, 2]) == pytest.approx(shown[2, 1], abs=0.0051)


def test_black_and_white(tables):
    display = RealVsSyntheticDisplay.from_samples(*tables)
    real, synthetic = display.axes_[1].containers
    assert all(not bar.get_hatch() for bar in real)
    assert all(bar.get_hatch() for bar in synthetic)
    filled, outline = display.axes_[0].patches
    assert filled.get_fill() and not outline.get_fill()


def test_distribution_functions(tables):
    display = RealVsSyntheticDisplay.from_samples(
        *tables, columns=["size"], numbers="ecdf"
    )
    (ax,) = display.axes_
    for line, frame in zip(ax.lines, tables, strict=True):
        x, y = line.get_data()
        at = np.searchsorted(x, 0.0, side="right") - 1
        assert y[at] == pytest.approx((frame["size"].dropna() <= 0).mean())
    assert len({line.get_linestyle() for line in ax.lines}) == 2


def test_rare_categories_are_drawn_as_one():
    real = pd.DataFrame(
        {"word": [f"w{i:02}" for i in range(20) for _ in range(20 - i)]}
    )
    synthetic = pd.DataFrame({"word": ["w00"] * 50 + ["new"] * 50})
    display = RealVsSyntheticDisplay.from_samples(real, synthetic)
    found = bars(display.axes_[0])
    assert len(found[0]) == 8
    assert "new" in found[0]
    assert found[1]["w00"] == 0.5
    assert [sum(part.values()) for part in found] == pytest.approx([1, 1])
    assert found[0]["other"] > 0


def test_categories_of_mixed_kinds_and_a_value_called_missing():
    real = pd.DataFrame({"flag": [True, None, False, True], "word": ["missing"] * 4})
    synthetic = pd.DataFrame({"flag": [True] * 4, "word": ["missing", "x"] * 2})
    display = RealVsSyntheticDisplay.from_samples(real, synthetic, kind="marginals")
    assert bars(display.axes_[0])[0] == {"False": 0.25, "True": 0.5, "missing": 0.25}
    assert bars(display.axes_[1])[0] == {"missing": 1.0, "x": 0.0}
    assert bars(display.axes_[1])[1] == {"missing": 0.5, "x": 0.5}


def test_values_beyond_the_middle_count_in_the_outer_bins():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(1000, 1))
    real[0] = 1e9
    far = rng.normal(size=(1000, 1)) + 1000
    (ax,) = RealVsSyntheticDisplay.from_samples(real, far).axes_
    for step in ax.patches:
        assert step.get_data().values.sum() == pytest.approx(1)
    (ax,) = RealVsSyntheticDisplay.from_samples(real, real).axes_
    assert ax.patches[0].get_data().edges[-1] < 10


def test_two_columns_of_numbers_are_drawn_as_points():
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(90, 2)), rng.normal(size=(50, 2))
    display = RealVsSyntheticDisplay.from_samples(real, synthetic)
    assert len(display.axes_) == 4
    *_, left, right = display.axes_
    np.testing.assert_allclose(left.collections[0].get_offsets(), real)
    np.testing.assert_allclose(right.collections[0].get_offsets(), synthetic)
    assert left.get_xlim() == right.get_xlim()
    assert left.get_ylabel() == "column 1"
    frame = pd.DataFrame(real, columns=["a", "b"]).assign(c=1.0)
    display = RealVsSyntheticDisplay.from_samples(
        frame, frame, columns=["c", "a"], kind="scatter"
    )
    np.testing.assert_allclose(
        display.axes_[0].collections[0].get_offsets(), frame[["c", "a"]]
    )


def test_columns_in_another_order_and_arrays_of_a_frame(tables):
    real, synthetic = tables
    display = RealVsSyntheticDisplay.from_samples(
        real, synthetic[synthetic.columns[::-1]]
    )
    pd.testing.assert_series_equal(display.similarity_, marginal_similarity(*tables))
    numbers = real[["count", "code"]]
    display = RealVsSyntheticDisplay.from_samples(numbers, numbers.to_numpy())
    assert display.similarity_.to_dict() == {"count": 1.0, "code": 1.0}


def test_the_least_similar_of_many_columns():
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(2, 300, 30))
    synthetic[:, [7, 21]] += 3
    display = RealVsSyntheticDisplay.from_samples(real, synthetic, kind="marginals")
    assert len(display.axes_) == 16
    assert {7, 21} <= set(display.similarity_.index)
    assert display.figure_.get_suptitle() == "the 16 least similar of 30 columns"
    display = RealVsSyntheticDisplay.from_samples(real, synthetic, columns=[21, -1])
    assert list(display.similarity_.index) == [21, 29]
    assert list(display.pairs_.columns) == [21, 29]
    assert display.axes_[0].get_title().startswith("column 21: 0.")


def test_an_estimator_draws_the_synthetic_rows(tables):
    real = tables[0].drop(columns="colour").dropna()
    model = KernelDensity(bandwidth=0.1).fit(real)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again = (
        RealVsSyntheticDisplay.from_estimator(model, real, random_state=3)
        for _ in range(2)
    )
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    pd.testing.assert_series_equal(first.similarity_, again.similarity_)
    assert len(first.synthetic) == len(real)
    assert first.figure_.get_suptitle() == "KernelDensity"
    mixed = AutoregressiveDensity(
        n_estimators=1, hidden=(8,), max_epochs=1, random_state=0
    ).fit(tables[0])
    display = RealVsSyntheticDisplay.from_estimator(
        mixed, tables[0], n_samples=30, random_state=0
    )
    assert len(display.synthetic) == 30
    assert len(display.axes_) == 6


def test_given_axes_are_divided(tables):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    display = RealVsSyntheticDisplay.from_samples(*tables, kind="marginals", ax=left)
    pairs = RealVsSyntheticDisplay.from_samples(*tables, kind="pairs", ax=right)
    assert display.figure_ is pairs.figure_ is figure
    figure.canvas.draw()
    for ax in display.axes_:
        assert ax.get_window_extent().x1 < pairs.axes_[0].get_window_extent().x0


@pytest.mark.parametrize("n", [3, 8, 16])
def test_no_labels_overlap(n):
    rng = np.random.default_rng(0)
    names = [f"a column with a long name {i}" for i in range(n)]
    real = pd.DataFrame(rng.normal(size=(50, n)) * 1e5, columns=names)
    real[names[0]] = rng.choice(["a rather long category", "another of these"], 50)
    display = RealVsSyntheticDisplay.from_samples(real, real)
    display.figure_.canvas.draw()
    for ax in display.axes_[:-1]:
        ticks = [t.get_window_extent() for t in ax.get_xticklabels() if t.get_text()]
        low, high = ax.get_window_extent().x0 - 1, ax.get_window_extent().x1 + 1
        ticks = [t for t in ticks if low <= (t.x0 + t.x1) / 2 <= high]
        assert all(a.x1 < b.x0 for a, b in zip(ticks, ticks[1:], strict=False))
    titles = [ax.title.get_window_extent() for ax in display.axes_[:-1]]
    for i, box in enumerate(titles):
        assert not any(box.overlaps(other) for other in titles[i + 1 :])


def test_errors_name_requirement_received_and_remedy(tables):
    real, synthetic = tables
    draw = RealVsSyntheticDisplay.from_samples
    with pytest.raises(ValueError, match="must have the columns of real, got"):
        draw(real, synthetic.rename(columns={"size": "weight"}))
    with pytest.raises(ValueError, match="must have the 5 columns of real, got 4"):
        draw(real, synthetic.iloc[:, 1:])
    with pytest.raises(TypeError, match="'count' must hold the same kind"):
        draw(real, synthetic.assign(count="many"))
    with pytest.raises(ValueError, match="columns must be the name .* got 'weight'"):
        draw(real, synthetic, columns=["weight"])
    with pytest.raises(ValueError, match=r"each once, got \['size', 'size'\]"):
        draw(real, synthetic, columns=["size", "size"])
    with pytest.raises(ValueError, match="kind must be one of"):
        draw(real, synthetic, kind="columns")
    with pytest.raises(ValueError, match="numbers one of"):
        draw(real, synthetic, numbers="bars")
    with pytest.raises(ValueError, match="needs two columns of numbers"):
        draw(real, synthetic, kind="scatter")
    with pytest.raises(ValueError, match="two columns or more, got one"):
        draw(real, synthetic, columns="size", kind="pairs")
    with pytest.raises(ValueError, match="must have rows and columns"):
        draw(real, synthetic.iloc[:0])
    with pytest.raises(TypeError, match="method sample, got PCA without it"):
        RealVsSyntheticDisplay.from_estimator(PCA(), real)
    model = GaussianMixture().fit(np.eye(3))
    with pytest.raises(ValueError, match="must have the 2 columns of real, got 3"):
        RealVsSyntheticDisplay.from_estimator(model, np.eye(2))
