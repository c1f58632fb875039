OK_FORMAT = False

from otter.test_files import test_case

name = "log_posterior"
points = None


@test_case(name='The worked example: the posterior is (0.8, 0.2).')
def test_two_observations(log_posterior):
    """The worked example: the posterior is (0.8, 0.2)."""
    import numpy as np

    result = log_posterior(np.log([0.5, 0.5]), np.log([[0.8, 0.1], [0.2, 0.4]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2,), (
        f"one log probability per hypothesis: the shape should be (2,), not {result.shape}"
    )
    assert (result <= 0).all(), "log probabilities are never positive: is the posterior normalised?"
    total = np.exp(result).sum()
    assert abs(total - 1) < 1e-9, (
        f"the exponentials should sum to 1, not {total:.4f}: subtract the log evidence"
    )
    assert np.allclose(np.exp(result), [0.8, 0.2]), (
        f"the exponentials should be 0.8 and 0.2, as in the text, not {np.exp(result).round(4)}"
    )


@test_case(name='A thousand observations give finite numbers.')
def test_a_thousand_observations(log_posterior):
    """A thousand observations give finite numbers."""
    import numpy as np

    result = np.asarray(log_posterior(np.log([0.5, 0.5]), np.tile(np.log([0.1, 0.09]), (1000, 1))))
    assert result.dtype.kind == "f", "the result should be an array of numbers"
    assert np.isfinite(result).all(), "the result is not finite: is there an exp of something very negative?"
