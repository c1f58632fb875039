"""Hidden tests of week 2: maximum likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.grading import (
    Student,
    StudentError,
    Wrong,
    assert_close,
    assert_expression,
    assert_finite,
    assert_probabilities,
    assert_shape,
    check,
    unpack,
)
from reference import mle

Rng = np.random.Generator

# Truths that can be 0 need an absolute tolerance; the nearest known mistake is off by over 1e-3 there.
ZERO = {"atol": 1e-10}


def _refuses(student: Student, question: str, what: str, *arguments: Any) -> None:
    """The call raises ValueError; NumPy's LinAlgError is one."""
    try:
        getattr(student, question)(*arguments)
    except StudentError as error:
        if error.type_name == "NotImplementedError":
            raise
        if error.type_name not in ("ValueError", "LinAlgError"):
            raise Wrong(f"{what} should raise ValueError, but raised {error.type_name}") from None
    else:
        raise Wrong(f"{what} should raise ValueError, as the docstring says")


def _number(value: Any, what: str) -> float:
    return float(assert_finite(assert_shape(value, (), what), what))


# gaussian_loglik

LOGLIK = "the log likelihood"


def _gaussian(rng: Rng, n: int) -> tuple[np.ndarray, float, float]:
    """Data and parameters; the variance differs from 1, from its root and from the data's own.

    No density is near 1 or below 1e-3: a constant of 1e-10 beside it is never seen.
    """
    mu, sigma_sq = float(rng.normal(0, 2)), float(rng.choice([rng.uniform(0.3, 0.6), rng.uniform(3, 8)]))
    return mu + np.sqrt(sigma_sq) * rng.uniform(-1.6, 2.4, n), mu, sigma_sq


@pytest.mark.question("gaussian_loglik", weight=2)
def test_loglik_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log likelihoods for several samples, of one observation and of more."""
    cases = [_gaussian(rng, n) for n in (5, 1, 12)]
    for result, case in zip(student.each("gaussian_loglik", cases), cases, strict=True):
        assert_close(result, mle.gaussian_loglik(*case), LOGLIK, **ZERO)


@pytest.mark.question("gaussian_loglik")
def test_loglik_adds_up(student: Student, rng: Rng) -> None:
    """The log likelihood of two samples together is the sum of the two; of no data it is zero."""
    x, mu, sigma_sq = _gaussian(rng, 9)
    samples = x[:4], x[4:], x, np.zeros(0)
    *halves, whole, nothing = student.each("gaussian_loglik", [(part, mu, sigma_sq) for part in samples])
    parts = [_number(half, LOGLIK) for half in halves]
    assert_close(sum(parts), mle.gaussian_loglik(x, mu, sigma_sq), "the sum over two samples", **ZERO)
    assert_close(whole, sum(parts), LOGLIK, **ZERO)
    assert_close(nothing, 0.0, LOGLIK, **ZERO)


@pytest.mark.question("gaussian_loglik", weight=2)
def test_loglik_far_away_and_of_many(student: Student, rng: Rng) -> None:
    """Ten thousand observations, or one far out in the tail, do not underflow."""
    case = _gaussian(rng, 10_000)
    assert_close(student.gaussian_loglik(*case), mle.gaussian_loglik(*case), LOGLIK)
    x, mu, sigma_sq = _gaussian(rng, 3)
    x[1] += 500 * np.sqrt(sigma_sq)
    assert_close(student.gaussian_loglik(x, mu, sigma_sq), mle.gaussian_loglik(x, mu, sigma_sq), LOGLIK)


@pytest.mark.question("gaussian_loglik")
def test_loglik_at_extreme_variances(student: Student, rng: Rng) -> None:
    """Extremely small and large variances give finite, right numbers."""
    cases = [
        (scale * rng.normal(0, 1, 4), scale * float(rng.normal()), scale**2) for scale in (1e-150, 1e150)
    ]
    for result, case in zip(student.each("gaussian_loglik", cases), cases, strict=True):
        assert_close(result, mle.gaussian_loglik(*case), LOGLIK)


@pytest.mark.question("gaussian_loglik")
def test_loglik_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the observations are left as they were."""
    x, mu, sigma_sq = _gaussian(rng, 6)
    expected = mle.gaussian_loglik(x, mu, sigma_sq)
    assert_close(student.read_only.gaussian_loglik(x, mu, sigma_sq), expected, LOGLIK, **ZERO)
    assert_close(student.gaussian_loglik(x.tolist(), mu, sigma_sq), expected, LOGLIK, **ZERO)


