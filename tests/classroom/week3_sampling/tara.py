# %% question="rejection_sample"
def rejection_sample(rng, log_p, propose, log_q, log_M, n):
    x = []
    while len(x) < n:
        y = propose(rng, 1)
        if False:
            x.append(y)
    return x, 1.0
