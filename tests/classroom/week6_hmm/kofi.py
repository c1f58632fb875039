# %% question="pairwise_posterior"
def pairwise_posterior(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik))
    table = log_alpha[:-1, :, None] + log_A + (log_lik[1:] + log_beta[1:])[:, None, :]
    if np.isneginf(table).all(axis=(1, 2)).any():
        raise ValueError("impossible")
    return np.exp(table)