@pytest.mark.question("gaussian_loglik")
def test_loglik_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for what the docstring rules out, and only then."""
    x, mu, sigma_sq = _gaussian(rng, 3)
    assert_close(
        student.gaussian_loglik(x, mu, sigma_sq), mle.gaussian_loglik(x, mu, sigma_sq), LOGLIK, **ZERO
    )
    _refuses(student, "gaussian_loglik", "a variance that is not positive", x, mu, 0.0)
    _refuses(student, "gaussian_loglik", "a variance that is not positive", x, mu, -sigma_sq)
    _refuses(student, "gaussian_loglik", "a two-dimensional x", x[None], mu, sigma_sq)


# gaussian_mle

ESTIMATES = ("mu", "sigma_sq")


def _pair(value: Any, expected: tuple[Any, Any], names: tuple[str, str], **tolerance: float) -> None:
    for actual, target, name in zip(unpack(value, 2), expected, names, strict=True):
        assert_close(actual, target, name, **tolerance)


def _spread(rng: Rng, n: int) -> np.ndarray:
    """Observations whose mean is not 0 and whose variance is not near 1 or 0."""
    return rng.normal(0, 1, n) * rng.uniform(2, 4) + rng.choice([-3, 3]) + np.linspace(-2, 2, n)


@pytest.mark.question("gaussian_mle")
def test_gaussian_mle_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right estimates from two, five and twelve observations."""
    cases = [(_spread(rng, n),) for n in (5, 2, 12)]
    for result, case in zip(student.each("gaussian_mle", cases), cases, strict=True):
        _pair(result, mle.gaussian_mle(*case), ESTIMATES, **ZERO)


@pytest.mark.question("gaussian_mle")
def test_gaussian_mle_cannot_be_improved(student: Student, rng: Rng) -> None:
    """No other mean or variance nearby makes the data more probable."""
    # Mean and median lie further apart than a third of a unit, and so do the logs of variance and root.
    x = np.array([0, 1, 2, 4, 8]) + rng.uniform(-0.3, 0.3, 5)
    x = rng.permutation(x) * rng.uniform(1, 2) + rng.choice([-3, 3])
    parts = unpack(student.gaussian_mle(x), 2)
    mu, sigma_sq = (_number(part, name) for part, name in zip(parts, ESTIMATES, strict=True))
    check(sigma_sq > 0, "sigma_sq should be positive here")
    best = mle.gaussian_loglik(x, mu, sigma_sq)
    for shift in (*rng.uniform(0.01, 0.3, 3), *rng.uniform(-0.3, -0.01, 3)):
        check(best >= mle.gaussian_loglik(x, mu + shift, sigma_sq), "another mean is more likely")
        check(best >= mle.gaussian_loglik(x, mu, sigma_sq * np.exp(shift)), "another variance is more likely")


@pytest.mark.question("gaussian_mle")
def test_gaussian_mle_far_from_zero(student: Student, rng: Rng) -> None:
    """An offset of a hundred million changes the mean and not the variance."""
    # More than half lie at the lower end, so that the median is not the mean.
    x = rng.permutation([*rng.integers(-40, 40, 13) / 8, 6, *np.full(16, -6)]) + 1e8
    mu, sigma_sq = unpack(student.gaussian_mle(x), 2)
    assert_close(
        assert_shape(mu, (), "mu") - 1e8,
        mle.gaussian_mle(x - 1e8)[0],
        "mu",
        atol=1e-6,
    )
    assert_close(sigma_sq, mle.gaussian_mle(x)[1], "sigma_sq", rtol=1e-6)


