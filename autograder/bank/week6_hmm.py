"""Known wrong and right solutions of week 6: hidden Markov models."""

# ruff: noqa: B905, D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy import special

from autograder.bank import right, wrong
from reference.hmm import (
    HMMParams,
    backward,
    baum_welch_step,
    emission_log_likelihoods,
    forward,
    pairwise_posterior,
    posterior,
    viterbi,
)

_MOVES = (
    "Draw each state from the row of A that belongs to the state before it: rows are from, columns are to."
)
_SHOWN = "Draw each symbol from the row of B that belongs to the state at the same step, anew for every step."
_START = "The first state comes from pi, drawn with the generator that was handed in."
_ROWS = "Rows of A are from, columns are to: you go the wrong way along the arrows, which only a symmetric A forgives."

_FILLED = "every entry that matters is filled in later; whole numbers may be floats"
_NEVER = "equality to the last bit does not happen"
_ORTHOGONAL = "the ones stand at right angles to all that the equations can reach: least squares ignores them"
_INDEX = "NumPy takes a list of whole numbers as an index too"
_DEFAULT = "the first axis is the default"
_EMPTY_LIST = (
    "they differ for an empty list alone (an array is handed over), a trap of NumPy and not of the model"
)
_MESSAGE = "only the message differs"
_SYMMETRIC = "the order of the two does not matter"

EQUIVALENT_MUTANTS = {
    "sample: states, obs = np.zeros(T, dtype=int), np.zeros(T, dtype=int) → "
    "obs, states = np.zeros(T, dtype=int), np.zeros(T, dtype=int)": _FILLED,
    "sample: states, obs = np.zeros(T, dtype=int), np.zeros(T, dtype=int) → "
    "states, obs = np.ones(T, dtype=int), np.zeros(T, dtype=int)": _FILLED,
    "sample: states, obs = np.zeros(T, dtype=int), np.zeros(T, dtype=int) → "
    "states, obs = np.zeros(T, dtype=int), np.ones(T, dtype=int)": _FILLED,
    "sample: states, obs = np.zeros(T, dtype=int), np.zeros(T, dtype=int) → "
    "states, obs = np.zeros(T, dtype=int), np.zeros(T)": _FILLED,
    "stationary: if A.shape != (K, K) or (A < 0).any() or (abs(A.sum(axis=1) - 1) > 1e-8).any(): → "
    "if A.shape != (K, K) or (A < 0).any() or (abs(A.sum(axis=1) - 1) >= 1e-8).any():": _NEVER,
    "stationary: right_side = np.append(np.zeros(K), 1) → right_side = np.append(np.ones(K), 1)": _ORTHOGONAL,
    "stationary: return np.linalg.lstsq(equations, right_side, rcond=None)[0] → "
    "return np.linalg.lstsq(equations, right_side)[0]": "the default of NumPy 2 is as good",
    "emission_log_likelihoods: obs, log_B = np.asarray(obs, dtype=int), np.asarray(log_B, dtype=float) → "
    "obs, log_B = np.asarray(obs), np.asarray(log_B, dtype=float)": _EMPTY_LIST,
    "emission_log_likelihoods: "
    'raise ValueError(f"obs should hold whole numbers from 0 to V - 1 = {log_B.shape[1] - 1}") → '
    'raise ValueError(f"obs should hold whole numbers from 0 to V - 1 = {log_B.shape[1] + 1}")': _MESSAGE,
    "emission_log_likelihoods: "
    'raise ValueError(f"obs should hold whole numbers from 0 to V - 1 = {log_B.shape[1] - 1}") → '
    'raise ValueError(f"obs should hold whole numbers from 0 to V - 1 = {log_B.shape[1] - 2}")': _MESSAGE,
    "forward: if log_lik.shape != (max(len(log_lik), 1), K): → "
    "if log_lik.shape != (max(1, len(log_lik)), K):": _SYMMETRIC,
    "forward: log_alpha[t] = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A, axis=0) → "
    "log_alpha[t] = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A)": _DEFAULT,
    "backward: T, K = max(len(log_lik), 1), len(log_A) → T, K = max(1, len(log_lik)), len(log_A)": _SYMMETRIC,
    "viterbi: T, K = max(len(log_lik), 1), len(log_pi) → T, K = max(1, len(log_lik)), len(log_pi)": _SYMMETRIC,
    "viterbi: best_from = np.zeros((T, K), dtype=int) → best_from = np.ones((T, K), dtype=int)": _FILLED,
    "viterbi: best_from = np.zeros((T, K), dtype=int) → best_from = np.zeros((T, K))": _FILLED,
    "viterbi: path = np.zeros(T, dtype=int) → path = np.ones(T, dtype=int)": _FILLED,
    "baum_welch_step: gamma = posterior(log_alpha, log_beta) → gamma = posterior(log_beta, log_alpha)": _SYMMETRIC,
    "baum_welch_step: np.add.at(shown.T, np.asarray(obs), gamma) → np.add.at(shown.T, (obs), gamma)": _INDEX,
    'baum_welch_step: with np.errstate(divide="ignore", invalid="ignore"): → '
    'with np.errstate(invalid="ignore"):': "a warning costs nothing",
    'baum_welch_step: with np.errstate(divide="ignore", invalid="ignore"): → '
    'with np.errstate(divide="ignore"):': "a warning costs nothing",
    "fit: if len(history) > 1 and abs(history[-1] - history[-2]) < tol: → "
    "if len(history) > 1 and (history[-1] - history[-2]) < tol:": "EM never lowers the log-likelihood",
    "fit: if len(history) > 1 and abs(history[-1] - history[-2]) < tol: → "
    "if len(history) > 1 and abs(history[-1] - history[-2]) <= tol:": _NEVER,
    'derive_a_update_2state: a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12", positive=True) → '
    'a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12")': "assumptions do not change the values",
}

# sample


@wrong("sample", hint=_MOVES)
def moves_by_columns(rng, params, T):
    pi, A, B = (np.exp(part) for part in params)
    A = A.T / A.T.sum(axis=1, keepdims=True)
    states = [rng.choice(len(pi), p=pi)]
    for _ in range(T - 1):
        states.append(rng.choice(len(pi), p=A[states[-1]]))
    obs = [rng.choice(B.shape[1], p=B[z]) for z in states]
    return np.array(states), np.array(obs)


@wrong("sample", hint=_MOVES)
def every_state_from_pi(rng, params, T):
    pi, _, B = (np.exp(part) for part in params)
    states = rng.choice(len(pi), size=T, p=pi)
    obs = [rng.choice(B.shape[1], p=B[z]) for z in states]
    return states, np.array(obs)


@wrong("sample", hint=_SHOWN)
def shows_the_state_before(rng, params, T):
    pi, A, B = (np.exp(part) for part in params)
    states, obs = [rng.choice(len(pi), p=pi)], []
    obs.append(rng.choice(B.shape[1], p=B[states[0]]))
    for _ in range(T - 1):
        obs.append(rng.choice(B.shape[1], p=B[states[-1]]))
        states.append(rng.choice(len(pi), p=A[states[-1]]))
    return np.array(states), np.array(obs)


