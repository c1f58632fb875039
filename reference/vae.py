"""Week 7, variational autoencoders in PyTorch: likelihoods, KL, the ELBO, training, tighter bounds, conditions."""

import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sympy as sp
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn


def parameter_count(layers: Sequence[tuple[int, int]]) -> int:
    """Number of parameters of fully connected layers: a weight for each input and output, a bias an output.

    Args:
        layers: sequence of (d_in, d_out), whole numbers >= 1; may be empty.

    Returns:
        The number of all weights and biases, an int.

    Raises:
        ValueError: a number in `layers` is below 1.
    """
    if any(size < 1 for layer in layers for size in layer):
        raise ValueError(f"layers holds a size below 1: {list(layers)}")
    return sum((d_in + 1) * d_out for d_in, d_out in layers)


def bernoulli_log_likelihood(logits: Tensor, x: Tensor) -> Tensor:
    """Log-probability of black and white pixels: log p(x) = sum_d [x_d log p_d + (1 - x_d) log(1 - p_d)].

    The network gives *logits*, l = log p / (1 - p), so p = 1 / (1 + exp(-l)). Work with the logits themselves:
    they may be as large as 1000 in size, where p is 0 or 1 in floating point and log(1 - p) is not finite.

    Args:
        logits: (N, D) tensor.
        x: (N, D) tensor with values between 0 and 1 (grey values are allowed; the formula stays the same).

    Returns:
        (N,) tensor in nats: the *sum* over pixels, differentiable in the logits. N may be 0.

    Raises:
        ValueError: `logits` and `x` differ in shape.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes (2014), appendix C.1.
    """
    if logits.shape != x.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and x {tuple(x.shape)} should have the same shape")
    return (x * logits - nn.functional.softplus(logits)).sum(dim=-1)