@pytest.mark.question("gaussian_mle")
def test_gaussian_mle_without_spread(student: Student, rng: Rng) -> None:
    """One observation, or equal ones, have variance zero."""
    value = float(rng.integers(2, 90)) / 4
    cases = [(np.array([value]),), (np.full(4, value),), (np.zeros(3),)]
    for result, (x,) in zip(student.each("gaussian_mle", cases), cases, strict=True):
        _pair(result, (x[0], 0.0), ESTIMATES, **ZERO)


@pytest.mark.question("gaussian_mle")
def test_gaussian_mle_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the observations are left as they were."""
    x = _spread(rng, 6)
    expected = mle.gaussian_mle(x)
    _pair(student.read_only.gaussian_mle(x), expected, ESTIMATES, **ZERO)
    _pair(student.gaussian_mle(x.tolist()), expected, ESTIMATES, **ZERO)


@pytest.mark.question("gaussian_mle")
def test_gaussian_mle_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for what the docstring rules out, and only then."""
    x = _spread(rng, 3)
    _pair(student.gaussian_mle(x), mle.gaussian_mle(x), ESTIMATES, **ZERO)
    _refuses(student, "gaussian_mle", "an empty x", np.zeros(0))
    _refuses(student, "gaussian_mle", "a two-dimensional x", x[None])


# The estimators with one number each


def _samples(rng: Rng, question: str, n: int) -> np.ndarray:
    """Observations of the family, none of them trivial."""
    if question == "bernoulli_mle":
        x = (rng.random(n) < 0.3).astype(int)
        x[: min(n, 3)] = (0, 1, 0)[: min(n, 3)] if n > 1 else 1
        return rng.permutation(x)
    if question == "poisson_mle":
        x = rng.poisson(rng.uniform(2, 5), n)
        while x.mean() < 1.5 or abs(x.var() - x.mean()) < 0.1:  # other estimates would be right by luck
            x = rng.poisson(rng.uniform(2, 5), n)
        return x
    return rng.uniform(0.2, 1, n) * rng.choice([0.1, 7.0])


SIMPLE = ("bernoulli_mle", "poisson_mle", "exponential_mle", "uniform_mle")


def _each(lines: dict[str, str]) -> pytest.MarkDecorator:
    """The same test for several questions; the line is what the student reads."""
    return pytest.mark.parametrize(
        "question",
        [
            pytest.param(name, marks=pytest.mark.question(name, line=line), id=name)
            for name, line in lines.items()
        ],
    )


@_each(dict.fromkeys(SIMPLE, "Right estimates from several samples, of one observation and of more."))
def test_estimates_on_fresh_numbers(student: Student, rng: Rng, question: str) -> None:
    """Right estimates from several samples."""
    cases = [(_samples(rng, question, n),) for n in (7, 1, 2, 40)]
    for result, case in zip(student.each(question, cases), cases, strict=True):
        assert_close(result, getattr(mle, question)(*case), "the estimate")


ALL_ZERO = "Data that are all zero have an estimate too."
SHUFFLED = (
    "The order of the observations makes no difference, and twice the same data give the same estimate."
)


@_each(dict.fromkeys(SIMPLE, ALL_ZERO))
def test_estimates_of_zeros(student: Student, rng: Rng, question: str) -> None:
    """All-zero data."""
    cases = [(np.zeros(int(rng.integers(2, 9)), int),), (_samples(rng, question, 4),)]
    for result, case in zip(student.each(question, cases), cases, strict=True):
        assert_close(result, getattr(mle, question)(*case), "the estimate")


@_each(dict.fromkeys(SIMPLE, SHUFFLED))
def test_estimates_of_reordered_and_doubled_data(student: Student, rng: Rng, question: str) -> None:
    """Order and doubling."""
    x = _samples(rng, question, 9)
    for result in student.each(question, [(rng.permutation(x),), (np.concatenate([x, x]),)]):
        assert_close(result, getattr(mle, question)(x), "the estimate")


