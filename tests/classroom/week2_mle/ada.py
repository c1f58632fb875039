# %% question="gaussian_loglik"
def gaussian_loglik(x, mu, sigma_sq):
    x = np.array(x, dtype=float)
    if x.ndim != 1:
        raise ValueError("x has to be one-dimensional")
    if not sigma_sq > 0:
        raise ValueError("sigma_sq has to be positive")
    return np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * np.log(sigma_sq) - (x - mu) ** 2 / sigma_sq / 2)


# %% question="gaussian_mle"
def gaussian_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or len(x) == 0:
        raise ValueError("x has to be a list of at least one number")
    return np.mean(x), np.var(x)


# %% question="derive_gaussian_mle"
def derive_gaussian_mle():
    mu, s1, s2 = sp.symbols("mu s1 s2", real=True)
    v, n = sp.symbols("sigma_sq n", positive=True)
    ll = -n * sp.log(2 * sp.pi * v) / 2 - (s2 - 2 * mu * s1 + n * mu**2) / (2 * v)
    mu_hat = s1 / n
    return {
        "log_likelihood": ll,
        "slope_mu": sp.diff(ll, mu),
        "mu_hat": mu_hat,
        "slope_sigma_sq": sp.diff(ll, v),
        "sigma_sq_hat": (s2 - n * mu_hat**2) / n,
    }


# %% plot="likelihood_surface"
m = np.linspace(850, 990, 80)
s = np.linspace(130, 230, 80)
top = gaussian_loglik(flow, *gaussian_mle(flow))
Z = [[gaussian_loglik(flow, mi, si**2) - top for mi in m] for si in s]
fig, ax = plt.subplots()
ax.clabel(ax.contour(m, s, Z, levels=[-8, -4, -2, -1, -0.5], cmap="viridis"))
ax.plot(flow.mean(), flow.std(), "kx", label="maximum likelihood")
ax.set(xlabel="mu (10^8 m^3 a year)", ylabel="sigma (10^8 m^3 a year)", title="Nile: log likelihood minus its maximum")
_ = ax.legend()

# %% [markdown] answer="reading_the_surface"
# Left and right of $\hat\mu$ the map is a mirror image: only $(\mu-\hat\mu)^2$ enters. Up and down it is not: going to a small $\sigma$ costs more,
# because the squares are divided by a small number, while a large one costs only its logarithm. With four times the data all differences
# are four times as large, so each contour has half the width. Two regimes: the one Gaussian puts its mean between them (919) and makes $\sigma$ wider
# (168 instead of about 130). The maximum says which Gaussian is best, not whether a Gaussian, or one for all years, is good.

# %% question="bernoulli_mle"
def bernoulli_mle(x):
    x = np.array(x)
    if x.ndim != 1 or len(x) == 0 or not np.all((x == 0) | (x == 1)):
        raise ValueError("x has to hold zeros and ones")
    return np.mean(x)


# %% question="categorical_mle"
def categorical_mle(x, K):
    x = np.array(x)
    if x.ndim != 1 or len(x) == 0 or x.min() < 0 or x.max() >= K:
        raise ValueError("x has to hold categories 0..K-1")
    return np.bincount(x, minlength=K) / len(x)


# %% question="poisson_mle"
def poisson_mle(x):
    x = np.array(x)
    if x.ndim != 1 or len(x) == 0 or np.any(x < 0):
        raise ValueError("x has to hold counts")
    return np.mean(x)


# %% question="derive_bernoulli_mle"
def derive_bernoulli_mle():
    theta, n, s = sp.symbols("theta n s", positive=True)
    ll = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    second = sp.diff(ll, theta, 2)
    return {
        "log_likelihood": ll,
        "slope": sp.diff(ll, theta),
        "theta_hat": s / n,
        "curvature": second,
        "fisher_information": sp.simplify(-second.subs(s, n * theta)),
    }


# %% question="exponential_mle"
def exponential_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or len(x) == 0 or np.any(x < 0):
        raise ValueError("x has to hold waiting times")
    if x.mean() == 0:
        return np.inf
    return 1 / x.mean()


# %% question="derive_exponential_mle"
def derive_exponential_mle():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    return {
        "log_likelihood": n * sp.log(rate) - rate * s1,
        "slope": n / rate - s1,
        "rate_hat": n / s1,
        "curvature_at_hat": -n / (n / s1) ** 2,
        "standard_error": (n / s1) / sp.sqrt(n),
    }


# %% question="fisher_information"
def fisher_information(family, theta):
    if theta <= 0 or (family == "bernoulli" and theta >= 1):
        raise ValueError("theta is outside its range")
    if family == "bernoulli":
        return 1 / (theta * (1 - theta))
    if family == "poisson":
        return 1 / theta
    if family == "exponential":
        return 1 / theta**2
    raise ValueError("I do not know this family")


# %% question="uniform_mle"
def uniform_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or len(x) == 0 or np.any(x < 0):
        raise ValueError("x has to lie between 0 and theta")
    return np.max(x)


# %% [markdown] answer="uniform_without_derivative"
# 1. $L(\theta) = \theta^{-N}$ if $\theta \ge \max x_n$, else 0, because one observation above $\theta$ is impossible and makes the product 0.
# 2. $\theta^{-N}$ falls everywhere, so I want the smallest $\theta$ that is allowed: $\hat\theta = \max x_n$. The slope $-N\theta^{-N-1}$ is never 0 there, and at
#    the maximum itself $L$ jumps, so it has no derivative.
# 3. $p(\hat\theta \le t) = p(\text{all } x_n \le t) = (t/\theta)^N$. Its density is $N t^{N-1}/\theta^N$, the mean $\theta N/(N+1)$: biased, too small.

# %% question="mvn_mle"
def mvn_mle(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("X has to be N by D")
    mu = X.mean(axis=0)
    return mu, (X - mu).T @ (X - mu) / X.shape[0]


# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = np.array(X, dtype=float), np.array(mu, dtype=float), np.array(Sigma, dtype=float)
    if X.ndim != 2 or mu.shape != (X.shape[1],) or Sigma.shape != (len(mu), len(mu)):
        raise ValueError("shapes do not fit")
    L = np.linalg.cholesky(Sigma)
    z = np.linalg.solve(L, (X - mu).T)
    return -0.5 * len(mu) * np.log(2 * np.pi) - np.log(np.diag(L)).sum() - 0.5 * (z**2).sum(axis=0)


# %% question="cross_entropy_bits"
def cross_entropy_bits(p, q):
    p, q = np.array(p, dtype=float), np.array(q, dtype=float)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError("p and q have to have the same length")
    for d in (p, q):
        if np.any(d < 0) or abs(d.sum() - 1) > 1e-8:
            raise ValueError("not a distribution")
    if np.any((q == 0) & (p > 0)):
        return np.inf
    some = p > 0
    return -np.sum(p[some] * np.log2(q[some]))
