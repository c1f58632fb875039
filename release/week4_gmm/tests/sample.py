OK_FORMAT = False

from otter.test_files import test_case

name = "sample"
points = None


@test_case(name='Five points in two dimensions with their components.')
def test_shapes(sample, GMMParams):
    """Five points in two dimensions with their components."""
    import numpy as np

    params = GMMParams(np.array([0.5, 0.5]), np.array([[0.0, 0.0], [90.0, 90.0]]), np.stack([np.eye(2)] * 2))
    result = sample(np.random.default_rng(0), params, 5)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the points and their components"
    X, component = map(np.asarray, result)
    assert X.shape == (5, 2), f"the points should have shape (5, 2), not {X.shape}"
    assert component.shape == (5,), f"the components should have shape (5,), not {component.shape}"
    assert ((X[:, 0] > 45) == (component == 1)).all(), (
        "each point should lie near the mean of its own component"
    )


@test_case(name='One component of variance 4 gives points with standard deviation about 2.')
def test_spread(sample, GMMParams):
    """One component of variance 4 gives points with standard deviation about 2."""
    import numpy as np

    params = GMMParams(np.ones(1), np.zeros((1, 1)), np.full((1, 1, 1), 4.0))
    spread = np.std(np.asarray(sample(np.random.default_rng(0), params, 2000)[0]))
    assert abs(spread - 2) < 0.3, f"variance 4 should give a standard deviation of about 2, not {spread:.2f}"
