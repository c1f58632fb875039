# %% question="rejection_sample"
def rejection_sample(rng, log_p, propose, log_q, log_M, n):
    x, proposed = np.zeros(0), 0
    while len(x) < n:
        y = propose(rng, n)
        log_ratio = log_p(y) - log_q(y) - log_M
        if (log_ratio > 1e-9).any():
            raise ValueError("M too small")
        x = np.concatenate([x, y[np.log(1 - rng.random(n)) < log_ratio]])
        proposed += n
    return x[:n], n / proposed
