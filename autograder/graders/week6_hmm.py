"""Hidden tests of week 6: hidden Markov models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from autograder.grading import (
    Student,
    Wrong,
    assert_close,
    assert_expression,
    assert_finite,
    assert_p_value,
    assert_probabilities,
    assert_shape,
    check,
    fresh_seed,
    unpack,
)
from reference import hmm
from reference.hmm import HMMParams

Rng = np.random.Generator
Carried = Callable[..., None]

# Log probabilities may be 0 (one state, one symbol), and so may probabilities; known mistakes are off by over 1e-6.
NEAR = {"rtol": 1e-8, "atol": 1e-9}
# Of one step among thousands: log alpha reaches -20,000, whose last digit is 4e-12; all errors add up to 1e-4 at most.
EACH_STEP = {"rtol": 0.0, "atol": 1e-8}
ITERATED = {"rtol": 1e-6, "atol": 1e-7}
SHAPES = ((7, 3, 4), (1, 1, 1), (1, 3, 2), (6, 2, 1), (9, 4, 3), (4, 1, 3))
# So many symbols that a path of 400 steps, and all of them together, have less than the least number's probability.
MANY = 30
# A plain loop over 10,000 steps with one special.logsumexp in each takes under one second.
SECONDS = 6.0


def _logs(*parts: np.ndarray) -> HMMParams:
    with np.errstate(divide="ignore"):
        return HMMParams(*(np.log(part) for part in parts))


def _params(rng: Rng, K: int, V: int) -> HMMParams:
    """Probabilities away from zero: a tiny number added to one of them never shows."""
    shapes = ((K, None), (K, K), (V, K))
    return _logs(*(0.98 * rng.dirichlet(np.ones(n), size) + 0.02 / n for n, size in shapes))


def _with_zeros(rng: Rng) -> HMMParams:
    """A chain that only stays or goes on to the next state, starts in one state and never shows some symbols."""
    stay = rng.uniform(0.3, 0.7, 4)
    A = np.diag(stay) + np.roll(np.diag(1 - stay), 1, axis=1)
    B = rng.dirichlet(np.ones(3), 4)
    B[1, 2] = B[3, 0] = 0.0
    return _logs(np.array([1.0, 0, 0, 0]), A, B / B.sum(axis=1, keepdims=True))


def _symbols(rng: Rng, T: int, params: HMMParams) -> np.ndarray:
    """Observations that the parameters allow, no matter how probable: nothing takes as long as drawing them well."""
    if all(np.isfinite(part).all() for part in params):
        V = params.log_B.shape[1]
        symbols = rng.integers(0, V, T)
        if T > 1 < V:  # not the same symbol throughout: that hides which step an emission is from
            symbols[1] = (symbols[0] + rng.integers(1, V)) % V
        return symbols
    moves, shown = ([np.flatnonzero(row).tolist() for row in np.isfinite(part)] for part in params[1:])
    options = np.flatnonzero(np.isfinite(params.log_pi)).tolist()
    obs = []
    for first, second in rng.random((T, 2)).tolist():
        state = options[int(first * len(options))]
        options = moves[state]
        obs.append(shown[state][int(second * len(shown[state]))])
    return np.array(obs)


def _problem(rng: Rng, T: int, params: HMMParams) -> tuple[np.ndarray, np.ndarray]:
    """Observations that the parameters allow, and their log-likelihoods under each state."""
    obs = _symbols(rng, T, params)
    return obs, hmm.emission_log_likelihoods(obs, params.log_B)


def _problems(rng: Rng) -> list[tuple[HMMParams, np.ndarray]]:
    """Parameters and the log-likelihoods of such observations, of each shape."""
    return [
        (params, _problem(rng, T, params)[1]) for T, params in ((T, _params(rng, K, V)) for T, K, V in SHAPES)
    ]


def _lattice(rng: Rng, T: int, params: HMMParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The true log_alpha and log_beta of such observations, and their log-likelihoods."""
    _, log_lik = _problem(rng, T, params)
    log_alpha, _ = hmm.forward(params.log_pi, params.log_A, log_lik)
    return log_alpha, hmm.backward(params.log_A, log_lik), log_lik


def _listed(params: HMMParams) -> HMMParams:
    return HMMParams(*(part.tolist() for part in params))


# sample

MOVES_HINT = (
    "Draw each state from the row of A that belongs to the state before it: rows are from, columns are to."
)
SHOWN_HINT = (
    "Draw each symbol from the row of B that belongs to the state at the same step, anew for every step."
)
START_HINT = "The first state comes from pi, drawn with the generator that was handed in."
STATES, OBS = "the states", "the symbols"


def _sampled(student: Student, rng: Rng, params: HMMParams, T: int) -> tuple[np.ndarray, np.ndarray]:
    return _sequences_of(student.sample(fresh_seed(rng), params, T), params, T)


def _sequences_of(result: Any, params: HMMParams, T: int) -> tuple[np.ndarray, np.ndarray]:
    """The states and the symbols, each a whole number from 0 on."""
    sequences = []
    for part, n, name in zip(unpack(result, 2), params.log_B.shape, (STATES, OBS), strict=True):
        part = assert_shape(part, (T,), name)
        known = (part >= 0).all() and (part < n).all() and (part == np.rint(part)).all()
        check(known, f"{name} should be whole numbers counted from 0")
        sequences.append(part.astype(int))
    return sequences[0], sequences[1]


def _circling(rng: Rng) -> HMMParams:
    """Three states that are mostly visited in turn, each with a favourite symbol of its own."""
    order = rng.permutation(3)
    A = np.array([[0.15, 0.65, 0.2], [0.2, 0.15, 0.65], [0.65, 0.2, 0.15]])[order][:, order]
    B = np.array([[0.5, 0.15, 0.25, 0.1], [0.1, 0.5, 0.15, 0.25], [0.25, 0.1, 0.5, 0.15]])[order]
    return _logs(np.array([0.3, 0.3, 0.4]), A, B)


