# %% question="gaussian_loglik"
def gaussian_loglik(x, mu, sigma_sq):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or not sigma_sq > 0:
        raise ValueError("x or sigma_sq")
    # constants do not matter for the maximum
    return -len(x) / 2 * np.log(sigma_sq) - np.sum((x - mu) ** 2) / (2 * sigma_sq)


# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = np.array(X, dtype=float), np.array(mu, dtype=float), np.array(Sigma, dtype=float)
    if X.ndim != 2 or mu.shape != (X.shape[1],) or Sigma.shape != (len(mu), len(mu)):
        raise ValueError("shapes do not fit")
    L = np.linalg.cholesky(Sigma)
    z = np.linalg.solve(L, (X - mu).T)
    return -np.log(np.diag(L)).sum() - 0.5 * (z**2).sum(axis=0)
