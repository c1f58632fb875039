OK_FORMAT = False

from otter.test_files import test_case

name = "kl_diagonal_gaussian"
points = None


@test_case(name='The numbers of the text.')
def test_worked_example(kl_diagonal_gaussian):
    """The numbers of the text."""
    import torch

    value = kl_diagonal_gaussian(torch.tensor([[1.2, -0.8]]), torch.tensor([[-0.5, -1.2]]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert tuple(value.shape) == (1,), (
        f"one number for each row: expected shape (1,), not {tuple(value.shape)}"
    )
    assert abs(float(value[0]) - 1.343862) < 1e-5, "the example of the text should give 1.343862"


@test_case(name='Nothing is learned by knowing the prior.')
def test_the_prior_itself(kl_diagonal_gaussian):
    """Nothing is learned by knowing the prior."""
    import torch

    value = kl_diagonal_gaussian(torch.zeros(2, 3), torch.zeros(2, 3))
    assert torch.allclose(value, torch.zeros(2)), "for mu = 0 and logvar = 0 the divergence should be 0"
