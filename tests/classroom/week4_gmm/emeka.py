# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    rows = []
    for x in np.asarray(X, dtype=float):
        row = []
        for m, S in zip(means, covs):
            d = x - np.asarray(m)
            sign, log_det = np.linalg.slogdet(S)
            row.append(
                -0.5 * float(d @ np.linalg.solve(S, d)) - 0.5 * log_det - 0.5 * len(d) * np.log(2 * np.pi)
            )
        rows.append(row)
    return np.array(rows).reshape(len(rows), len(means))


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
