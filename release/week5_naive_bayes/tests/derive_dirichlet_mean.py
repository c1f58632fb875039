OK_FORMAT = False

from otter.test_files import test_case

name = "derive_dirichlet_mean"
points = None


@test_case(name='Five entries, SymPy expressions of the given symbols.')
def test_entries(derive_dirichlet_mean):
    """Five entries, SymPy expressions of the given symbols."""
    import sympy as sp

    steps = derive_dirichlet_mean()
    assert isinstance(steps, dict), "return a dictionary"
    known = {"theta", "alpha", "V", "n", "n_v"}
    for name in ("log_likelihood", "log_prior", "log_posterior", "posterior_mean", "prior_weight"):
        assert name in steps, f"the entry {name} is missing"
        assert isinstance(steps[name], sp.Expr), f"{name} should be a SymPy expression"
        unknown = {symbol.name for symbol in steps[name].free_symbols} - known
        assert not unknown, f"{name} uses {unknown}, which the docstring does not name"


@test_case(name='Without any word the posterior mean is 1/V.')
def test_no_words_leave_the_prior(derive_dirichlet_mean):
    """Without any word the posterior mean is 1/V."""
    mean = derive_dirichlet_mean()["posterior_mean"]
    at = {symbol: {"alpha": 0.7, "V": 8, "n": 0, "n_v": 0}.get(symbol.name) for symbol in mean.free_symbols}
    assert abs(float(mean.subs(at)) - 1 / 8) < 1e-12, "for n = 0 and V = 8 the posterior mean should be 1/8"
