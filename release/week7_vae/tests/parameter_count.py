OK_FORMAT = False

from otter.test_files import test_case

name = "parameter_count"
points = None


@test_case(name='The encoder 784 -> 400 -> (2 and 2).')
def test_worked_example(parameter_count):
    """The encoder 784 -> 400 -> (2 and 2)."""
    value = parameter_count([(784, 400), (400, 2), (400, 2)])
    assert value is not None, "your function returned None: is there a return statement?"
    assert value == 315_604, "the encoder of the text has 315,604 parameters: weights and biases"
