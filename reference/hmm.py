"""Week 6, hidden Markov models: filtering, smoothing, the best path, learning, sampling."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike
from scipy import special


class HMMParams(NamedTuple):
    """A hidden Markov model with K states that shows one of V symbols a step; all in natural logarithms."""

    log_pi: np.ndarray
    """(K,), log p(z_1 = k)."""
    log_A: np.ndarray
    """(K, K), log_A[i, j] = log p(z_{t+1} = j | z_t = i): rows = from, columns = to."""
    log_B: np.ndarray
    """(K, V), log_B[k, v] = log p(x_t = v | z_t = k)."""


def sample(rng: np.random.Generator, params: HMMParams, T: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a sequence from a hidden Markov model: first the states, then what each of them shows.

    z_1 comes from pi, z_{t+1} from row z_t of A, and x_t from row z_t of B.

    Args:
        rng: the generator to draw with.
        params: log_pi (K,), log_A (K, K), log_B (K, V); -inf for what cannot happen.
        T: length of the sequence, >= 1.

    Returns:
        (states, obs): two (T,) arrays of whole numbers, 0..K-1 and 0..V-1. The arguments are left unchanged.

    Raises:
        ValueError: an argument is not as described above (hidden tests do not check this).

    Source: Rabiner, A tutorial on hidden Markov models (1989), section II.
    """
    if T < 1:  # not graded
        raise ValueError(f"T should be at least 1, but is {T}")
    pi, A, B = (np.exp(np.asarray(part, dtype=float)) for part in params)
    if not all(np.allclose(part.sum(axis=-1), 1) for part in (pi, A, B)):  # not graded
        raise ValueError(
            "params should hold logarithms of probabilities: the exponentials of each row sum to 1"
        )
    K, V = B.shape
    states, obs = np.zeros(T, dtype=int), np.zeros(T, dtype=int)
    states[0] = rng.choice(K, p=pi)
    for t in range(1, T):
        states[t] = rng.choice(K, p=A[states[t - 1]])
    for k in range(K):
        obs[states == k] = rng.choice(V, size=(states == k).sum(), p=B[k])
    return states, obs


def stationary(A: ArrayLike) -> np.ndarray:
    """The stationary distribution of a Markov chain: the share of time spent in each state in the long run.

    The probabilities p with p A = p that sum to 1.

    Args:
        A: (K, K) array-like of transition probabilities (not logarithms), rows = from, irreducible: every state
            can be reached from every other. A may be periodic, such as [[0, 1], [1, 0]].

    Returns:
        (K,) array, sums to 1. A is left unchanged.

    Raises:
        ValueError: A is not square, or has a negative entry, or has a row that does not sum to 1 (to within 1e-8).

    Source: Norris, Markov Chains (1997), section 1.7.
    """
    A = np.asarray(A, dtype=float)
    K = len(A)
    if A.shape != (K, K) or (A < 0).any() or (abs(A.sum(axis=1) - 1) > 1e-8).any():
        raise ValueError("A should hold probabilities: (K, K), none negative, every row with the sum 1")
    equations = np.vstack([A.T - np.eye(K), np.ones(K)])  # p A - p = 0, and the sum is 1
    right_side = np.append(np.zeros(K), 1)
    return np.linalg.lstsq(equations, right_side, rcond=None)[0]


def emission_log_likelihoods(obs: ArrayLike, log_B: ArrayLike) -> np.ndarray:
    """How well each state explains each observed symbol: log p(x_t | z_t = k).

    Args:
        obs: (T,) array-like of whole numbers 0..V-1, the symbols seen; T may be 0.
        log_B: (K, V) array-like, log_B[k, v] = log p(v | k); may hold -inf.

    Returns:
        (T, K) array of natural logarithms. The arguments are left unchanged.

    Raises:
        ValueError: a symbol is negative or not below V.

    Source: Rabiner (1989), equation 9.
    """
    obs, log_B = np.asarray(obs, dtype=int), np.asarray(log_B, dtype=float)
    if not np.isin(obs, np.arange(log_B.shape[1])).all():
        raise ValueError(f"obs should hold whole numbers from 0 to V - 1 = {log_B.shape[1] - 1}")
    return log_B[:, obs].T


