OK_FORMAT = False

from otter.test_files import test_case

name = "dirichlet_update"
points = None


@test_case(name='Dirichlet(1, 1, 1) and the counts 2, 0, 3 give Dirichlet(3, 1, 4).')
def test_worked_example(dirichlet_update):
    """Dirichlet(1, 1, 1) and the counts 2, 0, 3 give Dirichlet(3, 1, 4)."""
    import numpy as np

    result = dirichlet_update(np.ones(3), np.array([2, 0, 3]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3,), f"one parameter per category: the shape should be (3,), not {result.shape}"
    assert np.allclose(result, [3, 1, 4]), "the parameters should be (3, 1, 4), as in the text"
