OK_FORMAT = False

from otter.test_files import test_case

name = "js"
points = None


@test_case(name='Half in common: the divergence is half of log 2.')
def test_worked_example(js):
    """Half in common: the divergence is half of log 2."""
    value = js([0.5, 0.5, 0.0], [0.0, 0.5, 0.5])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.5) > 1e-6, "in nats, please: this is in bits"
    assert abs(value - 0.346574) < 1e-5, "the divergence should be 0.346574, as in the text"
