"""Week 4, Gaussian mixtures: densities, EM, sampling, the choice of K, anomalies."""

from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special


class GMMParams(NamedTuple):
    """A mixture of K normal distributions in D dimensions."""

    weights: np.ndarray
    """(K,), not negative, sum to 1."""
    means: np.ndarray
    """(K, D)."""
    covs: np.ndarray
    """(K, D, D), symmetric and positive definite."""


def log_gaussians(X: ArrayLike, means: ArrayLike, covs: ArrayLike) -> np.ndarray:
    """Log density of every point under each of K normal distributions.

    log N(x | mu, Sigma) = -1/2 [D log(2 pi) + log |Sigma| + (x - mu)^T Sigma^-1 (x - mu)].
    Stay in log space: a point 200 standard deviations away has a finite log density, and |Sigma| itself may
    underflow (D = 60, variances of 1e-8) although its logarithm is an ordinary number.

    Args:
        X: (N, D) array-like, one point a row; N may be 0.
        means: (K, D) array-like.
        covs: (K, D, D) array-like, each symmetric and positive definite.

    Returns:
        (N, K) array of natural logarithms. The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 2.43.
    """
    X, means, covs = (np.asarray(value, dtype=float) for value in (X, means, covs))
    if X.ndim != 2 or means.shape[1:] != X.shape[1:] or covs.shape != means.shape + X.shape[1:]:  # not graded
        raise ValueError(
            "X, means and covs should have shapes (N, D), (K, D) and (K, D, D), "
            f"not {X.shape}, {means.shape} and {covs.shape}"
        )
    if not np.allclose(covs, covs.swapaxes(1, 2)):  # not graded
        raise ValueError("covs should be symmetric")
    try:
        L = np.linalg.cholesky(covs)  # Sigma = L L^T
    except np.linalg.LinAlgError:
        raise ValueError("covs should be positive definite") from None
    log_det = 2 * np.log(np.diagonal(L, axis1=1, axis2=2)).sum(axis=1)
    centred = X - means[:, None, :]  # (K, N, D)
    whitened = np.linalg.solve(L, centred.swapaxes(1, 2))  # (K, D, N)
    mahalanobis = (whitened**2).sum(axis=1)
    return -0.5 * (X.shape[1] * np.log(2 * np.pi) + log_det[:, None] + mahalanobis).T


def e_step(X: ArrayLike, params: GMMParams) -> tuple[np.ndarray, float]:
    """The E-step: how much each component answers for each point, and the log-likelihood.

    r_nk = w_k N(x_n | mu_k, Sigma_k) / p(x_n), with p(x_n) = sum_j w_j N(x_n | mu_j, Sigma_j).
    Stay in log space, so that points far from every component get responsibilities too.

    Args:
        X: (N, D) array-like, N >= 1.
        params: weights (K,), means (K, D), covs (K, D, D). A component of weight 0 answers for nothing.

    Returns:
        (responsibilities, log_likelihood): an (N, K) array whose rows sum to 1, and the float
        sum_n log p(x_n) (natural logarithm; the sum over points, not their mean). Never NaN.
        The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), equations 9.23 and 9.28.
    """
    weights, means, covs = (np.asarray(part, dtype=float) for part in params)
    if weights.shape != means.shape[:1] or weights.min() < 0 or abs(weights.sum() - 1) > 1e-6:  # not graded
        raise ValueError("params.weights should hold K probabilities: not negative, with sum 1")
    with np.errstate(divide="ignore"):
        log_joint = np.log(weights) + log_gaussians(X, means, covs)
    log_p = special.logsumexp(log_joint, axis=1)
    return np.exp(log_joint - log_p[:, None]), float(log_p.sum())