def forward(log_pi: ArrayLike, log_A: ArrayLike, log_lik: ArrayLike) -> tuple[np.ndarray, float]:
    """The forward algorithm, in log space: what the past says about the present, and the log-likelihood.

    alpha_t(k) = p(x_1, ..., x_t, z_t = k): first alpha_1(k) = pi_k p(x_1 | k), then
    alpha_{t+1}(j) = p(x_{t+1} | j) sum_i alpha_t(i) A_ij. Their products underflow after a few hundred steps:
    never leave log space (10,000 steps must work). Any -inf among the arguments is allowed.

    Args:
        log_pi: (K,) array-like, log p(z_1 = k); the exponentials sum to 1.
        log_A: (K, K) array-like, rows = from; the exponentials of each row sum to 1.
        log_lik: (T, K) array-like, log p(x_t | z_t = k); T >= 1.

    Returns:
        (log_alpha, log_likelihood): a (T, K) array, never NaN, and the float log p(x_1, ..., x_T). The arguments
        are left unchanged.

    Raises:
        ValueError: the observations are impossible (their probability is 0); or log_A is not (K, K); or log_lik
            is not (T, K) with T >= 1.
        ValueError: log_pi or a row of log_A does not sum to 1 (hidden tests do not check this).

    Source: Rabiner (1989), equations 19 to 21.
    """
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K):
        raise ValueError(f"log_A should have shape ({K}, {K}), rows = from, but has {log_A.shape}")
    if log_lik.shape != (max(len(log_lik), 1), K):
        raise ValueError(f"log_lik should have shape (T, {K}) with T >= 1, but has {log_lik.shape}")
    if abs(np.exp(log_pi).sum() - 1) > 1e-6:  # not graded
        raise ValueError("log_pi should hold logarithms of probabilities with the sum 1")
    if (abs(np.exp(log_A).sum(axis=1) - 1) > 1e-6).any():  # not graded
        raise ValueError("log_A should hold logarithms of probabilities: rows = from, each with the sum 1")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A, axis=0)
    log_likelihood = float(np.logaddexp.reduce(log_alpha[-1]))
    if log_likelihood == -np.inf:
        raise ValueError("log_lik: these observations are impossible, no path of states allows them")
    return log_alpha, log_likelihood


def backward(log_A: ArrayLike, log_lik: ArrayLike) -> np.ndarray:
    """The backward algorithm, in log space: what the future says about the present.

    beta_t(i) = p(x_{t+1}, ..., x_T | z_t = i): last beta_T(i) = 1, before it
    beta_t(i) = sum_j A_ij p(x_{t+1} | j) beta_{t+1}(j).

    Args:
        log_A: (K, K) array-like, rows = from; may hold -inf.
        log_lik: (T, K) array-like, log p(x_t | z_t = k); T >= 1; may hold -inf.

    Returns:
        log_beta, a (T, K) array whose last row is 0; -inf where the future is impossible from that state, never
        NaN. The arguments are left unchanged.

    Raises:
        ValueError: log_lik is not (T, K) with T >= 1.
        ValueError: log_A is not (K, K) (hidden tests do not check this).

    Source: Rabiner (1989), equations 23 to 25.
    """
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    T, K = max(len(log_lik), 1), len(log_A)
    if log_A.shape != (K, K):  # not graded
        raise ValueError(f"log_A should have shape (K, K), rows = from, but has {log_A.shape}")
    if log_lik.shape != (T, K):
        raise ValueError(f"log_lik should have shape (T, {K}) with T >= 1, but has {log_lik.shape}")
    log_beta = np.zeros((T, K))
    for t in range(T - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t + 1] + log_beta[t + 1], axis=1)
    return log_beta


