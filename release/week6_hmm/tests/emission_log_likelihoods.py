OK_FORMAT = False

from otter.test_files import test_case

name = "emission_log_likelihoods"
points = None


@test_case(name='The symbols 1, 0, 1 of the text.')
def test_worked_example(emission_log_likelihoods):
    """The symbols 1, 0, 1 of the text."""
    import numpy as np

    result = emission_log_likelihoods(np.array([1, 0, 1]), np.log([[0.8, 0.2], [0.3, 0.7]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (3, 2), f"a row a step, a column a state: (3, 2), not {result.shape}"
    assert np.allclose(np.exp(result), [[0.2, 0.7], [0.8, 0.3], [0.2, 0.7]]), (
        "the exponentials should be (0.2, 0.7), (0.8, 0.3), (0.2, 0.7), as in the text"
    )