# The cells expect 20 draws and more; the level leaves room for twice as many small p-values as promised.
CHI_SQUARE = "asymptotic: cells of 20 and more, and a level that allows twice its rate; Bonferroni over three"


def _agrees(rows: list[np.ndarray], expected: np.ndarray) -> float:
    """p-value of what followed the first 200 visits to each state: exactly independent draws from its row."""
    values = []
    for row, p in zip(rows, expected, strict=True):
        if len(row) < 200:
            return 0.0
        values.append(stats.chisquare(np.bincount(row[:200], minlength=len(p)), 200 * p).pvalue)
    return min(1.0, len(values) * min(values))


@pytest.mark.question("sample", weight=2)
def test_sample_moves_as_the_transitions_say(student: Student, rng: Rng) -> None:
    """Each state is followed by others as often as its row of A says."""
    params = _circling(rng)

    def p_value(draw: Rng) -> float:
        states, _ = _sampled(student, draw, params, 900)
        return _agrees([states[1:][states[:-1] == k] for k in range(3)], np.exp(params.log_A))

    message = "the states do not follow each other as the transitions say"
    assert_p_value(p_value, rng, message, level=5e-4, hint=MOVES_HINT, valid=CHI_SQUARE)


@pytest.mark.question("sample", weight=2)
def test_sample_shows_what_the_states_say(student: Student, rng: Rng) -> None:
    """Each state shows symbols as often as its row of B says."""
    params = _circling(rng)

    def p_value(draw: Rng) -> float:
        states, obs = _sampled(student, draw, params, 900)
        return _agrees([obs[states == k] for k in range(3)], np.exp(params.log_B))

    message = "the symbols do not come as the states say"
    assert_p_value(p_value, rng, message, level=5e-4, hint=SHOWN_HINT, valid=CHI_SQUARE)


@pytest.mark.question("sample")
def test_sample_starts_as_pi_says(student: Student, rng: Rng) -> None:
    """The first state comes as often as pi says, and never where pi is zero."""
    pi = rng.permutation([0.0, 0.3, 0.7])
    with np.errstate(divide="ignore"):
        params = _circling(rng)._replace(log_pi=np.log(pi))

    def p_value(draw: Rng) -> float:
        draws = student.each("sample", ((fresh_seed(draw), params, 1) for _ in range(40)))
        first = np.array([_sequences_of(result, params, 1)[0][0] for result in draws])
        check((pi[first] > 0).all(), "a sequence starts in a state with probability zero", hint=START_HINT)
        return float(stats.binomtest(int((pi[first] == 0.7).sum()), 40, 0.7).pvalue)

    valid = "exact: binomial test of independent sequences"
    assert_p_value(p_value, rng, "sequences do not start as pi says", hint=START_HINT, valid=valid)


@pytest.mark.question("sample")
def test_sample_of_other_sizes(student: Student, rng: Rng) -> None:
    """One state and one symbol work, what is impossible never happens, and the arguments stay as they were."""
    check(not np.any(_sampled(student, rng, _params(rng, 1, 1), 4)), "with one state all states are 0")
    params = _with_zeros(rng)
    states, obs = _sampled(student.read_only, rng, params, 60)
    check(np.isfinite(params.log_A[states[:-1], states[1:]]).all(), "an impossible transition was made")
    check(np.isfinite(params.log_B[states, obs]).all(), "a state shows a symbol that is impossible for it")
    check(len(np.unique(states)) > 1, "all steps are the same")
    order = np.append(rng.permutation([1, 2, 3]), 0)  # an array of zeros is no way round
    ring = _logs(np.eye(4)[order[0]], np.eye(4)[order[(np.argsort(order) + 1) % 4]], np.eye(4))
    states, obs = _sampled(student, rng, ring, 6)
    # From its own first state: where it starts is judged above.
    way = order[(np.argsort(order)[states[0]] + np.arange(6)) % 4]
    for part, name in ((states, STATES), (obs, OBS)):
        check((part == way).all(), f"{name} of a chain that can only go one way are not right")


# stationary

SHARES = "the stationary distribution"


@pytest.mark.question("stationary", weight=2)
def test_stationary_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right shares for several numbers of states."""
    cases = [(rng.dirichlet(np.ones(K), K),) for K in (2, 1, 3, 6)]
    for result, (A,) in zip(student.each("stationary", cases), cases, strict=True):
        assert_close(result, hmm.stationary(A), SHARES, rtol=1e-6)


@pytest.mark.question("stationary", weight=2)
def test_stationary_of_periodic_and_slow_chains(student: Student, rng: Rng) -> None:
    """Chains that go round in circles, or that hardly ever move, have a stationary distribution too."""
    go = rng.uniform(0.2, 0.8)
    A = np.array([[0, go, 1 - go], [1, 0, 0], [1, 0, 0]])
    assert_close(student.stationary(A), hmm.stationary(A), SHARES, rtol=1e-6)
    p, q = rng.uniform(1e-5, 5e-5, 2)
    A = np.array([[1 - p, p], [q, 1 - q]])
    assert_close(student.stationary(A), hmm.stationary(A), SHARES, rtol=1e-6)


@pytest.mark.question("stationary")
def test_stationary_refuses_what_are_no_probabilities(student: Student, rng: Rng) -> None:
    """ValueError for a matrix that holds no transition probabilities, and only then."""
    p, q = rng.uniform(0.2, 0.6, 2)
    good = [[1 - p, p], [q, 1 - q]]
    assert_close(student.stationary(good), hmm.stationary(good), SHARES, rtol=1e-6)
    for A, message in (
        (np.full((2, 3), 1 / 3), "a matrix that is not square should raise ValueError"),
        (np.array([[1 + p, -p], [q, 1 - q]]), "a negative probability should raise ValueError"),
        (np.array([[1 - p, p], [q, 1.2 - q]]), "a row that does not sum to 1 should raise ValueError"),
        (np.array([[0.8 - p, p], [q, 1 - q]]), "a row that does not sum to 1 should raise ValueError"),
    ):
        with student.expects("ValueError", message):
            student.stationary(A)


@pytest.mark.question("stationary")
def test_stationary_edits_nothing(student: Student, rng: Rng) -> None:
    """The shares are probabilities that one step does not change; A is left as it was."""
    A = rng.dirichlet(np.full(4, 0.5), 4)
    shares = assert_shape(student.read_only.stationary(A), (4,), SHARES)
    assert_probabilities(shares, SHARES, atol=1e-6)
    assert_close(shares @ A, shares, "the distribution after one more step", rtol=1e-6, atol=1e-7)


# emission_log_likelihoods

LIKS = "the log-likelihoods"


@pytest.mark.question("emission_log_likelihoods", weight=2)
def test_emissions_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right rows for several shapes, impossible symbols included."""
    cases = [(rng.integers(0, V, T), _params(rng, K, V).log_B) for T, K, V in SHAPES]
    cases.append((rng.permutation([0, 1, 2, 2]), _with_zeros(rng).log_B))
    for result, case in zip(student.each("emission_log_likelihoods", cases), cases, strict=True):
        assert_close(result, hmm.emission_log_likelihoods(*case), LIKS, **NEAR)


