"""What docs/extending.rst shows: that it runs, is as short as it says, and works."""

import io
import tokenize

import numpy as np
import pytest
from instances import documented, snippet
from numpy.testing import assert_array_equal

from skgen import GANSampler


def n_code_lines(source):
    """Lines that hold code: no comments, blanks or docstrings."""
    skipped = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = set()
    for token in tokens:
        is_docstring = token.type == tokenize.STRING and token.string.startswith('"""')
        if token.type not in skipped and not is_docstring:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines)


@pytest.mark.parametrize(("name", "most"), [("ICADensity", 60), ("EncodedGAN", 80)])
def test_snippets_are_short(name, most):
    assert n_code_lines(snippet(name)) <= most


def test_new_estimator_finds_independent_components():
    rng = np.random.default_rng(0)
    mixing = np.array([[2.0, 1.0], [0.5, -1.5]])
    X = rng.logistic(size=(4000, 2)) @ mixing.T + 3
    model = documented("ICADensity")(random_state=0).fit(X)
    # The density is that of the logistic distribution behind the mixing matrix.
    z = np.linalg.solve(mixing, (X - 3).T).T
    expected = (-z - 2 * np.log1p(np.exp(-z))).sum(axis=1)
    expected -= np.log(abs(np.linalg.det(mixing)))
    assert model.score(X) == pytest.approx(expected.mean(), abs=0.02)
    assert np.abs(model.score_samples(X) - expected).mean() < 0.1
    drawn = model.sample(4000, random_state=0)
    assert np.cov(drawn.T) == pytest.approx(np.cov(X.T), rel=0.2)


def test_third_player_finds_the_noise_of_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3)) @ np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1.0]])
    options = {"n_latent": 3, "max_epochs": 40, "random_state": 0}
    gan = documented("EncodedGAN")(**options).fit(X)
    z = rng.normal(size=(300, 3))
    found = gan.encode(gan.generate(z))
    assert np.mean((found - z) ** 2) < 0.5  # of a variance of 1
    error = np.mean((gan.reconstruct(X) - X) ** 2)
    assert error < 0.3 * X.var()
    losses = [row["train_encoder_loss"] for row in gan.history_]
    assert losses[-1] < 0.5 < losses[0]
    assert any(name.startswith("encoder.") for name in gan.weights_)


def test_third_player_leaves_the_first_weights_of_the_others():
    X = np.random.default_rng(0).normal(size=(60, 2))
    options = {"n_latent": 2, "max_epochs": 1, "learning_rate": 1e-12, "ema": 0}
    two = GANSampler(random_state=0, **options).fit(X)
    three = documented("EncodedGAN")(random_state=0, **options).fit(X)
    for name, value in two.weights_.items():
        assert_array_equal(three.weights_[name].round(6), value.round(6))
