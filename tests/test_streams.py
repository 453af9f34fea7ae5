"""Tables in batches: what is to come is known, whatever the first batch shows."""

import numpy as np
import pandas as pd
import pytest
from instances import neural
from sklearn.base import clone
from tables import READ, Recipe

from skgen import AutoregressiveDensity, PUGANClassifier
from skgen.encoding._columns import kinds as column_kinds

STREAMING = neural()
TABLES = {
    name: model
    for name, model in STREAMING.items()
    if name not in ("FlowDensity", "PixelCNNDensity", "SequenceDensity")
}
each = pytest.mark.parametrize("model", STREAMING.values(), ids=STREAMING)
each_table = pytest.mark.parametrize("model", TABLES.values(), ids=TABLES)


def batches(n=60, seed=0):
    """Three tables; only the last has the category "late", gaps and large numbers."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(3):
        y = np.arange(n) % 2
        X = pd.DataFrame(
            {
                "word": pd.Categorical(rng.choice(["a", "b"], n)),
                "number": rng.normal(size=n) + y,
                "count": rng.integers(0, 5, n),
            }
        )
        if k == 2:
            X["word"] = pd.Categorical(["late", *X["word"][1:]])
            X.loc[3, "number"] = np.nan
            X["count"] += 40
        found.append((X, y))
    return found


def outputs(model, X, y):
    for name in ("predict_proba", "score_samples", "transform", "predict"):
        if hasattr(model, name):
            return np.asarray(getattr(model, name)(X), dtype=object)
    return model.critic_scores(X, y)


@each_table
def test_batches_may_show_what_the_first_does_not(model):
    rows = batches()
    model = clone(model)
    assert model.fit_encoder(rows, n_rows=40) is model
    for X, y in rows:
        model.partial_fit(X, y)
    assert model.n_epochs_ == 3
    assert len(outputs(model, *rows[2])) == len(rows[2][0])
    strange = rows[0][0].assign(word="never")
    with pytest.warns(UserWarning, match="column 'word' .*does not know: 'never'"):
        model.partial_fit(strange, rows[0][1])


@each_table
def test_without_a_first_pass_what_is_new_is_said(model):
    (X, y), _, (late, z) = batches()
    model = clone(model).partial_fit(X, y)
    with pytest.raises(ValueError, match="column 'number' has missing values"):
        model.partial_fit(late, z)
    late["number"] = late["number"].fillna(0)
    with pytest.warns(UserWarning, match="'late'.*fit_encoder before the first"):
        model.partial_fit(late, z)


@each
def test_a_sample_of_all_rows_is_as_good_as_the_rows(model):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 2, (60, 36)).astype(float), np.arange(60) % 2
    parts = clone(model).fit_encoder([(X, y)], n_rows=1000).partial_fit(X, y)
    assert parts.n_epochs_ == 1
    assert parts.partial_fit(X, y).n_epochs_ == 2
    # A fit begins anew.
    other = clone(model).fit_encoder([(X, y)]).fit(X, y)
    whole = clone(model).fit(X, y)
    np.testing.assert_array_equal(outputs(other, X, y), outputs(whole, X, y))


def test_the_sample_is_uniform_and_shows_everything():
    values = np.random.default_rng(0).permutation(30_000)
    X = pd.DataFrame({"x": values, "kind": np.where(values == 77, "rare", "usual")})
    parts = [X[k : k + 1000] for k in range(0, 30_000, 1000)]
    model = AutoregressiveDensity(random_state=0).fit_encoder(parts, n_rows=3000)
    rows, y = model._foreseen
    assert y is None and set(rows["kind"]) == {"rare", "usual"}
    assert rows["x"].min() == 0 and rows["x"].max() == 29_999
    assert 3000 < len(rows) < 3400 and rows["x"].is_unique
    # In each tenth as many as chance lets expect, within five deviations.
    tenths = np.bincount(rows["x"] // 3000, minlength=10)
    assert np.all(np.abs(tenths - len(rows) / 10) < 5 * np.sqrt(len(rows) / 10))


def test_labels_and_arrays_come_through():
    X = np.arange(200.0).reshape(100, 2)
    y = np.where(np.arange(100) == 50, "yes", "no")
    model = PUGANClassifier(random_state=0)
    rows, told = model.fit_encoder(
        [(X[:60], y[:60]), (X[60:], y[60:])], n_rows=10
    )._foreseen
    assert isinstance(rows, np.ndarray) and "yes" in told
    assert all((told == "yes") == (rows[:, 0] == 100))


def test_columns_of_every_kind_are_sampled():
    kinds = [kind for kind in READ if kind not in ("all missing", "all None")]
    parts = [Recipe(tuple(kinds), 50, seed=seed).table() for seed in range(3)]
    model = AutoregressiveDensity(random_state=0).fit_encoder(parts, n_rows=20)
    rows, _ = model._foreseen
    assert 20 < len(rows) <= 150
    whole = pd.concat(parts)
    held = column_kinds(whole)
    for name, kind, own in zip(rows.columns, kinds, held, strict=True):
        if own != "category":
            for extreme in ("min", "max"):
                found = getattr(rows[name].dropna(), extreme)()
                assert found == getattr(whole[name].dropna(), extreme)(), kind
        else:
            assert set(rows[name].dropna()) == set(whole[name].dropna()), kind
        assert rows[name].isna().any() == whole[name].isna().any(), kind


def test_parquet_files_and_dask_frames_are_batches(tmp_path):
    dataset = pytest.importorskip("pyarrow.dataset")
    dask = pytest.importorskip("dask.dataframe")
    for k, (X, _) in enumerate(batches()):
        X.to_parquet(tmp_path / f"part-{k}.parquet")

    def learn(parts):
        model = AutoregressiveDensity(n_estimators=1, hidden=(8,), random_state=0)
        model.fit_encoder(parts())
        for part in parts():
            model.partial_fit(part)
        return model

    def from_arrow():  # batches of pyarrow become frames by themselves
        return dataset.dataset(tmp_path).to_batches(batch_size=60)

    def from_dask():
        frame = dask.read_parquet(tmp_path, split_row_groups=False)
        return (part.compute() for part in frame.partitions)

    def from_pandas():
        return (X for X, _ in batches())

    expected = learn(from_pandas)
    assert expected.n_epochs_ == 3
    new = batches(seed=1)[0][0]
    for parts in (from_arrow, from_dask):
        model = learn(parts)
        assert model.n_epochs_ == 3
        np.testing.assert_allclose(
            model.score_samples(new), expected.score_samples(new), rtol=1e-6
        )
        assert "late" in set(model.sample(3000, random_state=0)["word"])


def test_a_sample_that_waits_is_not_saved(tmp_path):
    X, y = batches()[0]
    model = AutoregressiveDensity(n_estimators=1, hidden=(8,), random_state=0)
    model.set_params(max_epochs=1).fit(X).fit_encoder([X])
    model.save_weights(tmp_path / "model.safetensors")
    again = clone(model).load_weights(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))


def test_bad_batches_are_refused():
    X = pd.DataFrame({"a": [1.0, 2.0], "b": ["u", "v"]})
    model = AutoregressiveDensity()
    with pytest.raises(ValueError, match="at least one table, got none"):
        model.fit_encoder([])
    with pytest.raises(ValueError, match="the same columns.*got 1 columns without"):
        model.fit_encoder([X, X[["a"]]])
    with pytest.raises(ValueError, match="with labels after 2 columns without"):
        model.fit_encoder([X, (X, [0, 1])])
    with pytest.raises(ValueError, match="n_rows must be an integer"):
        model.fit_encoder([X], n_rows=0)
    ids = pd.DataFrame({"id": [f"n{i}" for i in range(100_001)]})
    with pytest.raises(ValueError, match="column 'id' must have at most 100,000"):
        model.fit_encoder([ids])