def m_step(X: ArrayLike, responsibilities: ArrayLike, reg: float = 0.0) -> GMMParams:
    """The M-step: the parameters that are best for given responsibilities.

    With N_k = sum_n r_nk: w_k = N_k / N, mu_k is the mean of the points weighted with r_nk, and Sigma_k the
    covariance about that new mean, weighted likewise (divided by N_k, the maximum-likelihood estimate).
    Subtract the mean before squaring: the data may lie around 1e7 with a spread of 1.

    Args:
        X: (N, D) array-like, N >= 1.
        responsibilities: (N, K) array-like, rows sum to 1.
        reg: number >= 0, added to the diagonal of every covariance.

    Returns:
        GMMParams. A component with N_k = 0 gets weight 0 and the mean and covariance of all of X (each point
        counted once), with `reg` added too. The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), equations 9.24 to 9.26.
    """
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    if X.ndim != 2 or len(X) == 0:  # not graded
        raise ValueError(f"X should have shape (N, D) with N >= 1, but has shape {X.shape}")
    if r.ndim != 2 or len(r) != len(X) or r.shape[1] == 0:  # not graded
        raise ValueError(f"responsibilities should have shape (N, K) with N = {len(X)}, not {r.shape}")
    if not (r >= 0).all() or not np.allclose(r.sum(axis=1), 1):  # not graded
        raise ValueError("responsibilities should not be negative, and every row should sum to 1")
    if not reg >= 0:  # not graded
        raise ValueError(f"reg should be >= 0, but is {reg}")
    N_k = r.sum(axis=0)
    share = np.where(N_k > 0, r, 1.0)
    share = share / share.sum(axis=0)  # (N, K), columns sum to 1
    means = share.T @ X
    centred = X - means[:, None, :]  # (K, N, D)
    covs = np.einsum("nk,kni,knj->kij", share, centred, centred) + reg * np.eye(X.shape[1])
    return GMMParams(N_k / X.shape[0], means, covs)


def fit(
    X: ArrayLike, params: GMMParams, max_iter: int = 200, tol: float = 1e-8, reg: float = 1e-6
) -> tuple[GMMParams, np.ndarray]:
    """Fit a mixture by EM, starting from given parameters.

    One iteration is an E-step, whose log-likelihood goes into the history, and then an M-step (with `reg`).
    Stop after the iteration whose log-likelihood differs from the one before by less than `tol` (absolute),
    or after `max_iter` iterations.

    Args:
        X: (N, D) array-like.
        params: where to start.
        max_iter: the largest number of iterations, >= 1.
        tol: number >= 0.
        reg: number >= 0, handed to every M-step.

    Returns:
        (params, history): the parameters after the last M-step, and an array with one log-likelihood an
        iteration, so history[i] belongs to the parameters *before* update i. The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 9.2.2; Dempster, Laird and Rubin (1977).
    """
    if max_iter < 1 or not (tol >= 0 and reg >= 0):  # not graded
        raise ValueError(f"max_iter >= 1, tol >= 0 and reg >= 0 are needed, not {max_iter}, {tol} and {reg}")
    history: list[float] = []
    for _ in range(max_iter):
        responsibilities, log_likelihood = e_step(X, params)
        history.append(log_likelihood)
        params = m_step(X, responsibilities, reg)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)


def kmeans_plus_plus(rng: np.random.Generator, X: ArrayLike, K: int) -> np.ndarray:
    """Choose K starting means among the points, far apart but at random: k-means++.

    The first is drawn uniformly. Each further one is drawn with probability proportional to the *squared*
    Euclidean distance to the nearest of those chosen already.

    Args:
        rng: the generator to draw with.
        X: (N, D) array-like.
        K: number of points to choose, 1 <= K.

    Returns:
        (K, D) array of rows of X, in the order in which they were drawn. Where every distance is 0 (fewer
        than K different points), the next one is drawn uniformly. X is left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Arthur and Vassilvitskii, k-means++: the advantages of careful seeding (2007).
    """
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or len(X) == 0:  # not graded
        raise ValueError(f"X should have shape (N, D) with N >= 1, but has shape {X.shape}")
    if K < 1:  # not graded
        raise ValueError(f"K should be >= 1, but is {K}")
    chosen = [int(rng.integers(len(X)))]
    nearest = ((X - X[chosen[0]]) ** 2).sum(axis=1)
    for _ in range(K - 1):
        total = nearest.sum()
        chosen.append(int(rng.choice(len(X), p=nearest / total if total > 0 else None)))
        nearest = np.minimum(nearest, ((X - X[chosen[-1]]) ** 2).sum(axis=1))
    return X[chosen]


