OK_FORMAT = False

from otter.test_files import test_case

name = "derive_bernoulli_mle"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_bernoulli_mle):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_bernoulli_mle()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "slope", "theta_hat", "curvature", "fisher_information"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"theta", "n", "s"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='Three successes of five give 0.6.')
def test_estimate_of_the_worked_example(derive_bernoulli_mle):
    """Three successes of five give 0.6."""
    estimate = derive_bernoulli_mle()["theta_hat"]
    values = {"n": 5, "s": 3}
    value = estimate.subs({symbol: values.get(symbol.name, symbol) for symbol in estimate.free_symbols})
    assert abs(float(value) - 0.6) < 1e-9, "theta_hat of the worked example should be 0.6"