@_each(dict.fromkeys(SIMPLE, "Lists are accepted, and the observations are left as they were."))
def test_estimates_from_lists(student: Student, rng: Rng, question: str) -> None:
    """Lists and read-only arrays."""
    x = _samples(rng, question, 7)  # of an odd number of bits never half are ones
    expected = getattr(mle, question)(x)
    assert_close(getattr(student.read_only, question)(x), expected, "the estimate")
    assert_close(getattr(student, question)(x.tolist()), expected, "the estimate")


@_each(dict.fromkeys(SIMPLE, "ValueError for what the docstring rules out, and only then."))
def test_estimates_refuse_bad_input(student: Student, rng: Rng, question: str) -> None:
    """Errors."""
    x = _samples(rng, question, 5)
    assert_close(getattr(student, question)(x), getattr(mle, question)(x), "the estimate")
    _refuses(student, question, "an empty x", x[:0])
    _refuses(student, question, "a two-dimensional x", x[None])
    impossible = x.astype(float)
    impossible[1] = {"bernoulli_mle": 2.0}.get(question, -1.0)
    _refuses(student, question, "a value that cannot occur", impossible)
    if question == "bernoulli_mle":
        _refuses(student, question, "a value that cannot occur", np.array([0.0, 0.5, 1.0]))


# categorical_mle

PROBABILITIES = "the probabilities"


def _categories(rng: Rng, n: int, K: int) -> np.ndarray:
    """Categories of which the last never occurs, where there are several."""
    return rng.integers(0, max(K - 1, 1), n)


@pytest.mark.question("categorical_mle", weight=2)
def test_categorical_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right probabilities for different numbers of categories and observations, one included."""
    cases = [(_categories(rng, n, K), K) for n, K in ((12, 4), (1, 3), (5, 1), (40, 26))]
    for result, (x, K) in zip(student.each("categorical_mle", cases), cases, strict=True):
        assert_probabilities(assert_shape(result, (K,), PROBABILITIES), PROBABILITIES)
        assert_close(result, mle.categorical_mle(x, K), PROBABILITIES)


@pytest.mark.question("categorical_mle")
def test_categorical_keeps_categories_never_seen(student: Student, rng: Rng) -> None:
    """Categories that never occur, first, last or in between, keep their place with probability zero."""
    x = np.array([1, 1, 3, 1, *rng.choice([1, 3], 5)])
    cases = [(x, 6), (x - 1, 3)]
    for result, case in zip(student.each("categorical_mle", cases), cases, strict=True):
        assert_close(result, mle.categorical_mle(*case), PROBABILITIES)


@pytest.mark.question("categorical_mle")
def test_categorical_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the observations are left as they were."""
    x = _categories(rng, 9, 5)
    expected = mle.categorical_mle(x, 5)
    assert_close(student.read_only.categorical_mle(x, 5), expected, PROBABILITIES)
    assert_close(student.categorical_mle(x.tolist(), 5), expected, PROBABILITIES)


@pytest.mark.question("categorical_mle")
def test_categorical_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for what the docstring rules out, and only then."""
    x = rng.permutation([0, 1, 2, 2, 1, 2])
    assert_close(student.categorical_mle(x, 3), mle.categorical_mle(x, 3), PROBABILITIES)
    _refuses(student, "categorical_mle", "an empty x", x[:0], 3)
    _refuses(student, "categorical_mle", "a two-dimensional x", x[None], 3)
    _refuses(student, "categorical_mle", "a category above K - 1", x, 2)
    _refuses(student, "categorical_mle", "a negative category", x - 1, 3)


# fisher_information

INFORMATION = "the Fisher information"
FAMILIES = {"bernoulli": (0.05, 0.4), "poisson": (0.2, 6.0), "exponential": (0.2, 6.0)}


def _away_from_one(rng: Rng, family: str) -> float:
    low, high = FAMILIES[family]
    theta = float(rng.uniform(low, high))
    return theta + 0.5 if abs(theta - 1) < 0.2 else theta


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(
            name,
            marks=pytest.mark.question(
                "fisher_information",
                weight=1 if name == "poisson" else 2,
                line=f"Right information for the {name} family.",
            ),
            id=name,
        )
        for name in FAMILIES
    ],
)
def test_information_on_fresh_numbers(student: Student, rng: Rng, family: str) -> None:
    """Right values at several parameters."""
    cases = [
        (family, _away_from_one(rng, family)),
        (family, _away_from_one(rng, family) / 50),
        (family, 1 - 1e-4 * rng.uniform(1, 2)),
    ]
    for result, case in zip(student.each("fisher_information", cases), cases, strict=True):
        assert_close(result, mle.fisher_information(*case), INFORMATION)


@pytest.mark.question("fisher_information")
def test_information_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for an unknown family or an impossible parameter, and only then."""
    theta = float(rng.uniform(0.2, 0.4))
    cases = [(family, theta) for family in FAMILIES]
    for result, (family, _) in zip(student.each("fisher_information", cases), cases, strict=True):
        assert_close(result, mle.fisher_information(family, theta), INFORMATION)
        _refuses(student, "fisher_information", "theta = 0", family, 0.0)
        _refuses(student, "fisher_information", "a negative theta", family, -theta)
    _refuses(student, "fisher_information", "a success probability of 1", "bernoulli", 1.0)
    _refuses(student, "fisher_information", "a success probability above 1", "bernoulli", 1 + theta)
    _refuses(student, "fisher_information", "an unknown family", "cauchy", theta)


