# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x) >= 0
    return np.where(accepted, y, x), accepted
