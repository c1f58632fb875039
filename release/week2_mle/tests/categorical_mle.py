OK_FORMAT = False

from otter.test_files import test_case

name = "categorical_mle"
points = None


@test_case(name='The categories 0, 2, 2 of four.')
def test_worked_example(categorical_mle):
    """The categories 0, 2, 2 of four."""
    import numpy as np

    value = categorical_mle(np.array([0, 2, 2]), 4)
    assert value is not None, "your function returned None: is there a return statement?"
    value = np.asarray(value)
    assert value.shape == (4,), f"one probability per category: the shape should be (4,), not {value.shape}"
    assert np.allclose(value, [1 / 3, 0, 2 / 3, 0]), (
        "the probabilities should be (1/3, 0, 2/3, 0), as in the text"
    )