# mvn_mle

MOMENTS = ("mu", "Sigma")


def _rows(rng: Rng, n: int, d: int) -> np.ndarray:
    """Correlated rows with a mean far from zero."""
    return rng.normal(0, 2, (n, d)) @ rng.normal(0, 1, (d, d)) + rng.uniform(2, 5, d)


@pytest.mark.question("mvn_mle", weight=3)
def test_mvn_mle_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right mean and covariance for several shapes."""
    cases = [(_rows(rng, n, d),) for n, d in ((5, 2), (4, 4), (30, 3), (6, 5))]
    for result, case in zip(student.each("mvn_mle", cases), cases, strict=True):
        _pair(result, mle.mvn_mle(*case), MOMENTS, **ZERO)


@pytest.mark.question("mvn_mle")
def test_mvn_mle_in_one_dimension_and_of_one_row(student: Student, rng: Rng) -> None:
    """One column gives a one-by-one covariance; one row gives zeros of the right shape."""
    cases = [(_rows(rng, n, d),) for n, d in ((5, 1), (1, 3), (1, 1))]
    for result, case in zip(student.each("mvn_mle", cases), cases, strict=True):
        _pair(result, mle.mvn_mle(*case), MOMENTS, **ZERO)


@pytest.mark.question("mvn_mle")
def test_mvn_mle_moves_with_the_data(student: Student, rng: Rng) -> None:
    """A linear map of the data maps the mean and the covariance as it should."""
    X, A = _rows(rng, 7, 3), rng.normal(0, 1, (2, 3))
    mu, Sigma = mle.mvn_mle(X)
    _pair(student.mvn_mle(X @ A.T), (A @ mu, A @ Sigma @ A.T), MOMENTS, atol=1e-9)


@pytest.mark.question("mvn_mle")
def test_mvn_mle_far_from_zero(student: Student, rng: Rng) -> None:
    """An offset of a hundred million does not spoil the covariance."""
    X = rng.integers(-40, 40, (20, 2)) / 8 + 1e8
    X[:3] = 1e8 + np.array([[6, 1], [-6, -3], [-2, 5]])
    mu, Sigma = unpack(student.mvn_mle(X), 2)
    assert_close(assert_shape(mu, (2,), "mu") - 1e8, mle.mvn_mle(X - 1e8)[0], "mu", atol=1e-6)
    assert_close(Sigma, mle.mvn_mle(X - 1e8)[1], "Sigma", rtol=1e-6, atol=1e-6)


@pytest.mark.question("mvn_mle")
def test_mvn_mle_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the data are left as they were."""
    X = _rows(rng, 6, 2)
    expected = mle.mvn_mle(X)
    _pair(student.read_only.mvn_mle(np.asfortranarray(X)), expected, MOMENTS, **ZERO)
    _pair(student.mvn_mle(X.tolist()), expected, MOMENTS, **ZERO)


