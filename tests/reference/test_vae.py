"""Week 7's reference against independent oracles, properties and edge cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from sklearn.decomposition import PCA
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from reference import vae

settings.register_profile("bounded", max_examples=40, deadline=None)
settings.load_profile("bounded")

SHAPES = [(1, 1), (7, 1), (1, 4), (5, 3)]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _randn(seed: int, *shape: int, scale: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


def _linear(seed: int, D: int = 3, L: int = 2, widen: float = 0.0) -> vae.LinearVAE:
    """A linear VAE with its exact posterior, or (where `widen` is not 0) with another one."""
    X = _randn(seed, 40, D) @ _randn(seed + 1, D, D)
    W, mean, sigma_sq, V, logvar = vae.vae_from_pca(X, L)
    return vae.LinearVAE(W, mean, sigma_sq, V, logvar + widen)


def test_the_worked_numbers_of_the_lecture():
    mu, logvar = torch.tensor([[1.2, -0.8]]).double(), torch.tensor([[-0.5, -1.2]]).double()
    z = vae.reparameterize(mu, logvar, torch.tensor([[0.3, -0.7]]).double())
    np.testing.assert_allclose(z, [[1.43364, -1.18417]], atol=5e-6)
    assert vae.kl_diagonal_gaussian(mu, logvar).item() == pytest.approx(1.343862, abs=1e-6)
    each = [vae.kl_diagonal_gaussian(mu[:, i : i + 1], logvar[:, i : i + 1]).item() for i in range(2)]
    assert each == pytest.approx([0.773265, 0.570597], abs=1e-6)
    encoder, decoder = [(784, 400), (400, 2), (400, 2)], [(2, 400), (400, 784)]
    assert [vae.parameter_count(part) for part in (encoder, decoder)] == [315_604, 315_584]
    model = vae.VAE(784, 400, 2)
    assert sum(p.numel() for p in model.parameters()) == vae.parameter_count(encoder + decoder) == 631_188
    assert vae.interpolate(torch.tensor([1.0, 0.5]), torch.tensor([-0.4, -0.8]), 3)[1].tolist() == (
        pytest.approx([0.3, -0.15])
    )


@pytest.mark.parametrize(("N", "L"), SHAPES)
def test_likelihoods_and_divergences_agree_with_torch_distributions(N, L):
    mu, other = _randn(1, N, L, scale=2), _randn(2, N, L, scale=2)
    logvar, other_logvar = _randn(3, N, L, scale=2), _randn(4, N, L, scale=2)
    q = Independent(Normal(mu, torch.exp(logvar / 2)), 1)
    p = Independent(Normal(other, torch.exp(other_logvar / 2)), 1)
    standard = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    torch.testing.assert_close(vae.kl_gaussians(mu, logvar, other, other_logvar), kl_divergence(q, p))
    torch.testing.assert_close(vae.kl_diagonal_gaussian(mu, logvar), kl_divergence(q, standard))
    torch.testing.assert_close(vae.gaussian_log_likelihood(other, mu, logvar), q.log_prob(other))
    x = (other > 0).double()
    torch.testing.assert_close(
        vae.bernoulli_log_likelihood(mu, x), Independent(Bernoulli(logits=mu), 1).log_prob(x)
    )
    np.testing.assert_allclose(
        vae.gaussian_log_likelihood(other, mu, logvar),
        stats.norm(mu, torch.exp(logvar / 2)).logpdf(other).sum(1),
        rtol=1e-12,
    )


def test_extreme_logits_and_variances():
    logits = torch.tensor([[1e3, -1e3], [1e3, -1e3]]).double()
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).double()
    assert vae.bernoulli_log_likelihood(logits, x).tolist() == [0.0, -2000.0]
    mu, logvar = torch.zeros(2, 1).double(), torch.tensor([[20.0], [-20.0]]).double()
    expected = [(math.exp(20) - 21) / 2, (math.exp(-20) + 19) / 2]
    assert vae.kl_diagonal_gaussian(mu, logvar).tolist() == pytest.approx(expected, rel=1e-14)
    far = torch.full((1, 1), 800.0).double()
    assert vae.kl_gaussians(mu[:1], far, mu[:1], far - 1).item() == pytest.approx((math.e - 2) / 2)
    assert vae.kl_gaussians(mu[:0], mu[:0], mu[:0], mu[:0]).shape == (0,)
    x = torch.tensor([[1e-4]]).double()
    exact = stats.norm(0, math.exp(-10)).logpdf(1e-4)
    assert vae.gaussian_log_likelihood(x, mu[:1], logvar[1:]).item() == pytest.approx(exact)


def test_grey_values_follow_the_same_formula():
    logits, x = _randn(5, 4, 6), torch.sigmoid(_randn(6, 4, 6))
    p = torch.sigmoid(logits)
    expected = (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(1)
    torch.testing.assert_close(vae.bernoulli_log_likelihood(logits, x), expected)


def test_gradients_are_those_of_finite_differences():
    parts = [_randn(i, 3, 2).requires_grad_() for i in range(4)]
    assert torch.autograd.gradcheck(vae.kl_diagonal_gaussian, parts[:2])
    assert torch.autograd.gradcheck(vae.kl_gaussians, parts)
    assert torch.autograd.gradcheck(vae.reparameterize, parts[:3])
    assert torch.autograd.gradcheck(vae.gaussian_log_likelihood, parts[:3])
    x = torch.sigmoid(_randn(9, 3, 2))
    assert torch.autograd.gradcheck(lambda logits: vae.bernoulli_log_likelihood(logits, x), parts[:1])


def test_the_gradient_of_the_elbo_reaches_every_parameter():
    torch.manual_seed(0)
    model = vae.VAE(6, 5, 2).double()
    x, eps = (_randn(1, 4, 6) > 0).double(), _randn(2, 4, 2)
    vae.elbo(model, x, eps).mean().backward()
    for parameter in model.parameters():
        flat = parameter.data.view(-1)
        index = int(parameter.grad.abs().argmax())
        assert parameter.grad.abs().max() > 0
        values = []
        for step in (1e-6, -2e-6):
            flat[index] += step
            values.append(vae.elbo(model, x, eps).mean().item())
        flat[index] += 1e-6
        assert (values[0] - values[1]) / 2e-6 == pytest.approx(
            parameter.grad.view(-1)[index].item(), rel=1e-5
        )


@pytest.mark.parametrize(("D", "L"), [(2, 1), (5, 2), (6, 5)])
def test_the_linear_vae_is_scikit_learns_probabilistic_pca(D, L):
    X = _randn(7, 60, D) @ _randn(8, D, D) + 3
    parts = vae.vae_from_pca(X, L)
    assert [tuple(part.shape) for part in parts] == [(D, L), (D,), (), (L, D), (L,)]
    model = vae.LinearVAE(*parts)
    expected = torch.tensor(PCA(L, svd_solver="full").fit(X.numpy()).score_samples(X.numpy()))
    # With the exact posterior every importance weight is p(x), whatever the noise.
    for K in (1, 5):
        torch.testing.assert_close(
            vae.iwae_bound(model, X, _randn(9, K, len(X), L)).detach(), expected, rtol=1e-9, atol=1e-9
        )
    # Points at +- sqrt(L) e_l have a standard normal's first two moments: exact for a quadratic.
    points = math.sqrt(L) * torch.cat([torch.eye(L), -torch.eye(L)]).double()
    bounds = torch.stack([vae.elbo(model, X, point.expand(len(X), L)) for point in points])
    torch.testing.assert_close(bounds.mean(0).detach(), expected, rtol=1e-9, atol=1e-9)


def test_iwae_climbs_from_the_elbo_to_the_evidence():
    model = _linear(11, widen=1.5)
    x = _randn(12, 1, 3).expand(400, 3)
    exact = _linear(11)
    truth = vae.iwae_bound(exact, x[:1], torch.zeros(1, 1, 2).double()).item()
    with torch.no_grad():
        bounds = [
            vae.iwae_bound(model, x, _randn(K, K, 400, 2, scale=1.0)).mean().item() for K in (1, 10, 200)
        ]
        lower = vae.elbo(model, x, _randn(1, 400, 2)).mean().item()
    assert bounds[0] == pytest.approx(lower, abs=0.5)
    assert lower + 0.3 < bounds[1] < bounds[2] < truth + 0.05
    assert bounds[2] == pytest.approx(truth, abs=0.1)


def test_iwae_stays_in_logarithms():
    class Far:
        def encode(self, x):
            return torch.zeros(len(x), 1), torch.zeros(len(x), 1)

        def log_likelihood(self, z, x):
            return torch.full((len(x),), -5000.0)

    bound = vae.iwae_bound(Far(), torch.zeros(2, 3), torch.zeros(4, 2, 1))
    assert bound.tolist() == [-5000.0, -5000.0]


def test_beta_weighs_the_divergence_only():
    model, x, eps = _linear(13), _randn(14, 4, 3), _randn(15, 4, 2)
    mu, logvar = model.encode(x)
    kl = vae.kl_diagonal_gaussian(mu, logvar)
    torch.testing.assert_close(vae.elbo(model, x, eps, beta=3.0), vae.elbo(model, x, eps) - 2 * kl)


@pytest.mark.parametrize("N", [1, 5])
def test_models_compute_what_their_layers_say(N):
    torch.manual_seed(1)
    model, x, eps = vae.VAE(6, 4, 2), torch.rand(N, 6).round(), torch.randn(N, 2)
    logits, mu, logvar = model(x, eps)
    assert (logits.shape, mu.shape, logvar.shape) == ((N, 6), (N, 2), (N, 2))
    torch.testing.assert_close(logits, model.decode(mu + torch.exp(logvar / 2) * eps))
    torch.testing.assert_close(
        model.log_likelihood(eps, x), vae.bernoulli_log_likelihood(model.decode(eps), x)
    )
    told = vae.CVAE(6, 4, 2, 3)
    y = torch.eye(3)[torch.arange(N) % 3]
    mu, logvar = told.encode(x, y)
    assert (mu.shape, logvar.shape) == ((N, 2), (N, 2))
    assert told.decode(eps, y).shape == (N, 6)
    assert not torch.equal(told.decode(eps, y), told.decode(eps, y.roll(1, 1)))
    assert not torch.equal(mu, told.encode(x, y.roll(1, 1))[0])
    torch.testing.assert_close(
        told.log_likelihood(eps, x, y), vae.bernoulli_log_likelihood(told.decode(eps, y), x)
    )


def test_training_is_repeatable_and_leaves_the_global_generator_alone():
    X = vae.digits()[0][:200]
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(0)
        model = vae.VAE(64, 8, 2)
        torch.manual_seed(len(states))
        before = torch.get_rng_state()
        history = vae.train(model, X, epochs=3, seed=seed)
        assert torch.equal(before, torch.get_rng_state())
        assert len(history) == 3 and all(isinstance(value, float) for value in history)
        assert history[-1] > history[0]
        states.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_the_history_counts_every_row_once():
    X = torch.rand(10, 3, dtype=torch.float64)
    zeros = [torch.zeros(shape, dtype=torch.float64) for shape in [(3, 1), (3,), (1, 3), (1,)]]
    model = vae.LinearVAE(zeros[0], zeros[1], torch.tensor(1.0).double(), zeros[2], zeros[3])
    expected = vae.gaussian_log_likelihood(X, torch.zeros_like(X), torch.zeros_like(X)).mean().item()
    assert vae.train(model, X, epochs=2, batch_size=4, lr=0.0) == pytest.approx([expected] * 2)


def test_the_trained_model_of_the_digits_beats_its_bound_and_a_checkpoint_is_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vae.trained_digits.cache_clear()
    model = vae.trained_digits()
    X = vae.digits()[1]
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        bounds = [vae.elbo(model, X, torch.randn(len(X), 2, generator=generator)) for _ in range(20)]
    assert -torch.stack(bounds).mean() < 21.5
    torch.save(model.state_dict(), "vae_digits.pt")
    vae.trained_digits.cache_clear()
    again = vae.trained_digits()
    vae.trained_digits.cache_clear()
    assert again is not model
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_training_on_a_gpu_agrees_and_ends_on_the_cpu():
    torch.manual_seed(0)
    model = vae.VAE(64, 32, 2)
    history = vae.train(model, vae.digits()[0], epochs=5)
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}
    assert history[-1] > history[0]


def test_digits_are_black_and_white_and_split():
    X_train, X_test, y_train, y_test = vae.digits()
    assert len(X_train) + len(X_test) == len(y_train) + len(y_test) == 1797
    assert X_train.unique().tolist() == [0.0, 1.0]
    assert X_train.shape[1] == X_test.shape[1] == 64
    assert sorted(y_test.unique().tolist()) == list(range(10))


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_divergences_are_never_negative_and_vanish_only_where_both_agree(seed, L):
    mu, logvar = _randn(seed, 3, L, scale=2), _randn(seed + 1, 3, L, scale=2)
    assert (vae.kl_diagonal_gaussian(mu, logvar) >= 0).all()
    torch.testing.assert_close(
        vae.kl_gaussians(mu, logvar, torch.zeros_like(mu), torch.zeros_like(mu)),
        vae.kl_diagonal_gaussian(mu, logvar),
    )
    torch.testing.assert_close(vae.kl_gaussians(mu, logvar, mu, logvar), torch.zeros(3).double())


@given(st.integers(0, 10_000), st.integers(2, 9))
def test_interpolation_is_straight_and_even(seed, steps):
    z0, z1 = _randn(seed, 3), _randn(seed + 1, 3)
    line = vae.interpolate(z0, z1, steps)
    assert torch.equal(line[0], z0) and torch.equal(line[-1], z1)
    torch.testing.assert_close(line.diff(dim=0), ((z1 - z0) / (steps - 1)).expand(steps - 1, 3))


def test_arguments_are_left_as_they_were():
    X, before = _randn(21, 9, 4), _randn(21, 9, 4)
    vae.vae_from_pca(X, 2)
    mu, logvar = X[:, :2].clone(), X[:, 2:].clone()
    vae.reparameterize(mu, logvar, mu)
    vae.kl_diagonal_gaussian(mu, logvar)
    assert torch.equal(X, before)
    assert torch.equal(torch.cat([mu, logvar], 1), before)


def test_the_derivation_agrees_with_integrals_and_derivatives():
    steps = vae.derive_kl()
    z, mu, v = sp.Symbol("z", real=True), sp.Symbol("mu", real=True), sp.Symbol("v", positive=True)
    assert len({sp.simplify(step) for step in steps.values()}) == 5
    for m, variance in [(0.7, 0.3), (-1.5, 2.2)]:
        at = {mu: m, v: variance}
        q = stats.norm(m, math.sqrt(variance))
        for name, log_p in [("E_log_q", q.logpdf), ("E_log_p", stats.norm.logpdf)]:
            exact = integrate.quad(lambda t, f=log_p, q=q: q.pdf(t) * f(t), -15, 15)[0]
            assert float(steps[name].subs(at)) == pytest.approx(exact, rel=1e-8)
        ratio = float(steps["log_ratio"].subs({**at, z: 0.4}))
        assert ratio == pytest.approx(q.logpdf(0.4) - stats.norm.logpdf(0.4))
    assert sp.simplify(steps["kl"] - (steps["E_log_q"] - steps["E_log_p"])) == 0
    assert sp.simplify(steps["slope_logvar"] - v * sp.diff(steps["kl"], v)) == 0


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: vae.parameter_count([(3, 0)]), "layers"),
        (lambda: vae.bernoulli_log_likelihood(torch.zeros(2, 1), torch.zeros(2, 3)), "logits"),
        (lambda: vae.gaussian_log_likelihood(torch.zeros(2), torch.zeros(2), torch.zeros(1)), "logvar"),
        (lambda: vae.kl_diagonal_gaussian(torch.zeros(2, 3), torch.zeros(3)), "mu"),
        (lambda: vae.vae_from_pca(torch.zeros(5, 3), 3), "latent"),
        (lambda: vae.train(vae.VAE(2, 2, 1), torch.full((3, 2), 16.0)), "X"),
        (lambda: vae.iwae_bound(_linear(0), torch.zeros(2, 3), torch.zeros(2, 2)), "eps"),
        (lambda: vae.interpolate(torch.zeros(2), torch.ones(2), 1), "steps"),
    ],
)
def test_bad_input_names_the_argument(call, named):
    with pytest.raises(ValueError, match=named):
        call()
