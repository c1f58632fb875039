OK_FORMAT = False

from otter.test_files import test_case

name = "derive_gaussian_mle"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_gaussian_mle):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_gaussian_mle()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "slope_mu", "mu_hat", "slope_sigma_sq", "sigma_sq_hat"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"mu", "sigma_sq", "n", "s1", "s2"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='Both slopes are derivatives of your own log likelihood.')
def test_slopes_are_derivatives(derive_gaussian_mle):
    """Both slopes are derivatives of your own log likelihood."""
    import sympy as sp

    steps = derive_gaussian_mle()
    values = {"mu": 0.3, "sigma_sq": 0.7, "n": 5, "s1": 4, "s2": 9}
    for by, name in (("mu", "slope_mu"), ("sigma_sq", "slope_sigma_sq")):
        symbol = next((s for s in steps["log_likelihood"].free_symbols if s.name == by), sp.Symbol(by))
        gap = sp.diff(steps["log_likelihood"], symbol) - steps[name]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, (
            f'"{name}" is not the derivative of your "log_likelihood" with respect to {by}'
        )


@test_case(name='The observations 1, ..., 5 have n = 5, s1 = 15, s2 = 55 and variance 2.')
def test_variance_of_the_worked_example(derive_gaussian_mle):
    """The observations 1, ..., 5 have n = 5, s1 = 15, s2 = 55 and variance 2."""
    variance = derive_gaussian_mle()["sigma_sq_hat"]
    values = {"n": 5, "s1": 15, "s2": 55}
    value = variance.subs({symbol: values.get(symbol.name, symbol) for symbol in variance.free_symbols})
    assert abs(float(value) - 2) < 1e-9, "sigma_sq_hat of the worked example should be 2"
