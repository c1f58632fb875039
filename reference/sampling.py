"""Week 3, sampling: exact draws, rejection, importance weights, Markov chains and how to judge them."""

from collections.abc import Callable

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special


def expectation(f: Callable, values: ArrayLike, pmf: ArrayLike) -> float:
    """Expectation of f(X) for a discrete random variable X, without the distribution of f(X).

    The law of the unconscious statistician: E[f(X)] is the sum of f(v) p(v) over the values v of X.

    Args:
        f: a function of an array that is applied to each entry: f((K,) array) -> (K,) array.
        values: (K,) array-like, the values of X.
        pmf: (K,) array-like, their probabilities: not negative, sum to 1.

    Returns:
        E[f(X)], a float. A value of probability 0 contributes nothing, even where f is infinite.

    Raises:
        ValueError: `pmf` has a negative entry or does not sum to 1 (to within 1e-8).
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Wasserman, All of Statistics (2004), theorem 3.6.
    """
    values, pmf = np.asarray(values), np.asarray(pmf)
    if pmf.ndim != 1 or values.shape != pmf.shape:  # not graded
        raise ValueError(f"values and pmf should have shape (K,), not {values.shape} and {pmf.shape}")
    if (pmf < 0).any() or abs(pmf.sum() - 1) > 1e-8:
        raise ValueError("pmf should hold probabilities: none negative, with the sum 1")
    possible = pmf > 0
    return float(np.sum(f(values[possible]) * pmf[possible]))


def inverse_cdf_exponential(rng: np.random.Generator, rate: float, n: int) -> np.ndarray:
    """Draws from the exponential distribution by the inverse of its distribution function.

    The density is rate * exp(-rate * x) for x >= 0, the distribution function F(x) = 1 - exp(-rate * x).
    If U is uniform on (0, 1), the inverse of F at U has distribution function F.

    Args:
        rng: NumPy random generator; all randomness comes from it (use its `random`).
        rate: > 0; the mean is 1 / rate.
        n: number of draws, >= 0.

    Returns:
        (n,) array of finite numbers >= 0.

    Raises:
        ValueError: `rate` is not positive.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Devroye, Non-Uniform Random Variate Generation (1986), section II.2.
    """
    if not rate > 0:
        raise ValueError("rate should be positive")
    if n < 0:  # not graded
        raise ValueError(f"n should be >= 0, but is {n}")
    return -np.log1p(-rng.random(n)) / rate


def box_muller(rng: np.random.Generator, n: int) -> np.ndarray:
    """Standard normal draws from uniform ones, by the method of Box and Muller.

    Two independent uniforms give a radius and an angle of a point in the plane, R = sqrt(-2 log U1) and
    A = 2 pi U2; its two coordinates are independent and standard normal.

    Args:
        rng: NumPy random generator; all randomness comes from it (use its `random`).
        n: number of draws, >= 0; also odd.

    Returns:
        (n,) array of finite, independent standard normal draws. `rng.random` may return 0 but never 1.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Box and Muller, Annals of Mathematical Statistics 29 (1958); Bishop (2006), section 11.1.1.
    """
    if n < 0:  # not graded
        raise ValueError(f"n should be >= 0, but is {n}")
    pairs = (n + 1) // 2
    radius = np.sqrt(-2 * np.log1p(-rng.random(pairs)))
    angle = 2 * np.pi * rng.random(pairs)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:n]


