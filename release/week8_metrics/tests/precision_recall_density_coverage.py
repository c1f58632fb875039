OK_FORMAT = False

from otter.test_files import test_case

name = "precision_recall_density_coverage"
points = None


@test_case(name='Three real points and two fakes on a line: 1/2, 1, 1, 2/3.')
def test_worked_example(precision_recall_density_coverage):
    """Three real points and two fakes on a line: 1/2, 1, 1, 2/3."""
    import numpy as np

    result = precision_recall_density_coverage(np.array([[0.0], [1.0], [10.0]]), np.array([[2.0], [30.0]]), 1)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 4, "return four numbers"
    for value, expected, name in zip(
        result, (1 / 2, 1.0, 1.0, 2 / 3), ("precision", "recall", "density", "coverage")
    ):
        assert abs(value - expected) < 1e-9, f"the {name} should be as in the text"
