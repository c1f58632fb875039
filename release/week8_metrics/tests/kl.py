OK_FORMAT = False

from otter.test_files import test_case

name = "kl"
points = None


@test_case(name='KL from (1/2, 1/2) to (1/4, 3/4) is 0.143841.')
def test_worked_example(kl):
    """KL from (1/2, 1/2) to (1/4, 3/4) is 0.143841."""
    import numpy as np

    value = kl(np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.130812) > 1e-5, "this is the divergence the other way round"
    assert abs(value - 0.143841) < 1e-5, "the divergence should be 0.143841, as in the text"


@test_case(name='Impossible in p costs nothing; impossible in q alone is infinite.')
def test_zeros(kl):
    """Impossible in p costs nothing; impossible in q alone is infinite."""
    import numpy as np

    assert np.isfinite(kl([1.0, 0.0], [0.5, 0.5])), "an outcome that p never shows should add 0"
    assert kl([0.5, 0.5], [1.0, 0.0]) == np.inf, "an outcome that q calls impossible should give inf"
