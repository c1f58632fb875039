OK_FORMAT = False

from otter.test_files import test_case

name = "dirichlet_update"
points = None


@test_case(name='Dirichlet(2, 2, 2) and the counts 2, 0, 3 give Dirichlet(4, 2, 5).')
def test_worked_example(dirichlet_update):
    """Dirichlet(2, 2, 2) and the counts 2, 0, 3 give Dirichlet(4, 2, 5)."""
    import numpy as np

    result = dirichlet_update(np.full(3, 2.0), np.array([2, 0, 3]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3,), f"one parameter per category: the shape should be (3,), not {result.shape}"
    assert np.allclose(result, [4, 2, 5]), f"the parameters should be (4, 2, 5), as in the text, not {result}"
