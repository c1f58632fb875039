# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    from scipy.linalg import solve_triangular

    X = np.asarray(X, dtype=float)
    columns = []
    for mean, cov in zip(np.asarray(means, dtype=float), np.asarray(covs, dtype=float)):
        L = np.linalg.cholesky(cov)
        y = solve_triangular(L, (X - mean).T, lower=True)
        constant = len(mean) * np.log(2 * np.pi) / 2 + np.log(np.diag(L)).sum()
        columns.append(-constant - (y * y).sum(axis=0) / 2)
    return np.column_stack(columns)


# %% question="e_step"
def e_step(X, params):
    weights = np.asarray(params.weights, dtype=float)
    used = np.flatnonzero(weights > 0)
    joint = np.full((len(X), len(weights)), -np.inf)
    joint[:, used] = np.log(weights[used]) + log_gaussians(X, params.means, params.covs)[:, used]
    top = joint.max(axis=1, keepdims=True)
    scaled = np.exp(joint - top)
    total = scaled.sum(axis=1, keepdims=True)
    return scaled / total, np.sum(top + np.log(total))


# %% question="fit"
def fit(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    r, value = e_step(X, params)
    history = [value]
    params = m_step(X, r, reg)
    for _ in range(max_iter - 1):
        r, value = e_step(X, params)
        params = m_step(X, r, reg)
        history.append(value)
        if abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)


# %% question="anomaly_scores"
def anomaly_scores(X, params):
    scores = []
    for x in np.asarray(X, dtype=float):
        _, value = e_step(x[None, :], params)
        scores.append(-value)
    return np.array(scores)


# %% [markdown] answer="reading_the_mixture"
# Fast, then slow. A flat history is a stationary point, perhaps only a local one: my two starts show it. Bottles between two ellipses are shared.
