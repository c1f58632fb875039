OK_FORMAT = False

from otter.test_files import test_case

name = "class_log_prior"
points = None


@test_case(name='Three of oat and one of rye.')
def test_worked_example(class_log_prior):
    """Three of oat and one of rye."""
    import numpy as np

    result = class_log_prior(np.array(["oat", "rye", "oat", "oat"]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the classes and their log prior"
    classes, log_prior = np.asarray(result[0]), np.asarray(result[1])
    assert classes.tolist() == ["oat", "rye"], "the classes should be oat and rye, each once, sorted"
    assert log_prior.shape == (2,), f"one log prior a class: expected shape (2,), not {log_prior.shape}"
    assert np.allclose(log_prior, [-0.287682, -1.386294], atol=1e-5), (
        "the log priors should be those of the text"
    )


@test_case(name='Labels are names, not positions.')
def test_labels_with_gaps(class_log_prior):
    """Labels are names, not positions."""
    import numpy as np

    classes, _ = class_log_prior(np.array([40, -2, 40]))
    assert np.asarray(classes).tolist() == [-2, 40], (
        "the labels 40 and -2 should come back sorted, as they are"
    )
