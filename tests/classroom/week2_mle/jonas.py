# %% question="exponential_mle"
def exponential_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or len(x) == 0 or np.any(x < 0):
        raise ValueError("x has to hold waiting times")
    return x.mean()


# %% question="derive_exponential_mle"
def derive_exponential_mle():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    return {
        "log_likelihood": n * sp.log(rate) - rate * s1,
        "slope": n / rate - s1,
        "rate_hat": s1 / n,
        "curvature_at_hat": -n / (s1 / n) ** 2,
        "standard_error": (s1 / n) / sp.sqrt(n),
    }


# %% question="fisher_information"
def fisher_information(family, theta):
    if theta <= 0 or (family == "bernoulli" and theta >= 1):
        raise ValueError("theta")
    if family == "bernoulli":
        return 1 / (theta * (1 - theta))
    if family == "poisson":
        return 1 / theta
    if family == "exponential":
        return theta**2
    raise ValueError("family")
