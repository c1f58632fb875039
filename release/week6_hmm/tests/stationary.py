OK_FORMAT = False

from otter.test_files import test_case

name = "stationary"
points = None


@test_case(name='The fair die is on the table two thirds of the time.')
def test_casino(stationary):
    """The fair die is on the table two thirds of the time."""
    import numpy as np

    p = stationary(np.array([[0.95, 0.05], [0.10, 0.90]]))
    assert p is not None, "your function returned None: is there a return statement?"
    p = np.asarray(p)
    assert p.shape == (2,), f"one share for each state: the shape should be (2,), not {p.shape}"
    assert abs(p.sum() - 1) < 1e-9, "the shares should sum to 1"
    assert np.allclose(p, [2 / 3, 1 / 3]), "the casino's shares should be (2/3, 1/3), as in the text"


@test_case(name='The docstring promises ValueError for rows that do not sum to 1.')
def test_no_probabilities(stationary):
    """The docstring promises ValueError for rows that do not sum to 1."""
    import numpy as np

    try:
        stationary(np.array([[0.5, 0.6], [0.1, 0.9]]))
    except ValueError:
        return
    raise AssertionError("a row with the sum 1.1 should raise ValueError")
