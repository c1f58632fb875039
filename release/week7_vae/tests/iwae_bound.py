OK_FORMAT = False

from otter.test_files import test_case

name = "iwae_bound"
points = None


@test_case(name='Two draws whose weights are exp(-5000) and 3 exp(-5000).')
def test_worked_example(iwae_bound):
    """Two draws whose weights are exp(-5000) and 3 exp(-5000)."""
    import math

    import torch

    class Toy:
        def encode(self, x):
            return torch.zeros(1, 1), torch.zeros(1, 1)

        def log_likelihood(self, z, x):
            return torch.where(z[:, 0] > 0, math.log(3.0), 0.0) - 5000

    value = iwae_bound(Toy(), torch.zeros(1, 4), torch.tensor([[[-0.5]], [[0.5]]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert torch.isfinite(value).all(), "the weights underflow: stay in logarithms"
    assert abs(float(value[0]) + 5000 - math.log(2)) < 1e-2, (
        "the bound should be -5000 + log 2, as in the text"
    )
