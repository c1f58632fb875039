OK_FORMAT = False

from otter.test_files import test_case

name = "importance_estimate"
points = None


@test_case(name='Draws 1 and 3 with weights 3 and 1: 1.5 self-normalised, 3 plain.')
def test_two_draws(importance_estimate):
    """Draws 1 and 3 with weights 3 and 1: 1.5 self-normalised, 3 plain."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) == 1, np.log(3.0), 0.0)

    def log_q(x):
        return np.zeros(len(x))

    x = np.array([1.0, 3.0])
    value = importance_estimate(lambda x: x, log_p, log_q, x, True)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.5) < 1e-9, "the self-normalised estimate should be 1.5, as in the text"
    plain = float(importance_estimate(lambda x: x, log_p, log_q, x, False))
    assert abs(plain - 3) < 1e-9, "the plain estimate is the mean of w f: (3 * 1 + 1 * 3) / 2 = 3"
