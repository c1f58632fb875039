# %% question="forward"
def forward(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = log_pi.size
    if log_A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("the shapes do not fit")
    log_lik[0] += log_pi
    for t in range(1, len(log_lik)):
        log_lik[t] += np.logaddexp.reduce(log_lik[t - 1][:, None] + log_A, axis=0)
    log_p = np.logaddexp.reduce(log_lik[-1])
    if log_p == -np.inf:
        raise ValueError("impossible")
    return log_lik, log_p