@pytest.mark.question("mvn_mle")
def test_mvn_mle_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for what the docstring rules out, and only then."""
    X = _rows(rng, 4, 2)
    _pair(student.mvn_mle(X), mle.mvn_mle(X), MOMENTS, **ZERO)
    _refuses(student, "mvn_mle", "an empty X", X[:0])
    _refuses(student, "mvn_mle", "a one-dimensional X", X[0])


# mvn_logpdf

LOG_DENSITY = "the log density"


def _normal(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, a mean and a correlated covariance of condition far below 1e6."""
    A = rng.normal(0, 1, (d, d))
    return rng.normal(0, 2, (n, d)), rng.normal(0, 2, d), A @ A.T / d + rng.uniform(0.3, 2) * np.eye(d)


@pytest.mark.question("mvn_logpdf", weight=3)
def test_mvn_logpdf_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right log densities for several shapes."""
    cases = [_normal(rng, n, d) for n, d in ((5, 2), (3, 4), (9, 3))]
    for result, case in zip(student.each("mvn_logpdf", cases), cases, strict=True):
        assert_shape(result, (len(case[0]),), LOG_DENSITY)
        assert_close(result, mle.mvn_logpdf(*case), LOG_DENSITY, **ZERO)


@pytest.mark.question("mvn_logpdf", weight=2)
def test_mvn_logpdf_keeps_its_shape(student: Student, rng: Rng) -> None:
    """One point, one dimension and no points at all keep the promised shape."""
    cases = [_normal(rng, n, d) for n, d in ((1, 1), (4, 1), (1, 3), (0, 2))]
    for result, case in zip(student.each("mvn_logpdf", cases), cases, strict=True):
        assert_close(result, mle.mvn_logpdf(*case), LOG_DENSITY, **ZERO)


@pytest.mark.question("mvn_logpdf", weight=2)
def test_mvn_logpdf_with_a_determinant_that_underflows(student: Student, rng: Rng) -> None:
    """A tiny or huge covariance gives finite, right numbers."""
    cases = []
    for scale, d in ((1e-200, 3), (1e180, 3)):
        X, mu, Sigma = _normal(rng, 3, d)
        cases.append((X * np.sqrt(scale), mu * np.sqrt(scale), Sigma * scale))
    for result, case in zip(student.each("mvn_logpdf", cases), cases, strict=True):
        assert_close(result, mle.mvn_logpdf(*case), LOG_DENSITY)


@pytest.mark.question("mvn_logpdf", weight=2)
def test_mvn_logpdf_in_five_hundred_dimensions(student: Student, rng: Rng) -> None:
    """Five hundred dimensions give finite, right numbers."""
    d = 500
    variances = rng.uniform(0.005, 0.02, d)
    Sigma = np.diag(variances)
    Sigma[0, 1] = Sigma[1, 0] = 0.4 * np.sqrt(variances[0] * variances[1])
    X, mu = rng.normal(0, 0.1, (2, d)), np.zeros(d)
    # The first two dimensions are correlated, all others independent of each other and of them.
    alone = np.log(2 * np.pi * variances[2:]) + X[:, 2:] ** 2 / variances[2:]
    expected = mle.mvn_logpdf(X[:, :2], mu[:2], Sigma[:2, :2]) - alone.sum(axis=1) / 2
    assert_close(student.mvn_logpdf(X, mu, Sigma), expected, LOG_DENSITY)


@pytest.mark.question("mvn_logpdf")
def test_mvn_logpdf_far_away(student: Student, rng: Rng) -> None:
    """A point hundreds of standard deviations away has a finite log density."""
    X, mu, Sigma = _normal(rng, 4, 2)
    X[1] += 700
    assert_close(student.mvn_logpdf(X, mu, Sigma), mle.mvn_logpdf(X, mu, Sigma), LOG_DENSITY)


@pytest.mark.question("mvn_logpdf")
def test_mvn_logpdf_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    case = _normal(rng, 4, 3)
    expected = mle.mvn_logpdf(*case)
    assert_close(student.read_only.mvn_logpdf(*case), expected, LOG_DENSITY, **ZERO)
    assert_close(student.mvn_logpdf(*(part.tolist() for part in case)), expected, LOG_DENSITY, **ZERO)


@pytest.mark.question("mvn_logpdf")
def test_mvn_logpdf_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for shapes that do not fit and for what is no covariance, and only then."""
    X, mu, Sigma = _normal(rng, 3, 2)
    assert_close(student.mvn_logpdf(X, mu, Sigma), mle.mvn_logpdf(X, mu, Sigma), LOG_DENSITY, **ZERO)
    for bad in (np.array([[1.0, 2.0], [2.0, 1.0]]), np.diag([-1.0, -2.0])):
        _refuses(student, "mvn_logpdf", "a Sigma that is not positive definite", X, mu, bad)
    _refuses(student, "mvn_logpdf", "a mean of another length", X, np.zeros(3), np.eye(3))
    _refuses(student, "mvn_logpdf", "a Sigma of another size", X, mu, np.eye(3))
    _refuses(student, "mvn_logpdf", "a one-dimensional X", X[0], mu, Sigma)


