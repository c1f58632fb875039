OK_FORMAT = False

from otter.test_files import test_case

name = "rejection_sample"
points = None


@test_case(name='The worked example: draws between 0 and 1, acceptance about 0.41.')
def test_beta_2_5(rejection_sample):
    """The worked example: draws between 0 and 1, acceptance about 0.41."""
    import numpy as np

    result = rejection_sample(
        np.random.default_rng(0),
        lambda x: np.log(30 * x * (1 - x) ** 4),
        lambda rng, m: rng.uniform(0.0, 1.0, m),
        lambda x: np.zeros(len(x)),
        np.log(2.4576),
        1000,
    )
    assert result is not None, "your function returned None: is there a return statement?"
    x, rate = result
    assert np.shape(x) == (1000,), f"n accepted draws: the shape should be (1000,), not {np.shape(x)}"
    assert abs(float(rate) - 0.4069) < 0.08, "the acceptance rate should be about 0.41, as in the text"


@test_case(name='The docstring promises ValueError when M is too small.')
def test_a_bound_too_low_is_an_error(rejection_sample):
    """The docstring promises ValueError when M is too small."""
    import numpy as np

    try:
        rejection_sample(
            np.random.default_rng(0),
            lambda x: np.zeros(len(x)),
            lambda rng, m: rng.uniform(0.0, 1.0, m),
            lambda x: np.zeros(len(x)),
            -1.0,
            5,
        )
    except ValueError:
        return
    raise AssertionError("a target that lies above M q should raise ValueError")
