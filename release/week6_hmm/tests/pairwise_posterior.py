OK_FORMAT = False

from otter.test_files import test_case

name = "pairwise_posterior"
points = None


@test_case(name='Casino, two sixes: the worked example.')
def test_two_sixes(pairwise_posterior):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_alpha = np.log([[0.25 / 3, 0.25], [0.125 / 7.2, 0.1145833333]])
    log_beta = np.log([[0.1833333333, 0.4666666667], [1.0, 1.0]])
    log_lik = np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]])
    xi = pairwise_posterior(log_alpha, log_beta, np.log([[0.95, 0.05], [0.10, 0.90]]), log_lik)
    assert xi is not None, "your function returned None: is there a return statement?"
    xi = np.asarray(xi)
    assert xi.shape == (1, 2, 2), (
        f"two steps have one transition: the shape should be (1, 2, 2), not {xi.shape}"
    )
    assert abs(xi.sum() - 1) < 1e-9, "the four probabilities should sum to 1"
    assert np.allclose(xi[0], [[0.1, 0.015789], [0.031579, 0.852632]], atol=1e-5), (
        "xi should be ((0.1, 0.015789), (0.031579, 0.852632)), as in the text"
    )