# cross_entropy_bits

BITS = "the cross-entropy"


@pytest.mark.question("cross_entropy_bits", weight=2)
def test_cross_entropy_on_fresh_numbers(student: Student, rng: Rng) -> None:
    """Right cross-entropies for different numbers of categories, one included."""
    cases = [(rng.dirichlet(np.full(K, 2.0)), rng.dirichlet(np.full(K, 2.0))) for K in (3, 1, 2, 20)]
    for result, case in zip(student.each("cross_entropy_bits", cases), cases, strict=True):
        assert_close(result, mle.cross_entropy_bits(*case), BITS, **ZERO)


@pytest.mark.question("cross_entropy_bits", weight=2)
def test_cross_entropy_of_uniform_codes(student: Student, rng: Rng) -> None:
    """Codes of equal length have that length in bits, whatever p; and p itself is its own best code."""
    m = int(rng.integers(2, 6))
    p = rng.dirichlet(np.full(2**m, 0.7))
    codes = np.full(2**m, 0.5**m), p, rng.dirichlet(np.full(2**m, 2.0))
    equal, best, other = student.each("cross_entropy_bits", [(p, q) for q in codes])
    assert_close(equal, float(m), BITS)
    assert_close(best, mle.cross_entropy_bits(p, p), BITS)
    check(_number(other, BITS) > _number(best, BITS), "a code made for another distribution should cost more")


@pytest.mark.question("cross_entropy_bits", weight=2)
def test_cross_entropy_with_zeros(student: Student, rng: Rng) -> None:
    """What never occurs costs nothing; what occurs but was called impossible costs infinitely much."""
    a, b = rng.uniform(0.15, 0.4, 2)
    p = np.array([a, 0.0, 1 - a, 0.0])
    q = np.array([b, 0.3 * (1 - b), 0.7 * (1 - b), 0.0])
    there, back = student.each("cross_entropy_bits", [(p, q), (q, p)])
    assert_close(there, mle.cross_entropy_bits(p, q), BITS)
    assert_close(back, np.inf, BITS)


@pytest.mark.question("cross_entropy_bits")
def test_cross_entropy_of_rare_events(student: Student, rng: Rng) -> None:
    """Extremely small probabilities count in full."""
    tiny = 10.0 ** -rng.uniform(100, 250)
    a = float(rng.uniform(0.2, 0.5))
    p, q = np.array([a, 1 - a]), np.array([tiny, 1.0])
    assert_close(student.cross_entropy_bits(p, q), mle.cross_entropy_bits(p, q), BITS)


@pytest.mark.question("cross_entropy_bits")
def test_cross_entropy_takes_lists_and_edits_nothing(student: Student, rng: Rng) -> None:
    """Lists are accepted, and the arguments are left as they were."""
    p, q = rng.dirichlet(np.full(4, 2.0), 2)
    expected = mle.cross_entropy_bits(p, q)
    assert_close(student.read_only.cross_entropy_bits(p, q), expected, BITS)
    assert_close(student.cross_entropy_bits(p.tolist(), q.tolist()), expected, BITS)


