"""Week 6's reference against hmmlearn, brute force, properties and edge cases."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
import sympy as sp
from clock import quickest
from hmmlearn.hmm import CategoricalHMM, GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reference import hmm

settings.register_profile("bounded", max_examples=40, deadline=None)
settings.load_profile("bounded")

CASINO = hmm.HMMParams(
    np.log([0.5, 0.5]),
    np.log([[0.95, 0.05], [0.10, 0.90]]),
    np.log([[1 / 6] * 6, [0.1] * 5 + [0.5]]),
)


def _params(rng: np.random.Generator, K: int, V: int) -> hmm.HMMParams:
    draws = rng.dirichlet(np.ones(K)), rng.dirichlet(np.ones(K), K), rng.dirichlet(np.ones(V), K)
    return hmm.HMMParams(*(np.log(part) for part in draws))


def _zeros(params: hmm.HMMParams) -> hmm.HMMParams:
    """The same with some transitions, starts and symbols impossible."""
    pi, A, B = (np.exp(part) for part in params)
    pi[0], A[0, -1], A[-1, 0], B[0, 0] = 0, 0, 0, 0
    with np.errstate(divide="ignore"):
        return hmm.HMMParams(*(np.log(part / part.sum(-1, keepdims=True)) for part in (pi, A, B)))


def _lattice(params: hmm.HMMParams, obs: np.ndarray) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    log_lik = hmm.emission_log_likelihoods(obs, params.log_B)
    log_alpha, log_likelihood = hmm.forward(params.log_pi, params.log_A, log_lik)
    return log_alpha, log_likelihood, hmm.backward(params.log_A, log_lik), log_lik


def _paths(params: hmm.HMMParams, obs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The joint probability of every path of states and the observations."""
    pi, A, B = (np.exp(part) for part in params)
    joint = {}
    for path in itertools.product(range(len(pi)), repeat=len(obs)):
        p = pi[path[0]] * B[path[0], obs[0]]
        for t in range(1, len(obs)):
            p *= A[path[t - 1], path[t]] * B[path[t], obs[t]]
        joint[path] = p
    return joint


def _categorical(params: hmm.HMMParams, **options: object) -> CategoricalHMM:
    pi, A, B = (np.exp(part) for part in params)
    model = CategoricalHMM(len(pi), init_params="", n_features=B.shape[1], **options)
    model.startprob_, model.transmat_, model.emissionprob_ = pi, A, B
    return model


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("T", [1, 2, 6])
def test_everything_agrees_with_the_sum_over_all_paths(T, zeros):
    rng = np.random.default_rng(T)
    params = _params(rng, 3, 4)
    params = _zeros(params) if zeros else params
    obs = rng.integers(1, 4, T)
    joint = _paths(params, obs)
    evidence = sum(joint.values())
    log_alpha, log_likelihood, log_beta, log_lik = _lattice(params, obs)
    assert log_likelihood == pytest.approx(np.log(evidence), rel=1e-12)
    gamma = hmm.posterior(log_alpha, log_beta)
    xi = hmm.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)
    assert xi.shape == (T - 1, 3, 3)
    for t, k in itertools.product(range(T), range(3)):
        expected = sum(p for path, p in joint.items() if path[t] == k) / evidence
        assert gamma[t, k] == pytest.approx(expected, rel=1e-10, abs=1e-15)
    for t, i, j in itertools.product(range(T - 1), range(3), range(3)):
        expected = sum(p for path, p in joint.items() if path[t : t + 2] == (i, j)) / evidence
        assert xi[t, i, j] == pytest.approx(expected, rel=1e-10, abs=1e-15)
    path, log_prob = hmm.viterbi(params.log_pi, params.log_A, log_lik)
    assert log_prob == pytest.approx(np.log(max(joint.values())), rel=1e-12)
    assert joint[tuple(path.tolist())] == pytest.approx(max(joint.values()), rel=1e-12)


