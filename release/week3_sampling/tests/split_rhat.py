OK_FORMAT = False

from otter.test_files import test_case

name = "split_rhat"
points = None


@test_case(name='The chain 1, 2, 3, 4 has R-hat 2.1213.')
def test_one_short_chain(split_rhat):
    """The chain 1, 2, 3, 4 has R-hat 2.1213."""
    import numpy as np

    value = split_rhat(np.array([[1.0, 2.0, 3.0, 4.0]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 2.1213) < 1e-4, "R-hat should be 2.1213, as in the text: mind ddof=1"
