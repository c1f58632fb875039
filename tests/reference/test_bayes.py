"""Week 1's reference against independent oracles, properties and edge cases."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from reference import bayes

settings.register_profile("bounded", max_examples=60, deadline=None)
settings.load_profile("bounded")

PARAMETER = st.floats(0.05, 200)
BITS = st.lists(st.integers(0, 1), max_size=40)


def test_spam_word_of_the_lecture_notes():
    posterior = bayes.bayes_posterior([0.3, 0.7], [0.8, 0.1])
    assert posterior == pytest.approx([0.24 / 0.31, 0.07 / 0.31], rel=1e-14)
    assert posterior[0] == pytest.approx(0.774194, abs=5e-7)


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.floats(0, 5)), min_size=1, max_size=8))
def test_bayes_posterior_is_a_distribution_and_ignores_the_scale_of_the_likelihood(pairs):
    prior, likelihood = np.array(pairs).T
    prior = prior / prior.sum()
    likelihood = likelihood + 1e-3
    posterior = bayes.bayes_posterior(prior, likelihood)
    assert posterior.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(bayes.bayes_posterior(prior, 1e-40 * likelihood), posterior, rtol=1e-12)


def test_a_zero_prior_stays_zero_and_one_hypothesis_is_certain():
    assert bayes.bayes_posterior([0.0, 0.4, 0.6], [9.0, 0.2, 0.1])[0] == 0
    assert bayes.bayes_posterior([1.0], [0.3]).tolist() == [1.0]
    assert bayes.log_posterior([-np.inf, 0.0], [[5.0, -1.0]]).tolist() == [-np.inf, 0.0]


def test_impossible_data_raise_value_error():
    with pytest.raises(ValueError, match="evidence is 0"):
        bayes.bayes_posterior([0.0, 1.0], [0.5, 0.0])
    with pytest.raises(ValueError, match="evidence is 0"):
        bayes.log_posterior([0.0, -np.inf], [[-np.inf, -1.0]])
    with pytest.raises(ValueError, match="evidence is 0"):
        bayes.log_posterior(np.log([0.5, 0.5]), [[-np.inf, -1.0], [-1.0, -np.inf]])


def test_log_posterior_agrees_with_repeated_bayes_posterior():
    rng = np.random.default_rng(0)
    for n, k in [(1, 1), (1, 4), (6, 1), (5, 3)]:
        prior, likelihood = rng.dirichlet(np.ones(k)), rng.uniform(0.1, 1, (n, k))
        expected = prior
        for row in likelihood:
            expected = bayes.bayes_posterior(expected, row)
        np.testing.assert_allclose(
            np.exp(bayes.log_posterior(np.log(prior), np.log(likelihood))), expected, rtol=1e-12
        )


def test_log_posterior_of_nothing_is_the_prior():
    log_prior = np.log([0.2, 0.8])
    np.testing.assert_allclose(bayes.log_posterior(log_prior, np.zeros((0, 2))), log_prior, rtol=1e-12)


def test_log_posterior_of_ten_thousand_observations_does_not_underflow():
    rng = np.random.default_rng(1)
    log_likelihood = np.log(rng.uniform(0.01, 0.2, (10_000, 3)))
    log_posterior = bayes.log_posterior(np.log([0.2, 0.3, 0.5]), log_likelihood)
    assert np.isfinite(log_posterior).all()
    total = log_likelihood.sum(0)
    assert log_posterior[0] - log_posterior[1] == pytest.approx(np.log(2 / 3) + total[0] - total[1], rel=1e-9)


@given(PARAMETER, PARAMETER, BITS, st.randoms(use_true_random=False))
def test_beta_update_is_the_same_in_sequence_in_one_go_and_shuffled(a, b, x, random):
    batch = bayes.beta_binomial_update(a, b, x)
    state = (a, b)
    for bit in x:
        state = bayes.beta_binomial_update(*state, [bit])
    assert state == pytest.approx(batch, rel=1e-12)
    shuffled = random.sample(x, len(x))
    assert bayes.beta_binomial_update(a, b, shuffled) == pytest.approx(batch, rel=1e-12)


def test_beta_update_agrees_with_numerical_bayes():
    a, b, x = 2.5, 1.2, [1, 1, 0, 1, 0]
    grid = np.linspace(1e-6, 1 - 1e-6, 20_001)
    density = stats.beta.pdf(grid, a, b) * grid**3 * (1 - grid) ** 2
    density /= integrate.trapezoid(density, grid)
    np.testing.assert_allclose(stats.beta.pdf(grid, *bayes.beta_binomial_update(a, b, x)), density, atol=1e-5)


def test_updates_of_nothing_give_the_prior():
    assert bayes.beta_binomial_update(0.5, 3, []) == (0.5, 3.0)
    assert bayes.normal_update(1.5, 2.0, 0.3, []) == pytest.approx((1.5, 2.0), rel=1e-15)
    assert bayes.dirichlet_update([0.5, 2], [0, 0]).tolist() == [0.5, 2.0]
    assert bayes.log_evidence(0.5, 3, []) == 0
    assert bayes.log_bayes_factor([], 1, 1, 2, 3) == 0
    assert bayes.beta_binomial_predictive(2, 3, 0).tolist() == [0.0]


# With smaller parameters the upper end rounds to 1, whatever computes it.
@given(st.floats(0.5, 200), st.floats(0.5, 200), st.floats(0.01, 0.99))
def test_credible_interval_has_equal_tails(a, b, level):
    lo, hi = bayes.credible_interval(a, b, level)
    assert stats.beta.cdf(lo, a, b) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert stats.beta.sf(hi, a, b) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert (lo, hi) == pytest.approx(stats.beta.interval(level, a, b), rel=1e-9)


@given(PARAMETER, PARAMETER, st.integers(0, 60))
def test_predictive_agrees_with_scipy(a, b, n):
    log_pmf = bayes.beta_binomial_predictive(a, b, n)
    np.testing.assert_allclose(
        log_pmf, stats.betabinom(n, a, b).logpmf(np.arange(n + 1)), rtol=1e-9, atol=1e-10
    )
    assert np.exp(log_pmf).sum() == pytest.approx(1, rel=1e-10)


def test_predictive_of_five_thousand_trials_sums_to_one():
    log_pmf = bayes.beta_binomial_predictive(0.5, 2.0, 5000)
    assert np.isfinite(log_pmf).all()
    assert np.exp(log_pmf).sum() == pytest.approx(1, rel=1e-8)


def test_dirichlet_update_agrees_with_the_dirichlet_multinomial_of_scipy():
    """p(one more of category k | counts) is a ratio of evidences and also the posterior mean."""
    alpha, counts = np.array([0.5, 1.0, 2.5]), np.array([4, 0, 3])
    posterior = bayes.dirichlet_update(alpha, counts)
    one_more = [stats.dirichlet_multinomial(posterior, 1).pmf(row) for row in np.eye(3, dtype=int)]
    np.testing.assert_allclose(posterior / posterior.sum(), one_more, rtol=1e-12)
    np.testing.assert_allclose(posterior, [4.5, 1.0, 5.5], rtol=1e-15)


@given(
    st.floats(-50, 50), st.floats(0.01, 100), st.floats(0.01, 100), st.lists(st.floats(-50, 50), max_size=12)
)
def test_normal_update_agrees_with_conditioning_a_joint_gaussian(mu0, tau0_sq, sigma_sq, x):
    mu_n, tau_n_sq = bayes.normal_update(mu0, tau0_sq, sigma_sq, x)
    n = len(x)
    marginal = sigma_sq * np.eye(n) + tau0_sq
    gain = np.linalg.solve(marginal, np.full(n, tau0_sq)) if n else np.zeros(0)
    assert mu_n == pytest.approx(mu0 + gain @ (np.array(x) - mu0), rel=1e-7, abs=1e-7)
    assert tau_n_sq == pytest.approx(tau0_sq - gain.sum() * tau0_sq, rel=1e-6, abs=1e-9)


def test_normal_update_at_extreme_scales():
    x = 1e8 + np.array([0.1, -0.3, 0.2])
    mu_n, tau_n_sq = bayes.normal_update(1e8, 1e-12, 1.0, x)
    assert mu_n == pytest.approx(1e8, rel=1e-12)
    assert tau_n_sq == pytest.approx(1e-12, rel=1e-9)
    mu_n, tau_n_sq = bayes.normal_update(0.0, 1e12, 1.0, x)
    assert mu_n == pytest.approx(x.mean(), rel=1e-8)
    assert tau_n_sq == pytest.approx(1 / 3, rel=1e-9)


def test_the_evidence_of_all_sequences_of_one_length_sums_to_one():
    total = sum(np.exp(bayes.log_evidence(0.7, 2.1, list(x))) for x in itertools.product((0, 1), repeat=6))
    assert total == pytest.approx(1, rel=1e-12)


@given(PARAMETER, PARAMETER, BITS)
def test_evidence_is_the_product_of_one_step_predictions(a, b, x):
    total, state = 0.0, (a, b)
    for bit in x:
        total += np.log((state[0] if bit else state[1]) / sum(state))
        state = bayes.beta_binomial_update(*state, [bit])
    assert bayes.log_evidence(a, b, x) == pytest.approx(total, rel=1e-8, abs=1e-9)


def test_evidence_agrees_with_quadrature_and_with_scipy():
    x = [1, 0, 1, 1]
    value, _ = integrate.quad(lambda t: t**3 * (1 - t) * stats.beta.pdf(t, 2, 3), 0, 1)
    assert bayes.log_evidence(2, 3, x) == pytest.approx(np.log(value), rel=1e-9)
    assert bayes.log_evidence(2, 3, x) == pytest.approx(
        stats.betabinom(4, 2, 3).logpmf(3) - np.log(4), rel=1e-9
    )


def test_evidence_of_ten_thousand_observations_is_finite():
    x = np.random.default_rng(2).random(10_000) < 0.3
    assert -6300 < bayes.log_evidence(1, 1, x) < -5900


@given(BITS, PARAMETER, PARAMETER, PARAMETER, PARAMETER)
def test_bayes_factor_changes_its_sign_with_the_order_of_the_models(x, a1, b1, a2, b2):
    forward = bayes.log_bayes_factor(x, a1, b1, a2, b2)
    assert forward == pytest.approx(-bayes.log_bayes_factor(x, a2, b2, a1, b1), abs=1e-12)
    assert bayes.log_bayes_factor(x, a1, b1, a1, b1) == 0


def test_arguments_may_be_lists_read_only_or_strided_and_are_left_unchanged():
    prior, likelihood = np.array([0.3, 9, 0.7, 9])[::2], np.array([0.8, 9, 0.1, 9])[::2]
    log_likelihood = np.asfortranarray(np.log([[0.8, 0.1], [0.3, 0.4], [0.2, 0.9]]))
    x = np.array([1, 7, 0, 7, 1, 7])[::2]
    for array in (prior, likelihood, log_likelihood, x):
        array.flags.writeable = False
    np.testing.assert_array_equal(
        bayes.bayes_posterior(prior, likelihood), bayes.bayes_posterior([0.3, 0.7], [0.8, 0.1])
    )
    np.testing.assert_allclose(
        bayes.log_posterior(np.log(prior), log_likelihood),
        bayes.log_posterior(np.log(prior).tolist(), log_likelihood.tolist()),
        rtol=1e-14,
    )
    assert bayes.beta_binomial_update(1, 1, x) == bayes.beta_binomial_update(1, 1, [True, False, True])
    assert bayes.normal_update(0, 1, 1, x) == bayes.normal_update(0, 1, 1, [1, 0, 1])
    np.testing.assert_array_equal(
        bayes.dirichlet_update(prior, x[:2]), bayes.dirichlet_update([0.3, 0.7], [1, 0])
    )
    assert bayes.log_evidence(1, 1, x) == bayes.log_evidence(1, 1, [1, 0, 1])


def test_single_precision_input_is_computed_in_double():
    rng = np.random.default_rng(3)
    log_prior = np.log(np.float32([0.2, 0.3, 0.5]))
    log_likelihood = np.log(rng.uniform(0.01, 0.2, (10_000, 3))).astype(np.float32)
    np.testing.assert_allclose(
        bayes.log_posterior(log_prior, log_likelihood),
        bayes.log_posterior(log_prior.astype(float), log_likelihood.astype(float)),
        rtol=1e-12,
    )
    prior, likelihood = rng.dirichlet(np.ones(5)).astype(np.float32), rng.random(5).astype(np.float32)
    np.testing.assert_allclose(
        bayes.bayes_posterior(prior, likelihood),
        bayes.bayes_posterior(prior.astype(float), likelihood.astype(float)),
        rtol=1e-12,
    )
    x = (1000 + rng.normal(size=10_000)).astype(np.float32)
    assert bayes.normal_update(0, 1, 2, x) == pytest.approx(
        bayes.normal_update(0, 1, 2, x.astype(float)), rel=1e-12
    )
    assert bayes.dirichlet_update(np.float32([0.1, 1e-9]), [3, 0])[0] == float(np.float32(0.1)) + 3


def test_derived_steps_have_the_values_of_the_numerical_functions():
    values = {"theta": 0.3, "a": 2.5, "b": 1.5, "n": 6, "s": 2}
    steps = {key: float(_at(step, values)) for key, step in bayes.derive_beta_bernoulli().items()}
    assert steps["log_likelihood"] == pytest.approx(2 * np.log(0.3) + 4 * np.log(0.7), rel=1e-12)
    assert steps["log_evidence"] == pytest.approx(bayes.log_evidence(2.5, 1.5, [1, 1, 0, 0, 0, 0]), rel=1e-9)
    assert steps["log_posterior"] == pytest.approx(stats.beta.logpdf(0.3, 4.5, 5.5), rel=1e-9)
    assert steps["log_joint"] == pytest.approx(steps["log_posterior"] + steps["log_evidence"], rel=1e-9)
    assert steps["posterior_mean"] == pytest.approx(stats.beta.mean(4.5, 5.5), rel=1e-12)


def test_derived_normal_steps_have_the_values_of_the_numerical_functions():
    x = np.array([1.0, 2.5, -0.5])
    values = {"mu": 0.4, "mu0": -1, "tau0_sq": 2, "sigma_sq": 0.5, "n": 3, "s1": x.sum(), "s2": (x**2).sum()}
    expressions = bayes.derive_normal_normal()
    steps = {key: float(_at(step, values)) for key, step in expressions.items()}
    mu_n, tau_n_sq = bayes.normal_update(-1, 2, 0.5, x)
    assert steps["log_likelihood"] == pytest.approx(stats.norm.logpdf(x, 0.4, np.sqrt(0.5)).sum(), rel=1e-12)
    assert steps["precision"] == pytest.approx(1 / tau_n_sq, rel=1e-12)
    assert steps["posterior_mean"] == pytest.approx(mu_n, rel=1e-12)
    mu = next(s for s in expressions["log_joint"].free_symbols if s.name == "mu")
    assert sp.simplify(sp.diff(expressions["log_joint"], mu) - expressions["slope"]) == 0
    assert sp.simplify(sp.diff(expressions["slope"], mu) + expressions["precision"]) == 0


def _at(expression: sp.Expr, values: dict[str, float]) -> sp.Expr:
    return expression.subs({symbol: values[symbol.name] for symbol in expression.free_symbols}).evalf()
