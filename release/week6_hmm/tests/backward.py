OK_FORMAT = False

from otter.test_files import test_case

name = "backward"
points = None


@test_case(name='Casino, two sixes: the worked example.')
def test_two_sixes(backward):
    """Casino, two sixes: the worked example."""
    import numpy as np

    log_beta = backward(np.log([[0.95, 0.05], [0.10, 0.90]]), np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 2]]))
    assert log_beta is not None, "your function returned None: is there a return statement?"
    log_beta = np.asarray(log_beta)
    assert log_beta.shape == (2, 2), f"a row a step: log_beta should have shape (2, 2), not {log_beta.shape}"
    assert np.allclose(log_beta[1], 0), "nothing comes after the last step: its log beta should be 0"
    assert np.allclose(np.exp(log_beta[0]), [0.183333, 0.466667], atol=1e-5), (
        "beta_1 should be (0.183333, 0.466667), as in the text"
    )


@test_case(name='Casino, a six and then a one.')
def test_what_comes_counts_not_what_is_there(backward):
    """Casino, a six and then a one."""
    import numpy as np

    log_beta = np.asarray(
        backward(np.log([[0.95, 0.05], [0.10, 0.90]]), np.log([[1 / 6, 1 / 2], [1 / 6, 1 / 10]]))
    )
    assert np.allclose(np.exp(log_beta[0]), [0.163333, 0.106667], atol=1e-5), (
        "for the rolls 6, 1 beta_1 should be (0.163333, 0.106667), as in the text: the roll at t + 1 counts"
    )
