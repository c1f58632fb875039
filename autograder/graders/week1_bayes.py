"""Hidden tests of week 1: Bayes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from autograder.grading import (
    Student,
    Wrong,
    assert_close,
    assert_expression,
    assert_finite,
    assert_probabilities,
    assert_shape,
    check,
    unpack,
)
from reference import bayes

Rng = np.random.Generator
Carried = Callable[..., None]

# Sums of 10,000 terms round differently in different orders; the nearest known mistake is off by over 1e-2.
LONG = {"rtol": 1e-8, "atol": 1e-7}


def _parameters(rng: Rng) -> tuple[float, float]:
    a, b = rng.uniform(0.3, 6.0, 2)
    return float(a), float(b)


def _bits(rng: Rng, n: int, theta: float | None = None) -> np.ndarray:
    """Observations of both kinds wherever n allows it, more of one kind than of the other."""
    x = (rng.random(n) < (rng.uniform(0.2, 0.4) if theta is None else theta)).astype(int)
    if n > 2:
        x[:2] = 0, 1
        x[2] = 0
    return rng.permutation(x)


def _pair(value: Any, expected: tuple[float, float], names: tuple[str, str], **tolerance: float) -> None:
    for actual, target, name in zip(unpack(value, 2), expected, names, strict=True):
        assert_close(actual, target, name, **tolerance)


# bayes_posterior


@pytest.mark.question("bayes_posterior", weight=2)
def test_posterior_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right posteriors for different numbers of hypotheses, from one to seven."""
    # No evidence is below 0.2: whether a constant of 1e-10 beside it matters is not left to chance.
    cases = [(rng.dirichlet(np.full(k, 2.0)), rng.uniform(0.2, 0.95, k)) for k in (2, 1, 3, 7)]
    for posterior, case in zip(student.each("bayes_posterior", cases), cases, strict=True):
        assert_probabilities(assert_shape(posterior, case[0].shape, "the posterior"), "the posterior")
        assert_close(posterior, bayes.bayes_posterior(*case), "the posterior")


@pytest.mark.question("bayes_posterior")
def test_posterior_with_a_rare_cause(student: Student, rng: Rng) -> None:
    """A rare cause stays improbable after one positive test, whatever the scale of the likelihoods."""
    rare = rng.uniform(1e-5, 1e-3)
    prior, likelihood = (
        np.array([rare, 1 - rare]),
        np.array([rng.uniform(0.85, 0.99), rng.uniform(0.02, 0.1)]),
    )
    expected = bayes.bayes_posterior(prior, likelihood)
    tiny = likelihood * 10.0 ** rng.integers(-60, -40)
    posterior, scaled = student.each("bayes_posterior", [(prior, likelihood), (prior, tiny)])
    assert_close(posterior, expected, "the posterior")
    assert_close(scaled, expected, "the posterior for tiny likelihoods")


@pytest.mark.question("bayes_posterior")
def test_posterior_keeps_zeros(student: Student, rng: Rng) -> None:
    """A hypothesis with prior zero keeps probability zero; one that cannot explain the data gets it."""
    prior = np.concatenate([[0.0], rng.dirichlet(np.ones(4) * 3)])
    likelihood = rng.uniform(0.2, 3.0, 5)
    likelihood[3] = 0.0
    posterior = assert_finite(student.bayes_posterior(prior, likelihood), "the posterior")
    expected = bayes.bayes_posterior(prior, likelihood)
    assert_close(posterior, expected, "the posterior")
    check((posterior[expected == 0] == 0).all(), "an impossible hypothesis should have posterior exactly 0")


@pytest.mark.question("bayes_posterior")
def test_posterior_of_the_impossible(student: Student, rng: Rng) -> None:
    """ValueError when no hypothesis allows what was observed, and only then."""
    share = rng.uniform(0.2, 0.8)
    possible = [0.0, share, 1 - share], [0.7, 0.4, 0.0]
    assert_close(
        student.bayes_posterior(*map(np.array, possible)), bayes.bayes_posterior(*possible), "the posterior"
    )
    with student.expects("ValueError", "impossible data should raise ValueError, as the docstring says"):
        student.bayes_posterior(np.array([0.0, share, 1 - share]), np.array([rng.uniform(0.1, 1), 0.0, 0.0]))


