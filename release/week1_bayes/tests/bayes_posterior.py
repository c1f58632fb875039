OK_FORMAT = False

from otter.test_files import test_case

name = "bayes_posterior"
points = None


@test_case(name='The worked example: prior (0.3, 0.7), likelihood (0.8, 0.1).')
def test_spam_word(bayes_posterior):
    """The worked example: prior (0.3, 0.7), likelihood (0.8, 0.1)."""
    import numpy as np

    posterior = bayes_posterior(np.array([0.3, 0.7]), np.array([0.8, 0.1]))
    assert posterior is not None, "your function returned None: is there a return statement?"
    posterior = np.asarray(posterior)
    assert posterior.shape == (2,), (
        f"one probability per hypothesis: the shape should be (2,), not {posterior.shape}"
    )
    assert abs(posterior.sum() - 1) < 1e-9, "the posterior should sum to 1: did you divide by the evidence?"
    assert abs(posterior[0] - 0.774194) < 1e-5, "the posterior of spam should be 0.774194, as in the text"


@test_case(name='The arrays that were handed in stay as they were.')
def test_arguments_are_not_edited(bayes_posterior):
    """The arrays that were handed in stay as they were."""
    import numpy as np

    prior, likelihood = np.array([0.3, 0.7]), np.array([0.8, 0.1])
    bayes_posterior(prior, likelihood)
    assert prior.tolist() == [0.3, 0.7], (
        "your function changed the prior it was given; make a new array instead"
    )
    assert likelihood.tolist() == [0.8, 0.1], "your function changed the likelihood it was given"


@test_case(name='The docstring promises ValueError when no hypothesis allows the observation.')
def test_impossible_data_are_an_error(bayes_posterior):
    """The docstring promises ValueError when no hypothesis allows the observation."""
    import numpy as np

    try:
        bayes_posterior(np.array([0.5, 0.5]), np.array([0.0, 0.0]))
    except ValueError:
        return
    raise AssertionError("likelihoods that are all 0 should raise ValueError")