@pytest.mark.parametrize(("K", "V", "T"), [(1, 1, 1), (1, 3, 5), (2, 6, 300), (4, 3, 80)])
def test_inference_agrees_with_hmmlearn(K, V, T):
    rng = np.random.default_rng(K)
    params, obs = _params(rng, K, V), rng.integers(0, V, T)
    model = _categorical(params)
    log_alpha, log_likelihood, log_beta, log_lik = _lattice(params, obs)
    expected, gamma = model.score_samples(obs[:, None])
    assert log_likelihood == pytest.approx(expected, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(hmm.posterior(log_alpha, log_beta), gamma, atol=1e-12)
    best, path = model.decode(obs[:, None])
    own_path, log_prob = hmm.viterbi(params.log_pi, params.log_A, log_lik)
    assert log_prob == pytest.approx(best, rel=1e-12, abs=1e-12)
    np.testing.assert_array_equal(own_path, path)


@pytest.mark.parametrize("lengths", [[60], [30, 1, 45]])
def test_one_baum_welch_step_and_the_fit_agree_with_hmmlearn(lengths):
    rng = np.random.default_rng(5)
    params = _params(rng, 3, 4)
    sequences = [rng.integers(0, 4, T) for T in lengths]
    together = np.concatenate(sequences)[:, None]
    for steps in (1, 12):
        model = _categorical(params, n_iter=steps, tol=-np.inf)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(together, lengths)
        fitted, history = hmm.fit(sequences, params, max_iter=steps, tol=0.0)
        for own, other in zip(fitted, (model.startprob_, model.transmat_, model.emissionprob_), strict=True):
            np.testing.assert_allclose(np.exp(own), other, atol=1e-10)
        np.testing.assert_allclose(history, list(model.monitor_.history)[-len(history) :], rtol=1e-10)
    updated, total = hmm.baum_welch_step(sequences, params)
    model = _categorical(params, n_iter=1)
    model.fit(together, lengths)
    np.testing.assert_allclose(np.exp(updated.log_A), model.transmat_, atol=5e-14)
    assert total == pytest.approx(_categorical(params).score(together, lengths), rel=1e-12)


def test_gaussian_emissions_agree_with_scipy_and_hmmlearn():
    rng = np.random.default_rng(6)
    x = rng.normal(0, 3, 120)
    means, variances = np.array([-2.0, 0.5, 4.0]), np.array([0.3, 1.0, 5.0])
    log_lik = hmm.gaussian_emissions(x, means, variances)
    np.testing.assert_allclose(log_lik, stats.norm(means, np.sqrt(variances)).logpdf(x[:, None]), rtol=1e-12)
    params = _params(rng, 3, 1)
    model = GaussianHMM(3, "diag", init_params="", n_iter=1, covars_prior=0, covars_weight=0)
    model.startprob_, model.transmat_ = np.exp(params.log_pi), np.exp(params.log_A)
    model.means_, model.covars_ = means[:, None], variances[:, None]
    log_alpha, log_likelihood = hmm.forward(params.log_pi, params.log_A, log_lik)
    log_beta = hmm.backward(params.log_A, log_lik)
    expected, gamma = model.score_samples(x[:, None])
    assert log_likelihood == pytest.approx(expected, rel=1e-12)
    own = hmm.posterior(log_alpha, log_beta)
    np.testing.assert_allclose(own, gamma, atol=1e-12)
    np.testing.assert_array_equal(
        hmm.viterbi(params.log_pi, params.log_A, log_lik)[0], model.predict(x[:, None])
    )
    model.min_covar = 0
    model.fit(x[:, None])
    xi = hmm.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik).sum(0)
    np.testing.assert_allclose(xi / xi.sum(1, keepdims=True), model.transmat_, atol=5e-14)
    new_means = own.T @ x / own.sum(0)
    np.testing.assert_allclose(new_means, model.means_[:, 0], rtol=1e-10)
    new_variances = (own * (x[:, None] - new_means) ** 2).sum(0) / own.sum(0)
    np.testing.assert_allclose(new_variances, model.covars_[:, 0, 0], rtol=1e-9)


def test_extreme_numbers_have_finite_densities_and_no_numbers_no_rows():
    log_lik = hmm.gaussian_emissions([1e8, -500.0], [0.0, 1e8], [1e-8, 1e12])
    assert np.isfinite(log_lik).all()
    assert hmm.gaussian_emissions([], [0.0, 1.0], [1.0, 1.0]).shape == (0, 2)
    assert hmm.emission_log_likelihoods([], CASINO.log_B).shape == (0, 2)


