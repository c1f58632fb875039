# %% question="sample"
def sample(rng, params, T):
    pi, A, B = (np.cumsum(np.exp(part), axis=-1) for part in params)
    u = rng.random((T, 2))
    states, obs = np.zeros(T, dtype=int), np.zeros(T, dtype=int)
    row = pi
    for t in range(T):
        states[t] = np.searchsorted(row, u[t, 0] * row[-1], side="right")
        obs[t] = np.searchsorted(B[states[t]], u[t, 1] * B[states[t], -1], side="right")
        row = A[states[t]]
    return states, obs


# %% question="forward"
def forward(log_pi, log_A, log_lik):
    log_pi, log_A = np.asarray(log_pi, dtype=float), np.asarray(log_A, dtype=float)
    log_lik = np.asarray(log_lik, dtype=float)
    if log_lik.shape[1:] != log_pi.shape or len(log_lik) < 1 or log_A.shape != log_pi.shape * 2:
        raise ValueError("log_A should be (K, K), log_lik (T, K) with T >= 1")
    A = np.exp(log_A)
    rows = [log_pi + log_lik[0]]
    with np.errstate(divide="ignore"):
        for lik in log_lik[1:]:
            top = rows[-1].max()
            if top == -np.inf:
                raise ValueError("these observations cannot happen")
            rows.append(np.log(np.exp(rows[-1] - top) @ A) + top + lik)
    value = special.logsumexp(rows[-1])
    if value == -np.inf:
        raise ValueError("these observations cannot happen")
    return np.stack(rows), value


# %% question="backward"
def backward(log_A, log_lik):
    A, log_lik = np.exp(log_A), np.asarray(log_lik, dtype=float)
    rows = [np.zeros(len(A))]
    with np.errstate(divide="ignore"):
        for lik in log_lik[:0:-1]:
            ahead = lik + rows[-1]
            top = ahead.max()
            rows.append(np.log(A @ np.exp(ahead - top)) + top if top > -np.inf else np.full(len(A), -np.inf))
    return np.stack(rows[::-1])


# %% question="posterior"
def posterior(log_alpha, log_beta):
    joint = np.asarray(log_alpha) + np.asarray(log_beta)
    log_p = np.logaddexp.reduce(joint, axis=1)
    if (log_p == -np.inf).any():
        raise ValueError("a step without a possible state")
    return np.exp(joint - log_p[:, None])
