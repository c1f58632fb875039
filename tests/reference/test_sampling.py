"""Week 3's reference against independent oracles, properties and edge cases."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from reference import sampling

settings.register_profile("bounded", max_examples=60, deadline=None)
settings.load_profile("bounded")

FLOATS = st.floats(-50, 50)


def uniform_proposal(rng, m):
    return rng.random(m)


def zero(*arguments):
    return np.zeros(np.shape(arguments[0]))


def mixture_log_p(x):
    return np.logaddexp(np.log(0.3) + stats.norm.logpdf(x, -2, 0.5), np.log(0.7) + stats.norm.logpdf(x, 3, 1))


# expectation


def test_expectation_of_a_fair_die():
    assert sampling.expectation(np.square, [1, 2, 3, 4, 5, 6], np.full(6, 1 / 6)) == pytest.approx(91 / 6)
    assert sampling.expectation(np.exp, [2.0], [1.0]) == pytest.approx(np.exp(2))


def test_expectation_agrees_with_scipy():
    k = np.arange(12)
    expected = stats.binom(11, 0.3).expect(lambda x: x**3 - x)
    assert sampling.expectation(lambda x: x**3 - x, k, stats.binom.pmf(k, 11, 0.3)) == pytest.approx(expected)


def test_an_impossible_value_contributes_nothing():
    assert sampling.expectation(np.log, [0.0, 1.0, np.e], [0.0, 0.5, 0.5]) == pytest.approx(0.5)


@pytest.mark.parametrize("pmf", [[0.5, 0.6], [1.2, -0.2], [0.0, 0.0]])
def test_expectation_needs_probabilities(pmf):
    with pytest.raises(ValueError, match="pmf"):
        sampling.expectation(np.square, [1, 2], pmf)


# Exact draws


@pytest.mark.parametrize("rate", [1e-3, 0.7, 40.0])
def test_exponential_draws_have_the_distribution_of_scipy(rate):
    x = sampling.inverse_cdf_exponential(np.random.default_rng(1), rate, 20_000)
    assert stats.kstest(x, stats.expon(scale=1 / rate).cdf).pvalue > 1e-4


@pytest.mark.parametrize("rate", [0.0, -1.0, np.nan])
def test_a_rate_must_be_positive(rate):
    with pytest.raises(ValueError, match="rate"):
        sampling.inverse_cdf_exponential(np.random.default_rng(0), rate, 3)


class Zeros:
    """A generator at its worst: every uniform is 0."""

    def random(self, size=None):
        return np.zeros(size)


def test_a_uniform_of_zero_gives_finite_draws():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(sampling.inverse_cdf_exponential(Zeros(), 1.0, 3)).all()
        assert np.isfinite(sampling.box_muller(Zeros(), 3)).all()


def test_box_muller_draws_are_independent_standard_normals():
    z = sampling.box_muller(np.random.default_rng(2), 20_001)
    assert stats.kstest(z, stats.norm.cdf).pvalue > 1e-4
    for one, other in (
        (z[:10_000], z[10_000:20_000]),
        (z[:20_000:2], z[1:20_000:2]),
        (z[:10_000], z[10_001:]),
    ):
        assert stats.kstest((one**2 + other**2) / 2, stats.expon.cdf).pvalue > 1e-4
        assert stats.kstest(np.arctan2(one, other), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-4


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_any_number_of_draws(n):
    assert sampling.box_muller(np.random.default_rng(0), n).shape == (n,)
    assert sampling.inverse_cdf_exponential(np.random.default_rng(0), 2.0, n).shape == (n,)


# Rejection


def beta_log_p(x):
    return np.log(x) + 4 * np.log1p(-x)


def test_rejection_of_beta_2_5_has_its_distribution_and_the_rate_of_the_lecture_notes():
    draws, rate = sampling.rejection_sample(
        np.random.default_rng(3),
        lambda x: np.log(30) + beta_log_p(x),
        uniform_proposal,
        zero,
        np.log(2.4576),
        20_000,
    )
    assert draws.shape == (20_000,)
    assert stats.kstest(draws, stats.beta(2, 5).cdf).pvalue > 1e-4
    assert rate == pytest.approx(0.4069, abs=5 * np.sqrt(0.4069 * 0.5931 / 40_000))


@pytest.mark.parametrize("constant", [-1000.0, 0.0, 1000.0])
def test_rejection_does_not_mind_the_normalising_constant(constant):
    draws, rate = sampling.rejection_sample(
        np.random.default_rng(4),
        lambda x: constant + beta_log_p(x),
        uniform_proposal,
        zero,
        constant + np.log(0.08192),
        500,
    )
    assert stats.kstest(draws, stats.beta(2, 5).cdf).pvalue > 1e-4
    assert rate == pytest.approx(0.4069, abs=0.08)


def test_rejection_accepts_everything_where_target_and_bound_agree():
    draws, rate = sampling.rejection_sample(np.random.default_rng(5), zero, uniform_proposal, zero, 0.0, 1)
    assert rate == 1.0
    assert draws.shape == (1,)


def test_a_bound_below_the_target_is_an_error():
    with pytest.raises(ValueError, match="log_M"):
        sampling.rejection_sample(
            np.random.default_rng(6), beta_log_p, uniform_proposal, zero, np.log(0.05), 200
        )


# Importance sampling

TAIL = 1 + 2 * stats.norm.pdf(2) / stats.norm.sf(2)


def test_second_moment_of_the_normal_tail():
    assert pytest.approx(5.746431, abs=5e-7) == TAIL
    x = 3 + 2 * np.random.default_rng(7).standard_normal(200_000)

    def log_p(x):
        return np.where(x > 2, stats.norm.logpdf(x) - stats.norm.logsf(2), -np.inf)

    for self_normalised in (False, True):
        estimate = sampling.importance_estimate(
            np.square, log_p, lambda x: stats.norm.logpdf(x, 3, 2), x, self_normalised
        )
        assert estimate == pytest.approx(TAIL, abs=0.08)


@given(st.lists(FLOATS, min_size=1, max_size=30), st.sampled_from([-1000.0, 0.0, 1000.0]))
def test_self_normalised_estimate_ignores_constants_and_stays_within_the_values(x, constant):
    def log_p(x):
        return constant - np.abs(np.asarray(x) - 1)

    plain = sampling.importance_estimate(np.sin, lambda x: log_p(x) - constant, zero, x, True)
    assert sampling.importance_estimate(np.sin, log_p, zero, x, True) == pytest.approx(plain, abs=1e-10)
    assert min(np.sin(x)) - 1e-12 <= plain <= max(np.sin(x)) + 1e-12


def test_weights_that_are_all_zero():
    def nowhere(x):
        return np.full(np.shape(x), -np.inf)

    with pytest.raises(ValueError, match="every weight is 0"):
        sampling.importance_estimate(np.square, nowhere, zero, [1.0, 2.0], True)
    assert sampling.importance_estimate(np.square, nowhere, zero, [1.0, 2.0], False) == 0
    with pytest.raises(ValueError, match="every weight is 0"):
        sampling.importance_ess([-np.inf, -np.inf])


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40), st.sampled_from([-1000.0, 1000.0]))
def test_ess_lies_between_one_and_the_number_of_draws_and_ignores_the_scale(log_w, constant):
    ess = sampling.importance_ess(log_w)
    w = np.exp(log_w)
    assert ess == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-9)
    assert 1 - 1e-9 <= ess <= len(log_w) * (1 + 1e-9)
    assert sampling.importance_ess(np.add(log_w, constant)) == pytest.approx(ess, rel=1e-9)


def test_ess_of_ten_thousand_equal_weights_and_of_one():
    assert sampling.importance_ess(np.full(10_000, -5000.0)) == pytest.approx(10_000)
    assert sampling.importance_ess([-3.0]) == pytest.approx(1)
    assert sampling.importance_ess([0.0, -np.inf, 0.0]) == pytest.approx(2)


# Markov chains


def scale_proposal(rng, x):
    return x * np.exp(0.8 * rng.standard_normal(np.shape(x)))


def log_scale_proposal(x_to, x_from):
    return stats.lognorm.logpdf(x_to, 0.8, scale=x_from)


def test_an_asymmetric_kernel_leaves_its_target_invariant():
    rng = np.random.default_rng(8)
    target = stats.gamma(2.5)
    x = target.rvs(20_000, random_state=rng)
    for _ in range(5):
        x, accepted = sampling.mh_step(rng, x, target.logpdf, scale_proposal, log_scale_proposal)
        assert accepted.dtype == bool
    assert stats.kstest(x, target.cdf).pvalue > 1e-4


def test_detailed_balance_on_three_states():
    weights = np.array([1.0, 5.0, 2.0])
    rng, n = np.random.default_rng(9), 200_000
    start = rng.choice(3, n, p=weights / 8)
    end, _ = sampling.mh_step(
        rng, start, lambda x: np.log(weights[x]), lambda rng, x: (x + rng.integers(1, 3, x.size)) % 3, zero
    )
    flow = np.zeros((3, 3))
    np.add.at(flow, (start, end), 1 / n)
    np.testing.assert_allclose(flow, flow.T, atol=5 * np.sqrt(0.125 / n))


def test_steps_from_and_to_impossible_places():
    def log_p(x):
        return np.where(np.asarray(x) > 0, 0.0, -np.inf)

    x = np.array([-5.0, -0.5, 0.5, 3.0])
    x.flags.writeable = False
    moved, accepted = sampling.mh_step(np.random.default_rng(0), x, log_p, lambda rng, x: x + 1, zero)
    assert moved.tolist() == [-5.0, 0.5, 1.5, 4.0]
    assert accepted.tolist() == [False, True, True, True]


def test_chain_on_two_modes_has_the_moments_of_the_target():
    draws, rate = sampling.mh_chain(
        np.random.default_rng(10),
        np.zeros(400),
        mixture_log_p,
        lambda rng, x: x + 3 * rng.standard_normal(x.size),
        zero,
        600,
        burn_in=200,
    )
    assert draws.shape == (600, 400)
    means, squares = draws.mean(axis=0), ((draws - 1.5) ** 2).mean(axis=0)
    assert means.mean() == pytest.approx(1.5, abs=5 * means.std() / 20)
    assert squares.mean() == pytest.approx(2.454588**2, abs=5 * squares.std() / 20)
    assert ((rate > 0.2) & (rate < 0.6)).all()


def test_chain_counts_rejected_moves_and_forgets_the_burn_in():
    def wall(x):
        return np.where(np.asarray(x) <= 5, 0.0, -np.inf)

    draws, rate = sampling.mh_chain(
        np.random.default_rng(0), [0.0, 3.0], wall, lambda rng, x: x + 1, zero, 4, burn_in=2
    )
    assert draws.tolist() == [[3, 5], [4, 5], [5, 5], [5, 5]]
    assert rate.tolist() == [0.75, 0.0]


def test_gibbs_has_its_conditionals_and_its_joint_distribution():
    rho = -0.8
    rng = np.random.default_rng(11)
    x0 = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 20_000)
    draws = sampling.gibbs_bivariate_normal(rng, rho, 5, x0)
    x, y = draws[-1].T
    for z in (x, y, (x - rho * y) / 0.6, (y - rho * x) / 0.6):
        assert stats.kstest(z, stats.norm.cdf).pvalue > 1e-4
    far = sampling.gibbs_bivariate_normal(rng, rho, 1, [[1e6, 50.0]])
    assert far[0, 0, 0] == pytest.approx(-40, abs=5)


@pytest.mark.parametrize("rho", [-1.0, 1.0, 1.5, np.nan])
def test_a_correlation_lies_between_minus_one_and_one(rho):
    with pytest.raises(ValueError, match="rho"):
        sampling.gibbs_bivariate_normal(np.random.default_rng(0), rho, 1, [[0.0, 0.0]])


# Diagnostics


def ar1(rng, phi, chains, n):
    noise = rng.standard_normal((chains, n))
    noise[:, 0] /= np.sqrt(1 - phi**2)
    for t in range(1, n):
        noise[:, t] += phi * noise[:, t - 1]
    return noise


def test_autocorrelation_agrees_with_statsmodels_and_numpy():
    acf = pytest.importorskip("statsmodels.tsa.stattools").acf
    x = 1e4 + ar1(np.random.default_rng(12), 0.9, 1, 10_000)[0]
    np.testing.assert_allclose(sampling.autocorrelation(x, 40), acf(x, nlags=40, fft=False), atol=1e-10)
    full = np.correlate(x - x.mean(), x - x.mean(), "full")[x.size - 1 :]
    np.testing.assert_allclose(sampling.autocorrelation(x, 40), (full / full[0])[:41], atol=1e-10)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30))
def test_autocorrelation_is_one_at_lag_zero_and_bounded(x):
    rho = sampling.autocorrelation(x, len(x) - 1)
    assert rho[0] == 1
    assert (np.abs(rho) <= 1 + 1e-9).all()
    if len(set(x)) == 1:
        assert not rho[1:].any()
    else:
        assert rho.sum() == pytest.approx(0.5)


@pytest.mark.parametrize("lag", [-1, 3, 10])
def test_lags_are_shorter_than_the_chain(lag):
    with pytest.raises(ValueError, match="max_lag"):
        sampling.autocorrelation([1.0, 2.0, 3.0], lag)


@pytest.mark.parametrize("n", [4, 5, 100, 1001])
@pytest.mark.parametrize("chains", [2, 4])
def test_split_rhat_agrees_with_arviz(n, chains):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arviz announces its successor
        import arviz
    x = ar1(np.random.default_rng(13), 0.9, chains, n)
    # arviz splits an odd chain around its middle state; the last is dropped here.
    expected = arviz.rhat(x[:, : n // 2 * 2], method="split")
    assert sampling.split_rhat(np.asfortranarray(x)) == pytest.approx(expected, rel=1e-12)


def test_split_rhat_sees_drift_and_stuck_chains():
    assert sampling.split_rhat([list(range(100))]) > 2
    assert sampling.split_rhat([[3] * 8, [3] * 8]) == 1
    assert sampling.split_rhat([[3] * 8, [4] * 8]) == np.inf
    with pytest.raises(ValueError, match="at least 4"):
        sampling.split_rhat([[1.0, 2.0, 3.0]])


# Derivation


@pytest.mark.parametrize("a, b", [(2, 5), (1.5, 3.25), (7, 2)])
def test_every_step_of_the_derivation_agrees_with_numerical_integration(a, b):
    steps = {
        name: float(
            step.subs({symbol: {"a": a, "b": b, "n": 10}[symbol.name] for symbol in step.free_symbols})
        )
        for name, step in sampling.derive_acceptance().items()
    }
    grid = np.linspace(0, 1, 100_001)[1:-1]
    density = grid ** (a - 1) * (1 - grid) ** (b - 1)
    assert steps["mode"] == pytest.approx(grid[density.argmax()], abs=1e-5)
    assert steps["M"] == pytest.approx(density.max(), rel=1e-8)
    assert steps["Z"] == pytest.approx(integrate.quad(lambda x: x ** (a - 1) * (1 - x) ** (b - 1), 0, 1)[0])
    assert steps["Z"] == pytest.approx(special.beta(a, b))
    assert steps["acceptance"] == pytest.approx(steps["Z"] / steps["M"])
    assert steps["expected_proposals"] == pytest.approx(10 / steps["acceptance"])


def test_the_derivation_gives_the_lecture_notes_figures_and_steps_that_differ():
    steps = sampling.derive_acceptance()
    at = {sp.Symbol(name, positive=True): value for name, value in {"a": 2, "b": 5, "n": 1000}.items()}
    assert float(1 / (30 * steps["M"].subs(at))) == pytest.approx(0.4069, abs=5e-5)
    assert float(30 * steps["M"].subs(at)) == pytest.approx(2.4576, rel=1e-12)
    assert len({float(step.subs(at)) for step in steps.values()}) == 5


def test_single_precision_input_is_computed_in_double():
    x = (100 + ar1(np.random.default_rng(14), 0.9, 4, 10_000)).astype(np.float32)
    wide = x.astype(float)
    np.testing.assert_allclose(
        sampling.autocorrelation(x[0], 9), sampling.autocorrelation(wide[0], 9), rtol=1e-12
    )
    assert sampling.split_rhat(x) == pytest.approx(sampling.split_rhat(wide), rel=1e-12)
    assert sampling.importance_ess(x[0]) == pytest.approx(sampling.importance_ess(wide[0]), rel=1e-12)


def test_lists_and_read_only_and_strided_arrays_are_accepted():
    strided = np.arange(24.0)[::2] ** 1.5
    strided.flags.writeable = False
    assert sampling.autocorrelation(strided, 3) == pytest.approx(
        sampling.autocorrelation(strided.tolist(), 3)
    )
    assert sampling.importance_ess(strided) == pytest.approx(sampling.importance_ess(strided.tolist()))
    matrix = strided.reshape(3, 4).T
    assert sampling.split_rhat(matrix.T) == pytest.approx(sampling.split_rhat(matrix.T.tolist()))
