OK_FORMAT = False

from otter.test_files import test_case

name = "derive_kl"
points = None


@test_case(name='All five steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_kl):
    """All five steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_kl()
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("log_ratio", "E_log_q", "E_log_p", "kl", "slope_logvar"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        given = {"mu", "v", "z"} if name == "log_ratio" else {"mu", "v"}
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name='The first dimension of the text: mu = 1.2 and v = exp(-0.5) give 0.773265.')
def test_worked_example(derive_kl):
    """The first dimension of the text: mu = 1.2 and v = exp(-0.5) give 0.773265."""
    import math

    kl = derive_kl()["kl"]
    values = {"mu": 1.2, "v": math.exp(-0.5)}
    value = float(kl.subs({symbol: values[symbol.name] for symbol in kl.free_symbols}))
    assert abs(value - 0.773265) < 1e-5, '"kl" is not that of the worked example'
