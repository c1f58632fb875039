OK_FORMAT = False

from otter.test_files import test_case

name = "predict_log_proba"
points = None


@test_case(name='The document (1, 0, 2) is ham, most probably.')
def test_worked_example(predict_log_proba, NBModel):
    """The document (1, 0, 2) is ham, most probably."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    result = predict_log_proba(model, np.array([[1, 0, 2], [0, 0, 0]]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2, 2), (
        f"two documents, two classes: the shape should be (2, 2), not {result.shape}"
    )
    assert np.allclose(np.exp(result).sum(axis=1), 1), "the probabilities of each row should sum to 1"
    assert np.allclose(result[0], [-0.261242, -1.470086], atol=1e-5), (
        "the first row should be that of the text"
    )
