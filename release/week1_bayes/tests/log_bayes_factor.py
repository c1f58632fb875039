OK_FORMAT = False

from otter.test_files import test_case

name = "log_bayes_factor"
points = None


@test_case(name='Three successes favour the uniform model over one that all but knows one half, by a factor of two.')
def test_three_successes(log_bayes_factor):
    """Three successes favour the uniform model over one that all but knows one half, by a factor of two."""
    import numpy as np

    value = log_bayes_factor(np.array([1, 1, 1]), 1, 1, 1e6, 1e6)
    assert value is not None, "your function returned None: is there a return statement?"
    value = float(value)
    assert value > 0, "positive values should speak for model 1, which comes first"
    assert abs(value - np.log(2)) < 1e-3, (
        "the log Bayes factor should be close to log 2 = 0.693, as in the text"
    )
