# %% question="gaussian_loglik"
from scipy import stats


def gaussian_loglik(x, mu, sigma_sq):
    if np.ndim(x) != 1 or sigma_sq <= 0:
        raise ValueError("x (N,) and a positive variance")
    return np.array(stats.norm.logpdf(x, mu, sigma_sq**0.5).sum())


# %% question="gaussian_mle"
def gaussian_mle(x):
    if np.ndim(x) != 1 or np.size(x) == 0:
        raise ValueError("x (N,) with N >= 1")
    mu, sd = stats.norm.fit(x)
    return [mu, sd**2]


# %% question="derive_gaussian_mle"
def derive_gaussian_mle():
    mu, s1, s2, v, n = sp.symbols("mu s1 s2 sigma_sq n", positive=True)
    ll = -n * sp.log(sp.sqrt(2 * sp.pi * v)) - (s2 - 2 * mu * s1 + n * mu**2) / (2 * v)
    slope_mu, slope_v = sp.diff(ll, mu), sp.diff(ll, v)
    mu_hat = sp.solve(slope_mu, mu)[0]
    return dict(
        log_likelihood=ll,
        slope_mu=slope_mu,
        mu_hat=mu_hat,
        slope_sigma_sq=slope_v,
        sigma_sq_hat=sp.solve(slope_v.subs(mu, mu_hat), v)[0],
    )


# %% plot="likelihood_surface"
M, S = np.meshgrid(np.linspace(850, 990, 50), np.linspace(130, 230, 50))
Z = stats.norm.logpdf(flow[:, None, None], M, S).sum(0)
cs = plt.contour(M, S, Z - Z.max(), levels=[-8, -4, -2, -1, -0.5])
plt.clabel(cs)
plt.scatter(*stats.norm.fit(flow), marker="*", label="peak")
plt.xlabel("mu in 1e8 m3/year")
plt.ylabel("sigma in 1e8 m3/year")
_ = plt.legend()

# %% [markdown] answer="reading_the_surface"
# In $\mu$ symmetric (a parabola), in $\sigma$ skewed: too small is worse than too large. Four times the data give half the width, since the log likelihood is a sum
# with four times the terms. A mixture of two regimes would do better; one Gaussian takes their mean and a larger $\sigma$, and its likelihood alone cannot complain.

# %% question="bernoulli_mle"
def bernoulli_mle(x):
    if np.ndim(x) != 1 or np.size(x) == 0 or not set(np.unique(x)) <= {0, 1}:
        raise ValueError("x (N,) of 0 and 1")
    return np.average(x)


# %% question="categorical_mle"
def categorical_mle(x, K):
    if np.ndim(x) != 1 or np.size(x) == 0 or not set(np.unique(x)) <= set(range(K)):
        raise ValueError("x (N,) of 0..K-1")
    counts, _ = np.histogram(x, bins=np.arange(K + 1) - 0.5)
    return counts / counts.sum()


# %% question="poisson_mle"
def poisson_mle(x):
    if np.ndim(x) != 1 or np.size(x) == 0 or np.min(x) < 0:
        raise ValueError("x (N,) of counts")
    return stats.describe(x).mean if np.size(x) > 1 else x[0]


# %% question="derive_bernoulli_mle"
def derive_bernoulli_mle():
    theta, n, s = sp.symbols("theta n s", positive=True)
    ll = sp.log(theta**s * (1 - theta) ** (n - s))
    slope = sp.diff(ll, theta)
    return dict(
        log_likelihood=ll,
        slope=slope,
        theta_hat=sp.solve(slope, theta)[0],
        curvature=sp.diff(slope, theta),
        fisher_information=-sp.diff(slope, theta).subs(s, n * theta),
    )


# %% question="exponential_mle"
def exponential_mle(x):
    if np.ndim(x) != 1 or np.size(x) == 0 or np.min(x) < 0:
        raise ValueError("x (N,) of waiting times")
    return np.divide(1.0, np.mean(x))


# %% question="derive_exponential_mle"
def derive_exponential_mle():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    ll = n * sp.log(rate) - rate * s1
    hat = sp.solve(sp.diff(ll, rate), rate)[0]
    curvature = sp.diff(ll, rate, 2).subs(rate, hat)
    return dict(
        log_likelihood=ll,
        slope=sp.diff(ll, rate),
        rate_hat=hat,
        curvature_at_hat=curvature,
        standard_error=(-curvature) ** sp.Rational(-1, 2),
    )


# %% question="fisher_information"
def fisher_information(family, theta):
    upper = {"bernoulli": 1, "poisson": np.inf, "exponential": np.inf}.get(family)
    if upper is None or not 0 < theta < upper:
        raise ValueError("no such family or parameter")
    if family == "exponential":
        return 1 / stats.expon(scale=theta).var()
    return 1 / getattr(stats, family)(theta).var()


# %% question="uniform_mle"
def uniform_mle(x):
    if np.ndim(x) != 1 or np.size(x) == 0 or np.min(x) < 0:
        raise ValueError("x (N,), not negative")
    return np.quantile(x, 1.0)


# %% [markdown] answer="uniform_without_derivative"
# $L(\theta) = \theta^{-N} [\theta \ge x_{(N)}]$. Zero below the largest order statistic, decreasing above: the maximum is $x_{(N)}$, at a jump.
# $F(t) = (t/\theta)^N$, so $E = N\theta/(N+1)$, biased.

# %% question="mvn_mle"
def mvn_mle(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("X (N, D)")
    return X.mean(0), np.atleast_2d(np.cov(X, rowvar=False, bias=True))


# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = np.array(X, dtype=float), np.array(mu, dtype=float), np.array(Sigma, dtype=float)
    if X.ndim != 2 or mu.shape != X.shape[1:] or Sigma.shape != (mu.size, mu.size):
        raise ValueError("X (N, D), mu (D,), Sigma (D, D)")
    return stats.multivariate_normal(mu, Sigma).logpdf(X).reshape(len(X)) if len(X) else np.zeros(0)


# %% question="cross_entropy_bits"
def cross_entropy_bits(p, q):
    p, q = np.array(p, dtype=float), np.array(q, dtype=float)
    if p.ndim != 1 or p.shape != q.shape or min(p.min(), q.min()) < 0:
        raise ValueError("p, q (K,)")
    if not np.allclose([p.sum(), q.sum()], 1):
        raise ValueError("p and q have to sum to 1")
    return stats.entropy(p, base=2) + stats.entropy(p, q, base=2)
