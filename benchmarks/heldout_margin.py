"""How far correct and wrong VAEs of the digits end from the grader's bound on the held-out -ELBO.

Run ``python benchmarks/heldout_margin.py`` (about four minutes on one core). Each variant is trained
as week 7's notebook does, once a seed, and judged by its parameters in the reference model.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from torch import Tensor, nn

from reference import vae

EPOCHS, PART = 40, 10


def heldout(model: vae.VAE, X: Tensor, draws: int = 20) -> float:
    """Mean -ELBO in nats over the rows of X and over `draws` draws of z each."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        bounds = [
            vae.elbo(model, X, torch.randn(len(X), 2, generator=generator)).mean() for _ in range(draws)
        ]
    return -torch.stack(bounds).mean().item()


def xavier(model: nn.Module) -> None:
    """Another usual initialisation."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


def trained(seed: int, *, bound: Callable[..., Tensor] | None = None, start: Callable[..., None] | None = None,
            double: bool = False, beta: float = 1.0) -> vae.VAE:  # fmt: skip
    """A VAE of the digits trained from this seed, with a variation."""
    torch.manual_seed(seed)
    model = vae.VAE(64, 128, 2)
    if start is not None:
        start(model)
    X = vae.digits()[0]
    if double:
        model, X = model.double(), X.double()
    own = vae.elbo
    vae.elbo = own if bound is None else bound
    try:
        for part in range(0, EPOCHS, PART):
            vae.train(model, X, epochs=PART, seed=1000 * seed + part, beta=beta)
    finally:
        vae.elbo = own
    return model.float()


def mean_reconstruction(model: vae.VAE, x: Tensor, eps: Tensor, beta: float = 1.0) -> Tensor:
    """Pixels averaged, KL summed: the divergence wins and the code is ignored."""
    mu, logvar = model.encode(x)
    z = vae.reparameterize(mu, logvar, eps)
    return model.log_likelihood(z, x) / x.shape[1] - beta * vae.kl_diagonal_gaussian(mu, logvar)


def deviation_is_logvar(model: vae.VAE, x: Tensor, eps: Tensor, beta: float = 1.0) -> Tensor:
    """Takes logvar itself for the standard deviation of the noise."""
    mu, logvar = model.encode(x)
    return model.log_likelihood(mu + logvar * eps, x) - beta * vae.kl_diagonal_gaussian(mu, logvar)


def detached(model: vae.VAE, x: Tensor, eps: Tensor, beta: float = 1.0) -> Tensor:
    """The draw is cut from the graph: the encoder learns nothing of the pixels."""
    mu, logvar = model.encode(x)
    z = vae.reparameterize(mu, logvar, eps).detach()
    return model.log_likelihood(z, x) - beta * vae.kl_diagonal_gaussian(mu, logvar)


def main() -> None:
    """Print smallest, mean and largest held-out -ELBO of every variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    X_train, X_test, _, _ = vae.digits()
    p = X_train.mean(0).clamp(1e-3, 1 - 1e-3)
    alone = -vae.bernoulli_log_likelihood(torch.logit(p).expand_as(X_test), X_test).mean().item()
    print(f"each pixel by its own mean, no code: {alone:.2f} nats")
    variants: dict[str, dict[str, object]] = {
        "right: as the reference": {},
        "right: Xavier initialisation": {"start": xavier},
        "right: float64": {"double": True},
        "wrong: beta = 2": {"beta": 2.0},
        "wrong: mean reconstruction": {"bound": mean_reconstruction},
        "wrong: deviation = logvar": {"bound": deviation_is_logvar},
        "wrong: detached draw": {"bound": detached},
    }
    for name, options in variants.items():
        scores = [heldout(trained(seed, **options), X_test) for seed in seeds]  # type: ignore[arg-type]
        low, mean, high = min(scores), sum(scores) / len(scores), max(scores)
        print(f"{name:32s} {low:6.2f} {mean:6.2f} {high:6.2f}   ({len(scores)} seeds)", flush=True)


if __name__ == "__main__":
    main()
