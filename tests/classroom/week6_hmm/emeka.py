# %% question="pairwise_posterior"
def pairwise_posterior(log_alpha, log_beta, log_A, log_lik):
    K = len(log_A)
    if len(log_alpha) == 1:
        return np.zeros((0, K, K))
    pairs = []
    for t in range(len(log_alpha) - 1):
        table = np.reshape(log_alpha[t], (K, 1)) + np.array(log_A) + np.add(log_lik[t + 1], log_beta[t + 1])
        total = np.logaddexp.reduce(table.ravel())
        if total == -np.inf:
            raise ValueError("impossible")
        pairs.append(np.exp(table - total).tolist())
    return pairs


# %% question="viterbi"
def viterbi(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.array(part, dtype=float) for part in (log_pi, log_A, log_lik))
    K = len(log_pi)
    best = log_pi + log_lik[0]
    paths = [None] * K
    for lik in log_lik[1:]:
        scores = best + log_A.T
        choice = scores.argmax(axis=1)
        paths = [(paths[i], int(i)) for i in choice]
        best = scores[range(K), choice] + lik
    end = int(best.argmax())
    path, chain = [end], paths[end]
    while chain is not None:
        chain, state = chain
        path.append(state)
    return path[::-1], best[end]


# %% question="fit"
def fit(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        params, value = baum_welch_step(sequences, params)
        history.append(value)
        if len(history) >= 2 and abs(history[-2] - history[-1]) < tol:
            return tuple(params), history
    return tuple(params), history
