OK_FORMAT = False

from otter.test_files import test_case

name = "kl_gaussians"
points = None


@test_case(name='From N(0, 1) to N(1, 4), and back.')
def test_worked_example(kl_gaussians):
    """From N(0, 1) to N(1, 4), and back."""
    import math

    import torch

    a, b = (torch.zeros(1, 1), torch.zeros(1, 1)), (torch.ones(1, 1), torch.full((1, 1), math.log(4)))
    value = kl_gaussians(*a, *b)
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) - 0.443147) < 1e-5, "from N(0, 1) to N(1, 4) it should be 0.443147"
    assert abs(float(kl_gaussians(*b, *a)[0]) - 1.306853) < 1e-5, "the other way round it should be 1.306853"
