# %% question="forward"
def forward(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = log_pi.size
    if log_A.shape != (K, K):
        raise ValueError("log_A should be (K, K)")
    if log_lik.ndim != 2 or log_lik.shape[1] != K or log_lik.shape[0] == 0:
        raise ValueError("log_lik should be (T, K), T >= 1")
    log_alpha = np.empty(log_lik.shape)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        log_alpha[t] = np.logaddexp.reduce(log_A + log_alpha[t - 1], axis=1) + log_lik[t]
    log_p = np.logaddexp.reduce(log_alpha[-1])
    if np.isneginf(log_p):
        raise ValueError("impossible observations")
    return log_alpha, log_p