def posterior(log_alpha: ArrayLike, log_beta: ArrayLike) -> np.ndarray:
    """Where the chain was at each step, in the light of all observations: gamma_t(k) = p(z_t = k | x_1, ..., x_T).

    gamma_t(k) is proportional to alpha_t(k) beta_t(k); their sum over k is the likelihood, at every t.

    Args:
        log_alpha: (T, K) array-like, from `forward`; T >= 1.
        log_beta: (T, K) array-like, from `backward`.

    Returns:
        gamma, a (T, K) array of probabilities (not logarithms), rows sum to 1. The arguments are left unchanged.

    Raises:
        ValueError: in some row log_alpha + log_beta is -inf throughout (the observations are impossible).
        ValueError: log_alpha and log_beta are not both (T, K) (hidden tests do not check this).

    Source: Rabiner (1989), equation 27.
    """
    if np.ndim(log_alpha) != 2 or np.shape(log_alpha) != np.shape(log_beta):  # not graded
        raise ValueError(
            "log_alpha and log_beta should have the same shape (T, K), "
            f"not {np.shape(log_alpha)} and {np.shape(log_beta)}"
        )
    log_joint = np.asarray(log_alpha, dtype=float) + np.asarray(log_beta, dtype=float)
    log_p = special.logsumexp(log_joint, axis=1, keepdims=True)
    if (log_p == -np.inf).any():
        raise ValueError("log_alpha and log_beta: no state is possible at some step")
    return np.exp(log_joint - log_p)


def viterbi(log_pi: ArrayLike, log_A: ArrayLike, log_lik: ArrayLike) -> tuple[np.ndarray, float]:
    """The most probable path of states, by the Viterbi algorithm, in log space.

    delta_t(j) is the log probability of the best path that ends in j at t:
    delta_{t+1}(j) = log p(x_{t+1} | j) + max_i [delta_t(i) + log A_ij]. Remember the best i for each j, and read
    the path from its end.

    Args:
        log_pi: (K,) array-like, log p(z_1 = k).
        log_A: (K, K) array-like, rows = from.
        log_lik: (T, K) array-like, log p(x_t | z_t = k); T >= 1. Any -inf is allowed.

    Returns:
        (path, log_prob): a (T,) array of whole numbers 0..K-1, and the float log p(path, x_1, ..., x_T). Where
        several paths are equally good, any of them. If the observations are impossible, any path and -inf.
        The arguments are left unchanged.

    Raises:
        ValueError: log_lik is not (T, K) with T >= 1.
        ValueError: log_A is not (K, K) (hidden tests do not check this).

    Source: Viterbi (1967); Rabiner (1989), equations 32 to 35.
    """
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    T, K = max(len(log_lik), 1), len(log_pi)
    if log_lik.shape != (T, K):
        raise ValueError(f"log_lik should have shape (T, {K}) with T >= 1, but has {log_lik.shape}")
    if log_A.shape != (K, K):  # not graded
        raise ValueError(f"log_A should have shape ({K}, {K}), rows = from, but has {log_A.shape}")
    delta = log_pi + log_lik[0]
    best_from = np.zeros((T, K), dtype=int)
    for t in range(1, T):
        scores = delta[:, None] + log_A  # from i (row) to j (column)
        best_from[t] = scores.argmax(axis=0)
        delta = log_lik[t] + scores.max(axis=0)
    path = np.zeros(T, dtype=int)
    path[-1] = delta.argmax()
    for t in range(T - 1, 0, -1):
        path[t - 1] = best_from[t, path[t]]
    return path, float(delta.max())


