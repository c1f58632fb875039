OK_FORMAT = False

from otter.test_files import test_case

name = "anomaly_scores"
points = None


@test_case(name='The standard normal distribution, at 0 and at 2.')
def test_worked_example(anomaly_scores, GMMParams):
    """The standard normal distribution, at 0 and at 2."""
    import numpy as np

    scores = anomaly_scores(
        np.array([[0.0], [2.0]]), GMMParams(np.ones(1), np.zeros((1, 1)), np.ones((1, 1, 1)))
    )
    assert scores is not None, "your function returned None: is there a return statement?"
    scores = np.asarray(scores)
    assert scores.shape == (2,), f"one score per point: the shape should be (2,), not {scores.shape}"
    assert abs(scores[0] - 0.918939) < 1e-5, "at 0 the score should be 0.918939, as in the text"
    assert abs(scores[1] - scores[0] - 2) < 1e-8, "at 2 the score should be 2 higher, as in the text"
