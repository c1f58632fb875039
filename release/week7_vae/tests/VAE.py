OK_FORMAT = False

from otter.test_files import test_case

name = "VAE"
points = None


@test_case(name='Three pictures of six pixels, two codes.')
def test_shapes(VAE):
    """Three pictures of six pixels, two codes."""
    import torch

    model = VAE(6, 4, 2)
    x, eps = torch.ones(3, 6), torch.zeros(3, 2)
    encoded = model.encode(x)
    assert encoded is not None and len(encoded) == 2, "encode returns two things, mu and logvar"
    assert [tuple(part.shape) for part in encoded] == [(3, 2), (3, 2)], (
        "mu and logvar should have shape (3, 2)"
    )
    assert tuple(model.decode(eps).shape) == (3, 6), "decode should give one logit for each pixel"
    assert tuple(model.log_likelihood(eps, x).shape) == (3,), (
        "log_likelihood should give one number for each row"
    )
    result = model(x, eps)
    assert len(result) == 3, "forward returns three things: logits, mu, logvar"
    assert tuple(result[0].shape) == (3, 6), "forward's logits should have shape (3, 6)"


@test_case(name='Logits are any numbers, and the noise moves the picture.')
def test_logits_and_noise(VAE):
    """Logits are any numbers, and the noise moves the picture."""
    import torch

    model = VAE(6, 64, 2)
    far = model.decode(100 * torch.randn(40, 2))
    assert bool((far < 0).any()) and bool((far > 1).any()), (
        "decode should give logits, which may be negative or above 1: leave the sigmoid to the likelihood"
    )
    x = torch.ones(1, 6)
    still, moved = (model(x, torch.full((1, 2), noise))[0] for noise in (0.0, 3.0))
    assert not torch.allclose(still, moved), "other noise should give other logits: does forward draw z?"


@test_case(name='VAE(784, 400, 2) is as large as the text says.')
def test_number_of_parameters(VAE):
    """VAE(784, 400, 2) is as large as the text says."""
    count = sum(parameter.numel() for parameter in VAE(784, 400, 2).parameters())
    assert count == 631_188, f"the model should have 631,188 parameters, but has {count:,}"
