"""Week 2, maximum likelihood: estimators, log likelihoods, Fisher information, cross-entropy and their derivations."""

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import linalg, special


def gaussian_loglik(x: ArrayLike, mu: float, sigma_sq: float) -> float:
    """Log likelihood of N independent observations under N(mu, sigma_sq).

    The second parameter is a variance. The result is the sum over the observations, not their average, and
    keeps every constant. It is computed from logarithms, never from the logarithm of a product.

    Args:
        x: (N,) array-like of observations; N may be 0 (then the result is 0) and may be 10,000.
        mu: the mean.
        sigma_sq: the variance, > 0; values from 1e-300 to 1e300 must work.

    Returns:
        log p(x_1, ..., x_N | mu, sigma_sq), a float (natural logarithm).

    Raises:
        ValueError: x is not one-dimensional, or sigma_sq is not positive.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 1.2.4.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"x should be one-dimensional, but has shape {x.shape}")
    if not sigma_sq > 0:
        raise ValueError(f"sigma_sq should be a positive variance, but is {sigma_sq}")
    squares = ((x - mu) ** 2).sum()
    return float(-x.size / 2 * (np.log(2 * np.pi) + np.log(sigma_sq)) - squares / sigma_sq / 2)


def gaussian_mle(x: ArrayLike) -> tuple[float, float]:
    """Maximum likelihood estimates of a normal distribution's mean and variance.

    Data far from zero (an offset of 1e8) must not spoil the variance.

    Args:
        x: (N,) array-like of observations, N >= 1.

    Returns:
        (mu, sigma_sq), two floats. The variance is the maximum likelihood estimate, not the unbiased one;
        a single observation has sigma_sq = 0.

    Raises:
        ValueError: x is not one-dimensional, or is empty.

    Source: Bishop (2006), section 1.2.4.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x should be a one-dimensional array with N >= 1, but has shape {x.shape}")
    mu = x.mean()
    return float(mu), float(((x - mu) ** 2).mean())


def bernoulli_mle(x: ArrayLike) -> float:
    """Maximum likelihood estimate of a success probability from yes-or-no observations.

    Args:
        x: (N,) array-like of 0 and 1 (or False and True), N >= 1.

    Returns:
        The estimate, a float in [0, 1].

    Raises:
        ValueError: x is not one-dimensional, is empty, or holds a value other than 0 and 1.

    Source: Bishop (2006), section 2.1.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x should be a one-dimensional array with N >= 1, but has shape {x.shape}")
    if not np.isin(x, (0, 1)).all():
        raise ValueError("x should hold nothing but 0 and 1")
    return float(x.mean())


def categorical_mle(x: ArrayLike, K: int) -> np.ndarray:
    """Maximum likelihood estimate of the probabilities of K categories.

    Args:
        x: (N,) array-like of integers in 0, ..., K - 1, N >= 1. Some categories may never occur.
        K: the number of categories, >= 1.

    Returns:
        (K,) array of probabilities, sums to 1.

    Raises:
        ValueError: x is not one-dimensional, is empty, or holds a value outside 0, ..., K - 1.

    Source: Bishop (2006), section 2.2.
    """
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x should be a one-dimensional array with N >= 1, but has shape {x.shape}")
    if not np.isin(x, np.arange(K)).all():
        raise ValueError("x should hold nothing but integers from 0 to K - 1")
    return np.bincount(x.astype(int), minlength=K) / x.size


def poisson_mle(x: ArrayLike) -> float:
    """Maximum likelihood estimate of a Poisson distribution's rate.

    Args:
        x: (N,) array-like of counts (whole numbers >= 0), N >= 1.

    Returns:
        The expected number of events per observation, a float; 0 where all counts are 0.

    Raises:
        ValueError: x is not one-dimensional, is empty, or holds a negative value.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Murphy, Probabilistic Machine Learning: An Introduction (2022), section 4.2.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x should be a one-dimensional array with N >= 1, but has shape {x.shape}")
    if (x < 0).any():
        raise ValueError("x should hold counts, but some are negative")
    if not (x == np.floor(x)).all():  # not graded
        raise ValueError("x should hold counts, but some are not whole numbers")
    return float(x.mean())