def pairwise_posterior(
    log_alpha: ArrayLike, log_beta: ArrayLike, log_A: ArrayLike, log_lik: ArrayLike
) -> np.ndarray:
    """Which transitions were made, in the light of all observations: xi_t(i, j) = p(z_t = i, z_{t+1} = j | x).

    xi_t(i, j) is proportional to alpha_t(i) A_ij p(x_{t+1} | j) beta_{t+1}(j).

    Args:
        log_alpha: (T, K) array-like, from `forward`; T >= 1.
        log_beta: (T, K) array-like, from `backward`.
        log_A: (K, K) array-like, rows = from; may hold -inf.
        log_lik: (T, K) array-like, log p(x_t | z_t = k).

    Returns:
        xi, a (T - 1, K, K) array of probabilities: xi[t] is about steps t and t + 1 and sums to 1. T = 1 gives
        shape (0, K, K). The arguments are left unchanged.

    Raises:
        ValueError: in some xi[t] every transition is impossible (the observations are).
        ValueError: the shapes do not fit together (hidden tests do not check this).

    Source: Rabiner (1989), equation 37.
    """
    log_alpha, log_beta, log_A, log_lik = (
        np.asarray(part, dtype=float) for part in (log_alpha, log_beta, log_A, log_lik)
    )
    if not log_alpha.shape == log_beta.shape == log_lik.shape == (len(log_lik), len(log_A)):  # not graded
        shapes = ", ".join(str(part.shape) for part in (log_alpha, log_beta, log_lik))
        raise ValueError(
            f"log_alpha, log_beta and log_lik should have shape (T, K) with K = {len(log_A)}, not {shapes}"
        )
    log_joint = log_alpha[:-1, :, None] + log_A + (log_lik + log_beta)[1:, None, :]
    log_p = np.logaddexp.reduce(np.logaddexp.reduce(log_joint, axis=2), axis=1)
    if (log_p == -np.inf).any():
        raise ValueError("log_alpha, log_beta, log_A and log_lik: no transition is possible at some step")
    return np.exp(log_joint - log_p[:, None, None])


def baum_welch_step(sequences: Sequence[ArrayLike], params: HMMParams) -> tuple[HMMParams, float]:
    """One iteration of Baum-Welch, which is EM for hidden Markov models, over several sequences.

    E-step: gamma and xi of every sequence on its own. M-step: expected counts, added over all sequences, become
    probabilities: pi from the gamma_1; row i of A from the expected transitions out of i; row k of B from the
    expected number of times that k showed each symbol.

    Args:
        sequences: list of (T_i,) array-likes of whole numbers 0..V-1, at least one, each with T_i >= 1. The end
            of one sequence and the start of the next have nothing to do with each other.
        params: the old parameters; -inf stays -inf.

    Returns:
        (params, log_likelihood): the new HMMParams, and the log-likelihood of all sequences together under the
        *old* parameters, a float. A row whose expected counts are all 0 (a state that is never left, or never
        visited) keeps its old values. The arguments are left unchanged.

    Raises:
        ValueError: there is no sequence, or one is impossible under the old parameters.

    Source: Rabiner (1989), equations 40 and 109 to 111; Baum et al. (1970).
    """
    if len(sequences) == 0:
        raise ValueError("sequences should hold at least one sequence")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    starts, moves, shown = np.zeros_like(log_pi), np.zeros_like(log_A), np.zeros_like(log_B)
    total = 0.0
    for obs in sequences:
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, log_likelihood = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts += gamma[0]
        moves += pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        np.add.at(shown.T, np.asarray(obs), gamma)
        total += log_likelihood
    left, visited = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        new_log_A = np.where(left > 0, np.log(moves / left), log_A)
        new_log_B = np.where(visited > 0, np.log(shown / visited), log_B)
        return HMMParams(np.log(starts / len(sequences)), new_log_A, new_log_B), total


