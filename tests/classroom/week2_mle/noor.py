# %% question="derive_gaussian_mle"
def derive_gaussian_mle():
    mu, s1, s2, v, n = sp.symbols("mu s1 s2 sigma_sq n", positive=True)
    squares = s2 - 2 * mu * s1 + n * mu**2
    return {
        "log_likelihood": -n / 2 * sp.log(2 * sp.pi * v) - squares / (2 * v),
        "slope_mu": (s1 - n * mu) / v,
        "mu_hat": s1 / n,
        "slope_sigma_sq": -n / sp.sqrt(v) + squares / v ** sp.Rational(3, 2),
        "sigma_sq_hat": (s2 - s1**2 / n) / (n - 1),
    }
