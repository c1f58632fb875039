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


@test_case(name='A normal feature with mean 1 and variance 4 at 3, and two fair coins.')
def test_other_kinds(joint_log_likelihood, NBModel):
    """A normal feature with mean 1 and variance 4 at 3, and two fair coins."""
    import numpy as np

    one = np.array([1]), np.zeros(1)
    normal = NBModel("gaussian", *one, {"mean": np.array([[1.0]]), "var": np.array([[4.0]])})
    value = float(np.squeeze(joint_log_likelihood(normal, np.array([[3.0]]))))
    assert abs(value + 2.112086) < 1e-5, (
        "with mean 1 and variance 4 the log density at 3, one deviation off, should be -2.112086"
    )
    coin = NBModel("bernoulli", *one, {"log_p": np.log([[0.5, 0.5]]), "log_1mp": np.log([[0.5, 0.5]])})
    value = float(np.squeeze(joint_log_likelihood(coin, np.array([[0, 0]]))))
    assert abs(value - 2 * np.log(0.5)) < 1e-9, "two fair coins that both show 0 have probability 1/4"