@pytest.mark.question("emission_log_likelihoods")
def test_emissions_take_lists_and_edit_nothing(student: Student, rng: Rng) -> None:
    """Lists and no symbols are accepted, and the arguments are left as they were."""
    log_B, obs = _params(rng, 3, 5).log_B, rng.integers(0, 5, 6)
    expected = hmm.emission_log_likelihoods(obs, log_B)
    assert_close(student.read_only.emission_log_likelihoods(obs, log_B), expected, LIKS, **NEAR)
    result = student.emission_log_likelihoods(obs.tolist(), log_B.tolist())
    assert_close(result, expected, "the log-likelihoods for lists", **NEAR)
    assert_shape(
        student.emission_log_likelihoods(obs[:0], log_B), (0, 3), "the log-likelihoods of no symbols"
    )


@pytest.mark.question("emission_log_likelihoods")
def test_emissions_refuse_unknown_symbols(student: Student, rng: Rng) -> None:
    """ValueError for symbols that the model does not have, and only then."""
    log_B = _params(rng, 2, 4).log_B
    good = rng.permutation(4)
    result = student.emission_log_likelihoods(good, log_B)
    assert_close(result, hmm.emission_log_likelihoods(good, log_B), LIKS, **NEAR)
    for symbol in (-1, 4):
        with student.expects("ValueError", "a symbol outside 0..V-1 should raise ValueError"):
            student.emission_log_likelihoods(np.array([0, symbol, 1]), log_B)


# forward

ALPHA, LOGLIK = "log alpha", "the log-likelihood"


@pytest.mark.question("forward", weight=3)
def test_log_alpha_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log alpha for several numbers of steps and states."""
    cases = [(params.log_pi, params.log_A, log_lik) for params, log_lik in _problems(rng)]
    for result, case in zip(student.each("forward", cases), cases, strict=True):
        assert_close(unpack(result, 2)[0], hmm.forward(*case)[0], ALPHA, **NEAR)


@pytest.mark.question("forward", weight=2)
def test_log_likelihood_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log-likelihood for several numbers of steps and states."""
    cases = [(params.log_pi, params.log_A, log_lik) for params, log_lik in _problems(rng)]
    for result, case in zip(student.each("forward", cases), cases, strict=True):
        assert_close(unpack(result, 2)[1], hmm.forward(*case)[1], LOGLIK, **NEAR)


def _even(rng: Rng) -> HMMParams:
    """Every start and every direction alike: who errs only in these has the rest of the recursion right."""
    stay = rng.uniform(0.6, 0.9)
    A = np.full((3, 3), (1 - stay) / 2) + (stay - (1 - stay) / 2) * np.eye(3)
    return _params(rng, 3, 4)._replace(log_pi=np.full(3, -np.log(3)), log_A=np.log(A))


@pytest.mark.question("forward")
def test_forward_of_even_chains(student: Student, rng: Rng) -> None:
    """Right for a chain whose starts and directions are all alike."""
    params = _even(rng)
    _, log_lik = _problem(rng, 7, params)
    log_alpha, value = unpack(student.forward(params.log_pi, params.log_A, log_lik), 2)
    expected = hmm.forward(params.log_pi, params.log_A, log_lik)
    assert_close(log_alpha, expected[0], ALPHA, **NEAR)
    assert_close(value, expected[1], LOGLIK, **NEAR)


@pytest.mark.question("forward")
def test_forward_of_densities(student: Student, rng: Rng) -> None:
    """Emissions may be densities, whose logarithms are large, of either sign."""
    log_pi, log_A, _ = _params(rng, 3, 1)
    cases = [(log_pi, log_A, rng.normal(offset, 5, (6, 3))) for offset in (700.0, -900.0)]
    for result, case in zip(student.each("forward", cases), cases, strict=True):
        log_alpha, value = unpack(result, 2)
        expected = hmm.forward(*case)
        assert_close(log_alpha, expected[0], ALPHA, **NEAR)
        assert_close(value, expected[1], LOGLIK, **NEAR)


@pytest.mark.question("forward", weight=2)
def test_forward_with_impossible_transitions(student: Student, rng: Rng) -> None:
    """What is impossible has log alpha minus infinity, and nothing becomes NaN."""
    params = _with_zeros(rng)
    _, log_lik = _problem(rng, 8, params)
    log_alpha, value = unpack(student.forward(params.log_pi, params.log_A, log_lik), 2)
    expected = hmm.forward(params.log_pi, params.log_A, log_lik)
    assert_close(log_alpha, expected[0], ALPHA, **NEAR)
    assert_close(value, expected[1], LOGLIK, **NEAR)


