OK_FORMAT = False

from otter.test_files import test_case

name = "fit_bernoulli"
points = None


@test_case(name='Two of three pictures are inked.')
def test_worked_example(fit_bernoulli):
    """Two of three pictures are inked."""
    import numpy as np

    model = fit_bernoulli(np.array([[1], [0], [1], [0]]), np.array([3, 3, 3, 8]))
    assert model is not None, "your function returned None: is there a return statement?"
    assert model[0] == "bernoulli", "the first entry of the model is its kind, here bernoulli"
    log_p, log_1mp = (np.asarray(model[3][name]) for name in ("log_p", "log_1mp"))
    assert log_p.shape == (2, 1), f"two classes, one pixel: the shape should be (2, 1), not {log_p.shape}"
    assert abs(log_p[0, 0] + 0.510826) < 1e-5, "log p should be -0.510826, as in the text"
    assert abs(log_1mp[0, 0] + 0.916291) < 1e-5, "log (1 - p) should be -0.916291, as in the text"
