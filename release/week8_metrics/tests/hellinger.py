OK_FORMAT = False

from otter.test_files import test_case

name = "hellinger"
points = None


@test_case(name='Half in common: the distance is the root of one half.')
def test_worked_example(hellinger):
    """Half in common: the distance is the root of one half."""
    value = hellinger([0.5, 0.5, 0.0], [0.0, 0.5, 0.5])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.5) > 1e-6, "the distance, not its square"
    assert abs(value - 0.707107) < 1e-5, "the distance should be 0.707107, as in the text"