@pytest.mark.question("forward", weight=2)
def test_forward_of_ten_thousand_steps(student: Student, rng: Rng) -> None:
    """Ten thousand steps neither underflow nor take too long."""
    log_pi, log_A, log_B = _params(rng, 2, 6)
    log_lik = hmm.emission_log_likelihoods(rng.integers(0, 6, 10_000), log_B)
    log_alpha, value = unpack(student.within(SECONDS).forward(log_pi, log_A, log_lik), 2)
    log_alpha = assert_finite(assert_shape(log_alpha, (10_000, 2), ALPHA), ALPHA)
    # All steps at once, each from the student's own step before it: the reference would take longer than all the rest.
    steps = log_lik[1:] + np.logaddexp.reduce(log_alpha[:-1, :, None] + log_A, axis=1)
    assert_close(log_alpha, np.vstack([log_pi + log_lik[0], steps]), ALPHA, **EACH_STEP)
    assert_close(value, np.logaddexp.reduce(log_alpha[-1]), LOGLIK, **NEAR)


@pytest.mark.question("forward")
def test_forward_refuses_what_cannot_be(student: Student, rng: Rng) -> None:
    """ValueError for impossible observations and for shapes that do not fit, and only then."""
    params = _with_zeros(rng)
    _, log_lik = _problem(rng, 5, params)
    value = unpack(student.forward(params.log_pi, params.log_A, log_lik), 2)[1]
    assert_close(value, hmm.forward(params.log_pi, params.log_A, log_lik)[1], LOGLIK, **NEAR)
    impossible = log_lik.copy()
    impossible[0, 0] = -np.inf
    with student.expects("ValueError", "impossible observations should raise ValueError"):
        student.forward(params.log_pi, params.log_A, impossible)
    with student.expects("ValueError", "a log_A that is not (K, K) should raise ValueError"):
        student.forward(params.log_pi, params.log_A[:1], log_lik)
    for bad in (log_lik[:, :1], log_lik[:0]):
        with student.expects(
            "ValueError", "a log_lik that is not (T, K) with T >= 1 should raise ValueError"
        ):
            student.forward(params.log_pi, params.log_A, bad)


@pytest.mark.question("forward")
def test_forward_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    params = _params(rng, 3, 4)
    _, log_lik = _problem(rng, 6, params)
    expected = hmm.forward(params.log_pi, params.log_A, log_lik)[0]
    arguments = (params.log_pi, np.asfortranarray(params.log_A), log_lik)
    assert_close(unpack(student.read_only.forward(*arguments), 2)[0], expected, ALPHA, **NEAR)
    result = student.forward(*(part.tolist() for part in arguments))
    assert_close(unpack(result, 2)[0], expected, "log alpha for lists", **NEAR)


# backward

BETA = "log beta"


@pytest.mark.question("backward", weight=3)
def test_log_beta_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log beta for several numbers of steps and states."""
    cases = [(params.log_A, log_lik) for params, log_lik in _problems(rng)]
    for result, case in zip(student.each("backward", cases), cases, strict=True):
        assert_close(result, hmm.backward(*case), BETA, **NEAR)


@pytest.mark.question("backward")
def test_backward_of_even_chains(student: Student, rng: Rng) -> None:
    """Right for a chain whose directions are all alike."""
    params = _even(rng)
    _, log_lik = _problem(rng, 7, params)
    assert_close(student.backward(params.log_A, log_lik), hmm.backward(params.log_A, log_lik), BETA, **NEAR)


@pytest.mark.question("backward")
def test_backward_meets_forward(student: Student, rng: Rng) -> None:
    """Together with log alpha it gives the same likelihood at every step."""
    params = _params(rng, 3, 4)
    _, log_lik = _problem(rng, 9, params)
    log_alpha, value = hmm.forward(params.log_pi, params.log_A, log_lik)
    log_beta = assert_finite(assert_shape(student.backward(params.log_A, log_lik), (9, 3), BETA), BETA)
    at_each_step = np.logaddexp.reduce(log_alpha + log_beta, axis=1)
    assert_close(at_each_step, np.full(9, value), "the likelihood from alpha and beta", **NEAR)


@pytest.mark.question("backward", weight=2)
def test_backward_with_impossible_transitions(student: Student, rng: Rng) -> None:
    """Where the future is impossible log beta is minus infinity, and nothing becomes NaN."""
    params = _with_zeros(rng)
    _, log_lik = _problem(rng, 8, params)
    log_lik[5, 1:] = -np.inf
    assert_close(student.backward(params.log_A, log_lik), hmm.backward(params.log_A, log_lik), BETA, **NEAR)


@pytest.mark.question("backward", weight=2)
def test_backward_of_three_thousand_steps(student: Student, rng: Rng) -> None:
    """Three thousand steps neither underflow nor take too long."""
    params = _params(rng, 2, 6)
    log_lik = hmm.emission_log_likelihoods(rng.integers(0, 6, 3000), params.log_B)
    log_beta = student.within(SECONDS).backward(params.log_A, log_lik)
    log_beta = assert_finite(assert_shape(log_beta, (3000, 2), BETA), BETA)
    steps = np.logaddexp.reduce(params.log_A + (log_lik + log_beta)[1:, None, :], axis=2)
    assert_close(log_beta, np.vstack([steps, np.zeros(2)]), BETA, **EACH_STEP)


@pytest.mark.question("backward")
def test_backward_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    params = _params(rng, 3, 4)
    _, log_lik = _problem(rng, 6, params)
    expected = hmm.backward(params.log_A, log_lik)
    assert_close(student.read_only.backward(params.log_A, log_lik), expected, BETA, **NEAR)
    result = student.backward(params.log_A.tolist(), log_lik.tolist())
    assert_close(result, expected, "log beta for lists", **NEAR)


# posterior

GAMMA = "the posterior"


@pytest.mark.question("posterior", weight=2)
def test_posterior_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right posteriors for several numbers of steps and states."""
    cases = [_lattice(rng, T, _params(rng, K, V))[:2] for T, K, V in SHAPES]
    for result, case in zip(student.each("posterior", cases), cases, strict=True):
        gamma = assert_shape(result, case[0].shape, GAMMA)
        assert_probabilities(gamma, GAMMA)
        assert_close(gamma, hmm.posterior(*case), GAMMA, **NEAR)