def rejection_sample(
    rng: np.random.Generator, log_p: Callable, propose: Callable, log_q: Callable, log_M: float, n: int
) -> tuple[np.ndarray, float]:
    """Exact draws from p by rejection: accept a proposal x ~ q with probability p(x) / (M q(x)).

    p may be unnormalised; M q must lie above p everywhere. Work with logarithms.

    Args:
        rng: NumPy random generator; all randomness comes from it.
        log_p: log of the target density up to a constant, (m,) -> (m,); -inf where it is 0.
        propose: propose(rng, m) gives m draws from q as an (m,) array.
        log_q: log density of the proposal q, (m,) -> (m,).
        log_M: log of the constant M, such that log_p(x) <= log_M + log_q(x) for all x.
        n: number of draws wanted, >= 1. Propose in batches: one at a time is slow.

    Returns:
        (x, acceptance_rate): x an (n,) array; the rate is the number of all accepted proposals over the
        number of all proposals made (accepted ones in surplus of n count too), a float.

    Raises:
        ValueError: a proposal shows that M is too small, log_p(x) > log_M + log_q(x) + 1e-9.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Bishop (2006), section 11.1.2.
    """
    if n < 1:  # not graded
        raise ValueError(f"n should be >= 1, but is {n}")
    if not np.isfinite(log_M):  # not graded
        raise ValueError(f"log_M should be finite, but is {log_M}")
    accepted, proposed, batches = 0, 0, []
    while accepted < n:
        x = propose(rng, n)
        log_ratio = log_p(x) - log_q(x) - log_M
        if (log_ratio > 1e-9).any():
            raise ValueError("log_M is too small: the target lies above M q at a proposed point")
        keep = np.log1p(-rng.random(n)) <= log_ratio
        batches.append(x[keep])
        accepted += keep.sum()
        proposed += n
    return np.concatenate(batches)[:n], float(accepted / proposed)


def importance_estimate(
    f: Callable, log_p: Callable, log_q: Callable, x: ArrayLike, self_normalised: bool
) -> float:
    """Estimate of E[f(X)] for X ~ p from draws of another density q, by importance sampling.

    Draw s has the weight w_s = p(x_s) / q(x_s). Plain: the mean of w_s f(x_s), for normalised p and q.
    Self-normalised: the sum of w_s f(x_s) over the sum of w_s, for densities known up to constants.

    Args:
        f: test function, (S,) -> (S,).
        log_p: log of the target density, (S,) -> (S,); -inf where it is 0.
        log_q: log of the proposal density, (S,) -> (S,); finite at the draws.
        x: (S,) array-like of draws from q, S >= 1.
        self_normalised: whether to divide by the sum of the weights.

    Returns:
        The estimate, a float. If self-normalised, a constant added to log_p (1000, say) changes nothing.

    Raises:
        ValueError: self-normalised, and every weight is 0 (no draw lies where p is positive).
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Owen, Monte Carlo Theory, Methods and Examples (2013), sections 9.1 and 9.2.
    """
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0:  # not graded
        raise ValueError(f"x should be a one-dimensional array with S >= 1, but has shape {x.shape}")
    log_w = log_p(x) - log_q(x)
    if not (log_w < np.inf).all():  # not graded
        raise ValueError("log_q should be finite at the draws, and log_p finite or -inf")
    if self_normalised:
        if (log_w == -np.inf).all():
            raise ValueError("every weight is 0: no draw lies where the target is positive")
        return float(np.sum(special.softmax(log_w) * f(x)))
    return float(np.mean(np.exp(log_w) * f(x)))


def importance_ess(log_w: ArrayLike) -> float:
    """Effective sample size of importance weights: (sum of w)^2 / (sum of w^2).

    S equal weights are worth S draws; if one weight dwarfs the others, they are worth one.

    Args:
        log_w: (S,) array-like, logarithms of the weights up to a common constant; -inf for a weight of 0.
            They may be around +1000 or -1000, where the weights over- or underflow.

    Returns:
        The effective sample size, a float between 1 and S.

    Raises:
        ValueError: every weight is 0.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Owen (2013), section 9.3; Kong, A note on importance sampling (1992).
    """
    log_w = np.asarray(log_w, dtype=float)
    if log_w.ndim != 1 or log_w.size == 0 or not (log_w < np.inf).all():  # not graded
        raise ValueError("log_w should be a one-dimensional array of numbers or -inf, with S >= 1")
    if (log_w == -np.inf).all():
        raise ValueError("every weight is 0")
    return float(np.exp(2 * special.logsumexp(log_w) - special.logsumexp(2 * log_w)))