def test_ten_thousand_steps_take_less_than_a_second_and_stay_finite():
    rng = np.random.default_rng(7)
    _, obs = hmm.sample(rng, CASINO, 10_000)
    log_lik = hmm.emission_log_likelihoods(obs, CASINO.log_B)
    for action in (
        lambda: hmm.forward(CASINO.log_pi, CASINO.log_A, log_lik),
        lambda: hmm.backward(CASINO.log_A, log_lik),
        lambda: hmm.viterbi(CASINO.log_pi, CASINO.log_A, log_lik),
        lambda: hmm.baum_welch_step([obs], CASINO),
    ):
        assert quickest(action, 1.0) < 1
    log_alpha, log_likelihood = hmm.forward(CASINO.log_pi, CASINO.log_A, log_lik)
    log_beta = hmm.backward(CASINO.log_A, log_lik)
    assert log_likelihood == pytest.approx(_categorical(CASINO).score(obs[:, None]), rel=1e-11)
    np.testing.assert_allclose(np.logaddexp.reduce(log_alpha + log_beta, axis=1), log_likelihood, rtol=1e-11)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 4), st.integers(1, 25), st.booleans())
def test_the_invariants_of_forward_and_backward(seed, K, V, T, zeros):
    rng = np.random.default_rng(seed)
    params = _params(rng, K, V)
    params = _zeros(params) if zeros and K > 2 and V > 1 else params
    _, obs = hmm.sample(rng, params, T)
    log_alpha, log_likelihood, log_beta, log_lik = _lattice(params, obs)
    np.testing.assert_allclose(
        np.logaddexp.reduce(log_alpha + log_beta, axis=1), log_likelihood, rtol=1e-9, atol=1e-9
    )
    gamma = hmm.posterior(log_alpha, log_beta)
    xi = hmm.pairwise_posterior(log_alpha, log_beta, params.log_A, log_lik)
    np.testing.assert_allclose(gamma.sum(1), 1, rtol=1e-12)
    np.testing.assert_allclose(xi.sum(2), gamma[:-1], atol=1e-12)
    np.testing.assert_allclose(xi.sum(1), gamma[1:], atol=1e-12)
    path, log_prob = hmm.viterbi(params.log_pi, params.log_A, log_lik)
    assert log_prob <= log_likelihood + 1e-9
    own = params.log_pi[path[0]] + params.log_A[path[:-1], path[1:]].sum() + log_lik[np.arange(T), path].sum()
    assert own == pytest.approx(log_prob, rel=1e-9, abs=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 4))
def test_a_baum_welch_step_never_lowers_the_likelihood_and_keeps_probabilities(seed, K, V):
    rng = np.random.default_rng(seed)
    params = _params(rng, K, V)
    sequences = [rng.integers(0, V, T) for T in rng.integers(1, 12, 3)]
    updated, before = hmm.baum_welch_step(sequences, params)
    for part in updated:
        np.testing.assert_allclose(np.exp(part).sum(-1), 1, rtol=1e-9)
    assert hmm.baum_welch_step(sequences, updated)[1] >= before - 1e-9


def test_zero_counts_keep_the_old_rows_and_zeros_stay():
    params = _zeros(_params(np.random.default_rng(8), 3, 4))
    updated, _ = hmm.baum_welch_step([[1], [2]], params)
    np.testing.assert_array_equal(updated.log_A, params.log_A)
    with np.errstate(divide="ignore"):
        stuck = hmm.HMMParams(
            np.log([1.0, 0.0]), np.log([[1.0, 0.0], [0.3, 0.7]]), np.log([[0.5, 0.5], [0.1, 0.9]])
        )
    updated, _ = hmm.baum_welch_step([[0, 1, 1]], stuck)
    np.testing.assert_array_equal(updated.log_A[1], stuck.log_A[1])
    np.testing.assert_array_equal(updated.log_B[1], stuck.log_B[1])
    np.testing.assert_allclose(np.exp(updated.log_B[0]), [1 / 3, 2 / 3])
    assert updated.log_pi[1] == updated.log_A[0, 1] == -np.inf


