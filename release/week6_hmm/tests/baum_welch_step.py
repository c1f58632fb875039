OK_FORMAT = False

from otter.test_files import test_case

name = "baum_welch_step"
points = None


@test_case(name='Casino, one sequence of two sixes: the worked example.')
def test_two_sixes(baum_welch_step, HMMParams):
    """Casino, one sequence of two sixes: the worked example."""
    import numpy as np

    log_B = np.log([[1 / 6] * 6, [0.1] * 5 + [0.5]])
    casino = HMMParams(np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]]), log_B)
    result = baum_welch_step([np.array([5, 5])], casino)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the log-likelihood"
    params, value = result
    assert len(params) == 3, "the parameters are three: log_pi, log_A, log_B"
    log_pi, log_A, log_B = (np.asarray(part) for part in params)
    assert (log_pi.shape, log_A.shape, log_B.shape) == ((2,), (2, 2), (2, 6)), (
        "the shapes should stay as they were"
    )
    assert abs(float(value) + 2.025374) < 1e-5, (
        "the log-likelihood under the old parameters should be -2.025374, as in part 2"
    )
    assert abs(np.exp(log_pi[1]) - 0.884211) < 1e-5, "pi(loaded) should be 0.884211, as in the text"
    assert abs(np.exp(log_A[0, 0]) - 0.863636) < 1e-5, "A(fair, fair) should be 0.863636, as in the text"
    assert np.allclose(np.exp(log_B[:, 5]), 1), "only sixes were seen: both dice should show nothing else"


@test_case(name='Two sequences of one roll each hold no transition, so A stays as it was.')
def test_two_evenings_of_one_roll(baum_welch_step, HMMParams):
    """Two sequences of one roll each hold no transition, so A stays as it was."""
    import numpy as np

    log_B = np.log([[1 / 6] * 6, [0.1] * 5 + [0.5]])
    casino = HMMParams(np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]]), log_B)
    params, _ = baum_welch_step([np.array([5]), np.array([5])], casino)
    assert np.allclose(np.exp(np.asarray(params[1])), [[0.95, 0.05], [0.10, 0.90]]), (
        "no transition was seen, so both rows of A should keep their old values, as the docstring says"
    )
