OK_FORMAT = False

from otter.test_files import test_case

name = "fid"
points = None


@test_case(name='The worked example in one dimension: 15.686292.')
def test_one_dimension(fid):
    """The worked example in one dimension: 15.686292."""
    import numpy as np

    value = fid(np.array([[0.0], [2.0]]), np.array([[0.0], [4.0], [8.0]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert np.isrealobj(value), "the distance is a real number: drop the imaginary rounding"
    assert np.shape(value) == (), "return one number"
    assert abs(value - 15.686292) < 1e-5, "the distance should be 15.686292, as in the text"


@test_case(name='Moving every feature vector by (3, 4) gives a distance of 25.')
def test_a_shift(fid):
    """Moving every feature vector by (3, 4) gives a distance of 25."""
    import numpy as np

    X = np.random.default_rng(0).normal(size=(50, 2))
    assert abs(fid(X, X + np.array([3.0, 4.0])) - 25) < 1e-4, "a shift by (3, 4) should give 3^2 + 4^2 = 25"
