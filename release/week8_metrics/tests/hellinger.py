OK_FORMAT = False

from otter.test_files import test_case

name = "hellinger"
points = None


@test_case(name="The distance of the text's p and q.")
def test_worked_example(hellinger):
    """The distance of the text's p and q."""
    value = hellinger([0.5, 0.0, 0.5, 0.0], [0.25, 0.5, 0.0, 0.25])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.646447) > 1e-5, "the distance, not its square"
    assert abs(value - 0.804019) < 1e-5, "the distance should be 0.804019, as in the text"
