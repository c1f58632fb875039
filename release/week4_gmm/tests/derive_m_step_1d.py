OK_FORMAT = False

from otter.test_files import test_case

name = "derive_m_step_1d"
points = None


@test_case(name='All six steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_m_step_1d):
    """All six steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_m_step_1d()
    given = {"mu", "v", "w", "n", "n_k", "s1", "s2"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("Q", "slope_mu", "mu", "slope_v", "v", "w"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='Both slopes are derivatives of your own Q.')
def test_slopes_are_derivatives(derive_m_step_1d):
    """Both slopes are derivatives of your own Q."""
    import sympy as sp

    steps = derive_m_step_1d()
    values = {"mu": 0.3, "v": 0.7, "w": 0.4, "n": 9, "n_k": 5, "s1": 4, "s2": 9}
    for by in ("mu", "v"):
        symbol = next((s for s in steps["Q"].free_symbols if s.name == by), sp.Symbol(by))
        gap = sp.diff(steps["Q"], symbol) - steps[f"slope_{by}"]
        gap = float(gap.subs({symbol: values[symbol.name] for symbol in gap.free_symbols}))
        assert abs(gap) < 1e-9, f'"slope_{by}" is not the derivative of your "Q" with respect to {by}'


@test_case(name='The points 0, 2, 4 of the text: n_k = 1.5, s1 = 1, s2 = 2 give the mean 2/3 and the variance 8/9.')
def test_worked_example(derive_m_step_1d):
    """The points 0, 2, 4 of the text: n_k = 1.5, s1 = 1, s2 = 2 give the mean 2/3 and the variance 8/9."""
    steps = derive_m_step_1d()
    values = {"n": 3, "n_k": 1.5, "s1": 1, "s2": 2}
    for name, expected in (("mu", 2 / 3), ("v", 8 / 9)):
        expression = steps[name]
        value = expression.subs(
            {symbol: values.get(symbol.name, symbol) for symbol in expression.free_symbols}
        )
        assert not value.free_symbols, f'"{name}" should be in n_k, s1 and s2 only'
        assert abs(float(value) - expected) < 1e-9, f'"{name}" is not that of the worked example'
