"""Week 2's reference against independent oracles, properties and edge cases."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reference import mle

bounded = settings(max_examples=60, deadline=None)
NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


@bounded
@given(NUMBERS)
def test_gaussian_mle_agrees_with_scipys_fit(x):
    mu, sigma_sq = mle.gaussian_mle(x)
    location, scale = stats.norm.fit(x)
    assert mu == pytest.approx(location, rel=1e-12, abs=1e-9)
    assert sigma_sq == pytest.approx(scale**2, rel=1e-9, abs=1e-9)


def test_five_observations_tell_n_from_n_minus_one():
    assert mle.gaussian_mle([1, 2, 3, 4, 5]) == (3.0, 2.0)
    _, Sigma = mle.mvn_mle([[1], [2], [3], [4], [5]])
    assert Sigma.tolist() == [[2.0]]


def test_an_offset_does_not_spoil_the_variance():
    x = np.random.default_rng(0).integers(0, 64, 500) / 8
    mu, sigma_sq = mle.gaussian_mle(x + 1e8)
    assert mu == pytest.approx(x.mean() + 1e8, rel=1e-15)
    assert sigma_sq == pytest.approx(x.var(), rel=1e-8)
    _, Sigma = mle.mvn_mle(np.column_stack([x, -x]) + 1e8)
    np.testing.assert_allclose(Sigma, x.var() * np.array([[1, -1], [-1, 1]]), rtol=1e-8)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (1, 3), (5, 1), (7, 4), (200, 6)])
def test_mvn_mle_agrees_with_numpy_and_keeps_its_shapes(n, d):
    X = np.random.default_rng(n + d).normal(size=(n, d))
    mu, Sigma = mle.mvn_mle(np.asfortranarray(X)[::1])
    assert mu.shape == (d,)
    assert Sigma.shape == (d, d)
    np.testing.assert_allclose(mu, X.mean(0), rtol=1e-12)
    np.testing.assert_allclose(Sigma, np.atleast_2d(np.cov(X.T, ddof=0)), rtol=1e-10, atol=1e-14)


def test_scipys_fits_agree():
    rng = np.random.default_rng(1)
    waits = rng.exponential(3.0, 17)
    assert 1 / mle.exponential_mle(waits) == pytest.approx(stats.expon.fit(waits, floc=0)[1], rel=1e-12)
    uniform = rng.uniform(0, 4, 11)
    assert mle.uniform_mle(uniform) == pytest.approx(stats.uniform.fit(uniform, floc=0)[1], rel=1e-12)
    counts = rng.poisson(2.5, 13)
    assert mle.poisson_mle(counts) == pytest.approx(
        stats.fit(stats.poisson, counts, {"mu": (0, 20)}).params.mu, rel=1e-4
    )


def test_exercise_of_the_lecture_notes():
    assert mle.bernoulli_mle([1, 0, 1, 1, 0]) == pytest.approx(0.6)
    assert mle.bernoulli_mle(np.array([True, False])) == 0.5


def test_all_zero_data():
    zeros = np.zeros(4)
    assert mle.gaussian_mle(zeros) == (0.0, 0.0)
    assert mle.bernoulli_mle(zeros) == 0
    assert mle.poisson_mle(zeros) == 0
    assert mle.uniform_mle(zeros) == 0
    assert mle.exponential_mle(zeros) == np.inf
    assert mle.categorical_mle([0, 0], 3).tolist() == [1, 0, 0]


@bounded
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_categorical_mle_counts(x):
    p = mle.categorical_mle(x, 5)
    assert p.sum() == pytest.approx(1)
    assert [round(value * len(x)) for value in p] == [x.count(k) for k in range(5)]


@bounded
@given(st.lists(st.floats(-50, 50), max_size=20), st.floats(-5, 5), st.floats(0.01, 100))
def test_gaussian_loglik_agrees_with_scipy(x, mu, sigma_sq):
    expected = stats.norm.logpdf(x, mu, np.sqrt(sigma_sq)).sum()
    assert mle.gaussian_loglik(x, mu, sigma_sq) == pytest.approx(expected, rel=1e-10, abs=1e-9)


def test_three_pixels_of_the_lecture_notes():
    """Each pixel is off by 0.1, the standard deviation."""
    total = sum(mle.gaussian_loglik([x], mu, 0.01) for x, mu in ((0.2, 0.3), (0.8, 0.7), (0.4, 0.5)))
    assert total == pytest.approx(2.6509, abs=5e-5)


def test_gaussian_loglik_at_extreme_scales():
    for sigma_sq in (1e-300, 1e300):
        value = mle.gaussian_loglik([1.0, 1.0], 1.0, sigma_sq)
        assert value == pytest.approx(-np.log(2 * np.pi) - np.log(sigma_sq), rel=1e-12)
    assert mle.gaussian_loglik([], 0.0, 1.0) == 0
    assert np.isfinite(mle.gaussian_loglik(np.full(10_000, 3.0), 0.0, 1.0))


@bounded
@given(st.integers(0, 2**32 - 1))
def test_each_estimate_beats_its_perturbations(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(rng.normal(), rng.uniform(0.5, 3), 9)
    mu, sigma_sq = mle.gaussian_mle(x)
    best = mle.gaussian_loglik(x, mu, sigma_sq)
    for shift in rng.uniform(-0.3, 0.3, 5):
        assert mle.gaussian_loglik(x, mu + shift, sigma_sq) <= best
        assert mle.gaussian_loglik(x, mu, sigma_sq * np.exp(shift)) <= best


@pytest.mark.parametrize(("n", "d"), [(0, 2), (1, 1), (4, 1), (5, 3), (50, 8)])
def test_mvn_logpdf_agrees_with_scipy(n, d):
    rng = np.random.default_rng(n + d)
    A = rng.normal(size=(d, d))
    X, mu, Sigma = rng.normal(size=(n, d)), rng.normal(size=d), A @ A.T + np.eye(d)
    result = mle.mvn_logpdf(X.tolist() if n else X, mu.tolist(), Sigma.tolist())
    assert result.shape == (n,)
    expected = np.reshape(stats.multivariate_normal(mu, Sigma).logpdf(X), n) if n else np.zeros(0)
    np.testing.assert_allclose(result, expected, rtol=1e-10)


def test_mvn_logpdf_where_the_determinant_under_or_overflows():
    for scale, d in ((1e-200, 2), (1e200, 3), (1e-3, 500), (1e3, 500)):
        X = np.sqrt(scale) * np.random.default_rng(d).normal(size=(3, d))
        expected = stats.norm.logpdf(X, 0, np.sqrt(scale)).sum(1)
        np.testing.assert_allclose(mle.mvn_logpdf(X, np.zeros(d), scale * np.eye(d)), expected, rtol=1e-10)


def test_normaliser_is_that_of_the_determinant_of_the_whole_matrix():
    value = mle.mvn_logpdf([[0.0, 0.0]], [0.0, 0.0], [[2.0, 0.5], [0.5, 1.0]])
    assert np.exp(-value[0]) == pytest.approx(8.3119, abs=1e-4)


@pytest.mark.parametrize("family", ["bernoulli", "poisson", "exponential"])
def test_fisher_information_is_the_variance_of_the_score(family):
    theta, step = 0.3, 1e-5
    draws = {
        "bernoulli": lambda t: stats.bernoulli(t),
        "poisson": lambda t: stats.poisson(t),
        "exponential": lambda t: stats.expon(scale=1 / t),
    }
    model = draws[family]
    if family == "exponential":
        value = model(theta).expect(lambda x: (1 / theta - x) ** 2)
    else:
        value = model(theta).expect(
            lambda x: ((model(theta + step).logpmf(x) - model(theta - step).logpmf(x)) / (2 * step)) ** 2
        )
    assert mle.fisher_information(family, theta) == pytest.approx(value, rel=1e-5)


@bounded
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_cross_entropy_is_entropy_plus_divergence_in_bits(seed, k):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))
    expected = stats.entropy(p, base=2) + stats.entropy(p, q, base=2)
    assert mle.cross_entropy_bits(p, q) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert mle.cross_entropy_bits(p, q) >= mle.cross_entropy_bits(p, p) - 1e-12


def test_cross_entropy_with_zeros_and_of_the_lecture_notes():
    assert mle.cross_entropy_bits([0.5, 0.5, 0], [0.5, 0.5, 0]) == 1
    assert mle.cross_entropy_bits([0.5, 0.5], [1.0, 0.0]) == np.inf
    assert mle.cross_entropy_bits([1.0], [1.0]) == 0
    p = [0.5, 0.25, 0.25]
    assert mle.cross_entropy_bits(p, p) * np.log(2) == pytest.approx(1.0397, abs=5e-5)


SAMPLE = [0.5, 1.5, 4.0]


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        *[
            (lambda f=f, x=x: f(x), "x")
            for f in (
                mle.gaussian_mle,
                mle.bernoulli_mle,
                mle.poisson_mle,
                mle.exponential_mle,
                mle.uniform_mle,
            )
            for x in ([], [[1.0, 0.0]], 1.0)
        ],
        *[(lambda f=f: f([-1.0, 1.0]), "x") for f in (mle.poisson_mle, mle.exponential_mle, mle.uniform_mle)],
        (lambda: mle.bernoulli_mle([0, 0.5]), "x"),
        (lambda: mle.categorical_mle([], 2), "x"),
        (lambda: mle.categorical_mle([[0]], 2), "x"),
        (lambda: mle.categorical_mle([0, 2], 2), "x"),
        (lambda: mle.categorical_mle([-1], 2), "x"),
        (lambda: mle.categorical_mle([0.5], 2), "x"),
        (lambda: mle.gaussian_loglik([[1.0]], 0, 1), "x"),
        (lambda: mle.gaussian_loglik(SAMPLE, 0, 0), "sigma_sq"),
        (lambda: mle.gaussian_loglik(SAMPLE, 0, np.nan), "sigma_sq"),
        (lambda: mle.mvn_mle(SAMPLE), "X"),
        (lambda: mle.mvn_mle(np.zeros((0, 2))), "X"),
        (lambda: mle.mvn_logpdf([[1.0]], [0.0, 0.0], np.eye(2)), "X, mu and Sigma"),
        (lambda: mle.mvn_logpdf([1.0], [0.0], np.eye(1)), "X, mu and Sigma"),
        (lambda: mle.mvn_logpdf([[1.0, 1.0]], [0.0, 0.0], [[1, 2], [2, 1]]), "Sigma"),
        (lambda: mle.fisher_information("normal", 1.0), "family"),
        (lambda: mle.fisher_information("bernoulli", 1.0), "theta"),
        (lambda: mle.fisher_information("poisson", 0.0), "theta"),
        (lambda: mle.cross_entropy_bits([0.5, 0.5], [1.0]), "p and q"),
        (lambda: mle.cross_entropy_bits([1.5, -0.5], [0.5, 0.5]), "p"),
        (lambda: mle.cross_entropy_bits([0.5, 0.5], [0.5, 0.4]), "q"),
    ],
)
def test_bad_input_is_a_value_error_that_names_the_argument(call, argument):
    with pytest.raises(ValueError, match=rf"\b{argument}\b"):
        call()


def test_read_only_and_non_contiguous_arrays_are_accepted():
    x = np.arange(12.0)[::2]
    x.flags.writeable = False
    assert mle.gaussian_mle(x)[0] == 5
    assert mle.gaussian_loglik(x, 0, 1) == pytest.approx(stats.norm.logpdf(x).sum())
    X = np.arange(24.0).reshape(4, 6)[:, ::3]
    X.flags.writeable = False
    assert mle.mvn_mle(X)[0].tolist() == [9, 12]
    assert mle.gaussian_mle(np.float32([1, 2]))[1] == 0.25


def test_single_precision_input_is_computed_in_double():
    rng = np.random.default_rng(5)
    x = (1e4 + rng.normal(size=10_000)).astype(np.float32)
    X = np.column_stack([x, x[::-1]])
    wide, Wide = x.astype(float), X.astype(float)
    assert mle.gaussian_mle(x) == pytest.approx(mle.gaussian_mle(wide), rel=1e-12)
    assert mle.gaussian_loglik(x, 1e4, 1) == pytest.approx(mle.gaussian_loglik(wide, 1e4, 1), rel=1e-12)
    assert mle.exponential_mle(x) == pytest.approx(mle.exponential_mle(wide), rel=1e-12)
    mu, Sigma = mle.mvn_mle(X)
    np.testing.assert_allclose(Sigma, mle.mvn_mle(Wide)[1], rtol=1e-12)
    np.testing.assert_allclose(
        mle.mvn_logpdf(X[:9], mu, Sigma), mle.mvn_logpdf(Wide[:9], mu, Sigma), rtol=1e-12
    )


def test_derivations_follow_from_their_first_step():
    steps = mle.derive_gaussian_mle()
    mu, s1, s2 = sp.symbols("mu s1 s2", real=True)
    sigma_sq, n = sp.symbols("sigma_sq n", positive=True)
    loglik = steps["log_likelihood"]
    assert sp.simplify(sp.diff(loglik, mu) - steps["slope_mu"]) == 0
    assert sp.simplify(sp.diff(loglik, sigma_sq) - steps["slope_sigma_sq"]) == 0
    assert sp.solve(steps["slope_mu"], mu) == [steps["mu_hat"]]
    at = steps["slope_sigma_sq"].subs(mu, steps["mu_hat"]).subs(sigma_sq, steps["sigma_sq_hat"])
    assert sp.simplify(at) == 0
    x = np.array(SAMPLE)
    values = {mu: 0.7, sigma_sq: 2.5, n: 3, s1: x.sum(), s2: (x**2).sum()}
    assert float(loglik.subs(values)) == pytest.approx(mle.gaussian_loglik(x, 0.7, 2.5))
    assert float(steps["sigma_sq_hat"].subs(values)) == pytest.approx(mle.gaussian_mle(x)[1])

    steps = mle.derive_bernoulli_mle()
    theta, s = sp.symbols("theta s", positive=True)
    assert sp.simplify(sp.diff(steps["log_likelihood"], theta) - steps["slope"]) == 0
    assert sp.simplify(sp.diff(steps["slope"], theta) - steps["curvature"]) == 0
    assert sp.simplify(steps["slope"].subs(theta, steps["theta_hat"])) == 0
    assert sp.simplify(-steps["curvature"].subs(s, n * theta) - steps["fisher_information"]) == 0

    steps = mle.derive_exponential_mle()
    rate = sp.Symbol("rate", positive=True)
    s1 = sp.Symbol("s1", positive=True)
    assert sp.simplify(sp.diff(steps["log_likelihood"], rate) - steps["slope"]) == 0
    assert sp.solve(steps["slope"], rate) == [steps["rate_hat"]]
    curvature = sp.diff(steps["slope"], rate).subs(rate, steps["rate_hat"])
    assert sp.simplify(curvature - steps["curvature_at_hat"]) == 0
    assert sp.simplify(1 / sp.sqrt(-curvature) - steps["standard_error"]) == 0
