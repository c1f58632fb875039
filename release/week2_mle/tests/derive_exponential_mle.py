OK_FORMAT = False

from otter.test_files import test_case

name = "derive_exponential_mle"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_exponential_mle):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_exponential_mle()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "slope", "rate_hat", "curvature_at_hat", "standard_error"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        given = (
            {"n", "s1"} if name in ("rate_hat", "curvature_at_hat", "standard_error") else {"rate", "n", "s1"}
        )
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" should be in {sorted(given)}, but uses {sorted(unknown)}'


@test_case(name='The waits 1, 2, 3 have n = 3, s1 = 6 and rate 0.5.')
def test_rate_of_the_worked_example(derive_exponential_mle):
    """The waits 1, 2, 3 have n = 3, s1 = 6 and rate 0.5."""
    rate = derive_exponential_mle()["rate_hat"]
    value = rate.subs({symbol: {"n": 3, "s1": 6}[symbol.name] for symbol in rate.free_symbols})
    assert abs(float(value) - 0.5) < 1e-9, "rate_hat of the worked example should be 0.5: rate, not scale"
