OK_FORMAT = False

from otter.test_files import test_case

name = "n_parameters"
points = None


@test_case(name='Three components in two dimensions have 14 parameters (diag) or 17 (full).')
def test_lecture_example(n_parameters):
    """Three components in two dimensions have 14 parameters (diag) or 17 (full)."""
    assert n_parameters(3, 2, "diag") == 14, "K = 3, D = 2 with diagonal covariances should give 14"
    assert n_parameters(3, 2, "full") == 17, "K = 3, D = 2 with full covariances should give 17"
