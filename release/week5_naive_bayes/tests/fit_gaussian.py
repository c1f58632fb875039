OK_FORMAT = False

from otter.test_files import test_case

name = "fit_gaussian"
points = None


@test_case(name='Two rows of a, two of b.')
def test_worked_example(fit_gaussian):
    """Two rows of a, two of b."""
    import numpy as np

    model = fit_gaussian(np.array([[1], [6], [5], [6]]), np.array(["a", "b", "a", "b"]))
    assert model is not None, "your function returned None: is there a return statement?"
    assert model[0] == "gaussian", "the first entry of the model is its kind, here gaussian"
    mean, var = (np.asarray(model[3][name]) for name in ("mean", "var"))
    assert mean.shape == (2, 1), f"two classes, one feature: the shape should be (2, 1), not {mean.shape}"
    assert np.allclose(mean.ravel(), [3, 6]), "the means should be 3 and 6, as in the text"
    assert np.allclose(var.ravel(), [4, 0], atol=1e-6), (
        "the variances should be 4 and nearly 0, as in the text"
    )
    assert var[1, 0] > 0, "the variance of a constant feature should be tiny, not 0"


@test_case(name='One mean a feature.')
def test_each_feature_on_its_own(fit_gaussian):
    """One mean a feature."""
    import numpy as np

    model = fit_gaussian(np.array([[0.0, 100.0], [2.0, 300.0]]), np.array([5, 5]))
    assert np.allclose(model[3]["mean"], [[1, 200]]), "average over the rows, separately for each feature"
