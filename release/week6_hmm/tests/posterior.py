OK_FORMAT = False

from otter.test_files import test_case

name = "posterior"
points = None


@test_case(name='Casino, two sixes: alpha and beta of the worked examples.')
def test_two_sixes(posterior):
    """Casino, two sixes: alpha and beta of the worked examples."""
    import numpy as np

    log_alpha = np.log([[0.25 / 3, 0.25], [0.125 / 7.2, 0.1145833333]])
    log_beta = np.log([[0.1833333333, 0.4666666667], [1.0, 1.0]])
    gamma = posterior(log_alpha, log_beta)
    assert gamma is not None, "your function returned None: is there a return statement?"
    gamma = np.asarray(gamma)
    assert gamma.shape == (2, 2), f"a row a step, a column a state: (2, 2), not {gamma.shape}"
    assert np.allclose(gamma.sum(axis=1), 1), "each row should sum to 1"
    assert abs(gamma[0, 1] - 0.884211) < 1e-5, (
        "the loaded die's probability at roll 1 should be 0.884211, as in the text"
    )
