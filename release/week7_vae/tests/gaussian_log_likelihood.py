OK_FORMAT = False

from otter.test_files import test_case

name = "gaussian_log_likelihood"
points = None


@test_case(name='Two dimensions, at the mean.')
def test_worked_example(gaussian_log_likelihood):
    """Two dimensions, at the mean."""
    import torch

    zero = torch.zeros(1, 2)
    value = gaussian_log_likelihood(zero, zero, zero)
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) + 1.837877) < 1e-5, "at the mean it should be -1.837877, as in the text"
    wider = gaussian_log_likelihood(zero, zero, zero + 2)
    assert abs(float(wider[0] - value[0]) + 2) < 1e-5, "log variances of 2 should give 2 less, as in the text"