def fit(
    sequences: Sequence[ArrayLike], params: HMMParams, max_iter: int = 100, tol: float = 1e-6
) -> tuple[HMMParams, np.ndarray]:
    """Fit a hidden Markov model by Baum-Welch, starting from given parameters.

    One iteration is one `baum_welch_step`, whose log-likelihood goes into the history. Stop after the iteration
    whose log-likelihood differs from the one before by less than `tol` (absolute), or after `max_iter` iterations.

    Args:
        sequences: list of (T_i,) array-likes of whole numbers 0..V-1.
        params: where to start.
        max_iter: the largest number of iterations, >= 1.
        tol: number >= 0.

    Returns:
        (params, history): the parameters after the last iteration, and an array with one log-likelihood an
        iteration, so history[i] belongs to the parameters *before* update i. The arguments are left unchanged.

    Raises:
        ValueError: as `baum_welch_step`.
        ValueError: max_iter is below 1, or tol is negative (hidden tests do not check this).

    Source: Rabiner (1989), section III.C.
    """
    if max_iter < 1 or not tol >= 0:  # not graded
        raise ValueError(f"max_iter >= 1 and tol >= 0 are needed, not {max_iter} and {tol}")
    history: list[float] = []
    for _ in range(max_iter):
        params, log_likelihood = baum_welch_step(sequences, params)
        history.append(log_likelihood)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)


def gaussian_emissions(x: ArrayLike, means: ArrayLike, variances: ArrayLike) -> np.ndarray:
    """How well each state explains each observed number: log p(x_t | z_t = k), when state k shows N(mean, variance).

    Args:
        x: (T,) array-like of real numbers; T may be 0.
        means: (K,) array-like.
        variances: (K,) array-like, all > 0: variances, not standard deviations.

    Returns:
        (T, K) array of natural logarithms of densities, finite even for numbers hundreds of standard deviations
        away. The arguments are left unchanged.

    Raises:
        ValueError: a variance is not positive.
        ValueError: x, means and variances are not (T,), (K,) and (K,) (hidden tests do not check this).

    Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 1.46.
    """
    x, means, variances = (np.asarray(part, dtype=float) for part in (x, means, variances))
    if (variances <= 0).any():
        raise ValueError("variances should all be positive")
    if x.ndim != 1 or means.ndim != 1 or variances.shape != means.shape:  # not graded
        raise ValueError(
            "x, means and variances should have shapes (T,), (K,) and (K,), "
            f"not {x.shape}, {means.shape} and {variances.shape}"
        )
    squares = (x[:, None] - means) ** 2 / variances
    return -0.5 * (np.log(2 * np.pi * variances) + squares)


def derive_a_update_2state() -> dict[str, sp.Expr]:
    """How a transition probability is learned, in six steps, each a SymPy expression: two states, x_1 and x_2.

    Symbols (by these names): `a` = A_11 and `c` = A_22, the probabilities to stay (so A_12 = 1 - a and
    A_21 = 1 - c); `f1`, `f2`: alpha_1(1) and alpha_1(2); `g1`, `g2`: p(x_2 | z_2 = 1) and p(x_2 | z_2 = 2).
    From step three on many sequences are at hand: `n11`, `n12` are the expected numbers of transitions from 1
    to 1 and from 1 to 2, summed over all of them and fixed.

    Returns:
        A dictionary with these entries:
        "evidence": p(x_1, x_2), a sum over the four paths, in a, c, f1, f2, g1, g2;
        "xi_11": p(z_1 = 1, z_2 = 1 | x_1, x_2), in the same symbols;
        "Q": the terms of the expected complete-data log-likelihood that hold a, in a, n11, n12;
        "slope": the derivative of Q with respect to a;
        "a": where that is zero, in n11, n12: the update;
        "score": the derivative of log p(x_1, x_2) with respect to a, in the symbols of the first two steps.

    Source: Rabiner (1989), section III.C; Bishop (2006), section 13.2.1.
    """
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12", positive=True)
    evidence = f1 * a * g1 + f1 * (1 - a) * g2 + f2 * (1 - c) * g1 + f2 * c * g2
    return {
        "evidence": evidence,
        "xi_11": f1 * a * g1 / evidence,
        "Q": n11 * sp.log(a) + n12 * sp.log(1 - a),
        "slope": n11 / a - n12 / (1 - a),
        "a": n11 / (n11 + n12),
        "score": f1 * (g1 - g2) / evidence,
    }
