"""Week 1, Bayes: posteriors, conjugate updates, predictions and evidence."""

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special, stats


def bayes_posterior(prior: ArrayLike, likelihood: ArrayLike) -> np.ndarray:
    """Posterior probabilities of K hypotheses after one observation, by Bayes' theorem.

    p(k | x) = p(x | k) p(k) / p(x), where the evidence p(x) is the sum of p(x | j) p(j) over all j.

    Args:
        prior: (K,) array-like, p(k): not negative, sums to 1.
        likelihood: (K,) array-like, p(x | k) of the observation x under each hypothesis: not negative.
            It does not have to sum to 1, and with densities it may exceed 1.

    Returns:
        (K,) array, p(k | x), sums to 1. The arguments are left unchanged.

    Raises:
        ValueError: the evidence is 0 (no hypothesis allows what was observed).
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 1.2.
    """
    prior, likelihood = np.asarray(prior, dtype=float), np.asarray(likelihood, dtype=float)
    if prior.ndim != 1 or prior.shape != likelihood.shape:  # not graded
        raise ValueError(
            f"prior and likelihood should have shape (K,), not {prior.shape}, {likelihood.shape}"
        )
    if not (prior >= 0).all() or not np.isclose(prior.sum(), 1):  # not graded
        raise ValueError("prior should hold probabilities: not negative, with sum 1")
    if not (likelihood >= 0).all():  # not graded
        raise ValueError("likelihood should not be negative")
    joint = prior * likelihood
    evidence = joint.sum()
    if evidence == 0:
        raise ValueError("the evidence is 0: no hypothesis with a positive prior allows this observation")
    return joint / evidence


def log_posterior(log_prior: ArrayLike, log_likelihood: ArrayLike) -> np.ndarray:
    """Log posterior probabilities of K hypotheses after N independent observations.

    Given the hypothesis the observations are independent, so likelihoods multiply and their logarithms add.
    Stays in log space throughout, so 10,000 observations do not underflow.

    Args:
        log_prior: (K,) array-like, log p(k); -inf for a hypothesis that is ruled out beforehand.
        log_likelihood: (N, K) array-like, log p(x_n | k); entries may be -inf, or positive for densities.

    Returns:
        (K,) array, log p(k | x_1, ..., x_N), normalised: the exponentials sum to 1. A hypothesis with
        log prior -inf keeps -inf. N = 0 (an array of shape (0, K)) gives the prior. Never NaN.

    Raises:
        ValueError: every hypothesis has log posterior -inf (none allows what was observed).
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Murphy, Probabilistic Machine Learning: An Introduction (2022), sections 2.3 and 2.5.4.
    """
    log_prior, log_likelihood = np.asarray(log_prior, dtype=float), np.asarray(log_likelihood, dtype=float)
    if log_prior.ndim != 1 or log_likelihood.shape[1:] != log_prior.shape:  # not graded
        raise ValueError(
            f"log_prior and log_likelihood should have shapes (K,) and (N, K), not {log_prior.shape} and "
            f"{log_likelihood.shape}"
        )
    if not (log_prior <= 0).all():  # not graded
        raise ValueError("log_prior should hold logarithms of probabilities, none above 0")
    if not (log_likelihood < np.inf).all():  # not graded
        raise ValueError("log_likelihood should hold numbers or -inf, neither inf nor NaN")
    log_joint = log_prior + log_likelihood.sum(axis=0)
    log_evidence = special.logsumexp(log_joint)
    if log_evidence == -np.inf:
        raise ValueError("the evidence is 0: no hypothesis with a positive prior allows these observations")
    return log_joint - log_evidence


def beta_binomial_update(a: float, b: float, x: ArrayLike) -> tuple[float, float]:
    """Parameters of the Beta posterior of a success probability theta, from N yes-or-no observations.

    Prior: theta ~ Beta(a, b). Observations: x_n is 1 (success) with probability theta, otherwise 0.

    Args:
        a, b: the prior's parameters, both > 0; not necessarily whole numbers.
        x: (N,) array-like of 0 and 1 (or False and True); N may be 0.

    Returns:
        (a_n, b_n), two floats: the posterior is Beta(a_n, b_n). N = 0 gives (a, b).

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 2.1.1.
    """
    x = np.asarray(x)
    if not (a > 0 and b > 0):  # not graded
        raise ValueError(f"a and b should be positive, but are {a} and {b}")
    if x.ndim != 1 or not np.isin(x, (0, 1)).all():  # not graded
        raise ValueError("x should be a one-dimensional array of 0 and 1")
    successes = x.sum()
    failures = x.size - successes
    return float(a + successes), float(b + failures)


