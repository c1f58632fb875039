# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    return a + sum(x), b + len(x) - sum(x)


# %% question="derive_beta_bernoulli"
def derive_beta_bernoulli():
    theta, a, b, n, s = sp.symbols("theta a b n s")
    return {
        "log_likelihood": s * sp.log(theta) + (n - s) * sp.log(1 - theta),
        # I know the normaliser belongs here but not how to write it
        "log_joint": (s + a - 1) * sp.log(theta) + (n - s + b - 1) * sp.log(1 - theta),
        "posterior_mean": (a + s) / (a + b + n),
    }


# %% question="dirichlet_update"
def dirichlet_update(alpha, counts):
    return np.array(alpha) + np.array(counts)


# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x):
    w0 = 1 / tau0_sq
    w = len(x) / sigma_sq
    return (w0 * mu0 + w * np.mean(x)) / (w0 + w), 1 / (w0 + w)
