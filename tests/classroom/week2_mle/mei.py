# %% question="gaussian_mle"
def gaussian_mle(x):
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or x.size == 0:
        raise ValueError("x (N,) with N >= 1")
    mu = x.mean()
    x -= mu
    return mu, np.mean(x * x)


# %% question="mvn_mle"
def mvn_mle(X):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("X (N, D)")
    mu = X.mean(axis=0)
    X -= mu
    return mu, X.T @ X / len(X)
