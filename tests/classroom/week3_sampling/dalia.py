# %% after="expectation"
print("my scratch")


def log_uniforms(rng, shape):
    """log of uniform numbers in (0, 1]."""
    print("drawing", shape)
    return np.log(1 - rng.random(shape))


# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if not rate > 0:
        raise ValueError("rate")
    return -log_uniforms(rng, n) / rate


# %% question="box_muller"
def box_muller(rng, n):
    radius = np.sqrt(-2 * log_uniforms(rng, n))
    return radius * np.sin(2 * np.pi * rng.random(n))


# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.array(x, dtype=float)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        log_alpha = log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x)
    accepted = log_uniforms(rng, len(x)) <= np.nan_to_num(log_alpha, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    x[accepted] = y[accepted]
    return x, accepted
