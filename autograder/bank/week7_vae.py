"""Known wrong and right solutions of week 7: variational autoencoders."""

# ruff: noqa: D101, D102, D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import math

import sympy as sp
import torch
from torch import nn

from autograder.bank import right, wrong
from reference.vae import (
    bernoulli_log_likelihood,
    elbo,
    gaussian_log_likelihood,
    kl_diagonal_gaussian,
    reparameterize,
)

# Hints of tests whose answers are random, so that no known mistake can be recognised by its values.

DETACHED = (
    "Between the parameters and the draw the chain of operations is cut: .detach(), .data, torch.no_grad() and "
    ".numpy() all do that."
)
LAYERS_HINT = (
    "Count the layers of the drawing: one to the hidden units, mu and logvar from there, one from z to hidden "
    "units, one to the logits. Every nn.Linear belongs to self, made once, in __init__."
)
ENCODE_HINT = "mu and logvar may be any numbers: a ReLU belongs on the hidden units only, and nowhere else."
SIGMOID_HINT = (
    "The decoder gives logits: the sigmoid is part of the likelihood, and applied twice it is wrong."
)
FORWARD_HINT = "The decoder gets the draw z, made from mu, logvar and the given noise, not the mean."
SUM_HINT = "A picture's log-likelihood is the sum over its pixels: one number for each row."
CLASS_HINT = "Put y beside x, and beside z, with torch.cat along the columns: both sides must see the class."
ORDER_HINT = "The order matters to whoever reads your model: first the columns of x (or z), then those of y."
STEP_HINT = (
    "Each batch is one step of Adam: gradients set to zero, backward on minus the batch's mean bound, step."
)
COUNT_HINT = (
    "Every row counts once an epoch: the last, smaller batch is used too and weighs as many rows as it has."
)
NOISE_HINT = (
    "All randomness comes from the seed: shuffle anew in every epoch, and draw new noise for every batch."
)
IGNORED_HINT = (
    "A value above 24 means that the code is ignored: compare the sizes of the two terms of your objective."
)

# Mutants that change nothing a grader could or should see.

_AXIS = "with two dimensions the last axis is axis 1"
_SYMBOLS = "symbols are matched by name, whatever their assumptions"
_HEADS = "two like layers: which one is called what is free"
_EVEN = "a normal density is symmetric in point and mean"
_WORDS = "the number in the error's message only"
_DEVICE = "on a CPU nothing moves; graders have no GPU"
_SHAPE = "the same shape"
_SINGLE = "single precision is accepted in this week"
_ADAM = "Adam's steps do not depend on the scale of the gradient, but for its epsilon"
_SMALL = "1e-8 more variance is next to the tolerance where the variance is not small; where it is, it is far beyond it"
NARROW_TOLERANCES = {
    "test_gaussian_on_fresh_numbers": _SMALL,
    "test_gaussian_gradients": _SMALL,
}
EQUIVALENT_MUTANTS = {
    "bernoulli_log_likelihood: return (x * logits - nn.functional.softplus(logits)).sum(dim=-1) → return (x * logits - nn.functional.softplus(logits)).sum(dim=1)": _AXIS,  # noqa: E501
    "gaussian_log_likelihood: return -0.5 * (math.log(2 * math.pi) + logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(dim=-1) → return -0.5 * (math.log(2 * math.pi) + logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(dim=1)": _AXIS,  # noqa: E501
    "kl_diagonal_gaussian: return 0.5 * (torch.exp(logvar) + mu**2 - 1 - logvar).sum(dim=-1) → return 0.5 * (torch.exp(logvar) + mu**2 - 1 - logvar).sum(dim=1)": _AXIS,  # noqa: E501
    "kl_gaussians: return 0.5 * (logvar_p - logvar_q + torch.exp(logvar_q - logvar_p) + distance - 1).sum(dim=-1) → return 0.5 * (logvar_p - logvar_q + torch.exp(logvar_q - logvar_p) + distance - 1).sum(dim=1)": _AXIS,  # noqa: E501
    'derive_kl: z, mu = sp.symbols("z mu", real=True) → z, mu = sp.symbols("z mu")': _SYMBOLS,
    'derive_kl: v = sp.Symbol("v", positive=True) → v = sp.Symbol("v")': _SYMBOLS,
    "VAE: return self.to_mu(h), self.to_logvar(h) → return self.to_logvar(h), self.to_mu(h)": _HEADS,
    "CVAE: return self.to_mu(h), self.to_logvar(h) → return self.to_logvar(h), self.to_mu(h)": _HEADS,
    "iwae_bound: log_prior = gaussian_log_likelihood(z, torch.zeros_like(z), torch.zeros_like(z)) → log_prior = gaussian_log_likelihood(torch.zeros_like(z), z, torch.zeros_like(z))": _EVEN,  # noqa: E501
    "iwae_bound: log_q = gaussian_log_likelihood(z, mu, logvar) → log_q = gaussian_log_likelihood(mu, z, logvar)": _EVEN,  # noqa: E501
    "vae_from_pca: if not 1 <= latent < D: → if not 1 <= latent <= D:": "the variance of no columns is NaN, which the next check refuses with the same error",  # noqa: E501
    'vae_from_pca: raise ValueError(f"latent should lie between 1 and D - 1 = {D - 1}, not {latent}") → raise ValueError(f"latent should lie between 1 and D - 1 = {D + 1}, not {latent}")': _WORDS,  # noqa: E501
    'vae_from_pca: raise ValueError(f"latent should lie between 1 and D - 1 = {D - 1}, not {latent}") → raise ValueError(f"latent should lie between 1 and D - 1 = {D - 2}, not {latent}")': _WORDS,  # noqa: E501
    "train: without: model.to(device)": _DEVICE,
    'train: without: model.to("cpu")': _DEVICE,
    "train: total = torch.zeros((), device=device) → total = torch.zeros(())": _DEVICE,
    "train: latent = model.encode(X[:1])[0].shape[1] → latent = model.encode(X[:2])[0].shape[1]": _SHAPE,
    "train: latent = model.encode(X[:1])[0].shape[1] → latent = model.encode(X[:1])[1].shape[1]": _SHAPE,
    "train: eps = torch.randn(len(rows), latent, generator=generator, dtype=X.dtype) → eps = torch.randn(len(rows), latent, generator=generator)": _SINGLE,  # noqa: E501
    "train: (-bound.mean()).backward() → (-bound.sum()).backward()": _ADAM,
    "interpolate: t = torch.linspace(0, 1, steps, dtype=z0.dtype)[:, None] → t = torch.linspace(0, 1, steps)[:, None]": _SINGLE,  # noqa: E501
}