def mh_step(
    rng: np.random.Generator, x: ArrayLike, log_p: Callable, propose: Callable, log_q: Callable
) -> tuple[np.ndarray, np.ndarray]:
    """One Metropolis-Hastings step of C independent chains.

    From x propose y ~ q(y | x) and move there with probability
    min(1, p(y) q(x | y) / (p(x) q(y | x))); otherwise stay at x. Each chain decides for itself.

    Args:
        rng: NumPy random generator; all randomness comes from it.
        x: (C,) array-like, where the chains are; left unchanged.
        log_p: log of the target density up to a constant, (C,) -> (C,); -inf where it is 0.
        propose: propose(rng, x) gives one proposal for each chain, (C,) -> (C,).
        log_q: log_q(x_to, x_from) is log q(x_to | x_from), (C,), (C,) -> (C,); not always symmetric.

    Returns:
        (x_next, accepted): (C,) array, and (C,) array of bool. A chain at p(x) = 0 accepts any proposal
        with p(y) > 0 and rejects one with p(y) = 0; never NaN.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Bishop (2006), section 11.2.2; Hastings, Biometrika 57 (1970).
    """
    x = np.asarray(x)
    if x.ndim != 1:  # not graded
        raise ValueError(f"x should have shape (C,), one state a chain, but has shape {x.shape}")
    y = propose(rng, x)
    if np.shape(y) != x.shape:  # not graded
        raise ValueError(f"propose should give one proposal a chain, {x.shape}, but gives {np.shape(y)}")
    with np.errstate(invalid="ignore"):  # from one impossible place to another: NaN, rejected
        log_ratio = (log_p(y) + log_q(x, y)) - (log_p(x) + log_q(y, x))
    accepted = np.log1p(-rng.random(x.shape)) <= log_ratio
    return np.where(accepted, y, x), accepted


