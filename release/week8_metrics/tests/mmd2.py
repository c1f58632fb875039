OK_FORMAT = False

from otter.test_files import test_case

name = "mmd2"
points = None


@test_case(name='With the kernel xy: 2.25 with the diagonal, -1 without.')
def test_worked_example(mmd2):
    """With the kernel xy: 2.25 with the diagonal, -1 without."""
    import numpy as np

    def product(A, B):
        return A @ B.T

    X, Y = np.array([[0.0], [2.0]]), np.array([[1.0], [4.0]])
    value = mmd2(X, Y, product, False)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(value - 2.25) < 1e-9, "the biased estimate should be 2.25, as in the text"
    assert abs(mmd2(X, Y, product) + 1) < 1e-9, "the unbiased estimate should be -1, as in the text"
