OK_FORMAT = False

from otter.test_files import test_case

name = "entropy"
points = None


@test_case(name='(1/2, 1/4, 1/4) has 1.039721 nats, or 1.5 bits.')
def test_worked_example(entropy):
    """(1/2, 1/4, 1/4) has 1.039721 nats, or 1.5 bits."""
    import numpy as np

    p = np.array([0.5, 0.25, 0.25])
    value = entropy(p)
    assert value is not None, "your function returned None: is there a return statement?"
    assert np.shape(value) == (), "return one number"
    assert abs(value - 1.039721) < 1e-5, "the entropy should be 1.039721 nats, as in the text"
    assert abs(entropy(p, 2) - 1.5) < 1e-9, "in bits (base 2) it should be 1.5"


@test_case(name='An outcome that never happens does not make the entropy NaN.')
def test_a_zero(entropy):
    """An outcome that never happens does not make the entropy NaN."""
    import numpy as np

    assert np.isfinite(entropy(np.array([0.5, 0.5, 0.0]))), "0 log 0 counts as 0"


@test_case(name='The docstring promises ValueError for what does not sum to 1.')
def test_no_distribution(entropy):
    """The docstring promises ValueError for what does not sum to 1."""
    try:
        entropy([0.5, 0.6])
    except ValueError:
        return
    raise AssertionError("probabilities that sum to 1.1 should raise ValueError (as_probabilities does it)")
