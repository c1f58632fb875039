OK_FORMAT = False

from otter.test_files import test_case

name = "sample_class"
points = None


@test_case(name='Documents of the right number and length, of the class that was named.')
def test_shapes(sample_class, NBModel):
    """Documents of the right number and length, of the class that was named."""
    import numpy as np

    log_prob = np.log([[0.5, 0.498, 0.002], [0.002, 0.498, 0.5]])
    model = NBModel("multinomial", np.array([2, 5]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    draws = sample_class(np.random.default_rng(0), model, 5, 4, length=60)
    assert draws is not None, "your function returned None: is there a return statement?"
    draws = np.asarray(draws)
    assert draws.shape == (4, 3), (
        f"four documents, three words: the shape should be (4, 3), not {draws.shape}"
    )
    assert (draws.sum(axis=1) == 60).all(), "each document should hold 60 words"
    assert draws[:, 2].sum() > 5 * draws[:, 0].sum(), "the words should be those of class 5, the second one"


@test_case(name='Ink or no ink.')
def test_coins(sample_class, NBModel):
    """Ink or no ink."""
    import numpy as np

    theta = {"log_p": np.log([[0.9, 0.1]]), "log_1mp": np.log([[0.1, 0.9]])}
    model = NBModel("bernoulli", np.array(["x"]), np.zeros(1), theta)
    draws = np.asarray(sample_class(np.random.default_rng(0), model, "x", 50))
    assert draws.shape == (50, 2), f"fifty rows, two features: the shape should be (50, 2), not {draws.shape}"
    assert set(draws.ravel().tolist()) == {0, 1}, "the entries should be 0 and 1, and both should occur"
    assert draws[:, 0].sum() > draws[:, 1].sum(), "the first pixel should be inked nine times in ten"
