OK_FORMAT = False

from otter.test_files import test_case

name = "inception_score"
points = None


@test_case(name='The exercise with three images: the score is 2.022258.')
def test_three_images(inception_score):
    """The exercise with three images: the score is 2.022258."""
    import numpy as np

    value = inception_score(np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.704215) > 1e-5, "this is the mean divergence: its exponential is asked for"
    assert abs(value - 2.022258) < 1e-5, "the score should be 2.022258, as in the text"


@test_case(name='The same row three times scores one.')
def test_bounds(inception_score):
    """The same row three times scores one."""
    assert abs(inception_score([[0.7, 0.3]] * 3) - 1) < 1e-9, "images that are all alike should score 1"


@test_case(name='A sure image and an undecided one have the divergences log 4/3 and 0.143841.')
def test_first_the_mean_then_the_exponential(inception_score):
    """A sure image and an undecided one have the divergences log 4/3 and 0.143841."""
    import numpy as np

    value = inception_score(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert abs(value - np.exp((np.log(4 / 3) + 0.143841) / 2)) < 1e-5, (
        "the score should be the exponential of the mean of log 4/3 and 0.143841"
    )
