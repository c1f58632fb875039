import numpy as np

from autograder.validate.mutants import mutants


def weighted_mean(X, w, reg=0.0):
    """Weighted mean of the rows, 1 over N."""
    X = np.asarray(X, dtype=float)
    if X.ndim != 2:
        raise ValueError("X must have two axes")
    total = w @ X
    total /= w.sum()
    return np.log(np.var(total, axis=0, ddof=1)), total if reg > 0 else -total


def changes():
    return {mutant.change for mutant in mutants(weighted_mean)}


def test_every_kind_of_slip_is_made():
    expected = {
        "total = w @ X → total = w * X",
        "without: total /= w.sum()",
        "total /= w.sum() → total *= w.sum()",
        "total /= w.sum() → total /= w.mean()",
        "if X.ndim != 2: → if X.ndim == 2:",
        "if X.ndim != 2: → if X.ndim != 3:",
    }
    assert expected <= changes()
    last = {change for change in changes() if change.startswith("return")}
    after = {change.split(" → ")[1] for change in last}
    assert "return np.log1p(np.var(total, axis=0, ddof=1)), total if reg > 0 else -total" in after
    assert "return (np.var(total, axis=0, ddof=1)), total if reg > 0 else -total" in after
    assert "return np.log(np.var(total, axis=1, ddof=1)), total if reg > 0 else -total" in after
    assert "return np.log(np.var(total, axis=0)), total if reg > 0 else -total" in after
    assert "return np.log(np.var(total, axis=0, ddof=1)), total if reg > 0 else total" in after
    assert "return np.log(np.var(total, axis=0, ddof=1)), total if reg >= 0 else -total" in after
    assert "return np.log(np.var(total, axis=0, ddof=1)), -total if reg > 0 else total" in after


def test_each_mutant_compiles_differs_and_is_made_once():
    found = mutants(weighted_mean)
    sources = [mutant.source for mutant in found]
    assert len(set(sources)) == len(sources) >= 19
    for source in sources:
        compile(source, "mutant", "exec")


def test_docstrings_default_values_and_conversions_to_float_are_left_alone():
    for mutant in mutants(weighted_mean):
        assert "np.asarray(X, dtype=float)" in mutant.source
        assert '"""Weighted mean of the rows, 1 over N."""' in mutant.source
        assert "def weighted_mean(X, w, reg=0.0):" in mutant.source
