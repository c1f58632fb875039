OK_FORMAT = False

from otter.test_files import test_case

name = "mvn_mle"
points = None


@test_case(name='The rows (0, 0) and (2, 4).')
def test_worked_example(mvn_mle):
    """The rows (0, 0) and (2, 4)."""
    import numpy as np

    result = mvn_mle(np.array([[0.0, 0.0], [2.0, 4.0]]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two arrays, mu and Sigma"
    mu, Sigma = np.asarray(result[0]), np.asarray(result[1])
    assert mu.shape == (2,), f"mu should have shape (2,), not {mu.shape}"
    assert Sigma.shape == (2, 2), f"Sigma should have shape (2, 2), not {Sigma.shape}"
    assert np.allclose(mu, [1, 2]), "mu should be (1, 2), as in the text"
    assert np.allclose(Sigma, [[1, 2], [2, 4]]), "Sigma should be ((1, 2), (2, 4)), as in the text"
