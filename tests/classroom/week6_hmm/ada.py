# %% question="sample"
def sample(rng, params, T):
    pi, A, B = (np.exp(np.asarray(part)) for part in params)
    states = np.empty(T, dtype=int)
    states[0] = rng.choice(len(pi), p=pi)
    for t in range(T - 1):
        states[t + 1] = rng.choice(len(pi), p=A[states[t]])
    obs = np.array([rng.choice(B.shape[1], p=B[z]) for z in states])
    return states, obs


# %% question="stationary"
def stationary(A):
    A = np.array(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError("A should be square")
    if A.min() < 0 or not np.allclose(A.sum(axis=1), 1, atol=1e-8):
        raise ValueError("the rows of A should be probabilities")
    system = A.T - np.eye(len(A))
    system[0] = 1.0
    right = np.zeros(len(A))
    right[0] = 1.0
    return np.linalg.solve(system, right)


# %% question="emission_log_likelihoods"
def emission_log_likelihoods(obs, log_B):
    obs, log_B = np.asarray(obs, dtype=int), np.asarray(log_B, dtype=float)
    if obs.size and (obs.min() < 0 or obs.max() >= log_B.shape[1]):
        raise ValueError("obs holds a symbol that the model does not know")
    return log_B.T[obs]


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
    arrows = log_A.T.copy()
    for t in range(1, len(log_lik)):
        log_alpha[t] = np.logaddexp.reduce(arrows + log_alpha[t - 1], axis=1) + log_lik[t]
    log_p = np.logaddexp.reduce(log_alpha[-1])
    if np.isneginf(log_p):
        raise ValueError("impossible observations")
    return log_alpha, log_p


# %% question="backward"
def backward(log_A, log_lik):
    log_A, log_lik = np.asarray(log_A, dtype=float), np.asarray(log_lik, dtype=float)
    if log_lik.ndim != 2 or len(log_lik) == 0 or log_lik.shape[1] != len(log_A):
        raise ValueError("log_lik should be (T, K), T >= 1")
    log_beta = np.zeros(log_lik.shape)
    for t in reversed(range(len(log_lik) - 1)):
        log_beta[t] = np.logaddexp.reduce(log_A + (log_lik[t + 1] + log_beta[t + 1]), axis=1)
    return log_beta


# %% [markdown] answer="backward_recursion"
# 1. Sum rule over $z_{t+1}$, then product rule: $p(x_{t+1:T}|z_t=i) = \sum_j p(z_{t+1}=j|z_t=i)\,p(x_{t+1:T}|z_{t+1}=j,z_t=i)$. The first factor is $A_{ij}$. By the Markov assumption $z_t$ drops out of the second condition, since
# everything later depends on the past through $z_{t+1}$ only. By the emission assumption $x_{t+1}$ depends on $z_{t+1}$ only, so it splits off: $p(x_{t+1}|j)\,p(x_{t+2:T}|z_{t+1}=j) = p(x_{t+1}|j)\,\beta_{t+1}(j)$.
# 2. $\alpha_t(k)\beta_t(k) = p(x_{1:t},z_t=k)\,p(x_{t+1:T}|z_t=k)$, and given $z_t$ past and future are independent, so this is $p(x_{1:T},z_t=k)$. The sum over $k$ is $p(x_{1:T})$ for each $t$; divided by it, it is the posterior.
# 3. At $T$ nothing is left to observe: the probability of an empty product of observations is 1.


# %% question="posterior"
def posterior(log_alpha, log_beta):
    log_joint = np.asarray(log_alpha, dtype=float) + np.asarray(log_beta, dtype=float)
    top = log_joint.max(axis=1, keepdims=True)
    if np.isneginf(top).any():
        raise ValueError("no state is possible at some step")
    weights = np.exp(log_joint - top)
    return weights / weights.sum(axis=1, keepdims=True)


# %% question="viterbi"
def viterbi(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = (np.asarray(part, dtype=float) for part in (log_pi, log_A, log_lik))
    T, K = log_lik.shape
    delta = log_pi + log_lik[0]
    pointers = np.zeros((T, K), dtype=int)
    everyone = np.arange(K)
    for t in range(1, T):
        scores = log_A.T + delta
        pointers[t] = scores.argmax(axis=1)
        delta = scores[everyone, pointers[t]] + log_lik[t]
    path = np.empty(T, dtype=int)
    path[T - 1] = np.argmax(delta)
    for t in range(T - 1, 0, -1):
        path[t - 1] = pointers[t, path[t]]
    return path, delta[path[T - 1]]


# %% plot="posterior_and_viterbi"
fig, ax = plt.subplots(figsize=(9, 3.5))
ax.plot(gamma[:, LOADED], "k-", linewidth=1, label="posterior of loaded")
ax.fill_between(range(300), -0.25, -0.25 + 0.15 * path, step="mid", color="C0", label="Viterbi path")
ax.fill_between(range(300), -0.5, -0.5 + 0.15 * truth, step="mid", color="C1", hatch="//", label="truth")
ax.set_xlabel("roll")
ax.set_ylabel("p(loaded | all rolls)")
_ = ax.legend(ncols=3, fontsize=8)

# %% [markdown] answer="reading_the_paths"
# Around roll 85 and again at 155 the posterior has peaks; near roll 130 there are bumps below one half that no path follows. Between 70 and 90 the posterior goes above 0.5 for some rolls and Viterbi stays fair: a visit
# costs two swaps, about 5.3 nats, and one single path has to earn that, while the posterior adds many paths that visit slightly different rolls. The single roll near 185 and the stay of 5 near 285 are found by neither, they did not leave
# enough sixes, and a six from a fair die looks the same. I would report the posterior if each roll counts or if I must say how sure I am, and the path if I need one story, e.g. where the swaps were.


# %% question="pairwise_posterior"
def pairwise_posterior(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (np.asarray(x, dtype=float) for x in (log_alpha, log_beta, log_A, log_lik))
    T, K = log_alpha.shape
    log_joint = log_alpha[:-1, :, None] + log_A[None] + (log_lik[1:] + log_beta[1:])[:, None, :]
    flat = log_joint.reshape(T - 1, K * K)
    top = flat.max(axis=1, keepdims=True)
    if np.isneginf(top).any():
        raise ValueError("no transition is possible at some step")
    flat = np.exp(flat - top)
    return (flat / flat.sum(axis=1, keepdims=True)).reshape(T - 1, K, K)


# %% question="derive_a_update_2state"
def derive_a_update_2state():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12", positive=True)
    evidence = a * f1 * g1 + (1 - a) * f1 * g2 + (1 - c) * f2 * g1 + c * f2 * g2
    Q = n11 * sp.log(a) + n12 * sp.log(1 - a)
    return {
        "evidence": evidence,
        "xi_11": a * f1 * g1 / evidence,
        "Q": Q,
        "slope": n11 / a - n12 / (1 - a),
        "a": n11 / (n11 + n12),
        "score": (f1 * g1 - f1 * g2) / evidence,
    }


# %% question="baum_welch_step"
def baum_welch_step(sequences, params):
    if len(sequences) == 0:
        raise ValueError("give at least one sequence")
    log_pi, log_A, log_B = (np.array(part, dtype=float) for part in params)
    V = log_B.shape[1]
    first, moves, shown, total = 0.0, 0.0, 0.0, 0.0
    for obs in sequences:
        obs = np.asarray(obs, dtype=int)
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = np.asarray(posterior(log_alpha, log_beta))
        first = first + gamma[0]
        moves = moves + np.asarray(pairwise_posterior(log_alpha, log_beta, log_A, log_lik)).sum(axis=0)
        shown = shown + gamma.T @ np.eye(V)[obs]
        total += value
    with np.errstate(divide="ignore"):
        left = moves.sum(axis=1) > 0
        log_A[left] = np.log(moves[left] / moves[left].sum(axis=1, keepdims=True))
        seen = shown.sum(axis=1) > 0
        log_B[seen] = np.log(shown[seen] / shown[seen].sum(axis=1, keepdims=True))
        return HMMParams(np.log(first / len(sequences)), log_A, log_B), total


# %% question="fit"
def fit(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for i in range(max_iter):
        params, value = baum_welch_step(sequences, params)
        history.append(value)
        if i > 0 and abs(history[i] - history[i - 1]) < tol:
            break
    return params, np.array(history)


# %% question="gaussian_emissions"
def gaussian_emissions(x, means, variances):
    x, means, variances = (np.asarray(part, dtype=float) for part in (x, means, variances))
    if not (variances > 0).all():
        raise ValueError("variances should be positive")
    return -0.5 * np.log(2 * np.pi * variances) - (x[:, None] - means) ** 2 / (2 * variances)
