OK_FORMAT = False

from otter.test_files import test_case

name = "cross_entropy_bits"
points = None


@test_case(name='The two examples of the text.')
def test_worked_example(cross_entropy_bits):
    """The two examples of the text."""
    p = [0.5, 0.25, 0.125, 0.125]
    value = cross_entropy_bits(p, p)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 1.75) < 1e-9, (
        f"p with its own code costs 1.75 bits, as in the text, not {float(value):.4f}"
    )
    other = float(cross_entropy_bits(p, [0.25, 0.25, 0.25, 0.25]))
    assert abs(other - 2) < 1e-9, (
        f"with equally long codes it is 2 bits, not {other:.4f}: which of the two is averaged over?"
    )


@test_case(name='The docstring promises ValueError for what is no distribution.')
def test_probabilities_must_sum_to_one(cross_entropy_bits):
    """The docstring promises ValueError for what is no distribution."""
    try:
        cross_entropy_bits([0.5, 0.5], [0.9, 0.9])
    except ValueError:
        return
    raise AssertionError("probabilities that do not sum to 1 should raise ValueError")
