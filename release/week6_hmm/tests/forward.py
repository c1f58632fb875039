OK_FORMAT = False

from otter.test_files import test_case

name = "forward"
points = None


@test_case(name='Casino, two sixes: the worked example.')
def test_two_sixes(forward):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_pi, log_A = np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]])
    log_lik = np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]])
    result = forward(log_pi, log_A, log_lik)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, log_alpha and the log-likelihood"
    log_alpha, value = np.asarray(result[0]), float(result[1])
    assert log_alpha.shape == (2, 2), (
        f"a row a step: log_alpha should have shape (2, 2), not {log_alpha.shape}"
    )
    assert np.allclose(np.exp(log_alpha[0]), [0.083333, 0.25], atol=1e-5), (
        "alpha_1 should be (0.083333, 0.25), as in the text"
    )
    assert np.allclose(np.exp(log_alpha[1]), [0.017361, 0.114583], atol=1e-5), (
        "alpha_2 should be (0.017361, 0.114583), as in the text: which index of A is 'from'?"
    )
    assert abs(value + 2.025374) < 1e-5, "the log-likelihood should be -2.025374, as in the text"


@test_case(name='A thousand steps stay finite.')
def test_a_thousand_steps(forward):
    """A thousand steps stay finite."""
    import numpy as np

    log_pi, log_A = np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]])
    log_alpha, value = forward(log_pi, log_A, np.log(np.full((1000, 2), 1 / 6)))
    assert np.isfinite(np.asarray(log_alpha)).all(), "log_alpha is not finite: do probabilities underflow?"
    assert abs(float(value) - 1000 * np.log(1 / 6)) < 1e-6, (
        "if both dice show each face with 1/6, the swaps do not matter: the log-likelihood is 1000 log(1/6)"
    )
