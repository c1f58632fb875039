OK_FORMAT = False

from otter.test_files import test_case

name = "js"
points = None


@test_case(name="The divergence of the text's p and q.")
def test_worked_example(js):
    """The divergence of the text's p and q."""
    value = js([0.5, 0.0, 0.5, 0.0], [0.25, 0.5, 0.0, 0.25])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.655639) > 1e-5, "in nats, please: this is in bits"
    assert abs(value - 0.454454) < 1e-5, "the divergence should be 0.454454, as in the text"