def test_impossible_observations():
    with np.errstate(divide="ignore"):
        log_A, log_lik = np.log(np.eye(2)), np.log([[1.0, 0.0], [0.0, 1.0]])
    log_pi = np.log([0.5, 0.5])
    with pytest.raises(ValueError, match="log_lik: these observations are impossible"):
        hmm.forward(log_pi, log_A, log_lik)
    assert hmm.viterbi(log_pi, log_A, log_lik)[1] == -np.inf
    log_beta = hmm.backward(log_A, log_lik)
    assert log_beta[0].tolist() == [-np.inf, 0]
    impossible = np.full((2, 2), -np.inf)
    with pytest.raises(ValueError, match="log_alpha and log_beta"):
        hmm.posterior(impossible, log_beta)
    with pytest.raises(ValueError, match="log_alpha, log_beta, log_A"):
        hmm.pairwise_posterior(impossible, log_beta, log_A, log_lik)
    with pytest.raises(ValueError, match="impossible"):
        hmm.baum_welch_step([[0, 1]], hmm.HMMParams(log_pi, log_A, log_lik))


def test_bad_arguments_are_named():
    log_pi, log_A, log_B = CASINO
    with pytest.raises(ValueError, match="obs should hold whole numbers from 0 to V - 1 = 5"):
        hmm.emission_log_likelihoods([0, 6], log_B)
    with pytest.raises(ValueError, match="obs"):
        hmm.emission_log_likelihoods([-1], log_B)
    with pytest.raises(ValueError, match="log_A should have shape"):
        hmm.forward(log_pi, log_A[:1], np.zeros((3, 2)))
    for log_lik in (np.zeros((3, 3)), np.zeros((0, 2)), np.zeros(2)):
        with pytest.raises(ValueError, match="log_lik should have shape"):
            hmm.forward(log_pi, log_A, log_lik)
        with pytest.raises(ValueError, match="log_lik should have shape"):
            hmm.backward(log_A, log_lik)
        with pytest.raises(ValueError, match="log_lik should have shape"):
            hmm.viterbi(log_pi, log_A, log_lik)
    with pytest.raises(ValueError, match="sequences"):
        hmm.baum_welch_step([], CASINO)
    with pytest.raises(ValueError, match="log_lik"):
        hmm.baum_welch_step([[0, 1], []], CASINO)
    with pytest.raises(ValueError, match="T should"):
        hmm.sample(np.random.default_rng(0), CASINO, 0)
    for A in (np.ones((2, 3)) / 3, [[0.5, 0.6], [0.5, 0.5]], [[1.5, -0.5], [0.5, 0.5]]):
        with pytest.raises(ValueError, match="A should hold probabilities"):
            hmm.stationary(A)
    for variance in (0.0, -1.0):
        with pytest.raises(ValueError, match="variances"):
            hmm.gaussian_emissions([1.0], [0.0], [variance])


def test_lists_read_only_and_non_contiguous_arrays_are_accepted_and_unchanged():
    rng = np.random.default_rng(9)
    params, obs = _params(rng, 3, 4), rng.integers(0, 4, 9)
    expected = _lattice(params, obs)
    fixed = hmm.HMMParams(*(np.asfortranarray(part) for part in params))
    for part in (*fixed, obs):
        part.flags.writeable = False
    for own, other in zip(_lattice(fixed, obs), expected, strict=True):
        np.testing.assert_array_equal(own, other)
    listed = hmm.HMMParams(*(part.tolist() for part in params))
    log_lik = hmm.emission_log_likelihoods(obs.tolist(), listed.log_B).tolist()
    assert hmm.forward(listed.log_pi, listed.log_A, log_lik)[1] == expected[1]
    np.testing.assert_array_equal(
        hmm.viterbi(listed.log_pi, listed.log_A, log_lik)[0],
        hmm.viterbi(params.log_pi, params.log_A, expected[3])[0],
    )
    hmm.fit([obs, obs[::2]], fixed, max_iter=3)
    hmm.fit([obs.tolist()], listed, max_iter=3)


