# %% question="backward"
def backward(log_A, log_lik):
    log_A, log_lik = np.array(log_A, dtype=float), np.array(log_lik, dtype=float)
    beta = np.zeros(log_lik.shape)
    for t in range(len(log_lik) - 2, -1, -1):
        beta[t] = np.logaddexp.reduce(log_A + log_lik[t] + beta[t + 1], axis=1)
    return beta


# %% question="baum_welch_step"
def baum_welch_step(sequences, params):
    raise NotImplementedError()


# %% question="fit"
def fit(sequences, params, max_iter=100, tol=1e-6):
    raise NotImplementedError()
