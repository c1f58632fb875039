OK_FORMAT = False

from otter.test_files import test_case

name = "derive_fid_commuting"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_fid_commuting):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_fid_commuting()
    given = {"a1", "a2", "b1", "b2", "c", "d1", "d2"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("root_trace", "covariance_part", "fid", "slope", "fid_scaled"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='Equal means and covariances have the distance 0.')
def test_equal_sets(derive_fid_commuting):
    """Equal means and covariances have the distance 0."""
    whole = derive_fid_commuting()["fid"]
    values = {"a1": 4, "a2": 9, "b1": 4, "b2": 9, "d1": 0, "d2": 0}
    value = whole.subs({symbol: values[symbol.name] for symbol in whole.free_symbols})
    assert abs(float(value)) < 1e-9, "the distance of equal Gaussians should be 0"
