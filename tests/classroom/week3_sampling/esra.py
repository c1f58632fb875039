# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) + log_q(y, x) - log_p(x) - log_q(x, y)
    return np.where(accepted, y, x), accepted


# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate")
    return -np.log(1 - rng.random(n)) * rate
