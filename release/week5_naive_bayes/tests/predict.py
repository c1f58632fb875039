OK_FORMAT = False

from otter.test_files import test_case

name = "predict"
points = None


@test_case(name='The label, not its position.')
def test_labels(predict, NBModel):
    """The label, not its position."""
    import numpy as np

    log_prob = np.log([[5 / 8, 1 / 8, 2 / 8], [1 / 7, 4 / 7, 2 / 7]])
    model = NBModel("multinomial", np.array(["ham", "spam"]), np.log([0.5, 0.5]), {"log_prob": log_prob})
    labels = predict(model, np.array([[1, 0, 2], [0, 4, 0], [2, 0, 1]]))
    assert labels is not None, "your function returned None: is there a return statement?"
    assert np.asarray(labels).tolist() == ["ham", "spam", "ham"], (
        "three documents have three labels: the second is spam, the others are ham"
    )