# parameter_count


@wrong("parameter_count", hint="Every output has a bias too: one more number for each of them.")
def without_the_biases(layers):
    if any(a < 1 or b < 1 for a, b in layers):
        raise ValueError("layers")
    return sum(a * b for a, b in layers)


@wrong("parameter_count", hint="A bias belongs to each output, not to each input.")
def a_bias_for_each_input(layers):
    if any(a < 1 or b < 1 for a, b in layers):
        raise ValueError("layers")
    return sum(a * (b + 1) for a, b in layers)


@right("parameter_count")
def counted_by_torch(layers):
    total = 0
    for d_in, d_out in layers:
        if d_in < 1 or d_out < 1:
            raise ValueError("layers: sizes below 1")
        total += sum(p.numel() for p in nn.Linear(d_in, d_out).parameters())
    return total


# bernoulli_log_likelihood


@wrong(
    "bernoulli_log_likelihood",
    hint="Large logits round the sigmoid to 0 or 1, and log 0 follows. Rewrite the formula in the logits themselves.",
    also=("VAE", "CVAE"),
)
def by_probabilities(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x")
    p = torch.sigmoid(logits)
    return (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(1)


@wrong(
    "bernoulli_log_likelihood",
    hint="Clamping hides the infinity and changes the answer: a wrong pixel at a large logit costs that many nats.",
)
def clamped_probabilities(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x")
    p = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
    return (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(1)


@wrong("bernoulli_log_likelihood", hint=SUM_HINT, also=("VAE", "CVAE", "train"))
def mean_over_pixels(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x")
    return -nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(1)


@wrong(
    "bernoulli_log_likelihood",
    hint="Cross-entropy is a loss: the log-likelihood is its negative.",
    also=("VAE", "CVAE", "train"),
)
def the_loss_instead(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x")
    return nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)


@wrong(
    "bernoulli_log_likelihood",
    hint="The sigmoid is applied twice: binary_cross_entropy_with_logits takes the logits as they are.",
    also=("VAE", "CVAE", "train"),
)
def sigmoid_twice(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x")
    p = torch.sigmoid(logits)
    return -nn.functional.binary_cross_entropy_with_logits(p, x, reduction="none").sum(1)


@wrong(
    "bernoulli_log_likelihood",
    hint="Shapes that differ are stretched silently by PyTorch: the docstring asks for an error instead.",
)
def stretches_shapes(logits, x):
    return (x * logits - nn.functional.softplus(logits)).sum(1)


@right("bernoulli_log_likelihood")
def by_cross_entropy(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x must have the same shape")
    return -nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=-1)


@right("bernoulli_log_likelihood")
def by_two_log_sigmoids(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x must have the same shape")
    on, off = nn.functional.logsigmoid(logits), nn.functional.logsigmoid(-logits)
    return torch.einsum("nd,nd->n", x, on) + torch.einsum("nd,nd->n", 1 - x, off)


# gaussian_log_likelihood


@wrong(
    "gaussian_log_likelihood",
    hint="The constant log 2 pi stands once for every dimension.",
    also=("iwae_bound",),
)
def without_the_constant(x, mu, logvar):
    if not x.shape == mu.shape == logvar.shape:
        raise ValueError("x, mu and logvar")
    return -0.5 * (logvar + (x - mu) ** 2 / torch.exp(logvar)).sum(1)


@wrong(
    "gaussian_log_likelihood",
    hint="logvar is the logarithm of the variance: exp(logvar) is already sigma squared.",
    also=("iwae_bound",),
)
def logvar_taken_for_log_deviation(x, mu, logvar):
    if not x.shape == mu.shape == logvar.shape:
        raise ValueError("x, mu and logvar")
    return -0.5 * (math.log(2 * math.pi) + 2 * logvar + (x - mu) ** 2 * torch.exp(-2 * logvar)).sum(1)


@wrong(
    "gaussian_log_likelihood",
    hint="Adding a small number to the variance changes it where it is small itself.",
)
def variance_plus_a_little(x, mu, logvar):
    if not x.shape == mu.shape == logvar.shape:
        raise ValueError("x, mu and logvar")
    var = torch.exp(logvar) + 1e-8
    return -0.5 * (math.log(2 * math.pi) + torch.log(var) + (x - mu) ** 2 / var).sum(1)


@wrong(
    "gaussian_log_likelihood",
    hint="Shapes that differ are stretched silently by PyTorch: the docstring asks for an error instead.",
)
def stretches_gaussians(x, mu, logvar):
    return -0.5 * (math.log(2 * math.pi) + logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(1)


@right("gaussian_log_likelihood")
def by_distributions(x, mu, logvar):
    if x.shape != mu.shape or mu.shape != logvar.shape:
        raise ValueError("x, mu and logvar must have the same shape")
    return torch.distributions.Normal(mu, torch.exp(0.5 * logvar)).log_prob(x).sum(-1)


# kl_diagonal_gaussian

_UNDER_KL = ("elbo", "train")


@wrong("kl_diagonal_gaussian", hint="The factor one half is missing.", also=_UNDER_KL)
def without_the_half(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar")
    return (torch.exp(logvar) + mu**2 - 1 - logvar).sum(1)


@wrong(
    "kl_diagonal_gaussian",
    hint="A divergence is never negative: the sign of the whole formula is turned.",
    also=_UNDER_KL,
)
def negative(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar")
    return 0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)


@wrong(
    "kl_diagonal_gaussian",
    hint="logvar is the logarithm of the variance; the standard deviation is not needed here at all.",
    also=_UNDER_KL,
)
def deviation_for_variance(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar")
    return 0.5 * (torch.exp(0.5 * logvar) + mu**2 - 1 - logvar).sum(1)


@wrong(
    "kl_diagonal_gaussian",
    hint="One divergence for each example: sum over the latent dimensions only, and do not average.",
    also=_UNDER_KL,
)
def mean_over_dimensions(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar")
    return 0.5 * (torch.exp(logvar) + mu**2 - 1 - logvar).mean(1)


@wrong(
    "kl_diagonal_gaussian",
    hint="Shapes that differ are stretched silently by PyTorch: the docstring asks for an error instead.",
)
def stretched(mu, logvar):
    return 0.5 * (torch.exp(logvar) + mu**2 - 1 - logvar).sum(1)


@right("kl_diagonal_gaussian")
def divergence_by_distributions(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar must have the same shape")
    q = torch.distributions.Normal(mu, torch.exp(logvar / 2))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(q, p).sum(dim=1)


@right("kl_diagonal_gaussian")
def dimension_by_dimension(mu, logvar):
    if tuple(mu.shape) != tuple(logvar.shape):
        raise ValueError("mu and logvar must have the same shape")
    total = torch.zeros(mu.shape[0], dtype=mu.dtype)
    for i in range(mu.shape[1]):
        total = total + (logvar[:, i].exp() + mu[:, i] ** 2 - 1 - logvar[:, i]) / 2
    return total


# kl_gaussians


@wrong("kl_gaussians", hint="KL(q || p) is not KL(p || q): the expectation is under q, the first one.")
def the_other_way_round(mu_q, logvar_q, mu_p, logvar_p):
    d = (mu_q - mu_p) ** 2 * torch.exp(-logvar_q)
    return 0.5 * (logvar_q - logvar_p + torch.exp(logvar_p - logvar_q) + d - 1).sum(1)


@wrong("kl_gaussians", hint="The squared distance of the means is measured in units of p's variance.")
def distance_without_its_unit(mu_q, logvar_q, mu_p, logvar_p):
    ratio = torch.exp(logvar_q - logvar_p)
    return 0.5 * (logvar_p - logvar_q + ratio + (mu_q - mu_p) ** 2 - 1).sum(1)


@wrong(
    "kl_gaussians",
    hint="Each variance overflows on its own although their ratio does not: subtract logarithms, then exponentiate.",
)
def ratio_of_variances(mu_q, logvar_q, mu_p, logvar_p):
    v_q, v_p = torch.exp(logvar_q), torch.exp(logvar_p)
    return 0.5 * (logvar_p - logvar_q + (v_q + (mu_q - mu_p) ** 2) / v_p - 1).sum(1)


@right("kl_gaussians")
def by_the_standard_one(mu_q, logvar_q, mu_p, logvar_p):
    return kl_diagonal_gaussian((mu_q - mu_p) * torch.exp(-0.5 * logvar_p), logvar_q - logvar_p)


# derive_kl


@wrong(
    "derive_kl",
    hint="The expectation of (z - mu)^2 under q is v, so log q's expectation has a constant one half.",
)
def forgets_the_square_of_q():
    z, mu = sp.symbols("z mu", real=True)
    v = sp.Symbol("v", positive=True)
    return {
        "log_ratio": z**2 / 2 - (z - mu) ** 2 / (2 * v) - sp.log(v) / 2,
        "E_log_q": -sp.log(2 * sp.pi * v) / 2,
        "E_log_p": -(sp.log(2 * sp.pi) + mu**2 + v) / 2,
        "kl": (v + mu**2 - 1 - sp.log(v)) / 2,
        "slope_logvar": (v - 1) / 2,
    }


@wrong("derive_kl", hint="E[z^2] is mu^2 + v: a mean and a variance.")
def forgets_the_variance_of_z():
    z, mu = sp.symbols("z mu", real=True)
    v = sp.Symbol("v", positive=True)
    return {
        "log_ratio": z**2 / 2 - (z - mu) ** 2 / (2 * v) - sp.log(v) / 2,
        "E_log_q": -(sp.log(2 * sp.pi * v) + 1) / 2,
        "E_log_p": -(sp.log(2 * sp.pi) + mu**2) / 2,
        "kl": (mu**2 - 1 - sp.log(v)) / 2,
        "slope_logvar": (v - 1) / 2,
    }


@wrong("derive_kl", hint="The slope is with respect to log v, not v: one more factor by the chain rule.")
def slope_in_the_variance():
    z, mu = sp.symbols("z mu", real=True)
    v = sp.Symbol("v", positive=True)
    kl = (v + mu**2 - 1 - sp.log(v)) / 2
    return {
        "log_ratio": z**2 / 2 - (z - mu) ** 2 / (2 * v) - sp.log(v) / 2,
        "E_log_q": -(sp.log(2 * sp.pi * v) + 1) / 2,
        "E_log_p": -(sp.log(2 * sp.pi) + mu**2 + v) / 2,
        "kl": kl,
        "slope_logvar": sp.diff(kl, v),
    }


@right("derive_kl")
def by_sympy():
    z, mu, v = sp.symbols("z mu v")

    def log_normal(mean, var):
        return -sp.log(2 * sp.pi) / 2 - sp.log(var) / 2 - (z - mean) ** 2 / (2 * var)

    log_q, log_p = log_normal(mu, v), log_normal(0, 1)

    def expectation(expression):
        powers = sp.Poly(sp.expand(expression), z)
        a, b, c = (powers.coeff_monomial(z**k) for k in (2, 1, 0))
        return a * (mu**2 + v) + b * mu + c

    kl = expectation(log_q) - expectation(log_p)
    return {
        "log_ratio": log_q - log_p,
        "E_log_q": expectation(log_q),
        "E_log_p": expectation(log_p),
        "kl": kl,
        "slope_logvar": v * sp.diff(kl, v),
    }


# reparameterize

_UNDER_DRAWS = ("VAE", "elbo", "iwae_bound", "train")


@wrong(
    "reparameterize",
    hint="logvar is the logarithm of a variance, not a standard deviation: sigma = exp(logvar / 2).",
    also=_UNDER_DRAWS,
)
def deviation_is_logvar(mu, logvar, eps):
    return mu + logvar * eps


@wrong(
    "reparameterize",
    hint="exp(logvar) is the variance; its square root is the standard deviation.",
    also=_UNDER_DRAWS,
)
def variance_for_deviation(mu, logvar, eps):
    return mu + torch.exp(logvar) * eps


@wrong("reparameterize", hint=DETACHED, also=("elbo", "iwae_bound", "train"))
def detached_draw(mu, logvar, eps):
    with torch.no_grad():
        return mu + torch.exp(0.5 * logvar) * eps


@wrong("reparameterize", hint=DETACHED, also=("elbo", "iwae_bound", "train"))
def through_numpy(mu, logvar, eps):
    import numpy as np

    sigma = np.exp(0.5 * logvar.detach().numpy())
    return mu + torch.from_numpy(sigma) * eps


@right("reparameterize")
def with_square_root(mu, logvar, eps):
    return torch.addcmul(mu, logvar.exp().sqrt(), eps)


# VAE


@wrong("VAE", hint=SIGMOID_HINT, also=("train",))
class DecoderWithSigmoid(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.e = nn.Linear(d_in, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x):
        h = torch.relu(self.e(x))
        return self.m(h), self.v(h)

    def decode(self, z):
        return torch.sigmoid(self.o(torch.relu(self.d(z))))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


@wrong("VAE", hint=ENCODE_HINT, also=("train",))
class ReluOnTheCode(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.e = nn.Linear(d_in, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x):
        h = torch.relu(self.e(x))
        return torch.relu(self.m(h)), torch.relu(self.v(h))

    def decode(self, z):
        return self.o(torch.relu(self.d(z)))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


@wrong("VAE", hint=FORWARD_HINT)
class DecodesTheMean(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.e = nn.Linear(d_in, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x):
        h = torch.relu(self.e(x))
        return self.m(h), self.v(h)

    def decode(self, z):
        return self.o(torch.relu(self.d(z)))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(mu), mu, logvar


@wrong("VAE", hint=LAYERS_HINT, also=("train",))
class OneHeadForBoth(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.e, self.m = nn.Linear(d_in, hidden), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x):
        h = torch.relu(self.e(x))
        return self.m(h), self.m(h)

    def decode(self, z):
        return self.o(torch.relu(self.d(z)))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


@wrong("VAE", hint=SUM_HINT)
class LikelihoodOfTheBatch(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.e = nn.Linear(d_in, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x):
        h = torch.relu(self.e(x))
        return self.m(h), self.v(h)

    def decode(self, z):
        return self.o(torch.relu(self.d(z)))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x).mean()

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


@right("VAE")
class Sequentials(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.generator = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, d_in))

    def encode(self, x):
        return self.body(x).chunk(2, dim=1)

    def decode(self, z):
        return self.generator(z)

    def log_likelihood(self, z, x):
        return -nn.functional.binary_cross_entropy_with_logits(self.decode(z), x, reduction="none").sum(1)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(mu + (logvar / 2).exp() * eps), mu, logvar


@right("VAE")
class HeadsTheOtherWayRound(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "out": nn.Linear(hidden, d_in),
                "variance": nn.Linear(hidden, latent),
                "mean": nn.Linear(hidden, latent),
                "up": nn.Linear(latent, hidden),
                "down": nn.Linear(d_in, hidden),
            }
        )

    def encode(self, x):
        h = self.layers["down"](x).clamp(min=0)
        return [self.layers["mean"](h), self.layers["variance"](h)]

    def decode(self, z):
        return self.layers["out"](self.layers["up"](z).clamp(min=0))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return [self.decode(reparameterize(mu, logvar, eps)), mu, logvar]


# elbo


@wrong(
    "elbo",
    hint="The bound is the log-likelihood minus the divergence: with a plus the code is paid for being far away.",
    also=("train",),
)
def adds_the_divergence(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    return model.log_likelihood(reparameterize(mu, logvar, eps), x) + beta * kl_diagonal_gaussian(mu, logvar)


@wrong(
    "elbo",
    hint="One term averaged over pixels and the other summed over dimensions do not belong to one bound.",
    also=("train",),
)
def mean_reconstruction_with_summed_kl(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    return model.log_likelihood(z, x) / x.shape[1] - beta * kl_diagonal_gaussian(mu, logvar)


@wrong("elbo", hint="Beta weighs the divergence only, not the log-likelihood.")
def beta_on_both(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    return beta * (model.log_likelihood(z, x) - kl_diagonal_gaussian(mu, logvar))


@wrong("elbo", hint="Beta is an argument: what you return must depend on it.")
def ignores_beta(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    return model.log_likelihood(reparameterize(mu, logvar, eps), x) - kl_diagonal_gaussian(mu, logvar)


@wrong("elbo", hint=DETACHED, also=("train",))
def detached_from_the_encoder(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps).detach()
    return model.log_likelihood(z, x) - beta * kl_diagonal_gaussian(mu, logvar)


@wrong("elbo", hint="One bound for each example: the mean over the batch is taken later, in training.")
def mean_over_the_batch(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    return (model.log_likelihood(z, x) - beta * kl_diagonal_gaussian(mu, logvar)).mean()


@wrong(
    "elbo", hint="Decode the draw z, which uses eps: with the mean alone there is no bound.", also=("train",)
)
def without_noise(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    return model.log_likelihood(mu, x) - beta * kl_diagonal_gaussian(mu, logvar)


@wrong(
    "elbo",
    hint="Ask model.log_likelihood(z, x): whether pixels are Bernoulli or Gaussian is the model's affair.",
)
def always_bernoulli(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    logits = model.decode(reparameterize(mu, logvar, eps))
    return bernoulli_log_likelihood(logits, x) - beta * kl_diagonal_gaussian(mu, logvar)


@right("elbo")
def all_written_out(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    sigma = torch.exp(logvar / 2)
    reconstruction = model.log_likelihood(mu + sigma * eps, x)
    divergence = (sigma**2 + mu**2 - 1).sum(1) / 2 - logvar.sum(1) / 2
    return reconstruction - beta * divergence


# vae_from_pca


@wrong("vae_from_pca", hint="The noise is the mean of the eigenvalues that are left out, not of all.")
def noise_from_all_eigenvalues(X, latent):
    if latent >= X.shape[1]:
        raise ValueError("latent")
    mean = X.mean(0)
    C = (X - mean).T @ (X - mean) / (len(X) - 1)
    values, vectors = torch.linalg.eigh(C)
    values, vectors = values.flip(0), vectors.flip(1)
    s2 = values.mean()
    W = vectors[:, :latent] * torch.sqrt((values[:latent] - s2).clamp(min=1e-12))
    M = W.T @ W + s2 * torch.eye(latent, dtype=X.dtype)
    return W, mean, s2, torch.linalg.solve(M, W.T), torch.log(s2 * torch.diag(torch.linalg.inv(M)))


@wrong(
    "vae_from_pca",
    hint="A direction's variance is that of the code and of the noise together: take the noise off before the root.",
)
def noise_left_in_the_weights(X, latent):
    if latent >= X.shape[1]:
        raise ValueError("latent")
    mean = X.mean(0)
    C = (X - mean).T @ (X - mean) / (len(X) - 1)
    values, vectors = torch.linalg.eigh(C)
    values, vectors = values.flip(0), vectors.flip(1)
    s2 = values[latent:].mean()
    W = vectors[:, :latent] * torch.sqrt(values[:latent])
    M = W.T @ W + s2 * torch.eye(latent, dtype=X.dtype)
    return W, mean, s2, torch.linalg.solve(M, W.T), torch.log(s2 * torch.diag(torch.linalg.inv(M)))


@wrong(
    "vae_from_pca",
    hint="The covariance is divided by N - 1 here; the docstring says so, as scikit-learn does it.",
)
def divided_by_n(X, latent):
    if latent >= X.shape[1]:
        raise ValueError("latent")
    mean = X.mean(0)
    C = (X - mean).T @ (X - mean) / len(X)
    values, vectors = torch.linalg.eigh(C)
    values, vectors = values.flip(0), vectors.flip(1)
    s2 = values[latent:].mean()
    W = vectors[:, :latent] * torch.sqrt(values[:latent] - s2)
    M = W.T @ W + s2 * torch.eye(latent, dtype=X.dtype)
    return W, mean, s2, torch.linalg.solve(M, W.T), torch.log(s2 * torch.diag(torch.linalg.inv(M)))


@wrong(
    "vae_from_pca",
    hint="The transpose of W projects, but the posterior also shrinks towards the prior: M^-1 stands before it.",
)
def encoder_is_the_transpose(X, latent):
    if latent >= X.shape[1]:
        raise ValueError("latent")
    mean = X.mean(0)
    C = (X - mean).T @ (X - mean) / (len(X) - 1)
    values, vectors = torch.linalg.eigh(C)
    values, vectors = values.flip(0), vectors.flip(1)
    s2 = values[latent:].mean()
    W = vectors[:, :latent] * torch.sqrt(values[:latent] - s2)
    return W, mean, s2, W.T, torch.log(s2 / values[:latent])


@wrong(
    "vae_from_pca",
    hint="eigh sorts from the smallest eigenvalue up: the first columns are the *least* important.",
)
def smallest_components(X, latent):
    if latent >= X.shape[1]:
        raise ValueError("latent")
    mean = X.mean(0)
    C = (X - mean).T @ (X - mean) / (len(X) - 1)
    values, vectors = torch.linalg.eigh(C)
    s2 = values[latent:].mean()
    W = vectors[:, :latent] * torch.sqrt((values[:latent] - s2).abs())
    M = W.T @ W + s2 * torch.eye(latent, dtype=X.dtype)
    return W, mean, s2, torch.linalg.solve(M, W.T), torch.log(s2 * torch.diag(torch.linalg.inv(M)))


@right("vae_from_pca")
def by_singular_values(X, latent):
    N, D = X.shape
    if latent < 1 or latent >= D:
        raise ValueError("latent must be between 1 and D - 1")
    mean = X.mean(0)
    _, S, Vh = torch.linalg.svd(X - mean, full_matrices=False)
    values = torch.zeros(D, dtype=X.dtype)
    values[: len(S)] = S**2 / (N - 1)
    s2 = values[latent:].mean()
    W = Vh[:latent].T * torch.sqrt(values[:latent] - s2)
    M = W.T @ W + s2 * torch.eye(latent, dtype=X.dtype)
    inverse = torch.linalg.inv(M)
    return W, mean, s2, inverse @ W.T, torch.log(s2 * torch.diag(inverse))


@right("vae_from_pca")
def by_scikit_learn(X, latent):
    import numpy as np
    from sklearn.decomposition import PCA

    if not 0 < latent < X.shape[1]:
        raise ValueError("latent must be between 1 and D - 1")
    pca = PCA(latent, svd_solver="full").fit(X.numpy())
    s2 = pca.noise_variance_
    W = pca.components_.T * np.sqrt(pca.explained_variance_ - s2)
    V = W.T / pca.explained_variance_[:, None]
    logvar = np.log(s2 / pca.explained_variance_)
    return tuple(torch.as_tensor(part) for part in (W, pca.mean_, s2, V, logvar))


# train


@wrong("train", hint=STEP_HINT)
def gradients_pile_up(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, generator=g, dtype=X.dtype), beta)
            (-bound.mean()).backward()
            optimiser.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history


@wrong("train", hint=STEP_HINT)
def climbs_down(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, generator=g, dtype=X.dtype), beta)
            optimiser.zero_grad()
            bound.mean().backward()
            optimiser.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history


@wrong("train", hint=STEP_HINT)
def plain_gradient_steps(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, generator=g, dtype=X.dtype), beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history


@wrong("train", hint=COUNT_HINT)
def mean_of_batch_means(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        means = []
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, generator=g, dtype=X.dtype), beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            means.append(bound.mean().item())
        history.append(sum(means) / len(means))
    return history


@wrong("train", hint=COUNT_HINT)
def drops_the_last_batch(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    batch_size = min(batch_size, len(X))
    history = []
    for _ in range(epochs):
        total, n = 0.0, 0
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            if len(rows) < batch_size:
                continue
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, generator=g, dtype=X.dtype), beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            total, n = total + bound.sum().item(), n + len(rows)
        history.append(total / n)
    return history


@wrong("train", hint=NOISE_HINT)
def never_shuffles(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for batch in X.split(batch_size):
            bound = elbo(model, batch, torch.randn(len(batch), latent, generator=g, dtype=X.dtype), beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history


@wrong("train", hint=NOISE_HINT)
def forgets_the_seed(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X)).split(batch_size):
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, dtype=X.dtype), beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history


@wrong("train", hint=NOISE_HINT)
def the_same_noise_every_epoch(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    noise = torch.randn(len(X), latent, generator=g, dtype=X.dtype)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            bound = elbo(model, X[rows], noise[rows], beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history


@right("train")
def with_a_data_loader(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    from torch.utils.data import DataLoader, TensorDataset

    if ((X < 0) | (X > 1)).any():
        raise ValueError("X should be between 0 and 1")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    torch.manual_seed(seed)
    loader = DataLoader(TensorDataset(X), batch_size=batch_size, shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        seen = []
        for (x,) in loader:
            x = x.to(device)
            latent = model.encode(x)[0].shape[-1]
            loss = -elbo(model, x, torch.randn(len(x), latent).to(x), beta)
            optimiser.zero_grad(set_to_none=True)
            loss.mean().backward()
            optimiser.step()
            seen.append(-loss.detach())
        history.append(float(torch.cat(seen).mean()))
    model.to("cpu")
    return history


# iwae_bound


@wrong("iwae_bound", hint="The bound is the logarithm of the mean weight, not the mean of the log weights.")
def mean_of_the_logarithms(model, x, eps):
    if eps.ndim != 3:
        raise ValueError("eps")
    mu, logvar = model.encode(x)
    log_w = []
    for e in eps:
        z = reparameterize(mu, logvar, e)
        prior = gaussian_log_likelihood(z, torch.zeros_like(z), torch.zeros_like(z))
        log_w.append(model.log_likelihood(z, x) + prior - gaussian_log_likelihood(z, mu, logvar))
    return torch.stack(log_w).mean(0)


@wrong("iwae_bound", hint="The mean of K weights is their sum divided by K: log K is missing.")
def sum_of_the_weights(model, x, eps):
    if eps.ndim != 3:
        raise ValueError("eps")
    mu, logvar = model.encode(x)
    log_w = []
    for e in eps:
        z = reparameterize(mu, logvar, e)
        prior = gaussian_log_likelihood(z, torch.zeros_like(z), torch.zeros_like(z))
        log_w.append(model.log_likelihood(z, x) + prior - gaussian_log_likelihood(z, mu, logvar))
    return torch.logsumexp(torch.stack(log_w), 0)


@wrong("iwae_bound", hint="The weights underflow: use torch.logsumexp on their logarithms.")
def by_the_weights_themselves(model, x, eps):
    if eps.ndim != 3:
        raise ValueError("eps")
    mu, logvar = model.encode(x)
    total = 0.0
    for e in eps:
        z = reparameterize(mu, logvar, e)
        prior = gaussian_log_likelihood(z, torch.zeros_like(z), torch.zeros_like(z))
        total = total + torch.exp(model.log_likelihood(z, x) + prior - gaussian_log_likelihood(z, mu, logvar))
    return torch.log(total / len(eps))


@wrong("iwae_bound", hint="A draw from q is weighed by p(z) / q(z | x): both densities belong to the weight.")
def without_the_prior_ratio(model, x, eps):
    if eps.ndim != 3:
        raise ValueError("eps")
    mu, logvar = model.encode(x)
    log_w = [model.log_likelihood(reparameterize(mu, logvar, e), x) for e in eps]
    return torch.logsumexp(torch.stack(log_w), 0) - math.log(len(eps))


@wrong(
    "iwae_bound",
    hint="The closed-form divergence is out of place: each draw has its own log ratio p(z) / q(z | x).",
)
def with_the_closed_divergence(model, x, eps):
    if eps.ndim != 3:
        raise ValueError("eps")
    mu, logvar = model.encode(x)
    kl = kl_diagonal_gaussian(mu, logvar)
    log_w = [model.log_likelihood(reparameterize(mu, logvar, e), x) - kl for e in eps]
    return torch.logsumexp(torch.stack(log_w), 0) - math.log(len(eps))


@right("iwae_bound")
def all_draws_at_once(model, x, eps):
    if eps.dim() != 3:
        raise ValueError("eps must be (K, N, L)")
    K, N, L = eps.shape
    mu, logvar = model.encode(x)
    z = mu + torch.exp(0.5 * logvar) * eps
    log_x = model.log_likelihood(z.reshape(K * N, L), x.repeat(K, 1)).reshape(K, N)
    # log p(z) - log q(z | x): the constants cancel, and (z - mu)^2 / sigma^2 is eps^2.
    log_ratio = 0.5 * (eps**2 + logvar - z**2).sum(-1)
    return torch.logsumexp(log_x + log_ratio - math.log(K), dim=0)


# interpolate


@wrong("interpolate", hint="The last point is z1 itself: steps points have steps - 1 gaps.")
def without_the_last_point(z0, z1, steps):
    if steps < 2:
        raise ValueError("steps")
    return torch.stack([z0 + (z1 - z0) * i / steps for i in range(steps)])


@wrong("interpolate", hint="The way goes from z0 to z1, not back.")
def backwards(z0, z1, steps):
    if steps < 2:
        raise ValueError("steps")
    t = torch.linspace(0, 1, steps, dtype=z0.dtype)[:, None]
    return t * z0 + (1 - t) * z1


@right("interpolate")
def point_by_point(z0, z1, steps):
    if steps < 2:
        raise ValueError("steps must be at least 2")
    return torch.stack([torch.lerp(z0, z1, i / (steps - 1)) for i in range(steps)])


# CVAE


@wrong("CVAE", hint=CLASS_HINT)
class DecoderWithoutTheClass(nn.Module):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__()
        self.e = nn.Linear(d_in + n_classes, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x, y):
        h = torch.relu(self.e(torch.cat([x, y], 1)))
        return self.m(h), self.v(h)

    def decode(self, z, y):
        return self.o(torch.relu(self.d(z)))

    def log_likelihood(self, z, x, y):
        return bernoulli_log_likelihood(self.decode(z, y), x)


@wrong("CVAE", hint=ORDER_HINT)
class ClassFirst(nn.Module):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__()
        self.e = nn.Linear(d_in + n_classes, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent + n_classes, hidden), nn.Linear(hidden, d_in)

    def encode(self, x, y):
        h = torch.relu(self.e(torch.cat([y, x], 1)))
        return self.m(h), self.v(h)

    def decode(self, z, y):
        return self.o(torch.relu(self.d(torch.cat([y, z], 1))))

    def log_likelihood(self, z, x, y):
        return bernoulli_log_likelihood(self.decode(z, y), x)


@right("CVAE")
class ConditionalSequentials(nn.Module):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Linear(d_in + n_classes, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent)
        )
        self.outer = nn.Sequential(nn.Linear(latent + n_classes, hidden), nn.ReLU(), nn.Linear(hidden, d_in))

    def encode(self, x, y):
        both = self.inner(torch.hstack([x, y]))
        half = both.shape[1] // 2
        return both[:, :half], both[:, half:]

    def decode(self, z, y):
        return self.outer(torch.hstack([z, y]))

    def log_likelihood(self, z, x, y):
        logits = self.decode(z, y)
        return (x * logits - torch.logaddexp(logits, torch.zeros_like(logits))).sum(1)