def gaussian_log_likelihood(x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Log density of independent normal distributions: sum_d log N(x_d | mu_d, exp(logvar_d)).

    Args:
        x: (N, D) tensor.
        mu: (N, D) tensor of means.
        logvar: (N, D) tensor of logarithms of *variances*; values of -20 or 20 are ordinary.

    Returns:
        (N,) tensor in nats, every constant included, summed over D; differentiable in all three.

    Raises:
        ValueError: the three differ in shape.

    Source: Kingma and Welling (2014), appendix C.2.
    """
    if not x.shape == mu.shape == logvar.shape:
        shapes = ", ".join(str(tuple(part.shape)) for part in (x, mu, logvar))
        raise ValueError(f"x, mu and logvar should have the same shape, not {shapes}")
    return -0.5 * (math.log(2 * math.pi) + logvar + (x - mu) ** 2 * torch.exp(-logvar)).sum(dim=-1)


def kl_diagonal_gaussian(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence from N(mu, diag(exp(logvar))) to the standard normal, in closed form.

    KL = 1/2 sum_l [exp(logvar_l) + mu_l^2 - 1 - logvar_l].

    Args:
        mu: (N, L) tensor of means.
        logvar: (N, L) tensor of logarithms of *variances*; values of -20 or 20 are ordinary.

    Returns:
        (N,) tensor in nats, one for each row, never negative; differentiable in both.

    Raises:
        ValueError: `mu` and `logvar` differ in shape.

    Source: Kingma and Welling (2014), appendix B.
    """
    if mu.shape != logvar.shape:
        raise ValueError(f"mu {tuple(mu.shape)} and logvar {tuple(logvar.shape)} should have the same shape")
    return 0.5 * (torch.exp(logvar) + mu**2 - 1 - logvar).sum(dim=-1)


def kl_gaussians(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL divergence KL(q || p) between two normal distributions with diagonal covariances.

    Each dimension adds 1/2 [logvar_p - logvar_q + (v_q + (mu_q - mu_p)^2) / v_p - 1], v = exp(logvar).
    Both variances may be too large for a floating-point number (logvar = 800) although their *ratio* is not: take
    the exponential of a difference of logarithms.

    Args:
        mu_q, logvar_q: (N, L) tensors, mean and log variance of q.
        mu_p, logvar_p: (N, L) tensors, mean and log variance of p.

    Returns:
        (N,) tensor in nats, one for each row; differentiable in all four.

    Raises:
        ValueError: the four differ in shape (hidden tests do not check this).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 1.6.1 with equation 2.43.
    """
    if not mu_q.shape == logvar_q.shape == mu_p.shape == logvar_p.shape:  # not graded
        shapes = ", ".join(str(tuple(part.shape)) for part in (mu_q, logvar_q, mu_p, logvar_p))
        raise ValueError(f"mu_q, logvar_q, mu_p and logvar_p should have the same shape, not {shapes}")
    distance = (mu_q - mu_p) ** 2 * torch.exp(-logvar_p)
    return 0.5 * (logvar_p - logvar_q + torch.exp(logvar_q - logvar_p) + distance - 1).sum(dim=-1)


def reparameterize(mu: Tensor, logvar: Tensor, eps: Tensor) -> Tensor:
    """A draw from N(mu, diag(exp(logvar))), written as a smooth function of mu and logvar.

    z = mu + sigma * eps, with sigma the standard deviation and eps a draw from N(0, I). All randomness is in
    `eps`, so gradients of z with respect to mu and logvar exist.

    Args:
        mu: (N, L) tensor of means.
        logvar: (N, L) tensor of logarithms of *variances*.
        eps: (N, L) tensor, standard normal noise.

    Returns:
        (N, L) tensor, differentiable in mu and logvar.

    Raises:
        ValueError: the three differ in shape (hidden tests do not check this).

    Source: Kingma and Welling (2014), section 2.4.
    """
    if not mu.shape == logvar.shape == eps.shape:  # not graded
        shapes = ", ".join(str(tuple(part.shape)) for part in (mu, logvar, eps))
        raise ValueError(f"mu, logvar and eps should have the same shape, not {shapes}")
    return mu + torch.exp(0.5 * logvar) * eps


class VAE(nn.Module):
    """A variational autoencoder for black and white pictures with one hidden ReLU layer on each side.

    encoder: d_in -> hidden -> ReLU -> mu (latent) and logvar (latent);
    decoder: latent -> hidden -> ReLU -> logits (d_in).
    Use `nn.Linear` layers with biases: two separate ones for mu and logvar, or one of 2 * latent outputs that is
    cut in two (mu first). No other layers. No sigmoid: the decoder gives logits.

    Source: Kingma and Welling (2014), appendix C.
    """

    def __init__(self, d_in: int, hidden: int, latent: int) -> None:
        """Make the layers, in PyTorch's own random initialisation; all sizes are >= 1."""
        super().__init__()
        self.encoder = nn.Linear(d_in, hidden)
        self.to_mu = nn.Linear(hidden, latent)
        self.to_logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Linear(latent, hidden)
        self.to_logits = nn.Linear(hidden, d_in)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x): (N, d_in) -> two tensors (N, latent)."""
        h = torch.relu(self.encoder(x))
        return self.to_mu(h), self.to_logvar(h)

    def decode(self, z: Tensor) -> Tensor:
        """Logits of p(x | z): (N, latent) -> (N, d_in)."""
        return self.to_logits(torch.relu(self.decoder(z)))

    def log_likelihood(self, z: Tensor, x: Tensor) -> Tensor:
        """log p(x | z) in nats, one for each row: (N, latent), (N, d_in) -> (N,)."""
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw z with the noise eps (N, latent), decode: returns (logits, mu, logvar)."""
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


def elbo(model: Any, x: Tensor, eps: Tensor, beta: float = 1.0) -> Tensor:
    """The evidence lower bound of each example, with one draw of z each.

    ELBO = log p(x | z) - beta KL(q(z | x) || N(0, I)), with z drawn from q(z | x) by the noise `eps`, and the KL
    divergence in closed form. Both terms are sums: over pixels, and over latent dimensions.

    Args:
        model: has `encode(x)`, which gives (mu, logvar), and `log_likelihood(z, x)`, which gives (N,). Use these two
            and nothing else of it: not every model has Bernoulli pixels.
        x: (N, D) tensor.
        eps: (N, L) tensor, standard normal noise.
        beta: number >= 0; 1 gives the bound, other values the objective of a beta-VAE.

    Returns:
        (N,) tensor in nats, differentiable in the model's parameters. With beta = 1 its mean over eps never
        exceeds log p(x).

    Raises:
        ValueError: beta is negative (hidden tests do not check this).

    Source: Kingma and Welling (2014), equation 10; Higgins et al., beta-VAE (2017).
    """
    if not beta >= 0:  # not graded
        raise ValueError(f"beta should be >= 0, but is {beta}")
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    return model.log_likelihood(z, x) - beta * kl_diagonal_gaussian(mu, logvar)


def vae_from_pca(X: Tensor, latent: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The best linear VAE with Gaussian pixels, without any training: principal components do it.

    The model is z ~ N(0, I), x | z ~ N(W z + mean, sigma_sq I), and q(z | x) = N(V (x - mean), diag(exp(logvar))).
    With S the covariance matrix of X, divided by N - 1 (as scikit-learn's PCA does), its eigenvalues
    lambda_1 >= lambda_2 >= ... and the orthonormal eigenvectors u_1, u_2, ... belonging to them:
    sigma_sq is the mean of the eigenvalues that are *left out*; column l of W is u_l sqrt(lambda_l - sigma_sq);
    and q is the exact posterior, which is N(M^-1 W^T (x - mean), sigma_sq M^-1) with M = W^T W + sigma_sq I. For these
    W the matrix M is diagonal, so a diagonal q can be exact, and the ELBO equals log p(x).

    Args:
        X: (N, D) tensor, N >= 2, not all variance in the first `latent` components.
        latent: whole number, 1 <= latent < D.

    Returns:
        (W, mean, sigma_sq, V, logvar) with shapes (D, L), (D,), (), (L, D) and (L,). The signs of the columns
        of W are free. X is left unchanged.

    Raises:
        ValueError: `latent` is not between 1 and D - 1.
        ValueError: `X` is not (N, D) with N >= 2, or no variance is left out (hidden tests do not check this).

    Source: Tipping and Bishop, Probabilistic principal component analysis (1999), equations 6 to 8.
    """
    if X.dim() != 2 or len(X) < 2:  # not graded
        raise ValueError(f"X should have shape (N, D) with N >= 2, not {tuple(X.shape)}")
    N, D = X.shape
    if not 1 <= latent < D:
        raise ValueError(f"latent should lie between 1 and D - 1 = {D - 1}, not {latent}")
    mean = X.mean(dim=0)
    centred = X - mean
    eigenvalues, vectors = torch.linalg.eigh(centred.T @ centred / (N - 1))  # ascending
    kept = eigenvalues.flip(0)[:latent]
    sigma_sq = eigenvalues[: D - latent].mean()
    if not sigma_sq > 0:  # not graded
        raise ValueError(f"X should vary outside its first {latent} components too")
    W = vectors.flip(1)[:, :latent] * torch.sqrt(kept - sigma_sq)
    return W, mean, sigma_sq, W.T / kept[:, None], torch.log(sigma_sq / kept)


class LinearVAE(nn.Module):
    """A VAE with linear maps and Gaussian pixels, made from the numbers of `vae_from_pca`."""

    def __init__(self, W: Tensor, mean: Tensor, sigma_sq: Tensor, V: Tensor, logvar: Tensor) -> None:
        """Keep the five tensors as parameters."""
        super().__init__()
        self.W, self.mean, self.V = nn.Parameter(W), nn.Parameter(mean), nn.Parameter(V)
        self.logvar, self.log_sigma_sq = nn.Parameter(logvar), nn.Parameter(torch.log(sigma_sq))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x): (N, D) -> two tensors (N, L)."""
        mu = (x - self.mean) @ self.V.T
        return mu, self.logvar.expand_as(mu)

    def decode(self, z: Tensor) -> Tensor:
        """Mean of p(x | z): (N, L) -> (N, D)."""
        return z @ self.W.T + self.mean

    def log_likelihood(self, z: Tensor, x: Tensor) -> Tensor:
        """log p(x | z) in nats, one for each row."""
        return gaussian_log_likelihood(x, self.decode(z), self.log_sigma_sq.expand_as(x))


def train(
    model: Any,
    X: Tensor,
    epochs: int = 60,
    batch_size: int = 64,
    lr: float = 2e-3,
    seed: int = 0,
    beta: float = 1.0,
) -> list[float]:
    """Train a VAE in place: Adam climbs the mean ELBO of small batches.

    One epoch goes once through all rows of X in a fresh random order, in batches of `batch_size` rows (the last
    one may be smaller); each batch is one step of Adam up the *mean* of `elbo` over the batch, with fresh noise.
    Training runs on the GPU where there is one (`torch.cuda.is_available()`) and leaves the model on the CPU. All
    randomness, the order and the noise, comes from `seed`: the same model, data and seed give the same result.

    Args:
        model: as for `elbo`; its parameters are changed in place.
        X: (N, D) tensor with values between 0 and 1, N >= 1.
        epochs, batch_size: whole numbers >= 1.
        lr: Adam's learning rate.
        seed: whole number.
        beta: handed to `elbo`.

    Returns:
        A list of `epochs` floats: for each epoch the mean over all N rows of the ELBO (with this beta), each as it
        was in the step that used the row.

    Raises:
        ValueError: a value in `X` is below 0 or above 1.
        ValueError: `X` has no rows, or `epochs` or `batch_size` is below 1 (hidden tests do not check this).

    Source: Kingma and Welling (2014), algorithm 1; Kingma and Ba, Adam (2015).
    """
    if len(X) == 0:  # not graded
        raise ValueError("X should have at least one row")
    if epochs < 1 or batch_size < 1:  # not graded
        raise ValueError(f"epochs and batch_size should be at least 1, not {epochs} and {batch_size}")
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X should hold values between 0 and 1")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    X = X.to(device)
    # Drawn on the CPU: a GPU's generator would give other numbers.
    generator = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[1]
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = torch.zeros((), device=device)
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            eps = torch.randn(len(rows), latent, generator=generator, dtype=X.dtype)
            bound = elbo(model, X[rows.to(device)], eps.to(device), beta)
            optimiser.zero_grad()
            (-bound.mean()).backward()
            optimiser.step()
            total = total + bound.detach().sum()
        history.append(total.item() / len(X))
    model.to("cpu")
    return history


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Scikit-learn's 1,797 digits of 8 by 8 pixels, black (1) or white (0): every fifth is held out.

    Returns:
        (X_train, X_test, y_train, y_test): pictures (N, 64) as 0.0 and 1.0, and labels (N,) from 0 to 9.
    """
    data = load_digits()
    X = torch.tensor(data.data / 16 > 0.5, dtype=torch.float32)
    y = torch.tensor(data.target)
    held_out = torch.arange(len(X)) % 5 == 0
    return X[~held_out], X[held_out], y[~held_out], y[held_out]


@functools.cache
def trained_digits() -> VAE:
    """Your VAE of the digits: from the file `vae_digits.pt` if you hand one in, otherwise trained here.

    A file holds plain tensors only (`weights_only=True`), so loading it runs no code.
    """
    torch.manual_seed(0)
    model = VAE(64, 128, 2)
    checkpoint = Path("vae_digits.pt")
    if checkpoint.exists():
        model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
        print(f"loaded from {checkpoint}")
        return model
    for epoch in range(0, 40, 10):
        history = train(model, digits()[0], epochs=10, seed=epoch)
        print(f"epoch {epoch + 10:2d} of 40: mean ELBO {history[-1]:.2f} nats")
    return model


def iwae_bound(model: Any, x: Tensor, eps: Tensor) -> Tensor:
    """The importance-weighted bound: log of the mean of K weights, at least as tight as the ELBO.

    With z_k drawn from q(z | x) by the noise eps[k], log w_k = log p(x | z_k) + log p(z_k) - log q(z_k | x), and the
    bound is log (1/K sum_k w_k). The weights themselves underflow: stay in logarithms.

    Args:
        model: as for `elbo`.
        x: (N, D) tensor.
        eps: (K, N, L) tensor, standard normal noise, K >= 1.

    Returns:
        (N,) tensor in nats, differentiable in the model's parameters. Its mean over eps does not fall as K grows,
        and never exceeds log p(x). With K = 1 its mean is that of the ELBO.

    Raises:
        ValueError: `eps` does not have three dimensions.
        ValueError: `eps` holds no draw, K = 0 (hidden tests do not check this).

    Source: Burda, Grosse and Salakhutdinov, Importance weighted autoencoders (2016), equation 8.
    """
    if eps.dim() != 3:
        raise ValueError(f"eps should have shape (K, N, L), not {tuple(eps.shape)}")
    if len(eps) == 0:  # not graded
        raise ValueError("eps should hold at least one draw for each row")
    mu, logvar = model.encode(x)
    log_w = []
    for noise in eps:
        z = reparameterize(mu, logvar, noise)
        log_prior = gaussian_log_likelihood(z, torch.zeros_like(z), torch.zeros_like(z))
        log_q = gaussian_log_likelihood(z, mu, logvar)
        log_w.append(model.log_likelihood(z, x) + log_prior - log_q)
    return torch.logsumexp(torch.stack(log_w), dim=0) - math.log(len(eps))


def interpolate(z0: Tensor, z1: Tensor, steps: int) -> Tensor:
    """Points on the straight line from z0 to z1, evenly spaced, both ends included.

    Args:
        z0, z1: (L,) tensors.
        steps: number of points, >= 2.

    Returns:
        (steps, L) tensor: the first row is z0, the last z1.

    Raises:
        ValueError: `steps` is below 2.
        ValueError: `z0` and `z1` are not (L,) both (hidden tests do not check this).
    """
    if steps < 2:
        raise ValueError(f"steps should be at least 2, not {steps}")
    if z0.dim() != 1 or z0.shape != z1.shape:  # not graded
        raise ValueError(
            f"z0 and z1 should have the same shape (L,), not {tuple(z0.shape)} and {tuple(z1.shape)}"
        )
    t = torch.linspace(0, 1, steps, dtype=z0.dtype)[:, None]
    return (1 - t) * z0 + t * z1


class CVAE(nn.Module):
    """A conditional VAE: encoder and decoder are told the class y as well.

    As `VAE`, with one ReLU layer of `nn.Linear` on each side, but both sides get y, one-hot, behind their own input:
    the encoder sees the columns of x and then those of y, the decoder those of z and then those of y. So z need not
    say which class it is, and one can ask for any class.

    Source: Sohn, Lee and Yan, Structured output representation with deep conditional generative models (2015).
    """

    def __init__(self, d_in: int, hidden: int, latent: int, n_classes: int) -> None:
        """Make the layers, in PyTorch's own random initialisation; all sizes are >= 1."""
        super().__init__()
        self.encoder = nn.Linear(d_in + n_classes, hidden)
        self.to_mu = nn.Linear(hidden, latent)
        self.to_logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Linear(latent + n_classes, hidden)
        self.to_logits = nn.Linear(hidden, d_in)

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x, y): (N, d_in), one-hot (N, n_classes) -> two tensors (N, latent)."""
        h = torch.relu(self.encoder(torch.cat([x, y], dim=1)))
        return self.to_mu(h), self.to_logvar(h)

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Logits of p(x | z, y): (N, latent), one-hot (N, n_classes) -> (N, d_in)."""
        return self.to_logits(torch.relu(self.decoder(torch.cat([z, y], dim=1))))

    def log_likelihood(self, z: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """log p(x | z, y) in nats, one for each row: (N,)."""
        return bernoulli_log_likelihood(self.decode(z, y), x)


def derive_kl() -> dict[str, sp.Expr]:
    """The closed-form KL divergence in one dimension, in five steps, each a SymPy expression.

    q = N(mu, v) and p = N(0, 1). Symbols (by these names): `z`; `mu`; `v`, the variance.

    Returns:
        A dictionary with these entries:
        "log_ratio": log q(z) - log p(z), in z, mu and v;
        "E_log_q": the expectation of log q(z) for z ~ q, every constant kept;
        "E_log_p": the expectation of log p(z) for z ~ q, every constant kept;
        "kl": KL(q || p) in mu and v;
        "slope_logvar": the derivative of the KL divergence with respect to log v (not v), written in v.

    Source: Kingma and Welling (2014), appendix B.
    """
    z, mu = sp.symbols("z mu", real=True)
    v = sp.Symbol("v", positive=True)
    return {
        "log_ratio": z**2 / 2 - (z - mu) ** 2 / (2 * v) - sp.log(v) / 2,
        "E_log_q": -(sp.log(2 * sp.pi * v) + 1) / 2,
        "E_log_p": -(sp.log(2 * sp.pi) + mu**2 + v) / 2,
        "kl": (v + mu**2 - 1 - sp.log(v)) / 2,
        "slope_logvar": (v - 1) / 2,
    }
