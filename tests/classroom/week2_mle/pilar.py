# %% question="gaussian_mle"
def gaussian_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or not len(x):
        raise ValueError("x")
    return x.mean(), (x**2).mean() - x.mean() ** 2  # E[x^2] - E[x]^2


# %% question="derive_gaussian_mle"
def derive_gaussian_mle():
    mu, s1, s2, v, n = sp.symbols("mu s1 s2 sigma_sq n", positive=True)
    return {
        "log_likelihood": -n / 2 * sp.log(2 * sp.pi * v) - (s2 - 2 * mu * s1 + n * mu**2) / (2 * v),
        "slope_mu": (s1 - n * mu) / v,
        "mu_hat": s1 / n,
        "slope_sigma_sq": None,
        "sigma_sq_hat": None,
    }


# %% question="exponential_mle"
def exponential_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or not len(x) or (x < 0).any():
        raise ValueError("x")
    return 1 / np.mean(x)


# %% question="uniform_mle"
def uniform_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or not len(x) or (x < 0).any():
        raise ValueError("x")
    return x.max()


# %% [markdown] answer="uniform_without_derivative"
# It is the maximum of the observations because a smaller theta is impossible and a larger one makes the density lower.

# %% question="mvn_mle"
def mvn_mle(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or not X.size:
        raise ValueError("X")
    return X.mean(axis=0), X.T @ X / len(X)
