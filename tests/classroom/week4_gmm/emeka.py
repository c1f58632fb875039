# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    X = np.asarray(X, dtype=float)
    columns = []
    for m, S in zip(means, covs):
        d = (X - np.asarray(m, dtype=float)).T
        squares = (d * np.linalg.solve(S, d)).sum(axis=0)
        columns.append(-0.5 * (squares + np.linalg.slogdet(S)[1] + len(d) * np.log(2 * np.pi)))
    return list(map(list, zip(*columns))) if len(X) else np.zeros((0, len(columns)))


# %% question="sample"
def sample(rng, params, n):
    edges = np.cumsum(params.weights)
    component, points = [], []
    for u in rng.random(n):
        k = min(int(np.searchsorted(edges, u, side="right")), len(edges) - 1)
        values, vectors = np.linalg.eigh(params.covs[k])
        points.append(params.means[k] + vectors @ (np.sqrt(values) * rng.standard_normal(len(values))))
        component.append(k)
    return np.array(points).reshape(n, np.shape(params.means)[1]), component


# %% question="bic"
def bic(log_likelihood, n_params, N):
    return [-2 * log_likelihood + n_params * np.log(N)][0]