@pytest.mark.question("posterior", weight=2)
def test_posterior_of_long_sequences(student: Student, rng: Rng) -> None:
    """Log probabilities of many thousands below zero, as long sequences have, or above, as densities have."""
    log_alpha, log_beta, _ = _lattice(rng, 6, _params(rng, 3, 4))
    for offset in (-9000.0, 5000.0):
        gamma = student.posterior(log_alpha + offset, log_beta)
        assert_close(gamma, hmm.posterior(log_alpha + offset, log_beta), GAMMA, **NEAR)


@pytest.mark.question("posterior")
def test_posterior_of_impossible_states(student: Student, rng: Rng) -> None:
    """Impossible states get probability zero; where all are impossible there is a ValueError."""
    log_alpha, log_beta, _ = _lattice(rng, 7, _with_zeros(rng))
    gamma = student.posterior(log_alpha, log_beta)
    assert_close(gamma, hmm.posterior(log_alpha, log_beta), GAMMA, **NEAR)
    log_beta = log_beta.copy()  # the call above is kept as it was
    log_beta[int(rng.integers(7))] = -np.inf
    with student.expects("ValueError", "a step without a possible state should raise ValueError"):
        student.posterior(log_alpha, log_beta)


@pytest.mark.question("posterior")
def test_posterior_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    log_alpha, log_beta, _ = _lattice(rng, 5, _params(rng, 2, 3))
    expected = hmm.posterior(log_alpha, log_beta)
    assert_close(student.read_only.posterior(log_alpha, log_beta), expected, GAMMA, **NEAR)
    result = student.posterior(log_alpha.tolist(), log_beta.tolist())
    assert_close(result, expected, "the posterior for lists", **NEAR)


# viterbi

# Here the greedy path, the most probable states, the best end at every step and the paths of the other known mistakes
# are all less than half as probable as the best path, also after the changes below.
TELLING = (
    np.array([0.05, 0.25, 0.7]),
    np.array([[0.05, 0.65, 0.3], [0.15, 0.15, 0.7], [0.5, 0.25, 0.25]]),
    np.array([[0.65, 0.1, 0.25], [0.55, 0.35, 0.1], [0.05, 0.9, 0.05]]),
)
TELLING_OBS = np.array([0, 2, 1, 1, 1, 1, 0, 0, 0])
TELLING_ZEROS = (
    np.array([1.0, 0, 0, 0]),
    np.array([[0.7, 0.3, 0, 0], [0, 0.7, 0.3, 0], [0, 0, 0.5, 0.5], [0.4, 0, 0, 0.6]]),
    np.array([[0.5, 0.45, 0.05], [0.1, 0.9, 0], [0.2, 0.3, 0.5], [0, 0.15, 0.85]]),
)
TELLING_ZEROS_OBS = np.array([2, 0, 0, 2, 0, 0, 2, 2, 2])


def _telling(
    rng: Rng, parts: tuple[np.ndarray, ...] = TELLING, obs: np.ndarray = TELLING_OBS
) -> tuple[HMMParams, np.ndarray]:
    """Such parameters and log-likelihoods, a little changed, with the states in another order."""
    order = rng.permutation(len(parts[0]))
    pi, A, B = (part * rng.uniform(0.96, 1.04, part.shape) for part in parts)
    pi, A, B = (part / part.sum(axis=-1, keepdims=True) for part in (pi, A, B))
    params = _logs(pi[order], A[order][:, order], B[order])
    return params, hmm.emission_log_likelihoods(obs, params.log_B)


def _turning(rng: Rng, V: int) -> HMMParams:
    """Three states visited in turn: against the arrows nothing is as probable."""
    order = rng.permutation(3)
    A = np.array([[0.3, 0.55, 0.15], [0.15, 0.3, 0.55], [0.55, 0.15, 0.3]])[order][:, order]
    A *= rng.uniform(0.9, 1.1, (3, 3))
    return _params(rng, 3, V)._replace(log_A=np.log(A / A.sum(axis=1, keepdims=True)))


PATH, BEST = "the path", "the log probability of the best path"


def _own_value(path: Any, params: HMMParams, log_lik: np.ndarray) -> float:
    """The log probability of the student's path and the observations: any best path has the best one."""
    T, K = log_lik.shape
    path = assert_shape(path, (T,), PATH)
    known = (path >= 0).all() and (path < K).all() and (path == np.rint(path)).all()
    check(known, "the path should hold whole numbers from 0 to K - 1")
    path = path.astype(int)
    moves = params.log_A[path[:-1], path[1:]].sum()
    return float(params.log_pi[path[0]] + moves + log_lik[np.arange(T), path].sum())


def _near(own: float, best: float) -> bool:
    return own == best or abs(own - best) <= 1e-9 + 1e-8 * abs(best)


def _viterbi(
    student: Student, problems: list[tuple[HMMParams, np.ndarray]], *, parts: tuple[int, ...] = (0, 1)
) -> None:
    cases = [(params.log_pi, params.log_A, log_lik) for params, log_lik in problems]
    results = student.each("viterbi", cases)
    for result, case, (params, log_lik) in zip(results, cases, problems, strict=True):
        path, value = unpack(result, 2)
        expected = hmm.viterbi(*case)[1]
        if 1 in parts:
            assert_close(value, expected, BEST, **NEAR)
        if 0 in parts:
            own = _own_value(path, params, log_lik)
            check(_near(own, expected), "another path is more probable than this one")


