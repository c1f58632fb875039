"""Hidden tests of week 3: sampling.

Random answers are judged by distribution. Every p-value below is valid (its chance to fall under a level is at
most the level) for any correct way of using the generator, so a correct answer fails a test at most once in a million.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from autograder.bank.week3_sampling import (
    GENERATOR_HINT,
    HASTINGS_HINT,
    KEPT_AFTER_REJECTION_HINT,
    RATE_HINT,
    TOGETHER_HINT,
)
from autograder.grading import (
    Probe,
    Seed,
    Student,
    Wrong,
    as_array,
    assert_close,
    assert_expression,
    assert_finite,
    assert_p_value,
    assert_shape,
    check,
    fresh_seed,
    unpack,
)
from notebook_runner import probes
from reference import sampling

Rng = np.random.Generator
Carried = Callable[..., None]

DRAWS = "the draws"

# Level of each stage where one test draws in up to three settings: the whole test errs less than once in a million.
SEVERAL = 5e-4

# Why the p-values may be believed: for the page of the validation.
KS_EXACT = "exact: Kolmogorov–Smirnov of independent draws"
KS_SEVERAL = KS_EXACT + ", Bonferroni over several views of them"


class _Function(Probe):
    """A probe that also works here: the same function for the student and for the reference."""

    def __call__(self, *arguments: Any) -> Any:
        return probes.build(self.name, self.parameters)(*arguments)


def _f(name: str, **parameters: Any) -> _Function:
    return _Function(name, parameters)


class _Stream(Seed):
    """A generator for the reference that becomes a fresh seed in each call of a student's function."""

    def __init__(self, rng: Rng) -> None:
        object.__setattr__(self, "rng", rng)

    @property
    def entropy(self) -> int:
        return fresh_seed(self.rng).entropy  # type: ignore[attr-defined]

    def random(self, size: Any = None) -> Any:
        return self.rng.random(size)  # type: ignore[attr-defined]


def _ks(*views: np.ndarray) -> float:
    """p-value of the Kolmogorov-Smirnov test that the values are independent and uniform on [0, 1].

    From several views of the draws one p-value, by Bonferroni.
    """
    return _least(*map(_distance, views))


def _ks_of(cdf: Callable[[np.ndarray], np.ndarray], *views: np.ndarray) -> float:
    """`_ks` of the values of a distribution function that is slow to compute."""
    return _least(*(_distance_of(cdf, view) for view in views))


def _least(*distances: tuple[float, int]) -> float:
    """One p-value from distances and how many values each is of; among equally many the largest decides."""
    largest: dict[int, float] = {}
    for distance, n in distances:
        largest[n] = max(distance, largest.get(n, 0.0))
    return min(1.0, len(distances) * min(float(stats.kstwo.sf(far, n)) for n, far in largest.items()))


def _distance(uniform: np.ndarray) -> tuple[float, int]:
    """Largest distance of the empirical distribution function from the uniform one, and how many values there are."""
    n, ordered = uniform.size, np.sort(uniform)
    grid = np.arange(n + 1) / n
    return float(max((grid[1:] - ordered).max(), (ordered - grid[:-1]).max())), n


