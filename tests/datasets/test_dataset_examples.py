"""The examples of docstrings that need the real data (skipped in plain doctests)."""

import doctest

import pytest

import skgen.datasets


@pytest.mark.parametrize("name", skgen.datasets.__all__)
def test_example_runs(name, real_data):
    if name == "fetch_market1501":
        pytest.skip("Market-1501 may not be downloaded")
    docstring = getattr(skgen.datasets, name).__doc__.replace("  # doctest: +SKIP", "")
    test = doctest.DocTestParser().get_doctest(docstring, {}, name, None, None)
    report = []
    results = doctest.DocTestRunner().run(test, out=report.append)
    assert results.attempted and not results.failed, "".join(report)
