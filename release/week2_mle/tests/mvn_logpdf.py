OK_FORMAT = False

from otter.test_files import test_case

name = "mvn_logpdf"
points = None


@test_case(name='At the mean the density is one over the normaliser.')
def test_at_the_mean(mvn_logpdf):
    """At the mean the density is one over the normaliser."""
    import numpy as np

    Sigma = np.array([[2.0, 0.5], [0.5, 1.0]])
    value = mvn_logpdf(np.array([[1.0, -1.0]]), np.array([1.0, -1.0]), Sigma)
    assert value is not None, "your function returned None: is there a return statement?"
    value = np.asarray(value)
    assert value.shape == (1,), f"one number per row: the shape should be (1,), not {value.shape}"
    assert abs(value[0] + 2.117685) < 1e-5, "the log density should be -2.117685, as in the text"


@test_case(name='The docstring promises ValueError for a Sigma that is no covariance.')
def test_a_covariance_must_be_positive_definite(mvn_logpdf):
    """The docstring promises ValueError for a Sigma that is no covariance."""
    import numpy as np

    try:
        mvn_logpdf(np.zeros((1, 2)), np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]))
    except ValueError:
        return
    raise AssertionError("a Sigma that is not positive definite should raise ValueError")
