OK_FORMAT = False

from otter.test_files import test_case

name = "log_gaussians"
points = None


@test_case(name='The standard normal distribution in two dimensions, at the mean and at (3, 4).')
def test_worked_example(log_gaussians):
    """The standard normal distribution in two dimensions, at the mean and at (3, 4)."""
    import numpy as np

    covs = np.array([np.eye(2), 4 * np.eye(2)])
    result = log_gaussians(np.array([[0.0, 0.0], [3.0, 4.0]]), np.zeros((2, 2)), covs)
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2, 2), (
        f"two points, two components: the shape should be (2, 2), not {result.shape}"
    )
    assert abs(result[0, 0] + 1.837877) < 1e-5, (
        "at the mean the log density should be -1.837877, as in the text"
    )
    assert abs(result[0, 0] - result[1, 0] - 12.5) < 1e-8, "at (3, 4) it should be 12.5 lower, as in the text"
    drop = result[0, 0] - result[0, 1]
    assert abs(drop - np.log(4)) < 1e-8, (
        f"with 4 I for Sigma it should be 1.386294 lower at the mean, as in the text, not {drop:.6f}"
    )


@test_case(name='One row a point, one column a component.')
def test_rows_are_points(log_gaussians):
    """One row a point, one column a component."""
    import numpy as np

    result = np.asarray(log_gaussians(np.zeros((5, 3)), np.zeros((2, 3)), np.stack([np.eye(3)] * 2)))
    assert result.shape == (5, 2), f"5 points and 2 components: expected shape (5, 2), not {result.shape}"


@test_case(name='The points that were handed in stay as they were.')
def test_arguments_are_not_edited(log_gaussians):
    """The points that were handed in stay as they were."""
    import numpy as np

    X = np.array([[1.0, 2.0]])
    log_gaussians(X, np.ones((1, 2)), np.eye(2)[None])
    assert X.tolist() == [[1.0, 2.0]], "your function changed X; make a new array instead"
