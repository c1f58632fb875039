OK_FORMAT = False

from otter.test_files import test_case

name = "reparameterize"
points = None


@test_case(name='The numbers of the text.')
def test_worked_example(reparameterize):
    """The numbers of the text."""
    import torch

    z = reparameterize(torch.tensor([[1.2, -0.8]]), torch.tensor([[-0.5, -1.2]]), torch.tensor([[0.3, -0.7]]))
    assert z is not None, "your function returned None: is there a return statement?"
    assert tuple(z.shape) == (1, 2), f"a draw has the shape of mu: expected (1, 2), not {tuple(z.shape)}"
    expected = torch.tensor([[1.43364, -1.18417]])
    assert torch.allclose(z, expected, atol=1e-4), "the draw should be (1.43364, -1.18417), as in the text"


@test_case(name='The draw knows what it was made from.')
def test_gradient_flows(reparameterize):
    """The draw knows what it was made from."""
    import torch

    mu = torch.zeros(2, 1, requires_grad=True)
    z = reparameterize(mu, torch.zeros(2, 1), torch.ones(2, 1))
    assert z.requires_grad, "z cannot be differentiated: something cuts it off from mu"
