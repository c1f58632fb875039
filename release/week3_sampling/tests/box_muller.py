OK_FORMAT = False

from otter.test_files import test_case

name = "box_muller"
points = None


@test_case(name='Any number of draws, with mean about 0 and standard deviation about 1.')
def test_shape_and_spread(box_muller):
    """Any number of draws, with mean about 0 and standard deviation about 1."""
    import numpy as np

    for n in (1001, 1, 0):
        z = box_muller(np.random.default_rng(0), n)
        assert z is not None, "your function returned None: is there a return statement?"
        assert np.shape(z) == (n,), f"n = {n} draws: the shape should be ({n},), not {np.shape(z)}"
    z = np.asarray(box_muller(np.random.default_rng(0), 4000))
    assert np.unique(z).size == z.size, "some draws come twice: each should be a number of its own"
    assert abs(z.mean()) < 0.15, "the mean should be about 0: does the angle go all the way round?"
    assert abs(z.std() - 1) < 0.15, "the standard deviation should be about 1: check the radius"
