OK_FORMAT = False

from otter.test_files import test_case

name = "vae_from_pca"
points = None


@test_case(name='The four points of the text, one latent dimension.')
def test_worked_example(vae_from_pca):
    """The four points of the text, one latent dimension."""
    import math

    import torch

    X = torch.tensor([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]], dtype=torch.float64)
    result = vae_from_pca(X, 1)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 5, "return five tensors: W, mean, sigma_sq, V, logvar"
    W, _, sigma_sq, V, logvar = result
    shapes = [tuple(part.shape) for part in result]
    assert shapes == [(2, 1), (2,), (), (1, 2), (1,)], (
        f"the shapes should be (2, 1), (2,), (), (1, 2), (1,), not {shapes}"
    )
    assert abs(float(sigma_sq) - 2 / 3) < 1e-6, "sigma_sq should be 2/3, as in the text"
    assert abs(abs(float(W[0, 0])) - math.sqrt(2)) < 1e-6, (
        "W should be (sqrt 2, 0) up to its sign, as in the text"
    )
    assert abs(abs(float(V[0, 0])) - math.sqrt(2) / (8 / 3)) < 1e-6, "V should be W^T / M, as in the text"
    assert abs(float(logvar[0]) - math.log(1 / 4)) < 1e-6, "logvar should be log 1/4, as in the text"
