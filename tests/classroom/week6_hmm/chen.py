# %% question="sample"
def sample(rng, params, T):
    log_pi, log_A, log_B = (np.asarray(part) for part in params)
    # the largest of log p plus Gumbel noise is a draw from p
    states = [int(np.argmax(log_pi + rng.gumbel(size=log_pi.size)))]
    for _ in range(T - 1):
        states.append(int(np.argmax(log_A[states[-1]] + rng.gumbel(size=log_pi.size))))
    obs = np.argmax(log_B[states] + rng.gumbel(size=(T, log_B.shape[1])), axis=1)
    return np.array(states), obs


# %% after="sample"
demo_states, demo_faces = sample(np.random.default_rng(5), casino, 12)
print("my first draws:", demo_states, demo_faces + 1)


# %% question="stationary"
def stationary(A):
    A = np.array(A, dtype=float)
    if A.ndim != 2 or len(A) != A.shape[1] or np.any(A < 0) or np.any(np.abs(A.sum(axis=1) - 1) > 1e-8):
        raise ValueError("this is no transition matrix")
    values, vectors = np.linalg.eig(A.T)
    p = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return p / p.sum()


# %% question="emission_log_likelihoods"
def emission_log_likelihoods(obs, log_B):
    obs = np.array(obs, dtype=int)
    columns = np.transpose(log_B)
    if np.any(obs < 0) or np.any(obs >= len(columns)):
        raise ValueError("obs should be between 0 and V - 1")
    return np.take(columns, obs, axis=0)


# %% after="emission_log_likelihoods"
def log_of(p):
    """log without a warning for 0"""
    with np.errstate(divide="ignore"):
        return np.log(p)


# %% question="forward"
def forward(log_pi, log_A, log_lik):
    pi, A, log_lik = np.exp(log_pi), np.exp(log_A), np.array(log_lik, dtype=float)
    K = len(pi)
    if A.shape != (K, K) or log_lik.ndim != 2 or log_lik.shape[1] != K or len(log_lik) == 0:
        raise ValueError("the shapes of log_A and log_lik do not fit log_pi")
    tops = log_lik.max(axis=1)
    if np.isneginf(tops).any():
        raise ValueError("impossible observations")
    lik = np.exp(log_lik - tops[:, None])
    hats, scales = np.empty_like(lik), np.empty(len(lik))
    ahead = pi
    for t in range(len(lik)):
        hat = ahead * lik[t]
        scales[t] = hat.sum()
        if scales[t] == 0:
            raise ValueError("impossible observations")
        hats[t] = hat / scales[t]
        ahead = hats[t] @ A
    logs = np.cumsum(np.log(scales) + tops)
    return log_of(hats) + logs[:, None], logs[-1]


# %% question="backward"
def backward(log_A, log_lik):
    A, log_lik = np.exp(log_A), np.array(log_lik, dtype=float)
    T, K = log_lik.shape
    log_beta, hat, total = np.zeros((T, K)), np.ones(K), 0.0
    for t in range(T - 2, -1, -1):
        top = log_lik[t + 1].max()
        hat = A @ (np.exp(log_lik[t + 1] - top) * hat)
        scale = hat.sum()
        total += top + float(log_of(scale))
        hat = hat / scale if scale > 0 else hat
        log_beta[t] = log_of(hat) + total
    return log_beta


# %% [markdown] answer="backward_recursion"
# Insert the next state: $\beta_t(i)=\sum_j p(z_{t+1}=j, x_{t+1:T}|z_t=i)=\sum_j A_{ij}\,p(x_{t+1:T}|z_{t+1}=j,z_t=i)$ (sum and product rule). Markov: $z_t$ is irrelevant once $z_{t+1}$ is known. Emission: $x_{t+1}$ is independent of the later
# observations given $z_{t+1}$, so the second factor is $p(x_{t+1}|j)\beta_{t+1}(j)$. For (2): $\alpha_t(k)\beta_t(k)=p(x_{1:t},z_t=k)p(x_{t+1:T}|z_t=k)=p(x_{1:T},z_t=k)$ because the future is independent of the past given $z_t$. The sum over k does not
# depend on t as it is $p(x_{1:T})$, and the ratio is the posterior. (3) $\beta_T$ must be 1 so that $\alpha_T\beta_T=\alpha_T$.


# %% question="posterior"
def posterior(log_alpha, log_beta):
    log_joint = np.add(log_alpha, log_beta)
    if np.isneginf(log_joint).all(axis=1).any():
        raise ValueError("impossible: a row of minus infinities")
    return special.softmax(log_joint, axis=1)


