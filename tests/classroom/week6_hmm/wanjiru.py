# %% question="sample"
def sample(rng, params, T):
    pi, A, B = np.exp(params[0]), np.exp(params[1]), np.exp(params[2])
    states = [rng.choice(len(pi), p=pi)]
    for _ in range(1, T):
        states.append(rng.choice(len(pi), p=A[states[-1]]))
    return np.array(states), np.array([rng.choice(B.shape[1], p=B[z]) for z in states])


# %% question="stationary"
def stationary(A):
    A = np.array(A, dtype=float)
    K = len(A)
    if A.shape != (K, K) or (A < 0).any() or (abs(A.sum(axis=1) - 1) > 1e-8).any():
        raise ValueError("A")
    M = np.vstack([(A - np.eye(K)).T, np.ones(K)])
    return np.linalg.lstsq(M, np.append(np.zeros(K), 1), rcond=None)[0]


# %% question="emission_log_likelihoods"
def emission_log_likelihoods(obs, log_B):
    obs, log_B = np.array(obs, dtype=int), np.array(log_B)
    if ((obs < 0) | (obs >= log_B.shape[1])).any():
        raise ValueError("obs")
    return log_B[:, obs].T


# %% question="forward"
def forward(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi), np.array(log_A), np.array(log_lik)
    if log_A.shape != (len(log_pi), len(log_pi)) or log_lik.ndim != 2 or log_lik.shape[1] != len(log_pi) or len(log_lik) == 0:
        raise ValueError("shapes")
    log_alpha = np.zeros(log_lik.shape)
    log_alpha[0] = log_pi + log_lik[0]
    for t in range(1, len(log_lik)):
        for j in range(len(log_pi)):
            log_alpha[t, j] = np.logaddexp.reduce(log_alpha[t - 1] + log_A[:, j]) + log_lik[t, j]
    value = np.logaddexp.reduce(log_alpha[-1])
    if value == -np.inf:
        raise ValueError("impossible")
    return log_alpha, value


# %% question="backward"
def backward(log_A, log_lik):
    log_A, log_lik = np.array(log_A), np.array(log_lik)
    log_beta = np.zeros(log_lik.shape)
    for t in range(len(log_lik) - 2, -1, -1):
        log_beta[t] = np.logaddexp.reduce(log_A + log_lik[t + 1] + log_beta[t + 1], axis=1)
    return log_beta


# %% [markdown] answer="backward_recursion"
# The sum rule over the next state gives the sum with A. I did not get to the rest.


# %% question="posterior"
def posterior(log_alpha, log_beta):
    joint = np.array(log_alpha) + np.array(log_beta)
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("impossible")
    return special.softmax(joint, axis=1)
