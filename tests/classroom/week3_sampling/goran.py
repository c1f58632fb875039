# %% question="mh_chain"
def mh_chain(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x, draws, flags = np.asarray(x0), [], []
    for _ in range(n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        draws.append(x)
        flags.append(accepted)
    return np.array(draws), np.mean(flags, axis=0)
