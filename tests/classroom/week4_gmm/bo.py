# %% question="coin_em"
import math


def coin_em(heads, flips, theta0, n_iter):
    if np.ndim(flips) == 0:
        flips = [flips] * len(heads)
    theta = [float(theta0[0]), float(theta0[1])]
    history = []
    for _ in range(n_iter):
        total = 0.0
        expected_heads, expected_flips = [0.0, 0.0], [0.0, 0.0]
        for h, f in zip(heads, flips):
            logs = []
            for p in theta:
                value = math.log(0.5)
                if h > 0:
                    value += h * math.log(p)
                if f > h:
                    value += (f - h) * math.log(1 - p)
                logs.append(value)
            top = max(logs)
            log_p = top + math.log(sum(math.exp(v - top) for v in logs))
            total += log_p
            for k in range(2):
                r = math.exp(logs[k] - log_p)
                expected_heads[k] += r * h
                expected_flips[k] += r * f
        history.append(total)
        theta = [expected_heads[k] / expected_flips[k] for k in range(2)]
    return theta, history


# %% [markdown] answer="lower_bound"
# Write log p(x) as the log of an average of p(x,k)/r_k with weights r_k. The log of an average is at least the average of the logs. That is Q + H for each
# set. It is equal if all p(x,k)/r_k are the same, and for r_k = p(k|x) they are all p(x). M makes Q bigger, H stays because it only has r. So L after >= Q after + H >= Q before + H = L before.


# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    table = np.zeros((len(X), len(means)))
    for k in range(len(means)):
        L = np.linalg.cholesky(np.array(covs[k], dtype=float))
        log_det = 0.0
        for i in range(len(L)):
            log_det += 2 * math.log(L[i, i])
        y = np.linalg.solve(L, (np.array(X, dtype=float).reshape(-1, len(L)) - np.array(means[k])).T)
        for n in range(len(X)):
            square = 0.0
            for value in y[:, n]:
                square += value * value
            table[n, k] = -0.5 * (len(L) * math.log(2 * math.pi) + log_det + square)
    return table


# %% question="e_step"
def e_step(X, params):
    table = log_gaussians(X, params[1], params[2])
    N, K = table.shape
    r = np.zeros((N, K))
    total = 0.0
    for n in range(N):
        logs = [table[n, k] + math.log(params[0][k]) if params[0][k] > 0 else -math.inf for k in range(K)]
        top = max(logs)
        log_p = top + math.log(sum(math.exp(v - top) for v in logs))
        for k in range(K):
            r[n, k] = math.exp(logs[k] - log_p)
        total += log_p
    return r, total


# %% question="m_step"
def m_step(X, responsibilities, reg=0.0):
    X, r = np.array(X, dtype=float), np.array(responsibilities, dtype=float)
    N, D = X.shape
    weights, means, covs = [], [], []
    for k in range(r.shape[1]):
        share = r[:, k]
        weights.append(share.sum() / N)
        if share.sum() == 0:
            share = np.ones(N)
        mean = np.array([(share * X[:, i]).sum() for i in range(D)]) / share.sum()
        cov = np.zeros((D, D))
        for i in range(D):
            for j in range(D):
                cov[i, j] = (share * (X[:, i] - mean[i]) * (X[:, j] - mean[j])).sum() / share.sum()
        means.append(mean)
        covs.append(cov + reg * np.eye(D))
    return GMMParams(np.array(weights), np.array(means), np.array(covs))


# %% question="derive_m_step_1d"
def derive_m_step_1d():
    mu, v, w, n, n_k, s1, s2 = sp.symbols("mu v w n n_k s1 s2", positive=True)
    Q = (
        n_k * sp.log(w)
        - sp.Rational(1, 2) * n_k * (sp.log(2 * sp.pi) + sp.log(v))
        - (s2 - 2 * mu * s1 + n_k * mu**2) / (2 * v)
    )
    best_mu = sp.solve(sp.diff(Q, mu), mu)[0]
    best_v = sp.solve(sp.diff(Q, v).subs(mu, best_mu), v)[0]
    return {
        "Q": Q,
        "slope_mu": sp.diff(Q, mu),
        "mu": best_mu,
        "slope_v": sp.diff(Q, v),
        "v": best_v,
        "w": n_k / n,
    }


# %% question="fit"
def fit(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    previous = None
    while len(history) < max_iter:
        r, current = e_step(X, params)
        params = m_step(X, r, reg)
        history.append(current)
        if previous is not None and abs(current - previous) < tol:
            return params, np.array(history)
        previous = current
    return params, np.array(history)


# %% question="kmeans_plus_plus"
def kmeans_plus_plus(rng, X, K):
    X = np.array(X, dtype=float)
    chosen = [X[int(rng.integers(0, len(X)))]]
    for _ in range(K - 1):
        d = [min(((x - c) ** 2).sum() for c in chosen) for x in X]
        if sum(d) == 0:
            chosen.append(X[int(rng.integers(0, len(X)))])
        else:
            chosen.append(X[rng.choice(len(X), p=np.array(d) / sum(d))])
    return np.array(chosen)


# %% question="fit_restarts"
def fit_restarts(rng, X, K, n_restarts, reg=1e-6):
    X = np.array(X, dtype=float)
    cov = sum(np.outer(x, x) for x in X - X.mean(axis=0)) / len(X) + reg * np.eye(X.shape[1])
    best = None
    for _ in range(n_restarts):
        params, _ = fit(X, GMMParams([1 / K] * K, kmeans_plus_plus(rng, X, K), [cov] * K), reg=reg)
        value = e_step(X, params)[1]
        if best is None or value > best[1]:
            best = (params, value)
    return best


# %% question="n_parameters"
def n_parameters(K, D, covariance):
    if covariance == "full":
        each = K * (D + D * (D - 1) // 2)
    elif covariance == "diag":
        each = K * D
    elif covariance == "spherical":
        each = K
    elif covariance == "tied":
        each = D + D * (D - 1) // 2
    else:
        raise ValueError("I do not know this covariance")
    return K - 1 + K * D + each


# %% question="bic"
def bic(log_likelihood, n_params, N):
    return -2 * log_likelihood + n_params * math.log(N)


# %% question="sample"
def sample(rng, params, n):
    X = np.zeros((n, len(params.means[0])))
    component = np.zeros(n, dtype=int)
    for i in range(n):
        component[i] = rng.choice(len(params.weights), p=params.weights)
        X[i] = rng.multivariate_normal(params.means[component[i]], params.covs[component[i]])
    return X, component


# %% question="anomaly_scores"
def anomaly_scores(X, params):
    return [-e_step([x], params)[1] for x in X]