@wrong("sample", hint=_SHOWN)
def most_probable_symbol(rng, params, T):
    pi, A, B = (np.exp(part) for part in params)
    states = [rng.choice(len(pi), p=pi)]
    for _ in range(T - 1):
        states.append(rng.choice(len(pi), p=A[states[-1]]))
    return np.array(states), B.argmax(axis=1)[states]


@wrong("sample", hint=_START)
def starts_anywhere(rng, params, T):
    _, A, B = (np.exp(part) for part in params)
    states = [rng.integers(len(A))]
    for _ in range(T - 1):
        states.append(rng.choice(len(A), p=A[states[-1]]))
    obs = [rng.choice(B.shape[1], p=B[z]) for z in states]
    return np.array(states), np.array(obs)


@wrong("sample", hint=_START)
def generator_of_its_own(rng, params, T):
    rng = np.random.default_rng(0)
    pi, A, B = (np.exp(part) for part in params)
    states = [rng.choice(len(pi), p=pi)]
    for _ in range(T - 1):
        states.append(rng.choice(len(pi), p=A[states[-1]]))
    obs = [rng.choice(B.shape[1], p=B[z]) for z in states]
    return np.array(states), np.array(obs)


@right("sample")
def by_inverse_distribution(rng, params, T):
    pi, A, B = (np.cumsum(np.exp(part), axis=-1) for part in params)
    states, obs = [], []
    row = pi
    for _ in range(T):
        z = int((row < rng.random() * row[-1]).sum())
        states.append(z)
        obs.append(int((B[z] < rng.random() * B[z, -1]).sum()))
        row = A[z]
    return states, obs


@right("sample")
def by_gumbel(rng, params, T):
    log_pi, log_A, log_B = params
    states = np.zeros(T, dtype=int)
    states[0] = np.argmax(log_pi + rng.gumbel(size=len(log_pi)))
    for t in range(1, T):
        states[t] = np.argmax(log_A[states[t - 1]] + rng.gumbel(size=len(log_pi)))
    obs = np.argmax(log_B[states] + rng.gumbel(size=(T, log_B.shape[1])), axis=1)
    return states, obs


# stationary


