OK_FORMAT = False

from otter.test_files import test_case

name = "beta_binomial_predictive"
points = None


@test_case(name='A uniform belief and two trials give one third to 0, 1 and 2.')
def test_uniform_belief(beta_binomial_predictive):
    """A uniform belief and two trials give one third to 0, 1 and 2."""
    import numpy as np

    result = beta_binomial_predictive(1, 1, 2)
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3,), (
        f"two trials have three outcomes, 0, 1 and 2: the shape should be (3,), not {result.shape}"
    )
    assert (result <= 1e-12).all(), "log probabilities are never positive: did you return probabilities?"
    assert np.allclose(np.exp(result), 1 / 3), "each outcome should have probability 1/3, as in the text"


@test_case(name='The probabilities sum to one.')
def test_sums_to_one(beta_binomial_predictive):
    """The probabilities sum to one."""
    import numpy as np

    total = np.exp(np.asarray(beta_binomial_predictive(2.5, 0.5, 9))).sum()
    assert abs(total - 1) < 1e-8, "the probabilities of 0 to 9 successes should sum to 1"
