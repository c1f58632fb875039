OK_FORMAT = False

from otter.test_files import test_case

name = "mutual_information"
points = None


@test_case(name='Two bits that agree four times out of five share 0.192745 nats.')
def test_worked_example(mutual_information):
    """Two bits that agree four times out of five share 0.192745 nats."""
    import numpy as np

    value = mutual_information(np.array([[0.4, 0.1], [0.1, 0.4]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 0.192745) < 1e-5, "the information should be 0.192745, as in the text"


@test_case(name='Independent variables tell nothing about each other.')
def test_strangers(mutual_information):
    """Independent variables tell nothing about each other."""
    import numpy as np

    value = mutual_information(np.outer([0.3, 0.7], [0.2, 0.5, 0.3]))
    assert abs(value) < 1e-9, "the information of independent variables should be 0"
