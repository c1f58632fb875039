OK_FORMAT = False

from otter.test_files import test_case

name = "split_rhat"
points = None


@test_case(name='The chain 1, 2, 3, 4, 5, 6 has R-hat 2.2730.')
def test_one_short_chain(split_rhat):
    """The chain 1, 2, 3, 4, 5, 6 has R-hat 2.2730."""
    import numpy as np

    value = split_rhat(np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 2.2730) < 1e-4, (
        f"R-hat should be 2.2730, as in the text, not {float(value):.4f}: compute W and B / m of the two halves by "
        "hand, and mind ddof=1"
    )
