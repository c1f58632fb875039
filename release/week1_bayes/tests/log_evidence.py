OK_FORMAT = False

from otter.test_files import test_case

name = "log_evidence"
points = None


@test_case(name='Under Beta(1, 1) the sequence 1, 0 has evidence 1/6.')
def test_one_success_one_failure(log_evidence):
    """Under Beta(1, 1) the sequence 1, 0 has evidence 1/6."""
    import numpy as np

    value = log_evidence(1, 1, np.array([1, 0]))
    assert value is not None, "your function returned None: is there a return statement?"
    value = float(value)
    assert value < 0, "a probability below 1 has a negative logarithm"
    assert abs(value - np.log(1 / 6)) < 1e-9, (
        "the log evidence should be log(1/6) = -1.791759, as in the text"
    )


@test_case(name='A thousand observations give a finite number.')
def test_a_thousand_observations(log_evidence):
    """A thousand observations give a finite number."""
    import numpy as np

    assert np.isfinite(float(log_evidence(1, 1, np.arange(1000) % 2))), "the log evidence should be finite"


@test_case(name='No observations are no surprise: their log evidence is 0, whatever the prior.')
def test_nothing_seen(log_evidence):
    """No observations are no surprise: their log evidence is 0, whatever the prior."""
    import numpy as np

    assert abs(float(log_evidence(2.5, 4.0, np.zeros(0)))) < 1e-9, "without data the log evidence should be 0"
