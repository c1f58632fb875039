# %% question="forward"
def forward(log_pi, log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    K = len(log_pi)
    if log_A.shape != (K, K):
        raise ValueError("log_A should be (K, K)")
    if log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("log_lik should be (T, K)")
    log_alpha = [log_lik[0] - np.log(K)]
    for lik in log_lik[1:]:
        log_alpha.append(np.logaddexp.reduce(log_alpha[-1][:, None] + log_A, axis=0) + lik)
    log_p = np.logaddexp.reduce(log_alpha[-1])
    if log_p == -np.inf:
        raise ValueError("impossible")
    return np.array(log_alpha), log_p
