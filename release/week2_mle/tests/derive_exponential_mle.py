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
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"rate", "n", "s1"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'
