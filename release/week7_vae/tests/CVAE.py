OK_FORMAT = False

from otter.test_files import test_case

name = "CVAE"
points = None


@test_case(name='Three pictures of six pixels, two codes, four classes.')
def test_shapes(CVAE):
    """Three pictures of six pixels, two codes, four classes."""
    import torch

    model = CVAE(6, 4, 2, 4)
    x, z, y = torch.ones(3, 6), torch.zeros(3, 2), torch.eye(4)[:3]
    encoded = model.encode(x, y)
    assert encoded is not None and len(encoded) == 2, "encode returns two things, mu and logvar"
    assert [tuple(part.shape) for part in encoded] == [(3, 2), (3, 2)], (
        "mu and logvar should have shape (3, 2)"
    )
    assert tuple(model.decode(z, y).shape) == (3, 6), "decode should give one logit for each pixel"
    assert tuple(model.log_likelihood(z, x, y).shape) == (3,), (
        "log_likelihood should give one number for each row"
    )


@test_case(name='The same code draws another picture for another class.')
def test_the_class_matters(CVAE):
    """The same code draws another picture for another class."""
    import torch

    model = CVAE(6, 64, 2, 4)
    z = torch.zeros(2, 2)
    logits = model.decode(z, torch.eye(4)[:2])
    assert not torch.allclose(logits[0], logits[1]), "the decoder draws the same for every class"