def test_float32_is_accepted():
    rng = np.random.default_rng(10)
    params, obs = _params(rng, 3, 4), rng.integers(0, 4, 50)
    single = hmm.HMMParams(*(part.astype(np.float32) for part in params))
    assert _lattice(single, obs)[1] == pytest.approx(_lattice(params, obs)[1], rel=1e-6)


def test_the_fit_stops_by_the_absolute_change():
    rng = np.random.default_rng(11)
    _, obs = hmm.sample(rng, CASINO, 200)
    _, history = hmm.fit([obs], CASINO, max_iter=60, tol=0.05)
    steps = abs(np.diff(history))
    assert steps[-1] < 0.05 and (steps[:-1] >= 0.05).all()
    assert len(hmm.fit([obs], CASINO, max_iter=3, tol=0.0)[1]) == 3


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_the_stationary_distribution_does_not_change(seed, K):
    A = np.random.default_rng(seed).dirichlet(np.ones(K), K)
    p = hmm.stationary(A)
    np.testing.assert_allclose(p @ A, p, atol=1e-12)
    assert p.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.linalg.matrix_power(A, 3000)[0], p, atol=1e-6)


def test_stationary_of_periodic_slow_and_casino_chains():
    np.testing.assert_allclose(hmm.stationary([[0, 1], [1, 0]]), [0.5, 0.5])
    np.testing.assert_allclose(hmm.stationary(np.roll(np.eye(3), 1, axis=1)), [1 / 3] * 3)
    np.testing.assert_allclose(hmm.stationary([[1 - 1e-6, 1e-6], [3e-6, 1 - 3e-6]]), [0.75, 0.25], rtol=1e-8)
    np.testing.assert_allclose(hmm.stationary(np.exp(CASINO.log_A)), [2 / 3, 1 / 3])


def test_samples_follow_the_chain_and_its_emissions():
    rng = np.random.default_rng(12)
    states, obs = hmm.sample(rng, CASINO, 40_000)
    assert states.dtype.kind == obs.dtype.kind == "i"
    for k in range(2):
        moves = np.bincount(states[1:][states[:-1] == k], minlength=2)
        assert stats.chisquare(moves, moves.sum() * np.exp(CASINO.log_A[k])).pvalue > 1e-4
        faces = np.bincount(obs[states == k], minlength=6)
        assert stats.chisquare(faces, faces.sum() * np.exp(CASINO.log_B[k])).pvalue > 1e-4
    first = [hmm.sample(rng, CASINO, 1)[0][0] for _ in range(2000)]
    assert stats.binomtest(sum(first), 2000, 0.5).pvalue > 1e-4


def test_the_derivation_agrees_with_sympy_and_its_steps_differ():
    steps = hmm.derive_a_update_2state()
    symbols = {s.name: s for step in steps.values() for s in step.free_symbols}
    a = symbols["a"]
    assert sp.simplify(sp.diff(steps["Q"], a) - steps["slope"]) == 0
    assert sp.simplify(sp.solve(steps["slope"], a)[0] - steps["a"]) == 0
    assert sp.simplify(sp.diff(sp.log(steps["evidence"]), a) - steps["score"]) == 0
    swap = {"f1": 0.3, "f2": 0.2, "g1": 0.6, "g2": 0.1, "a": 0.8, "c": 0.3, "n11": 3.2, "n12": 1.1}
    values = [float(e.subs({s: swap[s.name] for s in e.free_symbols})) for e in steps.values()]
    assert len(np.unique(np.round(values, 9))) == len(values)
    log_A = np.log([[0.8, 0.2], [0.7, 0.3]])
    log_lik = np.log([[0.6, 0.4], [0.6, 0.1]])
    log_pi = np.log([0.5, 0.5])
    log_alpha, log_likelihood = hmm.forward(log_pi, log_A, log_lik)
    assert np.exp(log_likelihood) == pytest.approx(values[0], rel=1e-12)
    xi = hmm.pairwise_posterior(log_alpha, hmm.backward(log_A, log_lik), log_A, log_lik)
    assert xi[0, 0, 0] == pytest.approx(values[1], rel=1e-12)