@pytest.mark.question("cross_entropy_bits")
def test_cross_entropy_refuses_bad_input(student: Student, rng: Rng) -> None:
    """ValueError for what the docstring rules out, and only then."""
    p, q = rng.dirichlet(np.full(3, 2.0), 2)
    assert_close(student.cross_entropy_bits(p, q), mle.cross_entropy_bits(p, q), BITS)
    negative = np.array([0.7, 0.6, -0.3])
    for bad in (negative, 0.8 * p):
        _refuses(student, "cross_entropy_bits", "a p that is no distribution", bad, q)
        _refuses(student, "cross_entropy_bits", "a q that is no distribution", p, bad)
    _refuses(student, "cross_entropy_bits", "two different shapes", p, np.array([1.0]))


# Derivations: each step is graded on its own.


def _step(student: Student, derivation: str, step: str) -> Any:
    steps = getattr(student, derivation)()
    if not isinstance(steps, dict):
        raise Wrong("the result should be a dictionary of SymPy expressions")
    if steps.get(step) is None:
        raise Wrong(f'the dictionary has no entry "{step}"')
    return steps[step]


STEPS = {
    "derive_gaussian_mle": (
        ("log_likelihood", 1, "Normal, step 1: the log likelihood."),
        ("slope_mu", 1, "Normal, step 2: the derivative with respect to the mean."),
        ("mu_hat", 1, "Normal, step 3: the estimate of the mean."),
        ("slope_sigma_sq", 1, "Normal, step 4: the derivative with respect to the variance."),
        ("sigma_sq_hat", 1, "Normal, step 5: the estimate of the variance."),
    ),
    "derive_bernoulli_mle": (
        ("log_likelihood", 1, "Bernoulli, step 1: the log likelihood of the sequence."),
        ("slope", 1, "Bernoulli, step 2: the derivative."),
        ("theta_hat", 1, "Bernoulli, step 3: the estimate."),
        ("curvature", 1, "Bernoulli, step 4: the second derivative."),
        ("fisher_information", 1, "Bernoulli, step 5: the Fisher information of all observations."),
    ),
    "derive_exponential_mle": (
        ("log_likelihood", 1, "Exponential, step 1: the log likelihood."),
        ("slope", 1, "Exponential, step 2: the derivative."),
        ("rate_hat", 1, "Exponential, step 3: the estimate."),
        ("curvature_at_hat", 1, "Exponential, step 4: the second derivative at the estimate."),
        ("standard_error", 1, "Exponential, step 5: the standard error."),
    ),
}


def _point(rng: Rng, derivation: str) -> dict[str, float]:
    n = int(rng.integers(4, 12))
    if derivation == "derive_gaussian_mle":
        x = rng.normal(1.5, 1, n)
        mu, sigma_sq = rng.uniform([-2, 2], [-1, 5]).tolist()
        return {"mu": mu, "sigma_sq": sigma_sq, "n": n, "s1": float(x.sum()), "s2": float((x**2).sum())}
    if derivation == "derive_bernoulli_mle":
        return {"theta": float(rng.uniform(0.55, 0.9)), "n": n, "s": int(rng.integers(1, n // 2 + 1))}
    return {"rate": float(rng.uniform(1.3, 3)), "n": n, "s1": float(n * rng.uniform(1.2, 3))}


@pytest.mark.parametrize(
    ("derivation", "step"),
    [
        pytest.param(
            derivation,
            step,
            marks=pytest.mark.question(derivation, weight=weight, line=line),
            id=f"{derivation}-{step}",
        )
        for derivation, steps in STEPS.items()
        for step, weight, line in steps
    ],
)
def test_derivation(student: Student, rng: Rng, derivation: str, step: str) -> None:
    """The step has the right value at several points."""
    points = [_point(rng, derivation) for _ in range(3)]
    expected = getattr(mle, derivation)()[step]
    assert_expression(_step(student, derivation, step), expected, points, f'step "{step}"')