def fit_restarts(
    rng: np.random.Generator, X: ArrayLike, K: int, n_restarts: int, reg: float = 1e-6
) -> tuple[GMMParams, float]:
    """Fit a mixture from several random starts and keep the best.

    Each start has equal weights, means drawn by `kmeans_plus_plus`, and for every component the covariance of
    all of X (divided by N) with `reg` on its diagonal. Each is fitted by `fit` with this `reg`.

    Args:
        rng: the generator to draw with; every start draws anew.
        X: (N, D) array-like.
        K: number of components, >= 1.
        n_restarts: number of starts, >= 1.
        reg: number >= 0.

    Returns:
        (params, log_likelihood): the fitted parameters with the highest log-likelihood, and the
        log-likelihood (a float, summed over points) of exactly these parameters. X is left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 9.2.2, on local maxima and starting values.
    """
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or len(X) == 0:  # not graded
        raise ValueError(f"X should have shape (N, D) with N >= 1, but has shape {X.shape}")
    if K < 1 or n_restarts < 1 or not reg >= 0:  # not graded
        raise ValueError(f"K >= 1, n_restarts >= 1 and reg >= 0 are needed, not {K}, {n_restarts} and {reg}")
    N, D = X.shape
    centred = X - X.mean(axis=0)
    cov = centred.T @ centred / N + reg * np.eye(D)
    fits = []
    for _ in range(n_restarts):
        start = GMMParams(np.full(K, 1 / K), kmeans_plus_plus(rng, X, K), np.tile(cov, (K, 1, 1)))
        params, _ = fit(X, start, reg=reg)
        fits.append((params, e_step(X, params)[1]))
    return max(fits, key=lambda pair: pair[1])