def _distance_of(cdf: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> tuple[float, int]:
    """`_distance` of ``cdf(values)``.

    The function is computed at every tenth value, and in between only where the distance may be larger still,
    as the function never falls.
    """
    n, ordered = values.size, np.sort(values)
    at = np.append(np.arange(0, n - 1, 10), n - 1)
    uniform = cdf(ordered[at])
    above, below = (at + 1) / n - uniform, uniform - at / n
    distance = max(above.max(), below.max())
    further = np.flatnonzero(np.maximum(above[:-1], below[1:]) + np.diff(at) / n > distance)
    at = np.minimum(at[further, None] + np.arange(1, 10), n - 1).ravel()
    uniform = cdf(ordered[at])
    inner = np.maximum((at + 1) / n - uniform, uniform - at / n).max(initial=0.0)
    return float(max(distance, inner)), n


def _draws(value: Any, shape: tuple[int, ...], what: str = DRAWS) -> np.ndarray:
    return assert_finite(assert_shape(value, shape, what), what)


def _uses_the_generator(ask: Callable[[list[Seed]], list[Any]], rng: Rng) -> None:
    """The same seed gives the same result and another seed another one."""
    seed, other = fresh_seed(rng), fresh_seed(rng)
    first, again, different = (as_array(draws, DRAWS) for draws in ask([seed, seed, other]))
    assert_finite(first, DRAWS)
    same, unchanged = np.array_equal(first, again), np.array_equal(first, different)
    check(same, "the same generator should give the same draws", hint=GENERATOR_HINT)
    check(not unchanged, "another generator should give other draws", hint=GENERATOR_HINT)


# expectation

E_F = "the expectation"


def _pmf(rng: Rng, k: int) -> tuple[np.ndarray, np.ndarray]:
    return np.sort(rng.uniform(0.5, 4, k)), rng.dirichlet(np.full(k, 2.0))


@pytest.mark.question("expectation", weight=3)
def test_expectation_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right expectations of several functions, for one value as for many."""
    functions = (4, _f("power", exponent=2)), (1, _f("wave", frequency=2.0)), (7, _f("logarithm"))
    cases = [(f, *_pmf(rng, k)) for k, f in functions]
    for actual, case in zip(student.each("expectation", cases), cases, strict=True):
        assert_close(actual, sampling.expectation(*case), E_F, atol=1e-12)


@pytest.mark.question("expectation")
def test_expectation_of_an_impossible_value(student: Student, rng: Rng) -> None:
    """A value of probability zero contributes nothing, even where the function is infinite there."""
    values, pmf = _pmf(rng, 4)
    values[1], pmf[1] = 0.0, 0.0
    case = _f("logarithm"), values, pmf / pmf.sum()
    assert_close(student.expectation(*case), sampling.expectation(*case), E_F)


@pytest.mark.question("expectation")
def test_expectation_needs_probabilities(student: Student, rng: Rng) -> None:
    """ValueError for numbers that are no probabilities, and only then."""
    f = _f("power", exponent=2)
    values, pmf = _pmf(rng, 3)
    assert_close(student.expectation(f, values, pmf), sampling.expectation(f, values, pmf), E_F)
    for bad in (pmf * 1.01, pmf * 0.99, np.array([1.3, -0.5, 0.2])):
        with student.expects(
            "ValueError", "a pmf that is none should raise ValueError, as the docstring says"
        ):
            student.expectation(f, values, bad)


@pytest.mark.question("expectation")
def test_expectation_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    f = _f("power", exponent=3)
    values, pmf = _pmf(rng, 5)
    expected = sampling.expectation(f, values, pmf)
    assert_close(student.read_only.expectation(f, values, pmf), expected, E_F)
    assert_close(student.expectation(f, values.tolist(), pmf.tolist()), expected, E_F)


# inverse_cdf_exponential


@pytest.mark.question("inverse_cdf_exponential")
def test_exponential_draws_are_as_many_as_asked(student: Student, rng: Rng) -> None:
    """As many draws as asked for, none included; all finite and not negative."""
    sizes = (0, 1, 5, 400)
    cases = [(fresh_seed(rng), float(rng.uniform(0.5, 3)), n) for n in sizes]
    for result, n in zip(student.each("inverse_cdf_exponential", cases), sizes, strict=True):
        check((_draws(result, (n,)) >= 0).all(), "exponential draws should not be negative")


@pytest.mark.question("inverse_cdf_exponential", weight=3)
def test_exponential_draws_have_the_right_distribution(student: Student, rng: Rng) -> None:
    """The draws have the right distribution, for small and for large rates."""
    for rate in (rng.uniform(2, 4), rng.uniform(1e-3, 2e-3), rng.uniform(300, 900)):

        def p_value(rng: Rng, rate: float = float(rate)) -> float:
            draws = _draws(student.inverse_cdf_exponential(fresh_seed(rng), rate, 1500), (1500,))
            return _ks(-np.expm1(-rate * np.maximum(draws, 0)))

        assert_p_value(
            p_value,
            rng,
            "the draws do not have the exponential distribution of that rate",
            level=SEVERAL,
            valid=KS_EXACT,
        )


@pytest.mark.question("inverse_cdf_exponential")
def test_exponential_draws_come_from_the_generator(student: Student, rng: Rng) -> None:
    """The generator that is handed in decides the draws, and nothing else does."""
    rate = float(rng.uniform(0.5, 3))

    def ask(seeds: list[Seed]) -> list[Any]:
        return student.each("inverse_cdf_exponential", [(seed, rate, 6) for seed in seeds])

    _uses_the_generator(ask, rng)


@pytest.mark.question("inverse_cdf_exponential")
def test_exponential_needs_a_positive_rate(student: Student, rng: Rng) -> None:
    """ValueError for a rate that is not positive, and only then."""
    _draws(student.inverse_cdf_exponential(fresh_seed(rng), 1e-12, 2), (2,))
    for rate in (0.0, -float(rng.uniform(0.5, 2))):
        with student.expects("ValueError", "a rate of 0 or less should raise ValueError"):
            student.inverse_cdf_exponential(fresh_seed(rng), rate, 2)


# box_muller


@pytest.mark.question("box_muller")
def test_normal_draws_are_as_many_as_asked(student: Student, rng: Rng) -> None:
    """As many draws as asked for: none, one, even and odd numbers."""
    sizes = (0, 1, 2, 7)
    results = student.each("box_muller", [(fresh_seed(rng), n) for n in sizes])
    for result, n in zip(results, sizes, strict=True):
        check(np.unique(_draws(result, (n,))).size == n, "no two of the draws should be equal")


@pytest.mark.question("box_muller", weight=2)
def test_normal_draws_have_the_right_distribution(student: Student, rng: Rng) -> None:
    """The draws are standard normal."""

    def p_value(rng: Rng) -> float:
        return _ks(special.ndtr(_draws(student.box_muller(fresh_seed(rng), 2001), (2001,))))

    assert_p_value(p_value, rng, "the draws do not have the standard normal distribution", valid=KS_EXACT)


@pytest.mark.question("box_muller", weight=2)
def test_normal_draws_are_independent(student: Student, rng: Rng) -> None:
    """The two draws of a pair are independent of each other."""

    def p_value(rng: Rng) -> float:
        z = _draws(student.box_muller(fresh_seed(rng), 2000), (2000,))
        pairs = (z[:1000], z[1000:]), (z[::2], z[1::2])
        radii = [-np.expm1(-(one**2 + other**2) / 2) for one, other in pairs]
        angles = [(np.arctan2(one, other) / np.pi + 1) / 2 for one, other in pairs]
        # One uniform for both leaves radius and angle uniform each: then their sum or their difference is not.
        twists = [
            (radius + sign * angle) % 1
            for radius, angle in zip(radii, angles, strict=True)
            for sign in (1, -1)
        ]
        return _ks(*radii, *angles, *twists)

    assert_p_value(p_value, rng, "some of the draws depend on others", valid=KS_SEVERAL)


@pytest.mark.question("box_muller")
def test_normal_draws_come_from_the_generator(student: Student, rng: Rng) -> None:
    """The generator that is handed in decides the draws, and nothing else does."""
    _uses_the_generator(lambda seeds: student.each("box_muller", [(seed, 5) for seed in seeds]), rng)


# rejection_sample

ZERO = _f("slope_log_density", slope=0.0, low=-1e9, high=1e9)


def _beta_case(rng: Rng, n: int, log_constant: float = 0.0) -> tuple[tuple[Any, ...], float, Any]:
    """A Beta target under a uniform proposal: arguments after rng, the acceptance, the distribution."""
    # Between 0.58 and 0.67 are accepted: where that is near 1, 1/2 or 1/3, the n that are kept over whole batches of n
    # proposals are the right rate by luck.
    a, b = map(float, rng.uniform(2, 2.5, 2))
    mode = (a - 1) / (a + b - 2)
    log_M = log_constant + (a - 1) * np.log(mode) + (b - 1) * np.log1p(-mode)
    log_p = _f("beta_log_density", a=a, b=b, log_constant=log_constant)
    acceptance = float(np.exp(special.betaln(a, b) - (log_M - log_constant)))
    return (
        (log_p, _f("uniform_draws", low=0.0, high=1.0), ZERO, float(log_M) + 1e-12, n),
        acceptance,
        lambda x: special.betainc(a, b, np.clip(x, 0, 1)),
    )


def _normal_case(rng: Rng, n: int, log_constant: float) -> tuple[tuple[Any, ...], float, Any]:
    """A normal target with a constant under a somewhat wider normal proposal elsewhere."""
    mean, sd, place = map(float, rng.uniform([-2, 0.5, 0.8], [2, 1.0, 0.9]))
    # Hardly wider and well off the target: whoever forgets the proposal's density draws from quite another one.
    wide, offset = 1.25 * sd, place * sd
    # log p - log q = log_constant + log 1.25 - (x - mean)^2 / 2 sd^2 + (x - mean - offset)^2 / 2 wide^2: a parabola.
    log_M = log_constant + np.log(1.25) + offset**2 / (2 * (wide**2 - sd**2)) + 1e-12
    return (
        (
            _f("normal_log_density", mean=mean, sd=sd, log_constant=log_constant),
            _f("normal_draws", mean=mean + offset, sd=wide),
            _f("normal_log_density", mean=mean + offset, sd=wide),
            float(log_M),
            n,
        ),
        float(np.exp(log_constant - log_M)),
        lambda x: special.ndtr((x - mean) / sd),
    )


def _accepted(student: Student, rng: Rng, arguments: tuple[Any, ...]) -> tuple[np.ndarray, float]:
    return _parts(student.rejection_sample(fresh_seed(rng), *arguments), arguments[-1])


def _parts(result: Any, n: int) -> tuple[np.ndarray, float]:
    """The n draws and the acceptance rate, checked for form."""
    draws, rate = unpack(result, 2)
    value = float(assert_finite(assert_shape(rate, (), "the acceptance rate"), "the acceptance rate"))
    check(0 < value <= 1, "the acceptance rate should be a share between 0 and 1")
    return _draws(draws, (n,)), value


def _rate_p_value(rate: float, acceptance: float, n: int) -> float:
    """Two-sided p-value of a rate of at least n proposals, whatever rule decided when to stop (Chernoff, Ville)."""
    divergence = special.rel_entr([rate, 1 - rate], [acceptance, 1 - acceptance]).sum()
    return min(1.0, 2 * float(np.exp(-n * divergence)))


@pytest.mark.question("rejection_sample", weight=3)
def test_accepted_draws_have_the_targets_distribution(student: Student, rng: Rng) -> None:
    """The accepted draws follow the target, under a flat proposal and under one that is not."""
    for make in (_beta_case, lambda rng, n: _normal_case(rng, n, 0.0)):
        arguments, _, cdf = make(rng, 800)

        def p_value(rng: Rng, arguments: Any = arguments, cdf: Any = cdf) -> float:
            return _ks(cdf(_accepted(student, rng, arguments)[0]))

        assert_p_value(p_value, rng, "the draws do not follow the target", level=SEVERAL, valid=KS_EXACT)


@pytest.mark.question("rejection_sample", weight=2)
def test_acceptance_rate_counts_all_proposals(student: Student, rng: Rng) -> None:
    """The rate is the share of accepted ones among all proposals, for a target with any constant."""
    for log_constant in (0.0, float(rng.uniform(0.5, 1.0))):
        arguments, acceptance, _ = _beta_case(rng, 3000, log_constant)

        def p_value(rng: Rng, arguments: Any = arguments, acceptance: float = acceptance) -> float:
            return _rate_p_value(_accepted(student, rng, arguments)[1], acceptance, 3000)

        valid = "a bound: Chernoff's, by Ville's inequality at whatever proposal the function stops"
        message = "the acceptance rate is not right"
        assert_p_value(p_value, rng, message, hint=RATE_HINT, level=SEVERAL, valid=valid)


@pytest.mark.question("rejection_sample")
def test_rejection_with_an_unnormalised_target(student: Student, rng: Rng) -> None:
    """A target whose constant is beyond what a number can hold gives the same draws and rates."""
    for log_constant in (1000.0, -1000.0):
        arguments, acceptance, cdf = _normal_case(rng, 400, log_constant)

        def p_value(
            rng: Rng, arguments: Any = arguments, acceptance: Any = acceptance, cdf: Any = cdf
        ) -> float:
            draws, rate = _accepted(student, rng, arguments)
            # Four hundred draws put the rate within 0.05; the other test of the rate is the sharp one.
            check(abs(rate - acceptance) < 0.25, "the acceptance rate goes wrong for an unnormalised target")
            return _ks(cdf(draws))

        message = "the draws go wrong for an unnormalised target"
        assert_p_value(p_value, rng, message, level=SEVERAL, valid=KS_EXACT)


@pytest.mark.question("rejection_sample")
def test_rejection_of_nothing(student: Student, rng: Rng) -> None:
    """Where target and bound agree every proposal is accepted, also for a single draw."""
    propose = _f("uniform_draws", low=2.0, high=3.0)
    sizes = (1, 50)
    cases = [(fresh_seed(rng), ZERO, propose, ZERO, 1e-12, n) for n in sizes]
    for result, n in zip(student.each("rejection_sample", cases), sizes, strict=True):
        draws, rate = _parts(result, n)
        assert_close(rate, 1.0, "the acceptance rate")
        check(((draws >= 2) & (draws <= 3)).all(), "every draw should be one of the proposals")
        check(np.unique(draws).size == n, "every draw should be a new proposal")


@pytest.mark.question("rejection_sample")
def test_rejection_with_a_bound_too_low(student: Student, rng: Rng) -> None:
    """ValueError when the proposals show that the bound is too small, and only then."""
    arguments, _, _ = _beta_case(rng, 200)
    _accepted(student, rng, arguments)
    low = (*arguments[:3], arguments[3] - 0.5, 200)
    with student.expects("ValueError", "a bound below the target should raise ValueError"):
        student.rejection_sample(fresh_seed(rng), *low)


@pytest.mark.question("rejection_sample")
def test_rejection_uses_the_generator(student: Student, rng: Rng) -> None:
    """The generator that is handed in decides the draws, and nothing else does."""
    arguments, _, _ = _beta_case(rng, 5)

    def ask(seeds: list[Seed]) -> list[Any]:
        results = student.each("rejection_sample", [(seed, *arguments) for seed in seeds])
        return [unpack(result, 2)[0] for result in results]

    _uses_the_generator(ask, rng)


# importance_estimate

ESTIMATE = "the estimate"


def _weighted_case(rng: Rng, n: int, log_constant: float = 0.0) -> tuple[Any, ...]:
    mean, sd, wide = map(float, rng.uniform([-1, 0.6, 1.3], [1, 1.1, 2.0]))
    return (
        _f("wave", frequency=1.5) if rng.random() < 0.5 else _f("power", exponent=2),
        _f("normal_log_density", mean=mean, sd=sd, log_constant=log_constant),
        _f("normal_log_density", mean=mean + 0.4, sd=wide),
        rng.normal(mean + 0.4, wide, n),
    )


@pytest.mark.question("importance_estimate", weight=3)
def test_estimate_with_plain_weights(student: Student, rng: Rng) -> None:
    """Right estimates with plain weights, from one draw and from many."""
    cases = [(*_weighted_case(rng, n), False) for n in (40, 1, 300)]
    for actual, case in zip(student.each("importance_estimate", cases), cases, strict=True):
        assert_close(actual, sampling.importance_estimate(*case), ESTIMATE, atol=1e-12)


@pytest.mark.question("importance_estimate", weight=3)
def test_estimate_with_normalised_weights(student: Student, rng: Rng) -> None:
    """Right estimates with self-normalised weights, from one draw and from many."""
    cases = [(*_weighted_case(rng, n, float(rng.uniform(0.5, 1))), True) for n in (40, 1, 300)]
    for actual, case in zip(student.each("importance_estimate", cases), cases, strict=True):
        assert_close(actual, sampling.importance_estimate(*case), ESTIMATE, atol=1e-12)


@pytest.mark.question("importance_estimate", weight=2)
def test_estimate_with_huge_constants(student: Student, rng: Rng) -> None:
    """A constant of a thousand in the log target changes nothing in a self-normalised estimate."""
    f, log_p, log_q, x = _weighted_case(rng, 60)
    expected = sampling.importance_estimate(f, log_p, log_q, x, True)
    shifted = [
        _f("normal_log_density", **{**log_p.parameters, "log_constant": log_constant})
        for log_constant in (1000.0, -1000.0)
    ]
    for actual in student.each("importance_estimate", [(f, target, log_q, x, True) for target in shifted]):
        assert_close(actual, expected, ESTIMATE, rtol=1e-7, atol=1e-9)


@pytest.mark.question("importance_estimate", weight=2)
def test_estimate_where_the_target_is_zero(student: Student, rng: Rng) -> None:
    """Draws where the target is zero count as draws; ValueError only when no weight is left to divide by."""
    f, _, log_q, x = _weighted_case(rng, 50)
    half = _f("slope_log_density", slope=-0.7, low=float(np.median(x)), high=1e9)
    nowhere = _f("slope_log_density", slope=1.0, low=1e6, high=2e6)
    cases = [(f, half, log_q, x, True), (f, half, log_q, x, False), (f, nowhere, log_q, x, False)]
    *actual, zero = student.each("importance_estimate", cases)
    for estimate, case in zip(actual, cases[:2], strict=True):
        assert_close(estimate, sampling.importance_estimate(*case), ESTIMATE, atol=1e-12)
    assert_close(zero, 0.0, ESTIMATE, atol=1e-12)
    with student.expects("ValueError", "weights that are all 0 should raise ValueError when self-normalised"):
        student.importance_estimate(f, nowhere, log_q, x, True)


@pytest.mark.question("importance_estimate")
def test_estimate_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the draws are left as they were."""
    f, log_p, log_q, x = _weighted_case(rng, 20)
    expected = [sampling.importance_estimate(f, log_p, log_q, x, how) for how in (False, True)]
    for asked, draws in ((student.read_only, x), (student, x.tolist())):
        estimates = asked.each(
            "importance_estimate", [(f, log_p, log_q, draws, how) for how in (False, True)]
        )
        for actual, target in zip(estimates, expected, strict=True):
            assert_close(actual, target, ESTIMATE, atol=1e-12)


# importance_ess

ESS = "the effective sample size"


@pytest.mark.question("importance_ess", weight=2)
def test_ess_on_fresh_weights(student: Student, rng: Rng) -> None:
    """Right effective sample sizes, for one weight as for many."""
    weights = [rng.normal(0, 1.5, n) for n in (5, 1, 200)]
    results = student.each("importance_ess", [(log_w,) for log_w in weights])
    for actual, log_w in zip(results, weights, strict=True):
        assert_close(actual, sampling.importance_ess(log_w), ESS)


@pytest.mark.question("importance_ess", weight=2)
def test_ess_with_huge_constants(student: Student, rng: Rng) -> None:
    """Weights too large or too small for a number still have their effective sample size."""
    log_w = rng.normal(0, 1.5, 30)
    expected = sampling.importance_ess(log_w)
    for actual in student.each("importance_ess", [(log_w + 1000.0,), (log_w - 1000.0,)]):
        assert_close(actual, expected, ESS, rtol=1e-7)


@pytest.mark.question("importance_ess")
def test_ess_with_zero_weights(student: Student, rng: Rng) -> None:
    """Weights of zero are worth nothing; ValueError when all of them are zero."""
    log_w = rng.normal(0, 1, 6)
    log_w[[1, 4]] = -np.inf
    assert_close(student.importance_ess(log_w), sampling.importance_ess(log_w), ESS)
    with student.expects("ValueError", "weights that are all 0 should raise ValueError"):
        student.importance_ess(np.full(int(rng.integers(2, 6)), -np.inf))


@pytest.mark.question("importance_ess")
def test_ess_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the weights are left as they were."""
    log_w = rng.normal(0, 1, 8)
    expected = sampling.importance_ess(log_w)
    assert_close(student.read_only.importance_ess(log_w), expected, ESS)
    assert_close(student.importance_ess(log_w.tolist()), expected, ESS)


# mh_step

SYMMETRIC = _f("symmetric_log_kernel")
STATES = "the next states"
FLAGS = "the accepted flags"
CHAINS = 1000
GRADED = np.linspace(0.998, 0.002, 200)
"""Chances of acceptance: correct flags of such chains fall from True to False at one place less than once in 1e20."""
ACCEPTED = np.arange(CHAINS + 1)
LOG_CHOICES = (
    special.gammaln(CHAINS + 1) - special.gammaln(ACCEPTED + 1) - special.gammaln(ACCEPTED[::-1] + 1)
)


def _stepped(result: Any, x: Any) -> tuple[np.ndarray, np.ndarray]:
    """Next states and flags of chains at x, checked for form."""
    chains = np.shape(x)
    states, flags = unpack(result, 2)
    flags = assert_shape(flags, chains, FLAGS)
    check(np.isin(flags, (0, 1)).all(), f"{FLAGS} should be True or False")
    return _draws(states, chains, STATES), flags.astype(bool)


@pytest.mark.question("mh_step", weight=2)
def test_step_uphill_and_into_a_wall(student: Student, rng: Rng) -> None:
    """Sure moves are made and impossible ones are not, for one chain and for several."""
    cases, expected = [], []
    for chains in (6, 1):
        log_p = _f("slope_log_density", slope=float(rng.uniform(800, 900)), low=-20.0, high=3.0)
        x = rng.uniform(-10, 1.5, chains)
        for by, moves in ((1.25, True), (-1.25, False), (50.0, False)):
            cases.append((fresh_seed(rng), x, log_p, _f("shift", by=by), SYMMETRIC))
            expected.append((x + by if moves else x, moves))
    for result, (target, moves) in zip(student.each("mh_step", cases), expected, strict=True):
        states, flags = _stepped(result, target)
        check((flags == moves).all(), f"{FLAGS} are not right")
        assert_close(states, target, STATES, atol=1e-12)


@pytest.mark.question("mh_step", weight=2)
def test_step_accepts_as_often_as_it_should(student: Student, rng: Rng) -> None:
    """Moves downhill are accepted with the right probability, each chain deciding for itself."""
    mean, place = float(rng.uniform(0.1, 0.3)), float(rng.uniform(1, 2))
    log_p = _f("normal_log_density", mean=mean, sd=1.0, log_constant=float(rng.uniform(-5, 5)))
    probability = float(np.exp(-2 * mean * place))
    x = np.append(np.full(CHAINS, place), np.log(GRADED) / (-2 * mean))

    def p_value(rng: Rng) -> float:
        states, flags = _stepped(student.mh_step(fresh_seed(rng), x, log_p, _f("reflection"), SYMMETRIC), x)
        check(
            np.array_equal(states, np.where(flags, -x, x)),
            "accepted chains should be at their proposal and the others where they were",
        )
        flags, graded = flags[:CHAINS], flags[CHAINS:]
        together = graded.any() and not graded.all() and bool((graded[1:] <= graded[:-1]).all())
        check(not together, "the chains should not decide together", hint=TOGETHER_HINT)
        chances = np.exp(
            LOG_CHOICES + special.xlogy(ACCEPTED, probability) + special.xlog1py(ACCEPTED[::-1], -probability)
        )
        # As probable as what was seen, or less, with room for rounding.
        return float(chances[chances <= chances[flags.sum()] * (1 + 1e-7)].sum())

    message = "moves are not accepted as often as they should be"
    assert_p_value(p_value, rng, message, valid="exact: binomial test of independent chains")


@pytest.mark.question("mh_step", weight=4)
def test_step_leaves_the_target_as_it_is(student: Student, rng: Rng) -> None:
    """Chains that start in the target are still in it after five steps of a proposal that is not symmetric."""
    shape, sd = float(rng.uniform(1.8, 3)), float(rng.uniform(0.6, 0.9))
    arguments = (
        _f("gamma_log_density", shape=shape, rate=1.0),
        _f("scale_walk", sd=sd),
        _f("scale_walk_log_kernel", sd=sd),
    )

    def p_value(rng: Rng) -> float:
        x, chains = rng.gamma(shape, size=20_000), []
        for _ in range(5):
            x, _ = _stepped(student.mh_step(fresh_seed(rng), x, *arguments), x)
            if not (x > 0).all():
                return 0.0
            chains.append(x)
        # Some of them after every step: chains that decide together leave the target and may come back to it.
        return _ks_of(lambda q: special.gammainc(shape, q), *(x[:4_000] for x in chains[:-1]), chains[-1])

    message = "after five steps the chains have left the target"
    assert_p_value(p_value, rng, message, hint=HASTINGS_HINT, valid=KS_SEVERAL)


@pytest.mark.question("mh_step")
def test_step_from_an_impossible_place(student: Student, rng: Rng) -> None:
    """From where the target is zero any possible proposal is accepted and no impossible one; never NaN."""
    x = np.array([-3.0, -0.25, -0.5, -9.0]) - rng.uniform(0, 0.2, 4)
    log_p = _f("slope_log_density", slope=0.0, low=0.0, high=50.0)
    states, flags = _stepped(student.mh_step(fresh_seed(rng), x, log_p, _f("shift", by=1.0), SYMMETRIC), x)
    check(flags.tolist() == [False, True, True, False], f"{FLAGS} are not right")
    assert_close(states, x + np.array([0.0, 1.0, 1.0, 0.0]), STATES)


@pytest.mark.question("mh_step")
def test_step_uses_the_generator_and_edits_nothing(student: Student, rng: Rng) -> None:
    """The generator decides the step; the states that are handed in are left as they were."""
    log_p = _f("normal_log_density", mean=0.0, sd=1.0)
    # So many that some move and some stay.
    x, walk = rng.normal(0, 1, 80), _f("random_walk", sd=1.0)

    def ask(seeds: list[Seed]) -> list[Any]:
        results = student.read_only.each("mh_step", [(seed, x, log_p, walk, SYMMETRIC) for seed in seeds])
        return [_stepped(result, x)[0] for result in results]

    _uses_the_generator(ask, rng)
    states, flags = _stepped(student.mh_step(fresh_seed(rng), x.tolist(), log_p, walk, SYMMETRIC), x)
    check(np.array_equal(states == x, ~flags), "accepted chains should move and the others stay")


# mh_chain


def _run(result: Any, n: int, chains: int) -> tuple[np.ndarray, np.ndarray]:
    """The n states of each chain and the acceptance rates, checked for form."""
    draws, rate = unpack(result, 2)
    rate = assert_finite(assert_shape(rate, (chains,), "the acceptance rate"), "the acceptance rate")
    return _draws(draws, (n, chains)), rate


def _as_the_reference(
    student: Student, rng: Rng, carried: Carried, cases: list[tuple[Any, ...]], hint: str = ""
) -> None:
    """Compare where nothing is left to chance: every move is sure or impossible."""
    results = student.each("mh_chain", [(fresh_seed(rng), *case) for case in cases])
    for result, case in zip(results, cases, strict=True):
        draws, rate = _run(result, case[4], case[0].size)

        def compare(
            reference: Callable[..., Any], case: Any = case, draws: Any = draws, rate: Any = rate
        ) -> None:
            target = reference(_Stream(rng), *case)
            try:
                assert_close(draws, target[0], DRAWS, atol=1e-12)
                assert_close(rate, target[1], "the acceptance rate", atol=1e-12)
            except Wrong as wrong:
                raise Wrong(wrong.message, hint=hint, detail=wrong.detail) from None

        carried(compare, "mh_chain", uses=("mh_step",))


def _climb(rng: Rng, chains: int) -> tuple[Any, ...]:
    """Chains that climb by one each step until the next step would leave the support."""
    x0 = rng.uniform(-0.9, -0.1, chains) - rng.permutation(np.arange(chains))
    log_p = _f("slope_log_density", slope=float(rng.uniform(800, 900)), low=-50.0, high=4.0)
    return x0, log_p, _f("shift", by=1.0), SYMMETRIC


@pytest.mark.question("mh_chain", weight=2)
def test_chain_keeps_every_step(student: Student, rng: Rng, carried: Carried) -> None:
    """All states after the start are kept, for one chain and for several, for one step and for several."""
    cases = [(*_climb(rng, chains), n) for chains, n in ((3, 3), (1, 3), (4, 1))]
    _as_the_reference(student, rng, carried, cases)


@pytest.mark.question("mh_chain", weight=2)
def test_chain_counts_a_rejected_move(student: Student, rng: Rng, carried: Carried) -> None:
    """A rejected proposal leaves the old state among the draws once more."""
    _as_the_reference(student, rng, carried, [(*_climb(rng, 3), 9)], KEPT_AFTER_REJECTION_HINT)


@pytest.mark.question("mh_chain", weight=2)
def test_chain_forgets_its_burn_in(student: Student, rng: Rng, carried: Carried) -> None:
    """The first steps are thrown away, and the acceptance rates do not count them."""
    _as_the_reference(student, rng, carried, [(*_climb(rng, 3), 4, burn_in) for burn_in in (3, 5, 1)])


@pytest.mark.question("mh_chain", weight=2)
def test_chain_leaves_the_target_as_it_is(student: Student, rng: Rng, carried: Carried) -> None:
    """Chains that start in the target stay distributed so, in every step that is kept."""
    shape, sd = float(rng.uniform(1.8, 3)), float(rng.uniform(0.6, 0.9))
    kernel = (
        _f("gamma_log_density", shape=shape, rate=1.0),
        _f("scale_walk", sd=sd),
        _f("scale_walk_log_kernel", sd=sd),
    )

    def p_value_of(chain: Callable[..., Any], make: Callable[[Rng], Seed]) -> Callable[[Rng], float]:
        def p_value(rng: Rng) -> float:
            x0 = rng.gamma(shape, size=3000)
            draws, _ = _run(chain(make(rng), x0, *kernel, 3, 1), 3, x0.size)
            if not (draws > 0).all():
                return 0.0
            return _ks_of(lambda q: special.gammainc(shape, q), draws[0], draws[-1])

        return p_value

    verdicts = iter(("the student's chain", "the reference's chain with the student's steps"))

    def compare(reference: Callable[..., Any]) -> None:
        if next(verdicts) == "the student's chain":
            own = p_value_of(student.mh_chain, fresh_seed)
            assert_p_value(own, rng, "the chains leave the target", valid=KS_SEVERAL)
            return
        if min(p_value_of(reference, _Stream)(rng) for _ in range(5)) < 1e-2:
            return
        raise Wrong("the chains leave the target")

    carried(compare, "mh_chain", uses=("mh_step",))


@pytest.mark.question("mh_chain")
def test_chain_uses_the_generator_and_edits_nothing(student: Student, rng: Rng) -> None:
    """The generator decides the chain; the starting points are left as they were."""
    log_p, walk = _f("normal_log_density", mean=0.0, sd=1.0), _f("random_walk", sd=0.5)
    x0 = rng.normal(0, 1, 4)

    def ask(seeds: list[Seed]) -> list[Any]:
        results = student.read_only.each(
            "mh_chain", [(seed, x0, log_p, walk, SYMMETRIC, 8) for seed in seeds]
        )
        return [_run(result, 8, x0.size)[0] for result in results]

    _uses_the_generator(ask, rng)
    draws, _ = _run(student.mh_chain(fresh_seed(rng), x0.tolist(), log_p, walk, SYMMETRIC, 8), 8, x0.size)
    check(np.unique(draws).size > 4, "the chains should move")


# gibbs_bivariate_normal


@pytest.mark.question("gibbs_bivariate_normal")
def test_gibbs_has_the_promised_form(student: Student, rng: Rng) -> None:
    """One point a sweep and chain, for one sweep and one chain as for several; starts may be lists."""
    forms = (1, 1), (4, 1), (1, 3), (3, 5)
    # With hardly any correlation even chains that share their noise would meet.
    cases = [
        (fresh_seed(rng), sign * float(rng.uniform(0.5, 0.9)), n, rng.normal(0, 1, (chains, 2)).tolist())
        for sign, (n, chains) in zip((1, -1, 1, -1), forms, strict=True)
    ]
    for result, form in zip(student.each("gibbs_bivariate_normal", cases), forms, strict=True):
        draws = _draws(result, (*form, 2))
        check(np.unique(draws).size == draws.size, "no two of the drawn coordinates should be equal")


@pytest.mark.question("gibbs_bivariate_normal", weight=5)
def test_gibbs_draws_from_its_conditionals(student: Student, rng: Rng) -> None:
    """Each coordinate is drawn given the newest value of the other, x before y."""
    for size in (0.6, 0.97):
        rho = size * (1 if rng.random() < 0.5 else -1)
        x0 = rng.uniform([-40, 3], [40, 9], (600, 2))

        def p_value(rng: Rng, rho: float = rho, x0: np.ndarray = x0) -> float:
            draws = _draws(student.gibbs_bivariate_normal(fresh_seed(rng), rho, 2, x0), (2, 600, 2))
            x, y = draws[..., 0], draws[..., 1]
            before = np.stack([x0[:, 1], y[0]])
            one, other = (np.stack([x - rho * before, y - rho * x]) / np.sqrt(1 - rho**2)).reshape(2, -1)
            pairs = -np.expm1(-(one**2 + other**2) / 2)
            sweeps = -np.expm1(-(one[:600] ** 2 + one[600:] ** 2) / 2)
            return _ks(special.ndtr(one), special.ndtr(other), pairs, sweeps)

        message = "the draws do not follow the conditional distributions"
        assert_p_value(p_value, rng, message, level=SEVERAL, valid=KS_SEVERAL)


@pytest.mark.question("gibbs_bivariate_normal", weight=2)
def test_gibbs_leaves_the_target_as_it_is(student: Student, rng: Rng) -> None:
    """Chains that start in the target are still distributed so after five sweeps."""
    rho = float(rng.uniform(0.5, 0.8))
    sd = np.sqrt(1 - rho**2)

    def p_value(rng: Rng) -> float:
        z = rng.standard_normal((2, 3000))
        x0 = np.column_stack([z[0], rho * z[0] + sd * z[1]])
        draws = _draws(student.gibbs_bivariate_normal(fresh_seed(rng), rho, 5, x0), (5, 3000, 2))
        x, y = draws[-1].T
        return _ks(*(special.ndtr(part) for part in (x, y, (x - rho * y) / sd, (y - rho * x) / sd)))

    assert_p_value(p_value, rng, "after five sweeps the chains have left the target", valid=KS_SEVERAL)


@pytest.mark.question("gibbs_bivariate_normal")
def test_gibbs_needs_a_correlation(student: Student, rng: Rng) -> None:
    """ValueError for a correlation that is none, and only then."""
    x0 = rng.normal(0, 1, (2, 2))
    cases = [(fresh_seed(rng), rho, 2, x0) for rho in (0.0, 0.999, -0.999)]
    for result in student.each("gibbs_bivariate_normal", cases):
        _draws(result, (2, 2, 2))
    for rho in (1.0, -1.0, float(rng.uniform(1.1, 2))):
        with student.expects("ValueError", "a rho that is not between -1 and 1 should raise ValueError"):
            student.gibbs_bivariate_normal(fresh_seed(rng), rho, 2, x0)


@pytest.mark.question("gibbs_bivariate_normal")
def test_gibbs_uses_the_generator_and_edits_nothing(student: Student, rng: Rng) -> None:
    """The generator decides the draws; the starting points are left as they were."""
    x0 = rng.normal(0, 1, (3, 2))

    def ask(seeds: list[Seed]) -> list[Any]:
        return student.read_only.each("gibbs_bivariate_normal", [(seed, 0.4, 3, x0) for seed in seeds])

    _uses_the_generator(ask, rng)


# autocorrelation

ACF = "the autocorrelation"


def _path(rng: Rng, n: int) -> np.ndarray:
    return 2.0 + rng.normal(0, 1, n).cumsum() * 0.3 + rng.normal(0, 1, n)


@pytest.mark.question("autocorrelation", weight=3)
def test_autocorrelation_on_fresh_chains(student: Student, rng: Rng) -> None:
    """Right autocorrelations of short and long chains, up to short and long lags."""
    cases = [(_path(rng, n), max_lag) for n, max_lag in ((12, 11), (2, 1), (60, 7), (9, 0))]
    for actual, case in zip(student.each("autocorrelation", cases), cases, strict=True):
        assert_close(actual, sampling.autocorrelation(*case), ACF, atol=1e-10)


@pytest.mark.question("autocorrelation", weight=2)
def test_autocorrelation_ignores_place_and_scale(student: Student, rng: Rng) -> None:
    """A chain that is moved far away or measured in other units keeps its autocorrelation."""
    x = np.round(_path(rng, 40) * 64) / 64
    expected = sampling.autocorrelation(x, 5)
    for actual in student.each("autocorrelation", [(x + 4096.0, 5), (x * 2.0**-60, 5), (-x, 5)]):
        assert_close(actual, expected, ACF, atol=1e-9)


@pytest.mark.question("autocorrelation")
def test_autocorrelation_of_a_chain_that_stands_still(student: Student, rng: Rng) -> None:
    """A constant chain has autocorrelation one at lag zero and zero elsewhere, never NaN."""
    cases = [(np.full(n, rng.integers(1, 20) / 8), n - 1) for n in (6, 1)]
    for actual, (x, _) in zip(student.each("autocorrelation", cases), cases, strict=True):
        assert_close(actual, np.eye(1, x.size)[0], ACF, atol=1e-12)


@pytest.mark.question("autocorrelation")
def test_autocorrelation_needs_lags_within_the_chain(student: Student, rng: Rng) -> None:
    """ValueError for lags that the chain does not have, and only then."""
    x = _path(rng, 5)
    assert_close(student.autocorrelation(x, 4), sampling.autocorrelation(x, 4), ACF, atol=1e-10)
    for max_lag in (5, 8, -1):
        with student.expects(
            "ValueError", "a lag below 0, or not below the chain's length, should raise ValueError"
        ):
            student.autocorrelation(x, max_lag)


@pytest.mark.question("autocorrelation")
def test_autocorrelation_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists and chains of ten thousand states are accepted, and the chain is left as it was."""
    x = _path(rng, 20)
    expected = sampling.autocorrelation(x, 4)
    assert_close(student.read_only.autocorrelation(x, 4), expected, ACF, atol=1e-10)
    long = rng.normal(0, 1, 10_000)
    of_list, of_long = student.each("autocorrelation", [(x.tolist(), 4), (long, 20)])
    assert_close(of_list, expected, ACF, atol=1e-10)
    assert_close(of_long, sampling.autocorrelation(long, 20), ACF, atol=1e-10)


# split_rhat

RHAT = "R-hat"


@pytest.mark.question("split_rhat", weight=3)
def test_rhat_on_fresh_chains(student: Student, rng: Rng) -> None:
    """Right values for different numbers of chains, long and short."""
    shapes = (4, 20), (1, 10), (3, 4), (2, 50)
    _rhats(student, [rng.normal(0, 1, shape) + rng.normal(0, 0.5, (shape[0], 1)) for shape in shapes])


def _rhats(student: Student, several: list[np.ndarray]) -> None:
    for actual, x in zip(student.each("split_rhat", [(x,) for x in several]), several, strict=True):
        assert_close(actual, sampling.split_rhat(x), RHAT)


@pytest.mark.question("split_rhat", weight=2)
def test_rhat_sees_a_drift_within_chains(student: Student, rng: Rng) -> None:
    """Chains that agree with each other but drift together are found out."""
    x = rng.normal(0, 0.3, (3, 40)) + np.linspace(0, 3, 40)
    assert_close(student.split_rhat(x), sampling.split_rhat(x), RHAT)


@pytest.mark.question("split_rhat")
def test_rhat_of_odd_chains(student: Student, rng: Rng) -> None:
    """The last state of an odd chain is dropped."""
    _rhats(student, [rng.normal(0, 1, (3, n)) + np.arange(n) ** 2 / n for n in (7, 5)])


@pytest.mark.question("split_rhat")
def test_rhat_of_chains_that_stand_still_or_end_early(student: Student, rng: Rng) -> None:
    """Chains that never move agree or do not; ValueError for chains that are too short to split."""
    place = float(rng.integers(1, 9))
    still = np.full((2, 6), place), np.repeat([[place], [place + 1]], 8, axis=1)
    agreeing, apart = student.each("split_rhat", [(x,) for x in still])
    assert_close(agreeing, 1.0, RHAT)
    assert_close(apart, np.inf, RHAT)
    with student.expects("ValueError", "chains of fewer than 4 states should raise ValueError"):
        student.split_rhat(rng.normal(0, 1, (2, 3)))


@pytest.mark.question("split_rhat")
def test_rhat_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the chains are left as they were; place and scale do not matter."""
    x = rng.normal(0, 1, (2, 9)) + np.array([[0.0], [1.0]])
    expected = sampling.split_rhat(x)
    assert_close(student.read_only.split_rhat(x), expected, RHAT)
    of_list, of_moved = student.each("split_rhat", [(x.tolist(),), (1e3 - 1e-3 * x,)])
    assert_close(of_list, expected, RHAT)
    assert_close(of_moved, expected, RHAT, rtol=1e-7)


# Derivation: each step is graded on its own.


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=pytest.mark.question("derive_acceptance", weight=weight, line=line), id=step)
        for step, weight, line in (
            ("mode", 1, "Acceptance, step 1: where target over proposal is largest."),
            ("M", 1, "Acceptance, step 2: the smallest bound."),
            ("Z", 1, "Acceptance, step 3: the normalising constant."),
            ("acceptance", 2, "Acceptance, step 4: the probability of acceptance."),
            ("expected_proposals", 1, "Acceptance, step 5: the expected number of proposals."),
        )
    ],
)
def test_derive_acceptance(student: Student, rng: Rng, step: str) -> None:
    """The step has the right value at several points."""
    points = []
    for _ in range(3):
        a, b = rng.uniform([1.3, 3.2], [2.8, 6])
        points.append({"a": a, "b": b, "n": int(rng.integers(5, 50))})
    steps = student.derive_acceptance()
    check(isinstance(steps, dict), "the result should be a dictionary of SymPy expressions")
    check(steps.get(step) is not None, f'the dictionary has no entry "{step}"')
    assert_expression(steps[step], sampling.derive_acceptance()[step], points, f'step "{step}"')
