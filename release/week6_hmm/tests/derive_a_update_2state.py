OK_FORMAT = False

from otter.test_files import test_case

name = "derive_a_update_2state"
points = None


@test_case(name='All six steps are there and are SymPy expressions in the given symbols.')
def test_entries(derive_a_update_2state):
    """All six steps are there and are SymPy expressions in the given symbols."""
    import sympy as sp

    steps = derive_a_update_2state()
    given = {"a", "c", "f1", "f2", "g1", "g2", "n11", "n12"}
    assert isinstance(steps, dict), "return a dictionary"
    for name in ("evidence", "xi_11", "Q", "slope", "a", "score"):
        assert name in steps, f'the entry "{name}" is missing'
        assert isinstance(steps[name], sp.Expr), f'"{name}" should be a SymPy expression'
        unknown = {symbol.name for symbol in steps[name].free_symbols} - given
        assert not unknown, f'"{name}" uses {sorted(unknown)}, which are not among the given symbols'


@test_case(name="The casino's two sixes have probability 0.131944.")
def test_evidence_of_the_worked_example(derive_a_update_2state):
    """The casino's two sixes have probability 0.131944."""
    evidence = derive_a_update_2state()["evidence"]
    values = {"a": 0.95, "c": 0.9, "f1": 0.25 / 3, "f2": 0.25, "g1": 1 / 6, "g2": 0.5}
    value = evidence.subs({symbol: values.get(symbol.name, symbol) for symbol in evidence.free_symbols})
    assert abs(float(value) - 0.131944) < 1e-5, "the two sixes of part 2 should have probability 0.131944"