def sample(rng: np.random.Generator, params: GMMParams, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw n points from a mixture: first the component, then the point.

    Args:
        rng: the generator to draw with.
        params: weights (K,), means (K, D), covs (K, D, D).
        n: number of points, >= 0.

    Returns:
        (X, component): an (n, D) array of points, and an (n,) array of whole numbers 0..K-1 that say which
        component each row of X came from. The draws are independent, in no particular order.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 8.1.2 (ancestral sampling).
    """
    weights, means, covs = (np.asarray(part, dtype=float) for part in params)
    if means.ndim != 2 or covs.shape != (*means.shape, means.shape[1]):  # not graded
        raise ValueError(
            "params.means and params.covs should have shapes (K, D) and (K, D, D), "
            f"not {means.shape} and {covs.shape}"
        )
    if weights.shape != means.shape[:1] or weights.min() < 0 or abs(weights.sum() - 1) > 1e-6:  # not graded
        raise ValueError("params.weights should hold K probabilities: not negative, with sum 1")
    if n < 0:  # not graded
        raise ValueError(f"n should be >= 0, but is {n}")
    K, D = means.shape
    component = rng.choice(K, size=n, p=weights)
    try:
        L = np.linalg.cholesky(covs)
    except np.linalg.LinAlgError:
        raise ValueError("params.covs should be positive definite") from None
    noise = np.einsum("nij,nj->ni", L[component], rng.standard_normal((n, D)))
    return means[component] + noise, component


def n_parameters(K: int, D: int, covariance: str) -> int:
    """Number of free parameters of a mixture of K normal distributions in D dimensions.

    Weights that sum to 1, means, and covariances of the given form.

    Args:
        K, D: whole numbers >= 1.
        covariance: "full" (any symmetric matrix a component), "diag" (a variance a dimension and component),
            "spherical" (one variance a component) or "tied" (one full matrix shared by all).

    Returns:
        The number, an int.

    Raises:
        ValueError: `covariance` is none of the four.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Bishop (2006), section 2.3 (counting the parameters of a covariance).
    """
    if K < 1 or D < 1:  # not graded
        raise ValueError(f"K and D should be >= 1, but are {K} and {D}")
    matrix = D * (D + 1) // 2
    of_covariances = {"full": K * matrix, "diag": K * D, "spherical": K, "tied": matrix}
    if covariance not in of_covariances:
        raise ValueError(f"covariance is {covariance!r}; use one of {', '.join(of_covariances)}")
    return K - 1 + K * D + of_covariances[covariance]


def bic(log_likelihood: float, n_params: int, N: int) -> float:
    """The Bayesian information criterion of a fitted model; lower is better.

    Minus twice the log-likelihood, plus log N (natural) for every free parameter.

    Args:
        log_likelihood: summed over the N points.
        n_params: number of free parameters.
        N: number of points, >= 1.

    Returns:
        The criterion, a float.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Schwarz, Estimating the dimension of a model (1978), in the scale of -2 log-likelihood.
    """
    if N < 1:  # not graded
        raise ValueError(f"N should be >= 1, but is {N}")
    return float(-2 * log_likelihood + n_params * np.log(N))


def anomaly_scores(X: ArrayLike, params: GMMParams) -> np.ndarray:
    """How surprising each point is under a mixture: -log p(x), in nats.

    Args:
        X: (N, D) array-like; N may be 0.
        params: weights (K,), means (K, D), covs (K, D, D).

    Returns:
        (N,) array, larger for stranger points, finite even 200 standard deviations away, possibly negative
        (p is a density). The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), equation 9.7.
    """
    weights, means, covs = (np.asarray(part, dtype=float) for part in params)
    if weights.shape != means.shape[:1] or weights.min() < 0 or abs(weights.sum() - 1) > 1e-6:  # not graded
        raise ValueError("params.weights should hold K probabilities: not negative, with sum 1")
    with np.errstate(divide="ignore"):
        log_joint = np.log(weights) + log_gaussians(X, means, covs)
    return -special.logsumexp(log_joint, axis=1)


def coin_em(
    heads: ArrayLike, flips: ArrayLike, theta0: ArrayLike, n_iter: int
) -> tuple[np.ndarray, np.ndarray]:
    """EM for two coins: M sets of flips, each made with one of the coins, nobody wrote down which.

    Both coins are equally likely for every set (that is not learned); only their probabilities of heads are.
    A set is a *sequence* of flips, so its probability under a coin has no binomial coefficient. Work in
    logarithms: a set may have 10,000 flips.

    Args:
        heads: (M,) array-like, heads in each set.
        flips: flips in each set: one number for all sets, or (M,) array-like.
        theta0: (2,) array-like, where the probabilities of heads start, strictly between 0 and 1.
        n_iter: number of EM iterations, >= 0.

    Returns:
        (theta, history): the (2,) probabilities after the last iteration, in the order of theta0, and the
        (n_iter,) log-likelihoods *before* each iteration's update. A set of heads only is allowed, and may
        lead to a theta of exactly 1. The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Do and Batzoglou, What is the expectation maximization algorithm? (2008).
    """
    heads, theta = np.asarray(heads, dtype=float), np.array(theta0, dtype=float)
    if heads.ndim != 1 or np.shape(flips) not in ((), heads.shape):  # not graded
        raise ValueError("heads should have shape (M,), and flips should be one number or have shape (M,)")
    if not ((heads >= 0) & (heads <= flips)).all():  # not graded
        raise ValueError("heads should lie between 0 and the number of flips")
    if theta.shape != (2,) or not ((theta > 0) & (theta < 1)).all():  # not graded
        raise ValueError("theta0 should be two probabilities, strictly between 0 and 1")
    if n_iter < 0:  # not graded
        raise ValueError(f"n_iter should be >= 0, but is {n_iter}")
    tails = np.asarray(flips, dtype=float) - heads
    history = np.zeros(n_iter)
    for i in range(n_iter):
        log_joint = (
            np.log(0.5) + special.xlogy(heads[:, None], theta) + special.xlog1py(tails[:, None], -theta)
        )
        log_p = special.logsumexp(log_joint, axis=1)
        history[i] = log_p.sum()
        r = np.exp(log_joint - log_p[:, None])
        theta = heads @ r / ((heads + tails) @ r)
    return theta, history


def derive_m_step_1d() -> dict[str, sp.Expr]:
    """The M-step of one component in one dimension, in six steps, each a SymPy expression.

    Symbols (by these names): `mu`, `v` (variance) and `w` (weight) of component k; `n`, the number of points;
    `n_k` = sum_n r_nk; `s1` = sum_n r_nk x_n; `s2` = sum_n r_nk x_n^2. The responsibilities are fixed.

    Returns:
        A dictionary with these entries:
        "Q": the terms of the expected complete-data log-likelihood that hold component k,
            sum_n r_nk [log w + log N(x_n | mu, v)], every constant kept, in w, mu, v, n_k, s1, s2;
        "slope_mu": the derivative of Q with respect to mu;
        "mu": where that is zero;
        "slope_v": the derivative of Q with respect to v, with mu still a symbol;
        "v": where that is zero, with the best mu put in: in n_k, s1, s2 only;
        "w": the best weight, under the constraint that the weights of all components sum to 1.

    Source: Bishop (2006), section 9.2.2.
    """
    mu, s1, s2 = sp.symbols("mu s1 s2", real=True)
    v, w, n, n_k = sp.symbols("v w n n_k", positive=True)
    squares = s2 - 2 * mu * s1 + n_k * mu**2
    return {
        "Q": n_k * sp.log(w) - n_k / 2 * sp.log(2 * sp.pi * v) - squares / (2 * v),
        "slope_mu": (s1 - n_k * mu) / v,
        "mu": s1 / n_k,
        "slope_v": squares / (2 * v**2) - n_k / (2 * v),
        "v": s2 / n_k - (s1 / n_k) ** 2,
        "w": n_k / n,
    }
