OK_FORMAT = False

from otter.test_files import test_case

name = "total_variation"
points = None


@test_case(name="The distance of the text's p and q.")
def test_worked_example(total_variation):
    """The distance of the text's p and q."""
    value = total_variation([0.5, 0.0, 0.5, 0.0], [0.25, 0.5, 0.0, 0.25])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.75) < 1e-9, "the distance should be 3/4, as in the text"
