OK_FORMAT = False

from otter.test_files import test_case

name = "derive_normal_normal"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_normal_normal):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_normal_normal()
    given = {"mu", "mu0", "tau0_sq", "sigma_sq", "n", "s1", "s2"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_likelihood", "log_joint", "slope", "precision", "posterior_mean"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='The slope is the derivative of your own log joint, and the precision minus that of your slope.')
def test_slope_and_precision_are_derivatives(derive_normal_normal):
    """The slope is the derivative of your own log joint, and the precision minus that of your slope."""
    import sympy as sp

    steps = derive_normal_normal()
    values = {"mu": 0.3, "mu0": -1, "tau0_sq": 2, "sigma_sq": 0.7, "n": 5, "s1": 4, "s2": 9}
    for of, name, sign in (("log_joint", "slope", 1), ("slope", "precision", -1)):
        mu = next((s for s in steps[of].free_symbols if s.name == "mu"), sp.Symbol("mu"))
        gap = sign * sp.diff(steps[of], mu) - steps[name]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, f'"{name}" does not follow from your "{of}": differentiate it once more'


@test_case(name='Prior N(0, 1), variance 1 and the observation 2 give the mean 1.')
def test_posterior_mean_of_the_worked_example(derive_normal_normal):
    """Prior N(0, 1), variance 1 and the observation 2 give the mean 1."""
    mean = derive_normal_normal()["posterior_mean"]
    values = {"mu0": 0, "tau0_sq": 1, "sigma_sq": 1, "n": 1, "s1": 2, "s2": 4}
    value = mean.subs({symbol: values.get(symbol.name, symbol) for symbol in mean.free_symbols})
    assert abs(float(value) - 1) < 1e-9, "the posterior mean of the worked example should be 1"
