# %% question="sample"
import math


def sample(rng, params, T):
    pi, A, B = [np.exp(part) for part in params]

    def draw(p):
        u, total = rng.random() * sum(p), 0.0
        for k in range(len(p)):
            total += p[k]
            if u < total:
                return k
        return int(np.argmax(p))

    states, obs = [], []
    for t in range(T):
        states.append(draw(pi if t == 0 else A[states[-1]]))
        obs.append(draw(B[states[-1]]))
    return np.array(states), np.array(obs)


# %% question="stationary"
def stationary(A):
    A = [[float(a) for a in row] for row in A]
    K = len(A)
    for row in A:
        if len(row) != K or min(row) < 0 or abs(sum(row) - 1) > 1e-8:
            raise ValueError("A should hold transition probabilities")
    # take the states away one after the other, then put them back
    for k in range(K - 1, 0, -1):
        out = sum(A[k][:k])
        for i in range(k):
            A[i][k] /= out
            for j in range(k):
                A[i][j] += A[i][k] * A[k][j]
    p = [1.0]
    for k in range(1, K):
        p.append(sum(p[i] * A[i][k] for i in range(k)))
    return np.array(p) / sum(p)


# %% question="emission_log_likelihoods"
def emission_log_likelihoods(obs, log_B):
    K, V = len(log_B), len(log_B[0])
    out = np.zeros((len(obs), K))
    for t, v in enumerate(obs):
        if v < 0 or v >= V:
            raise ValueError("unknown symbol")
        for k in range(K):
            out[t, k] = log_B[k][v]
    return out


# %% question="forward"
def log_sum(terms):
    top = max(terms)
    if top == -math.inf:
        return top
    return top + math.log(sum([math.exp(x - top) for x in terms]))


def forward(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi).tolist(), np.array(log_A).tolist(), np.array(log_lik).tolist()
    K = len(log_pi)
    if len(log_A) != K or len(log_lik) == 0 or len(log_lik[0]) != K:
        raise ValueError("log_pi (K,), log_A (K, K) and log_lik (T, K) do not fit")
    alpha = [[log_pi[k] + log_lik[0][k] for k in range(K)]]
    for t in range(1, len(log_lik)):
        old = alpha[-1]
        alpha.append([log_lik[t][j] + log_sum([old[i] + log_A[i][j] for i in range(K)]) for j in range(K)])
    value = log_sum(alpha[-1])
    if value == -math.inf:
        raise ValueError("impossible observations")
    return np.array(alpha), value


# %% question="backward"
def backward(log_A, log_lik):
    log_A, log_lik = np.array(log_A).tolist(), np.array(log_lik).tolist()
    K, T = len(log_A), len(log_lik)
    beta = [[0.0] * K for _ in range(T)]
    for t in range(T - 2, -1, -1):
        ahead = [log_lik[t + 1][j] + beta[t + 1][j] for j in range(K)]
        beta[t] = [log_sum([log_A[i][j] + ahead[j] for j in range(K)]) for i in range(K)]
    return np.array(beta)


# %% [markdown] answer="backward_recursion"
# p(x_{t+1..T} | z_t=i) = sum over j of p(z_{t+1}=j | z_t=i) p(x_{t+1..T} | z_{t+1}=j). I could leave out z_t in the second because of Markov. Then x_{t+1} only needs z_{t+1} (emission), so it is B times beta at t+1. alpha times beta is p(x_{1..t}, z_t)
# p(x_{t+1..T} | z_t) = p(all x, z_t) and summing z_t away gives p(x), for any t. At the end there is nothing to see, and nothing has probability one.


# %% question="posterior"
def posterior(log_alpha, log_beta):
    out = []
    for a, b in zip(log_alpha, log_beta):
        terms = [float(x + y) for x, y in zip(a, b)]
        total = log_sum(terms)
        if total == -math.inf:
            raise ValueError("no state is possible")
        out.append([math.exp(x - total) for x in terms])
    return np.array(out)


