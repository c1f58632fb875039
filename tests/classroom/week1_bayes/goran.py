# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    # theta^(a - 1 + s): the exponent is a - 1 + s
    s = np.sum(x)
    return a - 1 + s, b - 1 + len(x) - s


# %% question="derive_beta_bernoulli"
def derive_beta_bernoulli():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    likelihood = theta**s * (1 - theta) ** (n - s)
    prior = theta ** (a - 1) * (1 - theta) ** (b - 1) / sp.beta(a, b)
    evidence = sp.beta(a + s, b + n - s) / sp.beta(a, b)
    return {
        "log_likelihood": sp.log(likelihood),
        "log_joint": sp.log(likelihood * prior),
        "log_evidence": sp.log(evidence),
        "log_posterior": sp.log(likelihood * prior / evidence),
        "posterior_mean": (a + s - 1) / (a + b + n - 2),
    }


# %% question="log_evidence"
def log_evidence(a, b, x):
    s = np.sum(x)
    return special.betaln(a + s, b + len(x) - s) - special.betaln(a, b)