@pytest.mark.question("viterbi", weight=2)
def test_best_log_probability_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log probability of the best path for several numbers of steps and states."""
    _viterbi(student, [*_problems(rng), _telling(rng)], parts=(1,))


@pytest.mark.question("viterbi", weight=3)
def test_best_path_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """No path is more probable, for several numbers of steps and states."""
    params = _params(rng, 4, 3)
    longer = (params, _problem(rng, 15, params)[1])
    _viterbi(student, [*_problems(rng), longer, _telling(rng)], parts=(0,))


@pytest.mark.question("viterbi")
def test_best_path_with_impossible_transitions(student: Student, rng: Rng) -> None:
    """The path makes no impossible transition."""
    params = _with_zeros(rng)
    telling = _telling(rng, TELLING_ZEROS, TELLING_ZEROS_OBS)
    _viterbi(student, [telling, (params, _problem(rng, 30, params)[1])])


@pytest.mark.question("viterbi", weight=2)
def test_viterbi_of_a_long_sequence(student: Student, rng: Rng) -> None:
    """Four hundred steps neither underflow nor take too long."""
    params = _turning(rng, MANY)
    _viterbi(student, [(params, _problem(rng, 400, params)[1])])


@pytest.mark.question("viterbi")
def test_viterbi_of_ties_and_of_the_impossible(student: Student, rng: Rng) -> None:
    """Any of several equally good paths is right; impossible observations give minus infinity."""
    equal = _logs(np.full(3, 1 / 3), np.full((3, 3), 1 / 3), np.full((3, 2), 0.5))
    _viterbi(student, [(equal, _problem(rng, 5, equal)[1])])
    params = _with_zeros(rng)
    _, log_lik = _problem(rng, 5, params)
    log_lik[0, 0] = -np.inf
    path, value = unpack(student.viterbi(params.log_pi, params.log_A, log_lik), 2)
    assert_shape(path, (5,), PATH)
    assert_close(value, -np.inf, "the log probability of impossible observations")


@pytest.mark.question("viterbi")
def test_viterbi_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    params, log_lik = _telling(rng)
    _viterbi(student.read_only, [(params, log_lik)])
    path, _ = unpack(student.viterbi(params.log_pi.tolist(), params.log_A.tolist(), log_lik.tolist()), 2)
    best = hmm.viterbi(params.log_pi, params.log_A, log_lik)[1]
    check(_near(_own_value(path, params, log_lik), best), "another path is more probable for lists")


# pairwise_posterior

XI = "the pairwise posterior"


@pytest.mark.question("pairwise_posterior", weight=3)
def test_pairs_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right probabilities of transitions for several numbers of steps and states."""
    cases = []
    for T, K, V in ((7, 3, 4), (2, 2, 3), (6, 2, 1), (9, 4, 3), (4, 1, 3)):
        params = _params(rng, K, V)
        log_alpha, log_beta, log_lik = _lattice(rng, T, params)
        cases.append((log_alpha, log_beta, params.log_A, log_lik))
    for result, case in zip(student.each("pairwise_posterior", cases), cases, strict=True):
        assert_close(result, hmm.pairwise_posterior(*case), XI, **NEAR)


@pytest.mark.question("pairwise_posterior")
def test_pairs_agree_with_single_states(student: Student, rng: Rng) -> None:
    """Summed over the later state they are the posterior of the earlier one, and the other way round."""
    params = _params(rng, 3, 4)
    log_alpha, log_beta, log_lik = _lattice(rng, 8, params)
    xi = assert_shape(student.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik), (7, 3, 3), XI)
    gamma = hmm.posterior(log_alpha, log_beta)
    assert_close(xi.sum(axis=2), gamma[:-1], "the sum over the later state", **NEAR)
    assert_close(xi.sum(axis=1), gamma[1:], "the sum over the earlier state", **NEAR)


@pytest.mark.question("pairwise_posterior", weight=2)
def test_pairs_of_long_sequences(student: Student, rng: Rng) -> None:
    """Log probabilities of many thousands below zero, as long sequences have, or above, as densities have."""
    params = _params(rng, 3, 4)
    log_alpha, log_beta, log_lik = _lattice(rng, 5, params)
    for offset in (-9000.0, 5000.0):
        arguments = (log_alpha + offset, log_beta, params.log_A, log_lik)
        result = student.pairwise_posterior(*arguments)
        assert_close(result, hmm.pairwise_posterior(*arguments), XI, **NEAR)


@pytest.mark.question("pairwise_posterior")
def test_pairs_of_impossible_transitions(student: Student, rng: Rng) -> None:
    """Impossible transitions get probability zero; where all are impossible there is a ValueError."""
    params = _with_zeros(rng)
    log_alpha, log_beta, log_lik = _lattice(rng, 7, params)
    result = student.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)
    expected = hmm.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)
    assert_close(result, expected, XI, **NEAR)
    log_beta = log_beta.copy()  # the call above is kept as it was
    log_beta[int(rng.integers(1, 7))] = -np.inf
    with student.expects("ValueError", "a step without a possible transition should raise ValueError"):
        student.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)


@pytest.mark.question("pairwise_posterior")
def test_pairs_of_one_step_and_of_lists(student: Student, rng: Rng) -> None:
    """One step has no transitions; lists are accepted, and the arguments are left as they were."""
    params = _params(rng, 3, 4)
    log_alpha, log_beta, log_lik = arguments = _lattice(rng, 4, params)
    expected = hmm.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)
    result = student.read_only.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)
    assert_close(result, expected, XI, **NEAR)
    listed = [part.tolist() for part in (log_alpha, log_beta, params.log_A, log_lik)]
    assert_close(student.pairwise_posterior(*listed), expected, "the pairwise posterior for lists", **NEAR)
    first = [part[:1] for part in arguments]
    result = student.pairwise_posterior(first[0], first[1], params.log_A, first[2])
    assert_shape(result, (0, 3, 3), "the pairwise posterior of one step")


# baum_welch_step

INFERENCE = ("emission_log_likelihoods", "forward", "backward", "posterior", "pairwise_posterior")
PARTS = ("the start probabilities", "the transition probabilities", "the symbol probabilities")