def mh_chain(
    rng: np.random.Generator,
    x0: ArrayLike,
    log_p: Callable,
    propose: Callable,
    log_q: Callable,
    n: int,
    burn_in: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Run C Metropolis-Hastings chains and keep n states of each.

    Takes burn_in + n steps (call your `mh_step`) and keeps the states after each of the last n. A rejected
    proposal means that the old state counts once more.

    Args:
        rng, log_p, propose, log_q: as in `mh_step`.
        x0: (C,) array-like, the starting points; not among the draws.
        n: number of states to keep, >= 1.
        burn_in: number of first steps to throw away, >= 0.

    Returns:
        (draws, acceptance_rate): (n, C) array, and (C,) array with each chain's share of accepted proposals
        among its n kept steps (the burn-in does not count).

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Gelman et al., Bayesian Data Analysis, 3rd edition (2013), section 11.2.
    """
    if n < 1 or burn_in < 0:  # not graded
        raise ValueError(f"n should be >= 1 and burn_in >= 0, but they are {n} and {burn_in}")
    x = np.asarray(x0)
    if x.ndim != 1:  # not graded
        raise ValueError(f"x0 should have shape (C,), one state a chain, but has shape {x.shape}")
    draws, accepted = [], []
    for step in range(burn_in + n):
        x, moved = mh_step(rng, x, log_p, propose, log_q)
        if step >= burn_in:
            draws.append(x)
            accepted.append(moved)
    return np.array(draws), np.mean(accepted, axis=0)


def gibbs_bivariate_normal(rng: np.random.Generator, rho: float, n: int, x0: ArrayLike) -> np.ndarray:
    """Gibbs sampling of C chains for two standard normal variables (x, y) with correlation rho.

    One sweep draws x given the present y, then y given the *new* x. Both conditionals are normal:
    x given y has mean rho * y and variance 1 - rho^2, and likewise y given x.

    Args:
        rng: NumPy random generator; all randomness comes from it.
        rho: correlation, between -1 and 1 (exclusive).
        n: number of sweeps, >= 1.
        x0: (C, 2) array-like, the starting points (x, y), one row a chain; not among the draws.

    Returns:
        (n, C, 2) array: the points after each sweep.

    Raises:
        ValueError: `rho` is not between -1 and 1.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Gelman et al. (2013), section 11.1.
    """
    if not -1 < rho < 1:
        raise ValueError("rho should lie between -1 and 1")
    if n < 1:  # not graded
        raise ValueError(f"n should be >= 1, but is {n}")
    if np.ndim(x0) != 2 or np.shape(x0)[1] != 2:  # not graded
        raise ValueError(f"x0 should have shape (C, 2), but has shape {np.shape(x0)}")
    sd = np.sqrt(1 - rho**2)
    y = np.asarray(x0)[:, 1]
    draws = np.empty((n, y.size, 2))
    for sweep in range(n):
        x = rho * y + sd * rng.standard_normal(y.size)
        y = rho * x + sd * rng.standard_normal(y.size)
        draws[sweep] = np.column_stack([x, y])
    return draws


def autocorrelation(x: ArrayLike, max_lag: int) -> np.ndarray:
    """Autocorrelation of one chain at the lags 0, 1, ..., max_lag.

    With m the mean of the whole chain, the entry at lag k is the sum over t of (x_t - m)(x_{t+k} - m), for
    the n - k pairs there are, over the sum of (x_t - m)^2. (Both sums are divided by n: the biased estimate.)

    Args:
        x: (n,) array-like, the chain, n >= 1.
        max_lag: the largest lag, 0 <= max_lag < n.

    Returns:
        (max_lag + 1,) array; 1 at lag 0. A constant chain has 1 at lag 0 and 0 at all others.

    Raises:
        ValueError: `max_lag` is negative or not smaller than n.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Geyer, Practical Markov chain Monte Carlo, Statistical Science 7 (1992).
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:  # not graded
        raise ValueError(f"x should be a one-dimensional array with n >= 1, but has shape {x.shape}")
    n = len(x)
    if not 0 <= max_lag < n:
        raise ValueError("max_lag should be at least 0 and smaller than the length of the chain")
    if (x == x[0]).all():
        return np.eye(1, max_lag + 1)[0]
    centred = x - x.mean()
    products = np.array([centred[: n - lag] @ centred[lag:] for lag in range(max_lag + 1)])
    return products / products[0]


def split_rhat(chains: ArrayLike) -> float:
    """Split R-hat: do the two halves of every chain agree, and do the chains agree with each other?

    Split each chain into halves (the last state of an odd chain is dropped): 2 C sequences of length m.
    W is the mean of their variances and B / m the variance of their means, all with divisor "number - 1".
    R-hat = sqrt(((m - 1) / m * W + B / m) / W). Without rank-normalisation.

    Args:
        chains: (C, n) array-like, one row a chain, C >= 1, n >= 4.

    Returns:
        R-hat, a float: about 1 if all sequences look alike, larger if they do not. If no sequence moves
        (W = 0), it is 1 where all stand at the same place and infinity where they do not.

    Raises:
        ValueError: the chains are shorter than 4.
        ValueError: an argument breaks another rule above (hidden tests do not check this).

    Source: Gelman et al. (2013), section 11.4.
    """
    chains = np.asarray(chains, dtype=float)
    if chains.ndim != 2 or len(chains) == 0:  # not graded
        raise ValueError(f"chains should have shape (C, n) with C >= 1, but has shape {chains.shape}")
    m = chains.shape[1] // 2
    if m < 2:
        raise ValueError("chains should have at least 4 states each")
    halves = np.concatenate([chains[:, :m], chains[:, m : 2 * m]])
    within = halves.var(axis=1, ddof=1).mean()
    between = halves.mean(axis=1).var(ddof=1)
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float(np.sqrt((m - 1) / m + between / within))


def derive_acceptance() -> dict[str, sp.Expr]:
    """Why rejection sampling accepts a share Z / M of its proposals, in five steps, each a SymPy expression.

    The unnormalised target on [0, 1] is p~(x) = x^(a - 1) (1 - x)^(b - 1); the proposal is uniform, q(x) = 1.
    Symbols (by these names): `a`, `b`, both > 1; `n`, a number of draws wanted.

    Returns:
        A dictionary with these entries:
        "mode": the x at which p~(x) / q(x) is largest;
        "M": the smallest M with p~(x) <= M q(x) for all x;
        "Z": the integral of p~ over [0, 1]; `sp.beta(a, b)` or gamma functions as you like;
        "acceptance": the probability that a proposal is accepted;
        "expected_proposals": the expected number of proposals until n are accepted.

    Source: Bishop (2006), section 11.1.2.
    """
    a, b, n = sp.symbols("a b n", positive=True)
    mode = (a - 1) / (a + b - 2)
    M = mode ** (a - 1) * (1 - mode) ** (b - 1)
    Z = sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b)
    return {
        "mode": mode,
        "M": M,
        "Z": Z,
        "acceptance": Z / M,
        "expected_proposals": n * M / Z,
    }