def credible_interval(a: float, b: float, level: float) -> tuple[float, float]:
    """Equal-tailed credible interval of theta ~ Beta(a, b).

    Args:
        a, b: the parameters of the Beta distribution, both > 0.
        level: the probability inside the interval, in (0, 1), such as 0.95.

    Returns:
        (lo, hi), two floats: P(theta < lo) = P(theta > hi) = (1 - level) / 2.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Gelman et al., Bayesian Data Analysis, 3rd edition (2013), section 2.3.
    """
    if not (a > 0 and b > 0):  # not graded
        raise ValueError(f"a and b should be positive, but are {a} and {b}")
    if not 0 < level < 1:  # not graded
        raise ValueError(f"level should lie between 0 and 1, but is {level}")
    tail = (1 - level) / 2
    lo, hi = stats.beta.ppf([tail, 1 - tail], a, b)
    return float(lo), float(hi)


def beta_binomial_predictive(a: float, b: float, n: int) -> np.ndarray:
    """Log probabilities of 0, 1, ..., n successes in n future trials, when theta ~ Beta(a, b).

    theta is not plugged in but integrated out:
    p(k) = C(n, k) * integral over theta of theta^k (1 - theta)^(n - k) Beta(theta | a, b), with C(n, k) the
    binomial coefficient. The integral has a closed form in beta functions; work in logarithms.

    Args:
        a, b: the parameters of the Beta distribution of theta, both > 0.
        n: the number of future trials, an integer >= 0; several thousand must not overflow.

    Returns:
        (n + 1,) array, log p(k) for k = 0, ..., n (natural logarithm).

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Murphy (2022), section 4.6.2.
    """
    if not (a > 0 and b > 0):  # not graded
        raise ValueError(f"a and b should be positive, but are {a} and {b}")
    if n < 0 or n != int(n):  # not graded
        raise ValueError(f"n should be a whole number >= 0, but is {n}")
    k = np.arange(n + 1)
    log_choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return log_choose + special.betaln(a + k, b + n - k) - special.betaln(a, b)


def dirichlet_update(alpha: ArrayLike, counts: ArrayLike) -> np.ndarray:
    """Parameters of the Dirichlet posterior of the probabilities of K categories.

    Prior: theta ~ Dirichlet(alpha). Observations: category k was seen counts[k] times.

    Args:
        alpha: (K,) array-like, the prior's parameters, all > 0.
        counts: (K,) array-like of whole numbers >= 0.

    Returns:
        (K,) array, the posterior's parameters (not the posterior mean). The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 2.2.1.
    """
    alpha, counts = np.asarray(alpha, dtype=float), np.asarray(counts)
    if alpha.ndim != 1 or alpha.shape != counts.shape:  # not graded
        raise ValueError(f"alpha and counts should have shape (K,), not {alpha.shape} and {counts.shape}")
    if not (alpha > 0).all():  # not graded
        raise ValueError("alpha should be positive")
    if not ((counts >= 0) & (counts == np.floor(counts))).all():  # not graded
        raise ValueError("counts should be whole numbers >= 0")
    return alpha + counts


def normal_update(mu0: float, tau0_sq: float, sigma_sq: float, x: ArrayLike) -> tuple[float, float]:
    """Posterior of the mean of a normal distribution whose variance is known.

    Prior: mu ~ N(mu0, tau0_sq). Observations: x_n ~ N(mu, sigma_sq), independent. The second argument of N
    is a variance here, never a standard deviation.

    Args:
        mu0: mean of the prior.
        tau0_sq: variance of the prior, > 0.
        sigma_sq: variance of one observation, > 0, known.
        x: (N,) array-like of observations; N may be 0.

    Returns:
        (mu_n, tau_n_sq), two floats: mean and variance of the posterior. N = 0 gives (mu0, tau0_sq).

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 2.3.6; Gelman et al. (2013), section 2.5.
    """
    x = np.asarray(x, dtype=float)
    if not (tau0_sq > 0 and sigma_sq > 0):  # not graded
        raise ValueError(
            f"tau0_sq and sigma_sq should be positive variances, but are {tau0_sq} and {sigma_sq}"
        )
    if x.ndim != 1:  # not graded
        raise ValueError(f"x should be one-dimensional, but has shape {x.shape}")
    precision = 1 / tau0_sq + x.size / sigma_sq
    mu_n = (mu0 / tau0_sq + x.sum() / sigma_sq) / precision
    return float(mu_n), float(1 / precision)


