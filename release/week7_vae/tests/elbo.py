OK_FORMAT = False

from otter.test_files import test_case

name = "elbo"
points = None


@test_case(name='A model with a fixed cloud, as in the text.')
def test_worked_example(elbo):
    """A model with a fixed cloud, as in the text."""
    import torch

    class Toy:
        def encode(self, x):
            return torch.tensor([[1.2, -0.8]]), torch.tensor([[-0.5, -1.2]])

        def log_likelihood(self, z, x):
            return -((z - x) ** 2).sum(dim=1)

    x, eps = torch.tensor([[1.0, -1.0]]), torch.tensor([[0.3, -0.7]])
    value = elbo(Toy(), x, eps)
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) + 1.565824) < 1e-4, "the example of the text should give -1.565824"
    twice = elbo(Toy(), x, eps, beta=2.0)
    assert abs(float(twice[0] - value[0]) + 1.343862) < 1e-4, "beta = 2 should cost one more KL divergence"
