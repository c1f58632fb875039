OK_FORMAT = False

from otter.test_files import test_case

name = "total_variation"
points = None


@test_case(name='Half in common: the distance is one half.')
def test_worked_example(total_variation):
    """Half in common: the distance is one half."""
    value = total_variation([0.5, 0.5, 0.0], [0.0, 0.5, 0.5])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.5) < 1e-9, "the distance should be 1/2, as in the text"
