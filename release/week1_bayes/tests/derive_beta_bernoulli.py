OK_FORMAT = False

from otter.test_files import test_case

name = "derive_beta_bernoulli"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_beta_bernoulli):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_beta_bernoulli()
    names = ["log_likelihood", "log_joint", "log_evidence", "log_posterior", "posterior_mean"]
    assert isinstance(steps, dict), "return a dictionary"
    for name in names:
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"theta", "a", "b", "n", "s"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}: only theta, a, b, n and s are given'


@test_case(name='Beta(2, 2) with 3 successes in 4 has mean 0.625.')
def test_posterior_mean_of_the_worked_example(derive_beta_bernoulli):
    """Beta(2, 2) with 3 successes in 4 has mean 0.625."""
    mean = derive_beta_bernoulli()["posterior_mean"]
    values = {"a": 2, "b": 2, "n": 4, "s": 3}
    value = mean.subs({symbol: values.get(symbol.name, symbol) for symbol in mean.free_symbols})
    assert abs(float(value) - 0.625) < 1e-9, "the posterior mean of the worked example should be 0.625"