# %% question="viterbi"
def viterbi(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi), np.array(log_A), np.array(log_lik)
    # from the end: the best that can still come after each state
    to_come = np.zeros(log_lik.shape)
    for t in range(len(log_lik) - 2, -1, -1):
        to_come[t] = (log_A + (log_lik[t + 1] + to_come[t + 1])).max(axis=1)
    value = log_pi + log_lik[0] + to_come[0]
    path = [int(value.argmax())]
    for t in range(1, len(log_lik)):
        path.append(int((log_A[path[-1]] + log_lik[t] + to_come[t]).argmax()))
    return path, value.max()


# %% plot="posterior_and_viterbi"
figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 4), sharex=True)
top.plot(gamma[:, LOADED], color="black", linewidth=1)
top.set_ylabel("p(loaded)")
bottom.step(range(300), path + 1.5, where="mid", label="Viterbi", linestyle="--")
bottom.step(range(300), truth, where="mid", label="truth")
bottom.set_yticks([0, 1, 1.5, 2.5], ["fair", "loaded", "fair", "loaded"])
bottom.set_xlabel("roll")
_ = bottom.legend(loc="center right")

# %% [markdown] answer="reading_the_paths"
# The posterior crosses one half near roll 70-85 and again at the end, where Viterbi stays fair: two swaps cost log 0.05 + log 0.1, and no single short visit is worth it, but the sum over many possible visits is. The one-roll stay and the other
# short ones left no run of sixes, so they are not in the data at all. Posterior: when I must give each roll a probability. Viterbi: when I need one consistent segmentation.


# %% question="pairwise_posterior"
def pairwise_posterior(log_alpha, log_beta, log_A, log_lik):
    log_alpha, log_beta, log_A, log_lik = (np.array(x) for x in (log_alpha, log_beta, log_A, log_lik))
    log_joint = log_alpha[:-1, :, None] + log_A + log_lik[1:, None, :] + log_beta[1:, None, :]
    if len(log_joint) == 0:
        return log_joint
    if np.isneginf(log_joint).all(axis=(1, 2)).any():
        raise ValueError("impossible transitions only")
    return special.softmax(log_joint, axis=(1, 2))


# %% question="derive_a_update_2state"
def derive_a_update_2state():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12")
    start, step, end = sp.Matrix([[f1, f2]]), sp.Matrix([[a, 1 - a], [1 - c, c]]), sp.Matrix([g1, g2])
    evidence = sp.expand((start * step * end)[0])
    Q = n11 * sp.log(a) + n12 * sp.log(1 - a)
    return {
        "evidence": evidence,
        "xi_11": sp.simplify(f1 * a * g1 / evidence),
        "Q": Q,
        "slope": sp.together(sp.diff(Q, a)),
        "a": n11 / (n11 + n12),
        "score": sp.diff(evidence, a) / evidence,
    }


# %% question="baum_welch_step"
def baum_welch_step(sequences, params):
    if not len(sequences):
        raise ValueError("at least one sequence, please")
    log_pi, log_A, log_B = (np.array(part, dtype=float) for part in params)
    gammas, counts, total, symbols = [], np.zeros_like(log_A), 0.0, []
    for obs in sequences:
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gammas.append(np.asarray(posterior(log_alpha, log_beta)))
        counts += np.sum(pairwise_posterior(log_alpha, log_beta, log_A, log_lik), axis=0)
        symbols.append(np.asarray(obs, dtype=int))
        total += value
    starts = np.mean([gamma[0] for gamma in gammas], axis=0)
    gamma, obs = np.concatenate(gammas), np.concatenate(symbols)
    shown = np.array([gamma[obs == v].sum(axis=0) for v in range(log_B.shape[1])]).T

    def rows(table, old):
        sums = table.sum(axis=1, keepdims=True)
        return np.where(sums > 0, log_of(table / np.where(sums > 0, sums, 1)), old)

    return HMMParams(log_of(starts), rows(counts, log_A), rows(shown, log_B)), total


# %% question="fit"
def fit(sequences, params, max_iter=100, tol=1e-6):
    history = [-np.inf]
    while len(history) <= max_iter:
        params, value = baum_welch_step(sequences, params)
        change = abs(value - history[-1])
        history.append(value)
        if change < tol:
            break
    return params, history[1:]


# %% question="gaussian_emissions"
def gaussian_emissions(x, means, variances):
    from scipy import stats

    if np.min(variances) <= 0:
        raise ValueError("variances have to be positive")
    return stats.norm.logpdf(np.array(x, dtype=float)[:, None], means, np.sqrt(variances))
