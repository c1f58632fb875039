OK_FORMAT = False

from otter.test_files import test_case

name = "importance_ess"
points = None


@test_case(name='Weights 3 and 1 are worth 1.6 draws, whatever constant is in their logarithms.')
def test_two_weights(importance_ess):
    """Weights 3 and 1 are worth 1.6 draws, whatever constant is in their logarithms."""
    import numpy as np

    value = importance_ess(np.log([3.0, 1.0]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.6) < 1e-9, "weights 3 and 1 should be worth 1.6 draws, as in the text"
    assert np.isfinite(float(importance_ess(np.log([3.0, 1.0]) + 900))), "large log weights overflow"
