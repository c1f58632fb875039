# %% question="mvn_logpdf"
def mvn_logpdf(X, mu, Sigma):
    X, mu, Sigma = np.array(X, dtype=float), np.array(mu, dtype=float), np.array(Sigma, dtype=float)
    if X.ndim != 2 or mu.shape != X.shape[1:] or Sigma.shape != (mu.size, mu.size):
        raise ValueError("X (N, D), mu (D,), Sigma (D, D)")
    if not (np.linalg.eigvalsh(Sigma) > 0).all():
        raise ValueError("Sigma")
    d = X - mu
    square = np.einsum("nd,de,ne->n", d, np.linalg.inv(Sigma), d)
    return -0.5 * square - 0.5 * np.log((2 * np.pi) ** mu.size * np.linalg.det(Sigma))
