# %% after="gaussian_loglik"
LOG_TWO_PI = np.log(2 * np.pi)

# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = np.array(X, dtype=float), np.array(mu, dtype=float), np.array(Sigma, dtype=float)
    if X.ndim != 2 or mu.shape != (X.shape[1],) or Sigma.shape != (len(mu), len(mu)):
        raise ValueError("shapes do not fit")
    L = linalg.cholesky(Sigma, lower=True)
    z = linalg.solve_triangular(L, (X - mu).T, lower=True) if len(X) else np.zeros((len(mu), 0))
    return -0.5 * (len(mu) * LOG_TWO_PI + (z**2).sum(axis=0)) - np.log(np.diag(L)).sum()
