"""Named functions that a grader may hand to a student's function: no code crosses the wall, only a name.

Nothing here is secret: a probe is a textbook density, proposal or test function with parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

REGISTRY: dict[str, Callable[..., Callable[..., Any]]] = {}


def probe(factory: Callable[..., Callable[..., Any]]) -> Callable[..., Callable[..., Any]]:
    """Register a factory: called with the probe's parameters, it returns the function."""
    REGISTRY[factory.__name__] = factory
    return factory


def build(name: str, parameters: dict[str, Any]) -> Callable[..., Any]:
    """The function of that name; raises KeyError where there is none."""
    return REGISTRY[name](**parameters)


@probe
def normal_log_density(mean: float, sd: float, log_constant: float = 0.0) -> Callable[..., Any]:
    """log N(x; mean, sd²) + log_constant, for x of any shape."""

    def log_density(x: Any) -> Any:
        z = (np.asarray(x) - mean) / sd
        return log_constant - 0.5 * z**2 - np.log(sd) - 0.5 * np.log(2 * np.pi)

    return log_density


# Test functions: array to array; like most of NumPy's operators they do not take lists.


@probe
def power(exponent: float) -> Callable[..., Any]:
    """x to the power of `exponent`."""
    return lambda x: x**exponent


@probe
def logarithm() -> Callable[..., Any]:
    """log x, with -inf at 0."""

    def log(x: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.log(x)

    return log


@probe
def wave(frequency: float) -> Callable[..., Any]:
    """sin(frequency * x): takes both signs."""
    return lambda x: np.sin(frequency * x)


# Densities: array to array of logarithms.


@probe
def beta_log_density(a: float, b: float, log_constant: float = 0.0) -> Callable[..., Any]:
    """(a - 1) log x + (b - 1) log(1 - x) + log_constant for 0 < x < 1, otherwise -inf."""

    def log_density(x: Any) -> Any:
        x = np.asarray(x, dtype=float)
        inside = (x > 0) & (x < 1)
        z = np.where(inside, x, 0.5)
        return np.where(inside, log_constant + (a - 1) * np.log(z) + (b - 1) * np.log1p(-z), -np.inf)

    return log_density


@probe
def gamma_log_density(shape: float, rate: float, log_constant: float = 0.0) -> Callable[..., Any]:
    """(shape - 1) log x - rate x + log_constant for x > 0, otherwise -inf."""

    def log_density(x: Any) -> Any:
        x = np.asarray(x, dtype=float)
        z = np.where(x > 0, x, 1.0)
        return np.where(x > 0, log_constant + (shape - 1) * np.log(z) - rate * z, -np.inf)

    return log_density


@probe
def slope_log_density(slope: float, low: float, high: float) -> Callable[..., Any]:
    """slope * x for low <= x <= high, otherwise -inf; a slope of 0 is a uniform density times high - low."""

    def log_density(x: Any) -> Any:
        x = np.asarray(x, dtype=float)
        return np.where((x >= low) & (x <= high), slope * x, -np.inf)

    return log_density


# Proposals of single points: (rng, m) to (m,).


@probe
def uniform_draws(low: float, high: float) -> Callable[..., Any]:
    """Uniform draws between low and high."""
    return lambda rng, m: rng.uniform(low, high, m)


@probe
def normal_draws(mean: float, sd: float) -> Callable[..., Any]:
    """Normal draws."""
    return lambda rng, m: rng.normal(mean, sd, m)


# Kernels: (rng, x) to proposals of the same shape, and their log densities of (to, from).


@probe
def shift(by: float) -> Callable[..., Any]:
    """Always proposes x + by."""
    return lambda rng, x: np.asarray(x) + by


@probe
def reflection() -> Callable[..., Any]:
    """Always proposes -x."""
    return lambda rng, x: -np.asarray(x)


@probe
def random_walk(sd: float) -> Callable[..., Any]:
    """Proposes x plus a normal step."""
    return lambda rng, x: np.asarray(x) + sd * rng.standard_normal(np.shape(x))


@probe
def scale_walk(sd: float) -> Callable[..., Any]:
    """Proposes x times the exponential of a normal step: not symmetric."""
    return lambda rng, x: np.asarray(x) * np.exp(sd * rng.standard_normal(np.shape(x)))


@probe
def symmetric_log_kernel() -> Callable[..., Any]:
    """0 everywhere: the log density, up to a constant, of a symmetric kernel."""
    return lambda x_to, x_from: np.zeros(np.shape(x_to))


@probe
def scale_walk_log_kernel(sd: float) -> Callable[..., Any]:
    """log density of `scale_walk`'s proposal x_to, given x_from."""

    def log_kernel(x_to: Any, x_from: Any) -> Any:
        log_to, log_from = np.log(x_to), np.log(x_from)
        return -(((log_to - log_from) / sd) ** 2) / 2 - np.log(sd) - 0.5 * np.log(2 * np.pi) - log_to

    return log_kernel


# Models of PyTorch, which is imported only where one is asked for.


@probe
def linear_vae(W: Any, mean: Any, sigma_sq: Any, V: Any, logvar: Any) -> Any:
    """A linear VAE with Gaussian pixels: x | z ~ N(W z + mean, sigma_sq), z | x ~ N(V (x - mean), exp(logvar)).

    What `elbo`, `iwae_bound` and `train` ask of a model and no more: it does not record who calls it.
    """
    import math

    import torch

    class Linear(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.W, self.mean, self.V, self.logvar, self.log_sigma_sq = (
                torch.nn.Parameter(torch.as_tensor(part))
                for part in (W, mean, V, logvar, torch.as_tensor(sigma_sq).log())
            )

        def encode(self, x: Any) -> Any:
            mu = (x - self.mean) @ self.V.T
            return mu, self.logvar.expand_as(mu)

        def decode(self, z: Any) -> Any:
            return z @ self.W.T + self.mean

        def log_likelihood(self, z: Any, x: Any) -> Any:
            squares = (x - self.decode(z)) ** 2 * torch.exp(-self.log_sigma_sq)
            return -0.5 * (math.log(2 * math.pi) + self.log_sigma_sq + squares).sum(-1)

    return Linear()


# Kernels of two sets of points: (n, D) and (m, D) to (n, m).


@probe
def gaussian_gram(bandwidth: float) -> Callable[..., Any]:
    """exp(-|a - b|² / (2 bandwidth²)) of all pairs of rows."""

    def gram(A: Any, B: Any) -> Any:
        return np.exp(-((A[:, None, :] - B[None, :, :]) ** 2).sum(axis=2) / (2 * bandwidth**2))

    return gram


@probe
def polynomial_gram(degree: int, constant: float) -> Callable[..., Any]:
    """(a . b / D + constant) to the power of `degree`, of all pairs of rows."""

    def gram(A: Any, B: Any) -> Any:
        return (A @ B.T / A.shape[1] + constant) ** degree

    return gram
