OK_FORMAT = False

from otter.test_files import test_case

name = "viterbi"
points = None


@test_case(name='Casino, two sixes: the worked example.')
def test_two_sixes(viterbi):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_pi, log_A = np.log([0.5, 0.5]), np.log([[0.95, 0.05], [0.10, 0.90]])
    result = viterbi(log_pi, log_A, np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the path and its log probability"
    path, value = np.asarray(result[0]), float(result[1])
    assert path.shape == (2,), f"one state a step: the path should have shape (2,), not {path.shape}"
    assert path.tolist() == [1, 1], "the best path should be loaded, loaded, as in the text"
    assert abs(value + 2.184802) < 1e-5, "its log probability should be -2.184802, as in the text"


@test_case(name='Swaps are impossible and the last symbol betrays the state: then it was that state all along.')
def test_the_end_decides(viterbi):
    """Swaps are impossible and the last symbol betrays the state: then it was that state all along."""
    import numpy as np

    with np.errstate(divide="ignore"):
        log_A, log_lik = np.log(np.eye(2)), np.log([[0.9, 0.1], [0.9, 0.1], [0.0, 0.1]])
    path, _ = viterbi(np.log([0.5, 0.5]), log_A, log_lik)
    assert np.asarray(path).tolist() == [1, 1, 1], (
        "only state 1 allows the last symbol, and nobody can get there: is the path read from its end?"
    )
