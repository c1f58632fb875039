OK_FORMAT = False

from otter.test_files import test_case

name = "derive_acceptance"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_acceptance):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_acceptance()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("mode", "M", "Z", "acceptance", "expected_proposals"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - {"a", "b", "n"}
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='Beta(2, 5) is highest at 0.2.')
def test_mode_of_the_worked_example(derive_acceptance):
    """Beta(2, 5) is highest at 0.2."""
    mode = derive_acceptance()["mode"]
    value = mode.subs({symbol: {"a": 2, "b": 5, "n": 1}[symbol.name] for symbol in mode.free_symbols})
    assert abs(float(value) - 0.2) < 1e-9, "for a = 2 and b = 5 the mode should be 0.2"
