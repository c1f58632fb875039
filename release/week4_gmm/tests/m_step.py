OK_FORMAT = False

from otter.test_files import test_case

name = "m_step"
points = None


@test_case(name='Points 0, 2, 4, the middle one shared by halves.')
def test_worked_example(m_step):
    """Points 0, 2, 4, the middle one shared by halves."""
    import numpy as np

    X, r = np.array([[0.0], [2.0], [4.0]]), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    result = m_step(X, r)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 3, "return GMMParams(weights, means, covs)"
    weights, means, covs = map(np.asarray, result)
    assert weights.shape == (2,), f"weights should have shape (2,), not {weights.shape}"
    assert means.shape == (2, 1), f"means should have shape (2, 1), not {means.shape}"
    assert covs.shape == (2, 1, 1), f"covs should have shape (2, 1, 1), not {covs.shape}"
    assert np.allclose(weights, 0.5), "both weights should be 1/2, as in the text"
    assert np.allclose(means[0], 2 / 3), "the first mean should be 2/3, as in the text"
    assert np.allclose(covs[0], 8 / 9), "the first variance should be 8/9, as in the text"


@test_case(name='reg is added to the diagonal.')
def test_regulariser(m_step):
    """reg is added to the diagonal."""
    import numpy as np

    covs = np.asarray(m_step(np.zeros((4, 2)), np.ones((4, 1)), 0.5)[2])
    assert np.allclose(covs, [[[0.5, 0], [0, 0.5]]]), (
        "four equal points and reg = 0.5 should give 0.5 times I"
    )
