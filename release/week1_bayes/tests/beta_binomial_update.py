OK_FORMAT = False

from otter.test_files import test_case

name = "beta_binomial_update"
points = None


@test_case(name='Beta(2, 2) and the observations 1, 1, 0, 1 give Beta(5, 3).')
def test_worked_example(beta_binomial_update):
    """Beta(2, 2) and the observations 1, 1, 0, 1 give Beta(5, 3)."""
    import numpy as np

    result = beta_binomial_update(2, 2, np.array([1, 1, 0, 1]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two numbers, a_n and b_n"
    assert np.allclose(result, (5, 3)), (
        "three successes and one failure should give Beta(5, 3), as in the text"
    )


@test_case(name='Without observations the prior stays.')
def test_nothing_seen(beta_binomial_update):
    """Without observations the prior stays."""
    import numpy as np

    assert np.allclose(beta_binomial_update(0.5, 1.5, np.zeros(0)), (0.5, 1.5)), (
        "no data: the posterior is the prior"
    )