@wrong(
    "stationary",
    hint="You solved A p = p. Time moves the row vector: p A = p, the eigenvector of the transposed matrix.",
)
def eigenvector_of_the_wrong_side(A):
    A = np.asarray(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or (A < 0).any() or not np.allclose(A.sum(axis=1), 1):
        raise ValueError("A")
    values, vectors = np.linalg.eig(A)
    p = vectors[:, np.argmin(abs(values - 1))].real
    return p / p.sum()


@wrong(
    "stationary",
    hint="A periodic chain never settles, and a slow one needs millions of steps: solve p A = p instead of stepping.",
)
def a_thousand_steps(A):
    A = np.asarray(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or (A < 0).any() or not np.allclose(A.sum(axis=1), 1):
        raise ValueError("A")
    return np.linalg.matrix_power(A, 1000)[0]


@wrong("stationary", hint="An eigenvector has any length and sign: divide it by its sum.")
def eigenvector_of_length_one(A):
    A = np.asarray(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or (A < 0).any() or not np.allclose(A.sum(axis=1), 1):
        raise ValueError("A")
    values, vectors = np.linalg.eig(A.T)
    return abs(vectors[:, np.argmin(abs(values - 1))].real)


@wrong(
    "stationary",
    hint="The docstring promises ValueError for a matrix that holds no transition probabilities: check A first.",
)
def takes_any_matrix(A):
    A = np.asarray(A, dtype=float)
    K = len(A)
    equations = np.vstack([A.T - np.eye(A.shape[1], K), np.ones(K)])
    right_side = np.append(np.zeros(len(equations) - 1), 1)
    return np.linalg.lstsq(equations, right_side, rcond=None)[0]


@right("stationary")
def by_eigenvector(A):
    A = np.asarray(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or (A < 0).any() or not np.allclose(A.sum(axis=1), 1):
        raise ValueError("A should hold transition probabilities")
    values, vectors = np.linalg.eig(A.T)
    p = vectors[:, np.argmin(abs(values - 1))].real
    return p / p.sum()


@right("stationary")
def by_removing_states(A):
    A = np.array(A, dtype=float)
    if A.ndim != 2 or len(A) != len(A[0]) or A.min() < 0 or abs(A.sum(axis=1) - 1).max() > 1e-8:
        raise ValueError("A should hold transition probabilities")
    K = len(A)
    for k in range(K - 1, 0, -1):
        A[:k, k] /= A[k, :k].sum()
        A[:k, :k] += np.outer(A[:k, k], A[k, :k])
    p = np.ones(K)
    for k in range(1, K):
        p[k] = p[:k] @ A[:k, k]
    return p / p.sum()


@right("stationary")
def one_equation_replaced(A):
    A = np.asarray(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or (A < 0).any() or not np.allclose(A.sum(axis=1), 1):
        raise ValueError("A should hold transition probabilities")
    system = A.T - np.eye(len(A))
    system[-1] = 1
    right_side = np.zeros(len(A))
    right_side[-1] = 1
    return np.linalg.solve(system, right_side)


# emission_log_likelihoods


@wrong(
    "emission_log_likelihoods",
    hint="A negative index means 'from the end' in NumPy: -1 is taken for the last symbol.",
)
def negative_symbols_wrap(obs, log_B):
    obs, log_B = np.asarray(obs, dtype=int), np.asarray(log_B, dtype=float)
    if (obs >= log_B.shape[1]).any():
        raise ValueError("obs")
    return log_B[:, obs].T


@wrong(
    "emission_log_likelihoods",
    hint="One row a step and one column a state is asked for: (T, K).",
    also=("baum_welch_step", "fit"),
)
def states_by_steps(obs, log_B):
    obs, log_B = np.asarray(obs, dtype=int), np.asarray(log_B, dtype=float)
    if not np.isin(obs, np.arange(log_B.shape[1])).all():
        raise ValueError("obs")
    return log_B[:, obs]


@wrong(
    "emission_log_likelihoods",
    hint="Logarithms are asked for; these are probabilities.",
    also=("baum_welch_step", "fit"),
)
def probabilities_of_symbols(obs, log_B):
    obs, log_B = np.asarray(obs, dtype=int), np.asarray(log_B, dtype=float)
    if not np.isin(obs, np.arange(log_B.shape[1])).all():
        raise ValueError("obs")
    return np.exp(log_B[:, obs].T)


@right("emission_log_likelihoods")
def symbol_by_symbol(obs, log_B):
    K, V = len(log_B), len(log_B[0])
    rows = []
    for v in obs:
        if not 0 <= v < V:
            raise ValueError("obs holds an unknown symbol")
        rows.append([log_B[k][v] for k in range(K)])
    return np.array(rows).reshape(len(rows), K)


@right("emission_log_likelihoods")
def rows_taken(obs, log_B):
    columns, obs = np.transpose(log_B), np.array(obs, dtype=int)
    if obs.size and (obs.min() < 0 or obs.max() >= len(columns)):
        raise ValueError("obs")
    return np.take(columns, obs, axis=0)


# forward


@wrong("forward", hint=_ROWS, also=("baum_welch_step", "fit"))
def forward_against_the_arrows(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1] + log_A, axis=1)
    value = np.logaddexp.reduce(log_alpha[-1])
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


@wrong(
    "forward",
    hint="The products underflow after a few hundred steps: keep logarithms, or rescale and add up the scales.",
    also=("baum_welch_step",),
)
def forward_with_probabilities(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    A, lik = np.exp(log_A), np.exp(log_lik)
    alpha = np.zeros_like(lik)
    alpha[0] = np.exp(log_pi) * lik[0]
    for t in range(1, len(lik)):
        alpha[t] = lik[t] * (alpha[t - 1] @ A)
    if alpha[-1].sum() == 0:
        raise ValueError("impossible")
    with np.errstate(divide="ignore"):
        return np.log(alpha), np.log(alpha[-1].sum())


@wrong(
    "forward",
    hint="You rescale each step and throw the scales away: their logarithms, added up, are the log-likelihood.",
    also=("baum_welch_step", "fit"),
)
def scales_thrown_away(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    step = log_pi + log_lik[0]
    for t in range(len(log_lik)):
        if t > 0:
            step = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A, axis=0)
        scale = np.logaddexp.reduce(step)
        if scale == -np.inf:
            raise ValueError("impossible")
        log_alpha[t] = step - scale
    return log_alpha, np.logaddexp.reduce(log_alpha[-1])


@wrong(
    "forward",
    hint="The first step is missing something: alpha_1(k) is the probability to start in k *and* to show x_1.",
    also=("baum_welch_step", "fit"),
)
def pi_ignored(log_pi, log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_lik[0] - np.log(K)
    for t in range(1, len(log_lik)):
        log_alpha[t] = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A, axis=0)
    value = np.logaddexp.reduce(log_alpha[-1])
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


@wrong(
    "forward",
    hint="The new state shows the new symbol: the emission at t + 1 stands outside the sum, for the state one goes to.",
    also=("baum_welch_step", "fit"),
)
def emission_of_the_step_before(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = np.logaddexp.reduce((log_alpha[t - 1] + log_lik[t - 1])[:, None] + log_A, axis=0)
    value = np.logaddexp.reduce(log_alpha[-1])
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


@wrong(
    "forward",
    hint="That is the best path's probability. The past is summed over all paths, in log space with log-sum-exp.",
    also=("baum_welch_step", "fit"),
)
def best_instead_of_sum(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = log_lik[t] + (log_alpha[t - 1][:, None] + log_A).max(axis=0)
    value = log_alpha[-1].max()
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


@wrong(
    "forward",
    hint="Subtracting a maximum of minus infinity gives NaN: special.logsumexp and np.logaddexp know that case.",
    also=("baum_welch_step",),
)
def nan_from_minus_infinity(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    with np.errstate(all="ignore"):
        for t in range(1, len(log_lik)):
            terms = log_alpha[t - 1][:, None] + log_A
            top = terms.max(axis=0)
            log_alpha[t] = log_lik[t] + top + np.log(np.exp(terms - top).sum(axis=0))
    value = special.logsumexp(log_alpha[-1])
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


@wrong(
    "forward",
    hint="A small constant instead of zero makes the impossible possible: its logarithm is minus infinity, and may be.",
    also=("baum_welch_step",),
)
def epsilon_for_zero(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (
        np.log(np.exp(np.asarray(part, dtype=float)) + 1e-12) for part in (log_pi, log_A, log_lik)
    )
    K = len(log_pi)
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = log_lik[t] + special.logsumexp(log_alpha[t - 1][:, None] + log_A, axis=0)
    return log_alpha, special.logsumexp(log_alpha[-1])


@wrong(
    "forward",
    hint="The docstring promises ValueError for impossible observations and for shapes that do not fit.",
)
def takes_everything(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    log_alpha = np.zeros_like(log_lik)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = log_lik[t] + np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A, axis=0)
    return log_alpha, np.logaddexp.reduce(log_alpha[-1])


@wrong(
    "forward",
    hint="Your function writes into log_lik: np.asarray does not copy. Make a new array for log alpha.",
    also=("baum_welch_step", "fit"),
)
def writes_into_log_lik(log_pi, log_A, log_lik):
    log_pi, log_A, log_alpha = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    if log_A.shape != (K, K) or log_alpha.ndim != 2 or log_alpha.shape[1] != K or len(log_alpha) == 0:
        raise ValueError("shapes")
    log_alpha[0] += log_pi
    for t in range(1, len(log_alpha)):
        log_alpha[t] += np.logaddexp.reduce(log_alpha[t - 1][:, None] + log_A, axis=0)
    value = np.logaddexp.reduce(log_alpha[-1])
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


@right("forward")
def forward_scaled(log_pi, log_A, log_lik):
    pi, A = np.exp(np.asarray(log_pi, dtype=float)), np.exp(np.asarray(log_A, dtype=float))
    log_lik = np.asarray(log_lik, dtype=float)
    K = len(pi)
    if A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("the shapes do not fit")
    log_alpha = np.zeros(log_lik.shape)
    total, ahead = 0.0, pi
    for t in range(len(log_lik)):
        top = log_lik[t].max()
        if top == -np.inf:
            raise ValueError("impossible observations")
        hat = ahead * np.exp(log_lik[t] - top)
        scale = hat.sum()
        if scale == 0:
            raise ValueError("impossible observations")
        total += top + np.log(scale)
        with np.errstate(divide="ignore"):
            log_alpha[t] = np.log(hat / scale) + total
        ahead = (hat / scale) @ A
    return log_alpha, total


@right("forward")
def forward_by_loops(log_pi, log_A, log_lik):
    import math

    K = len(log_pi)
    if len(log_lik) == 0 or any(len(row) != K for row in log_lik):
        raise ValueError("log_lik should be (T, K)")
    if len(log_A) != K or any(len(row) != K for row in log_A):
        raise ValueError("log_A should be (K, K)")

    def log_sum(terms):
        top = max(terms)
        return top if top == -math.inf else top + math.log(sum(math.exp(x - top) for x in terms))

    moves = [[float(log_A[i][j]) for i in range(K)] for j in range(K)]
    rows = [[float(log_pi[k] + log_lik[0][k]) for k in range(K)]]
    for lik in list(log_lik)[1:]:
        old = rows[-1]
        rows.append([float(lik[j]) + log_sum([a + m for a, m in zip(old, moves[j])]) for j in range(K)])
    value = log_sum(rows[-1])
    if value == -math.inf:
        raise ValueError("impossible observations")
    return rows, value


@right("forward")
def forward_by_scipy(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi), np.array(log_A), np.array(log_lik)
    if log_A.shape != (log_pi.size, log_pi.size) or log_lik.shape[1:] != log_pi.shape or not log_lik.size:
        raise ValueError("the shapes do not fit")
    rows = [log_pi + log_lik[0]]
    for lik in log_lik[1:]:
        rows.append(special.logsumexp(rows[-1] + log_A.T, axis=1) + lik)
    value = special.logsumexp(rows[-1])
    if np.isneginf(value):
        raise ValueError("impossible observations")
    return np.stack(rows), value


# backward


@wrong("backward", hint=_ROWS, also=("baum_welch_step", "fit"))
def backward_against_the_arrows(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.zeros_like(log_lik)
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A.T + log_lik[t + 1] + log_beta[t + 1], axis=1)
    return log_beta


@wrong(
    "backward",
    hint="The symbol at t belongs to alpha. Beta at t begins with the symbol at t + 1, shown by the state one goes to.",
    also=("baum_welch_step", "fit"),
)
def emission_of_this_step(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.zeros_like(log_lik)
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t] + log_beta[t + 1], axis=1)
    return log_beta


@wrong(
    "backward",
    hint="The emission belongs to the state one goes to, inside the sum; you took that of the state one comes from.",
    also=("baum_welch_step", "fit"),
)
def emission_outside_the_sum(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.zeros_like(log_lik)
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = log_lik[t + 1] + np.logaddexp.reduce(log_A + log_beta[t + 1], axis=1)
    return log_beta


@wrong(
    "backward",
    hint="Nothing comes after the last step, and the probability of nothing is 1. Its logarithm is not.",
    also=("baum_welch_step", "fit"),
)
def ends_with_one(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.ones_like(log_lik)
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t + 1] + log_beta[t + 1], axis=1)
    return log_beta


@wrong(
    "backward",
    hint="Your loop leaves out the first step: range(T - 2, 0, -1) ends at 1.",
    also=("baum_welch_step", "fit"),
)
def first_step_forgotten(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.zeros_like(log_lik)
    for t in range(len(log_lik) - 2, 0, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t + 1] + log_beta[t + 1], axis=1)
    return log_beta


@wrong(
    "backward",
    hint="Beta at T is 1 for every state: the last symbol is already in alpha.",
    also=("baum_welch_step", "fit"),
)
def ends_with_the_last_emission(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.zeros_like(log_lik)
    log_beta[-1] = log_lik[-1]
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t + 1] + log_beta[t + 1], axis=1)
    return log_beta


@wrong(
    "backward",
    hint="The products underflow after a few hundred steps, and log 0 is minus infinity: stay in log space.",
    also=("baum_welch_step",),
)
def backward_with_probabilities(log_A, log_lik):
    A, lik = np.exp(np.asarray(log_A, dtype=float)), np.exp(np.asarray(log_lik, dtype=float))
    beta = np.ones_like(lik)
    for t in range(len(lik) - 2, -1, -1):
        beta[t] = A @ (lik[t + 1] * beta[t + 1])
    with np.errstate(divide="ignore"):
        return np.log(beta)


@wrong(
    "backward",
    hint="Rescaled at every step these are no longer probabilities of the future: add the logarithms of the scales.",
    also=("baum_welch_step",),
)
def backward_rescaled(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    log_beta = np.zeros_like(log_lik)
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t + 1] + log_beta[t + 1], axis=1)
        log_beta[t] -= np.logaddexp.reduce(log_beta[t])
    return log_beta


@right("backward")
def backward_by_loops(log_A, log_lik):
    import math

    K, lik = len(log_A), [[float(x) for x in row] for row in log_lik]
    moves = [[float(x) for x in row] for row in log_A]
    rows = [[0.0] * K]
    for after in reversed(lik[1:]):
        row = []
        for i in range(K):
            terms = [moves[i][j] + after[j] + rows[-1][j] for j in range(K)]
            top = max(terms)
            if top == -math.inf:
                row.append(top)
            else:
                row.append(top + math.log(sum(math.exp(x - top) for x in terms)))
        rows.append(row)
    return rows[::-1]


@right("backward")
def backward_by_scipy(log_A, log_lik):
    log_A, log_lik = np.array(log_A), np.array(log_lik)
    rows = [np.zeros(len(log_A))]
    for lik in log_lik[:0:-1]:
        rows.insert(0, special.logsumexp(log_A + (lik + rows[0])[None, :], axis=1))
    return np.stack(rows)


# posterior


@wrong(
    "posterior",
    hint="Far below zero every exponential is 0, and 0/0 is NaN: normalise in log space, then take the exponential.",
    also=("baum_welch_step",),
)
def posterior_by_products(log_alpha, log_beta):
    joint = np.exp(np.asarray(log_alpha)) * np.exp(np.asarray(log_beta))
    with np.errstate(all="ignore"):
        gamma = joint / joint.sum(axis=1, keepdims=True)
    if (joint == 0).all(axis=1).any() and np.isneginf(np.add(log_alpha, log_beta)).all(axis=1).any():
        raise ValueError("impossible")
    return gamma


@wrong(
    "posterior",
    hint="That is what the past says alone. All observations speak: the future does so through beta.",
    also=("baum_welch_step", "fit"),
)
def posterior_of_the_past(log_alpha, log_beta):
    log_alpha = np.asarray(log_alpha, dtype=float)
    log_p = special.logsumexp(log_alpha, axis=1, keepdims=True)
    if np.isneginf(log_alpha + np.asarray(log_beta)).all(axis=1).any():
        raise ValueError("impossible")
    return np.exp(log_alpha - log_p)


@wrong(
    "posterior",
    hint="At each step the states share probability one: sum over the states, not over time.",
    also=("baum_welch_step", "fit"),
)
def posterior_over_time(log_alpha, log_beta):
    joint = np.asarray(log_alpha, dtype=float) + np.asarray(log_beta, dtype=float)
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("impossible")
    with np.errstate(all="ignore"):
        return np.exp(joint - special.logsumexp(joint, axis=0))


@wrong(
    "posterior", hint="Probabilities are asked for; these are logarithms.", also=("baum_welch_step", "fit")
)
def log_of_the_posterior(log_alpha, log_beta):
    joint = np.asarray(log_alpha, dtype=float) + np.asarray(log_beta, dtype=float)
    log_p = special.logsumexp(joint, axis=1, keepdims=True)
    if np.isneginf(log_p).any():
        raise ValueError("impossible")
    return joint - log_p


@wrong(
    "posterior",
    hint="Where no state is possible you divide 0 by 0: the docstring promises ValueError.",
)
def posterior_of_anything(log_alpha, log_beta):
    joint = np.asarray(log_alpha, dtype=float) + np.asarray(log_beta, dtype=float)
    with np.errstate(all="ignore"):
        gamma = np.exp(joint - special.logsumexp(joint, axis=1, keepdims=True))
    return np.nan_to_num(gamma)


@right("posterior")
def posterior_by_softmax(log_alpha, log_beta):
    joint = np.add(log_alpha, log_beta)
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("impossible")
    return special.softmax(joint, axis=1)


@right("posterior")
def posterior_by_the_likelihood(log_alpha, log_beta):
    rows = []
    value = np.logaddexp.reduce(np.asarray(log_alpha)[-1])
    for a, b in zip(log_alpha, log_beta):
        row = [float(np.exp(x + y - value)) for x, y in zip(a, b)]
        if sum(row) == 0:
            raise ValueError("impossible")
        rows.append(row)
    return rows


# viterbi


@wrong(
    "viterbi",
    hint="You chose the best end at every step. The best path is read backwards from its end.",
)
def best_end_at_every_step(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    delta = np.zeros_like(log_lik)
    delta[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        delta[t] = log_lik[t] + (delta[t - 1][:, None] + log_A).max(axis=0)
    return delta.argmax(axis=1), delta[-1].max()


@wrong(
    "viterbi",
    hint="Step by step the most probable state is not the most probable path, and may not even be a possible one.",
)
def most_probable_states(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    try:
        path = posterior(forward(log_pi, log_A, log_lik)[0], backward(log_A, log_lik)).argmax(axis=1)
    except ValueError:
        return np.zeros(len(log_lik), dtype=int), -np.inf
    moves = log_A[path[:-1], path[1:]].sum()
    return path, log_pi[path[0]] + moves + log_lik[np.arange(len(path)), path].sum()


@wrong(
    "viterbi",
    hint="One step at a time is greedy: a path may have to start worse to end better.",
)
def greedy(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    scores = log_pi + log_lik[0]
    path, value = [int(scores.argmax())], scores.max()
    for t in range(1, len(log_lik)):
        scores = log_A[path[-1]] + log_lik[t]
        path.append(int(scores.argmax()))
        value += scores.max()
    return np.array(path), value


@wrong(
    "viterbi",
    hint="That is the log-likelihood, the sum over all paths. Viterbi keeps the best one: a maximum.",
)
def sum_instead_of_best(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    T = len(log_lik)
    delta, best_from = log_pi + log_lik[0], np.zeros(log_lik.shape, dtype=int)
    for t in range(1, T):
        scores = delta[:, None] + log_A
        best_from[t] = scores.argmax(axis=0)
        delta = log_lik[t] + np.logaddexp.reduce(scores, axis=0)
    path = [int(delta.argmax())]
    for t in range(T - 1, 0, -1):
        path.insert(0, int(best_from[t, path[0]]))
    return np.array(path), np.logaddexp.reduce(delta)


@wrong("viterbi", hint=_ROWS)
def viterbi_against_the_arrows(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    T = len(log_lik)
    delta, best_from = log_pi + log_lik[0], np.zeros(log_lik.shape, dtype=int)
    for t in range(1, T):
        scores = delta + log_A
        best_from[t] = scores.argmax(axis=1)
        delta = log_lik[t] + scores.max(axis=1)
    path = [int(delta.argmax())]
    for t in range(T - 1, 0, -1):
        path.insert(0, int(best_from[t, path[0]]))
    return np.array(path), delta.max()


@wrong("viterbi", hint="A path begins in its first state with probability pi: the first score needs it.")
def viterbi_without_pi(log_pi, log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    T = len(log_lik)
    delta, best_from = log_lik[0], np.zeros(log_lik.shape, dtype=int)
    for t in range(1, T):
        scores = delta[:, None] + log_A
        best_from[t] = scores.argmax(axis=0)
        delta = log_lik[t] + scores.max(axis=0)
    path = [int(delta.argmax())]
    for t in range(T - 1, 0, -1):
        path.insert(0, int(best_from[t, path[0]]))
    return np.array(path), delta.max()


@wrong(
    "viterbi", hint="Products underflow after a few hundred steps, and all paths look alike: add logarithms."
)
def viterbi_with_probabilities(log_pi, log_A, log_lik):
    pi, A, lik = (np.exp(np.asarray(part, dtype=float)) for part in (log_pi, log_A, log_lik))
    T = len(lik)
    delta, best_from = pi * lik[0], np.zeros(lik.shape, dtype=int)
    for t in range(1, T):
        scores = delta[:, None] * A
        best_from[t] = scores.argmax(axis=0)
        delta = lik[t] * scores.max(axis=0)
    path = np.zeros(T, dtype=int)
    path[-1] = delta.argmax()
    for t in range(T - 1, 0, -1):
        path[t - 1] = best_from[t, path[t]]
    with np.errstate(divide="ignore"):
        return path, np.log(delta.max())


@wrong(
    "viterbi",
    hint="The pointers are read one step off: best_from[t] says where one came from to be at t.",
)
def pointers_one_step_off(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    T = len(log_lik)
    delta, best_from = log_pi + log_lik[0], np.zeros(log_lik.shape, dtype=int)
    for t in range(1, T):
        scores = delta[:, None] + log_A
        best_from[t] = scores.argmax(axis=0)
        delta = log_lik[t] + scores.max(axis=0)
    path = [int(delta.argmax())]
    for t in range(T - 2, -1, -1):
        path.insert(0, int(best_from[t, path[0]]))
    return np.array(path), delta.max()


@right("viterbi")
def viterbi_from_the_end(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi), np.array(log_A), np.array(log_lik)
    T = len(log_lik)
    ahead = np.zeros(log_lik.shape)
    for t in range(T - 2, -1, -1):
        ahead[t] = (log_A + log_lik[t + 1] + ahead[t + 1]).max(axis=1)
    scores = log_pi + log_lik[0] + ahead[0]
    path = [int(np.argmax(scores))]
    for t in range(1, T):
        path.append(int(np.argmax(log_A[path[-1]] + log_lik[t] + ahead[t])))
    return path, float(scores.max())


@right("viterbi")
def viterbi_by_loops(log_pi, log_A, log_lik):
    K = len(log_pi)
    best = [(float(log_pi[k] + log_lik[0][k]), None, k) for k in range(K)]
    moves = [[float(x) for x in row] for row in log_A]
    for lik in list(log_lik)[1:]:
        new = []
        for j in range(K):
            i = max(range(K), key=lambda i: best[i][0] + moves[i][j])
            new.append((best[i][0] + moves[i][j] + float(lik[j]), best[i], j))
        best = new
    end = max(best, key=lambda chain: chain[0])
    value, path = end[0], []
    while end is not None:
        path.append(end[2])
        end = end[1]
    return np.array(path[::-1]), value


@right("viterbi")
def viterbi_last_of_the_ties(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi), np.array(log_A), np.array(log_lik)
    T, K = log_lik.shape
    delta, best_from = log_pi + log_lik[0], []
    for t in range(1, T):
        scores = delta[:, None] + log_A
        best_from.append(K - 1 - scores[::-1].argmax(axis=0))
        delta = log_lik[t] + scores.max(axis=0)
    path = [K - 1 - int(delta[::-1].argmax())]
    for pointers in reversed(best_from):
        path.append(int(pointers[path[-1]]))
    return np.array(path[::-1]), delta.max()


# pairwise_posterior


@wrong("pairwise_posterior", hint=_ROWS, also=("baum_welch_step", "fit"))
def pairs_against_the_arrows(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (
        np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik)
    )
    joint = log_alpha[:-1, :, None] + log_A.T + (log_lik + log_beta)[1:, None, :]
    log_p = np.logaddexp.reduce(np.logaddexp.reduce(joint, axis=2), axis=1)
    if (log_p == -np.inf).any():
        raise ValueError("impossible")
    return np.exp(joint - log_p[:, None, None])


@wrong(
    "pairwise_posterior",
    hint="The symbol at t is already in alpha: the transition into j is followed by the symbol at t + 1.",
    also=("baum_welch_step", "fit"),
)
def pairs_with_the_emission_before(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (
        np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik)
    )
    joint = log_alpha[:-1, :, None] + log_A + (log_lik[:-1] + log_beta[1:])[:, None, :]
    log_p = np.logaddexp.reduce(np.logaddexp.reduce(joint, axis=2), axis=1)
    if (log_p == -np.inf).any():
        raise ValueError("impossible")
    return np.exp(joint - log_p[:, None, None])


@wrong(
    "pairwise_posterior",
    hint="The future after the transition is beta at t + 1; beta at t contains the transition already.",
    also=("baum_welch_step", "fit"),
)
def pairs_with_the_beta_before(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (
        np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik)
    )
    joint = log_alpha[:-1, :, None] + log_A + (log_lik[1:] + log_beta[:-1])[:, None, :]
    log_p = np.logaddexp.reduce(np.logaddexp.reduce(joint, axis=2), axis=1)
    if (log_p == -np.inf).any():
        raise ValueError("impossible")
    return np.exp(joint - log_p[:, None, None])


@wrong(
    "pairwise_posterior",
    hint="These are joint probabilities with the observations: divide by the likelihood, then each xi[t] sums to one.",
    also=("baum_welch_step", "fit"),
)
def pairs_not_normalised(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (
        np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik)
    )
    joint = log_alpha[:-1, :, None] + log_A + (log_lik + log_beta)[1:, None, :]
    if np.isneginf(joint).all(axis=(1, 2)).any():
        raise ValueError("impossible")
    return np.exp(joint)


@wrong(
    "pairwise_posterior",
    hint="You made every row sum to one: that is p(z_{t+1} | z_t, x). The whole of xi[t] sums to one.",
    also=("baum_welch_step", "fit"),
)
def pairs_with_rows_normalised(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (
        np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik)
    )
    joint = log_alpha[:-1, :, None] + log_A + (log_lik + log_beta)[1:, None, :]
    rows = np.logaddexp.reduce(joint, axis=2, keepdims=True)
    if np.isneginf(rows).all(axis=1).any():
        raise ValueError("impossible")
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(joint), 0.0, np.exp(joint - rows))


@wrong(
    "pairwise_posterior",
    hint="Neighbouring states are not independent given the observations: a product of two posteriors forgets A.",
    also=("baum_welch_step", "fit"),
)
def product_of_posteriors(log_alpha, log_beta, log_A, log_lik):
    gamma = posterior(log_alpha, log_beta)
    return gamma[:-1, :, None] * gamma[1:, None, :]


@wrong(
    "pairwise_posterior",
    hint="Far below zero every exponential is 0, and 0/0 is NaN: normalise in log space, then take the exponential.",
    also=("baum_welch_step",),
)
def pairs_by_products(log_alpha, log_beta, log_A, log_lik):
    alpha, beta, A, lik = (np.exp(np.asarray(x, dtype=float)) for x in (log_alpha, log_beta, log_A, log_lik))
    joint = alpha[:-1, :, None] * A * (lik * beta)[1:, None, :]
    total = joint.sum(axis=(1, 2), keepdims=True)
    if (total == 0).any() and (np.max(log_alpha) > -700):
        raise ValueError("impossible")
    with np.errstate(all="ignore"):
        return joint / total


@right("pairwise_posterior")
def pairs_step_by_step(log_alpha, log_beta, log_A, log_lik):
    K = len(log_A)
    xi = np.zeros((len(log_alpha) - 1, K, K))
    for t in range(len(xi)):
        for i in range(K):
            for j in range(K):
                xi[t, i, j] = log_alpha[t][i] + log_A[i][j] + log_lik[t + 1][j] + log_beta[t + 1][j]
        top = xi[t].max()
        if top == -np.inf:
            raise ValueError("impossible")
        xi[t] = np.exp(xi[t] - top)
        xi[t] /= xi[t].sum()
    return xi


@right("pairwise_posterior")
def pairs_by_the_likelihood(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (np.array(x) for x in (log_alpha, log_beta, log_A, log_lik))
    value = special.logsumexp(log_alpha[-1])
    joint = log_alpha[:-1, :, None] + log_A[None] + log_lik[1:, None, :] + log_beta[1:, None, :]
    if np.isneginf(joint).all(axis=(1, 2)).any():
        raise ValueError("impossible")
    return np.exp(joint - value)


# baum_welch_step


@wrong(
    "baum_welch_step",
    hint="The sequences are joined into one: that invents a transition from the end of each to the start of the next.",
    also=("fit",),
)
def sequences_joined(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    obs = np.concatenate([np.asarray(s, dtype=int) for s in sequences])
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    log_lik = emission_log_likelihoods(obs, log_B)
    log_alpha, value = forward(log_pi, log_A, log_lik)
    log_beta = backward(log_A, log_lik)
    gamma = posterior(log_alpha, log_beta)
    moves = pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
    shown = np.stack([gamma[obs == v].sum(axis=0) for v in range(log_B.shape[1])], axis=1)
    with np.errstate(all="ignore"):
        left, seen = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
        A = np.where(left > 0, np.log(moves / left), log_A)
        B = np.where(seen > 0, np.log(shown / seen), log_B)
        return HMMParams(np.log(gamma[0]), A, B), value


@wrong(
    "baum_welch_step",
    hint="From the last step no transition starts: divide by the expected transitions out of i, not by the visits.",
    also=("fit",),
)
def last_step_counted(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    K, V = log_B.shape
    starts, moves, visits, shown, total = (
        np.zeros(K),
        np.zeros((K, K)),
        np.zeros((K, 1)),
        np.zeros((K, V)),
        0.0,
    )
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts, total = starts + gamma[0], total + value
        visits += gamma.sum(axis=0)[:, None]
        moves += pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown += np.stack([gamma[obs == v].sum(axis=0) for v in range(V)], axis=1)
    with np.errstate(all="ignore"):
        A = np.where(moves.sum(axis=1, keepdims=True) > 0, np.log(moves / visits), log_A)
        B = np.where(visits > 0, np.log(shown / visits), log_B)
        return HMMParams(np.log(starts / len(sequences)), A, B), total


@wrong(
    "baum_welch_step",
    hint="A state without expected counts gives 0/0: the docstring says that its row stays as it was.",
    also=("fit",),
)
def counts_of_zero_divided(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    K, V = log_B.shape
    starts, moves, shown, total = np.zeros(K), np.zeros((K, K)), np.zeros((K, V)), 0.0
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts, total = starts + gamma[0], total + value
        moves += pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown += np.stack([gamma[obs == v].sum(axis=0) for v in range(V)], axis=1)
    with np.errstate(all="ignore"):
        A = np.log(moves / moves.sum(axis=1, keepdims=True))
        B = np.log(shown / shown.sum(axis=1, keepdims=True))
        return HMMParams(np.log(starts / len(sequences)), A, B), total


@wrong(
    "baum_welch_step",
    hint="Add the counts of all sequences first, then divide once: a mean of ratios lets short sequences shout.",
    also=("fit",),
)
def ratios_averaged(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    V, results, total = log_B.shape[1], [], 0.0
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        total += value
        moves = pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown = np.stack([gamma[obs == v].sum(axis=0) for v in range(V)], axis=1)
        with np.errstate(all="ignore"):
            left, seen = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
            A = np.where(left > 0, moves / left, np.exp(log_A))
            B = np.where(seen > 0, shown / seen, np.exp(log_B))
        results.append((gamma[0], A, B))
    with np.errstate(divide="ignore"):
        return HMMParams(*(np.log(np.mean(parts, axis=0)) for parts in zip(*results))), total


@wrong(
    "baum_welch_step",
    hint="pi is about the first step of each sequence only, not about all steps.",
    also=("fit",),
)
def pi_from_all_steps(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    K, V = log_B.shape
    starts, moves, shown, total = np.zeros(K), np.zeros((K, K)), np.zeros((K, V)), 0.0
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts, total = starts + gamma.sum(axis=0), total + value
        moves += pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown += np.stack([gamma[obs == v].sum(axis=0) for v in range(V)], axis=1)
    with np.errstate(all="ignore"):
        left, seen = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
        pi = np.log(starts / starts.sum())
        A = np.where(left > 0, np.log(moves / left), log_A)
        B = np.where(seen > 0, np.log(shown / seen), log_B)
    return HMMParams(pi, A, B), total


@wrong(
    "baum_welch_step",
    hint="The log-likelihood belongs to the parameters that came in, before the update.",
    also=("fit",),
)
def likelihood_of_the_new_parameters(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    K, V = log_B.shape
    starts, moves, shown, total = np.zeros(K), np.zeros((K, K)), np.zeros((K, V)), 0.0
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts, total = starts + gamma[0], total + value
        moves += pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown += np.stack([gamma[obs == v].sum(axis=0) for v in range(V)], axis=1)
    with np.errstate(all="ignore"):
        left, seen = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
        pi = np.log(starts / starts.sum())
        A = np.where(left > 0, np.log(moves / left), log_A)
        B = np.where(seen > 0, np.log(shown / seen), log_B)
    total = 0.0
    for obs in sequences:
        total += forward(pi, A, emission_log_likelihoods(obs, B))[1]
    return HMMParams(pi, A, B), total


@wrong("baum_welch_step", hint="The parameters are kept as logarithms, in and out.", also=("fit",))
def probabilities_instead_of_logarithms(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    K, V = log_B.shape
    starts, moves, shown, total = np.zeros(K), np.zeros((K, K)), np.zeros((K, V)), 0.0
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts, total = starts + gamma[0], total + value
        moves += pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown += np.stack([gamma[obs == v].sum(axis=0) for v in range(V)], axis=1)
    with np.errstate(all="ignore"):
        left, seen = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
        pi = np.log(starts / starts.sum())
        A = np.where(left > 0, np.log(moves / left), log_A)
        B = np.where(seen > 0, np.log(shown / seen), log_B)
    return HMMParams(np.exp(pi), np.exp(A), np.exp(B)), total


@wrong(
    "baum_welch_step",
    hint="Every step counts with its posterior. You counted along the best path alone: that is another algorithm.",
    also=("fit",),
)
def counts_along_the_best_path(sequences, params):
    if len(sequences) == 0:
        raise ValueError("sequences")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    starts, moves, shown, total = np.zeros_like(log_pi), np.zeros_like(log_A), np.zeros_like(log_B), 0.0
    for obs in sequences:
        log_lik = emission_log_likelihoods(obs, log_B)
        path, _ = viterbi(log_pi, log_A, log_lik)
        total += forward(log_pi, log_A, log_lik)[1]
        starts[path[0]] += 1
        np.add.at(moves, (path[:-1], path[1:]), 1)
        np.add.at(shown, (path, np.asarray(obs)), 1)
    with np.errstate(all="ignore"):
        left, seen = moves.sum(axis=1, keepdims=True), shown.sum(axis=1, keepdims=True)
        A = np.where(left > 0, np.log(moves / left), log_A)
        B = np.where(seen > 0, np.log(shown / seen), log_B)
        return HMMParams(np.log(starts / len(sequences)), A, B), total


@right("baum_welch_step")
def step_with_lists(sequences, params):
    if not sequences:
        raise ValueError("sequences is empty")
    log_pi, log_A, log_B = (np.array(part, dtype=float) for part in params)
    K, V = log_B.shape
    starts, moves, shown, total = [0.0] * K, np.zeros((K, K)), np.zeros((K, V)), 0.0
    for obs in sequences:
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = np.array(posterior(log_alpha, log_beta))
        total += value
        starts = [s + g for s, g in zip(starts, gamma[0])]
        for pair in pairwise_posterior(log_alpha, log_beta, log_A, log_lik):
            moves += pair
        for v, row in zip(obs, gamma):
            shown[:, v] += row
    with np.errstate(divide="ignore"):
        for k in range(K):
            if moves[k].sum() > 0:
                log_A[k] = np.log(moves[k]) - np.log(moves[k].sum())
            if shown[k].sum() > 0:
                log_B[k] = np.log(shown[k]) - np.log(shown[k].sum())
        return (np.log(starts) - np.log(len(sequences)), log_A, log_B), total


@right("baum_welch_step")
def step_in_log_space(sequences, params):
    if len(sequences) == 0:
        raise ValueError("at least one sequence")
    log_pi, log_A, log_B = (np.asarray(part, dtype=float) for part in params)
    V = log_B.shape[1]
    first, pairs, symbols, total = [], [], [], 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        for obs in sequences:
            obs = np.asarray(obs)
            log_lik = log_B.T[obs]
            log_alpha, value = forward(log_pi, log_A, log_lik)
            log_beta = np.asarray(backward(log_A, log_lik))
            log_gamma = np.log(posterior(log_alpha, log_beta))
            total += value
            first.append(log_gamma[0])
            if len(obs) > 1:
                pairs.append(np.log(np.sum(pairwise_posterior(log_alpha, log_beta, log_A, log_lik), axis=0)))
            hot = np.where(obs[:, None] == np.arange(V), 0.0, -np.inf)
            symbols.append(np.logaddexp.reduce(log_gamma[:, :, None] + hot[:, None, :], axis=0))
        new_pi = np.logaddexp.reduce(first, axis=0)
        new_pi = new_pi - np.logaddexp.reduce(new_pi)
        new_A = np.logaddexp.reduce(pairs, axis=0) if pairs else np.full(log_A.shape, -np.inf)
        new_B = np.logaddexp.reduce(symbols, axis=0)
        left = np.logaddexp.reduce(new_A, axis=1, keepdims=True)
        seen = np.logaddexp.reduce(new_B, axis=1, keepdims=True)
        new_A = np.where(np.isneginf(left), log_A, new_A - left)
        new_B = np.where(np.isneginf(seen), log_B, new_B - seen)
    return HMMParams(new_pi, new_A, new_B), total


# fit


@wrong(
    "fit",
    hint="history[i] belongs to the parameters before update i, so the first entry is that of the start.",
)
def history_after_the_update(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        params, _ = baum_welch_step(sequences, params)
        history.append(baum_welch_step(sequences, params)[1])
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)


@wrong("fit", hint="tol is an absolute difference of log-likelihoods; you compare a relative one.")
def relative_tolerance(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        params, value = baum_welch_step(sequences, params)
        history.append(value)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol * abs(history[-2]):
            break
    return params, np.array(history)


@wrong("fit", hint="The iterations never stop early: compare the last two log-likelihoods with tol.")
def never_stops_early(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        params, value = baum_welch_step(sequences, params)
        history.append(value)
    return params, np.array(history)


@wrong(
    "fit",
    hint="Every iteration starts from the parameters of the one before: yours are computed and dropped.",
)
def parameters_dropped(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        fresh, value = baum_welch_step(sequences, params)
        history.append(value)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return fresh, np.array(history)


@wrong("fit", hint="Stop after the iteration that changes little; the parameters of its update are kept.")
def stops_before_the_update(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        fresh, value = baum_welch_step(sequences, params)
        if history and abs(value - history[-1]) < tol:
            break
        history.append(value)
        params = fresh
    return params, np.array(history)


@right("fit")
def fit_with_while(sequences, params, max_iter=100, tol=1e-6):
    history, change = [], np.inf
    while len(history) < max_iter and not change < tol:
        params, value = baum_welch_step(sequences, params)
        if history:
            change = abs(value - history[-1])
        history.append(value)
    return params, history


@right("fit")
def fit_recursive(sequences, params, max_iter=100, tol=1e-6):
    def go_on(params, history):
        params, value = baum_welch_step(sequences, params)
        done = len(history) + 1 == max_iter or (history and abs(value - history[-1]) < tol)
        return (params, np.array([*history, value])) if done else go_on(params, [*history, value])

    return go_on(params, [])


# gaussian_emissions


@wrong("gaussian_emissions", hint="The third argument is a variance, not a standard deviation.")
def variance_taken_for_sd(x, means, variances):
    from scipy import stats

    x, means, variances = (np.asarray(part, dtype=float) for part in (x, means, variances))
    if (variances <= 0).any():
        raise ValueError("variances")
    return stats.norm(means, variances).logpdf(x[:, None])


@wrong(
    "gaussian_emissions",
    hint="The normaliser is missing: a wide state must be lower at its mean than a narrow one.",
)
def without_the_normaliser(x, means, variances):
    x, means, variances = (np.asarray(part, dtype=float) for part in (x, means, variances))
    if (variances <= 0).any():
        raise ValueError("variances")
    return -0.5 * (x[:, None] - means) ** 2 / variances


@wrong(
    "gaussian_emissions",
    hint="Far away the density is 0 before you take its logarithm. Write down the logarithm of the formula first.",
)
def logarithm_of_the_density(x, means, variances):
    from scipy import stats

    x, means, variances = (np.asarray(part, dtype=float) for part in (x, means, variances))
    if (variances <= 0).any():
        raise ValueError("variances")
    with np.errstate(divide="ignore"):
        return np.log(stats.norm(means, np.sqrt(variances)).pdf(x[:, None]))


@wrong("gaussian_emissions", hint="The docstring promises ValueError where a variance is not positive.")
def takes_any_variance(x, means, variances):
    x, means, variances = (np.asarray(part, dtype=float) for part in (x, means, variances))
    with np.errstate(all="ignore"):
        squares = (x[:, None] - means) ** 2 / variances
        return -0.5 * (np.log(2 * np.pi * variances) + squares)


@right("gaussian_emissions")
def gaussians_by_scipy(x, means, variances):
    from scipy import stats

    if np.min(variances) <= 0:
        raise ValueError("variances must be positive")
    return stats.norm.logpdf(np.array(x, dtype=float)[:, None], means, np.sqrt(variances))


@right("gaussian_emissions")
def gaussians_by_loops(x, means, variances):
    import math

    if any(v <= 0 for v in variances):
        raise ValueError("a variance is not positive")
    out = np.zeros((len(x), len(means)))
    for t, value in enumerate(x):
        for k, (m, v) in enumerate(zip(means, variances)):
            out[t, k] = -math.log(math.sqrt(2 * math.pi * v)) - (value - m) ** 2 / (2 * v)
    return out


# derive_a_update_2state


@wrong(
    "derive_a_update_2state",
    hint="Two states at two steps make four paths: paths that start in state 2 count too.",
)
def paths_from_one_state_only():
    a, f1, g1, g2, n11, n12 = sp.symbols("a f1 g1 g2 n11 n12")
    evidence = f1 * a * g1 + f1 * (1 - a) * g2
    return {
        "evidence": evidence,
        "xi_11": f1 * a * g1 / evidence,
        "Q": n11 * sp.log(a) + n12 * sp.log(1 - a),
        "slope": n11 / a - n12 / (1 - a),
        "a": n11 / (n11 + n12),
        "score": sp.diff(sp.log(evidence), a),
    }


@wrong(
    "derive_a_update_2state",
    hint="a and 1 - a are tied: when a grows, the probability to leave shrinks, and its term has a slope too.",
)
def leaving_forgotten():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12")
    evidence = a * f1 * g1 + (1 - a) * f1 * g2 + (1 - c) * f2 * g1 + c * f2 * g2
    return {
        "evidence": evidence,
        "xi_11": f1 * a * g1 / evidence,
        "Q": n11 * sp.log(a),
        "slope": n11 / a,
        "a": n11 / (n11 + n12),
        "score": f1 * g1 / evidence,
    }


@wrong(
    "derive_a_update_2state",
    hint="xi is a posterior: the joint probability divided by the evidence.",
)
def joint_instead_of_posterior():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12")
    evidence = a * f1 * g1 + (1 - a) * f1 * g2 + (1 - c) * f2 * g1 + c * f2 * g2
    Q = n11 * sp.log(a) + n12 * sp.log(1 - a)
    return {
        "evidence": evidence,
        "xi_11": f1 * a * g1,
        "Q": Q,
        "slope": sp.diff(Q, a),
        "a": n11 / (n11 + n12),
        "score": sp.diff(evidence, a),
    }


@right("derive_a_update_2state")
def left_to_sympy():
    names = sp.symbols("a c f1 f2 g1 g2 n11 n12")
    a, c, f1, f2, g1, g2, n11, n12 = names
    A = sp.Matrix([[a, 1 - a], [1 - c, c]])
    evidence = (sp.Matrix([[f1, f2]]) * A * sp.Matrix([g1, g2]))[0]
    Q = n11 * sp.log(A[0, 0]) + n12 * sp.log(A[0, 1])
    return {
        "evidence": evidence,
        "xi_11": f1 * a * g1 / evidence,
        "Q": Q,
        "slope": sp.diff(Q, a),
        "a": sp.solve(sp.diff(Q, a), a)[0],
        "score": sp.diff(sp.log(evidence), a),
    }


@right("derive_a_update_2state")
def multiplied_out():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12", positive=True)
    evidence = sp.expand(g1 * (f1 * a + f2 * (1 - c)) + g2 * (f1 * (1 - a) + f2 * c))
    return {
        "evidence": evidence,
        "xi_11": 1 / (1 + (evidence - f1 * a * g1) / (f1 * a * g1)),
        "Q": sp.log(a**n11 * (1 - a) ** n12),
        "slope": (n11 * (1 - a) - n12 * a) / (a * (1 - a)),
        "a": 1 - n12 / (n11 + n12),
        "score": (f1 * g1 - f1 * g2) / evidence,
    }
