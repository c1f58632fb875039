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


@test_case(name='VAE(784, 400, 2) is as large as the text says.')
def test_number_of_parameters(VAE):
    """VAE(784, 400, 2) is as large as the text says."""
    count = sum(parameter.numel() for parameter in VAE(784, 400, 2).parameters())
    assert count == 631_188, f"the model should have 631,188 parameters, but has {count:,}"