# %% question="viterbi"
def viterbi(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi).tolist(), np.array(log_A).tolist(), np.array(log_lik).tolist()
    K, T = len(log_pi), len(log_lik)
    delta = [log_pi[k] + log_lik[0][k] for k in range(K)]
    came_from = []
    for t in range(1, T):
        new, pointers = [], []
        for j in range(K):
            best = 0
            for i in range(1, K):
                if delta[i] + log_A[i][j] > delta[best] + log_A[best][j]:
                    best = i
            pointers.append(best)
            new.append(delta[best] + log_A[best][j] + log_lik[t][j])
        delta = new
        came_from.append(pointers)
    path = [delta.index(max(delta))]
    for pointers in reversed(came_from):
        path.append(pointers[path[-1]])
    return np.array(path[::-1]), max(delta)


# %% [markdown] answer="reading_the_paths"
# The path has fewer visits to the loaded die than the posterior has peaks, because each visit must pay for two swaps. Very short stays are invisible. The path is one consistent story; the posterior says how sure we are.


# %% question="pairwise_posterior"
def pairwise_posterior(log_alpha, log_beta, log_A, log_lik):
    T, K = len(log_alpha), len(log_A)
    log_alpha, log_beta = np.array(log_alpha).tolist(), np.array(log_beta).tolist()
    log_A, log_lik = np.array(log_A).tolist(), np.array(log_lik).tolist()
    xi = np.zeros((T - 1, K, K))
    for t in range(T - 1):
        ahead = [log_lik[t + 1][j] + log_beta[t + 1][j] for j in range(K)]
        terms = [log_alpha[t][i] + log_A[i][j] + ahead[j] for i in range(K) for j in range(K)]
        total = log_sum(terms)
        if total == -math.inf:
            raise ValueError("no transition is possible")
        xi[t] = np.array([math.exp(x - total) for x in terms]).reshape(K, K)
    return xi


# %% question="derive_a_update_2state"
def derive_a_update_2state():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12")
    paths = [f1 * a * g1, f1 * (1 - a) * g2, f2 * (1 - c) * g1, f2 * c * g2]
    evidence = sum(paths)
    Q = n11 * sp.log(a) + n12 * sp.log(1 - a)
    slope = sp.diff(Q, a)
    return {
        "evidence": evidence,
        "xi_11": paths[0] / evidence,
        "Q": Q,
        "slope": slope,
        "a": sp.solve(slope, a)[0],
        "score": sp.diff(sp.log(evidence), a),
    }


# %% question="baum_welch_step"
def baum_welch_step(sequences, params):
    if len(sequences) == 0:
        raise ValueError("no sequences")
    log_pi, log_A, log_B = [np.array(part, dtype=float) for part in params]
    K, V = log_B.shape
    starts, moves, shown = np.zeros(K), np.zeros((K, K)), np.zeros((K, V))
    total = 0.0
    for obs in sequences:
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        xi = pairwise_posterior(log_alpha, log_beta, log_A, log_lik)
        total += value
        starts += gamma[0]
        for t in range(len(obs) - 1):
            moves += xi[t]
        for t in range(len(obs)):
            shown[:, obs[t]] += gamma[t]
    with np.errstate(divide="ignore"):
        for k in range(K):
            if sum(moves[k]) > 0:
                log_A[k] = np.log(moves[k] / sum(moves[k]))
            if sum(shown[k]) > 0:
                log_B[k] = np.log(shown[k] / sum(shown[k]))
        return HMMParams(np.log(starts / len(sequences)), log_A, log_B), total


# %% question="fit"
def fit(sequences, params, max_iter=100, tol=1e-6):
    history = []
    previous = None
    while len(history) < max_iter:
        params, current = baum_welch_step(sequences, params)
        history.append(current)
        if previous is not None and abs(current - previous) < tol:
            return params, np.array(history)
        previous = current
    return params, np.array(history)


# %% question="gaussian_emissions"
def gaussian_emissions(x, means, variances):
    K = len(means)
    for k in range(K):
        if variances[k] <= 0:
            raise ValueError("variance <= 0")
    out = np.zeros((len(x), K))
    for t in range(len(x)):
        for k in range(K):
            out[t, k] = -0.5 * math.log(2 * math.pi * variances[k]) - (x[t] - means[k]) ** 2 / (2 * variances[k])
    return out
