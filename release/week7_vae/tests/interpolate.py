OK_FORMAT = False

from otter.test_files import test_case

name = "interpolate"
points = None


@test_case(name='Three points: both ends and the middle.')
def test_worked_example(interpolate):
    """Three points: both ends and the middle."""
    import torch

    line = interpolate(torch.tensor([1.0, 0.5]), torch.tensor([-0.4, -0.8]), 3)
    assert line is not None, "your function returned None: is there a return statement?"
    assert tuple(line.shape) == (3, 2), (
        f"three points in the plane: expected shape (3, 2), not {tuple(line.shape)}"
    )
    assert torch.allclose(line[1], torch.tensor([0.3, -0.15]), atol=1e-6), "the middle should be (0.3, -0.15)"
    assert torch.allclose(line[2], torch.tensor([-0.4, -0.8])), "the last point should be z1 itself"
