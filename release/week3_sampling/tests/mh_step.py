OK_FORMAT = False

from otter.test_files import test_case

name = "mh_step"
points = None


@test_case(name='A step uphill is always taken, a step to where p is 0 never.')
def test_uphill_and_out_of_the_support(mh_step):
    """A step uphill is always taken, a step to where p is 0 never."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) < 3, np.asarray(x, dtype=float), -np.inf)

    def log_q(x_to, x_from):
        return np.zeros(len(x_to))

    x = np.array([0.0, 2.5, 1.0])
    result = mh_step(np.random.default_rng(0), x, log_p, lambda rng, x: x + 1, log_q)
    assert result is not None, "your function returned None: is there a return statement?"
    x_next, accepted = result
    assert np.shape(x_next) == (3,) and np.shape(accepted) == (3,), "one state and one flag for each chain"
    assert list(x_next) == [1.0, 2.5, 2.0], "uphill is always accepted; outside the support never"
    assert [bool(flag) for flag in accepted] == [True, False, True], "the flags should say who moved"


@test_case(name='The worked example: from 4 to 1 the chain moves one time in four.')
def test_downhill_sometimes(mh_step):
    """The worked example: from 4 to 1 the chain moves one time in four."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) == 1, np.log(4.0), 0.0)

    _, accepted = mh_step(
        np.random.default_rng(0), np.ones(4000), log_p, lambda rng, x: x + 1, lambda a, b: np.zeros(len(a))
    )
    assert abs(np.mean(accepted) - 0.25) < 0.05, "a quarter of the chains should move, as in the text"