def _probabilities(part: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Parameters are compared as probabilities: one too small for a number may as well be zero."""
    array = assert_shape(part, shape, f"the logarithm of {name}")
    check(not (array > 1e-9).any(), f"{name} should be returned as logarithms, which are never positive")
    return np.exp(array)


def _same_params(actual: Any, expected: HMMParams, only: int | None = None, **tolerance: float) -> None:
    parts = unpack(actual, 3, "the parameters")
    for number, (part, target, name) in enumerate(zip(parts, expected, PARTS, strict=True)):
        if only in (None, number):
            assert_close(_probabilities(part, target.shape, name), np.exp(target), name, **tolerance)


def _step(
    carried: Carried, actual: Any, sequences: list[Any], params: HMMParams, only: int | None = None
) -> None:
    """Compare everything, or one of the three parts of the parameters or, with only=3, the log-likelihood."""
    fresh, value = unpack(actual, 2)

    def compare(reference: Callable[..., Any]) -> None:
        expected, total = reference(sequences, params)
        if only != 3:
            _same_params(fresh, expected, only, **NEAR)
        if only in (None, 3):
            assert_close(value, total, LOGLIK, **NEAR)

    carried(compare, "baum_welch_step", uses=INFERENCE)


def _sequences(rng: Rng, params: HMMParams, lengths: tuple[int, ...]) -> list[np.ndarray]:
    return [_symbols(rng, T, params) for T in lengths]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(
            part,
            marks=pytest.mark.question(
                "baum_welch_step", weight=weight, line=f"Right {name} from one sequence."
            ),
            id=name.split()[0],
        )
        for part, (name, weight) in enumerate(
            (
                ("start", 1),
                ("transition probabilities", 2),
                ("symbol probabilities", 2),
                ("log-likelihood", 1),
            )
        )
    ],
)
def test_step_on_fresh_numbers(student: Student, rng: Rng, carried: Carried, part: int) -> None:
    """One part of the result is right for one sequence."""
    cases = []
    for K, V, T in ((3, 4, 7), (2, 3, 8), (1, 2, 4), (3, 3, 2)):
        params = _params(rng, K, V)
        cases.append((_sequences(rng, params, (T,)), params))
    for result, case in zip(student.each("baum_welch_step", cases), cases, strict=True):
        _step(carried, result, *case, part)


@pytest.mark.question("baum_welch_step", weight=2)
def test_step_from_several_sequences(student: Student, rng: Rng, carried: Carried) -> None:
    """Several sequences, short and long, are counted together and kept apart."""
    cases = []
    for K, V, lengths in ((2, 3, (6, 1, 9)), (3, 3, (4, 6))):
        params = _params(rng, K, V)
        cases.append((_sequences(rng, params, lengths), params))
    for result, case in zip(student.each("baum_welch_step", cases), cases, strict=True):
        _step(carried, result, *case, None)


@pytest.mark.question("baum_welch_step")
def test_step_keeps_what_is_impossible(student: Student, rng: Rng, carried: Carried) -> None:
    """What has probability zero keeps it."""
    params = _with_zeros(rng)
    sequences = _sequences(rng, params, (40,))
    _step(carried, student.baum_welch_step(sequences, params), sequences, params)


@pytest.mark.question("baum_welch_step", weight=2)
def test_step_without_expected_counts(student: Student, rng: Rng, carried: Carried) -> None:
    """States that are never left or never visited keep their rows."""
    params = _params(rng, 3, 3)
    sequences = [rng.integers(0, 3, 1)]
    _step(carried, student.baum_welch_step(sequences, params), sequences, params)
    pi, A, B = (np.exp(part) for part in params)
    pi[2] = A[:2, 2] = 0.0
    params = _logs(pi / pi.sum(), A / A.sum(axis=1, keepdims=True), B)
    sequences = _sequences(rng, params, (8,))
    _step(carried, student.baum_welch_step(sequences, params), sequences, params)


@pytest.mark.question("baum_welch_step")
def test_step_of_a_long_sequence(student: Student, rng: Rng, carried: Carried) -> None:
    """Four hundred steps neither underflow nor take too long."""
    params = _params(rng, 2, MANY)
    sequences = [rng.integers(0, MANY, 400)]
    _step(carried, student.baum_welch_step(sequences, params), sequences, params)


@pytest.mark.question("baum_welch_step")
def test_step_takes_lists_and_edits_nothing(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists are accepted, the arguments are left as they were, and no sequence at all is a ValueError."""
    params = _params(rng, 2, 3)
    sequences = _sequences(rng, params, (7,))
    _step(carried, student.read_only.baum_welch_step(sequences, params), sequences, params)
    listed = [obs.tolist() for obs in sequences]
    _step(carried, student.baum_welch_step(listed, _listed(params)), sequences, params)
    with student.expects("ValueError", "no sequence at all should raise ValueError"):
        student.baum_welch_step([], params)


# fit

HISTORY = "the history"


def _fit(
    carried: Carried, actual: Any, sequences: list[Any], start: HMMParams, *parts: int, **options: Any
) -> None:
    """Compare parts of the result: 0 for the parameters, 1 for the history."""
    found = unpack(actual, 2)

    def compare(reference: Callable[..., Any]) -> None:
        expected = reference(sequences, start, **options)
        if 0 in parts:
            _same_params(found[0], expected[0], None, **ITERATED)
        if 1 in parts:
            assert_close(found[1], expected[1], HISTORY, **ITERATED)

    carried(compare, "fit", uses=(*INFERENCE, "baum_welch_step"))


@pytest.mark.question("fit", weight=2)
def test_fit_step_by_step(student: Student, rng: Rng, carried: Carried) -> None:
    """Right parameters after one, two and four iterations."""
    start = _params(rng, 2, 3)
    sequences = _sequences(rng, start, (6, 8))
    for max_iter in (1, 2, 4):
        options: dict[str, Any] = {"max_iter": max_iter, "tol": 0.0}
        _fit(carried, student.fit(sequences, start, **options), sequences, start, 0, **options)


@pytest.mark.question("fit", weight=2)
def test_history_step_by_step(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log-likelihoods, from that of the start to that before the last update."""
    start = _params(rng, 2, 3)
    sequences = _sequences(rng, start, (6, 8))
    for max_iter in (1, 4):
        options: dict[str, Any] = {"max_iter": max_iter, "tol": 0.0}
        _fit(carried, student.fit(sequences, start, **options), sequences, start, 1, **options)


@pytest.mark.question("fit", weight=2)
def test_fit_stops_when_it_should(student: Student, rng: Rng, carried: Carried) -> None:
    """Iterations end when the log-likelihood changes by less than the tolerance, not before and not later."""
    start = _logs(
        np.array([0.5, 0.5]), np.array([[0.6, 0.4], [0.3, 0.7]]), np.array([[0.8, 0.2], [0.3, 0.7]])
    )
    # In each of these orders a relative tolerance ends elsewhere, and no difference is within 1e-4 of a tolerance.
    obs = rng.permutation([0] * 4 + [1] * 6)
    for tol in (100.0, 0.2, 0.02):
        _fit(carried, student.fit([obs], start, tol=tol), [obs], start, 1, tol=tol)


@pytest.mark.question("fit")
def test_fit_never_gets_worse(student: Student, rng: Rng, carried: Carried) -> None:
    """The log-likelihood never falls, and rises while the model learns."""
    start = _params(rng, 2, 4)
    sequences = _sequences(rng, start, (25, 20))
    options: dict[str, Any] = {"max_iter": 12, "tol": 0.0}
    result = unpack(student.read_only.fit(sequences, start, **options), 2)
    history = assert_finite(assert_shape(result[1], (12,), HISTORY), HISTORY)
    try:
        check((np.diff(history) >= -1e-8).all(), "the log-likelihood falls in some iteration")
        check(history[-1] > history[0], "the log-likelihood should rise while the model learns")
    except Wrong as problem:
        try:
            _fit(carried, result, sequences, start, 1, **options)
        except Wrong:
            raise problem from None


@pytest.mark.question("fit")
def test_fit_of_one_state(student: Student, rng: Rng, carried: Carried) -> None:
    """One state is fitted in one update; the defaults are as in the signature."""
    start = _params(rng, 1, 3)
    sequences = [rng.permutation([0, 0, 1, 2, 1, 0])]
    result = student.fit(sequences, start)
    _fit(carried, result, sequences, start, 0, 1)


# gaussian_emissions

DENSITIES = "the log densities"


@pytest.mark.question("gaussian_emissions", weight=3)
def test_gaussians_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log densities for several numbers of observations and states."""
    shapes = ((6, 3), (1, 1), (1, 2), (5, 1))
    cases = [(rng.normal(0, 3, T), rng.normal(0, 3, K), rng.uniform(0.2, 6, K)) for T, K in shapes]
    for result, case in zip(student.each("gaussian_emissions", cases), cases, strict=True):
        assert_close(result, hmm.gaussian_emissions(*case), DENSITIES, **NEAR)


@pytest.mark.question("gaussian_emissions")
def test_gaussians_far_away(student: Student, rng: Rng) -> None:
    """Numbers hundreds of standard deviations away have finite log densities."""
    arguments = rng.uniform(300, 900, 3), rng.normal(0, 1, 2), rng.uniform(0.1, 1, 2)
    result = student.gaussian_emissions(*arguments)
    assert_close(result, hmm.gaussian_emissions(*arguments), DENSITIES, **NEAR)


@pytest.mark.question("gaussian_emissions")
def test_gaussians_refuse_variances_that_are_none(student: Student, rng: Rng) -> None:
    """ValueError for a variance that is zero or negative, and only then."""
    x, means, variances = rng.normal(0, 2, 3), rng.normal(0, 2, 2), rng.uniform(0.5, 2, 2)
    result = student.gaussian_emissions(x, means, variances)
    assert_close(result, hmm.gaussian_emissions(x, means, variances), DENSITIES, **NEAR)
    for bad in (0.0, -1.0):
        with student.expects("ValueError", "a variance that is not positive should raise ValueError"):
            student.gaussian_emissions(x, means, np.array([variances[0], bad]))


@pytest.mark.question("gaussian_emissions")
def test_gaussians_take_lists_and_edit_nothing(student: Student, rng: Rng) -> None:
    """Lists and no numbers are accepted, and the arguments are left as they were."""
    x, means, variances = arguments = rng.normal(0, 2, 4), rng.normal(0, 2, 2), rng.uniform(0.5, 2, 2)
    expected = hmm.gaussian_emissions(*arguments)
    assert_close(student.read_only.gaussian_emissions(*arguments), expected, DENSITIES, **NEAR)
    result = student.gaussian_emissions(*(part.tolist() for part in arguments))
    assert_close(result, expected, "the log densities for lists", **NEAR)
    assert_shape(
        student.gaussian_emissions(x[:0], means, variances), (0, 2), "the log densities of no numbers"
    )


# The derivation: each step is graded on its own.


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            step, marks=pytest.mark.question("derive_a_update_2state", weight=weight, line=line), id=step
        )
        for step, weight, line in (
            ("evidence", 2, "The update of A, step 1: the probability of the two observations."),
            ("xi_11", 2, "The update of A, step 2: the posterior of a transition."),
            ("Q", 1, "The update of A, step 3: the terms of Q that hold a."),
            ("slope", 1, "The update of A, step 4: the derivative of Q."),
            ("a", 2, "The update of A, step 5: the best a."),
            ("score", 2, "The update of A, step 6: the derivative of the log-likelihood."),
        )
    ],
)
def test_derive_a_update_2state(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    names = ("a", "c", "f1", "f2", "g1", "g2")
    points = []
    for _ in range(3):
        values = rng.uniform(0.15, 0.85, 6).tolist()
        points.append(
            dict(zip(names, values, strict=True)) | {"n11": 7 * rng.random() + 1, "n12": 3 * rng.random() + 9}
        )
    steps = student.derive_a_update_2state()
    if not isinstance(steps, dict):
        raise Wrong("the result should be a dictionary of SymPy expressions")
    if steps.get(step) is None:
        raise Wrong(f'the dictionary has no entry "{step}"')
    assert_expression(steps[step], hmm.derive_a_update_2state()[step], points, f'step "{step}"')
