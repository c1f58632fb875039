# %% after="mh_step"
steps_taken = 0
my_step = mh_step


# %% question="mh_chain"
def mh_chain(rng, x0, log_p, propose, log_q, n, burn_in=0):
    global steps_taken
    x, rows, flags = np.asarray(x0, dtype=float), [], []
    for _ in range(n + burn_in):
        steps_taken += 1
        x, moved = my_step(rng, x, log_p, propose, log_q)
        rows.append(x)
        flags.append(moved)
    return np.stack(rows[burn_in:]), np.stack(flags[burn_in:]).mean(axis=0)
