"""Week 4's reference against independent oracles, properties and edge cases."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.mixture import GaussianMixture

from reference import gmm

settings.register_profile("bounded", max_examples=40, deadline=None)
settings.load_profile("bounded")

SHAPES = [(1, 1, 1), (7, 1, 3), (5, 3, 1), (20, 2, 4)]


def _params(rng: np.random.Generator, K: int, D: int, spread: float = 3.0) -> gmm.GMMParams:
    A = rng.normal(size=(K, D, D))
    covs = A @ A.swapaxes(1, 2) + 0.5 * np.eye(D)
    return gmm.GMMParams(rng.dirichlet(np.full(K, 3.0)), rng.normal(0, spread, (K, D)), covs)


def _sklearn(params: gmm.GMMParams, **options: object) -> GaussianMixture:
    return GaussianMixture(
        len(params.weights),
        weights_init=params.weights,
        means_init=params.means,
        precisions_init=np.linalg.inv(params.covs),
        reg_covar=0,
        tol=0,
        **options,
    )


@pytest.mark.parametrize(("N", "D", "K"), SHAPES)
def test_log_gaussians_and_e_step_agree_with_scipy(N, D, K):
    rng = np.random.default_rng(N)
    X, params = rng.normal(0, 3, (N, D)), _params(rng, K, D)
    expected = np.stack(
        [np.atleast_1d(stats.multivariate_normal(m, c).logpdf(X)) for m, c in zip(*params[1:], strict=True)],
        1,
    )
    np.testing.assert_allclose(gmm.log_gaussians(X, *params[1:]), expected, rtol=1e-10)
    joint = params.weights * np.exp(expected)
    responsibilities, log_likelihood = gmm.e_step(X, params)
    np.testing.assert_allclose(responsibilities, joint / joint.sum(1, keepdims=True), rtol=1e-9)
    assert log_likelihood == pytest.approx(np.log(joint.sum(1)).sum(), rel=1e-10)
    np.testing.assert_allclose(gmm.anomaly_scores(X, params), -np.log(joint.sum(1)), rtol=1e-10)


def test_determinants_beyond_the_range_of_floats_are_no_problem():
    D = 60
    X = np.full((2, D), 1e-4)
    log_p = gmm.log_gaussians(X, np.zeros((2, D)), np.stack([1e-8 * np.eye(D), 1e12 * np.eye(D)]))
    expected = [stats.norm(0, sd).logpdf(X).sum(1) for sd in (1e-4, 1e6)]
    np.testing.assert_allclose(log_p, np.stack(expected, 1), rtol=1e-12)


def test_a_point_200_standard_deviations_away_is_finite_everywhere():
    params = gmm.GMMParams(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)))
    responsibilities, log_likelihood = gmm.e_step([[200.0]], params)
    assert responsibilities.sum() == pytest.approx(1)
    assert responsibilities[0, 1] == pytest.approx(1)
    assert log_likelihood == pytest.approx(-0.5 * np.log(2 * np.pi) - 199**2 / 2 + np.log(0.5), rel=1e-12)
    assert np.isfinite(gmm.anomaly_scores([[200.0]], params)).all()


def test_a_weight_of_zero_answers_for_nothing():
    params = gmm.GMMParams(np.array([0.0, 1.0]), np.zeros((2, 1)), np.ones((2, 1, 1)))
    responsibilities, _ = gmm.e_step([[0.3], [9.0]], params)
    assert responsibilities.tolist() == [[0, 1], [0, 1]]


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 3))
def test_one_em_step_never_lowers_the_likelihood_and_is_equivariant(seed, K, D):
    rng = np.random.default_rng(seed)
    X, params = rng.normal(0, 2, (15 + 5 * D, D)), _params(rng, K, D)
    responsibilities, before = gmm.e_step(X, params)
    np.testing.assert_allclose(responsibilities.sum(1), 1, rtol=1e-12)
    updated = gmm.m_step(X, responsibilities, reg=0.0)
    if (np.linalg.eigvalsh(updated.covs) > 1e-6).all():
        assert gmm.e_step(X, updated)[1] >= before - 1e-8
    order = rng.permutation(K)
    permuted = gmm.m_step(X, responsibilities[:, order])
    for part, other in zip(updated, permuted, strict=True):
        np.testing.assert_allclose(part[order], other, rtol=1e-9, atol=1e-12)


def test_25_steps_agree_with_scikit_learn():
    rng = np.random.default_rng(3)
    X = np.concatenate([rng.normal(m, 1.0, (60, 2)) for m in (-2, 1, 4)])
    start = gmm.GMMParams(np.full(3, 1 / 3), X[[0, 70, 150]], np.tile(np.cov(X.T), (3, 1, 1)))
    params, history = gmm.fit(X, start, max_iter=25, tol=0.0, reg=0.0)
    with pytest.warns(UserWarning, match="did not converge"):
        oracle = _sklearn(start, max_iter=25).fit(X)
    np.testing.assert_allclose(params.weights, oracle.weights_, rtol=1e-9)
    np.testing.assert_allclose(params.means, oracle.means_, rtol=1e-9)
    np.testing.assert_allclose(params.covs, oracle.covariances_, rtol=1e-9)
    assert history.shape == (25,)
    assert history[-1] / len(X) == pytest.approx(oracle.lower_bound_, rel=1e-10)
    assert history[0] == pytest.approx(gmm.e_step(X, start)[1])
    assert (np.diff(history) > -1e-8).all()


def test_fit_stops_by_the_absolute_change():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(40, 1))
    start = gmm.GMMParams(np.ones(1), np.array([[5.0]]), np.ones((1, 1, 1)))
    params, history = gmm.fit(X, start)
    assert len(history) == 3
    assert params.means[0, 0] == pytest.approx(X.mean())
    assert params.covs[0, 0, 0] == pytest.approx(X.var() + 1e-6, rel=1e-12)


def test_an_empty_component_gets_no_weight_and_the_moments_of_all_points():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(12, 2))
    r = np.zeros((12, 3))
    r[:6, 0] = r[6:, 2] = 1
    params = gmm.m_step(X, r, reg=0.1)
    assert params.weights.tolist() == [0.5, 0, 0.5]
    np.testing.assert_allclose(params.means[1], X.mean(0))
    np.testing.assert_allclose(params.covs[1], np.cov(X.T, ddof=0) + 0.1 * np.eye(2))


def test_data_far_from_the_origin_keep_their_variance():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(50, 1))
    far = gmm.m_step(X + 1e7, np.ones((50, 1))).covs[0, 0, 0]
    assert far == pytest.approx(X.var(), rel=1e-6)


def test_duplicate_points_need_reg():
    X = np.repeat([[1.0, 2.0]], 5, axis=0)
    params = gmm.m_step(X, np.full((5, 2), 0.5), reg=1e-3)
    np.testing.assert_allclose(params.covs, np.tile(1e-3 * np.eye(2), (2, 1, 1)))
    fitted, history = gmm.fit(X, params, reg=1e-3)
    assert np.isfinite(history).all() and np.isfinite(fitted.means).all()


def test_lists_and_read_only_and_transposed_arrays_are_accepted_and_unchanged():
    rng = np.random.default_rng(7)
    X, params = rng.normal(size=(9, 2)), _params(rng, 2, 2)
    expected = gmm.e_step(X, params)[0]
    fixed = np.asfortranarray(X)
    fixed.flags.writeable = False
    for part in params:
        part.flags.writeable = False
    np.testing.assert_allclose(gmm.e_step(fixed, params)[0], expected)
    listed = gmm.GMMParams(*(part.tolist() for part in params))
    np.testing.assert_allclose(gmm.e_step(X.tolist(), listed)[0], expected)
    gmm.fit(fixed, params, max_iter=3)
    assert gmm.log_gaussians(np.zeros((0, 2)), *params[1:]).shape == (0, 2)
    assert gmm.anomaly_scores(np.zeros((0, 2)), params).shape == (0,)


def test_ten_thousand_points_in_single_precision_are_computed_in_double():
    rng = np.random.default_rng(13)
    params = _params(rng, 3, 2)
    X = (1e3 + rng.normal(size=(10_000, 2))).astype(np.float32)
    responsibilities, log_likelihood = gmm.e_step(X, params)
    expected, total = gmm.e_step(X.astype(float), params)
    assert np.isfinite(log_likelihood) and log_likelihood == pytest.approx(total, rel=1e-12)
    np.testing.assert_allclose(responsibilities, expected, rtol=1e-12)
    for part, other in zip(
        gmm.m_step(X, responsibilities.astype(np.float32)),
        gmm.m_step(X.astype(float), responsibilities.astype(np.float32).astype(float)),
        strict=True,
    ):
        np.testing.assert_allclose(part, other, rtol=1e-12)
    np.testing.assert_allclose(gmm.anomaly_scores(X, params).sum(), -total, rtol=1e-12)


def test_one_row_of_one_dimension_and_one_component():
    params = gmm.m_step([[3.0]], [[1.0]], reg=0.25)
    assert [part.tolist() for part in params] == [[1.0], [[3.0]], [[[0.25]]]]
    assert gmm.e_step([[3.0]], params)[0].tolist() == [[1.0]]
    fitted, log_likelihood = gmm.fit_restarts(np.random.default_rng(0), [[3.0]], 1, 2, reg=0.25)
    assert log_likelihood == pytest.approx(-0.5 * np.log(2 * np.pi * 0.25))
    assert fitted.means.tolist() == [[3.0]]


def test_samples_have_the_moments_of_their_components():
    rng = np.random.default_rng(8)
    params = _params(rng, 3, 2)
    X, component = gmm.sample(rng, params, 60_000)
    assert component.dtype.kind == "i"
    assert stats.chisquare(np.bincount(component, minlength=3), 60_000 * params.weights).pvalue > 1e-4
    for k in range(3):
        z = np.linalg.solve(np.linalg.cholesky(params.covs[k]), (X[component == k] - params.means[k]).T)
        assert stats.kstest(z.ravel(), "norm").pvalue > 1e-4
    assert gmm.sample(rng, params, 0)[0].shape == (0, 2)


def test_parameter_counts_agree_with_scikit_learn_and_the_lecture_notes():
    rng = np.random.default_rng(9)
    for K, D in [(1, 1), (3, 2), (2, 5)]:
        X = rng.normal(size=(60, D))
        for covariance in ("full", "diag", "spherical", "tied"):
            model = GaussianMixture(K, covariance_type=covariance, random_state=0).fit(X)
            assert gmm.n_parameters(K, D, covariance) == model._n_parameters()
            expected = gmm.bic(model.score(X) * 60, gmm.n_parameters(K, D, covariance), 60)
            assert expected == pytest.approx(model.bic(X), rel=1e-12)
    assert (gmm.n_parameters(3, 2, "diag"), gmm.n_parameters(3, 2, "full")) == (14, 17)
    with pytest.raises(ValueError, match="full, diag, spherical, tied"):
        gmm.n_parameters(2, 2, "round")


def test_kmeans_plus_plus_draws_with_squared_distances():
    X = np.array([[0.0], [1.0], [3.0]])
    rng = np.random.default_rng(10)
    pairs = [tuple(gmm.kmeans_plus_plus(rng, X, 2).ravel()) for _ in range(6000)]
    squares = (X - X.T) ** 2
    chance = squares / squares.sum(1, keepdims=True) / 3
    observed = [pairs.count((a, b)) for a in (0, 1, 3) for b in (0, 1, 3) if a != b]
    expected = [6000 * chance[i, j] for i in range(3) for j in range(3) if i != j]
    assert stats.chisquare(observed, expected).pvalue > 1e-4


def test_kmeans_plus_plus_of_equal_points_and_of_all_points():
    rng = np.random.default_rng(11)
    assert gmm.kmeans_plus_plus(rng, np.ones((4, 2)), 3).tolist() == [[1, 1]] * 3
    assert sorted(gmm.kmeans_plus_plus(rng, [[2.0], [0.0], [5.0]], 3).ravel()) == [0, 2, 5]


def test_restarts_find_three_blobs_and_report_their_own_likelihood():
    rng = np.random.default_rng(12)
    X = np.concatenate([rng.normal(m, 0.5, (30, 2)) for m in (-4, 0, 4)])
    params, log_likelihood = gmm.fit_restarts(rng, X, 3, 8)
    np.testing.assert_allclose(np.sort(params.means[:, 0]), [-4, 0, 4], atol=0.5)
    assert log_likelihood == gmm.e_step(X, params)[1]


def test_coin_em_agrees_with_the_lecture_notes_and_the_mixture_bound():
    heads = np.array([5, 9, 8, 4, 7])
    theta, history = gmm.coin_em(heads, 10, [0.6, 0.5], 50)
    assert history[0] == pytest.approx(-33.0939, abs=5e-5)
    assert (np.diff(history) > -1e-10).all()
    np.testing.assert_allclose(theta, [0.7968, 0.5196], atol=1e-4)
    by_array, _ = gmm.coin_em(heads.tolist(), [10] * 5, (0.6, 0.5), 50)
    np.testing.assert_array_equal(theta, by_array)
    joint = 0.5 * np.array([0.6, 0.5]) ** heads[:, None] * np.array([0.4, 0.5]) ** (10 - heads[:, None])
    r = joint / joint.sum(1, keepdims=True)
    assert (r * np.log(joint)).sum() == pytest.approx(-36.1529, abs=5e-5)
    assert -(r * np.log(r)).sum() == pytest.approx(3.0591, abs=5e-5)


def test_coin_em_of_long_sets_of_all_heads_and_of_no_iteration():
    theta, history = gmm.coin_em([9000, 2000], 10_000, [0.6, 0.5], 5)
    np.testing.assert_allclose(theta, [0.9, 0.2], atol=1e-12)
    assert np.isfinite(history).all()
    theta, history = gmm.coin_em([6, 6], [6, 6], [0.6, 0.5], 4)
    assert theta.tolist() == [1, 1] and np.isfinite(history).all()
    theta, history = gmm.coin_em([1], 2, [0.6, 0.5], 0)
    assert theta.tolist() == [0.6, 0.5] and history.shape == (0,)


def test_the_derivation_agrees_with_sympy_and_its_steps_differ():
    steps = gmm.derive_m_step_1d()
    symbols = {s.name: s for step in steps.values() for s in step.free_symbols}
    mu, v = symbols["mu"], symbols["v"]
    assert sp.simplify(sp.diff(steps["Q"], mu) - steps["slope_mu"]) == 0
    assert sp.simplify(sp.diff(steps["Q"], v) - steps["slope_v"]) == 0
    assert sp.simplify(sp.solve(steps["slope_mu"], mu)[0] - steps["mu"]) == 0
    best = sp.solve(steps["slope_v"].subs(mu, steps["mu"]), v)
    assert sp.simplify(best[0] - steps["v"]) == 0
    point = {"mu": 0.3, "v": 1.7, "w": 0.2, "n": 9, "n_k": 4.1, "s1": 2.2, "s2": 8.0}
    values = [float(e.subs({s: point[s.name] for s in e.free_symbols})) for e in steps.values()]
    assert len(np.unique(np.round(values, 9))) == len(values)
