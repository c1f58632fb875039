OK_FORMAT = False

from otter.test_files import test_case

name = "kmeans_plus_plus"
points = None


@test_case(name='As many different rows of X as were asked for.')
def test_rows_of_the_data(kmeans_plus_plus):
    """As many different rows of X as were asked for."""
    import numpy as np

    X = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [3.0, 4.0]])
    means = kmeans_plus_plus(np.random.default_rng(0), X, 4)
    assert means is not None, "your function returned None: is there a return statement?"
    means = np.asarray(means)
    assert means.shape == (4, 2), f"the shape should be (4, 2), not {means.shape}"
    assert sorted(means.tolist()) == sorted(X.tolist()), "with K = N every point should be chosen once"


@test_case(name='The far point should nearly always be among two means.')
def test_the_far_point_is_likely(kmeans_plus_plus):
    """The far point should nearly always be among two means."""
    import numpy as np

    X = np.array([[0.0], [0.01], [1000.0]])
    rng = np.random.default_rng(1)
    far = sum(1000.0 in np.asarray(kmeans_plus_plus(rng, X, 2)).ravel() for _ in range(30))
    assert far == 30, (
        "a point 1000 away is missing from the means: are the probabilities the squared distances?"
    )
