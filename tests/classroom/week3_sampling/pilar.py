# %% question="expectation"
def expectation(f, values, pmf):
    values = np.asarray(values, dtype=float)
    pmf = np.asarray(pmf, dtype=float)
    if np.any(pmf < 0) or not np.isclose(pmf.sum(), 1, rtol=0, atol=1e-8):
        raise ValueError("pmf is not a distribution")
    keep = pmf > 0
    return float(pmf[keep] @ f(values[keep]))


# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate must be positive")
    u = rng.random(n)
    return -np.log1p(-u) / rate


# %% question="box_muller"
def box_muller(rng, n):
    half = (n + 1) // 2
    u1, u2 = 1 - rng.random(half), rng.random(half)
    z = np.sqrt(-2 * np.log(u1)) * np.exp(2j * np.pi * u2)
    return np.concatenate([z.real, z.imag])[:n]


# %% question="importance_estimate"
def importance_estimate(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x, dtype=float)
    log_w = log_p(x) - log_q(x)
    if not self_normalised:
        return float((np.exp(log_w) * f(x)).mean())
    biggest = log_w.max()
    if biggest == -np.inf:
        raise ValueError("all weights are zero")
    w = np.exp(log_w - biggest)
    return float((w * f(x)).sum() / w.sum())


# %% question="importance_ess"
def importance_ess(log_w):
    log_w = np.asarray(log_w, dtype=float)
    if np.all(np.isneginf(log_w)):
        raise ValueError("all weights are zero")
    w = np.exp(log_w - log_w.max())
    return float(w.sum() ** 2 / (w @ w))
