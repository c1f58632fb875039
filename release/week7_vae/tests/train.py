OK_FORMAT = False

from otter.test_files import test_case

name = "train"
points = None


@test_case(name='One number an epoch, and it climbs.')
def test_history(train, VAE):
    """One number an epoch, and it climbs."""
    import torch

    torch.manual_seed(0)
    X = (torch.rand(60, 12) < torch.linspace(0.05, 0.95, 12)).float()
    history = train(VAE(12, 8, 2), X, epochs=15, batch_size=16, lr=0.01)
    assert history is not None, "your function returned None: is there a return statement?"
    assert len(history) == 15, f"15 epochs give 15 numbers, not {len(history)}"
    assert history[-1] > history[0] + 0.5, (
        "the mean ELBO should climb: is it the negative that you hand to Adam?"
    )


@test_case(name='The same start and the same seed give the same history.')
def test_the_seed_decides(train, VAE):
    """The same start and the same seed give the same history."""
    import torch

    X = torch.eye(8)
    histories = []
    for _ in range(2):
        torch.manual_seed(1)
        model = VAE(8, 4, 2)
        torch.manual_seed(len(histories))
        histories.append(train(model, X, epochs=3, batch_size=4, seed=5))
    assert histories[0] == histories[1], "order and noise should come from the argument seed alone"
