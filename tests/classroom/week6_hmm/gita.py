# %% question="forward"
def forward(log_pi, log_A, log_lik):
    pi, A, lik = np.exp(log_pi), np.exp(log_A), np.exp(log_lik)
    if A.shape != (len(pi), len(pi)) or lik.ndim != 2 or lik.shape[1] != len(pi) or len(lik) == 0:
        raise ValueError("shapes")
    alpha = np.zeros(lik.shape)
    alpha[0] = pi * lik[0]
    for t in range(1, len(lik)):
        alpha[t] = (alpha[t - 1] @ A) * lik[t]
    if alpha[-1].sum() == 0:
        raise ValueError("impossible")
    return np.log(alpha), np.log(alpha[-1].sum())


# %% question="viterbi"
def viterbi(log_pi, log_A, log_lik):
    pi, A, lik = np.exp(log_pi), np.exp(log_A), np.exp(log_lik)
    delta = pi * lik[0]
    pointers = [np.zeros(len(pi), dtype=int)]
    for t in range(1, len(lik)):
        scores = delta[:, None] * A
        pointers.append(scores.argmax(axis=0))
        delta = scores.max(axis=0) * lik[t]
    path = [int(delta.argmax())]
    for t in range(len(lik) - 1, 0, -1):
        path.append(int(pointers[t][path[-1]]))
    return np.array(path[::-1]), np.log(delta.max())
