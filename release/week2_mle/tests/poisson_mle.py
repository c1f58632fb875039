OK_FORMAT = False

from otter.test_files import test_case

name = "poisson_mle"
points = None


@test_case(name='The counts 0, 1, 4, 1.')
def test_worked_example(poisson_mle):
    """The counts 0, 1, 4, 1."""
    value = poisson_mle([0, 1, 4, 1])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.5) < 1e-9, f"the rate should be 1.5, as in the text, not {float(value):.4f}"