def exponential_mle(x: ArrayLike) -> float:
    """Maximum likelihood estimate of the rate of an exponential distribution, p(x) = rate * exp(-rate * x).

    The rate is one over the scale (the mean waiting time).

    Args:
        x: (N,) array-like of waiting times >= 0, N >= 1.

    Returns:
        The rate, a float; inf where all waiting times are 0 (that is not an error).

    Raises:
        ValueError: x is not one-dimensional, is empty, or holds a negative value.

    Source: Murphy (2022), section 4.2.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x should be a one-dimensional array with N >= 1, but has shape {x.shape}")
    if (x < 0).any():
        raise ValueError("x should hold waiting times, but some are negative")
    total = x.sum()
    return float(x.size / total) if total > 0 else np.inf


def uniform_mle(x: ArrayLike) -> float:
    """Maximum likelihood estimate of theta, when the observations are uniform between 0 and theta.

    Args:
        x: (N,) array-like of observations >= 0, N >= 1.

    Returns:
        The estimate of theta, a float.

    Raises:
        ValueError: x is not one-dimensional, is empty, or holds a negative value.

    Source: Casella and Berger, Statistical Inference, 2nd edition (2002), section 7.2.2.
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x should be a one-dimensional array with N >= 1, but has shape {x.shape}")
    if (x < 0).any():
        raise ValueError("x should lie between 0 and theta, but some values are negative")
    return float(x.max())


def fisher_information(family: str, theta: float) -> float:
    """Fisher information that a single observation carries about the parameter of a family.

    It is minus the expected curvature of the log likelihood: -E[d^2 log p(x | theta) / d theta^2].

    Args:
        family: "bernoulli" (theta is the success probability, in (0, 1)), "poisson" (theta is the rate, > 0)
            or "exponential" (theta is the rate, > 0).
        theta: the parameter.

    Returns:
        I(theta), a float.

    Raises:
        ValueError: the family is none of the three, or theta is outside its range.

    Source: Casella and Berger (2002), section 7.3.2.
    """
    if family not in ("bernoulli", "poisson", "exponential"):
        raise ValueError(f'family should be "bernoulli", "poisson" or "exponential", but is {family!r}')
    if not theta > 0 or (family == "bernoulli" and not theta < 1):
        raise ValueError(f"theta = {theta} is not a parameter of the {family} family")
    if family == "bernoulli":
        return float(1 / (theta * (1 - theta)))
    if family == "poisson":
        return float(1 / theta)
    return float(1 / theta**2)