@pytest.mark.question("bayes_posterior")
def test_posterior_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    prior, likelihood = rng.dirichlet(np.ones(3)), rng.uniform(0.1, 1, 3)
    expected = bayes.bayes_posterior(prior, likelihood)
    assert_close(student.read_only.bayes_posterior(prior, likelihood), expected, "the posterior")
    assert_close(
        student.bayes_posterior(prior.tolist(), likelihood.tolist()), expected, "the posterior for lists"
    )


# log_posterior


def _log_case(rng: Rng, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.log(rng.dirichlet(np.full(k, 2.0))), np.log(rng.uniform(0.05, 0.95, (n, k)))


def _undecided(rng: Rng, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """A case after which every hypothesis still has more than one percent: a constant of 1e-10 is never seen."""
    prior = rng.uniform(1, 3, k)
    return np.log(prior / prior.sum()), np.log(rng.uniform(0.4, 0.8, (n, k)))


@pytest.mark.question("log_posterior", weight=3)
def test_log_posterior_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log posteriors for several numbers of observations and hypotheses."""
    cases = []
    for n, k in ((2, 3), (1, 1), (1, 4), (12, 2)):
        log_prior, log_likelihood = _log_case(rng, n, k)
        cases.append((log_prior, log_likelihood + rng.normal(1.0, 0.5)))
    cases[-1][1][:, 0] -= 3  # one hypothesis becomes improbable, whatever was drawn
    for result, case in zip(student.each("log_posterior", cases), cases, strict=True):
        assert_shape(result, case[0].shape, "the log posterior")
        assert_close(result, bayes.log_posterior(*case), "the log posterior", atol=1e-10)


@pytest.mark.question("log_posterior", weight=3)
def test_log_posterior_of_many_observations(student: Student, rng: Rng) -> None:
    """Ten thousand observations neither underflow nor lose the improbable hypotheses."""
    k = int(rng.integers(3, 6))
    log_prior = np.log(rng.dirichlet(np.full(k, 3.0)))
    log_likelihood = np.log(rng.uniform(0.01, 0.3, 10_000))[:, None] + rng.normal(0, 0.02, (10_000, k))
    log_likelihood[:, 0] -= 0.2
    result = assert_finite(student.log_posterior(log_prior, log_likelihood), "the log posterior")
    assert_close(result, bayes.log_posterior(log_prior, log_likelihood), "the log posterior", **LONG)


@pytest.mark.question("log_posterior")
def test_log_posterior_keeps_what_is_ruled_out(student: Student, rng: Rng) -> None:
    """A hypothesis that is ruled out has log posterior -inf, and nothing becomes NaN."""
    log_prior, log_likelihood = _log_case(rng, 4, 5)
    log_prior[1] = -np.inf
    log_likelihood[2, 3] = -np.inf
    result = student.log_posterior(log_prior, log_likelihood)
    assert_close(result, bayes.log_posterior(log_prior, log_likelihood), "the log posterior")


@pytest.mark.question("log_posterior")
def test_log_posterior_of_nothing(student: Student, rng: Rng) -> None:
    """No observations leave the prior; one observation moves it."""
    log_prior, log_likelihood = _undecided(rng, 1, 4)
    cases = [(log_prior, log_likelihood[:0]), (log_prior, log_likelihood)]
    unmoved, moved = student.each("log_posterior", cases)
    assert_close(unmoved, log_prior, "the log posterior of no data")
    assert_close(moved, bayes.log_posterior(log_prior, log_likelihood), "the log posterior")


@pytest.mark.question("log_posterior")
def test_log_posterior_of_the_impossible(student: Student, rng: Rng) -> None:
    """ValueError when every hypothesis is ruled out, and only then."""
    log_prior, log_likelihood = _log_case(rng, 3, 2)
    log_likelihood[0, 0] = -np.inf
    expected = bayes.log_posterior(log_prior, log_likelihood)
    assert_close(student.log_posterior(log_prior, log_likelihood), expected, "the log posterior", atol=1e-12)
    log_likelihood[2, 1] = -np.inf
    with student.expects("ValueError", "impossible data should raise ValueError, as the docstring says"):
        student.log_posterior(log_prior, log_likelihood)


@pytest.mark.question("log_posterior")
def test_log_posterior_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    log_prior, log_likelihood = _undecided(rng, 4, 3)
    expected = bayes.log_posterior(log_prior, log_likelihood)
    result = student.read_only.log_posterior(log_prior, np.asfortranarray(log_likelihood))
    assert_close(result, expected, "the log posterior")
    result = student.log_posterior(log_prior.tolist(), log_likelihood.tolist())
    assert_close(result, expected, "the log posterior for lists")


# beta_binomial_update

BETA = ("a_n", "b_n")


@pytest.mark.question("beta_binomial_update", weight=3)
def test_beta_update_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right posterior parameters for several priors and samples."""
    cases = [(*_parameters(rng), _bits(rng, n)) for n in (7, 1, 20)]
    for result, case in zip(student.each("beta_binomial_update", cases), cases, strict=True):
        _pair(result, bayes.beta_binomial_update(*case), BETA)


@pytest.mark.question("beta_binomial_update")
def test_beta_update_of_nothing(student: Student, rng: Rng) -> None:
    """No observations leave the prior; a sample of one kind only moves one parameter."""
    a, b = _parameters(rng)
    n = int(rng.integers(3, 9))
    samples = np.zeros(0, int), np.zeros(n, int), np.ones(n, int)
    results = student.each("beta_binomial_update", [(a, b, x) for x in samples])
    for result, expected in zip(results, ((a, b), (a, b + n), (a + n, b)), strict=True):
        _pair(result, expected, BETA)


@pytest.mark.question("beta_binomial_update", weight=2)
def test_beta_update_in_steps(student: Student, rng: Rng) -> None:
    """Learning from two halves in turn is the same as learning from all at once, in any order."""
    a, b, x = *_parameters(rng), _bits(rng, 61)  # never as many ones as zeros
    expected = bayes.beta_binomial_update(a, b, x)
    cases = [(a, b, x[:25]), (a, b, rng.permutation(x))]
    first, reordered = student.each("beta_binomial_update", cases)
    halfway = map(float, unpack(first, 2))
    _pair(student.beta_binomial_update(*halfway, x[25:]), expected, BETA)
    _pair(reordered, expected, BETA)


@pytest.mark.question("beta_binomial_update")
def test_beta_update_takes_lists_and_booleans(student: Student, rng: Rng) -> None:
    """Lists and booleans are accepted, and the observations are left as they were."""
    a, b, x = *_parameters(rng), _bits(rng, 9)
    expected = bayes.beta_binomial_update(a, b, x)
    _pair(student.read_only.beta_binomial_update(a, b, x), expected, BETA)
    for result in student.each("beta_binomial_update", [(a, b, x.tolist()), (a, b, x.astype(bool))]):
        _pair(result, expected, BETA)


# credible_interval

ENDS = ("the lower end", "the upper end")


@pytest.mark.question("credible_interval", weight=3)
def test_interval_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right interval for several Beta distributions and levels."""
    cases = [(*_parameters(rng), level) for level in (0.95, 0.5, float(rng.uniform(0.6, 0.99)))]
    for result, case in zip(student.each("credible_interval", cases), cases, strict=True):
        _pair(result, bayes.credible_interval(*case), ENDS, atol=1e-9)


@pytest.mark.question("credible_interval")
def test_interval_of_a_skewed_distribution(student: Student, rng: Rng) -> None:
    """The tails hold equal probability even where the distribution leans to one side."""
    a, b, level = float(rng.uniform(0.6, 1.2)), float(rng.uniform(10, 30)), 0.9
    lo, hi = unpack(student.credible_interval(a, b, level), 2)
    below = special.betainc(a, b, assert_finite(lo, "the lower end"))
    above = special.betaincc(a, b, assert_finite(hi, "the upper end"))
    assert_close(below, 0.05, "the probability below the interval", rtol=1e-6)
    assert_close(above, 0.05, "the probability above the interval", rtol=1e-6)


@pytest.mark.question("credible_interval")
def test_interval_widens_with_the_level(student: Student, rng: Rng) -> None:
    """A higher level gives a wider interval that holds the narrower one."""
    # No density is highest at 0 or 1, where the shortest intervals would all end.
    a, b = map(float, rng.uniform(1.5, 6, 2))
    results = student.each("credible_interval", [(a, b, level) for level in (0.3, 0.8, 0.999)])
    ends = [[float(assert_finite(end)) for end in unpack(result, 2)] for result in results]
    (lo1, hi1), (lo2, hi2), (lo3, hi3) = ends
    check(
        0 <= lo3 < lo2 < lo1 < hi1 < hi2 < hi3 <= 1,
        "a higher level should give a wider interval around the other",
    )
    inside = special.betainc(a, b, hi2) - special.betainc(a, b, lo2)
    assert_close(inside, 0.8, "the probability inside the interval", rtol=1e-6)


@pytest.mark.question("credible_interval")
def test_interval_of_a_sharp_distribution(student: Student, rng: Rng) -> None:
    """After very many observations the interval is narrow and still right."""
    a, b = rng.uniform([2e4, 6e4], [4e4, 8e4])  # never symmetric: the shortest interval is another one
    expected = bayes.credible_interval(a, b, 0.95)
    _pair(student.credible_interval(float(a), float(b), 0.95), expected, ENDS, rtol=1e-9)


# beta_binomial_predictive

LOG_PMF = "the array of log probabilities"


@pytest.mark.question("beta_binomial_predictive", weight=3)
def test_predictive_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log probabilities for several numbers of trials."""
    cases = [(*_parameters(rng), n) for n in (1, 4, int(rng.integers(8, 15)))]
    for result, (a, b, n) in zip(student.each("beta_binomial_predictive", cases), cases, strict=True):
        assert_shape(result, (n + 1,), LOG_PMF)
        assert_close(result, bayes.beta_binomial_predictive(a, b, n), LOG_PMF, atol=1e-9)


@pytest.mark.question("beta_binomial_predictive")
def test_predictive_of_no_trials(student: Student, rng: Rng) -> None:
    """No trials have one outcome, which is certain; one trial has the mean of theta."""
    a, b = _parameters(rng)
    none, one = student.each("beta_binomial_predictive", [(a, b, 0), (a, b, 1)])
    assert_close(none, [0.0], LOG_PMF, atol=1e-9)
    assert_close(one, np.log([b / (a + b), a / (a + b)]), LOG_PMF, atol=1e-9)


@pytest.mark.question("beta_binomial_predictive", weight=2)
def test_predictive_of_many_trials(student: Student, rng: Rng) -> None:
    """Thousands of trials do not overflow, and the probabilities sum to one."""
    a, b, n = *_parameters(rng), int(rng.integers(3000, 5000))
    result = assert_shape(student.beta_binomial_predictive(a, b, n), (n + 1,), LOG_PMF)
    assert_finite(result, LOG_PMF)
    assert_close(np.exp(result).sum(), 1.0, "the sum of the probabilities", rtol=1e-6)
    assert_close(result, bayes.beta_binomial_predictive(a, b, n), LOG_PMF, **LONG)


@pytest.mark.question("beta_binomial_predictive", weight=2)
def test_predictive_is_wider_than_plugging_in(student: Student, rng: Rng) -> None:
    """Not knowing theta makes the number of successes more uncertain: mean and variance are right."""
    n = int(rng.integers(10, 20))
    cases = [(*_parameters(rng), n), (*map(float, rng.uniform(0.05, 0.2, 2)), n)]
    for result, (a, b, _) in zip(student.each("beta_binomial_predictive", cases), cases, strict=True):
        log_pmf = assert_finite(assert_shape(result, (n + 1,), LOG_PMF), LOG_PMF)
        k, pmf = np.arange(n + 1), np.exp(log_pmf)
        mean = n * a / (a + b)
        variance = mean * b / (a + b) * (a + b + n) / (a + b + 1)
        assert_close(pmf @ k, mean, "the mean number of successes", rtol=1e-6)
        assert_close(pmf @ (k - mean) ** 2, variance, "the variance of the number of successes", rtol=1e-6)


@pytest.mark.question("beta_binomial_predictive")
def test_predictive_after_much_data(student: Student, rng: Rng) -> None:
    """Right log probabilities when the Beta distribution itself rests on hundreds of observations."""
    a, b = map(float, rng.uniform(600, 900, 2))  # B(a, b) itself is always too small for a number
    assert_close(student.beta_binomial_predictive(a, b, 6), bayes.beta_binomial_predictive(a, b, 6), LOG_PMF)


# dirichlet_update

ALPHA = "the array of parameters"


@pytest.mark.question("dirichlet_update", weight=2)
def test_dirichlet_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right parameters for different numbers of categories, from one to twenty-six."""
    cases = [(rng.uniform(0.2, 4, k), rng.integers(0, 30, k)) for k in (3, 1, 26)]
    for result, (alpha, counts) in zip(student.each("dirichlet_update", cases), cases, strict=True):
        assert_close(assert_shape(result, alpha.shape, ALPHA), alpha + counts, ALPHA)


@pytest.mark.question("dirichlet_update")
def test_dirichlet_keeps_unseen_categories(student: Student, rng: Rng) -> None:
    """A category that was never seen keeps its prior parameter, however small."""
    alpha, counts = 10.0 ** rng.uniform(-6, -1, 5), np.array([0, 12, 0, 1, 0])
    result = student.dirichlet_update(alpha, counts)
    assert_close(result, alpha + counts, ALPHA)


@pytest.mark.question("dirichlet_update")
def test_dirichlet_in_steps(student: Student, rng: Rng) -> None:
    """Learning from two batches in turn is the same as learning from both at once."""
    alpha, first, second = rng.uniform(0.2, 4, 4), rng.integers(0, 9, 4), rng.integers(0, 9, 4)
    halfway = assert_shape(student.dirichlet_update(alpha, first), (4,), ALPHA)
    assert_close(student.dirichlet_update(halfway, second), alpha + first + second, ALPHA)


@pytest.mark.question("dirichlet_update")
def test_dirichlet_takes_lists(student: Student, rng: Rng) -> None:
    """Lists are accepted."""
    alpha, counts = rng.uniform(0.2, 4, 4), rng.integers(0, 9, 4)
    assert_close(student.dirichlet_update(alpha.tolist(), counts.tolist()), alpha + counts, ALPHA)


@pytest.mark.question("dirichlet_update")
def test_dirichlet_edits_nothing(student: Student, rng: Rng) -> None:
    """The arguments are left as they were."""
    alpha, counts = rng.uniform(0.2, 4, 4), rng.integers(0, 9, 4).astype(float)
    assert_close(student.read_only.dirichlet_update(alpha, counts), alpha + counts, ALPHA)


# normal_update

MOMENTS = ("mu_n", "tau_n_sq")


def _normal_case(rng: Rng, n: int) -> tuple[float, float, float, np.ndarray]:
    """A prior and data whose variances differ from one another, from 1 and from their roots."""
    tau0_sq, sigma_sq = rng.permutation([rng.uniform(0.1, 0.5), rng.uniform(2, 6)])
    mu0 = float(rng.normal(0, 3))
    return mu0, float(tau0_sq), float(sigma_sq), mu0 + rng.normal(2.0, 1.0, n)


@pytest.mark.question("normal_update", weight=4)
def test_normal_update_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right posterior mean and variance for several priors and samples."""
    cases = [_normal_case(rng, n) for n in (4, 1, 11)]
    for result, case in zip(student.each("normal_update", cases), cases, strict=True):
        _pair(result, bayes.normal_update(*case), MOMENTS, atol=1e-10)


@pytest.mark.question("normal_update")
def test_normal_update_of_nothing(student: Student, rng: Rng) -> None:
    """No observations leave the prior; one observation sharpens it."""
    case = _normal_case(rng, 1)
    unmoved, moved = student.each("normal_update", [(*case[:3], np.zeros(0)), case])
    _pair(unmoved, case[:2], MOMENTS, atol=1e-10)
    _pair(moved, bayes.normal_update(*case), MOMENTS, atol=1e-10)


@pytest.mark.question("normal_update", weight=2)
def test_normal_update_in_steps(student: Student, rng: Rng) -> None:
    """Learning from two halves in turn is the same as learning from all at once, in any order."""
    mu0, tau0_sq, sigma_sq, x = _normal_case(rng, 30)
    expected = bayes.normal_update(mu0, tau0_sq, sigma_sq, x)
    prior = mu0, tau0_sq, sigma_sq
    first, reordered = student.each("normal_update", [(*prior, x[:12]), (*prior, rng.permutation(x))])
    parts = unpack(first, 2)
    for part in parts:
        assert_shape(part, (), "each part of the result")
    halfway = [float(part) for part in parts]
    check(all(np.isfinite(halfway)) and halfway[1] > 0, "the posterior variance should be a positive number")
    _pair(student.normal_update(*halfway, sigma_sq, x[12:]), expected, MOMENTS, atol=1e-10)
    _pair(reordered, expected, MOMENTS, atol=1e-10)


@pytest.mark.question("normal_update")
def test_normal_update_between_certainty_and_ignorance(student: Student, rng: Rng) -> None:
    """A very sharp prior hardly moves; a very vague one leaves the word to ten thousand observations."""
    sharp = float(rng.normal(50, 1)), 1e-9, 1.0, rng.normal(60, 1, 5)
    _pair(student.normal_update(*sharp), bayes.normal_update(*sharp), MOMENTS)
    vague = 0.0, 400.0, float(rng.uniform(1, 4)), rng.normal(60, 1, 10_000)
    _pair(student.normal_update(*vague), bayes.normal_update(*vague), MOMENTS)


@pytest.mark.question("normal_update")
def test_normal_update_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the observations are left as they were."""
    mu0, tau0_sq, sigma_sq, x = _normal_case(rng, 6)
    expected = bayes.normal_update(mu0, tau0_sq, sigma_sq, x)
    _pair(student.read_only.normal_update(mu0, tau0_sq, sigma_sq, x), expected, MOMENTS, atol=1e-10)
    _pair(student.normal_update(mu0, tau0_sq, sigma_sq, x.tolist()), expected, MOMENTS, atol=1e-10)


# log_evidence

LOG_P = "the log evidence"


@pytest.mark.question("log_evidence", weight=3)
def test_evidence_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log evidence for several priors and samples."""
    cases = [(*_parameters(rng), _bits(rng, n)) for n in (6, 1, 18)]
    for result, case in zip(student.each("log_evidence", cases), cases, strict=True):
        assert_close(result, bayes.log_evidence(*case), LOG_P, atol=1e-10)


@pytest.mark.question("log_evidence")
def test_evidence_of_all_sequences(student: Student, rng: Rng) -> None:
    """Over all sequences of one length the evidence sums to one, and the order within a sequence is free."""
    a, b = _parameters(rng)
    sequences = list(itertools.product((0, 1), repeat=4))
    values = student.each("log_evidence", [(a, b, np.array(x)) for x in sequences])
    numbers = {
        x: float(assert_finite(assert_shape(value, (), LOG_P), LOG_P))
        for x, value in zip(sequences, values, strict=True)
    }
    assert_close(np.exp(list(numbers.values())).sum(), 1.0, "the sum of the evidence over all sequences")
    assert_close(numbers[0, 1, 1, 0], numbers[1, 0, 0, 1], "the evidence of a reordered sequence")
    assert_close(numbers[0, 0, 1, 0], bayes.log_evidence(a, b, [0, 0, 1, 0]), LOG_P)


@pytest.mark.question("log_evidence")
def test_evidence_of_two_samples(student: Student, rng: Rng) -> None:
    """Under one prior, a sample is as many times more probable than another as it should be."""
    a, b, x = *_parameters(rng), _bits(rng, 12)
    values = student.each("log_evidence", [(a, b, x), (a, b, x[:7])])
    one, other = (float(assert_finite(value, LOG_P)) for value in values)
    expected = bayes.log_evidence(a, b, x) - bayes.log_evidence(a, b, x[:7])
    assert_close(one - other, expected, "the difference of two log evidences", atol=1e-10)


@pytest.mark.question("log_evidence")
def test_evidence_of_nothing(student: Student, rng: Rng) -> None:
    """No data have evidence one; one observation has the prior mean's."""
    a, b = _parameters(rng)
    nothing, one = student.each("log_evidence", [(a, b, np.zeros(0, int)), (a, b, np.array([1]))])
    assert_close(nothing, 0.0, LOG_P, atol=1e-10)
    assert_close(one, np.log(a / (a + b)), LOG_P, atol=1e-10)


@pytest.mark.question("log_evidence", weight=2)
def test_evidence_of_many_observations(student: Student, rng: Rng) -> None:
    """Ten thousand observations do not underflow."""
    a, b, x = *_parameters(rng), _bits(rng, 10_000)
    assert_close(student.log_evidence(a, b, x), bayes.log_evidence(a, b, x), LOG_P, **LONG)


@pytest.mark.question("log_evidence")
def test_evidence_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the observations are left as they were."""
    a, b, x = *_parameters(rng), _bits(rng, 8)
    expected = bayes.log_evidence(a, b, x)
    assert_close(student.read_only.log_evidence(a, b, x), expected, LOG_P)
    assert_close(student.log_evidence(a, b, x.tolist()), expected, LOG_P)


# log_bayes_factor

FACTOR = "the log Bayes factor"


def _factor(carried: Carried, actual: Any, arguments: tuple[Any, ...], **tolerance: float) -> None:
    def compare(reference: Callable[..., float]) -> None:
        assert_close(actual, reference(*arguments), FACTOR, **tolerance)

    carried(compare, "log_bayes_factor", uses=("log_evidence",))


@pytest.mark.question("log_bayes_factor", weight=3)
def test_factor_on_fresh_numbers(student: Student, rng: Rng, carried: Carried) -> None:
    """Right log Bayes factor for several pairs of models and samples."""
    cases = [(_bits(rng, n), *_parameters(rng), *_parameters(rng)) for n in (9, 1, 25)]
    for result, case in zip(student.each("log_bayes_factor", cases), cases, strict=True):
        _factor(carried, result, case, atol=1e-10)


@pytest.mark.question("log_bayes_factor", weight=2)
def test_factor_changes_its_sign(student: Student, rng: Rng, carried: Carried) -> None:
    """Exchanging the models changes the sign, and a model against itself gives zero."""
    x, first, second = _bits(rng, 15), _parameters(rng), _parameters(rng)
    cases = [(x, *first, *second), (x, *second, *first), (x, *first, *first)]
    forward, backward, itself = student.each("log_bayes_factor", cases)
    forward_value = float(assert_finite(assert_shape(forward, (), FACTOR), FACTOR))
    assert_close(backward, -forward_value, "the log Bayes factor with the models exchanged", atol=1e-10)
    assert_close(itself, 0.0, "a model against itself", atol=1e-10)
    _factor(carried, forward, cases[0], atol=1e-10)


@pytest.mark.question("log_bayes_factor", weight=2)
def test_factor_of_many_observations(student: Student, rng: Rng, carried: Carried) -> None:
    """Ten thousand observations neither underflow nor overflow."""
    arguments = _bits(rng, 10_000), 1.0, 1.0, *map(float, rng.uniform(300, 500, 2))
    actual = student.log_bayes_factor(*arguments)
    assert_finite(actual, FACTOR)
    _factor(carried, actual, arguments, **LONG)


@pytest.mark.question("log_bayes_factor")
def test_factor_takes_lists_and_no_data(student: Student, rng: Rng, carried: Carried) -> None:
    """Lists are accepted and left as they were; no data favour neither model."""
    models = *_parameters(rng), *_parameters(rng)
    x = _bits(rng, 7)
    nothing, listed = student.each("log_bayes_factor", [([], *models), (x.tolist(), *models)])
    _factor(carried, nothing, ([], *models), atol=1e-10)
    _factor(carried, listed, (x, *models), atol=1e-10)
    _factor(carried, student.read_only.log_bayes_factor(x, *models), (x, *models), atol=1e-10)


# Derivations: each step is graded on its own.


def _step(student: Student, derivation: str, step: str) -> Any:
    steps = getattr(student, derivation)()
    if not isinstance(steps, dict):
        raise Wrong("the result should be a dictionary of SymPy expressions")
    if steps.get(step) is None:
        raise Wrong(f'the dictionary has no entry "{step}"')
    return steps[step]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            step, marks=pytest.mark.question("derive_beta_bernoulli", weight=weight, line=line), id=step
        )
        for step, weight, line in (
            ("log_likelihood", 1, "Beta-Bernoulli, step 1: the log likelihood of the sequence."),
            ("log_joint", 1, "Beta-Bernoulli, step 2: the log of likelihood times prior."),
            ("log_evidence", 2, "Beta-Bernoulli, step 3: the log evidence, with theta integrated out."),
            ("log_posterior", 1, "Beta-Bernoulli, step 4: the normalised log posterior."),
            ("posterior_mean", 1, "Beta-Bernoulli, step 5: the posterior mean."),
        )
    ],
)
def test_derive_beta_bernoulli(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    points = []
    for _ in range(3):
        n = int(rng.integers(4, 12))
        s = int(rng.integers(1, n // 2 + 1))
        a, b = rng.uniform(1.2, 4, 2).tolist()
        points.append({"theta": float(rng.uniform(0.55, 0.9)), "a": a, "b": b, "n": n, "s": s})
    answer = _step(student, "derive_beta_bernoulli", step)
    assert_expression(answer, bayes.derive_beta_bernoulli()[step], points, f'step "{step}"')


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            step, marks=pytest.mark.question("derive_normal_normal", weight=weight, line=line), id=step
        )
        for step, weight, line in (
            ("log_likelihood", 1, "Normal mean, step 1: the log likelihood of all observations."),
            ("log_joint", 1, "Normal mean, step 2: the log of likelihood times prior."),
            ("slope", 1, "Normal mean, step 3: the derivative with respect to mu."),
            ("precision", 1, "Normal mean, step 4: the posterior precision."),
            ("posterior_mean", 2, "Normal mean, step 5: the posterior mean."),
        )
    ],
)
def test_derive_normal_normal(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    points = []
    for _ in range(3):
        x = rng.normal(1.5, 1, int(rng.integers(3, 9)))
        mu, mu0, tau0_sq, sigma_sq = rng.uniform([-2, -3, 0.2, 2], [-1, 3, 0.6, 5]).tolist()
        points.append(
            {"mu": mu, "mu0": mu0, "tau0_sq": tau0_sq, "sigma_sq": sigma_sq}
            | {"n": x.size, "s1": float(x.sum()), "s2": float((x**2).sum())}
        )
    answer = _step(student, "derive_normal_normal", step)
    assert_expression(answer, bayes.derive_normal_normal()[step], points, f'step "{step}"')
