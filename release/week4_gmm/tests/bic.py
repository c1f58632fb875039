OK_FORMAT = False

from otter.test_files import test_case

name = "bic"
points = None


@test_case(name='L = -100, 5 parameters, 100 points: 200 + 5 log 100 = 223.0259.')
def test_worked_example(bic):
    """L = -100, 5 parameters, 100 points: 200 + 5 log 100 = 223.0259."""
    value = bic(-100.0, 5, 100)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 223.0259) < 1e-3, "L = -100, p = 5 and N = 100 should give 223.0259"
