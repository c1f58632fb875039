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


@test_case(name='The slope is the derivative of your own log likelihood, and the curvature that of your slope.')
def test_slope_and_curvature_are_derivatives(derive_bernoulli_mle):
    """The slope is the derivative of your own log likelihood, and the curvature that of your slope."""
    import sympy as sp

    steps = derive_bernoulli_mle()
    values = {"theta": 0.3, "n": 5, "s": 2}
    for of, name in (("log_likelihood", "slope"), ("slope", "curvature")):
        theta = next((s for s in steps[of].free_symbols if s.name == "theta"), sp.Symbol("theta"))
        gap = sp.diff(steps[of], theta) - steps[name]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, f'"{name}" is not the derivative of your "{of}": mind the inner derivative'


@test_case(name='Three successes of five give 0.6.')
def test_estimate_of_the_worked_example(derive_bernoulli_mle):
    """Three successes of five give 0.6."""
    estimate = derive_bernoulli_mle()["theta_hat"]
    values = {"n": 5, "s": 3}
    value = estimate.subs({symbol: values.get(symbol.name, symbol) for symbol in estimate.free_symbols})
    assert abs(float(value) - 0.6) < 1e-9, "theta_hat of the worked example should be 0.6"
