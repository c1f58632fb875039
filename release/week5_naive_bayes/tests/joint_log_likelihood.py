OK_FORMAT = False

from otter.test_files import test_case

name = "joint_log_likelihood"
points = None


@test_case(name='The document (1, 0, 2) under ham and spam.')
def test_worked_example(joint_log_likelihood, NBModel):
    """The document (1, 0, 2) under ham and spam."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    result = joint_log_likelihood(model, np.array([[1, 0, 2]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (1, 2), (
        f"one document, two classes: the shape should be (1, 2), not {result.shape}"
    )
    assert np.allclose(result, [[-3.935740, -5.144583]], atol=1e-5), "the values should be those of the text"


@test_case(name='A standard normal feature at 0, and a fair coin.')
def test_other_kinds(joint_log_likelihood, NBModel):
    """A standard normal feature at 0, and a fair coin."""
    import numpy as np

    one = np.array([1]), np.zeros(1)
    normal = NBModel("gaussian", *one, {"mean": np.zeros((1, 1)), "var": np.ones((1, 1))})
    value = float(np.squeeze(joint_log_likelihood(normal, np.array([[0.0]]))))
    assert abs(value + 0.918939) < 1e-5, "the standard normal log density at 0 is -0.918939"
    coin = NBModel("bernoulli", *one, {"log_p": np.log([[0.5, 0.5]]), "log_1mp": np.log([[0.5, 0.5]])})
    value = float(np.squeeze(joint_log_likelihood(coin, np.array([[0, 0]]))))
    assert abs(value - 2 * np.log(0.5)) < 1e-9, "two fair coins that both show 0 have probability 1/4"
