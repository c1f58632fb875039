# %% question="gaussian_loglik"
def flat(x, low=-np.inf):
    """The data as a checked array: every answer of mine begins with it."""
    values = np.array(x, dtype=float)
    if values.ndim != 1:
        raise ValueError("one dimension only")
    if values.size and values.min() < low:
        raise ValueError(f"nothing below {low}")
    return values


def gaussian_loglik(x, mu, sigma_sq):
    if sigma_sq <= 0:
        raise ValueError("variance must be positive")
    z = (flat(x) - mu) / np.sqrt(sigma_sq)
    return -0.5 * (z @ z) - z.size * (0.5 * np.log(2 * np.pi) + np.log(np.sqrt(sigma_sq)))


# %% after="gaussian_loglik"
def some(x, low=-np.inf):
    values = flat(x, low)
    if not values.size:
        raise ValueError("no data")
    return values


print("trying:", gaussian_loglik([1, 2, 3], 2, 1))

# %% question="gaussian_mle"
def gaussian_mle(x):
    # Welford's algorithm: one pass, and no cancellation
    mean = scatter = 0.0
    for n, value in enumerate(some(x), start=1):
        delta = value - mean
        mean += delta / n
        scatter += delta * (value - mean)
    return mean, scatter / n


# %% after="gaussian_mle"
print("trying:", gaussian_mle([2, 4]))

# %% question="derive_gaussian_mle"
def derive_gaussian_mle():
    mu, s1, s2, v, n = sp.symbols("mu s1 s2 sigma_sq n")
    mean, mean_sq = s1 / n, s2 / n
    average = mean_sq - 2 * mu * mean + mu**2
    return {
        "log_likelihood": -n / 2 * (sp.log(2 * sp.pi * v) + average / v),
        "slope_mu": n * (mean - mu) / v,
        "mu_hat": mean,
        "slope_sigma_sq": n / (2 * v**2) * (average - v),
        "sigma_sq_hat": mean_sq - mean**2,
    }


# %% plot="likelihood_surface"
fig, ax = plt.subplots()
grid_m, grid_s = np.linspace(850, 990, 40), np.linspace(130, 230, 40)
height = np.array([[gaussian_loglik(flow, a, b * b) for a in grid_m] for b in grid_s]) - best
ax.clabel(ax.contour(grid_m, grid_s, height, [-8, -4, -2, -1, -0.5], linestyles="dashed", colors="navy"))
ax.annotate("maximum", (mu_hat, np.sqrt(sigma_sq_hat)))
ax.set_xlabel("mean (10^8 cubic metres a year)")
_ = ax.set_ylabel("sd (10^8 cubic metres a year)")

# %% [markdown] answer="reading_the_surface"
# The contours are ellipses that are a little fat at the top: symmetric for the mean, not for the sd. Small sd is punished by the squares, large sd by the log only.
# Four times as many years would shrink them by two. One Gaussian lies between the regimes and is too wide for both; the likelihood only compares what we
# put on the axes.

# %% question="bernoulli_mle"
def bernoulli_mle(x):
    x = some(x, low=0)
    if ((x != 0) & (x != 1)).any():
        raise ValueError("0 or 1")
    return np.count_nonzero(x) / x.size


# %% question="categorical_mle"
def categorical_mle(x, K):
    x = some(x, low=0)
    one_hot = x[:, None] == np.arange(K)
    if not one_hot.any(axis=1).all():
        raise ValueError("category out of range")
    return one_hot.mean(axis=0)


# %% question="poisson_mle"
def poisson_mle(x):
    return some(x, low=0).mean()


# %% question="derive_bernoulli_mle"
def derive_bernoulli_mle():
    theta, n, s = sp.symbols("theta n s")
    share = s / n
    return {
        "log_likelihood": n * (share * sp.log(theta) + (1 - share) * sp.log(1 - theta)),
        "slope": n * (share - theta) / (theta * (1 - theta)),
        "theta_hat": share,
        "curvature": -n * (share / theta**2 + (1 - share) / (1 - theta) ** 2),
        "fisher_information": n / (theta - theta**2),
    }


# %% question="exponential_mle"
def exponential_mle(x):
    mean_wait = some(x, low=0).mean()
    with np.errstate(divide="ignore"):
        return 1 / mean_wait


# %% question="derive_exponential_mle"
def derive_exponential_mle():
    rate, n, s1 = sp.symbols("rate n s1")
    hat = n / s1
    return {
        "log_likelihood": n * (sp.log(rate) - rate / hat),
        "slope": n * (1 / rate - 1 / hat),
        "rate_hat": hat,
        "curvature_at_hat": -n / hat**2,
        "standard_error": hat / sp.sqrt(n),
    }


# %% question="fisher_information"
def fisher_information(family, theta):
    table = {
        "bernoulli": lambda t: 1 / (t - t * t) if t < 1 else None,
        "poisson": lambda t: 1 / t,
        "exponential": lambda t: t**-2.0,
    }
    if family not in table or theta <= 0:
        raise ValueError("family or theta")
    value = table[family](theta)
    if value is None:
        raise ValueError("theta >= 1")
    return value


# %% question="uniform_mle"
def uniform_mle(x):
    return np.sort(some(x, low=0))[-1]


# %% after="uniform_mle"
for attempt in ([1, 2], [5], [0.1, 0.2]):
    print("uniform", attempt, uniform_mle(attempt))

# %% [markdown] answer="uniform_without_derivative"
# The likelihood is $\theta^{-N}$ times "all observations are at most $\theta$". So it is zero until the largest observation, jumps up there, and then falls. The top of
# the jump is the maximum; the slope is negative to its right, zero (but $L=0$) to its left, undefined at it. All $x_n \le t$ with probability $(t/\theta)^N$, so
# $E\hat\theta = N/(N+1)\,\theta$.

# %% question="mvn_mle"
def mvn_mle(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or not X.size:
        raise ValueError("a table")
    mu = np.average(X, axis=0)
    return mu, np.einsum("ni,nj->ij", X - mu, X - mu) / len(X)


# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = (np.array(v, dtype=float) for v in (X, mu, Sigma))
    if X.ndim != 2 or mu.shape != (X.shape[1],) or Sigma.shape != (mu.size,) * 2:
        raise ValueError("shapes")
    variances, axes = np.linalg.eigh(Sigma)
    if variances[0] <= 0:
        raise ValueError("not positive definite")
    z = (X - mu) @ axes / np.sqrt(variances)
    return -0.5 * (np.log(2 * np.pi * 1.0) * mu.size + np.log(variances).sum() + (z * z).sum(axis=1))


# %% question="cross_entropy_bits"
def cross_entropy_bits(p, q):
    p, q = flat(p, low=0), flat(q, low=0)
    if p.size != q.size or not np.isclose(p.sum(), 1) or not np.isclose(q.sum(), 1):
        raise ValueError("two distributions over the same things")
    return special.entr(p).sum() / np.log(2) + special.rel_entr(p, q).sum() / np.log(2)
