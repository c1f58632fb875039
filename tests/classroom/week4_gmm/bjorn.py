# %% after="coin_em"
LOG_2PI = np.log(2 * np.pi)


# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    X, means = np.asarray(X, dtype=float), np.asarray(means, dtype=float)
    d = X[:, None, :] - means
    quadratic = np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covs), d)
    return -0.5 * (quadratic + np.linalg.slogdet(covs)[1] + X.shape[1] * LOG_2PI)