def log_evidence(a: float, b: float, x: ArrayLike) -> float:
    """Log evidence log p(x_1, ..., x_N) of a sequence of yes-or-no observations, when theta ~ Beta(a, b).

    The probability of this very sequence, theta integrated out: no binomial coefficient.

    Args:
        a, b: the prior's parameters, both > 0.
        x: (N,) array-like of 0 and 1; N may be 0 and may be 10,000.

    Returns:
        The natural logarithm of the evidence, a float; 0 for N = 0.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Murphy (2022), section 4.6.2.
    """
    x = np.asarray(x)
    if not (a > 0 and b > 0):  # not graded
        raise ValueError(f"a and b should be positive, but are {a} and {b}")
    if x.ndim != 1 or not np.isin(x, (0, 1)).all():  # not graded
        raise ValueError("x should be a one-dimensional array of 0 and 1")
    successes = x.sum()
    failures = x.size - successes
    return float(special.betaln(a + successes, b + failures) - special.betaln(a, b))


def log_bayes_factor(x: ArrayLike, a1: float, b1: float, a2: float, b2: float) -> float:
    """Log Bayes factor of model 1 over model 2 for a sequence of yes-or-no observations.

    Model i says theta ~ Beta(a_i, b_i). Positive values speak for model 1. You may call `log_evidence`.

    Args:
        x: (N,) array-like of 0 and 1; N may be 0.
        a1, b1: prior parameters of model 1, both > 0.
        a2, b2: prior parameters of model 2, both > 0.

    Returns:
        log p(x | model 1) - log p(x | model 2), a float (natural logarithm).

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Kass and Raftery, Bayes factors, Journal of the American Statistical Association 90 (1995).
    """
    if not min(a1, b1, a2, b2) > 0:  # not graded
        raise ValueError(f"a1, b1, a2 and b2 should be positive, but are {a1}, {b1}, {a2} and {b2}")
    return log_evidence(a1, b1, x) - log_evidence(a2, b2, x)


def derive_beta_bernoulli() -> dict[str, sp.Expr]:
    """The Beta-Bernoulli posterior in five steps, each a SymPy expression.

    Symbols (by these names): `theta`; `a`, `b` of the prior Beta(a, b); `n` observations with `s` successes.
    Keep every factor that depends on any of them; log is natural. B(a, b) is `sp.beta(a, b)`,
    or gamma functions as you like.

    Returns:
        A dictionary with these entries:
        "log_likelihood": log p(x | theta) of the sequence x_1, ..., x_n;
        "log_joint": log p(x, theta), the prior's normaliser included;
        "log_evidence": log p(x), which is free of theta;
        "log_posterior": log p(theta | x), normalised;
        "posterior_mean": E[theta | x].

    Source: Bishop (2006), section 2.1.1.
    """
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    log_likelihood = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    log_prior = (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b))
    log_joint = log_likelihood + log_prior
    log_marginal = sp.log(sp.beta(a + s, b + n - s)) - sp.log(sp.beta(a, b))
    return {
        "log_likelihood": log_likelihood,
        "log_joint": log_joint,
        "log_evidence": log_marginal,
        "log_posterior": log_joint - log_marginal,
        "posterior_mean": (a + s) / (a + b + n),
    }


def derive_normal_normal() -> dict[str, sp.Expr]:
    """The posterior of a normal mean with known variance in five steps, each a SymPy expression.

    Symbols (by these names): `mu`; `mu0`, `tau0_sq` (variance) of the prior; `sigma_sq`, the known variance;
    `n` observations with sum `s1` and sum of squares `s2`. Keep every term; log is natural.

    Returns:
        A dictionary with these entries:
        "log_likelihood": log p(x | mu) of all n observations;
        "log_joint": log p(x, mu);
        "slope": the derivative of the log joint with respect to mu;
        "precision": minus the second derivative, which is 1 / tau_n_sq;
        "posterior_mean": mu_n, where the slope is zero.

    Source: Bishop (2006), section 2.3.6.
    """
    mu, mu0, s1, s2 = sp.symbols("mu mu0 s1 s2", real=True)
    tau0_sq, sigma_sq, n = sp.symbols("tau0_sq sigma_sq n", positive=True)
    log_likelihood = -n / 2 * sp.log(2 * sp.pi * sigma_sq) - (s2 - 2 * mu * s1 + n * mu**2) / (2 * sigma_sq)
    log_joint = log_likelihood - sp.log(2 * sp.pi * tau0_sq) / 2 - (mu - mu0) ** 2 / (2 * tau0_sq)
    slope = (s1 - n * mu) / sigma_sq - (mu - mu0) / tau0_sq
    precision = n / sigma_sq + 1 / tau0_sq
    return {
        "log_likelihood": log_likelihood,
        "log_joint": log_joint,
        "slope": slope,
        "precision": precision,
        "posterior_mean": (s1 / sigma_sq + mu0 / tau0_sq) / precision,
    }
