# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) - log_p(x)
    return np.where(accepted, y, x), accepted