def mvn_mle(X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Maximum likelihood estimates of a multivariate normal's mean and covariance.

    Args:
        X: (N, D) array-like, one observation a row, N >= 1, D >= 1.

    Returns:
        (mu, Sigma): a (D,) and a (D, D) array, also for D = 1. Sigma is the maximum likelihood estimate,
        not the unbiased one; it is all zeros for N = 1.

    Raises:
        ValueError: X is not two-dimensional, or is empty.

    Source: Bishop (2006), section 2.3.4.
    """
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError(f"X should have shape (N, D) with N, D >= 1, but has shape {X.shape}")
    mu = X.mean(axis=0)
    centred = X - mu
    return mu, centred.T @ centred / len(X)


def mvn_logpdf(X: ArrayLike, mu: ArrayLike, Sigma: ArrayLike) -> np.ndarray:
    """Log density of a multivariate normal distribution at N points.

    The determinant itself may be too small or too large for a float (Sigma = 1e-200 I, or D = 500): only its
    logarithm may be computed.

    Args:
        X: (N, D) array-like, one point a row; N may be 0.
        mu: (D,) array-like, the mean.
        Sigma: (D, D) array-like, the covariance: symmetric and positive definite.

    Returns:
        (N,) array, log N(x_n | mu, Sigma) (natural logarithm), also for D = 1.

    Raises:
        ValueError: the shapes do not fit together, or Sigma is not positive definite.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Bishop (2006), section 2.3, equation 2.43.
    """
    X, mu, Sigma = (np.asarray(value, dtype=float) for value in (X, mu, Sigma))
    D = mu.size
    if X.ndim != 2 or X.shape[1] != D or mu.ndim != 1 or Sigma.shape != (D, D):
        raise ValueError(
            f"X, mu and Sigma should have shapes (N, D), (D,) and (D, D), not {X.shape}, {mu.shape}, {Sigma.shape}"
        )
    if not np.allclose(Sigma, Sigma.T):  # not graded
        raise ValueError("Sigma should be symmetric")
    try:
        L = np.linalg.cholesky(Sigma)
    except np.linalg.LinAlgError:
        raise ValueError("Sigma should be positive definite") from None
    log_det = 2 * np.log(np.diag(L)).sum()
    mahalanobis_sq = (linalg.solve_triangular(L, (X - mu).T, lower=True) ** 2).sum(axis=0)
    return -(D * np.log(2 * np.pi) + log_det + mahalanobis_sq) / 2


def cross_entropy_bits(p: ArrayLike, q: ArrayLike) -> float:
    """Cross-entropy of q relative to p: bits a symbol, for data from p under a code made for q.

    Args:
        p: (K,) array-like of probabilities, sums to 1.
        q: (K,) array-like of probabilities, sums to 1.

    Returns:
        -sum_k p_k log2 q_k, a float; a term with p_k = 0 counts 0 whatever q_k, and the result is inf where
        q_k = 0 < p_k (without a warning or NaN).

    Raises:
        ValueError: p and q have different shapes, hold a negative number, or do not sum to 1.

    Source: Cover and Thomas, Elements of Information Theory, 2nd edition (2006), sections 2.3 and 5.4.
    """
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError(f"p and q should both have shape (K,), but have shapes {p.shape} and {q.shape}")
    for name, probabilities in (("p", p), ("q", q)):
        if (probabilities < 0).any() or not np.isclose(probabilities.sum(), 1):
            raise ValueError(f"{name} should hold probabilities: not negative, with sum 1")
    return float(-special.xlogy(p, q).sum() / np.log(2))


def derive_gaussian_mle() -> dict[str, sp.Expr]:
    """The maximum likelihood estimates of a normal distribution in five steps, each a SymPy expression.

    Symbols (by these names): `mu`; `sigma_sq`, the variance; `n` observations with sum `s1` and sum of
    squares `s2`. Keep every term; log is natural.

    Returns:
        A dictionary with these entries:
        "log_likelihood": log p(x_1, ..., x_n | mu, sigma_sq);
        "slope_mu": its derivative with respect to mu;
        "mu_hat": where that is zero, in n and s1;
        "slope_sigma_sq": its derivative with respect to sigma_sq (not sigma), mu still free;
        "sigma_sq_hat": where that is zero for mu = mu_hat, in n, s1 and s2.

    Source: Bishop (2006), section 1.2.4.
    """
    mu, s1, s2 = sp.symbols("mu s1 s2", real=True)
    sigma_sq, n = sp.symbols("sigma_sq n", positive=True)
    squares = s2 - 2 * mu * s1 + n * mu**2
    return {
        "log_likelihood": -n / 2 * sp.log(2 * sp.pi * sigma_sq) - squares / (2 * sigma_sq),
        "slope_mu": (s1 - n * mu) / sigma_sq,
        "mu_hat": s1 / n,
        "slope_sigma_sq": -n / (2 * sigma_sq) + squares / (2 * sigma_sq**2),
        "sigma_sq_hat": s2 / n - (s1 / n) ** 2,
    }


def derive_bernoulli_mle() -> dict[str, sp.Expr]:
    """The maximum likelihood estimate of a success probability in five steps, each a SymPy expression.

    Symbols (by these names): `theta`; `n` observations with `s` successes. Log is natural.

    Returns:
        A dictionary with these entries:
        "log_likelihood": log p(x_1, ..., x_n | theta) of the sequence;
        "slope": its derivative with respect to theta;
        "theta_hat": where the slope is zero;
        "curvature": the second derivative of the log likelihood, theta still free;
        "fisher_information": minus its expectation over s (E[s] = n theta), for all n observations.

    Source: Casella and Berger (2002), examples 7.2.7 and 7.3.13.
    """
    theta, n, s = sp.symbols("theta n s", positive=True)
    return {
        "log_likelihood": s * sp.log(theta) + (n - s) * sp.log(1 - theta),
        "slope": s / theta - (n - s) / (1 - theta),
        "theta_hat": s / n,
        "curvature": -s / theta**2 - (n - s) / (1 - theta) ** 2,
        "fisher_information": n / (theta * (1 - theta)),
    }


def derive_exponential_mle() -> dict[str, sp.Expr]:
    """The maximum likelihood estimate of an exponential rate in five steps, each a SymPy expression.

    Symbols (by these names): `rate`; `n` observations with sum `s1`. Log is natural.

    Returns:
        A dictionary with these entries:
        "log_likelihood": log p(x_1, ..., x_n | rate);
        "slope": its derivative with respect to the rate;
        "rate_hat": where the slope is zero;
        "curvature_at_hat": the second derivative of the log likelihood at rate_hat, in n and s1;
        "standard_error": one over the root of minus that curvature, in n and s1.

    Source: Murphy (2022), sections 4.2 and 4.7.2.
    """
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    return {
        "log_likelihood": n * sp.log(rate) - rate * s1,
        "slope": n / rate - s1,
        "rate_hat": n / s1,
        "curvature_at_hat": -(s1**2) / n,
        "standard_error": sp.sqrt(n) / s1,
    }
