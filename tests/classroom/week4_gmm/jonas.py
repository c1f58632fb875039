# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    X = np.asarray(X, dtype=float)
    out = np.zeros((len(X), len(means)))
    for k in range(len(means)):
        X -= means[k]
        out[:, k] = -0.5 * (X * np.linalg.solve(covs[k], X.T).T).sum(axis=1)
        out[:, k] -= 0.5 * (np.linalg.slogdet(covs[k])[1] + X.shape[1] * np.log(2 * np.pi))
        X += means[k]
    return out
